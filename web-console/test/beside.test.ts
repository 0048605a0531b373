// Canned replies, hints, saved views and the list's window: as tables, without a page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { fillIn, findCanned, mentionsIn, replaceAt, trigger, wordsIn, type Canned } from "../src/canned.ts";
import { changed, counts, EMPTY, groups, sameCounts, settled, type Filter } from "../src/inbox.ts";
import type { Wording } from "../src/kept.ts";
import { needed, shownAt } from "../src/window.ts";
import type { Conversation } from "../src/wire.ts";
import { check } from "../src/wording.ts";

const canned = (shortcut: string, more: Partial<Canned> = {}): Canned => ({ id: shortcut, shared: true, shortcut, title: shortcut, text: "", ...more });

test("what is named at the caret", () => {
  const table: [string, string | undefined][] = [
    ["/", "/ 0 "],
    ["hello /ref", "/ 6 ref"],
    ["line\n/ref", "/ 5 ref"],
    ["https://shop.example/ref", undefined],
    ["and/or", undefined],
    ["@jon", "@ 0 jon"],
    ["mail@shop", undefined],
    ["/ref und", undefined],
  ];
  for (const [text, want] of table) {
    const found = trigger(text, text.length);
    assert.equal(found && `${found.sign} ${found.from} ${found.query}`, want, text);
  }
  assert.deepEqual(replaceAt("a /re b", 2, 5, "word"), { text: "a word b", caret: 6 });
});

test("canned replies: by shortcut before title before words, one's own first, of this department", () => {
  const all = [canned("zz", { title: "Refund" }), canned("refund"), canned("other", { text: "about a refund" }), canned("ref", { shared: false }), canned("refurb", { department: "returns" })];
  assert.equal(findCanned(all, "ref", "orders", "en").map((one) => one.id).join(" "), "ref refund zz other");
  assert.equal(findCanned(all, "refu", "returns", "en").map((one) => one.id).join(" "), "refund refurb zz other");
  assert.equal(findCanned(all, "nothing", undefined, "en").length, 0);
});

test("texts in the visitor's language; variables that are not known are named and left", () => {
  assert.equal(wordsIn({ en: "hello", de: "hallo" }, "de-AT"), "hallo");
  assert.equal(wordsIn({ en: "hello", de: "hallo" }, "fr"), "hello");
  assert.deepEqual(fillIn("Hi {{ visitor.name }} at {{shop}}", { shop: "Oak" }), { text: "Hi {{ visitor.name }} at Oak", missing: ["visitor.name"] });
});

test("mentions are whole names behind an @", () => {
  const people = [{ id: "a1", name: "Jon" }, { id: "a2", name: "Jon Berg" }, { id: "a3", name: "A+B" }];
  assert.deepEqual(mentionsIn("@Jon Berg look", people), ["a2"]);
  assert.deepEqual(mentionsIn("@Jon Berg and @Jon", people), ["a1", "a2"]);
  assert.deepEqual(mentionsIn("mail@Jon and @Jonas", people), []);
  assert.deepEqual(mentionsIn("@A+B", people), ["a3"]);
});

test("wording: whole words in whichever case, quotations left out, silence about anger", () => {
  const rules: Wording[] = [
    { id: "r1", shared: true, words: ["your fault", "obviously"], hint: "blame", enabled: true },
    { id: "r2", shared: true, words: ["policy"], hint: "policy", enabled: false },
    { id: "r3", shared: true, pattern: "(unclosed", hint: "broken", enabled: true },
  ];
  const table: [string, boolean, string | undefined][] = [
    ["That is YOUR  fault.", false, "r1"],
    ["yourfault", false, undefined],
    ["> your fault\nI see what happened.", false, undefined],
    ["that is our policy", false, undefined],
    ["Order AB123456 is on its way", false, undefined],
    ["READ THE MANUAL NOW please", false, "loud"],
    ["what!!!", false, "loud"],
    ["It will come on Monday.", true, "upset"],
    ["I am sorry, it will come on Monday.", true, undefined],
    ["Das tut mir leid, es kommt am Montag.", true, undefined],
  ];
  for (const [text, upset, want] of table) assert.equal(check(text, rules, "en", upset)?.id, want, text);
});

const row = (c: string, more: Partial<Conversation> = {}): Conversation => ({ c, head: 1, ver: 1, state: "waiting", opened_at: 0, updated_at: 0, ...more });

test("saved views: all that is asked for must fit; closed ones only where they are asked for", () => {
  const inbox = [
    row("a", { labels: ["damaged"], language: "de-AT", waiting_since: 0 }),
    row("b", { state: "assigned", agent: { kind: "agent", id: "me" }, priority: "high", updated_at: 500_000 }),
    row("c", { state: "assigned", agent: { kind: "agent", id: "a2" }, snoozed_until: 900_000, labels: ["damaged"] }),
    row("d", { state: "closed", labels: ["damaged"] }),
  ].reduce(changed, EMPTY);
  const table: [Filter, string][] = [
    [{ label: "damaged" }, "a c"],
    [{ label: "damaged", state: "closed" }, "d"],
    [{ state: "snoozed" }, "c"],
    [{ agent: "me" }, "b"],
    [{ language: "de" }, "a"],
    [{ priority: "normal" }, "a c"],
    [{ older_than_minutes: 9 }, "a c"],
  ];
  for (const [filter, want] of table) {
    const found = groups(inbox, { kind: "saved", id: "v", title: "v", filter }, "me", "", 600_000).flatMap((group) => group.items.map((item) => item.c));
    assert.equal(found.sort().join(" "), want, JSON.stringify(filter));
    assert.equal(counts(inbox, "me", [{ id: "v", filter }], 600_000).saved.get("v"), found.length);
  }
  assert.equal(counts(inbox, "me").mine, 1);
  assert.equal(counts(inbox, "me").snoozed, 1);
});

test("what did not change is the same object", () => {
  const before = [row("a"), row("b", { state: "bot" })].reduce(changed, EMPTY);
  const after = changed(before, row("b", { state: "bot", ver: 2 }));
  const [old, next] = [before, after].map((inbox) => groups(inbox, { kind: "waiting" }, "me"));
  assert.equal(settled(old ?? [], next ?? [])[0], old?.[0]);
  assert.ok(sameCounts(counts(before, "me"), counts(after, "me")));
  assert.ok(!sameCounts(counts(before, "me"), counts(changed(before, row("c")), "me")));
});

test("only the rows that can be seen, and some to spare, stand in the page", () => {
  const sizes = { row: 10, head: 5, seen: 100 };
  assert.deepEqual(needed([3, 1000], 0, sizes), [{ from: 0, to: 3 }, { from: 0, to: 12 }]);
  assert.deepEqual(needed([3, 1000], 5000, sizes), [{ from: 3, to: 3 }, { from: 490, to: 512 }]);
  assert.deepEqual(needed([0], 0, sizes), [{ from: 0, to: 0 }]);
  assert.equal(shownAt([3, 1000], 1, 999, 0, sizes), 5 + 30 + 5 + 10_000 - 100);
  assert.equal(shownAt([3, 1000], 0, 0, 400, sizes), 0);
  assert.equal(shownAt([3, 1000], 1, 2, 0, sizes), 0, "seen already");
});
