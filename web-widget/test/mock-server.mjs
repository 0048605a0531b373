// A server that speaks deskbell.v1 as far as the widget needs it, with levers for the test to pull.
//   node test/mock-server.mjs 8090     to look at the widget by hand
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { WebSocketServer } from "ws";

const dist = join(dirname(fileURLToPath(import.meta.url)), "../dist");
const TYPES = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml", ".json": "application/json" };
const OWN = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const STRICT = "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; style-src 'none'; connect-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HOSTS = {
  "/strict": { csp: STRICT, body: '<h1>Strict</h1><script nonce="abc" async src="/widget.js" data-site="demo"></script>' },
  "/hostile": {
    body: `<style>html{font-size:40px}*{all:unset!important;color:lime!important;font-size:33px!important}div,section{display:none!important}button{padding:50px!important;border:9px solid red!important}</style>
      <h1>Hostile</h1><script>window.keys=0;addEventListener("keydown",()=>window.keys++)</script><script async src="/widget.js" data-site="demo"></script>`,
  },
  "/plain": { body: '<h1>Plain</h1><a href="#x">before</a><p>text</p><a href="#y" id="after">after</a><script async src="/widget.js" data-site="demo"></script>' },
  // Opened as http://localhost, it takes the widget from http://127.0.0.1: another origin.
  "/foreign": { body: '<h1>Foreign</h1><script async src="http://127.0.0.1:PORT/widget.js" data-site="demo"></script>' },
  "/rtl": { html: 'lang="ar" dir="rtl"', body: '<h1>صفحة</h1><script async src="/widget.js" data-site="demo"></script>' },
  "/german": { html: 'lang="de"', body: '<h1>Seite</h1><script async src="/widget.js" data-site="demo"></script>' },
};

const CHOICES = [
  { id: "order-status", label: "Where is my order?" },
  { id: "return-how", label: "How do I return a lamp?" },
  { id: "bulb-fit", label: "Which bulb fits my lamp?" },
];

