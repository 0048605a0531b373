// The log and the outbox as rows to show: days, events, and turns in groups. Pure.

import type { Log } from "./log.ts";
import type { Item, Outbox } from "./outbox.ts";
import type { Choice, ErrorCode, Ev } from "./protocol.ts";
import { speakerOf, type Speaker } from "./said.ts";
import { asks } from "./wait.ts";

/** Turns of one speaker within this time stand together. */
const TOGETHER_MS = 5 * 60_000;

export type Mark =
  | { readonly type: "sending" | "waiting" | "sent" | "seen" }
  | { readonly type: "failed"; readonly cmid: string; readonly code: ErrorCode };

export interface Turn {
  readonly type: "turn";
  /** The same while a message goes from outbox to log, so that it stays one element. */
  readonly key: string;
  readonly speaker: Speaker;
  /** An agent's name. */
  readonly name: string | null;
  /** Follows a turn of the same speaker. */
  readonly again: boolean;
  /** Somebody else spoke on the other side before, or a while ago: name and time are worth a line. */
  readonly named: boolean;
  readonly at: number;
  readonly text: string;
  readonly ev: Ev | null;
  readonly mark: Mark | null;
  /** What may still be tapped: nothing once the talk went on. */
  readonly options: readonly Choice[];
  /** Of these options the last one means "none of these". */
  readonly clarify: boolean;
  /** An answer of which one can say whether it helped: not one that only says that somebody comes. */
  readonly ratable: boolean;
  /** The thumb that was given: 1 or 5. */
  readonly thumb: number | null;
  /** A few emoji and nothing else. */
  readonly emoji: boolean;
}

export type Row =
  | { readonly type: "day"; readonly key: string; readonly at: number }
  | { readonly type: "line"; readonly key: string; readonly ev: Ev }
  | Turn;

export interface Given {
  readonly log: Log | null;
  readonly outbox: Outbox;
  readonly live: boolean;
  /** Up to where the other side has read. */
  readonly seen: number;
}

const LINES: readonly Ev["kind"][] = ["handoff", "claimed", "released", "transferred", "away", "closed", "reopened"];

export function timeline({ log, outbox, live, seen }: Given): readonly Row[] {
  const entries = log?.entries ?? [];
  const pending = outbox.items.filter((item) => item.kind !== "rating" && (item.c === null || item.c === log?.c));
  const thumbs = new Map<number, number>();
  for (const ev of entries) if (ev.kind === "rating" && ev.body.about !== undefined) thumbs.set(ev.body.about, ev.body.score);
  for (const item of outbox.items) if (item.kind === "rating" && item.body.about !== undefined) thumbs.set(item.body.about, item.body.score ?? 0);

  const said = entries.filter((ev) => speakerOf(ev) !== null);
  const own = said.filter((ev) => ev.from.kind === "visitor");
  const lastSeen = own.findLast((ev) => ev.seq <= seen)?.seq;
  const lastOwn = own[own.length - 1]?.seq;
  const personCame = entries.some((ev) => ev.kind === "claimed" || ev.from.kind === "agent");
  const lastSaid = said[said.length - 1];
  const quiet = pending.length > 0 || entries.findLast((ev) => ev.kind === "closed" || ev.kind === "reopened")?.kind === "closed";

  const rows: Row[] = [];
  let before: { speaker: Speaker | null; name: string | null; at: number } = { speaker: null, name: null, at: 0 };

  /** The last who was named on the other side. */
  let other: { speaker: Speaker; name: string | null; at: number } | null = null;

  function pause(at: number): void {
    before = { speaker: null, name: null, at };
    other = null;
  }

  function day(at: number): void {
    if (before.at !== 0 && sameDay(before.at, at)) return;
    rows.push({ type: "day", key: `day-${at}`, at });
    pause(at);
  }

  function turn(row: Omit<Turn, "type" | "again" | "named">): void {
    const again = before.speaker === row.speaker && before.name === row.name && row.at - before.at < TOGETHER_MS;
    const named = row.speaker !== "visitor" && !again && !(other?.speaker === row.speaker && other.name === row.name && row.at - other.at < TOGETHER_MS);
    rows.push({ type: "turn", again, named, ...row });
    before = { speaker: row.speaker, name: row.name, at: row.at };
    if (named) other = before as typeof other;
  }

  for (const [at, ev] of entries.entries()) {
    const speaker = speakerOf(ev);
    if (speaker !== null) {
      day(ev.at);
      const open = ev === lastSaid && !quiet;
      turn({
        key: ev.cmid ?? ev.mid,
        speaker,
        name: speaker === "agent" ? (ev.from.name ?? null) : null,
        at: ev.at,
        text: textOf(ev),
        ev,
        mark: speaker === "visitor" ? markOf(ev.seq) : null,
        options: open ? optionsOf(ev) : [],
        clarify: ev.kind === "clarify",
        ratable: ev.kind === "answer" && entries[at + 1]?.kind !== "handoff",
        emoji: isEmoji(textOf(ev)),
        thumb: thumbs.get(ev.seq) ?? null,
      });
    } else if (LINES.includes(ev.kind)) {
      day(ev.at);
      rows.push({ type: "line", key: ev.mid, ev });
      pause(ev.at);
    }
  }
  const arrived = new Set(entries.map((ev) => ev.cmid));
  for (const item of pending) {
    if (arrived.has(item.cmid)) continue;
    day(item.at);
    turn({ key: item.cmid, speaker: "visitor", name: null, at: item.at, text: item.label ?? item.body.text ?? "", ev: null, mark: pendingMark(item, live), options: [], clarify: false, ratable: false, thumb: null, emoji: isEmoji(item.body.text ?? "") });
  }
  return rows;

  function markOf(seq: number): Mark | null {
    if (seq === lastSeen && personCame) return { type: "seen" };
    if (seq === lastOwn && seq > (lastSeen ?? 0) && !(lastSaid && lastSaid.seq > seq)) return { type: "sent" };
    return null;
  }
}

function textOf(ev: Ev): string {
  if (ev.kind !== "text" && ev.kind !== "answer" && ev.kind !== "clarify") return "";
  const fields = ev.kind === "text" ? ev.body.fields : undefined;
  return fields ? formText(fields) : ev.body.text;
}

/** What may be tapped after it. */
function optionsOf(ev: Ev): readonly Choice[] {
  // An empty list is left out on the wire. Where the bot asks for an address a card does so already.
  const options = ev.kind === "answer" || ev.kind === "clarify" || ev.kind === "text" ? (ev.body.options ?? []) : [];
  return asks(ev) ? options.filter(({ id }) => id !== "email") : options;
}

/** What was filled in, as it stands in the log: the name before the address. */
export function formText(fields: Readonly<Record<string, string | undefined>>): string {
  return Object.keys(fields).sort().reverse().map((name) => fields[name]).filter(Boolean).join("\n");
}

function isEmoji(text: string): boolean {
  const bare = text.trim();
  return bare.length <= 40 && /^(?:(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[#*0-9]\ufe0f\u20e3)[\p{Emoji_Modifier}\ufe0f\u200d\s]*){1,6}$/u.test(bare);
}

function pendingMark(item: Item, live: boolean): Mark {
  if (item.delivery.type === "failed") return { type: "failed", cmid: item.cmid, code: item.delivery.code };
  if (item.delivery.type === "sent") return { type: "sent" };
  return { type: live ? "sending" : "waiting" };
}

function sameDay(a: number, b: number): boolean {
  return new Date(a).setHours(0, 0, 0, 0) === new Date(b).setHours(0, 0, 0, 0);
}
