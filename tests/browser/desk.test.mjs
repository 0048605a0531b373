// What agents and supervisors have beside the talk, in the console and on the wire, against the real program.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { session } from "./desk-states.mjs";
import { agentAt, consoleOf, person, startBrowser, startServer, until, violations, visitorAt } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const RUTH = { email: "ruth@shop.example", name: "Ruth Amsel", role: "supervisor", password: "correct horse battery staple" };
const ADA = { email: "ada@shop.example", name: "Ada Linde", role: "admin", password: "correct horse battery staple" };

/** Chromium's own words for an answer that is not a success: nobody is logged in yet. */
const REFUSED = /console: Failed to load resource: the server responded with a status of 401/;

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function desk(t, server, who) {
  const context = await person(t, browser, { viewport: { width: 1440, height: 900 } });
  context.expect(REFUSED);
  const page = await context.newPage();
  await page.goto(`${server.url}/console/`);
  const face = consoleOf(page);
  await face.logIn(who.email, who.password);
  await page.locator(".app").waitFor();
  await page.locator(".cv").first().waitFor();
  return { page, face, context, dialog: (name) => page.getByRole("dialog", { name }) };
}

/** Somebody who asks for a person and waits. */
async function waiting(t, server, words = "I want to talk to a person, my lamp arrived broken") {
  const visitor = await visitorAt(t, server);
  const told = await visitor.send("text", { text: words });
  const c = told.c;
  const asked = await visitor.call({ type: "handoff", c });
  if (!asked.ok) throw new Error(`handoff: ${asked.code}`);
  return { ...visitor, c };
}

const entries = async (server, c, kind) => (await server.log(c)).filter((entry) => entry.kind === kind);

