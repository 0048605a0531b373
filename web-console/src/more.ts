// The words of the parts that are fetched when they are wanted, so that the first screen does not wait for them.

import { fill, lang, type Lang } from "./i18n.ts";
import de from "./i18n/more.de.json";
import en from "./i18n/more.en.json";

export type MoreKey = keyof typeof en;

const WORDS: Record<Lang, Record<MoreKey, string>> = { en, de };

export function m(key: MoreKey, values: Record<string, string | number> = {}): string {
  return fill(WORDS[lang.value][key], values);
}
