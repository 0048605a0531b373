// What the editors' pages share: what is live, the one draft that all editors work on, and the calls that change it.

import { signal } from "@preact/signals";
import { ask, type Answer, type Trouble } from "../http.ts";
import { say } from "../acts.ts";
import type { Draft, Overview } from "./wire.ts";
import { isKey, w } from "./words.ts";

export const overview = signal<Overview | undefined>(undefined);
export const draft = signal<Draft | null>(null);
/** Somebody else changed the draft: what is shown is not what is there. */
export const outrun = signal(false);
/** Sentences that were tried, newest first, as long as the page stands. */
export const sentences = signal<readonly string[]>([]);
/** What *Add as example* begins with, from elsewhere. */
export const carried = signal<string | undefined>(undefined);

export async function look(): Promise<Answer<Overview>> {
  const answer = await ask<Overview>("workshop");
  if (answer.type === "ok") {
    overview.value = answer.value;
    draft.value = answer.value.draft;
    outrun.value = false;
  }
  return answer;
}

/** A change of the draft, with the number of the one that is shown: of two who change it, one is told. */
export async function change<T extends { draft?: Draft | null }>(path: string, body: object, method: "POST" | "DELETE" = "POST"): Promise<Answer<T>> {
  const answer = await ask<T>(`workshop/${path}`, method, { rev: draft.value?.rev ?? null, ...body });
  if (answer.type === "ok" && answer.value?.draft !== undefined) draft.value = answer.value.draft;
  if (answer.type === "conflict" && codeOf(answer) === "changed") outrun.value = true;
  return answer;
}

export function codeOf(answer: Trouble): string {
  const body = ("body" in answer ? answer.body : undefined) as { code?: unknown } | undefined;
  return typeof body?.code === "string" ? body.code : "";
}

/** Why not, in words: the server's own where it has some. */
export function reason(answer: Answer<unknown>): string | undefined {
  if (answer.type === "ok") return undefined;
  const body = ("body" in answer ? answer.body : undefined) as { message?: unknown; error?: unknown; files?: unknown } | undefined;
  const code = `refused.${codeOf(answer)}`;
  if (isKey(code)) return w(code, { files: Array.isArray(body?.files) ? body.files.join(", ") : "" });
  // That somebody was faster stands above the page, with the way on.
  if (answer.type === "conflict") return outrun.value ? undefined : w("trouble.conflict");
  if (answer.type === "wrong") {
    const words = body?.message ?? body?.error;
    return typeof words === "string" && words !== "" ? w("trouble.refused", { why: words }) : w("trouble.wrong");
  }
  return w(`trouble.${answer.type}`);
}

export function told(text: string): void {
  say(text);
}

export function remember(text: string): void {
  sentences.value = [text, ...sentences.value.filter((one) => one !== text)].slice(0, 8);
}