test("a chat with all that an agent does to it: claim, canned reply, labels, snooze, macro, resolve with a date, reopen", { timeout: 180_000 }, async (t) => {
  const server = await startServer(t);
  await server.addUser(LENA);
  const visitor = await waiting(t, server);
  const { page, face, dialog, context } = await desk(t, server, LENA);

  // Whoever has come in has the list under the keys.
  await until("the list has the focus", () => face.list.evaluate((list) => list === document.activeElement));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("c");
  await until("claimed", async () => (await entries(server, visitor.c, "claimed")).length === 1);

  // ---- a canned reply of one's own, written in the console and used with its variable
  await page.getByRole("link", { name: "Team" }).click();
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("textbox", { name: "Shortcut" }).fill("brief");
  await page.getByRole("textbox", { name: "Title" }).fill("Lamp in short");
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("Hello, this is {{ agent.name }}, sorry about the lamp.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: /\/brief/ }).waitFor();
  await page.getByRole("link", { name: "Inbox" }).click();
  await face.composer.focus();
  await page.keyboard.type("/brief");
  await page.getByRole("option", { name: /Lamp in short/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await until("the visitor has it", () => visitor.told.some((frame) => frame.type === "ev" && frame.body.text === "Hello, this is Lena Moser, sorry about the lamp."));

  // ---- labels and snooze
  await page.keyboard.press("Escape");
  await page.keyboard.press("l");
  await dialog("Labels").waitFor();
  await page.keyboard.type("damaged");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await until("labelled", async () => (await entries(server, visitor.c, "marked")).some((entry) => entry.body.labels?.join() === "damaged"));
  await page.locator("#conversation").focus();
  await page.keyboard.press("z");
  await dialog("Snooze").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".view", { hasText: "Snoozed" }).getByText("1").waitFor();
  // It comes back as soon as the visitor writes.
  await visitor.send("text", { text: "hello?" }, { c: visitor.c });
  await page.locator(".view", { hasText: "Snoozed" }).getByText("0").waitFor();

  // ---- resolved with a date, and opened again
  await page.locator("#conversation").focus();
  await page.keyboard.press("e");
  await dialog("Resolve").waitFor();
  await page.getByLabel("Follow up on").fill(new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10));
  await dialog("Resolve").getByRole("button", { name: "Resolve" }).click();
  await until("closed", async () => (await entries(server, visitor.c, "closed")).length === 1);
  await page.getByRole("button", { name: "Reopen" }).first().click();
  await until("open again", async () => (await entries(server, visitor.c, "reopened")).length === 1);

  // ---- nothing of it reached the visitor but the talk
  assert.ok(!visitor.told.some((frame) => frame.type === "ev" && ["marked", "note"].includes(frame.kind)));
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(context.trouble(), []);
});

test("suggested answers come from the shop's own content, with their source; the wording hint holds a reply once", { timeout: 120_000 }, async (t) => {
  const server = await startServer(t);
  await server.addUser(LENA);
  const visitor = await waiting(t, server, "how long does delivery take");
  const { page, face, context } = await desk(t, server, LENA);
  await page.keyboard.press("j");
  await page.keyboard.press("c");
  await page.locator(".sugg button").first().waitFor();
  await face.composer.focus();
  await page.keyboard.press("Alt+1");
  await until("inserted", async () => (await face.composer.inputValue()).length > 10);
  assert.ok(!visitor.told.some((frame) => frame.type === "ev" && frame.from.kind === "agent" && frame.kind === "text"), "a suggestion is private");
  await face.composer.fill("That is your fault.");
  await page.keyboard.press("Enter");
  await page.getByRole("status").getByText("puts the blame on the visitor").waitFor();
  assert.equal((await entries(server, visitor.c, "text")).filter((entry) => entry.body.text === "That is your fault.").length, 0);
  await page.keyboard.press("Enter");
  await until("sent by the second Enter", async () => (await entries(server, visitor.c, "text")).some((entry) => entry.body.text === "That is your fault."));
  assert.deepEqual(context.trouble(), []);
});

test("two at one desk: who looks, a mention, a whisper, taking over", { timeout: 180_000 }, async (t) => {
  const server = await startServer(t);
  await server.addUser(LENA);
  await server.addUser(RUTH);
  const visitor = await waiting(t, server);
  const lena = await desk(t, server, LENA);
  const ruth = await desk(t, server, RUTH);
  await lena.page.keyboard.press("j");
  await lena.page.keyboard.press("c");
  await until("claimed", async () => (await entries(server, visitor.c, "claimed")).length === 1);
  await ruth.page.locator(`#cv-${visitor.c}`).click();
  await lena.page.getByRole("status").getByText("Ruth Amsel also looks at this").waitFor({ state: "attached" });

  await lena.page.locator("#conversation").focus();
  await lena.page.keyboard.press("n");
  await lena.page.keyboard.type("@ruth");
  await lena.page.getByRole("option", { name: /Ruth Amsel/ }).waitFor();
  await lena.page.keyboard.press("Enter");
  await lena.page.keyboard.type("may I refund?");
  await lena.page.keyboard.press("Enter");
  await until("the note names her", async () => (await entries(server, visitor.c, "note")).some((entry) => entry.body.mentions?.length === 1));

  await ruth.page.locator("#conversation").focus();
  await ruth.page.keyboard.press("n");
  await ruth.page.keyboard.type("Yes, and a voucher.");
  await ruth.page.getByRole("button", { name: "Whisper" }).click();
  await lena.page.getByText("whispered, for agents only").waitFor();
  await ruth.page.getByRole("button", { name: /^Take over/ }).click();
  await until("taken over", async () => (await entries(server, visitor.c, "transferred")).length === 1);
  assert.ok(!visitor.told.some((frame) => frame.type === "ev" && frame.kind === "note"), "notes and whispers stay inside");
  assert.deepEqual([...lena.context.trouble(), ...ruth.context.trouble()], []);
});

test("the board tells who waits; a department is paused; a notice reaches a visitor", { timeout: 120_000 }, async (t) => {
  const server = await startServer(t);
  await server.addUser(LENA);
  await server.addUser(RUTH);
  const agent = await agentAt(t, server, LENA);
  const visitor = await waiting(t, server);
  const { page, context } = await desk(t, server, RUTH);
  await page.getByRole("link", { name: "Live board" }).click();
  await page.locator(".next li").first().waitFor();
  await page.getByRole("button", { name: /Lena Moser/ }).click();
  assert.deepEqual(await violations(page), []);
  // Places of an agent, and a waiting chat for one, by a supervisor's hand.
  await page.locator(".crew-more:not([hidden])").getByRole("spinbutton").fill("2");
  await page.keyboard.press("Tab");
  await page.locator(".crew-it", { hasText: "Lena Moser" }).getByText("0 of 2").waitFor();
  await page.getByLabel(/^Give .* to$/).selectOption({ index: 1 });
  await until("given", async () => (await entries(server, visitor.c, "claimed")).length === 1);
  await page.locator(".next li").waitFor({ state: "detached" });
  const pause = page.getByRole("button", { name: /^Pause / }).first();
  const name = (await pause.getAttribute("aria-label")).replace("Pause ", "");
  await pause.click();
  await page.getByRole("button", { name: `Resume ${name}` }).waitFor();
  await page.locator(".crew-more:not([hidden])").getByRole("combobox").selectOption("away");
  await until("the colleague is away", () => agent.told.some((frame) => frame.type === "presence" && frame.state === "away"));
  await page.getByLabel("In English").fill("Deliveries are a day late.");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByText("Visitors see it now.").waitFor();
  await until("the visitor is told", () => visitor.told.some((frame) => frame.type === "notice" && frame.text === "Deliveries are a day late."));
  assert.deepEqual(context.trouble(), []);
});

test("a turn becomes a suggestion that the admin sees; a visitor is blocked; the audit table tells it", { timeout: 180_000 }, async (t) => {
  const server = await startServer(t);
  await server.addUser(ADA);
  const visitor = await waiting(t, server);
  const { page, dialog, context } = await desk(t, server, ADA);
  await page.keyboard.press("j");
  await page.locator(".turn.visitor .improve").first().focus();
  await page.keyboard.press("Enter");
  await dialog("Suggest to the editors").waitFor();
  await page.getByRole("combobox", { name: "Question group or article" }).or(page.getByRole("textbox", { name: "Question group or article" })).fill("return-how");
  await page.getByRole("button", { name: "Suggest", exact: true }).click();
  await page.getByText("The editors have it").waitFor();
  await page.locator(".head-c").getByRole("button", { name: "More" }).click();
  await page.getByRole("button", { name: "Block visitor" }).click();
  await page.getByRole("textbox", { name: "Reason" }).fill("spam");
  await dialog("Block visitor").getByRole("button", { name: "Block visitor" }).click();
  await until("the socket ends", () => visitor.told.some((frame) => frame.type === "closed" && frame.code === 4506));
  for (const part of ["team/suggestions", "admin/people", "admin/sites", "admin/audit"]) {
    await page.evaluate((hash) => (location.hash = hash), part);
    await page.locator(".page :is(.grid tbody tr, .shelf-it, .card, .form-row)").first().waitFor();
    assert.deepEqual(await violations(page), [], part);
  }
  await page.getByRole("searchbox", { name: "Find" }).fill("block");
  await page.locator(".grid tbody tr").first().waitFor();
  assert.deepEqual(context.trouble(), []);
});

test("dates have bounds and words; a macro is kept in two languages; an earlier talk pages back beyond one page; the audit names people", { timeout: 180_000 }, async (t) => {
  const server = await startServer(t, { config: "[socket]\nmessages_per_second = 1000\nmessage_burst = 1000\n" });
  await server.addUser(ADA);
  // A long talk, which ends, and another one of the same visitor.
  const before = await visitorAt(t, server);
  let c;
  for (let n = 0; n < 230; n += 1) ({ c } = await before.send("text", { text: `question ${n} about lamps` }, c ? { c } : {}));
  await before.call({ type: "end", c });
  const visitor = await visitorAt(t, server, { token: before.welcome.token });
  const now = await visitor.send("text", { text: "me again" });
  await visitor.call({ type: "handoff", c: now.c });
  const { page, dialog, context } = await desk(t, server, ADA);
  await page.locator(`#cv-${now.c}`).click();
  await page.getByRole("button", { name: "Claim" }).click();
  await page.getByRole("textbox", { name: "Write to the visitor" }).waitFor();

  await page.locator(".before button").first().click();
  await dialog("An earlier conversation").getByText("question 229 about lamps").waitFor();
  assert.equal(await dialog("An earlier conversation").getByText("question 0 about lamps").count(), 0, "the newest page comes first");
  await page.getByRole("button", { name: "Earlier messages" }).click();
  await dialog("An earlier conversation").getByText("question 0 about lamps").waitFor();
  await until("the beginning is there", async () => (await page.getByRole("button", { name: "Earlier messages" }).count()) === 0);
  await page.keyboard.press("Escape");

  const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  await page.locator("#conversation").focus();
  await page.keyboard.press("z");
  const field = page.getByLabel("At another time");
  const put = async (value, words) => {
    await field.fill(value);
    await dialog("Snooze").getByRole("button", { name: "Snooze" }).click();
    await dialog("Snooze").getByRole("alert").getByText(words).waitFor();
  };
  await dialog("Snooze").getByRole("button", { name: "Snooze" }).click();
  await dialog("Snooze").getByRole("alert").getByText("Choose a time.").waitFor();
  await put(`${day(-2)}T10:00`, "This time has passed.");
  await put(`${day(400)}T10:00`, "A year ahead is the most.");
  assert.ok((await field.getAttribute("min")) && (await field.getAttribute("max")));
  await page.keyboard.press("Escape");
  await until("shut", async () => (await page.locator("dialog[open]").count()) === 0);
  await page.locator("#conversation").focus();
  await page.keyboard.press("e");
  await page.getByLabel("Follow up on").fill(day(400));
  await dialog("Resolve").getByRole("button", { name: "Resolve" }).click();
  await dialog("Resolve").getByRole("alert").getByText("A year ahead is the most.").waitFor();
  assert.equal((await entries(server, now.c, "closed")).length, 0, "nothing was done");
  await page.keyboard.press("Escape");
  await until("shut", async () => (await page.locator("dialog[open]").count()) === 0);

  await page.evaluate(() => (location.hash = "team/macros"));
  await page.getByRole("button", { name: "New", exact: true }).click();
  await page.getByRole("textbox", { name: "Title" }).fill("Sorry");
  await page.getByRole("textbox", { name: "Text", exact: true }).fill("We are sorry.");
  await page.getByRole("textbox", { name: "Code of a language" }).fill("de");
  await page.getByRole("button", { name: "Add a language" }).click();
  await page.getByRole("textbox", { name: "Text in German" }).fill("Es tut uns leid.");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: /^Sorry/ }).waitFor();
  const ask = await session(server, ADA);
  assert.deepEqual((await ask("desk")).macros.find((one) => one.title === "Sorry").steps, [{ reply: { de: "Es tut uns leid.", en: "We are sorry." } }]);

  await page.evaluate(() => (location.hash = "team/departments"));
  await page.getByRole("heading", { name: "Where to edit" }).waitFor();
  await page.getByText("[[holidays]]").waitFor();
  await page.evaluate(() => (location.hash = "admin/audit"));
  await page.locator(".grid tbody tr").filter({ hasText: "claimed" }).getByText(ADA.name).waitFor();
  assert.deepEqual(context.trouble(), []);
});
