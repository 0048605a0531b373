import assert from "node:assert/strict";
import { test } from "node:test";

import { draft, giveBack, setDraft } from "../src/drafts.ts";
import { lang, many, pick, t } from "../src/i18n.ts";
import de from "../src/i18n/de.json";
import en from "../src/i18n/en.json";
import { command, KEYS } from "../src/keys.ts";
import { ago, clock, level } from "../src/waiting.ts";

test("a wait as text and level", () => {
  const table: [number, string, string][] = [
    [0, "0:00", "fine"],
    [59_999, "0:59", "fine"],
    [179_999, "2:59", "fine"],
    [180_000, "3:00", "long"],
    [299_000, "4:59", "long"],
    [300_000, "5:00", "late"],
    [3_600_000, "1:00 h", "late"],
    [-5, "0:00", "fine"],
  ];
  for (const [ms, text, want] of table) assert.deepEqual([clock(ms), level(ms)], [text, want]);
});

test("how long ago, in the largest unit", () => {
  assert.deepEqual([30_000, 61_000, 3_600_000, 200_000_000].map((ms) => ago(ms)), [
    { unit: "now", n: 0 },
    { unit: "minute", n: 1 },
    { unit: "hour", n: 1 },
    { unit: "day", n: 2 },
  ]);
});

test("a single key is a command only while nobody types, holds a modifier or has switched it off", () => {
  const press = { key: "e", ctrlKey: false, metaKey: false, altKey: false, isComposing: false, defaultPrevented: false };
  assert.equal(command(press, false, true), "resolve");
  assert.equal(command({ ...press, key: "E" }, false, true), "resolve", "caps lock");
  assert.equal(command(press, true, true), undefined);
  assert.equal(command(press, false, false), undefined);
  for (const held of ["ctrlKey", "metaKey", "altKey", "isComposing", "defaultPrevented"] as const) assert.equal(command({ ...press, [held]: true }, false, true), undefined, held);
  assert.equal(command({ ...press, key: "Enter" }, false, true), undefined);
  assert.equal(new Set(KEYS.map(([key]) => key)).size, KEYS.length);
});

test("every language has every text, with the same places to fill", () => {
  const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort();
  assert.deepEqual(Object.keys(de), Object.keys(en));
  for (const [key, text] of Object.entries(en)) {
    assert.deepEqual(places(de[key as keyof typeof de]), places(text), key);
    assert.notEqual(text.trim(), "", key);
  }
});

test("texts are filled and counted by the language's rule", () => {
  lang.value = "en";
  assert.equal(t("waits", { time: "1:00" }), "waits 1:00");
  assert.equal(many("stop.newer", 1), "1 newer message");
  lang.value = "de";
  assert.equal(many("stop.newer", 2), "2 neuere Nachrichten");
  lang.value = "en";
  assert.deepEqual([["de-AT", "en"], ["fr", "de"], ["fr"], []].map(pick), ["de", "de", "en", "en"]);
});

test("drafts: a reply that comes back never overwrites what is being typed", () => {
  setDraft("c", "text", "half a");
  giveBack("c", "text", "the whole");
  assert.equal(draft("c", "text"), "the whole\n\nhalf a");
  setDraft("c", "text", "");
  giveBack("c", "text", "the whole");
  assert.equal(draft("c", "text"), "the whole");
  assert.equal(draft("c", "note"), "");
});
