import assert from "node:assert/strict";
import { test } from "node:test";

import { acked, add, emptyOutbox, frameOf, lineLost, load, nacked, newCmid, next, reconcile, remove, retry, save, sending, type Outbox, type StorageLike } from "../src/outbox.ts";
import type { Ev } from "../src/protocol.ts";

function write(box: Outbox, cmid: string, c: string | null = null): Outbox {
  return add(box, { cmid, c, kind: "text", body: { text: cmid }, at: 0 });
}

function memory(): StorageLike & { held: Map<string, string> } {
  const held = new Map<string, string>();
  return { held, getItem: (key) => held.get(key) ?? null, setItem: (key, value) => void held.set(key, value), removeItem: (key) => void held.delete(key) };
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

test("a reload loses nothing and sends again what was under way", () => {
  const storage = memory();
  save(sending(write(write(emptyOutbox, "a"), "b"), "a"), storage, "k");
  const box = load(storage, "k");
  assert.deepEqual(box.items.map((item) => [item.cmid, item.delivery.type]), [["a", "queued"], ["b", "queued"]]);
  save(acked(sending(box, "a"), ack("a")), storage, "k");
  assert.deepEqual(load(storage, "k").items.map((item) => [item.cmid, item.c]), [["b", "c1"]]);
  save(emptyOutbox, storage, "k");
  assert.equal(storage.held.size, 0);
});

test("storage that is broken, blocked or missing is an empty outbox", () => {
  const blocked: StorageLike = { getItem: () => { throw new Error("no"); }, setItem: () => { throw new Error("no"); }, removeItem: () => { throw new Error("no"); } };
  save(write(emptyOutbox, "a"), blocked, "k");
  assert.deepEqual(load(blocked, "k"), emptyOutbox);
  assert.deepEqual(load(null, "k"), emptyOutbox);
  const storage = memory();
  for (const junk of ["{", "7", "[1,{}]", "null"]) {
    storage.setItem("k", junk);
    assert.deepEqual(load(storage, "k").items, [], junk);
  }
});

test("names are UUIDs, each another", () => {
  const names = new Set(Array.from({ length: 100 }, newCmid));
  assert.equal(names.size, 100);
  for (const name of names) assert.match(name, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
