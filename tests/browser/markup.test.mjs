// Nothing that a visitor sends is ever markup: a corpus of attempts in every field, against the real program, looked at in a
// real browser.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import WebSocket from "ws";

import { VECTORS } from "./markup.mjs";
import { consoleOf, deskbell, person, startBrowser, startServer, until, widgetOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const CONFIG = "[socket]\nmessage_burst = 100000\nframes_per_second = 10000\n[queue]\nper_address = 0\n";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** A visitor who speaks the protocol: `ask(frame, fits)` sends and waits for the answer. */
async function visitor(server, hello) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/ws`, { origin: server.url });
  const waiting = [];
  socket.on("message", (text) => {
    const frame = JSON.parse(text.toString());
    for (const one of [...waiting]) if (one.fits(frame)) one.done(frame), waiting.splice(waiting.indexOf(one), 1);
  });
  await new Promise((done, fail) => socket.on("open", done).on("error", fail));
  const ask = (frame, fits) => {
    const answer = new Promise((done) => waiting.push({ fits, done }));
    socket.send(JSON.stringify(frame));
    return answer;
  };
  const welcome = await ask({ type: "hello", v: 1, device: randomUUID(), ...hello }, (f) => f.type === "welcome");
  const send = (kind, body, c) => {
    const cmid = randomUUID();
    return ask({ type: "send", cmid, kind, body, ...(c ? { c } : {}) }, (f) => f.cmid === cmid && (f.type === "ack" || f.type === "nack"));
  };
  return { ask, send, token: welcome.token, end: () => socket.close() };
}

/** Whatever a page should not do: run, ask elsewhere, complain, make elements of words. */
function watched(context) {
  const foreign = [];
  context.on("request", (request) => /evil\.example/.test(request.url()) && foreign.push(request.url()));
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
    assert.deepEqual(made, [], where);
    assert.deepEqual(foreign, [], where);
  };
}

test("a corpus of markup is text everywhere", { timeout: 240_000 }, async (t) => {
  assert.ok(VECTORS.length >= 100, `${VECTORS.length}`);
  const server = await startServer(t, { config: CONFIG });
  await server.addUser(LENA);
  const desks = await person(t, browser);
  desks.expect(/status of 401/);
  const check = watched(desks);
  const desk = await desks.newPage();
  await desk.goto(`${server.url}/console/`);
  await consoleOf(desk).logIn(LENA.email, LENA.password);

  // Everything that a visitor controls but the words: a visitor for each part of the corpus, waiting for a person.
  let sent = 0;
  const chats = [];
  for (let at = 0; at < VECTORS.length; at += 12) {
    const some = VECTORS.slice(at, at + 12);
    const first = some[0].text;
    const guest = await visitor(server, { locale: first.slice(0, 60), page: { url: `javascript:${first}`, title: some[1]?.text ?? first, referrer: some[2]?.text ?? first } });
    const opened = await guest.send("text", { text: first });
    assert.equal(opened.type, "ack");
    const c = opened.c;
    await guest.ask({ type: "handoff", rid: "h", c }, (f) => f.type === "res" && f.rid === "h");
    for (const { text } of some) {
      const told = [
        await guest.send("text", { text }, c),
        await guest.send("form", { fields: { name: text, email: text, [text.slice(0, 40)]: text } }, c),
        await guest.send("rating", { score: 3, comment: text }, c),
      ];
      sent += told.filter((answer) => answer.type === "ack").length;
    }
    guest.ask({ type: "typing", c, on: true, preview: first }, () => false);
    chats.push({ guest, c, count: some.length });
  }
  assert.ok(sent >= VECTORS.length, `${sent} were taken`);

  await until("the list shows them", async () => (await consoleOf(desk).list.getByRole("option").count()) >= chats.length);
  await check(desk, "the list");
  for (const [at, { c }] of chats.entries()) {
    await consoleOf(desk).list.getByRole("option").nth(at).click();
    await consoleOf(desk).log.waitFor();
    await check(desk, `conversation ${c}`);
  }
  assert.deepEqual(desks.trouble(), []);

  // The visitor's own page shows the same words.
  const own = await person(t, browser);
  const checkOwn = watched(own);
  const page = await own.newPage();
  await page.goto(`${server.url}/chat`);
  const widget = widgetOf(page);
  await widget.composer.waitFor();
  const typed = VECTORS.filter(({ text }) => !/[\u0000-\u001f]/.test(text)).filter((_, at) => at % 3 === 0);
  for (const { text } of typed) await widget.say(text);
  await until("the log has them", async () => (await widget.transcript()).filter(({ who }) => who === "visitor").length >= typed.length);
  await checkOwn(page, "the widget");
  assert.deepEqual(own.trouble(), []);

  // What is printed does nothing to a terminal.
  const acts = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/;
  const log = await deskbell(["log", "--data", server.data]);
  assert.ok(!acts.test(log));
  const id = /"id":"([0-9a-f]{32})"/.exec(JSON.stringify(await (await desk.request.get(`${server.url}/api/v1/conversations/${chats[0].c}`)).json()))?.[1];
  assert.ok(id, "the visitor's id");
  assert.ok(!acts.test(await deskbell(["visitor", "export", id, "--data", server.data])));
  for (const { guest } of chats) guest.end();
});