export async function start({ port = 0, site: siteChange = {} } = {}) {
  const site = { name: "Nordlicht Lamps", language: "en", languages: ["en", "de"], greeting: "What can we help you with?", suggested: CHOICES, open: true, hours: "8:00–18:00", staffed: true, wait_s: { low: 180, high: 360 }, ...siteChange };
  const settings = { pin: "pin", site: "demo", name: site.name, position: "end", languages: site.languages, texts: { en: { greeting: site.greeting, suggested: CHOICES } } };
  const talks = new Map();
  const sockets = new Set();
  const requests = [];
  const heard = [];
  let epoch = "e1";
  let refuse = false;
  let mute = false;

  const http = createServer((request, response) => {
    const path = new URL(request.url, "http://x").pathname;
    requests.push(path);
    const host = HOSTS[path];
    if (host) {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8", ...(host.csp ? { "content-security-policy": host.csp } : {}) });
      response.end(`<!doctype html><html ${host.html ?? 'lang="en"'}><head><meta charset="utf-8"><title>Host</title><meta name="viewport" content="width=device-width"></head><body>${host.body.replace("PORT", http.address().port)}</body></html>`);
      return;
    }
    const file = path === "/" ? "demo.html" : path === "/chat" ? "chat.html" : path === "/widget.js" ? "loader.js" : path === "/chat.js" ? "chat.js" : /^\/widget\/(?:pin\/)?(.+)$/.exec(path)?.[1];
    if (!file || file.includes("..") || !existsSync(join(dist, file))) {
      response.writeHead(path === "/favicon.ico" ? 204 : 404);
      response.end();
      return;
    }
    let body = readFileSync(join(dist, file));
    if (file === "loader.js" || file === "chat.js") body = body.toString().replace('"__DESKBELL_SETTINGS__"', () => JSON.stringify(JSON.stringify(settings)));
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "text/plain", "x-content-type-options": "nosniff", ...(path.startsWith("/widget") ? { "access-control-allow-origin": "*" } : {}), ...(file.endsWith(".html") ? { "content-security-policy": OWN } : {}) });
    response.end(body);
  });

  const ws = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request, socket, head) => {
    if (refuse || !request.url.startsWith("/ws")) return socket.destroy();
    ws.handleUpgrade(request, socket, head, (client) => {
      sockets.add(client);
      client.on("close", () => sockets.delete(client));
      client.on("message", (data) => hear(client, JSON.parse(String(data))));
    });
  });

  const send = (client, frame) => client.readyState === 1 && client.send(JSON.stringify(frame));
  const all = (frame) => sockets.forEach((client) => client.ready && send(client, frame));

  function talk(c) {
    if (!talks.has(c)) talks.set(c, { c, log: [], state: "bot", agent: undefined, ver: 1, read: 0, cmids: new Map() });
    return talks.get(c);
  }
  function enter(c, from, kind, body, extra = {}) {
    const t = talk(c);
    const ev = { type: "ev", c, seq: t.log.length + 1, prev: t.log.length, mid: randomUUID(), at: Date.now(), from, kind, body, ...extra };
    t.log.push(ev);
    all(ev);
    return ev;
  }
  const bot = (c, kind, body) => enter(c, { kind: "bot" }, kind, body);
  const conversation = (t) => ({ c: t.c, head: t.log.length, ver: t.ver, state: t.state, opened_at: t.log[0]?.at ?? Date.now(), updated_at: t.log.at(-1)?.at ?? Date.now(), ...(t.agent ? { agent: t.agent } : {}), read: t.read });

  function handoff(c, reason) {
    const t = talk(c);
    t.state = "waiting";
    enter(c, { kind: "system" }, "handoff", { reason, priority: "normal", department: "orders" });
    all({ type: "queue", c, position: 2, wait_s: { low: 180, high: 360 }, staffed: true });
  }

  function answer(c, body) {
    if (mute || talk(c).state !== "bot") return;
    const said = body.text ?? body.option ?? "";
    if (/return/i.test(said)) {
      bot(c, "answer", { text: "Yes, within 30 days. A lamp that was put up once still counts as new.\n\nWe send you a label; the return is free.\n\n> “Lamps may be installed for trial. Please pack the glass in its original inlay.”", id: "returns/returning-an-item", kind: "article", confidence: 0.93, options: [], content_version: "v1", source: { title: "Returning an item", url: "/help/returns/returning-an-item" }, language: "en" });
    } else if (/bulb/i.test(said)) {
      bot(c, "clarify", { text: "Did you mean one of these?", content_version: "v1", options: [{ id: "a", label: "Can I return the bulb too?" }, { id: "b", label: "Which bulb fits my lamp?" }, { id: "c", label: "My bulb is broken" }, { id: "none", label: "None of these" }] });
    } else if (/broken|person/i.test(said)) {
      bot(c, "text", { text: "I’m sorry. Two broken lamps, and guests on Friday: that is really frustrating.\n\nA person will sort this out with you, and can see all you wrote." });
      handoff(c, "frustration");
    } else if (/mail/i.test(said)) {
      bot(c, "text", { text: "Nobody is at the desk right now. Where can we answer you?", ask: "email" });
    } else if (/options|order/i.test(said)) {
      bot(c, "answer", { text: "Your order **NL-20418** is on its way:\n\n1. packed on *Monday*\n2. with the carrier, see [tracking](https://track.example/NL-20418)\n\nUse `NL-20418` when you write to us.", id: "order-status", kind: "intent", confidence: 0.97, options: [{ id: "x", label: "Change the address" }, { id: "y", label: "Cancel the order" }], content_version: "v1", language: "en" });
    } else {
      bot(c, "text", { text: "I did not understand that. Could you say it in other words?", options: [] });
    }
  }

  function hear(client, frame) {
    heard.push(frame);
    if (frame.type === "hello") {
      client.ready = true;
      send(client, { type: "welcome", session: randomUUID(), ...(frame.token ? {} : { token: "tok-1" }), epoch, now: Date.now(), heartbeat_ms: 25_000, limits: { frame_bytes: 65_536, text_chars: 4_000, per_second: 1, burst: 10 }, conversations: frame.token ? [...talks.values()].map(conversation).reverse() : [], site });
      for (const { c, seq } of frame.resume ?? []) {
        if (!talks.has(c)) send(client, { type: "resync", c, reason: "gone", head: 0 });
        else for (const ev of talk(c).log.slice(seq)) send(client, ev);
      }
    } else if (frame.type === "send") {
      const known = [...talks.values()].find((t) => t.cmids.has(frame.cmid));
      if (known) return send(client, { ...known.cmids.get(frame.cmid), dup: true });
      if (/refuse/.test(frame.body.text ?? "")) return send(client, { type: "nack", cmid: frame.cmid, code: "invalid", retry: "never" });
      if (/endless/.test(frame.body.text ?? "")) return send(client, { type: "nack", cmid: frame.cmid, code: "too_large", retry: "never" });
      if (/hold/.test(frame.body.text ?? "")) return;
      const t = talk(frame.c ?? randomUUID());
      const at = Date.now();
      const label = frame.kind === "choice" ? (t.log.flatMap((ev) => ev.body.options ?? []).concat(CHOICES).find((o) => o.id === frame.body.option)?.label ?? "?") : undefined;
      const ack = { type: "ack", cmid: frame.cmid, c: t.c, mid: randomUUID(), seq: t.log.length + 1, at, dup: false };
      t.cmids.set(frame.cmid, ack);
      send(client, ack);
      if (frame.kind === "rating") enter(t.c, { kind: "visitor" }, "rating", frame.body, { cmid: frame.cmid });
      else enter(t.c, { kind: "visitor" }, "text", frame.kind === "choice" ? { text: label, option: frame.body.option } : frame.kind === "form" ? { text: "", fields: frame.body.fields } : { text: frame.body.text }, { cmid: frame.cmid });
      if (frame.kind === "form") bot(t.c, "text", { text: `Thank you. We write to **${frame.body.fields.email}** before 10:00.` });
      else if (frame.kind !== "rating") answer(t.c, { text: label ?? frame.body.text });
    } else if (frame.type === "fetch") {
      const { log } = talk(frame.c);
      send(client, { type: "res", rid: frame.rid, ok: true, events: (frame.after !== undefined ? log.filter((ev) => ev.seq > frame.after).slice(0, frame.limit) : log.filter((ev) => ev.seq < frame.before).slice(-frame.limit)).map(({ type, ...ev }) => ev), more: false });
    } else if (frame.type === "handoff" && frame.on === false) {
      send(client, { type: "res", rid: frame.rid, ok: true });
      talk(frame.c).state = "bot";
      enter(frame.c, { kind: "visitor" }, "released", { to: "bot" });
    } else if (frame.type === "handoff") {
      const c = frame.c ?? randomUUID();
      talk(c);
      send(client, { type: "res", rid: frame.rid, ok: true, c });
      if (site.staffed) handoff(c, "asked");
      else bot(c, "text", { text: "Nobody is at the desk right now. Where can we answer you?", ask: "email" });
    } else if (frame.type === "end") {
      send(client, { type: "res", rid: frame.rid, ok: true });
      talk(frame.c).state = "closed";
      enter(frame.c, { kind: "visitor" }, "closed", {});
    } else if (frame.type === "ping") send(client, { type: "pong", n: frame.n });
  }

  await new Promise((done) => http.listen(port, "127.0.0.1", done));
  const lena = { kind: "agent", id: "a1", name: "Lena Moser" };
  return {
    url: `http://127.0.0.1:${http.address().port}`,
    requests,
    heard,
    talks,
    site,
    settings,
    last: () => [...talks.keys()].at(-1),
    queue: (c, position, wait_s) => all({ type: "queue", c, position, wait_s, staffed: wait_s !== undefined }),
    claim: (c) => {
      Object.assign(talk(c), { state: "assigned", agent: lena });
      enter(c, lena, "claimed", { agent: lena });
    },
    say: (c, text) => enter(c, lena, "text", { text }),
    bot,
    typing: (c, on) => all({ type: "typing", c, from: lena, on }),
    read: (c) => {
      talk(c).read = talk(c).log.length;
      all({ type: "read", c, from: lena, seq: talk(c).read });
    },
    release: (c, to) => {
      Object.assign(talk(c), { state: to === "bot" ? "bot" : "waiting", agent: undefined });
      enter(c, lena, "released", { to });
    },
    close: (c) => {
      talk(c).state = "closed";
      enter(c, lena, "closed", { reason: "solved" });
    },
    drop: (code = 4000) => sockets.forEach((client) => client.close(code)),
    refuse: (on) => (refuse = on),
    mute: (on) => (mute = on),
    restored: (name) => (epoch = name),
    stop: () => {
      sockets.forEach((client) => client.terminate());
      http.close();
      http.closeAllConnections();
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await start({ port: Number(process.argv[2] ?? 8090) });
  console.log(server.url);
}
