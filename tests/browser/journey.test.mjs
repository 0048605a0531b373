// One conversation from the first question to the rating, in two browsers against the real program,
// with the server's process killed in the middle of it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { bare, consoleOf, person, saidIn, startBrowser, startServer, until, widgetOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };

/** What Chromium itself writes to the console while a server is away: no fault of the page. */
const LINE_LOST = /console: (WebSocket connection to|Failed to load resource: net::ERR_CONNECTION)/;
/** And for every answer that is not a success, such as a refused password. */
const REFUSED = /console: Failed to load resource: the server responded with a status of 401/;

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** A mark in the page that no reload survives. */
const markPage = (page) => page.evaluate(() => (window.__same = true));
const samePage = (page) => page.evaluate(() => window.__same === true);

async function agreed(server, widget, desk, c) {
  const entries = await server.log(c);
  assert.deepEqual(entries.map((entry) => entry.seq), entries.map((_, at) => at + 1), "the log is without holes");
  const cmids = entries.flatMap((entry) => entry.cmid ?? []);
  assert.equal(new Set(cmids).size, cmids.length, "nothing is stored twice");
  const said = bare(saidIn(entries));
  await until("both pages show what the log holds", async () => {
    const left = bare(await widget.transcript());
    const right = bare(await desk.transcript());
    return JSON.stringify(left) === JSON.stringify(said) && JSON.stringify(right) === JSON.stringify(said);
  }).catch(async () => {
    assert.deepEqual(bare(await widget.transcript()), said, "the visitor's page shows the log");
    assert.deepEqual(bare(await desk.transcript()), said, "the agent's page shows the log");
  });
  return entries;
}

const count = (entries, text) => entries.filter((entry) => entry.kind === "text" && entry.body.text === text).length;

