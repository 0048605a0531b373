import assert from "node:assert/strict";
import { test } from "node:test";

import { missingAfter, prepend, receive, startLog } from "../src/log.ts";
import type { Ev } from "../src/protocol.ts";

/** `seq` alone follows the one before it; `[seq, prev]` skips what this reader may not see. */
function ev(place: number | [number, number], c = "c1"): Ev {
  const [seq, prev] = typeof place === "number" ? [place, place - 1] : place;
  return { c, seq, prev, mid: `m${seq}`, at: seq, from: { kind: "bot" }, kind: "note", body: { text: "" } };
}

const seqs = (events: readonly Ev[]): number[] => events.map((entry) => entry.seq);

const cases: { name: string; come: (number | [number, number])[]; shown: number[]; ahead?: number[]; missing?: number | null }[] = [
  { name: "in order", come: [1, 2, 3], shown: [1, 2, 3] },
  { name: "twice", come: [1, 2, 2, 1, 3], shown: [1, 2, 3] },
  { name: "a gap holds back", come: [1, 3], shown: [1], ahead: [3], missing: 1 },
  { name: "a gap that closes", come: [1, 3, 4, 2], shown: [1, 2, 3, 4] },
  { name: "backwards", come: [4, 3, 2, 1], shown: [1, 2, 3, 4] },
  { name: "held twice", come: [1, 3, 3, 2], shown: [1, 2, 3] },
  { name: "a note that a visitor skips is no gap", come: [1, 2, [4, 2], [7, 4]], shown: [1, 2, 4, 7] },
  { name: "a gap beside a skipped note", come: [1, [6, 4]], shown: [1], ahead: [6], missing: 1 },
];

for (const { name, come, shown, ahead = [], missing = null } of cases) {
  test(`log: ${name}`, () => {
    let log = startLog("c1");
    for (const place of come) log = receive(log, [ev(place)]);
    assert.deepEqual(seqs(log.entries), shown);
    assert.deepEqual(seqs(log.ahead), ahead);
    assert.equal(missingAfter(log), missing);
    const whole = receive(startLog("c1"), come.map((place) => ev(place)));
    assert.deepEqual(whole.entries, log.entries, "one by one is the same as at once");
  });
}

test("log: another conversation's entries stay out", () => {
  assert.deepEqual(receive(startLog("c1"), [ev(1, "c2")]).entries, []);
});

test("log: nothing new is the same value, so nothing is drawn again", () => {
  const log = receive(startLog("c1"), [ev(1)]);
  assert.equal(receive(log, [ev(1)]), log);
});

test("log: resumes behind what is known, and sees that the server has more", () => {
  const log = receive(startLog("c1", 5), [ev(6)]);
  assert.deepEqual(seqs(log.entries), [6]);
  assert.equal(missingAfter(log, 6), null);
  assert.equal(missingAfter(log, 9), 6);
});

test("log: older pages go in front only where they fit", () => {
  let log = prepend(startLog("c1"), [ev(5), ev(6)]);
  assert.equal(log.before, 4);
  assert.equal(log.last, 6);
  assert.equal(prepend(log, [ev(1), ev(2)]), log);
  log = prepend(log, [ev(3), ev(4)]);
  log = prepend(log, [ev(1), ev(2)]);
  log = receive(log, [ev(7)]);
  assert.deepEqual(seqs(log.entries), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(log.before, 0);
});
