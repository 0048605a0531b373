// What a page can do with the widget and hears from it, against the real program in a real browser.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { deskbell, frames, person, startBrowser, startServer, startSite, until, widgetOf } from "./support.mjs";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

const STUB = "window.deskbell=window.deskbell||function(){(deskbell.q=deskbell.q||[]).push(arguments)};";
const EVENTS = ["ready", "open", "close", "unread", "message", "handoff", "agent", "queue", "ended", "rating", "error"];

/** A site of somebody else and a server that knows it; `script` are attributes of the line, `head` stands before it. */
async function world(t, { config = "", content, script = "", head = "", csp } = {}) {
  let url = "";
  const paths = [];
  const site = await startSite(t, (request) => {
    paths.push(request.url);
    const policy = csp ? { "content-security-policy": csp(url) } : {};
    return { headers: policy, body: `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1><p style="height:3000px">long</p><script nonce="abc">${STUB}${head}</script><script nonce="abc" async src="${url}/widget.js" data-site="shop" ${script}></script></html>` };
  });
  const server = await startServer(t, { config: `[[sites]]\nname = "shop"\norigins = ["${site}"]\n${config}` });
  url = server.url;
  if (content) await content(server);
  return { site, server, paths };
}

/** Everything that the page hears from now on, in order. */
const LISTEN = `window.heard=[];for(const e of ${JSON.stringify(EVENTS)})deskbell("on",e,(d)=>heard.push([e,d]));`;
const heard = (page) => page.evaluate(() => window.heard.map(([name]) => name));

