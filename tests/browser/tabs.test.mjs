// The ways to the server: one socket for all tabs of a visitor, and plain HTTP where sockets are blocked.

import assert from "node:assert/strict";
import { createServer, request as ask } from "node:http";
import { after, before, describe, test } from "node:test";

import { consoleOf, letters, person, saidIn, startBrowser, startServer, startSite, tab, until, widgetOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());


/** Every page shows what the log holds, and the log holds nothing twice. */
async function agree(server, tabs) {
  for (const { widget } of tabs) {
    let [page, log] = [[], []];
    await until("the page shows what the log holds", async () => {
      [log, page] = [letters(saidIn(await server.log())), letters(await widget.transcript())];
      return JSON.stringify(page) === JSON.stringify(log);
    }).catch(() => assert.deepEqual(page, log));
  }
  const cmids = (await server.log()).flatMap((entry) => entry.cmid ?? []);
  assert.equal(new Set(cmids).size, cmids.length, "nothing is stored twice");
}

/** A proxy that knows nothing of WebSockets. */
async function startProxy(t, server) {
  const proxy = createServer((incoming, outgoing) => {
    const { port } = new URL(server.url);
    const there = ask({ host: "127.0.0.1", port, method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing).on("error", () => answer.destroy());
      answer.on("error", () => outgoing.destroy());
    });
    there.on("error", () => outgoing.destroy());
    outgoing.on("close", () => there.destroy());
    incoming.pipe(there);
  });
  proxy.on("upgrade", (_, socket) => socket.destroy());
  await new Promise((done) => proxy.listen(0, "127.0.0.1", done));
  t.after(() => new Promise((done) => (proxy.closeAllConnections(), proxy.close(done))));
  return `http://127.0.0.1:${proxy.address().port}`;
}

describe("ways to the server", { concurrency: 3, timeout: 120_000 }, () => {
  test("tabs share one socket; when its tab goes, another has it", async (t) => {
    const server = await startServer(t);
    const context = await person(t, browser);
    const tabs = [];
    tabs.push(await tab(context, server.url));
    await tabs[0].widget.say("when are you open");
    await tabs[0].widget.log.locator(".turn").first().waitFor();
    for (let n = 0; n < 2; n += 1) tabs.push(await tab(context, server.url));
    const open = () => tabs.map(({ line }) => line.sockets());
    assert.deepEqual(open(), [1, 0, 0]);
    for (const { widget } of tabs) await widget.log.locator(".turn").first().waitFor();
    await tabs[1].widget.say("do you have gift cards?");
    await tabs[2].widget.say("and on holidays?");
    await tabs[0].widget.say("do you ship to Norway?");
    await agree(server, tabs);
    assert.equal(new Set((await server.log()).map((entry) => entry.conversation)).size, 1);

    // Words in the very moment when the tab with the line goes.
    const [first] = tabs.splice(0, 1);
    await Promise.all([tabs[0].widget.say("how do I return a lamp?"), first.page.close()]);
    await Promise.all(tabs.map(({ line }) => line.heard("welcome", 2)));
    assert.equal(open().reduce((a, b) => a + b), 1, "still one for all");
    await agree(server, tabs);

    // The server dies and returns; a tab that comes later is there at once.
    await server.kill();
    context.expect(/ERR_CONNECTION|ERR_EMPTY|WebSocket connection/);
    await tabs[1].widget.say("where is my parcel?");
    await server.restart();
    await Promise.all(tabs.map(({ line }) => line.heard("welcome", 3)));
    tabs.push(await tab(context, server.url));
    await agree(server, tabs);
    assert.equal(tabs[2].line.sockets(), 0);
    assert.deepEqual(context.trouble(), []);
  });

  test("first words that are typed in two tabs at once begin one conversation", async (t) => {
    const server = await startServer(t);
    for (const dead of [false, true]) {
      const context = await person(t, browser);
      const before = new Set((await server.log()).map((entry) => entry.conversation));
      const tabs = [await tab(context, server.url), await tab(context, server.url), await tab(context, server.url)];
      if (dead) {
        context.expect(/ERR_CONNECTION|ERR_EMPTY|WebSocket connection/);
        await server.kill();
      }
      await Promise.all(tabs.map(({ widget }, n) => widget.say(["when are you open?", "do you ship to Norway?", "how do I return a lamp?"][n])));
      if (dead) await server.restart();
      for (const { widget } of tabs) await until("the words of all stand in each", async () => (await widget.transcript()).filter(({ who }) => who === "visitor").length === 3);
      const entries = (await server.log()).filter((entry) => !before.has(entry.conversation));
      assert.equal(new Set(entries.map((entry) => entry.conversation)).size, 1);
      assert.equal(entries.filter((entry) => entry.cmid).length, 3, "each once");
      assert.deepEqual(context.trouble(), []);
      await context.close();
    }
  });

  test("a place in the line and an agent's words reach a tab that has no socket", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const context = await person(t, browser);
    const one = await tab(context, server.url);
    await one.widget.say("I want to talk to a human");
    await one.line.heard("queue");
    const two = await tab(context, server.url);
    await two.line.heard("queue");
    assert.equal(two.line.sockets(), 0);
    const page = await (await person(t, browser)).newPage();
    const desk = consoleOf(page);
    await page.goto(`${server.url}/console/`);
    await desk.logIn(LENA.email, LENA.password);
    await desk.list.getByRole("option").first().click();
    await page.getByRole("button", { name: "Claim" }).click();
    await desk.say("Hello, Lena here");
    for (const { widget } of [one, two]) await widget.log.getByText("Hello, Lena here").waitFor();
    await two.widget.say("Hello Lena");
    await desk.log.getByText("Hello Lena").waitFor();
    await agree(server, [one, two]);
    assert.deepEqual(context.trouble(), []);
  });

  test("behind a proxy without WebSockets the talk goes over HTTP, from a foreign site too", async (t) => {
    let script = "";
    const site = await startSite(t, () => ({ body: `<!doctype html><title>Shop</title><h1>Shop</h1>${script}` }));
    const server = await startServer(t, { config: `[[sites]]\nname = "shop"\norigins = ["${site}"]\n` });
    const proxy = await startProxy(t, server);
    script = `<script async src="${proxy}/widget.js" data-site="shop"></script>`;
    const context = await person(t, browser);
    context.expect(/WebSocket connection|ERR_/);
    const page = await context.newPage();
    const widget = widgetOf(page);
    await page.goto(site);
    await widget.launcher.click();
    await widget.dialog.waitFor();
    await widget.say("when are you open");
    await widget.log.locator(".turn").first().waitFor();
    await server.kill();
    await widget.say("how do I return a lamp?");
    await server.restart();
    await until("both questions are answered", async () => (await widget.log.locator(".turn").count()) >= 2);
    await page.reload();
    await widget.log.locator(".turn").nth(1).waitFor();
    await agree(server, [{ widget }]);
    assert.deepEqual(context.trouble(), []);
  });
});
