// Words, numbers and times in the visitor's language. The words lie in locales/*.json; the forms come from Intl.

import en from "../locales/en.json";

type Forms = Partial<Record<Intl.LDMLPluralRule, string>>;
export type TextKey = keyof typeof en;
export type TextTable = Record<TextKey, string | Forms>;

const RIGHT_TO_LEFT = ["ar", "fa", "he", "ur"];
/** Numbers that stand for a place in an order have other forms than amounts. */
const ORDINALS: readonly TextKey[] = ["place"];

export interface Texts {
  readonly language: string;
  readonly direction: "ltr" | "rtl";
  /** Fills in `{name}`; `n` (or `high`) picks the form. */
  readonly t: (key: TextKey, values?: Record<string, string | number>) => string;
  readonly number: (n: number) => string;
  readonly clock: (at: number) => string;
  /** "Today", "Yesterday", or the date. */
  readonly day: (at: number, now: number) => string;
  /** "tomorrow", or the day of the week: for the middle of a sentence. */
  readonly dayWithin: (at: number, now: number) => string;
}

/** `tag` is the most exact tag known, such as `en-GB`; it decides how times look. */
export function createTexts(table: TextTable, language: string, tag: string): Texts {
  const exact = tag.toLowerCase().split("-")[0] === language ? tag : language;
  const amounts = new Intl.PluralRules(exact);
  const places = new Intl.PluralRules(exact, { type: "ordinal" });
  const { format: number } = new Intl.NumberFormat(exact);
  const clock = new Intl.DateTimeFormat(exact, { hour: "numeric", minute: "2-digit" });
  const relative = new Intl.RelativeTimeFormat(exact, { numeric: "auto" });
  const weekday = new Intl.DateTimeFormat(exact, { weekday: "long" });
  const date = new Intl.DateTimeFormat(exact, { weekday: "long", day: "numeric", month: "long" });

  const direction = RIGHT_TO_LEFT.includes(language) ? "rtl" : "ltr";

  function t(key: TextKey, values: Record<string, string | number> = {}): string {
    const entry = table[key] ?? en[key];
    let text: string;
    if (typeof entry === "string") text = entry;
    else {
      const rules = ORDINALS.includes(key) ? places : amounts;
      text = entry[rules.select(Number(values["n"] ?? values["high"] ?? 0))] ?? entry.other ?? "";
    }
    return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
      const value = values[name];
      if (value === undefined) return hole;
      const said = typeof value === "number" ? number(value) : value;
      // A name in other letters must not tear what stands around it.
      return direction === "rtl" ? `\u2068${said}\u2069` : said;
    });
  }

  return {
    language,
    direction,
    t,
    number,
    clock: (at) => clock.format(at),
    day: (at, now) => {
      const days = daysFrom(now, at);
      if (days < -1 || days > 1) return date.format(at);
      const word = relative.format(days, "day");
      return word.charAt(0).toLocaleUpperCase(exact) + word.slice(1);
    },
    dayWithin: (at, now) => {
      const days = daysFrom(now, at);
      return days === 0 || days === 1 ? relative.format(days, "day") : weekday.format(at);
    },
  };
}

/** English words that came later than the rest. */
export function addWords(words: Partial<TextTable>): void {
  Object.assign(en, words);
}

/** The closest language there is: exact, then without its region, then the first. */
export function pickLanguage(wanted: readonly (string | null | undefined)[], known: readonly string[]): string {
  for (const tag of wanted) {
    const base = tag?.toLowerCase().split("-")[0];
    if (base && known.includes(base)) return base;
  }
  return known[0] ?? "en";
}

/** Whole days on the calendar, not spans of 24 hours. */
function daysFrom(now: number, at: number): number {
  const midnight = (time: number): number => new Date(time).setHours(0, 0, 0, 0);
  return Math.round((midnight(at) - midnight(now)) / 86_400_000);
}