describe("the widget's calls and events", { concurrency: 4, timeout: 120_000 }, () => {
  test("nothing but the page and one script, no storage and no shift, until somebody comes near", async (t) => {
    const { site, server } = await world(t);
    const context = await person(t, browser);
    const page = await context.newPage();
    const asked = [];
    page.on("request", (request) => request.url().startsWith(server.url) && asked.push(new URL(request.url()).pathname));
    await page.goto(site);
    await widgetOf(page).launcher.waitFor();
    await page.evaluate(() => new Promise((done) => requestIdleCallback(() => setTimeout(done, 300))));
    assert.deepEqual(asked, ["/widget.js"]);
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ""]);
    assert.equal(await page.evaluate(() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().reduce((sum, one) => sum + one.value, 0))).observe({ type: "layout-shift", buffered: true }) ?? setTimeout(() => done(0), 200))), 0);
    await widgetOf(page).launcher.focus();
    await until("focus fetches the panel", () => asked.some((path) => path.endsWith("/panel.js")));
    assert.ok(asked.filter((path) => path.startsWith("/widget/")).every((path) => /^\/widget\/\d[^/]*-[0-9a-f]{12}\//.test(path)), `all parts lie in the pinned folder: ${asked}`);
    assert.deepEqual(context.trouble(), []);
  });

  test("calls from before the script come in order, and events in the order in which things happen", async (t) => {
    const { site } = await world(t, { head: `${LISTEN}deskbell("open");deskbell("ask","when are you open");` });
    const page = await (await person(t, browser)).newPage();
    await page.goto(site);
    await until("the answer is told", async () => (await heard(page)).filter((name) => name === "message").length >= 2);
    const names = await heard(page);
    assert.deepEqual(names.slice(0, 2), ["ready", "open"]);
    assert.deepEqual(await page.evaluate(() => window.heard.filter(([name]) => name === "message").map(([, detail]) => detail.from)), ["visitor", "bot"]);
    await page.evaluate(() => deskbell.close());
    assert.equal((await heard(page)).at(-1), "close");
    // Each of the two ways to call, and the way to stop listening.
    await page.evaluate(() => {
      window.off = deskbell.on("open", () => window.heard.push(["mine"]));
      deskbell("toggle");
      window.off();
      deskbell.toggle();
      deskbell.open();
    });
    assert.equal((await heard(page)).filter((name) => name === "mine").length, 1);
    assert.deepEqual((await heard(page)).slice(-4).filter((name) => name !== "mine"), ["open", "close", "open"]);
  });

  test("a person is asked for, and the conversation ends: queue, handoff and ended are told once", async (t) => {
    const { site } = await world(t, { head: LISTEN });
    const page = await (await person(t, browser)).newPage();
    await page.goto(site);
    await page.evaluate(() => deskbell.ask("I want to talk to a person"));
    await until("it is handed over", async () => (await heard(page)).includes("handoff"));
    await until("the place is told", async () => (await heard(page)).includes("queue"));
    const panel = page.locator("deskbell-chat");
    await panel.getByRole("button", { name: "Menu" }).click();
    await panel.getByRole("menuitem", { name: "End conversation" }).click();
    await until("its end is told", async () => (await heard(page)).includes("ended"));
    for (const name of ["handoff", "ended"]) assert.equal((await heard(page)).filter((one) => one === name).length, 1, name);
  });

  test("attributes and pages reach the agent with the next message, redacted and cut", async (t) => {
    const { site, server } = await world(t, { head: LISTEN, config: '[privacy]\nredact = ["cards"]\n' });
    const context = await person(t, browser);
    const page = await context.newPage();
    const line = frames(page);
    await page.goto(site);
    await page.evaluate(() => {
      deskbell.set({ attributes: { plan: "gold", card: "4111 1111 1111 1111" } });
      deskbell.open();
    });
    await line.heard("welcome");
    assert.deepEqual(line.of("hello")[0].attributes, { plan: "gold", card: "4111 1111 1111 1111" });
    // A page that only seems to load another one.
    await page.evaluate(() => history.pushState({}, "", "/lamps/halo"));
    await line.heard("visit");
    assert.match(line.of("visit").at(-1).page.url, /\/lamps\/halo$/);
    await page.evaluate(() => deskbell.page("/lamps/ode", "Ode"));
    await line.heard("visit", 2);
    await page.evaluate(() => deskbell.ask("when are you open"));
    await line.heard("ack");
    await server.addUser({ email: "a@shop.example", name: "Anna", role: "supervisor", password: "correct horse battery staple" });
    const api = context.request;
    assert.equal((await api.post(`${server.url}/api/v1/login`, { data: { email: "a@shop.example", password: "correct horse battery staple" }, headers: { origin: server.url } })).status(), 200);
    const { conversations } = await (await api.get(`${server.url}/api/v1/conversations`)).json();
    const { visitor } = conversations[0];
    assert.match(visitor.page.url, /\/lamps\/ode$/);
    assert.equal(visitor.page.title, "Ode");
    assert.equal(visitor.attributes.plan, "gold");
    assert.ok(!JSON.stringify(visitor).includes("4111 1111"), "a card number is not kept");
    assert.equal(visitor.verified, undefined);
  });

  test("the pinned address with its hash works under a strict policy, and a changed file does not", async (t) => {
    let line = "";
    const site = await startSite(t, () => ({ headers: { "content-security-policy": `default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; connect-src *; style-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'` }, body: `<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>${line}</html>` }));
    const server = await startServer(t, { config: `[[sites]]\nname = "shop"\norigins = ["${site}"]\n` });
    const printed = await deskbell(["widget", "--url", server.url, "--site", "shop"]);
    const pinned = printed.split("\n").find((one) => one.includes("integrity="));
    assert.ok(printed.includes(`<script async src="${server.url}/widget.js" data-site="shop"></script>`));
    const [, address] = /src="([^"]+)"/.exec(pinned);
    const answer = await fetch(address, { headers: { "accept-encoding": "br" } });
    assert.match(answer.headers.get("cache-control"), /immutable/);
    assert.equal(answer.headers.get("content-encoding"), "br");
    assert.match((await fetch(`${server.url}/widget.js`)).headers.get("cache-control"), /max-age=300, stale-while-revalidate/);

    line = pinned.replace("<script ", '<script nonce="abc" data-accent="#b00020" ');
    const context = await person(t, browser);
    const page = await context.newPage();
    await page.goto(site);
    const widget = widgetOf(page);
    await widget.launcher.click();
    await widget.dialog.waitFor();
    await page.getByText("Often asked").or(page.getByText("Nordlicht Lamps")).first().waitFor();
    assert.deepEqual(context.trouble(), []);

    line = line.replace(/sha384-..../, "sha384-AAAA");
    const refused = await person(t, browser);
    refused.expect(/integrity|digest/i);
    const other = await refused.newPage();
    await other.goto(site, { waitUntil: "load" });
    assert.equal(await other.locator("deskbell-chat").count(), 0);
  });
});
