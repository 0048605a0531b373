import assert from "node:assert/strict";
import { test } from "node:test";

import { receive, startLog } from "../../web-widget/src/log.ts";
import type { Item } from "../../web-widget/src/outbox.ts";
import type { Ev, From, Packet } from "../../web-widget/src/protocol.ts";
import { initials, knownOf, newerThan, packetOf, pathOf, readMark, turns } from "../src/thread.ts";

const NOON = new Date(2026, 10, 20, 12).getTime();
const VISITOR: From = { kind: "visitor" };
const BOT: From = { kind: "bot" };
const ME: From = { kind: "agent", id: "a1", name: "Mara" };
const JONAS: From = { kind: "agent", id: "a2", name: "Jonas" };
const PACKET: Packet = { question: "?", why: [], candidates: [], shown: [], tried: [], slots: { order: "AB1" }, language: "en", mood: "calm" };

type What = { [K in Ev["kind"]]: { kind: K; body: Extract<Ev, { kind: K }>["body"] } }[Ev["kind"]];

function log(...entries: { from: From; what: What; at?: number; cmid?: string }[]) {
  const events = entries.map(({ from, what, at, cmid }, i) => ({ c: "c", seq: i + 1, prev: i, mid: `m${i + 1}`, at: at ?? NOON + i * 1000, from, ...what, ...(cmid ? { cmid } : {}) }) as Ev);
  return receive(startLog("c"), events);
}

const text = (words: string): What => ({ kind: "text", body: { text: words, options: [] } });

function pending(cmid: string, words: string): Item {
  return { cmid, c: "c", kind: "text", body: { text: words }, at: NOON + 60_000, delivery: { type: "sending" } };
}

test("turns: names stand once while one author goes on, and again for a note or after a while", () => {
  const list = turns(
    log({ from: VISITOR, what: text("a") }, { from: VISITOR, what: text("b") }, { from: ME, what: text("c") }, { from: ME, what: { kind: "note", body: { text: "d" } } }, { from: ME, what: text("e") }, { from: ME, what: text("f"), at: NOON + 10 * 60_000 }),
    [],
    [],
    "a1",
  );
  assert.deepEqual(
    list.map((turn) => (turn.type === "said" ? `${turn.who}${turn.note ? " note" : ""}${turn.head ? " head" : ""}` : turn.type)),
    ["visitor head", "visitor", "me head", "me note head", "me head", "me head"],
  );
});

test("turns: an own message keeps its key when it moves from the outbox into the log", () => {
  const before = turns(log({ from: VISITOR, what: text("a") }), [pending("x", "hello")], [], "a1");
  const after = turns(log({ from: VISITOR, what: text("a") }, { from: ME, what: text("hello"), cmid: "x" }), [pending("x", "hello")], [], "a1");
  assert.deepEqual(
    [before, after].map((list) => list.map((turn) => turn.key)),
    [
      ["m1", "x"],
      ["m1", "x"],
    ],
  );
});

test("turns: a new day is said, a claim knows how long the visitor had waited", () => {
  const list = turns(
    log({ from: VISITOR, what: text("a"), at: NOON - 86_400_000 }, { from: BOT, what: { kind: "handoff", body: { reason: "asked", priority: "normal" } }, at: NOON }, { from: ME, what: { kind: "claimed", body: { agent: ME } }, at: NOON + 52_000 }),
    [],
    [],
    "a1",
  );
  assert.deepEqual(
    list.map((turn) => turn.type),
    ["said", "day", "event", "event"],
  );
  const claimed = list[3];
  assert.equal(claimed?.type === "event" && claimed.waited, 52_000);
});

test("stopped send: only others' words count as newer, notes do not", () => {
  const held = log({ from: VISITOR, what: text("a") }, { from: ME, what: text("b") }, { from: JONAS, what: { kind: "note", body: { text: "n" } } }, { from: JONAS, what: text("c") }, { from: VISITOR, what: text("d") });
  assert.deepEqual(
    newerThan(held, 1, "a1").map((ev) => ev.seq),
    [4, 5],
  );
  const fresh = turns(held, [], [], "a1", 1).filter((turn) => turn.type === "said" && turn.fresh);
  assert.deepEqual(
    fresh.map((turn) => turn.key),
    ["m3", "m4", "m5"],
  );
});

test("the packet is the last one; an answer of a person lets it step back", () => {
  const rang: What = { kind: "handoff", body: { reason: "asked", priority: "normal", packet: PACKET } };
  assert.equal(packetOf(log({ from: VISITOR, what: text("a") })), undefined);
  assert.equal(packetOf(log({ from: BOT, what: rang }))?.answered, false);
  assert.equal(packetOf(log({ from: BOT, what: rang }, { from: ME, what: text("hi") }))?.answered, true);
  assert.equal(packetOf(log({ from: BOT, what: rang }, { from: ME, what: text("hi") }, { from: BOT, what: rang }))?.answered, false);
});

test("what is known: slots of the packet and fields of forms", () => {
  const held = log({ from: VISITOR, what: { kind: "text", body: { text: "", options: [], fields: { email: "a@b.example" } } } }, { from: BOT, what: { kind: "handoff", body: { reason: "asked", priority: "normal", packet: PACKET } } });
  assert.deepEqual(knownOf(held), { email: "a@b.example", order: "AB1" });
});

test("the read mark stands at the last own message that was seen", () => {
  const held = log({ from: ME, what: text("a"), cmid: "x" }, { from: VISITOR, what: text("b") }, { from: ME, what: text("c"), cmid: "y" });
  assert.equal(readMark(held, 2), "x");
  assert.equal(readMark(held, 3), "y");
  assert.equal(readMark(held, 0), undefined);
});

test("initials and paths", () => {
  assert.deepEqual(["Mara Koch", "ines", "Ødegård de Vries", "  ", "🙂 Ana"].map(initials), ["MK", "I", "ØV", "?", "A"]);
  assert.deepEqual(["https://shop.example/a?b=1", "/x", undefined].map(pathOf), ["/a?b=1", "/x", undefined]);
});
