// What agents and supervisors have beside the talk itself, in a real browser against the desk in memory.
import assert from "node:assert/strict";

import { check, clean, frames, logIn, open, until } from "./page.mjs";

const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
const reply = (page) => page.getByRole("textbox", { name: "Write to the visitor" });
const calls = (desk, method, path) => desk.seen.calls.filter((call) => call.method === method && (typeof path === "string" ? call.path === path : path.test(call.path)));
const dialog = (page, name) => page.getByRole("dialog", { name });

check("whoever logs in has the list under the keys", {}, async (page, desk) => {
  await logIn(page, desk);
  await until("the list has the focus", () => page.evaluate(() => document.activeElement?.getAttribute("role") === "listbox"));
  await page.keyboard.press("ArrowDown");
  await page.getByText("Amélie Laurent waits for a person").waitFor();
});

check("a canned reply by / and a few letters, variables filled in, what is not known selected", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await reply(page).pressSequentially("Yes. /ref");
  await page.getByRole("option", { name: /refund/ }).waitFor();
  await clean(page, "picker");
  await page.keyboard.press("Enter");
  assert.equal(await reply(page).inputValue(), "Yes. I can refund Lumen & Oak orders or send a new lamp. Which do you prefer?");
  await reply(page).fill("");
  await reply(page).pressSequentially("/cou");
  await page.keyboard.press("Tab");
  // Oslo left no name: its place is selected, to be typed over.
  await until("the gap is selected", () => page.evaluate(() => document.activeElement.value?.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd) === "{{ visitor.name }}"));
  await page.keyboard.type("Ola");
  assert.match(await reply(page).inputValue(), /^Hello Ola, I am asking the courier/);
  await reply(page).fill("https://shop.example/ref");
  assert.equal(await page.getByRole("option", { name: /refund/ }).count(), 0, "a path is a path");
});

check("Escape closes the list of canned replies and leaves the text", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await reply(page).pressSequentially("/zzz");
  await page.getByText("No canned reply fits").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("No canned reply fits").waitFor({ state: "detached" });
  assert.equal(await reply(page).inputValue(), "/zzz");
});

check("suggested answers: Alt 2 inserts with its source, digits are typed, nothing is sent by it", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.getByRole("button", { name: /When will it arrive/ }).first().waitFor();
  await reply(page).focus();
  await page.keyboard.type("2 days. ");
  await page.keyboard.press("Alt+2");
  await until("inserted", async () => /^2 days\.\nParcels take 2 to 4 working days\.\n\[Delivery times\]\(\/help\/orders\/delivery#when\)$/.test(await reply(page).inputValue()));
  assert.equal(frames(desk, "send").length, 0);
  await until("what is typed is asked for too", () => calls(desk, "POST", "suggest").some((call) => call.body.text?.startsWith("2 days")));
});

check("wording: a hint is shown before the reply goes, once; the next Enter sends", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  const hint = page.getByRole("status").getByText("This puts the blame on the visitor");
  // Once seen, the rules and what reads them are here; an emptied box forgets that it was.
  await reply(page).fill("You must have entered the wrong address.");
  await hint.waitFor();
  await reply(page).fill("");
  await hint.waitFor({ state: "detached" });
  await reply(page).fill("You must have entered the wrong address.");
  await page.keyboard.press("Enter");
  await hint.waitFor();
  await clean(page, "hint");
  assert.equal(frames(desk, "send").length, 0);
  await page.keyboard.press("Enter");
  await until("sent", () => frames(desk, "send").length === 1);
});

check("wording: a rule that is switched off says nothing", {}, async (page, desk, ids) => {
  desk.kept.wording[0].enabled = false;
  await open(page, desk, ids.oslo);
  await reply(page).fill("You must have entered the wrong address.");
  await page.keyboard.press("Enter");
  await until("sent", () => frames(desk, "send").length === 1);
});

