// What stands in the panel beside the talk itself, against the real program: articles, agreement, a name asked once,
// the past, one's own data, the way out of the line, and what odd input does.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { agentAt, consoleOf, deskbell, focused, frames, person, PHONE, startBrowser, startServer, startSite, until, violations, widgetOf, wordsOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const ASKED = "can I return a lamp I already put up?";
const PRECHAT = 'prechat = ["name", "email"]\nprechat_when = "start"';
const CONSENT = "We keep this conversation for a year. Line two.";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function open(t, server, { path = "/", url = server.url, ...options } = {}) {
  const context = await person(t, browser, options);
  const page = await context.newPage();
  const line = frames(page);
  await page.goto(url + path);
  const chat = page.locator("deskbell-chat");
  await chat.locator(".launch").click();
  await chat.locator(".w:not(.nudge)").waitFor();
  const widget = { ...widgetOf(page), chat, dialog: chat.locator(".w:not(.nudge)") };
  const menu = async (name) => {
    await chat.getByRole("button", { name: "Menu" }).click();
    await chat.getByRole("menuitem", { name }).click();
  };
  return { context, page, line, widget, chat, menu };
}

/** Everything the browser keeps for a page. */
const kept = (page) => page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]);

async function answered({ widget }) {
  await widget.say(ASKED);
  await widget.log.getByText("30 days").waitFor();
}

describe("articles", { timeout: 120_000 }, () => {
  test("are searched and read in the panel, and a source opens there", async (t) => {
    const server = await startServer(t);
    const it = await open(t, server);
    const { page, chat, context } = it;
    await chat.getByRole("button", { name: "Search the help articles" }).click();
    const box = chat.getByRole("searchbox", { name: "Search the help articles" });
    await chat.getByRole("button", { name: /^Warranty/ }).waitFor();
    assert.equal((await focused(page)).name, "Search the help articles");
    assert.deepEqual(await violations(page), []);
    await box.fill("retur");
    await chat.getByRole("button", { name: /^Returning an item/ }).click();
    await chat.getByRole("heading", { name: "What it costs" }).waitFor();
    assert.deepEqual(await violations(page), []);
    await chat.getByRole("button", { name: "Back", exact: true }).click();
    assert.equal(await box.inputValue(), "retur", "the search still stands there");
    await box.fill("zzxxqqy");
    await chat.getByRole("button", { name: "Ask this in the chat" }).click();
    await it.widget.log.getByText("zzxxqqy").first().waitFor();
    await answered(it);
    await chat.getByRole("link", { name: /^From: Returning an item/ }).click();
    await chat.getByRole("heading", { name: "What you can return" }).waitFor();
    assert.equal(context.pages().length, 1, "no other tab");
    await page.keyboard.press("Escape");
    await it.widget.log.getByText("30 days").waitFor();
    assert.deepEqual(context.trouble(), []);
  });

  test("on a site of somebody else too", async (t) => {
    const site = await startSite(t, () => ({ body: `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1><script async src="${server.url}/widget.js" data-site="shop"></script>` }));
    const server = await startServer(t, { config: `[[sites]]\nname = "shop"\norigins = ["${site}"]\n` });
    const it = await open(t, server, { url: site });
    await it.chat.getByRole("button", { name: "Search the help articles" }).click();
    await it.chat.getByRole("button", { name: /^Warranty/ }).click();
    await it.chat.getByRole("heading", { name: "Warranty" }).waitFor();
    assert.deepEqual(it.context.trouble(), []);
  });
});