test("from the first question to the rating, through a power cut", { timeout: 180_000 }, async (t) => {
  const server = await startServer(t);
  await server.addUser(LENA);
  const visitorsBrowser = await person(t, browser);
  const agentsBrowser = await person(t, browser);
  agentsBrowser.expect(REFUSED);

  // ---- the bot answers

  const shop = await visitorsBrowser.newPage();
  const widget = widgetOf(shop);
  await shop.goto(server.url);
  await markPage(shop);
  await widget.launcher.focus();
  await shop.keyboard.press("Enter");
  await widget.dialog.waitFor();
  await until("the box has the focus", () => widget.composer.evaluate((box) => box.getRootNode().activeElement === box));

  await shop.keyboard.type("can I return a lamp I already put up?");
  await shop.keyboard.press("Enter");
  const answer = widget.log.locator(".turn", { hasText: "30 days" });
  await answer.waitFor();
  const source = answer.getByRole("link", { name: /^From: Returning an item/ });
  assert.match(await source.getAttribute("href"), /\/help\/en\/returns\/returning-an-item/);
  const helped = answer.getByRole("button", { name: "Yes, this helped" });
  await helped.click();
  await until("the thumb stays", async () => (await helped.getAttribute("aria-pressed")) === "true");

  // ---- and gives up

  await widget.say("who won the football match last night");
  await widget.log.getByText("not sure I understood").waitFor();
  assert.equal(await widget.dialog.getByText(/in line$/).count(), 0, "one miss calls nobody");
  await widget.say("and what is the capital of Peru");
  await widget.log.getByText("Passed on to our team", { exact: true }).waitFor();
  await widget.dialog.getByRole("heading", { name: "1st in line" }).waitFor();
  await widget.dialog.getByText("We keep your place").waitFor();

  // ---- an agent comes

  const desktop = await agentsBrowser.newPage();
  const desk = consoleOf(desktop);
  await desktop.goto(`${server.url}/console/`);
  await desk.email.waitFor();
  await desk.logIn(LENA.email, "wrong");
  await desktop.getByRole("alert").getByText("E-mail and password do not match").waitFor();
  await desk.logIn(LENA.email, LENA.password);
  await markPage(desktop);
  const chat = desk.list.getByRole("option").first();
  await chat.click();
  await desk.packet.getByText("Not understood, twice").waitFor();
  await desk.packet.getByText("capital of Peru").waitFor();
  await desk.log.getByText("can I return a lamp I already put up?").waitFor();
  await desk.log.getByText("30 days").waitFor();
  assert.equal(await desk.composer.count(), 0, "no reply before the chat is claimed");
  await desktop.getByRole("button", { name: "Claim" }).click();
  await desk.composer.waitFor();
  await until("the reply box has the focus", () => desk.composer.evaluate((box) => document.activeElement === box));

  await widget.log.getByText(/^Lena joined/).waitFor();
  await widget.dialog.getByRole("heading", { name: "Lena Moser" }).waitFor();
  assert.equal(await widget.dialog.getByRole("heading", { name: /in line/ }).count(), 0);

  await desk.say("Hi, Lena here. What do you need?");
  await widget.log.getByText("Hi, Lena here.").waitFor();
  await widget.log.getByText("Lena", { exact: true }).first().waitFor();
  await widget.composer.pressSequentially("I have");
  await desktop.getByText(/is typing$/).waitFor();
  await widget.say("I have two lamps to return");
  await desk.log.getByText("I have two lamps to return").waitFor();
  const [{ conversation: c }] = await server.log();
  await agreed(server, widget, desk, c);

  // ---- the power cut, while both write

  visitorsBrowser.expect(LINE_LOST);
  agentsBrowser.expect(LINE_LOST);
  await desk.composer.pressSequentially("Both can go into ");
  await widget.say("One of them is the Skog");
  // No wait in between: whether this one was stored before the end is for the pages to find out.
  await server.kill();
  await widget.composer.pressSequentially("and the other ");
  await widget.dialog.getByText("No connection.").waitFor();
  await desktop.getByText("Connection lost.").waitFor();
  await widget.composer.pressSequentially("is the Fjell");
  await shop.keyboard.press("Enter");
  await widget.log.getByText("Waiting for connection").first().waitFor();
  await desk.composer.pressSequentially("one parcel.");

  await server.restart();
  await desk.log.getByText("and the other is the Fjell").waitFor();
  await desk.log.getByText("One of them is the Skog").waitFor();
  await until("nothing waits for the line any more", async () => (await widget.log.getByText(/Waiting for connection|Sending/).count()) === 0);
  assert.equal(await desk.composer.inputValue(), "Both can go into one parcel.", "what the agent wrote is still there");
  await desktop.keyboard.press("Enter");
  await widget.log.getByText("Both can go into one parcel.").waitFor();
  await widget.say("Perfect, thank you!");
  await desk.log.getByText("Perfect, thank you!").waitFor();

  let entries = await agreed(server, widget, desk, c);
  for (const text of ["One of them is the Skog", "and the other is the Fjell", "Both can go into one parcel."]) {
    assert.equal(count(entries, text), 1, `“${text}” is in the log once`);
  }
  assert.ok(entries.findIndex((e) => e.body.text === "One of them is the Skog") < entries.findIndex((e) => e.body.text === "and the other is the Fjell"), "in the order in which they were written");
  assert.ok((await samePage(shop)) && (await samePage(desktop)), "no page was loaded again");

  // ---- the end

  await desktop.getByRole("button", { name: "Resolve" }).first().click();
  const dialog = desktop.getByRole("dialog", { name: "Resolve" });
  await dialog.getByLabel("Done for the visitor").check();
  await dialog.getByRole("button", { name: "Resolve" }).click();
  await dialog.waitFor({ state: "hidden" });

  await widget.log.getByText(/^Lena ended the conversation/).waitFor();
  await widget.dialog.getByRole("radio", { name: "Good" }).check({ force: true });
  await widget.dialog.getByRole("textbox", { name: "Anything to add?" }).fill("Quick.");
  await widget.dialog.getByRole("button", { name: "Send rating" }).click();
  await widget.dialog.getByText("Thank you for your rating.").waitFor();
  const rating = await until("the rating is in the log", async () => (entries = await server.log(c)).find((entry) => entry.kind === "rating" && entry.body.about === undefined));
  assert.deepEqual({ score: rating.body.score, comment: rating.body.comment }, { score: 4, comment: "Quick." });
  assert.equal(entries.find((entry) => entry.kind === "rating" && entry.body.about !== undefined)?.body.score, 5, "the thumb is there too");
  assert.equal(entries.find((entry) => entry.kind === "closed")?.body.reason, "done");
  await agreed(server, widget, desk, c);

  assert.deepEqual(visitorsBrowser.trouble(), []);
  assert.deepEqual(agentsBrowser.trouble(), []);
  assert.equal(await server.stop(), 0, "and it ends in peace");
});

