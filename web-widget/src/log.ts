// The log of one conversation as this reader may see it: no doubles, no gaps, one order.
// Plain values; every function returns a new one, or the same one when nothing changed.

import type { Ev } from "./protocol.ts";

export interface Log {
  readonly c: string;
  /** Without a gap: the `prev` of each is the `seq` of the one before it. */
  readonly entries: readonly Ev[];
  /** `seq` of what lies before the first entry and is not held here; 0: the beginning is here. */
  readonly before: number;
  /** Held up to here without a gap. What `resume` names. */
  readonly last: number;
  /** Came while something before it is still missing; by `seq`. */
  readonly ahead: readonly Ev[];
}

/** Holds nothing; what came up to `last` is known elsewhere or not wanted. */
export function startLog(c: string, last = 0): Log {
  return { c, entries: [], before: last, last, ahead: [] };
}

/** Takes entries in, in any order and any number of times. */
export function receive(log: Log, events: readonly Ev[]): Log {
  const fresh = events.filter((ev) => ev.c === log.c && ev.seq > log.last && !log.ahead.some((held) => held.seq === ev.seq));
  if (fresh.length === 0) return log;
  const waiting = [...log.ahead, ...fresh].sort((a, b) => a.seq - b.seq);
  const added: Ev[] = [];
  let last = log.last;
  while (waiting[0] && waiting[0].prev <= last) {
    const next = waiting.shift();
    if (!next || next.seq <= last) continue;
    added.push(next);
    last = next.seq;
  }
  return { ...log, entries: added.length > 0 ? [...log.entries, ...added] : log.entries, last, ahead: waiting };
}

/** Adds an older page, as `fetch` with `before` gives it. Into an empty log it goes as it is. */
export function prepend(log: Log, events: readonly Ev[]): Log {
  const page = events.filter((ev) => ev.c === log.c);
  const first = page[0];
  const end = page[page.length - 1];
  if (!first || !end) return log;
  if (log.entries.length === 0) {
    return receive({ ...log, entries: page, before: first.prev, last: Math.max(end.seq, log.last) }, []);
  }
  if (end.seq !== log.before) return log;
  return { ...log, entries: [...page, ...log.entries], before: first.prev };
}

/** Where to `fetch` from (`after`), when something is missing: before what came early, or before the server's `head`. */
export function missingAfter(log: Log, head = 0): number | null {
  return log.ahead.length > 0 || head > log.last ? log.last : null;
}
