import assert from "node:assert/strict";
import { test } from "node:test";

import { isAddress } from "../src/address.ts";
import { receive, startLog } from "../src/log.ts";
import { emptyOutbox } from "../src/outbox.ts";
import type { Ev } from "../src/protocol.ts";
import { isBlank, lastWords } from "../src/said.ts";
import { textIn } from "../src/settings.ts";
import { heldBack } from "../src/storage.ts";
import { formText, timeline, type Turn } from "../src/timeline.ts";
import { memory } from "./world.ts";

const ev = (seq: number, from: string, kind: string, body: object): Ev => ({ c: "c1", seq, prev: seq - 1, mid: `m${seq}`, at: seq, from: { kind: from }, kind, body }) as Ev;
const turns = (...events: Ev[]): readonly Turn[] => timeline({ log: receive(startLog("c1"), events), outbox: emptyOutbox, live: true, seen: 0 }).filter((row): row is Turn => row.type === "turn");

test("what has nothing to be seen is nothing", () => {
  for (const text of ["", " \n", "\u200b\u200d\u2060\ufeff", "\u202e\u2066", "\u3164 \u2800"]) assert.ok(isBlank(text), JSON.stringify(text));
  for (const text of ["a", "\u200ba", "👩‍💻", "。", "٣"]) assert.ok(!isBlank(text), text);
});

test("emoji alone are large, anything beside them is not", () => {
  const large = (text: string): boolean => turns(ev(1, "visitor", "text", { text })).some((turn) => turn.emoji);
  for (const text of ["😀", "👍🏽 🎉", "👩‍👩‍👧‍👦", "🇩🇪", "❤️", "1️⃣"]) assert.ok(large(text), text);
  for (const text of ["", "12", "ok 👍", "😀".repeat(7), "#"]) assert.ok(!large(text), text);
});

test("what only says that somebody comes is not rated", () => {
  const answer = (seq: number): Ev => ev(seq, "bot", "answer", { text: "a", options: [] });
  assert.deepEqual(turns(answer(1), answer(2), ev(3, "bot", "handoff", {})).map((turn) => turn.ratable), [true, false]);
});

test("a form shows what was filled in, the name first", () => {
  assert.equal(formText({ email: "a@b.example", name: "Mara" }), "Mara\na@b.example");
  assert.equal(turns(ev(1, "visitor", "text", { text: "a@b.example", fields: { email: "a@b.example", name: "Mara" } }))[0]?.text, "Mara\na@b.example");
});

test("last words are on one line and bare", () => {
  assert.equal(lastWords([ev(1, "bot", "text", { text: "**Hi**\n\nthere" }), ev(2, "bot", "handoff", {})]), "Hi there");
  assert.equal(lastWords([]), "");
});

test("addresses", () => {
  for (const good of ["a@b.de", "mara.lind+x@mail.example"]) assert.ok(isAddress(good), good);
  for (const bad of ["", "mara@", "a@b", "a b@c.de", "a@b.c", `${"x".repeat(250)}@a.de`]) assert.ok(!isAddress(bad), bad);
});

test("what is held back is read, and written down once it may be", () => {
  const real = memory([["old", "1"]]);
  const held = heldBack(real);
  held.setItem("new", "2");
  assert.deepEqual([held.getItem("old"), held.getItem("new"), [...held.keys()].sort(), [...real.held.keys()]], ["1", "2", ["new", "old"], ["old"]]);
  held.removeItem("new");
  held.setItem("kept", "3");
  held.release();
  held.setItem("after", "4");
  assert.deepEqual([...real.held], [["old", "1"], ["kept", "3"], ["after", "4"]]);
});

test("words of the shop: of the language, of its first one, or any", () => {
  assert.equal(textIn(undefined, ["en"]), undefined);
  assert.equal(textIn({ de: "d", en: "e" }, ["en-GB", "de"]), "e");
  assert.equal(textIn({ xx: "x", de: "d" }, ["fr", "de"]), "d");
  assert.equal(textIn({ de: "d", en: "e" }, ["fr"]), "d");
});
