import assert from "node:assert/strict";
import { test } from "node:test";

import { receive, startLog } from "../src/log.ts";
import { acked, add, emptyOutbox, nacked, sending } from "../src/outbox.ts";
import type { Ev } from "../src/protocol.ts";
import { plainText } from "../src/markdown.ts";
import { initials } from "../src/face.tsx";
import { atFirst, fold } from "../src/status.ts";
import { timeline, type Row } from "../src/timeline.ts";
import { transcript } from "../src/transcript.ts";

const NOON = new Date(2026, 10, 21, 12).getTime();
const MINUTE = 60_000;

type Told = [from: "visitor" | "bot" | "agent" | "system", kind: string, body: object, minutes: number];

function log(told: Told[]) {
  return receive(
    startLog("c1"),
    told.map(([from, kind, body, minutes], at) => ({ c: "c1", seq: at + 1, prev: at, mid: `m${at + 1}`, at: NOON + minutes * MINUTE, from: { kind: from, ...(from === "agent" ? { name: "Lena Moser" } : {}) }, kind, body }) as Ev),
  );
}

/** Who speaks, `+` for a turn that joins the one before, `*` for a named one, and the mark. */
function show(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      if (row.type === "day") return "day";
      if (row.type === "line") return row.ev.kind;
      return `${row.speaker[0]}${row.again ? "+" : ""}${row.named ? "*" : ""}${row.mark ? `:${row.mark.type}` : ""}`;
    })
    .join(" ");
}

const text = (words: string) => ({ text: words });

const cases: { name: string; told: Told[]; seen?: number; rows: string }[] = [
  { name: "a name once while a speaker stays", told: [["visitor", "text", text("a"), 0], ["bot", "text", text("b"), 0], ["bot", "text", text("c"), 1], ["visitor", "text", text("d"), 2], ["bot", "text", text("e"), 2]], rows: "day v b* b+ v b" },
  { name: "a name again after a pause", told: [["bot", "text", text("a"), 0], ["visitor", "text", text("b"), 6], ["bot", "text", text("c"), 7]], rows: "day b* v b*" },
  { name: "midnight", told: [["bot", "text", text("a"), 0], ["bot", "text", text("b"), 13 * 60]], rows: "day b* day b*" },
  { name: "an answer is mark enough", told: [["visitor", "text", text("a"), 0], ["bot", "text", text("b"), 0]], rows: "day v b*" },
  { name: "no answer yet", told: [["visitor", "text", text("a"), 0]], rows: "day v:sent" },
  { name: "with a person: seen up to there, sent after", told: [["agent", "claimed", { agent: { kind: "agent" } }, 0], ["agent", "text", text("a"), 0], ["visitor", "text", text("b"), 1], ["visitor", "text", text("c"), 1], ["visitor", "text", text("d"), 1]], seen: 3, rows: "day claimed a* v:seen v+ v+:sent" },
  { name: "on after the end", told: [["bot", "text", text("a"), 0], ["visitor", "closed", {}, 1], ["visitor", "reopened", { to: "queue" }, 2], ["agent", "text", text("b"), 3]], rows: "day b* closed reopened a*" },
  { name: "ratings are not turns", told: [["bot", "answer", { ...text("a"), options: [] }, 0], ["visitor", "rating", { score: 5, about: 1 }, 0]], rows: "day b*" },
];

for (const { name, told, seen = 0, rows } of cases) {
  test(`timeline: ${name}`, () => assert.equal(show(timeline({ log: log(told), outbox: emptyOutbox, live: true, seen })), rows));
}

test("options stand only under the last words, until something is said", () => {
  const options = [{ id: "a", label: "A" }, { id: "none", label: "None of these" }];
  const told: Told[] = [["bot", "clarify", { text: "?", options }, 0]];
  const turns = (given: Told[], outbox = emptyOutbox) => timeline({ log: log(given), outbox, live: true, seen: 0 }).flatMap((row) => (row.type === "turn" ? [row.options.length] : []));
  assert.deepEqual(turns(told), [2]);
  assert.deepEqual(turns([...told, ["visitor", "text", text("A"), 0]]), [0, 0]);
  assert.deepEqual(turns(told, add(emptyOutbox, { cmid: "x", c: "c1", kind: "choice", body: { option: "a" }, label: "A", at: NOON })), [0, 0]);
});

