// "Nothing is lost" as the two pages keep it: tabs that close, reload, are copied and reconnect, a browser that is
// killed, a server that goes and comes. Each against the real program, and each held against its log.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { chromium } from "playwright-core";

import { consoleOf, frames, letters, person, saidIn, startBrowser, startRelay, startServer, startSite, tab, until, widgetOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
/** Longer than another tab waits before it takes over what a closed one left, ms. */
const ADOPTED = 40_000;

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** Two of them in one conversation that has begun. */
async function twoTabs(context, url) {
  const left = await tab(context, url);
  await left.widget.say("when are you open");
  await left.widget.log.locator(".turn").first().waitFor();
  const right = await tab(context, url);
  await right.widget.log.locator(".turn").first().waitFor();
  return [left, right];
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The log has no holes and nothing twice, and every given page shows just what it holds. */
async function agree(server, ...widgets) {
  const entries = await server.log();
  assert.equal(new Set(entries.map((entry) => entry.conversation)).size, 1, "one conversation");
  assert.deepEqual(entries.map((entry) => entry.seq), entries.map((_, at) => at + 1));
  const cmids = entries.flatMap((entry) => entry.cmid ?? []);
  assert.equal(new Set(cmids).size, cmids.length, "nothing is stored twice");
  for (const widget of widgets) {
    let [page, log] = [[], []];
    // The bot may still be about to answer: then both are looked at again.
    await until("the page shows what the log holds", async () => {
      [log, page] = [letters(saidIn(await server.log())), letters(await widget.transcript())];
      return same(page, log);
    }).catch(() => assert.deepEqual(page, log));
  }
  return server.log();
}

const count = (entries, text) => entries.filter((entry) => entry.kind === "text" && entry.body.text === text).length;
const stored = (server, text) => until(`“${text}” is in the log`, async () => count(await server.log(), text) > 0, ADOPTED);

describe("nothing is lost", { concurrency: 6, timeout: 120_000 }, () => {
  test("two tabs, 200 reconnects each: nothing is replayed to who holds it, and both show the same", async (t) => {
    const server = await startServer(t);
    const relay = await startRelay(t, server);
    const context = await person(t, browser);
    const [left, right] = await twoTabs(context, relay.url);

    async function reconnect(times, between = async () => {}) {
      // Of the pause before the next try only chance would be seen here.
      for (const { page } of [left, right]) await page.evaluate(() => void (window.__hurry = setInterval(() => dispatchEvent(new Event("online")), 25)));
      for (let n = 0; n < times; n += 1) {
        const next = [left, right].map(({ line }) => line.heard("welcome", line.of("welcome").length + 1));
        await between(n);
        relay.cut();
        await Promise.all(next);
      }
      for (const { page } of [left, right]) await page.evaluate(() => clearInterval(window.__hurry));
    }

    const before = [left, right].map(({ line }) => line.of("ev").length);
    await reconnect(100);
    assert.deepEqual([left, right].map(({ line }) => line.of("ev").length), before, "an idle reconnect replays nothing");
    for (const { line } of [left, right]) assert.ok(line.of("resync").length === 0 && line.of("fetch").length <= 1, "and asks for nothing");

    const said = [];
    await reconnect(100, async (n) => {
      if (n % 12 > 0) return;
      said.push(`words number ${n}`);
      await (n % 24 ? right : left).widget.say(said.at(-1));
    });
    for (const text of said) await stored(server, text);
    await until("nothing waits any more", async () => (await left.widget.log.getByText(/Waiting|Sending/).count()) + (await right.widget.log.getByText(/Waiting|Sending/).count()) === 0);
    const entries = await agree(server, left.widget, right.widget);
    assert.deepEqual(said.map((text) => count(entries, text)), said.map(() => 1));
    assert.ok(Math.min(...[left, right].map(({ line }) => line.of("welcome").length)) > 200);
  });

  test("a tab that is closed before its message went out: another tab sends it, once", async (t) => {
    const server = await startServer(t);
    const relay = await startRelay(t, server);
    const context = await person(t, browser);
    const [left, right] = await twoTabs(context, relay.url);
    relay.close();
    await left.widget.say("Do you have the Fjell in green?");
    await left.widget.say("And in blue?");
    await left.widget.log.getByText("Waiting for connection").first().waitFor();
    await left.page.close();
    relay.mend();
    await stored(server, "And in blue?");
    const entries = await agree(server, right.widget);
    assert.deepEqual(["Do you have the Fjell in green?", "And in blue?"].map((text) => count(entries, text)), [1, 1]);
    assert.ok(entries.findIndex((e) => e.body.text?.includes("green")) < entries.findIndex((e) => e.body.text?.includes("blue")), "in the order of writing");
    await until("it is kept nowhere any more", () => right.page.evaluate(() => !Object.keys(localStorage).some((key) => key.includes(":outbox:"))));
  });

  test("a browser that is killed before the first words went out: the next visit sends them, untouched, and once", async (t) => {
    const server = await startServer(t);
    const relay = await startRelay(t, server);
    const home = mkdtempSync(join(tmpdir(), "deskbell-profile-"));
    const browsers = [];
    // Gone before their folder is: a browser that still runs writes into it.
    t.after(async () => {
      for (const one of browsers) await one.close().catch(() => undefined);
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    });
    const launch = () => chromium.launchPersistentContext(home, { executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"], locale: "en-GB" });
    const context = await launch();
    browsers.push(context);
    const { widget, page } = await tab(context, relay.url);
    relay.close();
    await widget.dialog.getByText("No connection.").waitFor();
    await widget.say("Is anybody there?");
    await widget.log.getByText("Waiting for connection").waitFor();
    const from = Date.now();
    const folder = join(home, "Default/Local Storage/leveldb");
    await until("the browser has written it to its disk", () => readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes("Is anybody there?")));
    t.diagnostic(`the browser took ${Date.now() - from} ms to write it to disk`);
    const session = await context.browser().newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const gone = new Promise((done) => context.once("close", done));
    process.kill(processInfo.find((one) => one.type === "browser").id, "SIGKILL");
    await gone;
    assert.ok(page.isClosed());
    relay.mend();
    const again = await launch();
    browsers.push(again);
    const next = await again.newPage();
    await next.goto(relay.url);
    await stored(server, "Is anybody there?");
    assert.equal(count(await server.log(), "Is anybody there?"), 1);
    await widgetOf(next).launcher.click();
    await agree(server, widgetOf(next));
  });

  test("an eleventh browser of one person is told why, and comes in when there is room", async (t) => {
    const server = await startServer(t, { config: "[socket]\ntick_ms = 60000\n" });
    const context = await person(t, browser);
    const first = await tab(context, server.url);
    await first.widget.say("when are you open");
    await first.widget.log.locator(".turn").first().waitFor();
    // Tabs of one browser would share a line.
    const storageState = await context.storageState();
    const own = async () => person(t, browser, { storageState });
    const others = await Promise.all(Array.from({ length: 9 }, async () => tab(await own(), server.url)));
    const page = await (await own()).newPage();
    const line = frames(page);
    const widget = widgetOf(page);
    await page.goto(server.url);
    await widget.launcher.click();
    await widget.dialog.getByText("The chat is open in too many tabs.").waitFor();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.bringToFront();
    assert.equal(line.of("hello").length, 1, "and does not try by itself");
    await others[0].page.close();
    await until("there is room", async () => {
      await widget.dialog.getByRole("button", { name: "Try now" }).click({ timeout: 500 }).catch(() => undefined);
      return line.of("welcome").length > 0;
    });
    await agree(server, widget, first.widget);
  });

  test("a copied tab is a device of its own, and neither throws the other out", async (t) => {
    const server = await startServer(t);
    const context = await person(t, browser);
    const { page, line, widget } = await tab(context, server.url);
    await widget.say("when are you open");
    await widget.log.locator(".turn").first().waitFor();
    const opened = context.waitForEvent("page");
    // A page that opens another hands it a copy of its session's storage, as a browser does that copies a tab.
    await page.evaluate(() => void open("about:blank"));
    const copy = await opened;
    const line2 = frames(copy);
    await copy.goto(server.url);
    const widget2 = widgetOf(copy);
    await line2.heard("welcome");
    const devices = [line, line2].map((one) => one.of("hello").map((hello) => hello.device));
    assert.deepEqual(devices.map((of) => of.length), [1, 1], "one connection each");
    assert.notEqual(devices[0][0], devices[1][0]);
    await widget2.say("And on Sunday?");
    await widget.log.getByText("And on Sunday?").waitFor();
    await agree(server, widget, widget2);
  });

  test("a page that the browser puts away and brings back goes on where it was", async (t) => {
    const server = await startServer(t);
    // Off by default where a browser is driven, but not where it is used.
    const own = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium", args: ["--no-sandbox"], ignoreDefaultArgs: ["--disable-back-forward-cache"] });
    t.after(() => own.close());
    const context = await person(t, own);
    const { page, line, widget } = await tab(context, server.url);
    await widget.say("when are you open");
    await widget.log.locator(".turn").first().waitFor();
    await page.evaluate(() => addEventListener("pageshow", (event) => (window.__broughtBack = event.persisted)));
    await page.goto(`${server.url}/help/`);
    await page.goBack({ waitUntil: "commit" });
    assert.equal(await page.evaluate(() => window.__broughtBack), true, "the same page, not a new one");
    const before = line.of("ev").length;
    await line.heard("welcome", 2);
    assert.ok(line.of("hello")[1].resume[0].seq > 0 && line.of("hello")[1].device === line.of("hello")[0].device);
    await widget.say("And on Sunday?");
    await stored(server, "And on Sunday?");
    await agree(server, widget);
    assert.ok(line.of("ev").length - before <= 2, "only what is new");
  });

  test("loaded anew while the server is away, and again when it is back: what was not sent is sent once", async (t) => {
    let serverUrl = "";
    const site = await startSite(t, () => ({ body: `<!doctype html><html lang="en"><title>Shop</title><script async src="${serverUrl}/widget.js" data-site="shop"></script><h1>Shop</h1></html>` }));
    const server = await startServer(t, { config: `[[sites]]\nname = "shop"\norigins = ["${site}"]\n` });
    serverUrl = server.url;
    const context = await person(t, browser);
    const { page, widget } = await tab(context, site);
    await widget.say("when are you open");
    await widget.log.locator(".turn").first().waitFor();
    await server.kill();
    await widget.say("Do you ship to Norway?");
    await widget.log.getByText("Waiting for connection").waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Shop" }).waitFor();
    await server.restart();
    await page.reload();
    await stored(server, "Do you ship to Norway?");
    await agree(server, widget);
    assert.equal(count(await server.log(), "Do you ship to Norway?"), 1);
  });

  test("killed in mid-typing: the words stay in the box, what was said is there once", async (t) => {
    const server = await startServer(t);
    const context = await person(t, browser);
    const { widget } = await tab(context, server.url);
    await widget.say("when are you open");
    await widget.log.locator(".turn").first().waitFor();
    await widget.say("I have a question");
    await widget.composer.pressSequentially("about the ");
    await server.kill();
    await widget.composer.pressSequentially("Skog");
    await widget.dialog.getByText("No connection.").waitFor();
    await server.restart();
    await widget.dialog.getByText("No connection.").waitFor({ state: "hidden" });
    assert.equal(await widget.composer.inputValue(), "about the Skog");
    await widget.composer.press("Enter");
    await stored(server, "about the Skog");
    await until("nothing waits any more", async () => (await widget.log.getByText(/Waiting|Sending/).count()) === 0);
    const entries = await agree(server, widget);
    assert.deepEqual(["I have a question", "about the Skog"].map((text) => count(entries, text)), [1, 1]);
  });

  test("a server that drains: told when to come, and what was said meanwhile is there once", async (t) => {
    const server = await startServer(t, { config: "[http]\ndrain_ms = 1500\n" });
    const context = await person(t, browser);
    const { widget, line } = await tab(context, server.url);
    await widget.say("when are you open");
    await widget.log.locator(".turn").first().waitFor();
    const ended = server.stop();
    const [drain] = await line.heard("drain");
    assert.ok(drain.after_ms <= drain.window_ms && drain.window_ms === 1500);
    await widget.say("One more thing");
    assert.equal(await ended, 0);
    await server.restart();
    await line.heard("welcome", 2);
    await stored(server, "One more thing");
    const entries = await agree(server, widget);
    assert.equal(count(entries, "One more thing"), 1);
  });

  test("an agent's tab that is closed before the reply went out: the next one sends it, once", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const relay = await startRelay(t, server);
    const context = await person(t, browser);
    const agents = await person(t, browser);
    const { widget } = await tab(context, server.url);
    await widget.say("I want to talk to a person");
    await widget.dialog.getByRole("heading", { name: "1st in line" }).waitFor();
    const desktop = await agents.newPage();
    const desk = consoleOf(desktop);
    await desktop.goto(`${relay.url}/console/`);
    await desk.logIn(LENA.email, LENA.password);
    await desk.list.getByRole("option").first().click();
    await desktop.getByRole("button", { name: "Claim" }).click();
    await desk.composer.waitFor();
    relay.close();
    await desktop.getByText("Connection lost.").waitFor();
    await desk.say("I am looking it up.");
    await desk.log.getByText("Will be sent when the connection is back").waitFor();
    await desktop.close();
    relay.mend();
    const next = await agents.newPage();
    await next.goto(`${relay.url}/console/`);
    await stored(server, "I am looking it up.");
    await widget.log.getByText("I am looking it up.").waitFor();
    assert.equal(count(await server.log(), "I am looking it up."), 1);
  });
});
