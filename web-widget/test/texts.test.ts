import assert from "node:assert/strict";
import { test } from "node:test";

import ar from "../locales/ar.json";
import de from "../locales/de.json";
import en from "../locales/en.json";
import { lookRule } from "../src/settings.ts";
import { createTexts, pickLanguage } from "../src/texts.ts";
import { closingTime } from "../src/view.ts";

const english = createTexts(en, "en", "en-GB");
const german = createTexts(de, "de", "de-DE");

test("forms follow the number", () => {
  assert.deepEqual([1, 2, 3, 4, 11, 21, 22].map((n) => english.t("place", { n })), ["1st in line", "2nd in line", "3rd in line", "4th in line", "11th in line", "21st in line", "22nd in line"]);
  assert.equal(german.t("place", { n: 2 }), "Platz 2 in der Reihe");
  assert.equal(english.t("waitAbout", { n: 1 }), "Usually about 1 minute");
  assert.equal(english.t("waitRange", { low: 3, high: 6 }), "Usually 3 to 6 minutes");
});

test("from right to left what is filled in stands apart", () => {
  const arabic = createTexts(ar, "ar", "ar-EG");
  assert.equal(arabic.t("dialog", { name: "Nordlicht Lamps" }), "محادثة مع \u2068Nordlicht Lamps\u2069");
  assert.equal(arabic.t("send"), "إرسال");
});

test("days in words", () => {
  const now = new Date(2026, 10, 21, 12).getTime();
  const at = (days: number): number => now + days * 86_400_000;
  assert.deepEqual([0, -1, -4].map((days) => english.day(at(days), now)), ["Today", "Yesterday", "Tuesday 17 November"]);
  assert.deepEqual([0, 1, 2].map((days) => english.dayWithin(at(days), now)), ["today", "tomorrow", "Monday"]);
  assert.equal(german.dayWithin(at(1), now), "morgen");
});

test("the closest language", () => {
  assert.equal(pickLanguage(["pt-BR", "de-AT", "en"], ["en", "de"]), "de");
  assert.equal(pickLanguage([undefined, "xx"], ["en", "de"]), "en");
});

test("a missing text falls back, a missing value stays visible", () => {
  const { t } = createTexts({ ...en, send: undefined as unknown as string }, "en", "en");
  assert.equal(t("send"), "Send");
  assert.equal(t("joined", { time: "12:00" }), "{name} joined, 12:00");
});

test("hours", () => {
  assert.equal(closingTime("8:00–18:00"), "18:00");
  assert.equal(closingTime("8:00–12:00, 13:00–18:00"), null);
  assert.equal(closingTime(undefined), null);
});

test("an accent is a plain colour or nothing", () => {
  assert.equal(lookRule({ accent: "#1a2b3c", radius: 12 }), ":host>*{--brand:var(--deskbell-accent,#1a2b3c)}:host>*{--radius:var(--deskbell-radius,12px)}");
  for (const bad of [undefined, "red", "#12", "#fff}*{display:none"]) assert.equal(lookRule(bad === undefined ? {} : { accent: bad, radius: -1 }), "");
});