test("what waits to be sent stands at the end, under its own name, and is shown once", () => {
  let box = add(emptyOutbox, { cmid: "x", c: "c1", kind: "text", body: { text: "hi" }, at: NOON + MINUTE });
  const told: Told[] = [["bot", "text", text("a"), 0]];
  const rows = (live = true, given = log(told)) => timeline({ log: given, outbox: box, live, seen: 0 });
  assert.equal(show(rows()), "day b* v:sending");
  assert.equal(show(rows(false)), "day b* v:waiting");
  box = sending(box, "x");
  box = acked(box, { type: "ack", cmid: "x", c: "c1", mid: "m2", seq: 2, at: 0, dup: false });
  assert.equal(show(rows()), "day b* v:sent");
  const arrived = receive(log(told), [{ c: "c1", seq: 2, prev: 1, mid: "m2", at: NOON + MINUTE, from: { kind: "visitor" }, kind: "text", body: { text: "hi", options: [] }, cmid: "x" }]);
  assert.deepEqual(rows(true, arrived).map((row) => row.key).filter((key) => key === "x"), ["x"]);
  box = nacked(box, { type: "nack", cmid: "x", code: "invalid", retry: "never" }, 0);
  assert.equal(show(rows()), "day b* v:failed");
});

test("a thumb is remembered, also before it is stored", () => {
  const told: Told[] = [["bot", "answer", { ...text("a"), options: [] }, 0]];
  const thumb = (given: Told[], outbox = emptyOutbox) => timeline({ log: log(given), outbox, live: true, seen: 0 }).flatMap((row) => (row.type === "turn" ? [row.thumb] : []));
  assert.deepEqual(thumb(told), [null]);
  assert.deepEqual(thumb([...told, ["visitor", "rating", { score: 5, about: 1 }, 0]]), [5]);
  assert.deepEqual(thumb(told, add(emptyOutbox, { cmid: "x", c: "c1", kind: "rating", body: { score: 1, about: 1 }, at: 0 })), [1]);
});

test("initials", () => {
  for (const [name, letters] of [["Lena Moser", "LM"], ["Lena", "L"], ["  émile  van der  Zee ", "ÉZ"], ["", ""], ["李 雷", "李雷"]] as const) assert.equal(initials(name), letters);
});

test("the transcript has words, not Markdown", () => {
  const rows = timeline({ log: log([["visitor", "text", text("**hi**"), 0], ["bot", "text", text("**Hello** [you](https://x.y)"), 0], ["agent", "claimed", {}, 1], ["agent", "text", text("Hi"), 1]]), outbox: emptyOutbox, live: true, seen: 0 });
  const words = { title: "T", you: "You", bot: "Assistant", line: () => "joined", day: () => "Today", clock: () => "12:00", plain: plainText };
  assert.equal(transcript(rows, words), "T\n\n-- Today --\n[12:00] You: **hi**\n[12:00] Assistant: Hello you\n* joined\n[12:00] Lena Moser: Hi\n");
});

test("whoever goes on after the end may tap again, and has whom the entry says", () => {
  const option = { id: "o", label: "O" };
  const told: Told[] = [["bot", "closed", {}, 0], ["visitor", "reopened", { to: "bot" }, 1], ["bot", "text", { text: "a", options: [option] }, 2]];
  const rows = timeline({ log: log(told), outbox: emptyOutbox, live: true, seen: 0 });
  assert.deepEqual(rows.findLast((row) => row.type === "turn")?.options, [option]);
  const to = (from: "visitor" | "agent", to: string) => log([["bot", "closed", {}, 0], [from, "reopened", { to }, 1]]).entries.reduce(fold, atFirst);
  assert.equal(to("visitor", "queue").state, "waiting");
  assert.equal(to("visitor", "bot").state, "bot");
  assert.deepEqual([to("agent", "agent").state, to("agent", "agent").agent?.name], ["assigned", "Lena Moser"]);
});
