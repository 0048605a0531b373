import assert from "node:assert/strict";
import { test } from "node:test";

import type { ConversationState } from "../src/protocol.ts";
import type { Settings } from "../src/settings.ts";
import { storage, type StorageLike } from "../src/storage.ts";
import { createStore } from "../src/store.ts";
import { asksEmail, peopleOf } from "../src/wait.ts";
import { createWorld, memory } from "./world.ts";

interface Given {
  readonly local?: StorageLike;
  readonly session?: StorageLike;
  readonly trace?: boolean;
  readonly settings?: Partial<Settings>;
}

function widget({ local = memory(), session = memory(), trace = false, settings = {} }: Given = {}) {
  const world = createWorld(1_000_000);
  const events: string[] = [];
  const eyes = { open: true };
  const store = createStore({
    settings: { site: "demo", trace, ...settings },
    url: "ws://x/ws",
    deps: world.deps,
    local,
    session,
    locale: "en-GB",
    page: () => ({ url: "https://shop/lamps" }),
    watched: () => eyes.open,
    emit: (event) => events.push(event),
  });
  const s = (): ReturnType<typeof world.last> => world.last();
  const welcome = (conversations: object[] = [], change: object = {}): void => {
    s().opened();
    s().says({ type: "welcome", session: "s", token: "tok", epoch: "e1", now: world.deps.now(), heartbeat_ms: 25_000, limits: { text_chars: 4_000 }, conversations, ...change });
  };
  const ev = (seq: number, kind: string, body: object, from = "bot", more: object = {}): void =>
    s().says({ type: "ev", c: "c1", seq, prev: seq - 1, mid: `m${seq}`, at: seq, from: { kind: from, ...(from === "agent" ? { id: "a1", name: "Lena Moser" } : {}) }, kind, body, ...more });
  const ack = (seq: number, at = -1): void => {
    const send = s().of("send").at(at);
    s().says({ type: "ack", cmid: send?.["cmid"], c: "c1", mid: `m${seq}`, seq, at: seq, dup: false });
  };
  /** A conversation that runs. */
  const talking = (): void => {
    store.open();
    welcome();
    store.say("hi");
    ack(1);
    ev(1, "text", { text: "hi" }, "visitor", { cmid: s().of("send")[0]?.["cmid"] });
  };
  return { ...world, s, store, events, eyes, local, session, welcome, ev, ack, talking };
}

const listed = (state: ConversationState = "bot", change: object = {}) => ({ c: "c1", head: 2, ver: 1, state, opened_at: 0, updated_at: 999_000, ...change });

test("nothing is connected or written before the panel opens", () => {
  const local = memory();
  const session = memory();
  const w = widget({ local, session });
  w.pass(60_000);
  assert.equal(w.sockets.length, 0);
  assert.deepEqual([local.held.size, session.held.size], [0, 0]);
});

test("the first words open a conversation; the next wait until it has a name", () => {
  const w = widget();
  w.store.open();
  w.store.say("one");
  w.store.say("two");
  w.welcome();
  assert.deepEqual(w.s().of("hello")[0]?.["page"], { url: "https://shop/lamps" });
  assert.deepEqual(w.s().of("send").map((frame) => [frame["c"], frame["body"]]), [[undefined, { text: "one" }]]);
  w.ack(1);
  assert.deepEqual(w.s().of("send").map((frame) => [frame["c"], frame["body"]]), [[undefined, { text: "one" }], ["c1", { text: "two" }]]);
  assert.equal(w.store.get().log?.c, "c1");
});

