// The widget on pages of others, on another site than the server: what it does before somebody touches it, and a whole
// conversation with a person, on every page of hosts/pages.mjs. `UPDATE=1` writes what was seen into docs/widget.md.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { HOSTS, pageOf } from "./hosts/pages.mjs";
import { agentAt, bare, focused, person, ROOT, startBrowser, startServer, startSite, startStrictBrowser, tabTo, until, widgetOf, wordsOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const ASKED = "can I return a lamp I already put up?";
const LINE_LOST = /console: (WebSocket connection to|Failed to load resource: net::ERR_CONNECTION)/;

const CHECKS = ["one request", "nothing kept", "no shift", "mouse", "keyboard", "answer", "thumb", "person", "news", "reload", "no trouble"];
const passed = new Map(HOSTS.map(({ name }) => [name, new Set()]));

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** The pages on an origin of their own, `localhost`, and a program on another, 127.0.0.1: two sites for a browser. */
async function stage(t) {
  const reports = [];
  let origin = "";
  const site = await startSite(t, (request) => {
    const { pathname } = new URL(request.url, "http://site");
    if (pathname === "/reports") {
      request.setEncoding("utf8").on("data", (text) => reports.push(text));
      return { status: 204 };
    }
    const host = HOSTS.find(({ name }) => pathname === `/${name}`);
    if (!host) return { status: pathname === "/nothing" ? 200 : 204 };
    const nonce = randomBytes(16).toString("base64");
    return { headers: host.headers?.(origin, nonce) ?? {}, body: pageOf(host, { origin, site: "hosts", nonce }) };
  });
  const pages = site.replace("127.0.0.1", "localhost");
  const server = await startServer(t, { config: `[[sites]]\nname = "hosts"\norigins = ["${pages}"]\n` });
  await server.addUser({ ...LENA, capacity: 50 });
  origin = server.url;
  return { server, pages, reports };
}

async function walk(t, host, { server, pages, reports }, agent) {
  const check = async (name, run) => {
    try {
      await run();
    } catch (error) {
      error.message = `${host.name}, ${name}: ${error.message}`;
      throw error;
    }
    passed.get(host.name).add(name);
  };
  const context = await person(t, host.browser === "strict" ? await startStrictBrowser(t) : browser);
  if (host.offline) context.expect(LINE_LOST);
  await context.addInitScript(() => {
    window.__shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (window.__shift += value))).observe({ type: "layout-shift", buffered: true });
  });
  const page = await context.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("websocket", (line) => asked.push(line.url()));
  const words = wordsOf(host.language ?? "en");
  const widget = widgetOf(page, words, host.frame ? page.frameLocator(host.frame) : page);
  const scene = { page, widget, server, words };
  const url = `${pages}/${host.name}`;

  await page.goto(url);
  await widget.launcher.waitFor({ state: "attached" });
  await page.evaluate(() => new Promise((done) => requestIdleCallback(done)));
  await check("one request", () => assert.deepEqual(asked.filter((one) => !one.startsWith(pages)), [`${server.url}/widget.js`]));
  await check("nothing kept", async () => {
    assert.deepEqual(await context.cookies(), []);
    assert.deepEqual(await page.evaluate(() => ({ cookie: document.cookie, local: localStorage.length, session: sessionStorage.length })), { cookie: "", local: 0, session: 0 });
  });
  await check("no shift", async () => assert.equal(await page.evaluate(() => window.__shift), 0));
  await host.before?.(scene);

  await check("mouse", async () => {
    await widget.launcher.click();
    await widget.dialog.waitFor();
    await widget.dialog.getByRole("button", { name: words.close }).click();
    await widget.dialog.waitFor({ state: "hidden" });
  });
  await check("keyboard", async () => {
    await page.evaluate(() => document.activeElement?.blur());
    await tabTo(page, words.open);
    await page.keyboard.press("Enter");
    await widget.dialog.waitFor();
    await until("the box has the focus", async () => words.message.test((await focused(page)).name));
    await page.keyboard.press("Escape");
    await widget.dialog.waitFor({ state: "hidden" });
    assert.match((await focused(page)).name, words.open, "the focus is back");
    await page.keyboard.press("Enter");
    await until("the box has the focus again", async () => words.message.test((await focused(page)).name));
  });
  await check("answer", async () => {
    await page.keyboard.type(ASKED);
    assert.equal(await widget.composer.inputValue(), ASKED);
    await page.keyboard.press("Enter");
    await widget.log.getByText("30 days").waitFor();
    await widget.log.getByRole("link", { name: words.source }).or(widget.log.getByRole("link", { name: /Returning an item/ })).first().waitFor();
  });
  await check("thumb", async () => {
    const helped = widget.log.getByRole("button", { name: words.helped });
    await helped.click();
    await until("it stays", async () => (await helped.getAttribute("aria-pressed")) === "true");
  });
  await host.meanwhile?.(scene);

  const lena = host.offline ? await agentAt(t, server, LENA) : agent;
  let c;
  await check("person", async () => {
    await widget.say("I want to talk to a person");
    await widget.dialog.getByRole("heading", { name: words.place }).waitFor();
    await widget.composer.fill("and one more thing");
    c = await lena.claim((chat) => chat.visitor?.page?.url?.includes(`/${host.name}`));
    await widget.log.getByText(/^Lena|Lena/).first().waitFor();
    assert.equal(await widget.composer.inputValue(), "and one more thing", "what was being written stays");
    await lena.say(c, `Hello on ${host.name}`);
    await widget.log.getByText(`Hello on ${host.name}`).waitFor();
    await widget.composer.press("Enter");
    await until("Lena hears it", () => lena.told.some((frame) => frame.type === "ev" && frame.c === c && frame.body?.text === "and one more thing"));
  });
  await check("news", async () => {
    await widget.dialog.getByRole("button", { name: words.close }).click();
    await widget.dialog.waitFor({ state: "hidden" });
    await lena.say(c, "Still there?");
    await page.getByRole("button", { name: words.openUnread }).waitFor();
    await widget.launcher.click();
    await widget.log.getByText("Still there?").waitFor();
    assert.equal(await page.title(), host.name === "history" ? "history: Skog" : host.name, "nothing is unread");
  });
  const said = bare(await widget.transcript());
  await check("reload", async () => {
    await page.reload();
    await widget.dialog.waitFor();
    await until("all of it is there", async () => JSON.stringify(bare(await widget.transcript())) === JSON.stringify(said));
    await lena.say(c, "Good-bye then");
    await widget.log.getByText("Good-bye then").waitFor();
  });
  const requests = [...asked];
  await host.after?.(scene);
  await check("no trouble", async () => {
    assert.deepEqual(context.trouble(), []);
    assert.deepEqual(reports, []);
    const others = requests.filter((one) => ![pages, server.url].includes(new URL(one).origin.replace(/^ws/, "http")));
    assert.deepEqual(others, [], "nobody else hears of it");
    assert.deepEqual(await context.cookies(), []);
  });
}