/** A visitor has asked for a person, and Lena has claimed the chat and said her first words. */
async function claimed(server, shop, desktop, words) {
  const widget = widgetOf(shop);
  const desk = consoleOf(desktop);
  await shop.goto(server.url);
  await widget.launcher.click();
  await widget.say("I want to talk to a person");
  await widget.dialog.getByRole("heading", { name: "1st in line" }).waitFor();
  await desktop.goto(`${server.url}/console/`);
  await desk.logIn(LENA.email, LENA.password);
  await desk.list.getByRole("option").first().click();
  await desktop.getByRole("button", { name: "Claim" }).click();
  await desk.say(words);
  await widget.log.getByText(words).waitFor();
}

test("what an agent sends while the server is away arrives once", { timeout: 120_000 }, async (t) => {
  const server = await startServer(t);
  await server.addUser(LENA);
  const visitorsBrowser = await person(t, browser);
  const agentsBrowser = await person(t, browser);
  const shop = await visitorsBrowser.newPage();
  const desktop = await agentsBrowser.newPage();
  const widget = widgetOf(shop);
  const desk = consoleOf(desktop);
  await claimed(server, shop, desktop, "Hello, how can I help?");

  const [{ conversation: c }] = await server.log();
  await server.kill();
  await desktop.getByText("Connection lost.").waitFor();
  await desk.say("I am looking it up.");
  await desk.say("One moment, please.");
  await desk.log.getByText("Will be sent when the connection is back").first().waitFor();
  await server.restart();
  await widget.log.getByText("One moment, please.").waitFor();
  const entries = await agreed(server, widget, desk, c);
  assert.equal(count(entries, "I am looking it up."), 1);
  assert.equal(count(entries, "One moment, please."), 1);
});

test("a reply that the visitor has overtaken is held back, with its words", { timeout: 120_000 }, async (t) => {
  const server = await startServer(t);
  await server.addUser(LENA);
  const visitorsBrowser = await person(t, browser);
  const agentsBrowser = await person(t, browser);
  const shop = await visitorsBrowser.newPage();
  const desktop = await agentsBrowser.newPage();
  const widget = widgetOf(shop);
  const desk = consoleOf(desktop);
  // The agent's own line can be cut here without the server's knowing.
  let cut = false;
  const lines = new Set();
  await desktop.routeWebSocket(/\/ws\/agent$/, (line) => {
    if (cut) return void line.close({ code: 4000 });
    line.connectToServer();
    lines.add(line);
    return undefined;
  });
  await claimed(server, shop, desktop, "Which lamp is it?");

  cut = true;
  for (const line of lines) await line.close({ code: 4000 });
  await desktop.getByText("Connection lost.").waitFor();
  await desk.say("The Skog can go back.");
  await widget.say("The Fjell, not the Skog");
  await widget.log.getByText(/^Sent/).waitFor();
  cut = false;
  await desktop.getByText("wrote while you were writing").waitFor();
  assert.equal(await desk.composer.inputValue(), "The Skog can go back.");
  assert.equal(await widget.log.getByText("The Skog can go back.").count(), 0);
  await desk.say("The Fjell can go back.");
  await widget.log.getByText("The Fjell can go back.").waitFor();
  const [{ conversation: c }] = await server.log();
  const entries = await agreed(server, widget, desk, c);
  assert.equal(count(entries, "The Skog can go back."), 0);
});
