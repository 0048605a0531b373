// Canned replies and what stands in front of the caret while one is chosen. Pure.

/** By language, or one text for all. */
export type Words = string | { [language in string]: string };

export type Canned = {
  id: string;
  /** Everybody's; else one's own. */
  shared: boolean;
  /** Of the content's files: the console only reads it. */
  fixed?: boolean;
  shortcut: string;
  title: string;
  text: Words;
  department?: string;
};

/** What is being named at the caret: where its sign stands and what follows it. */
export type Trigger = { sign: "/" | "@"; from: number; query: string };

/** `/` counts at the beginning of a line or after a space, and `@` so too: in an address or a path they are themselves. */
export function trigger(text: string, caret: number): Trigger | undefined {
  const found = /(?:^|\s)([/@])([^\s/@]{0,40})$/.exec(text.slice(0, caret));
  if (!found) return undefined;
  const query = found[2] ?? "";
  return { sign: found[1] as "/" | "@", from: caret - query.length - 1, query };
}

/** Fitting the department, best first: by shortcut, then by title, then by words. */
export function findCanned(all: readonly Canned[], query: string, department: string | undefined, language: string | undefined, most = 8): Canned[] {
  const wanted = query.toLocaleLowerCase();
  const ranked: { one: Canned; rank: number }[] = [];
  for (const one of all) {
    if (one.department !== undefined && department !== undefined && one.department !== department) continue;
    const shortcut = one.shortcut.toLocaleLowerCase();
    const title = one.title.toLocaleLowerCase();
    const rank = shortcut === wanted ? 0 : shortcut.startsWith(wanted) ? 1 : title.startsWith(wanted) ? 2 : title.includes(wanted) || shortcut.includes(wanted) ? 3 : wordsIn(one.text, language).toLocaleLowerCase().includes(wanted) ? 4 : 5;
    // One's own first among equals: who wrote one for himself means that one.
    if (rank < 5) ranked.push({ one, rank: rank * 2 + (one.shared ? 1 : 0) });
  }
  ranked.sort((a, b) => a.rank - b.rank || a.one.title.localeCompare(b.one.title));
  return ranked.slice(0, most).map(({ one }) => one);
}

/** In the visitor's language, else in the first that there is. */
export function wordsIn(text: Words, language: string | undefined): string {
  if (typeof text === "string") return text;
  const base = language?.split("-")[0] ?? "";
  return text[language ?? ""] ?? text[base] ?? text["en"] ?? Object.values(text)[0] ?? "";
}

/** `{{ name }}` filled in. What nothing is known of stays as it is, and is named. */
export function fillIn(text: string, values: Readonly<Record<string, string | undefined>>): { text: string; missing: string[] } {
  const missing: string[] = [];
  const filled = text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (whole, name: string) => {
    const value = values[name];
    if (value !== undefined && value !== "") return value;
    missing.push(name);
    return whole;
  });
  return { text: filled, missing };
}

/** The text with `words` in the place of what was typed from `from` to `caret`, and where the caret stands then. */
export function replaceAt(text: string, from: number, caret: number, words: string): { text: string; caret: number } {
  return { text: text.slice(0, from) + words + text.slice(caret), caret: from + words.length };
}

/** Whose names stand in the text behind an `@`. Of "Jon" and "Jon Berg" the longer one is meant. */
export function mentionsIn(text: string, people: readonly { id: string; name: string }[]): string[] {
  let rest = text;
  const found = new Set<string>();
  for (const { id, name } of people.toSorted((a, b) => b.name.length - a.name.length)) {
    const at = new RegExp(`(^|\\s)@${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\p{L}\\p{N}])`, "gu");
    if (name === "" || !at.test(rest)) continue;
    found.add(id);
    rest = rest.replace(at, " ");
  }
  return people.filter(({ id }) => found.has(id)).map(({ id }) => id);
}