describe("pages of others", { timeout: 240_000 }, () => {
  test("every check on every page", { concurrency: 4 }, async (t) => {
    const shared = await stage(t);
    const agent = await agentAt(t, shared.server, LENA);
    await Promise.all(HOSTS.map((host) => t.test(`${host.name}: ${host.says}`, async (t) => walk(t, host, host.offline ? await stage(t) : shared, agent))));
  });

  test("docs/widget.md says so", () => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "web-widget/dist/manifest.json"), "utf8"));
    const path = join(ROOT, "docs/widget.md");
    const text = readFileSync(path, "utf8");
    const tables = { hosts: matrix(), sizes: sizes(manifest) };
    const fresh = Object.entries(tables).reduce((text, [name, table]) => text.replace(new RegExp(`(<!-- ${name}: [^>]*-->\n)[^]*?(<!-- end -->)`), (_, from, to) => `${from}\n${table}\n${to}`), text);
    if (process.env["UPDATE"]) writeFileSync(path, fresh);
    else assert.equal(text, fresh, "docs/widget.md lags: UPDATE=1 node --test tests/browser/hosts.test.mjs");
  });
});

function matrix() {
  const head = ["page", ...CHECKS];
  const rows = HOSTS.map(({ name, says }) => [`\`${name}\` ${says}`, ...CHECKS.map((check) => (passed.get(name).has(check) ? "✓" : "–"))]);
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n") + "\n";
}

/** As web-widget/build.mjs has them: bytes after brotli. */
function sizes(manifest) {
  const budgets = [
    ["loader.js", "with every page", 2_000, 3_000],
    ["pinned.js", "in its place, by pages that name one version", 2_000, 3_000],
    ["panel.js", "at the first touch", 20_000, 25_000],
    ["talk.js", "at the first touch", 3_000, 5_000],
    ["rows.js", "at the first touch", 4_000, 5_000],
    ["theirs.js", "at the first touch", 4_000, 5_000],
    ["cards.js", "once the panel is open", 3_000, 5_000],
  ];
  const number = (n) => n.toLocaleString("en");
  const locales = Object.keys(manifest).filter((name) => name.startsWith("locales/"));
  const listed = new Set([...budgets.map(([name]) => name), ...locales]);
  const pages = /^(demo|chat)\.|\.svg$/;
  const rest = Object.keys(manifest).filter((name) => !listed.has(name) && /\.js$/.test(name) && !pages.test(name));
  const rows = [...budgets, ...rest.map((name) => [name, "when it is needed", 3_000, 5_000])].map(([name, when, target, hard]) => {
    assert.ok(manifest[name].brotli <= hard, `${name}: ${manifest[name].brotli} > ${hard}`);
    return [`\`${name}\``, when, number(manifest[name].bytes), number(manifest[name].brotli), number(target), number(hard)];
  });
  const largest = locales.map((name) => manifest[name]).sort((one, other) => other.brotli - one.brotli)[0];
  if (largest) rows.push([`one of \`locales/*.js\`, the largest of ${locales.length}`, "another language than English", number(largest.bytes), number(largest.brotli), "", ""]);
  return [["file", "fetched", "bytes", "brotli", "aim", "at most"], ["---", "---", "--:", "--:", "--:", "--:"], ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n") + "\n";
}
