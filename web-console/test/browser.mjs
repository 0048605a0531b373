// The console in a real browser against the desk in memory: `node --test test/browser.mjs`.
import assert from "node:assert/strict";

import { check, clean, frames, logIn, open, until } from "./page.mjs";

const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
const reply = (page) => page.getByRole("textbox", { name: "Write to the visitor" });
const bubble = (page, text) => page.locator(".bub", { hasText: text });

// ------------------------------------------------------------ login

check("login: wrong password, throttling, then inside and online", {}, async (page, desk) => {
  await page.goto(desk.url);
  await clean(page, "login");
  assert.equal(await page.evaluate(() => document.activeElement.id), "email");
  await page.keyboard.type("mara@example.com");
  await page.keyboard.press("Tab");
  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("do not match").waitFor();
  await clean(page, "login, wrong");
  desk.fault.failures = 3;
  await page.keyboard.press("Enter");
  await page.getByText("Try again in 0:42").first().waitFor();
  assert.ok(await page.getByRole("button", { name: "Log in" }).isDisabled());
  desk.fault.failures = 0;
  await logIn(page, desk);
  await until("online", () => desk.presence.get("a1") === "online");
});

check("a session that ends elsewhere leads to the login page with a reason; drafts stay", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await reply(page).fill("half a sentence");
  desk.sessions.clear();
  desk.drop(4507);
  await page.getByText("You were logged out").waitFor();
  await page.locator("#email").fill("mara@example.com");
  await page.locator("#password").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.locator(`#cv-${ids.oslo}`).click();
  await until("the draft", async () => (await reply(page).inputValue()) === "half a sentence");
});

check("a session that ended while the line was down is found out", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  desk.sessions.clear();
  desk.fault.refuseUpgrade = true;
  desk.drop();
  await page.getByText("You were logged out").waitFor({ timeout: 20_000 });
});

// ------------------------------------------------------------ the walk

check("keyboard alone: find, claim, reply, note, transfer opened and left, resolve", {}, async (page, desk, ids) => {
  await page.goto(desk.url);
  await until("the first field has the focus", () => page.evaluate(() => document.activeElement?.id === "email"));
  await page.keyboard.type("mara@example.com");
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct horse");
  await page.keyboard.press("Enter");
  await page.locator(".cv").first().waitFor();
  await page.keyboard.press("j");
  await page.getByText("Amélie Laurent waits for a person").waitFor();
  await page.keyboard.press("c");
  await until("claimed", () => desk.conversations.get(ids.amelie).agent?.id === "a1");
  await until("the reply box has the focus", () => page.evaluate(() => document.activeElement?.tagName === "TEXTAREA"));
  await page.locator(".bub").first().waitFor();
  await page.keyboard.type("Bonjour, ecrt");
  assert.equal(await page.locator("dialog").count(), 0, "letters are letters while typing");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("Je suis Mara.");
  await page.keyboard.press("Enter");
  // Amélie is upset, and nothing of it is said: held once, sent by the next Enter.
  await page.getByRole("status").getByText("The visitor is upset").waitFor();
  await page.keyboard.press("Enter");
  await bubble(page, "Je suis Mara.").waitFor();
  await until("sent once", () => frames(desk, "send").length === 1);
  assert.equal(frames(desk, "send")[0].body.text, "Bonjour, ecrt\nJe suis Mara.");
  assert.ok(frames(desk, "send")[0].seen >= 2, "says what was seen");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.type("second broken lamp");
  await page.keyboard.press("Enter");
  await page.locator(".turn.note", { hasText: "second broken lamp" }).waitFor();
  assert.equal(frames(desk, "note").length, 1);
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await page.getByRole("dialog", { name: "Transfer" }).waitFor();
  await page.keyboard.press("Escape");
  await until("the dialog is gone", async () => (await page.locator("dialog").count()) === 0);
  await page.keyboard.press("e");
  await page.getByRole("dialog", { name: "Resolve" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await until("closed", () => desk.conversations.get(ids.amelie).state === "closed");
  assert.equal(frames(desk, "resolve")[0].reason, "done");
  await page.getByText("This chat is closed").waitFor();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.locator(".cv[aria-selected=true]").count(), 1);
});

check("single keys can be switched off", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.locator("#conversation").focus();
  await page.keyboard.press("?");
  await page.getByText("Single-key shortcuts").click();
  await page.keyboard.press("Escape");
  await page.locator("#conversation").focus();
  await page.keyboard.press("e");
  await page.waitForTimeout(200);
  assert.equal(await page.locator("dialog").count(), 0);
});