check("a note mentions a colleague by @; the preview shows Markdown", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.locator("#conversation").focus();
  await page.keyboard.press("n");
  await page.keyboard.type("@jon");
  await page.getByRole("option", { name: /Jonas Berg/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.type("can you ring them?");
  await page.keyboard.press("Enter");
  await until("the note", () => frames(desk, "note").length === 1);
  assert.deepEqual(frames(desk, "note")[0].body, { text: "@Jonas Berg can you ring them?", mentions: ["a2"] });
  await page.getByRole("button", { name: /^Reply/ }).click();
  await reply(page).fill("**bold**");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByRole("region", { name: "Preview" }).locator("strong").waitFor();
});

check("labels, snooze and back, macro, follow-up, reopen", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.locator("#conversation").focus();
  await page.keyboard.press("l");
  await dialog(page, "Labels").waitFor();
  await clean(page, "labels");
  await page.keyboard.type("courier");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await until("labelled", () => desk.conversations.get(ids.oslo).labels.join() === "courier,delivery,needs it Saturday");
  await page.getByText("You set labels: courier, delivery").waitFor();
  await page.locator("#conversation").focus();
  await page.keyboard.press("m");
  await dialog(page, "Macros").waitFor();
  await clean(page, "macros");
  await page.keyboard.press("Enter");
  await until("its reply stands in the box", async () => (await reply(page).inputValue()).startsWith("I am sorry about the lamp"));
  await until("its label and priority", () => desk.conversations.get(ids.oslo).labels.includes("damaged") && desk.conversations.get(ids.oslo).priority === "high");
  await page.getByRole("button", { name: /^Damaged/ }).getByText("1").waitFor();
  await page.locator("#conversation").focus();
  await page.keyboard.press("z");
  await dialog(page, "Snooze").waitFor();
  await clean(page, "snooze");
  await page.keyboard.press("Enter");
  await page.getByText(/Snoozed until/).first().waitFor();
  await page.getByRole("button", { name: /^Snoozed/ }).getByText("1").waitFor();
  await page.getByRole("button", { name: "Bring back" }).click();
  await until("back", () => desk.conversations.get(ids.oslo).snoozed_until === undefined);
  await page.getByText(/Snoozed until/).first().waitFor({ state: "detached" });
  await page.locator("#conversation").focus();
  await page.keyboard.press("e");
  await dialog(page, "Resolve").waitFor();
  const day = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel("Follow up on").fill(day);
  await dialog(page, "Resolve").getByRole("button", { name: "Resolve" }).click();
  await until("closed with a date", () => new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo", dateStyle: "short", timeStyle: "short" }).format(frames(desk, "resolve")[0]?.follow_up ?? 0) === `${day} 09:00`);
  await page.getByRole("button", { name: "Reopen" }).first().click();
  await until("open again", () => desk.conversations.get(ids.oslo).state === "assigned");
});

check("several at once: picked by key and by click, labelled together", {}, async (page, desk, ids) => {
  await logIn(page, desk);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.locator(`#cv-${ids.porto}`).click({ modifiers: ["Control"] });
  await page.getByText("2 picked").waitFor();
  await clean(page, "picked");
  await page.getByRole("button", { name: "Act on them" }).click();
  await dialog(page, "Act on 2 conversations").waitFor();
  await clean(page, "bulk");
  await page.getByRole("textbox", { name: "Label" }).or(page.getByRole("combobox", { name: "Label" })).fill("strike");
  await page.getByRole("button", { name: "Do it" }).click();
  await until("both", () => [ids.amelie, ids.porto].every((c) => desk.conversations.get(c).labels?.includes("strike")));
  await page.getByText("2 picked").waitFor({ state: "detached" });
});

check("an offer: the time left, accepted by its key, declined by its button", {}, async (page, desk, ids) => {
  await logIn(page, desk);
  desk.offer(ids.porto, Date.now() + 30_000);
  await page.getByRole("article", { name: "A chat for you" }).waitFor();
  await clean(page, "offer");
  await page.getByRole("button", { name: /^Decline/ }).click();
  await until("declined", () => frames(desk, "decline").some((frame) => frame.c === ids.porto));
  desk.offer(ids.graz, Date.now() + 30_000);
  await page.getByRole("article", { name: "A chat for you" }).waitFor();
  await page.keyboard.press("a");
  await until("claimed", () => desk.conversations.get(ids.graz).agent?.id === "a1");
  desk.offer(ids.henrik, Date.now() + 30_000);
  await page.getByRole("article", { name: "A chat for you" }).waitFor();
  desk.offer(ids.henrik);
  await page.getByRole("article", { name: "A chat for you" }).waitFor({ state: "detached" });
});

check("the visitor's way, what was before, who else looks", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.getByText("Page trail").waitFor();
  await page.getByRole("button", { name: /Which bulb fits Skog/ }).click();
  await dialog(page, "An earlier conversation").getByText("Skog takes an E27 bulb").waitFor();
  await clean(page, "earlier");
  await page.keyboard.press("Escape");
  desk.seenBy(ids.oslo, ["a2"]);
  await page.getByRole("status").getByText("Jonas Berg also looks at this").waitFor({ state: "attached" });
  await until("says what is on the screen", () => frames(desk, "look").some((frame) => frame.c === ids.oslo));
});

check("a turn becomes a suggestion for the editors; blocking asks why", {}, async (page, desk, ids) => {
  await open(page, desk, ids.oslo);
  await page.locator(".turn.visitor .improve").first().focus();
  await page.keyboard.press("Enter");
  await dialog(page, "Suggest to the editors").waitFor();
  await clean(page, "improve");
  await page.getByRole("combobox", { name: "Question group or article" }).fill("parcel-missing");
  await page.getByRole("button", { name: "Suggest", exact: true }).click();
  await until("told", () => desk.told.length === 1);
  assert.deepEqual({ ...desk.told[0], id: 0, at: 0 }, { id: 0, at: 0, by: { id: "a1", name: "Mara Koch" }, c: ids.oslo, seq: 1, kind: "should_have", target: "parcel-missing" });
  await page.locator(".head-c").getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Block visitor" }).click();
  await dialog(page, "Block visitor").waitFor();
  await clean(page, "block");
  await page.getByRole("textbox", { name: "Reason" }).fill("spam");
  await dialog(page, "Block visitor").getByRole("button", { name: "Block visitor" }).click();
  await until("blocked", () => calls(desk, "POST", /^visitors\/.*\/block$/)[0]?.body.hours === 24);
});