describe("before the first message", { timeout: 120_000 }, () => {
  test("nothing is kept or sent until it is agreed to, and what was typed stays", async (t) => {
    const server = await startServer(t, { widget: `consent = {en = "${CONSENT}"}` });
    const { page, chat, widget, line, context } = await open(t, server);
    await widget.composer.fill("where is my order?");
    await page.keyboard.press("Enter");
    await chat.getByText(CONSENT).waitFor();
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(await kept(page), []);
    assert.equal(line.of("hello").length, 0);
    await chat.getByRole("button", { name: "Not now" }).click();
    assert.equal(await widget.composer.inputValue(), "where is my order?");
    assert.equal((await focused(page)).name, "Message", "back where one was");
    await page.keyboard.press("Enter");
    await chat.getByRole("button", { name: "Agree and continue" }).click();
    await line.heard("ack");
    await widget.log.getByText("order number").waitFor();
    assert.equal(await widget.composer.inputValue(), "");
    assert.ok((await kept(page)).some((name) => name.startsWith("deskbell:")));
    await page.reload();
    await chat.locator(".w:not(.nudge)").waitFor();
    await widget.say("when are you open");
    await line.heard("ack", 2);
    assert.equal(await chat.getByText(CONSENT).count(), 0, "asked once");
    assert.deepEqual(context.trouble(), []);
  });

  test("a name and an address are asked once, and checked", async (t) => {
    const server = await startServer(t, { widget: PRECHAT });
    const it = await open(t, server);
    const { page, chat, widget, line, menu } = it;
    await widget.say("where is my order?");
    const [name, email] = [chat.getByLabel("Your name"), chat.getByLabel("Your e-mail")];
    await name.waitFor();
    await until("the name has the focus", async () => (await focused(page)).name === "Your name");
    assert.deepEqual([await name.getAttribute("autocomplete"), await email.getAttribute("autocomplete")], ["name", "email"]);
    await name.fill("Mara Lind");
    await email.fill("mara@");
    await page.keyboard.press("Enter");
    await chat.getByRole("alert").getByText("This address looks unfinished.").waitFor();
    await until("the address has the focus", async () => (await focused(page)).name === "Your e-mail");
    assert.deepEqual(await violations(page), []);
    await email.fill("mara@mail.example");
    await page.keyboard.press("Enter");
    await line.heard("ack", 2);
    await widget.log.getByText("order number").waitFor();
    const [form, said] = await server.log();
    assert.deepEqual([form.body.fields, said.body.text], [{ name: "Mara Lind", email: "mara@mail.example" }, "where is my order?"]);
    assert.equal((await widget.transcript()).filter((turn) => turn.who === "bot").length, 1, "no word about the address");
    await menu("Start over");
    await chat.getByRole("button", { name: "Search the help articles" }).waitFor();
    await widget.say("when are you open");
    await line.heard("ack", 4);
    assert.equal(await chat.getByLabel("Your name").count(), 0);
    await widget.say("I want to talk to a person");
    await chat.getByRole("heading", { name: /in line$/ }).waitFor();
    await chat.getByText("mara@mail.example").last().waitFor();
    assert.equal(await chat.getByRole("button", { name: "Leave my e-mail instead" }).count(), 0, "not asked a second time");
    assert.deepEqual(it.context.trouble(), []);
  });

  test("where agents see what is typed, the visitor is told and they see it", async (t) => {
    const server = await startServer(t, { widget: "typing_preview = true" });
    const { widget, line, chat } = await open(t, server);
    await widget.say("I want to talk to a person");
    await chat.getByText("We see what you type").waitFor();
    await widget.composer.pressSequentially("half a thought");
    await until("a preview was sent", () => line.of("typing").some((frame) => frame.way === "out" && frame.preview?.startsWith("h")));
    const plain = await open(t, await startServer(t));
    await plain.widget.say("I want to talk to a person");
    await plain.chat.getByRole("heading", { name: /in line$/ }).waitFor();
    await plain.widget.composer.pressSequentially("half a thought");
    await plain.line.heard("typing");
    assert.ok(plain.line.of("typing").every((frame) => frame.preview === undefined));
    assert.equal(await plain.chat.getByText("We see what you type").count(), 0);
  });
});