check("Enter may make a new line; Ctrl Enter sends", {}, async (page, desk, ids) => {
  await logIn(page, desk);
  await page.getByRole("button", { name: "Settings" }).first().click();
  await page.locator(".switch", { hasText: "Enter makes a new line" }).locator("label").click();
  await page.keyboard.press("Escape");
  await page.locator(`#cv-${ids.oslo}`).click();
  await reply(page).fill("one");
  await page.keyboard.press("Enter");
  await page.keyboard.type("two");
  assert.equal(frames(desk, "send").length, 0);
  await page.keyboard.press("Control+Enter");
  await until("sent", () => frames(desk, "send")[0]?.body.text === "one\ntwo");
});

// ------------------------------------------------------------ the packet

check("the packet says why; Insert puts the first words into the box", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  const card = page.getByRole("article", { name: "Hand-off packet" });
  for (const words of ["Not understood, twice", "It says delivered", "Asked “late or missing?”", "marked not helpful", "parcel-missing", "orders/delivery.yaml:41", "0.58", "AB123456", "/orders", "English"]) {
    await card.getByText(words).first().waitFor();
  }
  await page.locator("#conversation").focus();
  await page.keyboard.press("i");
  await until("inserted", async () => (await reply(page).inputValue()).startsWith("I can see AB123456"));
  await until("the box has the focus", () => page.evaluate(() => document.activeElement?.tagName === "TEXTAREA"));
  await page.keyboard.press("Enter");
  await until("the card steps back", async () => (await card.getByRole("button", { name: /Why the bot rang/ }).getAttribute("aria-expanded")) === "false");
});

check("a bot turn shows what it matched, how sure it was and which content answered", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.locator(".bot-why summary").first().click();
  for (const words of ["order-status", "0.94", "v41-9c2e", "When will it arrive"]) await page.locator(".bot-why[open]").getByText(words).first().waitFor();
});

// ------------------------------------------------------------ refusals

check("claim: a colleague was faster", {}, async (page, desk, ids) => {
  await open(page, desk, ids.porto);
  const held = desk.conversations.get(ids.porto);
  Object.assign(held, { state: "assigned", agent: { kind: "agent", id: "a2", name: "Jonas Berg" }, ver: held.ver + 1 });
  await page.getByRole("button", { name: "Claim" }).click();
  await page.getByRole("alert").getByText("Jonas Berg was faster").waitFor();
  await page.getByText("Jonas Berg has this chat.").waitFor();
});

check("claim: no free place", { capacity: 3 }, async (page, desk, ids) => {
  await open(page, desk, ids.porto);
  await page.getByRole("button", { name: "Claim" }).click();
  await page.getByRole("alert").getByText("All your places are taken").waitFor();
});

check("stopped send: the text is kept, what is new is marked, and it can be sent anyway", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await reply(page).fill("my answer");
  desk.fault.nextNack = "stale";
  await page.keyboard.press("Enter");
  desk.agentSays(ids.oslo, "a2", "Jonas was here");
  await page.getByText("Jonas Berg wrote while you were writing").waitFor();
  await page.getByText("New since you began").waitFor();
  assert.equal(await reply(page).inputValue(), "my answer");
  await clean(page, "stopped send");
  await page.getByRole("button", { name: "Send anyway" }).click();
  await bubble(page, "my answer").waitFor();
  const [first, second] = frames(desk, "send");
  assert.notEqual(first.cmid, second.cmid);
  assert.ok(second.seen > first.seen);
});

