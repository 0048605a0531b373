// Differences of words, counts of changes, names from titles, plans in words: without a page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { lang } from "../src/i18n.ts";
import { changesOf, idFrom, wordDiff } from "../src/workshop/diff.ts";
import { byCause, KINDS, planOf, summaryOf, summaryWords, type Change } from "../src/workshop/plan.ts";
import { byEntry } from "../src/workshop/wire.ts";
import { editWords } from "../src/workshop/words.ts";

const shown = (before: string, after: string) => wordDiff(before, after).map(({ op, text }) => ({ same: text, del: `[-${text}-]`, add: `{+${text}+}` })[op]).join("");

test("a difference is told by whole words, and nothing of either text is lost", () => {
  for (const [before, after, wanted] of [
    ["", "", ""],
    ["same words", "same words", "same words"],
    ["in 2 to 4 days", "in 3 to 5 days", "in [-2-]{+3+} to [-4-]{+5+} days"],
    ["a refund takes long", "a new lamp takes long", "a [-refund-]{+new lamp+} takes long"],
    ["", "new", "{+new+}"],
    ["gone", "", "[-gone-]"],
    ["Grüße, bis morgen!", "Grüße, bis heute!", "Grüße, bis [-morgen-]{+heute+}!"],
  ] as const) {
    assert.equal(shown(before, after), wanted);
  }
  const [a, b] = ["the lamp hums, and the glass is cracked", "the glass hums. Nothing is cracked here"];
  const of = (kept: "del" | "add") => wordDiff(a, b).filter(({ op }) => op === "same" || op === kept).map(({ text }) => text).join("");
  assert.equal(of("del"), a);
  assert.equal(of("add"), b);
});

test("texts that are too long to compare are shown whole", () => {
  const [a, b] = ["x y ".repeat(2_000), "z y ".repeat(2_000)];
  assert.deepEqual(wordDiff(a, b).map(({ op, text }) => [op, text.trimEnd().length]), [["del", 7_999], ["add", 7_999], ["same", 0]]);
});

test("changes are counted by places, not by lines", () => {
  const row = (op: "same" | "add" | "del") => ({ op, text: "", line: 1 });
  assert.equal(changesOf(null), 0);
  assert.equal(changesOf({ files: [{ path: "a", diff: [row("same"), row("del"), row("add"), row("add"), row("same"), row("add")] }, { path: "b", diff: [row("add")] }] }), 3);
});

test("a name in the files is made from a title", () => {
  for (const [title, id] of [
    ["Delivered, not here", "delivered-not-here"],
    ["  Größe & Maße?  ", "groesse-masse"],
    ["Où est ma lampe", "ou-est-ma-lampe"],
    ["лампа", ""],
    ["x".repeat(80), "x".repeat(60)],
  ] as const) {
    assert.equal(idFrom(title), id);
  }
});

test("a plan in words names what is another, the best first, and says when nothing is", () => {
  lang.value = "en";
  assert.equal(summaryWords(summaryOf({ questions: 2318, same: 2294, newly_answered: 19, reworded: 4, lost: 1 })), "Of 2,318 questions: 19 newly answered, 4 in other words, 1 no longer answered.");
  assert.equal(summaryWords(summaryOf({ questions: 12, same: 12 })), "Nothing changed for 12 questions.");
  assert.equal(summaryWords(summaryOf(null)), "No question was there to compare.");
  assert.equal(KINDS.length, Object.keys(summaryOf({})).length - 2);
  assert.deepEqual(planOf(undefined).changes, []);
});

test("changes stand with the edit behind them, those of several edits last", () => {
  const change = (number: number, times: number, edit: number | null, proof: Change["cause"]["proof"] = "tried") => ({ number, times, cause: { edit, proof } }) as Change;
  const edits = ["a", "b"].map((file) => ({ file, line: 1, key: "examples", what: "example added", quote: "", questions: 0 }));
  const groups = byCause([change(1, 9, null, "together"), change(2, 1, 0), change(3, 2, 1, "likely"), change(4, 3, 1, "likely")], edits);
  assert.deepEqual(groups.map(({ edit, likely, questions }) => [edit?.file, likely, questions]), [["b", true, 5], ["a", false, 1], [undefined, false, 9]]);
});

test("of several passages of an article one stands for it", () => {
  const near = (id: string, confidence: number) => ({ id, kind: "article" as const, title: id, confidence });
  assert.deepEqual(byEntry([near("help/delivery#when", 0.5), near("refund", 0.4), near("help/delivery#where", 0.3)]).map(({ id, confidence }) => [id, confidence]), [["help/delivery", 0.5], ["refund", 0.4]]);
});

test("edits are named in the reader's language, and what has no word stays as it came", () => {
  lang.value = "de";
  assert.equal(editWords("2 examples added"), "2 Beispiele hinzugefügt");
  assert.equal(editWords("answer changed"), "Antwort geändert");
  assert.equal(editWords("article removed"), "Artikel entfernt");
  assert.equal(editWords("setting `confident_at` changed"), "setting `confident_at` changed");
  lang.value = "en";
  assert.equal(editWords("2 examples added"), "2 examples added");
});

test("each language has every word, with the same gaps to fill", () => {
  const read = (tag: string) => JSON.parse(readFileSync(`src/i18n/workshop.${tag}.json`, "utf8")) as Record<string, string>;
  const [en, de] = [read("en"), read("de")];
  assert.deepEqual(Object.keys(de), Object.keys(en));
  const gaps = (text: string | undefined) => [...new Set(text?.match(/\{\w+\}/g) ?? [])].sort().join();
  assert.deepEqual(Object.keys(en).filter((key) => !key.endsWith(".one") && gaps(en[key]) !== gaps(de[key])), []);
});