describe("a person", { timeout: 180_000 }, () => {
  test("a thumb down says why; what only rings a person has no thumbs", async (t) => {
    const server = await startServer(t);
    const it = await open(t, server);
    const { widget, chat, page } = it;
    await answered(it);
    await chat.getByRole("button", { name: "No, this did not help" }).click();
    await chat.getByRole("radio", { name: "Hard to follow" }).check({ force: true });
    await chat.getByRole("textbox", { name: "In your words" }).fill("which form?");
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press("Enter");
    await chat.getByText("Thank you for telling us.").waitFor();
    const rated = (await server.log()).filter((entry) => entry.kind === "rating").map((entry) => entry.body.comment ?? null);
    assert.deepEqual(rated, [null, "unclear: which form?"]);
    const thumbs = await chat.getByRole("button", { name: "Yes, this helped" }).count();
    await widget.say("I want to talk to a person");
    await widget.log.getByText("Passed on to our team").waitFor();
    assert.equal(await chat.getByRole("button", { name: "Yes, this helped" }).count(), thumbs);
  });

  test("who waits hears what to expect as it changes, and may go back to the bot", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const it = await open(t, server);
    const { widget, chat } = it;
    await answered(it);
    await widget.say("I want to talk to a person");
    await chat.locator(".head").getByText("Nobody is here right now").waitFor();
    assert.equal(await chat.getByText(/^Usually/).count(), 0, "nobody there: no minutes are named");
    const colleague = await person(t, browser);
    colleague.expect(/status of 401 .*\/api\/v1\/(me|login)/);
    const desk = await colleague.newPage();
    await desk.goto(`${server.url}/console/`);
    await consoleOf(desk).logIn(LENA.email, LENA.password);
    await chat.getByText(/^Usually/).waitFor();
    await desk.close();
    await chat.getByRole("button", { name: "Leave the line" }).click();
    await chat.getByRole("button", { name: "Leave the line" }).click();
    await widget.log.getByText(/^You left the line/).waitFor();
    await chat.getByRole("heading", { name: /in line$/ }).waitFor({ state: "detached" });
    await widget.say("when are you open");
    await widget.log.getByText("Monday").waitFor();
    const kinds = (await server.log()).map((entry) => entry.kind);
    assert.ok(kinds.includes("released") && !kinds.includes("closed"), kinds.join());
    assert.deepEqual(it.context.trouble(), []);
  });

  test("out of hours nothing promises that somebody comes", async (t) => {
    const server = await startServer(t, { hours: "closed" });
    const { widget, chat } = await open(t, server);
    await widget.say("I want to talk to a person");
    await chat.getByLabel("Your e-mail").waitFor();
    assert.equal(await chat.getByText(/Connecting|Finding someone|Usually/).count(), 0);
    await chat.getByLabel("Your e-mail").fill("mara@mail.example");
    await chat.getByRole("button", { name: "Send" }).first().click();
    await widget.log.getByText("we will write to mara@mail.example").waitFor();
    assert.equal(await chat.getByLabel("Your e-mail").count(), 0);
  });

  test("what stands last stays in sight when cards come and grow below", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const agent = await agentAt(t, server, LENA);
    for (const options of [{}, PHONE]) {
      const { widget, chat, page, context } = await open(t, server, options);
      await answered({ widget });
      await widget.say("I want to talk to a person");
      const c = await agent.claim(() => true);
      await agent.say(c, "One\n\ntwo\n\nthree\n\nfour\n\nfive");
      await widget.log.getByText("five").waitFor();
      const atEnd = () => chat.locator(".scroll").evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2);
      await until("the end", atEnd);
      // A scroll is told late, once the card has taken its room: what it says then is about neither before nor after.
      await page.evaluate(() => {
        const box = document.querySelector("deskbell-chat").shadowRoot.querySelector(".scroll");
        new ResizeObserver(() => box.dispatchEvent(new Event("scroll"))).observe(box.parentElement);
      });
      await agent.call({ type: "resolve", c, ver: agent.version(c), reason: "answered" });
      await chat.getByRole("radio", { name: "Good" }).check({ force: true });
      await chat.getByRole("button", { name: "Send rating" }).waitFor();
      await until("the last line is in sight", atEnd);
      const [line, box] = await Promise.all([chat.locator(".log > :last-child").boundingBox(), chat.locator(".scroll").boundingBox()]);
      assert.ok(line.y + line.height <= box.y + box.height + 1, JSON.stringify([line, box]));
      await context.close();
    }
  });

  test("a tone for what comes while nobody looks, unless it is muted, and a title that goes back", async (t) => {
    const server = await startServer(t, { widget: "sound = true" });
    await server.addUser(LENA);
    const it = await open(t, server);
    const { widget, chat, page } = it;
    await page.evaluate(() => {
      window.notes = 0;
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (...at) {
        window.notes += 1;
        return start.apply(this, at);
      };
    });
    const title = await page.title();
    await widget.say("I want to talk to a person");
    await chat.getByRole("heading", { name: /in line$/ }).waitFor();
    const colleague = await person(t, browser, { viewport: { width: 1440, height: 900 } });
    colleague.expect(/status of 401 .*\/api\/v1\/(me|login)/);
    const desk = await colleague.newPage();
    await desk.goto(`${server.url}/console/`);
    const lena = consoleOf(desk);
    await lena.logIn(LENA.email, LENA.password);
    await lena.list.getByRole("option").first().click();
    await desk.getByRole("button", { name: "Claim" }).click();
    await widget.log.getByText(/^Lena joined/).waitFor();
    await lena.say("one");
    await widget.log.getByText("one", { exact: true }).waitFor();
    assert.equal(await page.evaluate(() => window.notes), 0, "seen at once");
    await chat.getByRole("button", { name: "Close" }).click();
    await lena.say("two");
    await until("a tone", () => page.evaluate(() => window.notes === 2));
    await until("a count in the title", async () => (await page.title()) === `(1) ${title}`);
    await chat.locator(".launch").click();
    await until("the title is back", async () => (await page.title()) === title);
    await chat.getByRole("button", { name: "Menu" }).click();
    await chat.getByRole("menuitemcheckbox", { name: "Sound" }).click();
    await chat.getByRole("button", { name: "Close" }).click();
    await lena.say("three");
    await until("a count in the title", async () => (await page.title()) === `(1) ${title}`);
    assert.equal(await page.evaluate(() => window.notes), 2);
    assert.deepEqual(it.context.trouble(), []);
  });
});