check("stopped send: kept as a note", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await reply(page).fill("my answer");
  desk.fault.nextNack = "stale";
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Keep as note" }).click();
  await page.locator(".turn.note", { hasText: "my answer" }).waitFor();
  assert.equal(await reply(page).inputValue(), "");
});

check("the chat went to somebody else while a reply was under way: nothing is lost", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await reply(page).fill("too late");
  const held = desk.conversations.get(ids.oslo);
  Object.assign(held, { agent: { kind: "agent", id: "a2", name: "Jonas Berg" }, ver: held.ver + 1 });
  await page.keyboard.press("Enter");
  desk.tell(ids.oslo);
  await page.getByText("Jonas Berg has this chat now").waitFor();
  await page.getByText("“too late”").or(page.getByText("too late")).first().waitFor();
  await page.getByRole("button", { name: "Keep as note" }).click();
  await page.locator(".turn.note", { hasText: "too late" }).waitFor();
});

check("the chat was closed meanwhile: said in plain words, the text is kept", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await reply(page).fill("too late");
  desk.fault.nextNack = "closed";
  await page.keyboard.press("Enter");
  await page.getByText("This chat has been closed").waitFor();
  assert.equal(await reply(page).inputValue(), "too late");
});

check("a message that failed says why and can be sent again", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await reply(page).fill("hello");
  desk.fault.nextNack = "too_large";
  await page.keyboard.press("Enter");
  await page.getByText("Not sent.").waitFor();
  await clean(page, "failed message");
  await page.getByRole("button", { name: "Send again" }).click();
  await until("sent with the same name", () => {
    const sent = frames(desk, "send");
    return sent.length === 2 && sent[0].cmid === sent[1].cmid;
  });
  await until("no longer failed", async () => (await page.getByText("Not sent.").count()) === 0);
});

check("two agents claim at once: one has it, the other is told who", {}, async (page, desk, ids, context) => {
  const other = await (await context.browser().newContext({ locale: "en-GB" })).newPage();
  await open(page, desk, ids.porto);
  await logIn(other, desk, "jonas@example.com");
  await other.locator(`#cv-${ids.porto}`).click();
  const both = [page, other].map((one) => one.getByRole("button", { name: "Claim" }));
  await Promise.all(both.map((button) => button.waitFor()));
  await Promise.all(both.map((button) => button.click().catch(() => {})));
  await until("owned", () => desk.conversations.get(ids.porto).state === "assigned");
  const [winner, loser] = desk.conversations.get(ids.porto).agent.id === "a1" ? [page, other] : [other, page];
  await reply(winner).waitFor();
  await loser.getByText(/has this chat\./).waitFor();
  assert.equal(await reply(loser).count(), 0);
  await other.context().close();
});

// ------------------------------------------------------------ the line

check("offline: a banner, the message waits through a reload, goes out once", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  desk.fault.refuseUpgrade = true;
  desk.drop();
  await page.getByText("Connection lost").waitFor();
  await reply(page).fill("written offline");
  await page.keyboard.press("Enter");
  await page.getByText("Will be sent when the connection is back").waitFor();
  await reply(page).fill("and a draft");
  await clean(page, "offline");
  await page.reload();
  await page.locator(".app").waitFor();
  desk.fault.refuseUpgrade = false;
  await bubble(page, "written offline").waitFor({ timeout: 20_000 });
  await until("once", () => frames(desk, "send").length === 1);
  assert.equal(await reply(page).inputValue(), "and a draft");
  assert.equal(desk.conversations.get(ids.oslo).log.filter((ev) => ev.body.text === "written offline").length, 1);
});

