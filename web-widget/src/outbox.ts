// What was written here and is not yet known to be in the log. A `cmid` is made once and kept, through reload
// and reconnect, until the server says what became of it: resending is always safe, and nothing is stored twice.
// Plain values; every function returns a new one.

import type { ErrorCode, Ev, SendBody, SendKind, ServerFrame } from "./protocol.ts";

export type SendFrame = { type: "send"; c?: string; cmid: string; kind: SendKind; body: SendBody; seen?: number; trace?: string };
export type Ack = Extract<ServerFrame, { type: "ack" }>;
export type Nack = Extract<ServerFrame, { type: "nack" }>;

export type Delivery =
  | { readonly type: "queued" }
  | { readonly type: "sending" }
  /** Committed; waits for its entry to come with the log. */
  | { readonly type: "sent"; readonly seq: number; readonly at: number }
  | { readonly type: "failed"; readonly code: ErrorCode };

export interface Item {
  readonly cmid: string;
  /** Null: opens the conversation whose id the first ack names. */
  readonly c: string | null;
  readonly kind: SendKind;
  readonly body: SendBody;
  /** When it was written, by this clock. */
  readonly at: number;
  /** What to show until the log says it: the words of a tapped option. */
  readonly label?: string;
  /** Went out at least once, so it may be stored already, under this name and in this conversation. */
  readonly tried?: boolean;
  readonly delivery: Delivery;
}

export interface Outbox {
  readonly items: readonly Item[];
  /** Nothing goes out before this time: the server asked for a pause. */
  readonly notBefore: number;
}

export const emptyOutbox: Outbox = { items: [], notBefore: 0 };

export function add(box: Outbox, item: Omit<Item, "delivery">): Outbox {
  if (box.items.some((held) => held.cmid === item.cmid)) return box;
  return { ...box, items: [...box.items, { ...item, delivery: { type: "queued" } }] };
}

/** Takes in what another outbox held, in the order in which it was written. */
export function join(box: Outbox, items: readonly Item[]): Outbox {
  const fresh = items.filter((item) => !box.items.some((held) => held.cmid === item.cmid));
  return { ...box, items: [...fresh, ...box.items].sort((a, b) => a.at - b.at) };
}

export function remove(box: Outbox, cmid: string): Outbox {
  return { ...box, items: box.items.filter((item) => item.cmid !== cmid) };
}

/**
 * The next one to send, or null. One at a time and in order, so that a refusal of one can never let a later one overtake it.
 * `failed` ones stand aside until somebody decides.
 */
export function next(box: Outbox, now: number): Item | null {
  if (now < box.notBefore || box.items.some((item) => item.delivery.type === "sending")) return null;
  return box.items.find((item) => item.delivery.type === "queued") ?? null;
}

export function sending(box: Outbox, cmid: string): Outbox {
  return { ...box, items: box.items.map((item) => (item.cmid === cmid ? { ...item, tried: true, delivery: { type: "sending" } } : item)) };
}

/** The line was lost: what was under way goes again, with the same `cmid`. */
export function lineLost(box: Outbox): Outbox {
  return requeue(box, "sending");
}

/** The server has lost a part of its data: what it had acked and is not in the log goes again. */
export function dataLost(box: Outbox): Outbox {
  return requeue(box, "sent");
}

/**
 * What was written for one conversation goes to another, or opens it, and keeps its name.
 * What may have opened one already stays: only without `c` does the server find its first copy.
 */
export function redirect(box: Outbox, from: string | null, to: string | null): Outbox {
  return { ...box, items: box.items.map((item) => (item.c === from && item.kind !== "rating" && (from !== null || !item.tried) ? { ...item, c: to } : item)) };
}

/** The conversation was closed before this came: it goes to another, in its place and under the name that follows from its own, so that two tabs that do this do the same. */
export function carryOver(box: Outbox, cmid: string, to: string | null): Outbox {
  return { ...box, items: box.items.map((item) => (item.cmid === cmid ? { ...item, cmid: successor(cmid), c: to, tried: false, delivery: { type: "queued" } as const } : item)) };
}

