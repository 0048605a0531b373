// What a page can do with the widget and hears from it, against the real program in a real browser.

import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { agentAt, consoleOf, deskbell, frames, person, startBrowser, startServer, startSite, until, widgetOf } from "./support.mjs";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

const ANNA = { email: "anna@shop.example", name: "Anna Holm", password: "correct horse battery staple" };
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

  test("the key that opens the panel is the widget's, from its going down to its coming up", async (t) => {
    for (const script of ["", 'data-isolation="iframe"']) {
      const { site } = await world(t, { script });
      const page = await (await person(t, browser)).newPage();
      await page.goto(site);
      const { launcher } = widgetOf(page);
      await launcher.waitFor();
      // On the way up as on the way down: what runs on a page may listen either way.
      await page.evaluate(() => {
        window.pressed = [];
        for (const on of [window, document, document.body]) for (const type of ["keydown", "keypress", "keyup"]) on.addEventListener(type, (event) => window.pressed.push(`${type} ${event.key}`));
        document.addEventListener("keyup", (event) => window.pressed.push(`${event.key} going down`), true);
      });
      const panel = script === "" ? page.locator("deskbell-chat") : page.frameLocator("deskbell-chat iframe").locator("deskbell-chat");
      for (const key of ["Enter", " "]) {
        await launcher.focus();
        await page.keyboard.down(key);
        // Space opens when it comes up, Enter at once: then the focus is elsewhere when it does.
        if (key === "Enter") await panel.getByRole("dialog").waitFor();
        await page.keyboard.up(key);
        await panel.getByRole("dialog").waitFor();
        await page.evaluate(() => deskbell.close());
        await panel.getByRole("dialog").waitFor({ state: "hidden" });
      }
      // Where the button goes before what takes the focus is there, the key comes up on the page.
      await launcher.focus();
      await page.keyboard.down("Enter");
      await panel.getByRole("dialog").waitFor();
      await page.evaluate(() => document.activeElement.blur());
      await page.keyboard.up("Enter");
      const own = (list) => list.filter((one) => !/going down$/.test(one));
      assert.deepEqual(own(await page.evaluate(() => window.pressed)), [], script);
      // What is typed on the page is the page's again.
      await page.evaluate(() => document.activeElement.blur());
      await page.keyboard.press("Enter");
      assert.deepEqual(own(await page.evaluate(() => window.pressed)).length, 9, script);
    }
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

  test("a person is asked for, and not waited for: queue and handoff are told once", async (t) => {
    const { site } = await world(t, { head: LISTEN });
    const page = await (await person(t, browser)).newPage();
    await page.goto(site);
    await page.evaluate(() => deskbell.ask("I want to talk to a person"));
    await until("it is handed over", async () => (await heard(page)).includes("handoff"));
    await until("the place is told", async () => (await heard(page)).includes("queue"));
    const panel = page.locator("deskbell-chat");
    await panel.getByRole("button", { name: "Leave the line" }).click();
    await panel.getByRole("button", { name: "Leave the line" }).click();
    await panel.getByText(/^You left the line/).waitFor();
    for (const name of ["handoff"]) assert.equal((await heard(page)).filter((one) => one === name).length, 1, name);
  });

  test("each event comes with what it is documented with", async (t) => {
    const { site, server } = await world(t, { head: LISTEN });
    await server.addUser(ANNA);
    const agent = await agentAt(t, server, ANNA);
    const page = await (await person(t, browser)).newPage();
    await page.goto(site);
    const of = (name) => page.evaluate((name) => window.heard.filter(([one]) => one === name).map(([, detail]) => detail ?? null), name);
    const told = (name, count = 1) => until(`${name} is told`, async () => (await of(name)).length >= count);
    await page.evaluate(() => deskbell.ask("I want to talk to a person"));
    await told("queue");
    const c = await agent.claim(() => true);
    await told("agent");
    await page.evaluate(() => deskbell.close());
    await agent.say(c, "Hello, I am Anna.");
    await told("unread");
    await page.evaluate(() => deskbell.open());
    await told("unread", 2);
    await page.evaluate(() => deskbell.identify("no.token.atall"));
    await told("error");
    await agent.call({ type: "resolve", c, ver: agent.version(c), reason: "answered" });
    await told("ended");
    const panel = page.locator("deskbell-chat");
    await panel.getByRole("radio", { name: "Good" }).check({ force: true });
    await panel.getByRole("button", { name: "Send rating" }).click();
    await told("rating");
    const details = Object.fromEntries(await Promise.all(["handoff", "queue", "agent", "unread", "error", "ended", "rating"].map(async (name) => [name, await of(name)])));
    assert.deepEqual(details, { handoff: [{ c }], queue: [{ position: 1 }], agent: [{ name: ANNA.name }], unread: [1, 0], error: ["unavailable"], ended: [{ c }], rating: [{ score: 4 }] });
    const messages = await of("message");
    assert.deepEqual(messages.map(({ from, text }) => [from, typeof text]), [["visitor", "undefined"], ["bot", "string"], ["agent", "string"]]);
    assert.ok(messages.every((one) => one.c === c && Number.isInteger(one.seq)));
  });

  test("who a site has signed is known by name, here and on a second device, until they log out", async (t) => {
    const secret = randomUUID() + randomUUID();
    const keys = mkdtempSync(join(tmpdir(), "deskbell-key-"));
    t.after(() => rmSync(keys, { recursive: true, force: true }));
    writeFileSync(join(keys, "key"), secret);
    const { site, server } = await world(t, { head: LISTEN, config: `identity = { alg = "HS256", key_file = "${join(keys, "key")}" }\n` });
    await server.addUser(ANNA);
    const agent = await agentAt(t, server, ANNA);
    const sign = (sub, name, key = secret) => {
      const now = Math.floor(Date.now() / 1_000);
      const signed = [{ alg: "HS256", typ: "JWT" }, { sub, aud: "shop", iat: now, exp: now + 600, name, email: `${sub}@mail.example` }].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
      return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
    };
    const device = async () => {
      const page = await (await person(t, browser)).newPage();
      const line = frames(page);
      await page.goto(site);
      const as = async (jwt) => {
        const answers = line.of("res").length;
        await page.evaluate((jwt) => (deskbell.identify(jwt), deskbell.open()), jwt);
        return (await line.heard("res", answers + 1)).at(-1);
      };
      return { page, line, as, panel: page.locator("deskbell-chat") };
    };
    const first = await device();
    assert.equal((await first.as(sign("mara", "Mara Lind"))).ok, true);
    await first.page.evaluate(() => deskbell.ask("I want to talk to a person"));
    const c = await agent.claim(() => true);
    await agent.say(c, "Hello Mara.");
    await first.panel.getByRole("log").getByText("Hello Mara.").waitFor();

    const office = await person(t, browser);
    office.expect(/status of 401/);
    const desk = await office.newPage();
    await desk.goto(`${server.url}/console/`);
    await consoleOf(desk).logIn(ANNA.email, ANNA.password);
    await desk.getByText("Mara Lind").first().waitFor();

    const second = await device();
    assert.equal((await second.as(sign("mara", "Mara Lind"))).ok, true);
    await second.panel.getByRole("log").getByText("Hello Mara.").waitFor();

    const wrong = await device();
    assert.deepEqual(await wrong.as(sign("mara", "Mara Lind", "another secret of at least 32 bytes")).then(({ ok, code }) => [ok, code]), [false, "forbidden"]);
    assert.deepEqual(await wrong.page.evaluate(() => window.heard.filter(([name]) => name === "error")), [["error", "forbidden"]]);
    assert.equal(await wrong.panel.getByText("Hello Mara.").count(), 0);

    // Another person at the same browser begins anew.
    assert.equal((await second.as(sign("jo", "Jo Berg"))).ok, true);
    await second.panel.getByText("Hello Mara.").waitFor({ state: "detached" });

    await first.page.evaluate(() => deskbell.logout());
    await until("nothing is left of her", () => first.page.evaluate(() => localStorage.length === 0));
    await first.page.evaluate(() => deskbell.open());
    await first.panel.getByRole("button", { name: "Search the help articles" }).waitFor();
    assert.equal(await first.panel.getByText("Hello Mara.").count(), 0);
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
