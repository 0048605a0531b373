// The console's own words. One file a language; a language that misses a key fails `tsc`, not the reader.

import { signal } from "@preact/signals";
import de from "./i18n/de.json";
import en from "./i18n/en.json";

export type Key = keyof typeof en;
export type Lang = "en" | "de";

const WORDS: Record<Lang, Record<Key, string>> = { en, de };

export const LANGS: readonly (readonly [Lang, string])[] = [
  ["en", "English"],
  ["de", "Deutsch"],
];

export const lang = signal<Lang>("en");

/** The text of a key, `{name}` filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return fill(WORDS[lang.value][key], values);
}

/** `key.one` or `key.other`, by the language's own rule. */
export function many(key: Plural, n: number, values: Record<string, string | number> = {}): string {
  const rule = once("plural", () => new Intl.PluralRules(lang.value)).select(n) === "one" ? "one" : "other";
  return t(`${key}.${rule}` as Key, { n, ...values });
}

type Plural = Key extends infer K ? (K extends `${infer P}.one` ? P : never) : never;

/** The first of these tags that there are words for. */
export function pick(tags: readonly string[]): Lang {
  for (const tag of tags) {
    const base = tag.toLowerCase().split("-")[0];
    if (base === "en" || base === "de") return base;
  }
  return "en";
}

/** Made once for each language and shape: making one costs more than using it a hundred times. */
const made = new Map<string, unknown>();
function once<T>(name: string, make: () => T): T {
  const key = `${lang.value} ${name}`;
  if (!made.has(key)) made.set(key, make());
  return made.get(key) as T;
}

/** The name of a language in the reader's own: `de` is "German". */
export function languageName(tag: string): string {
  try {
    return once("language", () => new Intl.DisplayNames(lang.value, { type: "language" })).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once(JSON.stringify(options), () => new Intl.DateTimeFormat(lang.value === "en" ? "en-GB" : lang.value, options));
}

export function time(at: number): string {
  return dates({ hour: "2-digit", minute: "2-digit" }).format(at);
}

/** The time alone today, with its day before. */
export function moment(at: number, now: number): string {
  if (new Date(at).toDateString() === new Date(now).toDateString()) return time(at);
  return dates({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(at);
}

export function day(at: number): string {
  return dates({ weekday: "long", day: "numeric", month: "long" }).format(at);
}

export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