check("an ack that never came: the same message again, stored once, shown once", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  desk.fault.holdAcks = true;
  await reply(page).fill("once only");
  await page.keyboard.press("Enter");
  await bubble(page, "once only").waitFor();
  desk.fault.holdAcks = false;
  desk.drop();
  await page.getByText("Connected again").waitFor({ timeout: 20_000 });
  assert.equal(desk.conversations.get(ids.oslo).log.filter((ev) => ev.body.text === "once only").length, 1);
  assert.equal(await bubble(page, "once only").count(), 1);
});

check("resume: what happened while the line was down is there afterwards, once", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  desk.fault.refuseUpgrade = true;
  desk.drop();
  await page.getByText("Connection lost").waitFor();
  desk.visitorSays(ids.oslo, "are you there");
  const held = desk.conversations.get(ids.porto);
  Object.assign(held, { state: "closed", ver: held.ver + 1 });
  desk.fault.refuseUpgrade = false;
  await page.getByRole("button", { name: "Try now" }).click({ timeout: 1_000 }).catch(() => {});
  await bubble(page, "are you there").waitFor();
  assert.equal(await bubble(page, "are you there").count(), 1);
  await until("the closed one left", async () => (await page.locator(`#cv-${ids.porto}`).count()) === 0);
});

check("a gap in the log is fetched", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  desk.lost(ids.oslo, "the lost one");
  desk.visitorSays(ids.oslo, "the next one");
  await bubble(page, "the next one").waitFor();
  const texts = await page.locator(".turn .bub").allInnerTexts();
  assert.deepEqual(texts.slice(-2), ["the lost one", "the next one"]);
  assert.equal(frames(desk, "fetch").length, 1);
});

check("a log that is refused for a moment is asked for again, whole or for a gap", {}, async (page, desk, ids) => {
  desk.fault.busy = "open";
  await open(page, desk, ids.oslo);
  await until("asked again", () => frames(desk, "open").length === 2);
  await page.locator(".turn .bub").first().waitFor();
  desk.fault.busy = "fetch";
  desk.lost(ids.oslo, "the lost one");
  desk.visitorSays(ids.oslo, "the next one");
  await bubble(page, "the next one").waitFor();
  assert.deepEqual((await page.locator(".turn .bub").allInnerTexts()).slice(-2), ["the lost one", "the next one"]);
  assert.equal(frames(desk, "fetch").length, 2);
});

check("too many tabs: said, not tried again by itself, and in as soon as there is room", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  desk.drop(4508);
  await page.getByText("Open in too many tabs").waitFor();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.getByRole("button", { name: "Try now" }).click();
  await page.getByText("Open in too many tabs").waitFor({ state: "hidden" });
  await until("said hello again, once", () => frames(desk, "hello").length === 2);
  assert.equal(frames(desk, "hello")[0].device, frames(desk, "hello")[1].device);
});

check("a copied tab is a device of its own", {}, async (page, desk, ids, context) => {
  await open(page, desk, ids.oslo);
  const opened = context.waitForEvent("page");
  await page.evaluate(() => void open("about:blank"));
  const copy = await opened;
  await copy.goto(page.url());
  await until("both said hello", () => frames(desk, "hello").length === 2);
  await copy.getByRole("listbox").waitFor();
  assert.notEqual(frames(desk, "hello")[0].device, frames(desk, "hello")[1].device);
  assert.equal(await page.getByText("Open in another tab").count(), 0);
});

check("another copy of the tab took over: said, and taken back", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  desk.drop(4504);
  await page.getByText("Open in another tab").waitFor();
  await page.getByRole("button", { name: "Continue here" }).click();
  await until("said hello twice", () => frames(desk, "hello").length === 2);
  assert.notEqual(frames(desk, "hello")[0].device, frames(desk, "hello")[1].device);
});

// ------------------------------------------------------------ the rest of the day

