// What the team keeps beside the conversations: canned replies, macros, saved views, wording, departments. Fetched once and
// again when the server says that it changed.

import { signal } from "@preact/signals";
import { mentionsIn, type Canned, type Words } from "./canned.ts";
import { ask, type Answer } from "./http.ts";
import type { Filter } from "./inbox.ts";
import { colleagues, me } from "./state.ts";

/** Everybody's, or one's own; `fixed`: of the program or the content, not to be changed here. */
type Owned = { id: string; shared: boolean; fixed?: boolean };

export type Step = { reply: Words } | { label: string } | { department: string } | { priority: "normal" | "high" | "urgent" } | { snooze_minutes: number } | { resolve: string };

export type Macro = Owned & { title: string; steps: Step[] };

export type SavedView = Owned & { title: string; filter: Filter };

/** What a reply should not say, and what to say of it. */
export type Wording = Owned & { words?: string[]; pattern?: string; language?: string; hint?: string; enabled: boolean };

export type Department = {
  name: string;
  open?: boolean;
  opens_at?: number;
  paused?: { since: number; reason: string; by: string };
  /** Today's, in words. */
  hours?: string;
  target?: { seconds: number; share: number };
  overflow?: { to: string; after_minutes: number };
};

export type Kept = { canned: Canned[]; macros: Macro[]; views: SavedView[]; wording: Wording[]; labels: { label: string; count: number }[]; departments: Department[]; variables: Record<string, string> };

export type Kind = "canned" | "macros" | "views" | "wording";

/** An answer that the engine or the help pages have for what was asked. */
export type Suggested = { id: string; kind: "intent" | "article"; title: string; text: string; confidence: number; source?: { title: string; url: string }; path?: string };

export const NOTHING: Kept = { canned: [], macros: [], views: [], wording: [], labels: [], departments: [], variables: {} };

export const kept = signal<Kept>(NOTHING);

let timer: ReturnType<typeof setTimeout> | undefined;

/** Several changes at once are fetched once. */
export function refresh(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void load(), 150);
}

export async function load(): Promise<void> {
  const answer = await ask<Partial<Kept>>("desk");
  if (answer.type === "ok") kept.value = { ...NOTHING, ...answer.value };
}

/** Something new, or another in the place of `id`. */
export async function keep(kind: Kind, id: string | undefined, body: object, shared = false): Promise<Answer<unknown>> {
  const answer = id === undefined ? await ask(`desk/${kind}?shared=${shared}`, "POST", body) : await ask(`desk/${kind}/${encodeURIComponent(id)}`, "PUT", body);
  if (answer.type === "ok") await load();
  return answer;
}

export async function drop(kind: Kind, id: string): Promise<Answer<unknown>> {
  const answer = await ask(`desk/${kind}/${encodeURIComponent(id)}`, "DELETE");
  if (answer.type === "ok") await load();
  return answer;
}

export async function suggest(c: string, text: string): Promise<readonly Suggested[]> {
  const answer = await ask<{ answers: Suggested[] }>("suggest", "POST", { c, ...(text === "" ? {} : { text }) });
  return answer.type === "ok" ? answer.value.answers.slice(0, 3) : [];
}

/** The ids of those whose names a note mentions. */
export function mentioned(text: string): string[] {
  const all = [...colleagues.value.values()].filter((one) => one.id !== me.value?.id);
  return mentionsIn(text, all);
}
