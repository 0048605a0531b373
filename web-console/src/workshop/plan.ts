// What a draft would change, as the server counts it; in the order in which it matters to visitors. No DOM.

import { count, w } from "./words.ts";

/** What becomes of a question, worst first. */
export const KINDS = ["lost", "below", "no_longer_asked_back", "changed", "handoff", "choices", "reworded", "above", "now_asked_back", "newly_answered"] as const;
export type Kind = (typeof KINDS)[number];

/** Nobody is worse off by these. */
export const BETTER: ReadonlySet<Kind> = new Set(["newly_answered", "above", "now_asked_back"]);
/** Somebody who was answered is not any more. */
export const WORSE: ReadonlySet<Kind> = new Set(["lost", "below", "no_longer_asked_back"]);

export type Summary = { questions: number; same: number } & Record<Kind, number>;

export type Reply = { outcome: "answered" | "asks" | "clarify" | "unknown" | "person" | "talk"; ids: readonly string[]; confidence?: number | null; text: string; options: readonly string[]; source?: string | null; handoff?: { department?: string | null } | null };

export type Edit = { file: string; line: number; entry?: string | null; key: string; what: string; quote: string; questions: number };

export type Change = {
  number: number;
  kind: Kind;
  text: string;
  language?: string | null;
  page?: string | null;
  times: number;
  also: readonly { text: string; times: number }[];
  also_left_out: number;
  before: Reply;
  after: Reply;
  cause: { edit?: number | null; proof: "sure" | "tried" | "likely" | "together" };
};

export type Plan = { summary: Summary; texts: number; edits: readonly Edit[]; changes: readonly Change[] };

/** A release may have been published by an older program: what it does not count is none. */
export function summaryOf(raw: unknown): Summary {
  const is = (raw ?? {}) as Partial<Record<keyof Summary, unknown>>;
  const number = (name: keyof Summary) => (typeof is[name] === "number" ? is[name] : 0);
  return Object.fromEntries((["questions", "same", ...KINDS] as const).map((name) => [name, number(name)])) as Summary;
}

export function planOf(raw: unknown): Plan {
  const is = (raw ?? {}) as Partial<Plan>;
  return { summary: summaryOf(is.summary), texts: is.texts ?? 0, edits: is.edits ?? [], changes: is.changes ?? [] };
}

/** In a sentence: what visitors notice, or that they notice nothing. */
export function summaryWords(summary: Summary): string {
  if (summary.questions === 0) return w("summary.unasked");
  const parts = [...KINDS].reverse().flatMap((kind) => (summary[kind] > 0 ? [count(`kind.${kind}`, summary[kind])] : []));
  return parts.length === 0 ? count("summary.same", summary.questions) : w("summary", { of: count("questions", summary.questions), parts: parts.join(", ") });
}

/** The changes of each edit together, the edit with the most questions first; those that no single edit explains, last. */
export function byCause(changes: readonly Change[], edits: readonly Edit[]): { edit: Edit | undefined; likely: boolean; changes: readonly Change[]; questions: number }[] {
  const groups = new Map<number | undefined, Change[]>();
  for (const one of changes) {
    const at = one.cause.edit ?? undefined;
    groups.set(at, [...(groups.get(at) ?? []), one]);
  }
  return [...groups]
    .map(([at, some]) => ({ edit: at === undefined ? undefined : edits[at], likely: some.every(({ cause }) => cause.proof === "likely"), changes: some, questions: some.reduce((sum, { times }) => sum + times, 0) }))
    .sort((a, b) => Number(a.edit === undefined) - Number(b.edit === undefined) || b.questions - a.questions);
}