/** Committed. Everything else that was written for the same new conversation learns its id. */
export function acked(box: Outbox, ack: Ack): Outbox {
  const opened = box.items.find((item) => item.cmid === ack.cmid)?.c === null;
  const items = box.items.map((item) => {
    const c = opened && item.c === null ? ack.c : item.c;
    if (item.cmid === ack.cmid) return { ...item, c, delivery: { type: "sent", seq: ack.seq, at: ack.at } as const };
    return { ...item, c };
  });
  return { ...box, items };
}

export function nacked(box: Outbox, nack: Nack, now: number): Outbox {
  if (!box.items.some((item) => item.cmid === nack.cmid)) return box;
  if (nack.retry === "never") return deliver(box, nack.cmid, { type: "failed", code: nack.code });
  return { ...deliver(box, nack.cmid, { type: "queued" }), notBefore: now + (nack.after_ms ?? 1_000) };
}

/** Tries a failed one again. After `cmid_conflict` it needs a name of its own; else it keeps the one it has. */
export function retry(box: Outbox, cmid: string, freshCmid: string): Outbox {
  const items = box.items.map((item) => {
    if (item.cmid !== cmid || item.delivery.type !== "failed") return item;
    const name = item.delivery.code === "cmid_conflict" ? freshCmid : item.cmid;
    return { ...item, cmid: name, delivery: { type: "queued" } as const };
  });
  return { ...box, items };
}

/** Lets go of what has arrived in the log, or lies before what is held of it. */
export function reconcile(box: Outbox, events: readonly Ev[], held?: { readonly c: string; readonly last: number }): Outbox {
  const arrived = new Set(events.flatMap((ev) => (ev.cmid === undefined ? [] : [ev.cmid])));
  const stays = (item: Item): boolean => !arrived.has(item.cmid) && !(item.delivery.type === "sent" && item.c === held?.c && item.delivery.seq <= (held?.last ?? 0));
  return box.items.every(stays) ? box : { ...box, items: box.items.filter(stays) };
}

export function frameOf(item: Item, seen: number): SendFrame {
  return {
    type: "send",
    ...(item.c === null ? {} : { c: item.c }),
    cmid: item.cmid,
    kind: item.kind,
    body: item.body,
    ...(seen > 0 ? { seen } : {}),
  };
}

/** What a reload must not lose, as text; null: nothing. */
export function pack(box: Outbox): string | null {
  const items = box.items.filter((item) => item.delivery.type !== "sent");
  return items.length > 0 ? JSON.stringify(items) : null;
}

/** Whatever of it can be read. */
export function unpack(text: string | null): readonly Item[] {
  try {
    const value: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(value) ? lineLost({ items: value.filter(isItem), notBefore: 0 }).items : [];
  } catch {
    return [];
  }
}

/** A random UUID, also on pages without TLS, where `crypto.randomUUID` is missing. */
export function newCmid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Names a new trace, as W3C Trace Context writes it; whether it is kept is for the server to say. */
export function traceparent(): string {
  const hex = () => newCmid().replaceAll("-", "");
  return `00-${hex()}-${hex().slice(16)}-01`;
}

/** The next name after this one: its last digits counted on. */
function successor(cmid: string): string {
  return cmid.slice(0, -8) + ((Number.parseInt(cmid.slice(-8), 16) + 1) >>> 0).toString(16).padStart(8, "0");
}

function requeue(box: Outbox, from: Delivery["type"]): Outbox {
  return { ...box, items: box.items.map((item) => (item.delivery.type === from ? { ...item, delivery: { type: "queued" } as const } : item)) };
}

function deliver(box: Outbox, cmid: string, delivery: Delivery): Outbox {
  return { ...box, items: box.items.map((item) => (item.cmid === cmid ? { ...item, delivery } : item)) };
}

function isItem(value: unknown): value is Item {
  if (typeof value !== "object" || value === null) return false;
  const item = value as Partial<Item>;
  return typeof item.cmid === "string" && typeof item.kind === "string" && typeof item.body === "object" && typeof item.delivery === "object";
}