describe("one's own", { timeout: 180_000 }, () => {
  test("conversations of before are read, and saved as plain text", async (t) => {
    const server = await startServer(t);
    const it = await open(t, server);
    const { widget, chat, page, menu } = it;
    await answered(it);
    const [file] = await Promise.all([page.waitForEvent("download"), menu("Save conversation")]);
    assert.match(file.suggestedFilename(), /^chat-\d{4}-\d\d-\d\d\.txt$/);
    const text = readFileSync(await file.path(), "utf8");
    assert.ok(text.includes(ASKED) && text.includes("30 days") && !/[<>*]/.test(text), text);
    await menu("Start over");
    await widget.say("when are you open");
    await widget.log.getByText("Monday").waitFor();
    await menu("Earlier conversations");
    await chat.getByRole("button", { name: /^Conversation with the assistant/ }).click();
    await widget.log.getByText("30 days").waitFor();
    assert.equal(await chat.getByRole("textbox").count(), 0, "to be read alone");
    assert.deepEqual(await violations(page), []);
    await chat.getByRole("button", { name: "Back", exact: true }).click();
    await chat.getByRole("button", { name: "Back", exact: true }).click();
    await widget.log.getByText("Monday").waitFor();
    await page.reload();
    await chat.locator(".w:not(.nudge)").waitFor();
    await widget.log.getByText("Monday").waitFor();
    await menu("Earlier conversations");
    await chat.getByText(/30 days|return a lamp/).first().waitFor();
    assert.deepEqual(it.context.trouble(), []);
  });

  for (const elsewhere of [false, true]) {
    test(`data is taken along and deleted, in every tab${elsewhere ? ", from a page of another origin" : ""}`, async (t) => {
      let server;
      const site = await startSite(t, () => ({ body: `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1><script async src="${server.url}/widget.js" data-site="shop"></script>` }));
      server = await startServer(t, { widget: elsewhere ? `consent = {en = "${CONSENT}"}` : "", config: `[[sites]]\nname = "shop"\norigins = ["${site}"]\n` });
      const url = elsewhere ? site : server.url;
      const it = await open(t, server, { url });
      const { page, chat, menu, context } = it;
      if (elsewhere) {
        await it.widget.say("mara@mail.example");
        await chat.getByRole("button", { name: "Agree and continue" }).click();
        await it.widget.log.getByText("we will write to mara@mail.example").waitFor();
        await it.line.heard("ack");
      }
      await answered(it);
      const find = () => deskbell(["visitor", "find", "mara@mail.example", "--data", server.data], { expect: null });
      if (elsewhere) assert.match(await find(), /^\w+/);
      const other = await context.newPage();
      await other.goto(url);
      await other.locator("deskbell-chat .launch").click();
      await widgetOf(other).log.getByText("30 days").waitFor();
      const [file] = await Promise.all([page.waitForEvent("download"), menu("Download my data")]);
      const data = JSON.parse(readFileSync(await file.path(), "utf8"));
      assert.ok(data.conversations[0].log.some((entry) => entry.body.text === ASKED));
      await menu("Delete my data");
      const ask = chat.getByRole("alertdialog", { name: "Delete all your data?" });
      await ask.waitFor();
      assert.deepEqual(await violations(page), []);
      await ask.getByRole("button", { name: "Cancel" }).click();
      await ask.waitFor({ state: "detached" });
      assert.equal((await server.log()).length > 0, true, "asked, not done");
      await menu("Delete my data");
      await ask.getByRole("button", { name: "Delete everything" }).click();
      for (const one of [page, other]) await one.locator("deskbell-chat").getByText("Your data was deleted.").waitFor();
      assert.deepEqual((await kept(page)).filter((name) => !name.endsWith(":device")), []);
      assert.equal(await page.evaluate(() => localStorage.length), 0);
      assert.equal(await find(), "");
      assert.equal((await server.log()).length, 0);
      await widgetOf(other).say("when are you open");
      if (elsewhere) await other.locator("deskbell-chat").getByRole("button", { name: "Agree and continue" }).click();
      await widgetOf(other).log.getByText("Monday").waitFor();
      assert.equal((await widgetOf(other).transcript())[0].text, "when are you open", "a fresh start");
      assert.deepEqual(context.trouble(), []);
    });
  }
});