check("transfer: only colleagues with a free place are offered; the note goes along", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.getByRole("button", { name: "Transfer" }).click();
  const dialog = page.getByRole("dialog");
  assert.equal(await dialog.getByText("Tomasz Wrona").count(), 0, "who is away is not offered");
  await clean(page, "transfer");
  await dialog.getByText("Yuki Arai").click();
  await dialog.getByLabel("Note for them").fill("asks for Saturday");
  await dialog.getByRole("button", { name: "Transfer" }).click();
  await page.getByText(/You passed it on to Yuki Arai/).waitFor();
  await page.locator(".turn.note", { hasText: "asks for Saturday" }).waitFor();
  assert.deepEqual(frames(desk, "transfer")[0].to, { agent: "a5" });
});

check("release: to the queue and to the bot", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.getByRole("button", { name: "More" }).click();
  await clean(page, "menu");
  await page.getByRole("button", { name: "Back to the queue" }).click();
  await page.getByText(/put it back into the queue/).waitFor();
  await page.getByRole("button", { name: "Claim" }).click();
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Hand back to the bot" }).click();
  await page.getByText("The bot is answering").waitFor();
  assert.deepEqual(frames(desk, "release").map((frame) => frame.to), ["queue", "bot"]);
  await page.getByRole("button", { name: "Take over from the bot" }).waitFor();
});

check("the command bar: a few letters, Enter; it opens what needs a decision", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await clean(page, "command bar");
  await page.keyboard.type("transfer to ret");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Transfer" }).getByRole("radio", { name: /Returns/, checked: true }).waitFor();
  await page.keyboard.press("Escape");
  await until("closed", async () => (await page.locator("dialog").count()) === 0);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("azores");
  await page.keyboard.press("Enter");
  await page.getByText(/waits for a person/).waitFor();
  await until("closed", async () => (await page.locator("dialog").count()) === 0);
  await page.keyboard.press("Control+k");
  await page.keyboard.type("claim");
  await page.keyboard.press("Enter");
  await until("claimed", () => desk.conversations.get(ids.porto).agent?.id === "a1");
});

check("resolve: something else needs words", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.getByRole("button", { name: "Resolve" }).click();
  const dialog = page.getByRole("dialog");
  await clean(page, "resolve");
  await dialog.getByText("Something else").click();
  await dialog.getByRole("button", { name: "Resolve" }).click();
  await dialog.getByText("Say in a few words").waitFor();
  await dialog.getByLabel("In a few words").fill("wrong shop");
  await page.keyboard.press("Enter");
  await page.getByText(/Closed at .*: wrong shop/).waitFor();
});

check("drafts: one a conversation, kept through a reload", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await reply(page).fill("for Oslo");
  await page.locator(".cv", { hasText: "Dana Whitlock" }).click();
  await until("an empty box", async () => (await reply(page).inputValue()) === "");
  await reply(page).fill("for Dana");
  await page.reload();
  await page.locator(`#cv-${ids.oslo}`).click();
  await until("the draft", async () => (await reply(page).inputValue()) === "for Oslo");
});

check("typing: the visitor's is shown, one's own is said", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  desk.typing(ids.oslo, true);
  await page.getByText("is typing").waitFor();
  desk.visitorSays(ids.oslo, "here it is");
  await until("gone with the message", async () => (await page.getByText("is typing").count()) === 0);
  await reply(page).pressSequentially("abc");
  await until("said once", () => frames(desk, "typing").filter((frame) => frame.on).length === 1);
  await page.keyboard.press("Enter");
  await until("and that it stopped", () => frames(desk, "typing").some((frame) => !frame.on));
});

check("presence: chosen, kept through a reload, and said when nothing new can come", {}, async (page, desk) => {
  await logIn(page, desk);
  await page.getByRole("button", { name: /Mara Koch, Online/ }).first().click();
  await clean(page, "presence menu");
  await page.locator(".rail-menu").getByRole("radio", { name: /Transfer only/ }).check();
  await until("transfer only", () => desk.presence.get("a1") === "transfer_only");
  await page.reload();
  await page.getByText("You are transfer only").waitFor();
  assert.equal(desk.presence.get("a1"), "transfer_only");
  await page.getByRole("button", { name: "Go online" }).click();
  await until("online", () => desk.presence.get("a1") === "online");
});

