// Who said something in an entry of the log, and how people are called. Pure.

import type { Ev } from "./protocol.ts";

export type Speaker = "visitor" | "bot" | "agent";

export function speakerOf(ev: Ev): Speaker | null {
  if (ev.kind !== "text" && ev.kind !== "answer" && ev.kind !== "clarify") return null;
  return ev.from.kind === "visitor" ? "visitor" : ev.from.kind === "agent" ? "agent" : "bot";
}

/** Whether somebody else said something that the visitor should see. */
export function isNews(ev: Ev): boolean {
  return ev.from.kind !== "visitor" && speakerOf(ev) !== null;
}

/** What was said last, without its marks, on one line. */
export function lastWords(entries: readonly Ev[]): string {
  const last = entries.findLast((ev) => speakerOf(ev) !== null);
  return last && "text" in last.body ? last.body.text.replace(/[*_`#>]/g, "").replace(/\s+/g, " ").slice(0, 140) : "";
}

/** Whether there is anything to see in it: blanks and marks without width alone are nothing. */
export function isBlank(text: string): boolean {
  return text.replace(/[\s\p{Cf}\u115f\u1160\u2800\u3164\uffa0]/gu, "") === "";
}