describe("whatever is written", { timeout: 180_000 }, () => {
  test("odd input is shown harmlessly", async (t) => {
    const server = await startServer(t);
    const { widget, chat, page, line, context } = await open(t, server);
    const fits = () => chat.locator(".log").evaluate((log) => log.scrollWidth <= log.clientWidth && log.parentElement.scrollWidth <= log.parentElement.clientWidth);
    let count = 0;
    for (const text of ["x".repeat(4_000), "<img src=x onerror=alert(1)><b>bold</b>", "\u202Eevil\u2066 mirrored", "مرحبا hello", "a\u200bb"]) {
      await widget.composer.fill(text);
      await page.keyboard.press("Enter");
      await line.heard("ack", (count += 1));
      assert.equal(await chat.locator(".mine .say").last().evaluate((say) => say.lastChild.textContent), text);
      assert.ok(await fits(), text.slice(0, 20));
    }
    assert.equal(await chat.locator(".mine img, .mine b").count(), 0);
    await widget.composer.fill("😀 🎉");
    await page.keyboard.press("Enter");
    await chat.locator(".mine .say.big").waitFor();
    await widget.composer.fill("\u200b\u200d \u2060");
    await page.keyboard.press("Enter");
    assert.equal(await chat.getByRole("button", { name: "Send" }).getAttribute("aria-disabled"), "true", "nothing to see: nothing to send");
    await widget.composer.fill("x".repeat(4_001));
    await chat.getByText("1 character too long").waitFor();
    assert.deepEqual(context.trouble(), []);
  });

  test("from right to left: names, times, choices and an empty box stand where they belong", async (t) => {
    const site = await startSite(t, () => ({ body: `<!doctype html><html lang="ar" dir="rtl"><title>Shop</title><h1>Shop</h1><script async src="${server.url}/widget.js" data-site="shop"></script></html>` }));
    const server = await startServer(t, { widget: `consent = {en = "${CONSENT}"}`, config: `[[sites]]\nname = "shop"\norigins = ["${site}"]\n` });
    await server.addUser(LENA);
    const agent = await agentAt(t, server, LENA);
    // Of Arabic without a country the digits are European: they, too, would tear a line.
    const context = await person(t, browser);
    const page = await context.newPage();
    await page.goto(site);
    const words = wordsOf("ar");
    const widget = widgetOf(page, words);
    await widget.launcher.click();
    // Nothing was connected yet, and the shop speaks its own language all the same.
    await widget.dialog.getByText("welcome to Nordlicht Lamps").waitFor();
    await widget.dialog.getByRole("button", { name: "Where is my order?" }).waitFor();
    const direction = () => widget.composer.evaluate((box) => getComputedStyle(box).direction);
    assert.equal(await direction(), "rtl", "empty: as the panel");
    await widget.composer.fill("bulb");
    assert.equal(await direction(), "ltr", "else as what is written");
    await widget.composer.press("Enter");
    await widget.dialog.getByRole("button", { name: words.agree }).click();
    const pick = widget.dialog.getByRole("button", { name: "Is a bulb included?" });
    await pick.waitFor();
    assert.ok(await pick.evaluate((one) => one.querySelector("svg").getBoundingClientRect().right < one.querySelector("bdi").getBoundingClientRect().left), "the arrow leads on, not back");
    await widget.say("I want to talk to a person");
    const c = await agent.claim(() => true);
    await agent.say(c, "Hello");
    await widget.log.getByText("Hello").waitFor();
    /** Where the parts of a line are drawn, from the right. */
    const drawn = (line, parts) =>
      line.evaluate((line, parts) => {
        const node = [...line.childNodes].find((one) => one.nodeType === 3 && one.data.trim() !== "");
        return parts.map((part) => {
          const range = document.createRange();
          const [, at] = [node, node.data.search(new RegExp(part, "u"))];
          range.setStart(node, at);
          range.setEnd(node, at + node.data.match(new RegExp(part, "u"))[0].length);
          const { left, right } = range.getBoundingClientRect();
          return { left, right };
        });
      }, parts);
    const [verb, name, time] = await drawn(widget.log.locator(".sys").filter({ hasText: "Lena" }), ["^\\S+ \\S+", "Lena", "\\d+:\\d+\\s\\S+?(?=\u2069|$)"]);
    assert.ok(verb.left >= name.right - 1 && name.left >= time.right - 1, JSON.stringify([verb, name, time]));
    const by = await widget.log.locator(".human .by").evaluate((by) => [...by.children].map((one) => one.getBoundingClientRect()).map(({ left, right }) => ({ left, right })));
    assert.ok(by[0].left >= by[1].right - 1, JSON.stringify(by));
    assert.deepEqual(context.trouble(), []);
  });

  test("what was too long is edited, not tried again: its words go back into the box, whole", async (t) => {
    const server = await startServer(t);
    const { widget, chat, page } = await open(t, server);
    const long = `${"A very long letter. ".repeat(220)}The end.`;
    await page.evaluate((text) => window.deskbell("ask", text), long);
    await widget.log.getByText(/^Not sent: too long/).waitFor();
    assert.equal(await chat.getByRole("button", { name: "Try again" }).count(), 0);
    const failed = await chat.locator(".mine .failed").boundingBox();
    assert.ok(failed.height < 180, `folded: ${failed.height} px`);
    assert.deepEqual(await violations(page), []);
    await chat.getByRole("button", { name: "Edit" }).click();
    assert.equal(await widget.composer.inputValue(), long);
    assert.equal((await focused(page)).name, "Message");
    assert.equal(await chat.locator(".mine").count(), 0);
    await chat.getByText(/characters too long/).waitFor();
    await widget.composer.fill("short");
    await page.keyboard.press("Enter");
    await widget.log.getByText("short", { exact: true }).waitFor();
  });

  for (const [locale, label, dir] of [["de-DE", "Nachricht", "ltr"], ["fr-FR", "Message", "ltr"], ["es-ES", "Mensaje", "ltr"], ["ar-EG", "الرسالة", "rtl"], ["ja-JP", "メッセージ", "ltr"]]) {
    test(`the panel speaks ${locale}, whole and inside its borders`, async (t) => {
      const server = await startServer(t, { widget: PRECHAT });
      for (const options of [{}, PHONE, { viewport: { width: 320, height: 256 } }]) {
        const { chat, page, context } = await open(t, server, { locale, ...options });
        const box = chat.locator(".type");
        // The page says that it is English, and is believed.
        await page.evaluate((tag) => window.deskbell("language", tag), locale);
        await chat.getByRole("textbox", { name: label, exact: true }).waitFor();
        assert.equal(await chat.locator(".w").evaluate((w) => getComputedStyle(w).direction), dir);
        const whole = () => chat.locator(".w").evaluate((w) => [...w.querySelectorAll("*")].filter((one) => one.getClientRects().length > 0 && (one.getBoundingClientRect().right > w.getBoundingClientRect().right + 1 || one.getBoundingClientRect().left < w.getBoundingClientRect().left - 1)).map((one) => one.className || one.tagName));
        assert.deepEqual(await whole(), []);
        await box.fill("hello there");
        await page.keyboard.press("Enter");
        await chat.locator("#ask-name").waitFor();
        assert.deepEqual(await whole(), []);
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(context.trouble(), []);
        await context.close();
      }
    });
  }
});