check("a new chat that waits: list, count, title, said once", {}, async (page, desk) => {
  await logIn(page, desk);
  assert.equal(await page.title(), "(4) Deskbell");
  const c = desk.begin({ name: "Nora New", ago: 0 });
  desk.add(c, { kind: "visitor" }, "text", { text: "hello?" });
  desk.handOff(c);
  await page.locator(`#cv-${c}`).waitFor();
  await page.getByRole("status").getByText("New chat waits: Nora New").waitFor();
  assert.equal(await page.title(), "(5) Deskbell");
});

check("a chat that a colleague passes on is announced", {}, async (page, desk, ids) => {
  await logIn(page, desk);
  const held = desk.conversations.get(ids.porto);
  Object.assign(held, { state: "assigned", agent: { kind: "agent", id: "a1", name: "Mara Koch" }, ver: held.ver + 1 });
  desk.tell(ids.porto);
  await page.getByRole("status").getByText(/was passed to you/).waitFor();
});

check("read marks: the visitor's are shown, one's own are sent", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await until("own read mark", () => frames(desk, "read").some((frame) => frame.c === ids.oslo && frame.seq === desk.conversations.get(ids.oslo).log.length));
  await reply(page).fill("did you see this");
  await page.keyboard.press("Enter");
  await bubble(page, "did you see this").waitFor();
  desk.read(ids.oslo, desk.conversations.get(ids.oslo).log.length);
  await page.locator(".turn.me", { hasText: "did you see this" }).getByText("Read").waitFor();
});

check("live region: history is filled while silent, then one element a message", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  const region = page.getByRole("log");
  assert.equal(await region.getAttribute("aria-live"), "off");
  await until("live", async () => (await region.getAttribute("aria-live")) === "polite");
  await page.evaluate(() => {
    window.added = 0;
    window.changed = 0;
    new MutationObserver((records) => {
      for (const record of records) {
        if (record.type === "characterData") window.changed += 1;
        else if (record.target.getAttribute?.("role") === "log") window.added += record.addedNodes.length - record.removedNodes.length;
      }
    }).observe(document.querySelector("[role=log]"), { childList: true, subtree: true, characterData: true });
  });
  desk.visitorSays(ids.oslo, "one more");
  await bubble(page, "one more").waitFor();
  assert.deepEqual(await page.evaluate(() => [window.added, window.changed]), [1, 0]);
  await reply(page).fill("mine");
  await page.keyboard.press("Enter");
  await bubble(page, "mine").waitFor();
  await page.waitForTimeout(400);
  assert.equal(await page.evaluate(() => window.added), 2, "the own message is not added a second time by its echo");
});

check("a link to a conversation opens it", {}, async (page, desk, ids) => {
  await logIn(page, desk);
  await page.goto(`${desk.url}#c=${ids.oslo}`);
  await bubble(page, "the second. I need it for saturday").waitFor();
  await page.goto(`${desk.url}#c=${"0".repeat(32)}`);
  await page.getByText("not there any more").waitFor();
});

check("a visitor's markup stays text", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  desk.visitorSays(ids.oslo, '<img src=x onerror="document.title=1"> [a](javascript:alert(1)) **bold**');
  await bubble(page, "<img src=x").waitFor();
  assert.equal(await page.locator(".bub img, .bub a[href^=javascript]").count(), 0);
});

