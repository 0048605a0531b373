// Nothing that a visitor sends is ever markup: a corpus of attempts in every field, against the real program, looked at in a
// real browser. `UPDATE=1` writes what was counted into docs/security.md.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { VECTORS } from "./markup.mjs";
import { agentAt, consoleOf, deskbell, person, ROOT, startBrowser, startServer, startSite, until, visitorAt, widgetOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const KEY = "a secret of the shop that is long enough";
/** What does something to a terminal, or cannot be seen. */
const ACTS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** Whatever a page should not do: run, ask elsewhere, complain, open dialogs, make elements of words. */
function watched(context) {
  const foreign = [];
  const dialogs = [];
  context.on("request", (request) => /evil\.example/.test(request.url()) && foreign.push(request.url()));
  context.on("page", (page) => page.on("dialog", (dialog) => (dialogs.push(dialog.message()), dialog.dismiss())));
  return async (page, where) => {
    assert.equal(await page.evaluate(() => window.__ran), undefined, `${where}: a script ran`);
    const made = await page.evaluate(() => {
      const found = [];
      const look = (root) => {
        for (const element of root.querySelectorAll("*")) {
          if (element.shadowRoot) look(element.shadowRoot);
          for (const { name } of element.attributes) if (/^on/.test(name)) found.push(`${element.tagName} ${name}`);
          if (/^(IFRAME|OBJECT|EMBED|BASE|MATH|MARQUEE|PORTAL|VIDEO|AUDIO|TEMPLATE|LISTING)$/i.test(element.tagName)) found.push(element.tagName);
          const href = element.getAttribute("href");
          if (element.tagName === "A" && href !== null) {
            if (!/^(https?|mailto|tel):$/.test(new URL(href, location.href).protocol)) found.push(`A ${href}`);
            if (element.target === "_blank" && !/noopener/.test(element.rel)) found.push(`A without rel: ${href}`);
          }
          if (element.tagName === "IMG" && !new URL(element.src).host.startsWith("127.0.0.1")) found.push(`IMG ${element.src}`);
        }
      };
      look(document);
      return found;
    });
    assert.deepEqual([made, foreign, dialogs, context.trouble()], [[], [], [], []], where);
  };
}

function signed(claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ aud: "shop", exp: Math.floor(Date.now() / 1000) + 600, ...claims })}`;
  return `${text}.${createHmac("sha256", KEY).update(text).digest("base64url")}`;
}

/** Every field that a visitor has a hand in, by the mark that its text ends with. */
const FIELDS = {
  message: "message",
  fieldvalue: "form, a field's value",
  fieldname: "form, a field's name",
  comment: "comment of a rating",
  typing: "what is being typed",
  url: "page, address",
  title: "page, title",
  referrer: "page, referrer",
  locale: "language",
  agent: "user agent",
  subject: "signed `sub`",
  name: "signed name",
  email: "signed e-mail",
  attribute: "signed attribute",
  attributename: "its name",
  cmid: "`cmid`",
  device: "`device`",
  site: "`site`",
};
const FACES = ["taken", "list", "transcript", "packet", "visitor", "notification", "widget", "export"];
const counts = Object.fromEntries(Object.keys(FIELDS).map((field) => [field, Object.fromEntries(FACES.map((face) => [face, 0]))]));
/** Nothing else in a page has these letters. */
const mark = (field) => `zq${field}zq`;
function count(face, text) {
  for (const field of Object.keys(FIELDS)) if (text.includes(mark(field))) counts[field][face] += 1;
}

/** A visitor who puts one text into every field there is. */
async function guest(t, server, origin, text, at) {
  const as = (field, most = 500) => text.slice(0, most - mark(field).length) + mark(field);
  const took = (field, answer) => (counts[field].taken += answer ? 1 : 0);
  // No header can hold more than these.
  const userAgent = as("agent").replace(/[^\x20-\x7e\xa0-\xff]/g, "");
  const line = await visitorAt(t, server, null, { origin, headers: { "user-agent": userAgent } });
  const page = { url: `${at % 2 ? "javascript:" : "https://shop.example/?"}${as("url")}`, title: as("title"), referrer: as("referrer") };
  const welcome = await line.greet({ site: "shop", locale: as("locale", 60), page });
  assert.equal(welcome.type, "welcome", `${at}: ${text}`);
  for (const field of ["url", "title", "referrer", "locale", "agent"]) took(field, true);
  // One claim that is refused takes the others with it, so control characters go alone.
  const claims = { sub: as("subject", 200), name: as("name", 200), email: as("email", 200), attributes: { [as("attributename", 200)]: as("attribute", 200) } };
  const known = await line.call({ type: "identify", jwt: signed(claims) });
  for (const field of ["subject", "name", "email", "attribute", "attributename"]) took(field, known.ok);
  const opened = await line.send("text", { text: as("message", 4_000) });
  assert.equal(opened.type, "ack", text);
  took("message", true);
  const { c } = opened;
  took("fieldvalue", (await line.send("form", { fields: { topic: as("fieldvalue"), email: as("fieldvalue") } }, { c })).type === "ack");
  took("fieldname", (await line.send("form", { fields: { [as("fieldname", 60)]: "x" } }, { c })).type === "ack");
  took("comment", (await line.send("rating", { score: 3, comment: as("comment") }, { c })).type === "ack");
  await line.call({ type: "handoff", c });
  // These three are names for machines: they are taken as they are or refused, and shown to nobody.
  took("cmid", (await line.send("text", { text: "x" }, { c, cmid: as("cmid") })).type === "ack");
  // The last words are what lists show.
  await line.send("text", { text: as("message", 4_000) }, { c });
  const other = await visitorAt(t, server, null, { origin });
  took("device", (await other.greet({ device: as("device") })).type === "welcome");
  other.end();
  const third = await visitorAt(t, server, null, { origin });
  took("site", (await third.greet({ site: as("site") })).type === "welcome");
  third.end();
  const typing = () => line.tell({ type: "typing", c, on: true, preview: as("typing") });
  took("typing", true);
  return { line, c, typing };
}

test("a corpus of markup is text everywhere", { timeout: 240_000 }, async (t) => {
  assert.ok(VECTORS.length >= 100, `${VECTORS.length}`);
  const home = mkdtempSync(join(tmpdir(), "deskbell-key-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  writeFileSync(join(home, "key"), KEY);
  const origin = await startSite(t, () => ({ body: "" }));
  const server = await startServer(t, {
    config: `[[sites]]\nname = "shop"\norigins = ["${origin}"]\nidentity = { alg = "HS256", key_file = "${join(home, "key")}" }\n[socket]\nmessage_burst = 100000\nframes_per_second = 10000\n[queue]\nper_address = 0\ncapacity = 1000\n`,
  });
  await server.addUser({ ...LENA, capacity: 50 });
  const desks = await person(t, browser);
  desks.expect(/status of 401/);
  await desks.addInitScript(() => {
    if (location.protocol !== "about:") localStorage.setItem("deskbell.prefs", JSON.stringify({ desktop: true }));
    document.hasFocus = () => false;
    window.__notified = [];
    window.Notification = class {
      static permission = "granted";
      static requestPermission = async () => "granted";
      constructor(title, options) {
        window.__notified.push(`${title}\n${options?.body ?? ""}`);
      }
      close() {}
    };
  });
  const check = watched(desks);
  const desk = await desks.newPage();
  const { list, log, packet, logIn } = consoleOf(desk);
  await desk.goto(`${server.url}/console/`);
  await logIn(LENA.email, LENA.password);
  await desk.getByRole("button", { name: /Lena Moser, Online/ }).first().waitFor();

  const chats = [];
  for (const [at, { text }] of VECTORS.entries()) chats.push(await guest(t, server, origin, text, at).catch((error) => assert.fail(`${JSON.stringify(text)}: ${error.message}`)));
  for (const [field, { taken }] of Object.entries(counts)) if (!/cmid|device|site/.test(field)) assert.ok(taken > VECTORS.length * 0.8, `${field}: ${taken} were taken`);

  // Only what can be seen of it stands in the page: down the list, and again from its top.
  const listed = new Map();
  await until("the list shows them", async () => {
    const { rows, out } = await list.evaluate((list) => {
      const rows = [...list.querySelectorAll("[role=option]")].map((one) => [one.id, one.textContent]);
      const out = [...list.querySelectorAll("[role=option] *")].filter((one) => one.getBoundingClientRect().right > list.getBoundingClientRect().right + 1).map((one) => one.textContent);
      list.scrollTop = list.scrollTop + list.clientHeight >= list.scrollHeight - 1 ? 0 : list.scrollTop + list.clientHeight / 2;
      return { rows, out };
    });
    assert.deepEqual(out.slice(0, 5), [], "nothing sticks out of the list");
    for (const [id, text] of rows) listed.set(id, text);
    return listed.size >= chats.length;
  });
  for (const text of listed.values()) count("list", text);
  await check(desk, "the list");
  for (const text of await desk.evaluate(() => window.__notified)) count("notification", text);
  for (const { c, typing } of chats) {
    await desk.evaluate((c) => (location.hash = `#c=${c}`), c);
    await until("it is opened", async () => (await list.locator("[aria-selected=true]").getAttribute("id"))?.endsWith(c) && (await log.textContent()).includes(mark("message")));
    typing();
    await desk.getByText(mark("typing")).first().waitFor({ state: "attached" });
    count("transcript", await desk.getByRole("main").textContent());
    count("packet", await packet.textContent());
    count("visitor", await desk.getByRole("complementary").evaluateAll((all) => all.map((one) => one.textContent).join()));
    await check(desk, `conversation ${c}`);
  }
  assert.ok(counts.message.transcript === VECTORS.length && counts.name.visitor > 90 && counts.title.visitor > 90 && counts.name.notification > 90, `the corpus was there to be looked at: ${JSON.stringify(counts)}`);

  // The visitor's own page shows the same words, and the site's own title is not touched.
  const own = await person(t, browser);
  const checkOwn = watched(own);
  const page = await own.newPage();
  await page.goto(`${server.url}/chat`);
  const widget = widgetOf(page);
  await widget.composer.waitFor();
  const typed = VECTORS.map(({ text }) => `${text}${mark("message")}`).filter((text) => !/[\u0000-\u0009\u000b-\u001f]/.test(text));
  for (const text of typed) await widget.say(text);
  await until("the log has them", async () => (await widget.transcript()).filter(({ who }) => who === "visitor").length >= typed.length);
  for (const { who, text } of await widget.transcript()) if (who === "visitor") count("widget", text);
  await checkOwn(page, "the widget");
  // What an agent writes is Markdown there: links to the web at most.
  await widget.dialog.or(page.locator("deskbell-chat")).getByRole("button", { name: /^Talk to a person/ }).click().catch(() => undefined);
  const lena = await agentAt(t, server, LENA);
  const c = await lena.claim((chat) => chat.visitor?.page?.url?.endsWith("/chat"));
  for (const { text } of VECTORS) await lena.say(c, text);
  await lena.say(c, "that was all");
  await widget.log.getByText("that was all").waitFor();
  await checkOwn(page, "an agent's words in the widget");

  // What is printed does nothing to a terminal.
  const printed = await deskbell(["log", "--data", server.data]);
  assert.ok(!ACTS.test(printed));
  const exportOf = async ({ c }) => {
    const id = /"id":"([0-9a-f]{32})"/.exec(await (await desk.request.get(`${server.url}/api/v1/conversations/${c}`)).text())?.[1];
    assert.ok(id, "the visitor's id");
    const exported = await deskbell(["visitor", "export", id, "--data", server.data]);
    assert.ok(!ACTS.test(exported));
    JSON.parse(exported);
    count("export", exported);
  };
  for (let at = 0; at < chats.length; at += 5) await Promise.all(chats.slice(at, at + 5).map(exportOf));
  for (const { line } of chats) line.end();
  written();
});

/** Fields by faces, in how many of the corpus a text was there when it was looked at. */
function written() {
  const path = join(ROOT, "docs/security.md");
  const text = readFileSync(path, "utf8");
  const head = ["field", "taken", "list", "conversation", "packet", "visitor's panel", "desktop notification", "widget", "`visitor export`"];
  const rows = Object.entries(FIELDS).map(([field, name]) => [name, ...FACES.map((face) => counts[field][face] || "–")]);
  const table = [head, head.map((_, at) => (at ? "--:" : "---")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
  const fresh = text.replace(/(<!-- markup: [^>]*-->\n)[^]*?(<!-- end -->)/, (_, from, to) => `${from}\n${table}\n\n${to}`);
  if (process.env["UPDATE"]) writeFileSync(path, fresh);
  else assert.equal(text, fresh, "docs/security.md lags: UPDATE=1 node --test tests/browser/markup.test.mjs");
}
