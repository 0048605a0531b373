import assert from "node:assert/strict";
import { test } from "node:test";

import { acked, add, carryOver, dataLost, emptyOutbox, frameOf, join, lineLost, nacked, newCmid, next, pack, reconcile, redirect, remove, retry, sending, unpack, type Item, type Outbox } from "../src/outbox.ts";
import type { Ev } from "../src/protocol.ts";

function write(box: Outbox, cmid: string, c: string | null = null): Outbox {
  return add(box, { cmid, c, kind: "text", body: { text: cmid }, at: 0 });
}

const ack = (cmid: string, c = "c1") => ({ type: "ack", cmid, c, mid: "m", seq: 3, at: 9, dup: false }) as const;

test("one at a time, in order, and the later ones learn the new conversation's id", () => {
  let box = write(write(emptyOutbox, "a"), "b");
  const first = next(box, 0);
  assert.deepEqual(first && frameOf(first, 0), { type: "send", cmid: "a", kind: "text", body: { text: "a" } });
  box = sending(box, "a");
  assert.equal(next(box, 0), null);
  box = acked(box, ack("a"));
  const second = next(box, 0);
  assert.deepEqual(second && frameOf(second, 7), { type: "send", c: "c1", cmid: "b", kind: "text", body: { text: "b" }, seen: 7 });
});

test("after a lost line the same one goes again under the same name", () => {
  let box = sending(write(emptyOutbox, "a"), "a");
  box = lineLost(box);
  assert.equal(next(box, 0)?.cmid, "a");
});

test("`later` pauses everything, in order; `never` steps aside", () => {
  let box = sending(write(write(emptyOutbox, "a"), "b"), "a");
  box = nacked(box, { type: "nack", cmid: "a", code: "rate", retry: "later", after_ms: 500 }, 100);
  assert.equal(next(box, 599), null);
  assert.equal(next(box, 600)?.cmid, "a");
  box = nacked(sending(box, "a"), { type: "nack", cmid: "a", code: "too_large", retry: "never" }, 700);
  assert.deepEqual(box.items[0]?.delivery, { type: "failed", code: "too_large" });
  assert.equal(next(box, 700)?.cmid, "b");
});

test("trying again keeps the name, but for one that is taken", () => {
  const failed = (code: "invalid" | "cmid_conflict") => nacked(write(emptyOutbox, "a"), { type: "nack", cmid: "a", code, retry: "never" }, 0);
  assert.equal(next(retry(failed("invalid"), "a", "z"), 0)?.cmid, "a");
  assert.equal(next(retry(failed("cmid_conflict"), "a", "z"), 0)?.cmid, "z");
  assert.deepEqual(remove(failed("invalid"), "a").items, []);
});

test("what has arrived in the log leaves", () => {
  const box = acked(sending(write(emptyOutbox, "a"), "a"), ack("a"));
  assert.equal(box.items.length, 1);
  assert.equal(reconcile(box, []), box);
  assert.deepEqual(reconcile(box, [{ cmid: "a" } as Ev]).items, []);
});

test("what is acked and lies before what is held of the log leaves too", () => {
  const box = acked(sending(write(emptyOutbox, "a", "c1"), "a"), ack("a"));
  assert.equal(reconcile(box, [], { c: "c1", last: 2 }).items.length, 1);
  assert.equal(reconcile(box, [], { c: "c2", last: 9 }).items.length, 1);
  assert.equal(reconcile(box, [], { c: "c1", last: 3 }).items.length, 0);
});

test("a reload loses nothing and sends again what was under way, and knows that it did before", () => {
  const box = sending(write(write(emptyOutbox, "a"), "b"), "a");
  assert.deepEqual(unpack(pack(box)).map((item) => [item.cmid, item.delivery.type, item.tried ?? false]), [["a", "queued", true], ["b", "queued", false]]);
  assert.deepEqual(unpack(pack(acked(box, ack("a")))).map((item) => [item.cmid, item.c]), [["b", "c1"]]);
  assert.equal(pack(emptyOutbox), null);
});

test("what cannot be read is nothing", () => {
  for (const junk of ["{", "7", "[1,{}]", "null", "", null]) assert.deepEqual(unpack(junk), [], String(junk));
});

test("two outboxes become one, in the order of writing, each message once", () => {
  const item = (cmid: string, at: number): Item => ({ cmid, c: "c1", kind: "text", body: { text: cmid }, at, delivery: { type: "queued" } });
  const box = join({ items: [item("b", 2), item("d", 4)], notBefore: 0 }, [item("a", 1), item("b", 2), item("c", 3)]);
  assert.deepEqual(box.items.map(({ cmid }) => cmid), ["a", "b", "c", "d"]);
});

test("data that the server lost: what it had acked goes again", () => {
  const box = dataLost(acked(sending(write(emptyOutbox, "a"), "a"), ack("a")));
  assert.equal(next(box, 0)?.cmid, "a");
});

test("what is said after the end goes elsewhere, in its place, under a name that two tabs would both choose", () => {
  const first = "00000000-0000-4000-8000-0000ffffffff";
  const box = write(write(emptyOutbox, first, "c1"), "b", "c1");
  const moved = carryOver(box, first, null);
  assert.deepEqual(moved.items.map(({ cmid, c }) => [cmid, c]), [["00000000-0000-4000-8000-000000000000", null], ["b", "c1"]]);
  assert.deepEqual(carryOver(box, first, null), moved);
  assert.deepEqual(redirect(box, "c1", "c2").items.map(({ cmid, c }) => [cmid, c]), [[first, "c2"], ["b", "c2"]]);
});

test("names are UUIDs, each another", () => {
  const names = new Set(Array.from({ length: 100 }, newCmid));
  assert.equal(names.size, 100);
  for (const name of names) assert.match(name, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