check("a thousand conversations: the page draws what can be seen", { empty: true }, async (page, desk) => {
  for (let n = 0; n < 1000; n += 1) {
    const c = desk.begin({ name: `Visitor ${n}`, ago: n % 10 });
    Object.assign(desk.conversations.get(c), { state: "waiting", waiting_since: Date.now() - n * 1000, priority: "normal", preview: "hello" });
  }
  await logIn(page, desk);
  const drawn = await page.locator(".cv").count();
  assert.ok(drawn > 8 && drawn < 40, `${drawn} rows stand in the page`);
  assert.equal(await page.locator(".cv").first().getAttribute("aria-setsize"), "1000");
  assert.equal(await page.title(), "(1000) Deskbell");
  await page.getByRole("listbox").focus();
  await page.keyboard.press("End");
  await until("the last one is drawn and chosen", async () => (await page.locator(".cv[aria-selected=true]").getAttribute("aria-posinset").catch(() => "")) === "1000");
  const c = [...desk.conversations.keys()][5];
  const took = await page.evaluate(async () => {
    const start = performance.now();
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    return performance.now() - start;
  });
  assert.ok(took < 500, `two frames took ${took} ms`);
  desk.tell(c);
});

// ------------------------------------------------------------ for everybody

for (const [name, options] of [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["German", { locale: "de-DE" }],
  ["reduced motion, more contrast", { reducedMotion: "reduce", contrast: "more" }],
  ["narrow", { viewport: { width: 1024, height: 700 } }],
]) {
  check(`axe: inbox, waiting, details, dialogs (${name})`, options, async (page, desk, ids) => {
    await logIn(page, desk);
    await clean(page, "list");
    await page.locator(`#cv-${ids.amelie}`).click();
    await page.locator(".claim-bar.waiting").waitFor();
    await clean(page, "waiting");
    await page.locator(`#cv-${ids.oslo}`).click();
    await bubble(page, "the second").waitFor();
    await page.locator(".bot-why summary").first().click();
    await clean(page, "conversation");
    await page.locator("#conversation").focus();
    await page.keyboard.press("n");
    await clean(page, "note");
    await page.keyboard.press("Escape");
    for (const key of ["t", "e", "?"]) {
      await page.keyboard.press(key);
      await page.locator("dialog[open]").waitFor();
      await clean(page, `dialog ${key}`);
      await page.keyboard.press("Escape");
      await until("closed", async () => (await page.locator("dialog").count()) === 0);
    }
    await page.locator(".rail .it").nth(2).click();
    await page.locator("dialog[open]").waitFor();
    await clean(page, "settings");
  });
}

check("phone: one pane at a time, with a way back; axe; targets; no sideways scroll", PHONE, async (page, desk, ids) => {
  await logIn(page, desk);
  await clean(page, "phone list");
  await page.locator(`#cv-${ids.oslo}`).click();
  await bubble(page, "the second").waitFor();
  assert.ok(await page.locator(".list").isHidden());
  await clean(page, "phone conversation");
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, a, input, select, textarea, summary")]
      .map((element) => ({ name: element.getAttribute("aria-label") ?? element.textContent, box: element.getBoundingClientRect(), shown: element.checkVisibility({ visibilityProperty: true }) && !element.closest(".skip, p, dd, li") }))
      .filter(({ box, shown }) => shown && box.width > 2 && (box.width < 24 || box.height < 24))
      .map(({ name, box }) => `${name} ${box.width}x${box.height}`),
  );
  assert.deepEqual(small, []);
  await page.getByRole("button", { name: /visitor details/i }).click();
  await page.getByRole("main", { name: "Visitor" }).waitFor();
  await clean(page, "phone visitor");
  await page.getByRole("button", { name: "Back" }).click();
  await reply(page).waitFor();
  await page.getByRole("button", { name: "Back" }).click();
  await page.locator(`#cv-${ids.oslo}`).waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
});

check("320 by 256: everything is still there", { viewport: { width: 320, height: 256 } }, async (page, desk, ids) => {
  await logIn(page, desk);
  await page.locator(`#cv-${ids.oslo}`).click();
  await reply(page).waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
  const box = await reply(page).boundingBox();
  assert.ok(box.y + box.height <= 256, "the composer can be seen");
});

check("reduced motion: nothing moves", { reducedMotion: "reduce" }, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
});
