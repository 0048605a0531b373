// The words of the editors' pages, fetched with them.

import { fill, lang, type Lang } from "../i18n.ts";
import de from "../i18n/workshop.de.json";
import en from "../i18n/workshop.en.json";

export type WorkKey = keyof typeof en;

type Counted = WorkKey extends infer K ? (K extends `${infer P}.one` ? P : never) : never;

const WORDS: Record<Lang, Record<WorkKey, string>> = { en, de };

export function w(key: WorkKey, values: Record<string, string | number> = {}): string {
  return fill(WORDS[lang.value][key], values);
}

export function isKey(key: string): key is WorkKey {
  return key in en;
}

/** `key.one` or `key.other`, with the number in the reader's own writing. */
export function count(key: Counted, n: number, values: Record<string, string | number> = {}): string {
  const rule = new Intl.PluralRules(lang.value).select(n) === "one" ? "one" : "other";
  return w(`${key}.${rule}` as WorkKey, { n: figure(n), ...values });
}

export function figure(n: number): string {
  return new Intl.NumberFormat(lang.value === "en" ? "en-GB" : lang.value).format(n);
}

/** From 0..=1. */
export function percent(share: number): string {
  return w("percent", { n: Math.round(share * 100) });
}

/** The text of a key that the server made up from its own words, or those words where there is none. */
export function known(prefix: string, word: string): string {
  return (WORDS[lang.value] as Record<string, string>)[`${prefix}.${word}`] ?? word.replaceAll("_", " ");
}

/** "2 examples added": the server names an edit in English, and what has no word here stays so. */
export function editWords(what: string): string {
  const [, n, thing = "", deed = ""] = /^(?:(\d+) )?`?([\w ]+?)`?(?: line)?s? (added|removed|changed)$/.exec(what) ?? [];
  const one = thing.replace(/s$/, "");
  const name = known(n === undefined ? "edit" : "edits", one);
  return name === one ? what : w(`edited.${deed}` as WorkKey, { what: n === undefined ? name : `${n} ${name}` });
}

export function date(at: number): string {
  return new Intl.DateTimeFormat(lang.value === "en" ? "en-GB" : lang.value, { day: "numeric", month: "short" }).format(at);
}
