// What the server says of the content, its draft and what visitors asked in vain: `/api/v1/workshop`.

export type EntryKind = "intent" | "article";

export type Entry = { id: string; kind: EntryKind; title: string };

export type Placed = Entry & { file: string; line: number };

export type DiffLine = { op: "same" | "add" | "del"; text: string; line: number };

export type Problem = { code: string; severity: "error" | "warning"; file: string; line: number; column: number; message: string; help?: string | null };

export type FailedTest = { name: string; file: string; line: number; messages: readonly string[] };

export type Draft = {
  rev: number;
  base: string;
  /** Something else is live than what it was begun from. */
  stale: boolean;
  at: number;
  by: { id: string; name?: string | null };
  files: readonly { path: string; diff: readonly DiffLine[]; new?: boolean; deleted?: boolean; /** Others changed it since it was drafted. */ conflict?: boolean }[];
  problems: readonly Problem[];
  tests: { passed: number; failed: readonly FailedTest[] };
};

export type Release = { id: number; name: string; version: string; author: string; commit?: string | null; message: string; summary?: unknown; at: number; live: boolean; bytes: number };

export type Overview = {
  follow: "folder" | "releases";
  version: string;
  release: { id: number; name: string; at: number; author: string } | null;
  draft: Draft | null;
  git: { branch: string | null } | null;
  languages: readonly string[];
  entries: readonly Placed[];
};

export const SIGNALS = ["unknown", "ambiguous", "thumbs_down", "handed_over", "suggested"] as const;
export type Signal = (typeof SIGNALS)[number];

export type Sample = { text: string; language?: string | null; page?: string | null; at: number; times: number };

export type Nearest = Entry & { confidence: number; why?: string | null };

export type Cluster = {
  id: string;
  size: number;
  visitors: number;
  languages: readonly string[];
  signals: Readonly<Record<Signal, number>>;
  samples: readonly Sample[];
  texts_total: number;
  /** Eight equal parts of the period, oldest first. */
  trend: readonly number[];
  first: number;
  last: number;
  nearest: readonly Nearest[];
  suggestions: readonly { kind: string; target?: string | null; text?: string | null; note?: string | null; by?: unknown }[];
  drafted: { id: string } | null;
};

export type Gaps = {
  days: number;
  questions: number;
  clusters: readonly Cluster[];
  unused: readonly Placed[];
  handed: readonly (Entry & { answered: number; handed: number })[];
  ignored: readonly { id: number; text: string; at: number; by?: unknown }[];
};

export type Verdict = "confident" | "ambiguous" | "unknown";

export type Said = { kind: "answer" | "clarify" | "text"; id?: string | null; text: string; options?: readonly { label: string }[]; source?: { title: string; url?: string | null } | null };

export type Reading = {
  verdict: string;
  confidence: number;
  language?: string | null;
  why?: string | null;
  micros: number;
  candidates: readonly (Entry & { confidence: number; allowed: boolean; lines: readonly { file: string; line: number; text: string; by: string }[] })[];
  said: readonly Said[];
  handoff?: { department?: string | null; reason: string } | null;
};

export type Tried = { live: Reading; draft: Reading | null };

/** The intent or article of an id that may name a passage. */
export function entryOf(id: string): string {
  return id.split("#")[0] ?? id;
}

/** Of several passages of one article the best one stands for it. */
export function byEntry<T extends Nearest>(nearest: readonly T[]): T[] {
  const seen = new Set<string>();
  return nearest.map((one) => ({ ...one, id: entryOf(one.id) })).filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** Who did something, however the server names them. */
export function whoOf(by: unknown): string {
  if (typeof by === "string") return by;
  const { name, id } = (by ?? {}) as { name?: string | null; id?: string };
  return name || id || "";
}