check("a supervisor takes over, whispers, sets somebody else's presence", { role: "supervisor" }, async (page, desk) => {
  await logIn(page, desk);
  const theirs = [...desk.conversations.values()].find((one) => one.agent?.id === "a2");
  await page.locator(`#cv-${theirs.c}`).click();
  await page.locator("#conversation").focus();
  await page.keyboard.press("n");
  await page.keyboard.type("Offer a new lamp.");
  await page.getByRole("button", { name: "Whisper" }).click();
  await until("whispered", () => frames(desk, "note").some((frame) => frame.body.whisper === true && frame.body.text === "Offer a new lamp."));
  await page.getByText("whispered, for agents only").waitFor();
  await page.getByRole("button", { name: /^Take over/ }).click();
  await until("taken over", () => desk.conversations.get(theirs.c).agent.id === "a1" && frames(desk, "claim")[0].force === true);
});

for (const [name, options] of [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["German", { locale: "de-DE" }],
  ["phone", PHONE],
]) {
  check(`axe: board, team and administration (${name})`, { role: "admin", ...options }, async (page, desk) => {
    await logIn(page, desk);
    for (const place of ["board", "team/canned", "team/macros", "team/views", "team/wording", "team/departments", "team/suggestions", "admin/people", "admin/sites", "admin/audit"]) {
      await page.evaluate((hash) => (location.hash = hash), place);
      await page.locator(".page").waitFor();
      await page.locator(".page :is(.grid tbody tr, .shelf-it, .told + p, .page-in p)").first().waitFor();
      const one = page.locator(".shelf-it").first();
      if (await one.count()) await one.click();
      await clean(page, place);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
      assert.equal(wide, false, `${place} does not scroll sideways`);
    }
  });
}

check("the board: pause, presence and places of others, the notice", { role: "admin" }, async (page, desk) => {
  await logIn(page, desk);
  await page.getByRole("link", { name: "Live board" }).click();
  await page.getByRole("button", { name: "Pause Orders" }).click();
  await page.getByRole("button", { name: "Resume Orders" }).waitFor();
  await page.getByRole("button", { name: /Jonas Berg/ }).click();
  await page.locator("#crew-a2").getByRole("combobox").selectOption("away");
  await until("away", () => desk.presence.get("a2") === "away");
  const places = page.locator("#crew-a2").getByLabel("Places");
  await places.fill("3");
  await places.blur();
  await until("places", () => calls(desk, "PATCH", "people/a2")[0]?.body.capacity === 3);
  await page.getByLabel("In English").fill("Deliveries are a day late.");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("Visitors see it now.").waitFor();
  assert.deepEqual(calls(desk, "PUT", "notice")[0].body.text, { en: "Deliveries are a day late." });
});

check("canned replies are written and removed in the console; what is fixed is read", { role: "supervisor" }, async (page, desk) => {
  await logIn(page, desk);
  await page.getByRole("link", { name: "Team" }).click();
  await page.getByRole("button", { name: /courier/ }).click();
  await page.getByText("This comes from a file of the content").waitFor();
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("textbox", { name: "Shortcut" }).fill("hours");
  await page.getByRole("textbox", { name: "Title" }).fill("Opening hours");
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("We are here until six.");
  await page.getByRole("button", { name: "Save" }).click();
  await until("kept", () => desk.kept.canned.some((one) => one.shortcut === "hours" && one.shared === false));
  await page.getByRole("button", { name: /\/hours/ }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await until("removed", () => !desk.kept.canned.some((one) => one.shortcut === "hours"));
});

check("a saved view keeps its count live", {}, async (page, desk, ids) => {
  await logIn(page, desk);
  await page.getByRole("button", { name: "Save a view" }).click();
  await dialog(page, "Save a view").waitFor();
  await clean(page, "save a view");
  await page.getByRole("textbox", { name: "Name of the view" }).fill("French");
  await page.getByRole("textbox", { name: "Language" }).fill("fr");
  await dialog(page, "Save a view").getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "French" }).waitFor();
  const count = page.locator(".view", { hasText: "French" }).locator("b");
  const before = Number(await count.textContent());
  const c = desk.begin({ name: "Lyon", locale: "fr-FR", language: "fr" });
  desk.handOff(c);
  await until("counted", async () => Number(await count.textContent()) === before + 1);
  assert.ok(ids.amelie);
});