test("each message names a trace of its own where the server collects them, and none elsewhere", () => {
  const traces = [true, false].map((trace) => {
    const w = widget({ trace });
    w.talking();
    w.store.say("again");
    return w.s().of("send").map((frame) => frame["trace"]);
  });
  assert.equal(new Set(traces[0]).size, 2);
  for (const name of traces[0] ?? []) assert.match(String(name), /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assert.deepEqual(traces[1], [undefined, undefined]);
});

test("the place in line may overtake the entry that says that somebody waits", () => {
  const w = widget();
  w.talking();
  w.s().says({ type: "queue", c: "c1", position: 3 });
  w.ev(2, "text", { text: "A person comes." });
  w.ev(3, "handoff", { reason: "asked", priority: "normal" });
  assert.deepEqual([w.store.get().status.state, w.store.get().queue?.position], ["waiting", 3]);
});

test("a reload goes on: same token, same conversation, same names", () => {
  const local = memory();
  const session = memory();
  const before = widget({ local, session });
  before.store.open();
  before.welcome();
  before.store.say("one");
  before.ack(1);
  before.store.say("two");
  const cmid = before.s().of("send")[1]?.["cmid"];
  before.store.rest();
  const after = widget({ local, session });
  after.store.open();
  after.s().opened();
  const hello = after.s().of("hello")[0];
  assert.equal(hello?.["token"], "tok");
  assert.deepEqual(hello?.["resume"], [{ c: "c1", epoch: "e1", seq: 0 }]);
  assert.equal(hello?.["device"], before.s().of("hello")[0]?.["device"]);
  after.welcome([listed()]);
  assert.deepEqual(after.s().of("send").map((frame) => [frame["c"], frame["cmid"]]), [["c1", cmid]]);
});

test("a lost line: what was under way goes again, resumed from the last entry", () => {
  const w = widget();
  w.talking();
  w.store.say("lost?");
  const cmid = w.s().of("send")[1]?.["cmid"];
  w.s().dies(1006);
  w.pass(1_000);
  w.s().opened();
  assert.deepEqual(w.s().of("hello")[0]?.["resume"], [{ c: "c1", epoch: "e1", seq: 1 }]);
  w.welcome([listed("bot", { head: 1 })]);
  assert.equal(w.s().of("send")[0]?.["cmid"], cmid);
});

test("a gap is fetched, and nothing is shown out of order", () => {
  const w = widget();
  w.talking();
  w.ev(4, "text", { text: "four" });
  assert.deepEqual(w.store.get().log?.entries.map((ev) => ev.seq), [1]);
  const fetch = w.s().of("fetch")[0];
  assert.deepEqual([fetch?.["c"], fetch?.["after"]], ["c1", 1]);
  const page = [2, 3].map((seq) => ({ c: "c1", seq, prev: seq - 1, mid: `m${seq}`, at: seq, from: { kind: "bot" }, kind: "text", body: { text: "" } }));
  w.s().says({ type: "res", rid: fetch?.["rid"], ok: true, events: page, more: false });
  assert.deepEqual(w.store.get().log?.entries.map((ev) => ev.seq), [1, 2, 3, 4]);
  assert.equal(w.store.get().filling, false);
});

test("another data set: what is held is dropped and fetched anew", () => {
  const w = widget();
  w.talking();
  w.s().dies(1012);
  w.pass(5_000);
  w.welcome([listed()], { epoch: "e2" });
  w.s().says({ type: "resync", c: "c1", reason: "epoch", head: 2 });
  assert.deepEqual(w.store.get().log?.entries, []);
  assert.ok(w.s().of("fetch").some((frame) => frame["after"] === 0));
});

test("too much to replay: the last page first, older ones when asked for", () => {
  const w = widget();
  w.talking();
  w.s().says({ type: "resync", c: "c1", reason: "too_far", head: 900 });
  const fetch = w.s().of("fetch")[0];
  assert.equal(fetch?.["before"], 901);
  const event = (seq: number, kind = "text", body: object = { text: "" }) => ({ c: "c1", seq, prev: seq - 1, mid: `m${seq}`, at: seq, from: { kind: "agent", name: "Lena" }, kind, body });
  w.s().says({ type: "res", rid: fetch?.["rid"], ok: true, events: [event(899, "claimed", { agent: { kind: "agent", name: "Lena" } }), event(900)], more: true });
  assert.deepEqual(w.store.get().log?.entries.map((ev) => ev.seq), [899, 900]);
  assert.equal(w.store.get().status.state, "assigned");
  w.store.earlier();
  assert.equal(w.s().of("fetch")[1]?.["before"], 899);
});

test("the conversation is gone: the next words open another", () => {
  const w = widget();
  w.talking();
  w.s().says({ type: "resync", c: "c1", reason: "gone", head: 0 });
  assert.equal(w.store.get().log, null);
  w.store.say("again");
  assert.equal(w.s().of("send").at(-1)?.["c"], undefined);
});

test("who has the conversation follows its log", () => {
  const w = widget();
  w.talking();
  w.ev(2, "handoff", { reason: "asked", priority: "normal" }, "system");
  w.s().says({ type: "queue", c: "c1", position: 2, wait_s: { low: 60, high: 120 }, staffed: true });
  assert.deepEqual([w.store.get().status.state, w.store.get().queue?.position], ["waiting", 2]);
  w.ev(3, "claimed", { agent: { kind: "agent", id: "a1", name: "Lena Moser" } }, "agent");
  assert.deepEqual([w.store.get().status.state, w.store.get().status.agent?.name, w.store.get().queue], ["assigned", "Lena Moser", null]);
  w.ev(4, "released", { to: "bot" }, "agent");
  assert.equal(w.store.get().status.state, "bot");
  w.ev(5, "closed", {}, "system");
  assert.equal(w.store.get().status.state, "closed");
  assert.deepEqual(w.events.filter((event) => !event.startsWith("message")), ["open", "handoff", "queue", "agent", "ended"]);
  w.store.say("one more thing");
  assert.equal(w.s().of("send").at(-1)?.["c"], undefined, "what is said after the end begins a new conversation");
});

test("a person without a word before: the hand-off opens the conversation", () => {
  const w = widget();
  w.store.open();
  w.store.askPerson();
  w.welcome();
  const asked = w.s().of("handoff")[0];
  assert.deepEqual([asked?.["c"], w.s().of("handoff").length], [undefined, 1]);
  w.s().says({ type: "res", rid: asked?.["rid"], ok: true, c: "c1" });
  assert.equal(w.store.get().log?.c, "c1");
  assert.equal(w.s().of("fetch")[0]?.["after"], 0);
});

test("no place in the line: the bot asks for an address, and nothing else does", () => {
  for (const [code, asked] of [["queue_full", false], ["unavailable", true]] as const) {
    const w = widget();
    w.talking();
    w.store.askPerson();
    w.s().says({ type: "res", rid: w.s().of("handoff")[0]?.["rid"], ok: false, code });
    assert.equal(w.store.get().emailAsked, asked, code);
  }
});

test("who is there: one answer for all parts of the panel", () => {
  const open = { name: "Lamps", open: true };
  const ask: [string, object] = ["text", { text: "Leave an address.", ask: "email" }];
  const address: [string, object] = ["text", { text: "Thank you." }];
  const handoff: [string, object] = ["handoff", { reason: "asked", priority: "normal" }];
  const table: [what: string, site: object, told: [string, object][], people: string, asks: boolean][] = [
    ["somebody online", { ...open, staffed: true }, [], "here", false],
    ["somebody online, in line", { ...open, staffed: true }, [handoff], "here", false],
    ["nobody online in hours", { ...open, staffed: false }, [], "nobody", false],
    ["nobody online in hours, in line", { ...open, staffed: false }, [handoff], "nobody", false],
    ["no place, somebody online", { ...open, staffed: true }, [ask], "full", true],
    ["no place, nobody online", { ...open, staffed: false }, [ask], "full", true],
    ["a place was found", { ...open, staffed: true }, [ask, address, handoff], "here", true],
    ["out of hours", { ...open, open: false, staffed: false }, [], "closed", false],
    ["out of hours, noted", { ...open, open: false, staffed: false }, [ask, handoff], "closed", true],
    ["out of hours, somebody online all the same", { ...open, open: false, staffed: true }, [ask, handoff], "closed", true],
  ];
  for (const [what, site, told, people, asks] of table) {
    const w = widget();
    w.store.open();
    w.welcome([], { site });
    w.store.say("hi");
    w.ack(1);
    w.ev(1, "text", { text: "hi" }, "visitor", { cmid: w.s().of("send")[0]?.["cmid"] });
    told.forEach(([kind, body], at) => w.ev(at + 2, kind, body));
    assert.equal(peopleOf(w.store.get()), people, what);
    assert.equal(asksEmail(w.store.get().log?.entries ?? []), asks, what);
  }
});

test("too long to be sent: its words go back into the box, before what stands there", () => {
  const w = widget();
  w.talking();
  w.store.say("long");
  const cmid = String(w.s().of("send").at(-1)?.["cmid"]);
  w.s().says({ type: "nack", cmid, code: "too_large", retry: "never" });
  w.store.type("and more");
  w.store.edit(cmid);
  assert.deepEqual([w.store.get().draft, w.store.get().outbox.items], ["long\nand more", []]);
});

test("a refused fetch is asked again", () => {
  const w = widget();
  w.talking();
  w.ev(4, "text", { text: "four" });
  w.s().says({ type: "err", rid: w.s().of("fetch")[0]?.["rid"], code: "busy", after_ms: 100 });
  w.pass(2_000);
  assert.equal(w.s().of("fetch").length, 2);
});

test("ended while it was on its way: it begins a new conversation under a new name", () => {
  const w = widget();
  w.talking();
  w.store.say("and one more");
  const first = w.s().of("send").at(-1);
  w.s().says({ type: "nack", cmid: first?.["cmid"], code: "closed", retry: "never" });
  const second = w.s().of("send").at(-1);
  assert.deepEqual([second?.["c"], second?.["body"]], [undefined, { text: "and one more" }]);
  assert.notEqual(second?.["cmid"], first?.["cmid"]);
});

test("typing: on every 3 s, off after 4 s of quiet or with the message, and only for a person", () => {
  const w = widget();
  w.talking();
  w.store.type("h");
  assert.equal(w.s().of("typing").length, 0);
  w.ev(2, "claimed", { agent: { kind: "agent", id: "a1" } }, "agent");
  for (let n = 0; n < 8; n += 1) {
    w.store.type("h".repeat(n + 1));
    w.pass(500);
  }
  assert.deepEqual(w.s().of("typing").map((frame) => frame["on"]), [true, true]);
  w.pass(4_000);
  assert.deepEqual(w.s().of("typing").map((frame) => frame["on"]), [true, true, false]);
  w.store.type("x");
  w.store.say("x");
  assert.deepEqual(w.s().of("typing").map((frame) => frame["on"]), [true, true, false, true, false]);
});

test("typing of the other side goes out by itself, and with their words", () => {
  const w = widget();
  w.talking();
  w.s().says({ type: "typing", c: "c1", from: { kind: "agent" }, on: true });
  assert.ok(w.store.get().typing);
  w.pass(6_000);
  assert.equal(w.store.get().typing, null);
});

test("read is told only while somebody looks, and once", () => {
  const w = widget();
  w.eyes.open = false;
  w.talking();
  w.ev(2, "text", { text: "there?" }, "agent");
  assert.deepEqual(w.s().of("read"), []);
  w.eyes.open = true;
  w.store.seenNow();
  w.store.seenNow();
  assert.deepEqual(w.s().of("read").map((frame) => frame["seq"]), [2]);
});

test("superseded by a copy of this tab: a device of its own, and back", () => {
  const w = widget();
  w.talking();
  const before = w.s().of("hello")[0]?.["device"];
  w.s().dies(4504);
  w.s().opened();
  assert.notEqual(w.s().of("hello")[0]?.["device"], before);
});

test("a token that is not known any more: once as a new visitor, then stop", () => {
  const w = widget();
  w.talking();
  w.s().dies(4501);
  w.s().opened();
  assert.equal(w.s().of("hello")[0]?.["token"], undefined);
  w.s().dies(4501);
  assert.equal(w.store.get().line.type, "stopped");
});

test("an ended talk is shown again for a while, then a visit begins afresh", () => {
  for (const [age, shown] of [[60_000, true], [3_600_000, false]] as const) {
    const local = memory();
    local.setItem("deskbell:demo", JSON.stringify({ token: "tok", epoch: "e1", c: "c1" }));
    const w = widget({ local });
    w.store.open();
    w.welcome([listed("closed", { updated_at: 1_000_000 - age })]);
    assert.equal(w.store.get().log !== null, shown);
    assert.equal(w.store.get().screen, shown ? "talk" : "home");
  }
});

test("started over: the old one ends, and a reload does not bring it back", () => {
  const local = memory();
  const w = widget({ local });
  w.talking();
  w.store.startOver();
  assert.equal(w.s().of("end")[0]?.["c"], "c1");
  w.ev(2, "closed", { reason: "visitor" }, "visitor");
  assert.equal(w.store.get().log, null, "its end does not bring it back either");
  const after = widget({ local });
  after.store.open();
  after.welcome([listed("closed")]);
  assert.equal(after.store.get().log, null);
});

test("shut without a word said: the line is let go", () => {
  const w = widget();
  w.store.open();
  w.welcome();
  w.store.close();
  assert.equal(w.s().closed, 1000);
});

test("storage that throws is memory", () => {
  const blocked = storage(() => {
    throw new Error("SecurityError");
  });
  blocked.setItem("a", "1");
  assert.equal(blocked.getItem("a"), "1");
  blocked.removeItem("a");
  assert.equal(blocked.getItem("a"), null);
  const w = widget({ local: blocked, session: blocked });
  w.talking();
  assert.equal(w.store.get().log?.last, 1);
});

test("a killed tab: the next visit finds what was not sent, also the first words of all, and sends it once", () => {
  const local = memory();
  const before = widget({ local });
  before.store.open();
  before.welcome();
  before.store.say("one");
  const cmid = before.s().of("send")[0]?.["cmid"];
  // Nothing is said goodbye to: the tab is gone, its lease runs out.
  const after = widget({ local });
  after.pass(200_000);
  after.store.connect();
  after.welcome();
  assert.deepEqual(after.s().of("send"), []);
  after.pass(10_000);
  assert.deepEqual(after.s().of("send").map((frame) => [frame["cmid"], frame["c"]]), [[cmid, undefined]]);
  after.ack(1);
  assert.equal(after.store.get().log?.c, "c1");
  after.store.rest();
  assert.equal([...local.held.keys()].some((key) => key.includes(":outbox:")), false);
});

test("two tabs that begin at the same time are one visitor", () => {
  const local = memory();
  const [one, two] = [widget({ local }), widget({ local })];
  one.store.open();
  two.store.open();
  one.s().opened();
  two.s().opened();
  const hello = { type: "welcome", session: "s", epoch: "e1", now: 0, heartbeat_ms: 25_000, limits: {}, conversations: [] };
  one.s().says({ ...hello, token: "first" });
  two.s().says({ ...hello, token: "second" });
  two.s().opened();
  assert.equal(two.s().of("hello")[0]?.["token"], "first");
  assert.equal(JSON.parse(local.getItem("deskbell:demo") ?? "{}").token, "first");
});

test("first words that wait here go to the conversation that another tab has opened meanwhile", () => {
  const w = widget();
  w.store.open();
  w.store.say("me too");
  w.welcome([listed()]);
  assert.deepEqual([w.store.get().log?.c, w.s().of("send")[0]?.["c"]], ["c1", "c1"]);
});

test("but not where they may be stored already", () => {
  const w = widget();
  w.store.open();
  w.store.say("stored?");
  w.welcome();
  w.s().dies(1006);
  w.pass(1_000);
  w.welcome([listed()]);
  assert.deepEqual(w.s().of("send").map((frame) => frame["c"]), [undefined]);
});

test("a new conversation of another tab takes the place of one that is over", () => {
  const w = widget();
  w.talking();
  w.ev(2, "closed", {}, "system");
  w.s().says({ type: "ev", c: "c2", seq: 1, prev: 0, mid: "n1", at: 9, from: { kind: "visitor" }, kind: "text", body: { text: "again" } });
  assert.deepEqual([w.store.get().log?.c, w.store.get().log?.last, w.store.get().status.state], ["c2", 1, "bot"]);
});

for (const reason of ["epoch", "ahead", "too_far", "gone"] as const) {
  test(`resync ${reason}: what was not sent goes out all the same, and what was acked and is lost goes again`, () => {
    const w = widget();
    w.talking();
    w.store.say("acked");
    w.ack(2);
    w.store.say("waits");
    const [, acked, waits] = w.s().of("send").map((frame) => frame["cmid"]);
    w.s().dies(1006);
    w.pass(1_000);
    w.welcome([listed("bot", { head: reason === "too_far" ? 900 : 1 })]);
    w.s().says({ type: "resync", c: "c1", reason, head: reason === "too_far" ? 900 : 1 });
    for (let sent = 0; sent < 2; sent += 1) if (w.s().of("send")[sent]) w.s().says({ type: "ack", cmid: w.s().of("send")[sent]?.["cmid"], c: reason === "gone" ? "c2" : "c1", mid: "m", seq: 9, at: 9, dup: false });
    const sent = w.s().of("send").map((frame) => frame["cmid"]);
    assert.deepEqual(new Set(sent), new Set(reason === "too_far" ? [waits] : [acked, waits]));
    assert.equal(w.s().of("send").at(-1)?.["c"], reason === "gone" ? "c2" : "c1");
  });
}

test("a conversation that is not there: the words open another, and are not lost in the old one", () => {
  const w = widget();
  w.talking();
  w.store.say("one");
  const cmid = w.s().of("send").at(-1)?.["cmid"];
  w.s().says({ type: "nack", cmid, code: "not_found", retry: "never" });
  assert.deepEqual([w.s().of("send").at(-1)?.["cmid"], w.s().of("send").at(-1)?.["c"]], [cmid, undefined]);
});

test("what another tab left for a conversation that has ended goes to the one that is talked in now", () => {
  const local = memory([["deskbell:demo:outbox:gone", JSON.stringify([{ cmid: "00000000-0000-4000-8000-000000000001", c: "c0", kind: "text", body: { text: "old" }, at: 1, delivery: { type: "queued" } }])]]);
  const w = widget({ local });
  w.talking();
  w.pass(10_000);
  const old = w.s().of("send").at(-1);
  assert.deepEqual([old?.["c"], old?.["body"]], ["c0", { text: "old" }]);
  w.s().says({ type: "nack", cmid: old?.["cmid"], code: "closed", retry: "never" });
  assert.deepEqual([w.s().of("send").at(-1)?.["c"], w.store.get().log?.c], ["c1", "c1"]);
});

test("refused for good: shown as failed with its reason until it is tried again or thrown away", () => {
  const w = widget();
  w.talking();
  for (const text of ["a", "b"]) {
    w.store.say(text);
    w.s().says({ type: "nack", cmid: w.s().of("send").at(-1)?.["cmid"], code: "too_large", retry: "never" });
  }
  const [a, b] = w.store.get().outbox.items;
  assert.deepEqual([a?.delivery, b?.delivery], [{ type: "failed", code: "too_large" }, { type: "failed", code: "too_large" }]);
  w.store.discard(b?.cmid ?? "");
  w.store.retry(a?.cmid ?? "");
  assert.equal(w.s().of("send").at(-1)?.["cmid"], a?.cmid);
});

test("refused for now: sent again after the pause, and nothing overtakes it", () => {
  const w = widget();
  w.talking();
  w.store.say("a");
  w.store.say("b");
  const first = w.s().of("send").at(-1)?.["cmid"];
  w.s().says({ type: "nack", cmid: first, code: "storage", retry: "later", after_ms: 3_000 });
  const before = w.s().of("send").length;
  w.pass(2_900);
  assert.equal(w.s().of("send").length, before);
  w.pass(200);
  assert.deepEqual(w.s().of("send").slice(before).map((frame) => frame["cmid"]), [first]);
  w.ack(2);
  assert.deepEqual(w.s().of("send").at(-1)?.["body"], { text: "b" });
});

test("a person that was asked for is asked for again when the line was lost before the answer", () => {
  const w = widget();
  w.talking();
  w.store.askPerson();
  w.s().dies(1006);
  w.pass(1_000);
  w.welcome([listed("bot", { head: 1 })]);
  assert.equal(w.s().of("handoff").length, 1);
  w.s().dies(1006);
  w.pass(1_000);
  w.welcome([listed("waiting", { head: 2 })]);
  w.ev(2, "handoff", { reason: "asked", priority: "normal" });
  assert.equal(w.s().of("handoff").length, 0, "it had been heard");
});

test("too many tabs: stopped until somebody tries again", () => {
  const w = widget();
  w.store.open();
  w.s().opened();
  w.s().dies(4508);
  w.pass(600_000);
  w.store.wake();
  assert.equal(w.sockets.length, 1);
  w.store.tryNow();
  assert.equal(w.sockets.length, 2);
});

test("put away and brought back: the line is let go, and taken up where it was", () => {
  const w = widget();
  w.talking();
  w.store.rest();
  assert.equal(w.s().closed, 1000);
  w.pass(3_600_000);
  assert.equal(w.sockets.length, 1);
  w.store.wake();
  w.s().opened();
  assert.deepEqual(w.s().of("hello")[0]?.["resume"], [{ c: "c1", epoch: "e1", seq: 1 }]);
});

test("logged out in one tab, logged out in all, with everything that was not sent", () => {
  const local = memory();
  const [one, two] = [widget({ local }), widget({ local })];
  one.talking();
  two.store.open();
  two.welcome();
  two.store.say("unsent");
  one.store.logout();
  two.store.elsewhere("deskbell:demo", null);
  assert.deepEqual([two.store.get().log, two.store.get().outbox.items, two.s().closed], [null, [], 1000]);
  assert.deepEqual([...local.held.keys()].filter((key) => !key.includes(":tab:")), []);
});

test("a token that is refused takes nothing unsent with it", () => {
  const w = widget();
  w.talking();
  w.store.say("unsent");
  w.s().dies(4501);
  w.welcome([], { token: "new" });
  assert.deepEqual([w.s().of("send").length, w.s().of("send")[0]?.["c"]], [1, undefined]);
});

test("a refused rating is no message that waits", () => {
  const w = widget();
  w.talking();
  w.store.rate(5, "", 1);
  w.s().says({ type: "nack", cmid: w.s().of("send").at(-1)?.["cmid"], code: "not_found", retry: "never" });
  assert.deepEqual(w.store.get().outbox.items, []);
});

test("words that were there before the tab had its name are kept too", () => {
  const local = memory();
  const session = memory();
  const before = widget({ local, session });
  before.store.say("asked by the page");
  before.store.rest();
  const after = widget({ local, session });
  after.store.connect();
  after.welcome();
  assert.deepEqual(after.s().of("send").map((frame) => frame["body"]), [{ text: "asked by the page" }]);
});

test("first words that another tab left go to the conversation there is, unless they may have opened one", () => {
  const left = (n: number, tried: boolean): string => JSON.stringify([{ cmid: `00000000-0000-4000-8000-00000000000${n}`, c: null, kind: "text", body: { text: `left ${n}` }, at: n, tried, delivery: { type: "queued" } }]);
  for (const tried of [false, true]) {
    const w = widget({ local: memory([["deskbell:demo:outbox:gone", left(1, tried)]]) });
    w.talking();
    w.store.show("home");
    w.pass(10_000);
    assert.deepEqual([w.s().of("send").at(-1)?.["body"], w.s().of("send").at(-1)?.["c"]], [{ text: "left 1" }, tried ? undefined : "c1"]);
    assert.equal(w.store.get().screen, "home", "nobody is moved by what arrives");
  }
});

test("what another tab left and has arrived all the same is not sent again, and waits for nothing", () => {
  const local = memory();
  const w = widget({ local });
  w.talking();
  const cmid = w.s().of("send")[0]?.["cmid"];
  local.setItem("deskbell:demo:outbox:gone", JSON.stringify([{ cmid, c: "c1", kind: "text", body: { text: "hi" }, at: 1, tried: true, delivery: { type: "queued" } }]));
  w.pass(30_000);
  assert.deepEqual([w.s().of("send").length, w.store.get().outbox.items.length], [1, 0]);
});

test("until it is agreed to nothing leaves and nothing is kept; then what waited goes", () => {
  const local = memory();
  const session = memory();
  const w = widget({ local, session, settings: { consent: { en: "We keep it." } } });
  w.store.open();
  w.store.type("hi");
  w.store.say("hi");
  assert.equal(w.store.get().asking, "consent");
  w.store.decline();
  assert.deepEqual([w.store.get().asking, w.store.get().draft], [null, "hi"]);
  w.store.say("hi");
  assert.deepEqual([w.sockets.length, local.held.size, session.held.size], [0, 0, 0]);
  w.store.agree();
  w.welcome();
  assert.deepEqual(w.s().of("send").map((frame) => frame["body"]), [{ text: "hi" }]);
  assert.deepEqual([w.store.get().asking, w.store.get().draft], [null, ""]);
  const next = widget({ local, settings: { consent: { en: "We keep it." } } });
  next.store.open();
  assert.equal(next.sockets.length, 1, "asked once");
});

test("a name is asked before the first message, and known in the next conversation", () => {
  const w = widget({ settings: { prechat: { fields: ["name", "email"], when: "start" } } });
  w.store.open();
  w.welcome();
  w.store.say("hi");
  assert.equal(w.store.get().asking, "prechat");
  const contact = { name: "Mara", email: "mara@mail.example" };
  w.store.held.set({ contact });
  w.store.goesOn();
  const sent = (): unknown[] => w.s().of("send").map((frame) => frame["body"]);
  assert.deepEqual(sent(), [{ fields: contact }]);
  w.ack(1);
  w.ack(2);
  assert.deepEqual(sent(), [{ fields: contact }, { text: "hi" }]);
  w.store.say("more");
  assert.deepEqual(sent().at(-1), { text: "more" }, "told once");
  const known = widget({ settings: { prechat: { fields: ["name"], when: "start" } } });
  known.store.open();
  known.welcome();
  known.store.identify("jwt");
  known.store.say("hi");
  assert.equal(known.store.get().asking, null, "the site has said who it is");
});

test("only before a person is called, where it is asked then", () => {
  const w = widget({ settings: { prechat: { fields: ["email"], when: "handoff" } } });
  w.store.open();
  w.welcome();
  w.store.say("hi");
  assert.equal(w.store.get().asking, null);
  w.store.askPerson();
  assert.equal(w.store.get().asking, "prechat");
});

test("out of the line, back to the bot", () => {
  const w = widget();
  w.talking();
  w.ev(2, "handoff", { reason: "asked", priority: "normal" });
  w.store.leaveLine();
  assert.deepEqual(w.s().of("handoff").at(-1), { type: "handoff", rid: w.s().of("handoff").at(-1)?.["rid"], c: "c1", on: false });
  w.ev(3, "released", { to: "bot" }, "visitor");
  assert.equal(w.store.get().status.state, "bot");
});

test("erased here or elsewhere: nobody any more, and nothing is kept until something is said", () => {
  const w = widget();
  w.talking();
  w.s().dies(4509);
  assert.deepEqual([w.store.get().outcome, w.store.get().screen, w.store.get().log, w.store.token()], ["erased", "home", null, null]);
  w.pass(60_000);
  assert.equal(w.sockets.length, 1);
  w.store.say("again");
  assert.equal(w.sockets.length, 2);
  w.s().opened();
  assert.equal(w.s().of("hello")[0]?.["token"], undefined);
});

test("what was left is among the conversations of before", () => {
  const w = widget();
  w.store.open();
  w.welcome([listed("closed", { c: "c0", preview: "old" })]);
  w.store.say("hi");
  w.ack(1);
  w.ev(1, "text", { text: "hi" }, "visitor", { cmid: w.s().of("send")[0]?.["cmid"] });
  w.store.startOver();
  assert.deepEqual(w.store.get().past.map((one) => [one.c, one.preview]), [["c1", "hi"], ["c0", "old"]]);
});

test("what is typed is shown to agents only where the site says so", () => {
  for (const typingPreview of [false, true]) {
    const w = widget({ settings: { typingPreview } });
    w.talking();
    w.ev(2, "claimed", { agent: { kind: "agent", id: "a1", name: "Lena" } }, "agent");
    w.store.type("half a thought");
    assert.equal(w.s().of("typing")[0]?.["preview"], typingPreview ? "half a thought" : undefined);
    // The last letters before a pause are told as well, at most once a second.
    w.store.type("half a thought, ");
    w.store.type("half a thought, and the other");
    w.pass(999);
    assert.equal(w.s().of("typing").length, 1);
    w.pass(1);
    assert.deepEqual(w.s().of("typing").slice(1).map((frame) => frame["preview"]), typingPreview ? ["half a thought, and the other"] : []);
  }
});
