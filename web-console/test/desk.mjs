// A desk in memory that speaks the agents' side of deskbell.v1, for the console's own browser tests.
// It keeps the rules that the console relies on: one log with contiguous seq, cmid stored once, claim by ver, stale replies held.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { WebSocketServer } from "ws";

import { beside } from "./beside.mjs";
import { workshop } from "./workshop.mjs";

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml" };

export const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const VISITOR = { kind: "visitor" };
const BOT = { kind: "bot" };
const minutes = (n) => n * 60_000;

export async function startDesk({ port = 0, capacity = 5, role = "agent", editors = {} } = {}) {
  const people = {
    "mara@example.com": { id: "a1", name: "Mara Koch", role, password: "correct horse" },
    "jonas@example.com": { id: "a2", name: "Jonas Berg", role: "agent", password: "correct horse" },
  };
  const presence = new Map([["a1", "offline"], ["a2", "online"], ["a3", "online"], ["a4", "away"], ["a5", "transfer_only"]]);
  const names = { a1: "Mara Koch", a2: "Jonas Berg", a3: "Ines Sousa", a4: "Tomasz Wrona", a5: "Yuki Arai" };
  const sessions = new Map();
  const sockets = new Set();
  const conversations = new Map();
  const fault = { nextNack: null, busy: null, holdAcks: false, refuseUpgrade: false, failures: 0 };
  const seen = { frames: [], calls: [], upgrades: 0 };
  const around = beside({ conversations, presence, names, load, seen, tell: (frame) => sockets.forEach((socket) => socket.say(frame)) });

  const bench = workshop({ seen, ...editors });

  // ------------------------------------------------------------ the log

  function add(c, from, kind, body, cmid) {
    const held = conversations.get(c);
    const seq = held.log.length + 1;
    const ev = { c, seq, prev: seq - 1, mid: `m-${c.slice(0, 6)}-${seq}`, at: held.clock ?? Date.now(), from, kind, body, ...(cmid ? { cmid } : {}) };
    held.log.push(ev);
    held.updated_at = ev.at;
    if (body.text) held.preview = (from.kind === "agent" ? `${from.name.split(" ")[0]}: ` : "") + body.text.slice(0, 90);
    for (const socket of sockets) if (socket.open.has(c)) socket.say({ type: "ev", ...ev });
    return ev;
  }

  function row(held) {
    const { log, clock: _clock, cmids: _cmids, before: _before, trail: _trail, ...rest } = held;
    return { ...rest, head: log.length };
  }

  function tell(c) {
    const held = conversations.get(c);
    for (const socket of sockets) if (socket.watching) socket.say({ type: "conversation", ...row(held) });
    tellPresence();
  }

  function load(id) {
    return [...conversations.values()].filter((one) => one.state === "assigned" && one.agent?.id === id && !one.snoozed_until).length;
  }

  function tellPresence() {
    for (const socket of sockets) {
      if (!socket.me) continue;
      for (const id of Object.keys(names)) socket.say({ type: "presence", from: { kind: "agent", id, name: names[id] }, state: presence.get(id), load: load(id), capacity: id === "a1" ? capacity : 5 });
    }
  }

  function begin({ name, email, locale = "en-GB", language = "en", department = "orders", page = { url: "https://shop.example/orders", title: "Your orders" }, ago = 2, online = true } = {}) {
    const c = randomUUID().replaceAll("-", "");
    conversations.set(c, {
      c,
      ver: 1,
      state: "bot",
      opened_at: Date.now() - minutes(ago + 1),
      updated_at: Date.now() - minutes(ago),
      department,
      language,
      visitor: { id: randomUUID().replaceAll("-", ""), ...(name ? { name } : {}), ...(email ? { email } : {}), locale, page, online },
      log: [],
      cmids: new Map(),
      clock: Date.now() - minutes(ago),
    });
    return c;
  }

  function at(c, msAgo) {
    conversations.get(c).clock = msAgo === null ? undefined : Date.now() - msAgo;
  }

  function handOff(c, { reason = "asked", priority = "normal", packet = {} } = {}) {
    const held = conversations.get(c);
    held.state = "waiting";
    held.ver += 1;
    held.reason = reason;
    held.priority = priority;
    held.waiting_since = held.clock ?? Date.now();
    add(c, BOT, "handoff", {
      reason,
      department: held.department,
      priority,
      packet: { question: held.preview ?? "", why: [], candidates: [], shown: [], tried: [], slots: {}, language: held.language, page: held.visitor.page, mood: reason === "frustration" ? "upset" : "calm", ...packet },
    });
    tell(c);
  }

  function assign(c, id) {
    const held = conversations.get(c);
    held.state = "assigned";
    held.ver += 1;
    held.agent = { kind: "agent", id, name: names[id] };
    add(c, held.agent, "claimed", { agent: held.agent });
    tell(c);
  }

  function visitorSays(c, text) {
    const held = conversations.get(c);
    held.clock = undefined;
    add(c, VISITOR, "text", { text });
    tell(c);
  }

  /** Written, but the sockets are not told: the next entry makes the gap visible. */
  function lost(c, text) {
    const open = [...sockets].filter((socket) => socket.open.delete(c));
    conversations.get(c).clock = undefined;
    add(c, VISITOR, "text", { text });
    for (const socket of open) socket.open.add(c);
  }

  function agentSays(c, id, text) {
    conversations.get(c).clock = undefined;
    add(c, { kind: "agent", id, name: names[id] }, "text", { text });
    tell(c);
  }

  // ------------------------------------------------------------ http

  const server = createServer((req, res) => {
    const url = new URL(req.url, "http://desk");
    const session = /desk=([\w-]+)/.exec(req.headers.cookie ?? "")?.[1];
    const person = sessions.get(session);
    const json = (status, value, headers = {}) => res.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
    if (url.pathname === "/api/v1/login" && req.method === "POST") {
      let text = "";
      req.on("data", (piece) => (text += piece));
      req.on("end", () => {
        const { email, password } = JSON.parse(text);
        if (fault.failures >= 3) return json(429, { code: "rate" }, { "retry-after": "42" });
        const found = people[email];
        if (!found || found.password !== password) {
          fault.failures += 1;
          return json(401, { code: "forbidden" });
        }
        fault.failures = 0;
        const id = randomUUID();
        sessions.set(id, found);
        return json(200, { ok: true }, { "set-cookie": `desk=${id}; HttpOnly; SameSite=Strict; Path=/` });
      });
      return;
    }
    if (url.pathname === "/api/v1/logout") {
      sessions.delete(session);
      return json(200, { ok: true });
    }
    if (url.pathname === "/api/v1/me") return person ? json(200, { id: person.id, name: person.name, role: person.role }) : json(401, { code: "forbidden" });
    if (url.pathname.startsWith("/api/v1/")) return bench.serve(req, res, url, person, json).then((done) => done || around.serve(req, res, url, person, json)).then((done) => done || json(404, { code: "not_found" }));
    const name = url.pathname === "/console/" ? "index.html" : url.pathname.replace("/console/", "");
    const path = join(dist, name);
    if (!url.pathname.startsWith("/console/") || name.includes("/") || !existsSync(path)) return res.writeHead(404).end();
    return res.writeHead(200, { "content-type": TYPES[name.split(".").pop()] ?? "application/octet-stream", "content-security-policy": CSP, "x-content-type-options": "nosniff" }).end(readFileSync(path));
  });

  // ------------------------------------------------------------ the socket

  const ws = new WebSocketServer({ noServer: true });
  server.on("upgrade", (req, raw, head) => {
    seen.upgrades += 1;
    const person = sessions.get(/desk=([\w-]+)/.exec(req.headers.cookie ?? "")?.[1]);
    if (fault.refuseUpgrade || req.url !== "/ws/agent") return raw.destroy();
    return ws.handleUpgrade(req, raw, head, (socket) => serve(socket, person));
  });

  function serve(socket, person) {
    if (!person) return socket.close(4501);
    Object.assign(socket, { open: new Set(), watching: false, me: person, say: (frame) => socket.readyState === 1 && socket.send(JSON.stringify(frame)) });
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data));
      seen.frames.push(frame);
      answer(socket, frame);
    });
    return undefined;
  }

  function answer(socket, frame) {
    const { me } = socket;
    const from = { kind: "agent", id: me.id, name: me.name };
    const held = frame.c ? conversations.get(frame.c) : undefined;
    const ok = (more = {}) => socket.say({ type: "res", rid: frame.rid, ok: true, ...more });
    const no = (code, more = {}) => socket.say({ type: "res", rid: frame.rid, ok: false, code, ...more });
    const mine = held?.state === "assigned" && held.agent?.id === me.id;
    const replay = (after) => {
      socket.open.add(frame.c);
      for (const ev of held.log) if (ev.seq > after) socket.say({ type: "ev", ...ev });
    };
    if (fault.busy === frame.type) {
      fault.busy = null;
      return socket.say({ type: "err", rid: frame.rid, code: "busy", after_ms: 500 });
    }
    switch (frame.type) {
      case "hello": {
        const one = (id) => ({ id, name: names[id], presence: presence.get(id), load: load(id), capacity: id === "a1" ? capacity : 5, role: "agent", departments: [] });
        socket.say({
          type: "welcome",
          session: randomUUID(),
          epoch: "e1",
          now: Date.now(),
          heartbeat_ms: 20_000,
          limits: { frame_bytes: 262144, text_chars: 4000, per_second: 5, burst: 20 },
          conversations: [...conversations.values()].filter((x) => x.agent?.id === me.id && x.state === "assigned").map(row),
          me: { id: me.id, name: me.name, role: me.role, departments: [], capacity, presence: presence.get(me.id), colleagues: Object.keys(names).filter((id) => id !== me.id).map(one), all_departments: ["orders", "returns", "products", "business"] },
        });
        for (const { c, seq } of frame.resume ?? []) {
          socket.open.add(c);
          for (const ev of conversations.get(c)?.log ?? []) if (ev.seq > seq) socket.say({ type: "ev", ...ev });
        }
        return;
      }
      case "watch": {
        // Editors read no chats.
        if (me.role === "editor") return no("forbidden");
        socket.watching = true;
        const all = [...conversations.values()];
        const list = frame.view === "waiting" ? all.filter((x) => x.state === "waiting") : frame.view === "mine" ? all.filter((x) => x.state === "assigned" && x.agent?.id === me.id) : frame.view === "snoozed" ? all.filter((x) => x.snoozed_until) : frame.view === "closed" ? all.filter((x) => x.state === "closed") : frame.view === "mentioned" ? all.filter((x) => x.mentioned?.includes(me.id)) : all;
        return ok({ conversations: list.map(row) });
      }
      case "open":
        if (!held) return no("not_found");
        ok({ conversation: row(held) });
        return replay(frame.after ?? 0);
      case "fetch":
        return ok({ events: held.log.filter((ev) => ev.seq > (frame.after ?? 0)).slice(0, frame.limit ?? 50) });
      case "claim":
        if (!held) return no("not_found");
        if (held.state === "assigned" && !(frame.force && me.role === "supervisor")) return no("already_claimed", { conversation: row(held) });
        if (held.state === "closed") return no("closed");
        if (held.ver !== frame.ver) return no("stale", { conversation: row(held) });
        if (load(me.id) >= capacity) return no("at_capacity");
        held.clock = undefined;
        held.state = "assigned";
        held.ver += 1;
        held.agent = from;
        add(frame.c, from, "claimed", { agent: from });
        ok({ conversation: row(held) });
        replay(0);
        return tell(frame.c);
      case "release":
      case "transfer":
      case "resolve": {
        if (!mine) return no("not_assignee");
        if (held.ver !== frame.ver) return no("stale");
        if (frame.type === "transfer" && frame.to.agent && load(frame.to.agent) >= 5) return no("at_capacity");
        held.clock = undefined;
        held.ver += 1;
        if (frame.type === "release") {
          add(frame.c, from, "released", { to: frame.to });
          held.state = frame.to === "bot" ? "bot" : "waiting";
          delete held.agent;
        } else if (frame.type === "resolve") {
          add(frame.c, from, "closed", { reason: frame.reason, ...(frame.follow_up ? { follow_up: frame.follow_up } : {}) });
          held.state = "closed";
          if (frame.follow_up) held.follow_up = frame.follow_up;
        } else {
          const to = frame.to.agent;
          add(frame.c, from, "transferred", { to: frame.to, ...(to ? { name: names[to] } : {}), ...(frame.note ? { note: frame.note } : {}) });
          held.state = to ? "assigned" : "waiting";
          if (to) held.agent = { kind: "agent", id: to, name: names[to] };
          else Object.assign(held, { agent: undefined, department: frame.to.department });
        }
        ok({ conversation: row(held) });
        return tell(frame.c);
      }
      case "send":
      case "note": {
        const kind = frame.type === "note" ? "note" : "text";
        const refuse = (code) => socket.say({ type: "nack", cmid: frame.cmid, code, retry: "never" });
        if (fault.nextNack) {
          const code = fault.nextNack;
          fault.nextNack = null;
          return refuse(code);
        }
        const stored = held?.cmids.get(frame.cmid);
        if (stored) return socket.say({ type: "ack", cmid: frame.cmid, c: frame.c, mid: stored.mid, seq: stored.seq, at: stored.at, dup: true });
        if (!held) return refuse("not_found");
        if (kind === "text") {
          if (held.state === "closed") return refuse("closed");
          if (!mine) return refuse("not_assignee");
          if (frame.seen !== undefined && held.log.some((ev) => ev.seq > frame.seen && ev.from.kind === "agent" && ev.from.id !== me.id && ev.kind === "text")) return refuse("stale");
        }
        held.clock = undefined;
        const ev = add(frame.c, from, kind, kind === "note" ? frame.body : { text: frame.body.text }, frame.cmid);
        held.cmids.set(frame.cmid, ev);
        if (!fault.holdAcks) socket.say({ type: "ack", cmid: frame.cmid, c: frame.c, mid: ev.mid, seq: ev.seq, at: ev.at, dup: false });
        return tell(frame.c);
      }
      case "mark":
        if (!held) return no("not_found");
        held.clock = undefined;
        held.ver += 1;
        if (frame.labels) held.labels = frame.labels;
        if (frame.priority) held.priority = frame.priority;
        if (frame.snooze !== undefined) held.snoozed_until = frame.snooze || undefined;
        if (frame.follow_up !== undefined) held.follow_up = frame.follow_up || undefined;
        add(frame.c, from, "marked", { ...(frame.labels ? { labels: frame.labels } : {}), ...(frame.priority ? { priority: frame.priority } : {}), ...(frame.snooze !== undefined ? { snoozed_until: frame.snooze } : {}), ...(frame.follow_up !== undefined ? { follow_up: frame.follow_up } : {}) });
        ok({ conversation: row(held) });
        return tell(frame.c);
      case "reopen":
        if (held?.state !== "closed") return no("invalid");
        Object.assign(held, { state: "assigned", agent: from, ver: held.ver + 1, clock: undefined });
        add(frame.c, from, "reopened", { to: "agent" });
        ok({ conversation: row(held) });
        return tell(frame.c);
      case "decline":
        socket.say({ type: "offer", c: frame.c });
        return ok();
      case "look":
        socket.looks = frame.c;
        return;
      case "presence":
        if (me.role === "editor") return no("forbidden");
        presence.set(frame.agent ?? me.id, frame.state);
        return tellPresence();
      case "ping":
        return socket.say({ type: "pong", n: frame.n });
      default:
    }
  }

  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/console/`,
    conversations,
    fault,
    seen,
    sessions,
    presence,
    add,
    at,
    begin,
    handOff,
    assign,
    visitorSays,
    lost,
    agentSays,
    tell,
    typing: (c, on, from = VISITOR, preview) => sockets.forEach((socket) => socket.say({ type: "typing", c, from, on, ...(preview ? { preview } : {}) })),
    seenBy: (c, ids) => sockets.forEach((socket) => socket.say({ type: "looking", c, agents: ids.map((id) => ({ kind: "agent", id, name: names[id] })) })),
    offer: (c, until) => sockets.forEach((socket) => socket.say({ type: "offer", c, ...(until ? { until, conversation: row(conversations.get(c)) } : {}) })),
    /** One row changes, and nothing else is told. */
    update: (c, preview) => {
      const held = conversations.get(c);
      Object.assign(held, { preview, updated_at: Date.now(), ver: held.ver + 1 });
      for (const socket of sockets) socket.say({ type: "conversation", ...row(held) });
    },
    kept: around.kept,
    told: around.told,
    bench,
    read: (c, seq) => sockets.forEach((socket) => socket.say({ type: "read", c, from: VISITOR, seq })),
    drop: (code = 1012) => sockets.forEach((socket) => socket.close(code)),
    stop: () => new Promise((resolve) => (sockets.forEach((socket) => socket.terminate()), server.close(resolve), server.closeAllConnections())),
  };
}

/** The morning of the pictures. */
export function fill(desk) {
  const said = (c, text) => desk.add(c, VISITOR, "text", { text });
  const answered = (c, text, id, confidence, more = {}) =>
    desk.add(c, BOT, "answer", { text, id, kind: id.includes("/") ? "article" : "intent", confidence, options: [], content_version: "v41-9c2e", language: "en", ...more });

  const amelie = desk.begin({ name: "Amélie Laurent", email: "amelie@example.fr", locale: "fr-FR", language: "fr", department: "returns", ago: 6.7, page: { url: "https://shop.example/fr/retours", title: "Retours" } });
  said(amelie, "La lampe est arrivée cassée. Deux fois.");
  desk.handOff(amelie, { reason: "frustration", priority: "urgent", packet: { candidates: [{ id: "return-damaged", kind: "intent", title: "Damaged on arrival", confidence: 0.91, source: "returns/damaged.yaml:4", line: "my lamp arrived broken", words: ["arrivée", "cassée"] }], why: ["the visitor is upset"], tried: ["Answered “Damaged on arrival”"] } });

  const porto = desk.begin({ locale: "pt-PT", department: "orders", ago: 3.15, page: { url: "https://shop.example/lamps/fjell-floor" } });
  said(porto, "Do you ship the Fjell floor lamp to the Azores?");
  desk.handOff(porto, { reason: "low_confidence" });

  const henrik = desk.begin({ name: "Henrik Sølvberg", locale: "da-DK", language: "da", department: "products", ago: 1.87 });
  said(henrik, "ok, and when will it be back in stock?");
  desk.handOff(henrik, { reason: "asked" });

  const graz = desk.begin({ locale: "de-AT", language: "de", department: "business", ago: 0.4 });
  said(graz, "Rechnung fehlt noch immer");
  desk.handOff(graz, { reason: "repeated_failure", priority: "high" });

  const oslo = desk.begin({ locale: "nb-NO", language: "en", department: "orders", ago: 4, email: "ola@example.no", page: { url: "https://shop.example/orders", title: "Your orders", referrer: "https://www.search.example/" } });
  said(oslo, "where is my order AB123456");
  answered(oslo, "Order **AB123456** left our warehouse on 17 November and was *scanned as delivered* today at 11:20.", "order-status", 0.94, { source: { title: "When will it arrive", url: "/help/orders/delivery#when" } });
  desk.at(oslo, minutes(2.6));
  said(oslo, "It says delivered but there is nothing at my door, what now?");
  desk.add(oslo, BOT, "clarify", { text: "Is it late, or is it marked delivered and missing?", options: [{ id: "o1", label: "It is late" }, { id: "o2", label: "Marked delivered, not here" }, { id: "o3", label: "None of these" }], content_version: "v41-9c2e" });
  desk.at(oslo, minutes(2));
  desk.add(oslo, VISITOR, "text", { text: "the second. I need it for saturday" });
  desk.handOff(oslo, {
    reason: "repeated_failure",
    packet: {
      question: "It says delivered but there is nothing at my door, what now?",
      candidates: [
        { id: "parcel-missing", kind: "intent", title: "Delivered, not here", confidence: 0.58, source: "orders/delivery.yaml:41", line: "it says delivered but nothing is here", words: ["says", "delivered", "nothing"] },
        { id: "delivery-time", kind: "intent", title: "When will it arrive", confidence: 0.31, source: "orders/delivery.yaml:12", line: "when will it be delivered", words: ["delivered"] },
        { id: "change-address", kind: "intent", title: "Change the address", confidence: 0.08, source: "orders/change.yaml:7", line: "deliver it to another door", words: ["door"] },
      ],
      why: ["not understood twice in a row", "the question: sure to 58 %, answers need 81 %: two are close, “Delivered, not here” and “When will it arrive” (31 %)"],
      shown: [{ id: "orders/delivery", title: "When will it arrive", rejected: true }],
      tried: ["Asked “late or missing?”"],
      slots: { order: "AB123456" },
      suggested_reply: "I can see AB123456 was scanned at 11:20. I will ask the courier now.",
    },
  });
  desk.at(oslo, minutes(1.1));
  desk.assign(oslo, "a1");
  desk.add(oslo, { kind: "agent", id: "a3", name: "Ines Sousa" }, "note", { text: "Same courier, same street last week. The neighbour at 14B had it." });
  desk.conversations.get(oslo).preview = "the second. I need it for saturday";

  const mine = [
    { name: "Dana Whitlock", department: "products", ago: 2, text: "Perfect, that worked. Thank you!" },
    { name: "Kemal Yıldız", locale: "tr-TR", language: "tr", department: "orders", ago: 5, text: "Sipariş numarası AB120077" },
  ];
  const theirs = [
    { name: "Sofia Rossi", locale: "it-IT", language: "it", department: "orders", ago: 4, text: "The courier confirms Thursday", agent: "a3" },
    { name: "Paul Dupont", locale: "fr-FR", language: "fr", department: "returns", ago: 7, text: "I have sent the return label", agent: "a2" },
    { name: "Petra Engel", locale: "de-DE", language: "de", department: "products", ago: 9, text: "Which dimmer do you use?", agent: "a3" },
  ];
  for (const one of [...mine, ...theirs]) {
    const c = desk.begin(one);
    said(c, one.agent ? "Hello?" : one.text);
    desk.handOff(c, { reason: one.agent === "a2" ? "intent" : "asked" });
    desk.assign(c, one.agent ?? "a1");
    if (one.agent) desk.add(c, { kind: "agent", id: one.agent, name: one.agent === "a2" ? "Jonas Berg" : "Ines Sousa" }, "text", { text: one.text });
    else desk.conversations.get(c).preview = one.text;
  }
  const earlier = desk.begin({ name: "Before", ago: 60_000 });
  said(earlier, "Which bulb fits Skog?");
  answered(earlier, "Skog takes an E27 bulb of at most 9 watts.", "bulb-fit", 0.93);
  desk.conversations.get(earlier).state = "closed";
  Object.assign(desk.conversations.get(oslo), {
    labels: ["delivery", "needs it Saturday"],
    before: [
      { c: earlier, opened_at: Date.now() - 41 * 86_400_000, state: "closed", preview: "Which bulb fits Skog?", head: 2, ver: 1, updated_at: 0 },
      { c: earlier, opened_at: Date.now() - 80 * 86_400_000, state: "closed", preview: "Change delivery address", head: 2, ver: 1, updated_at: 0, last_agent: { kind: "agent", id: "a2", name: "Jonas Berg" }, department: "orders" },
    ],
  });
  const bot = desk.begin({ ago: 1 });
  said(bot, "what are your opening hours");
  answered(bot, "We are here Monday to Friday, 8:00 to 18:00.", "opening-hours", 0.97);
  for (const held of desk.conversations.values()) held.clock = undefined;
  return { amelie, porto, henrik, graz, oslo, bot };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const desk = await startDesk({ port: 8099, role: process.argv[2] ?? "admin" });
  fill(desk);
  console.log(`${desk.url}  mara@example.com / correct horse`);
}
