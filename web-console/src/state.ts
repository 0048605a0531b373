// What the page knows, as signals. `line.ts` writes what the server says, `acts.ts` what the person does, `ui/` reads.

import { computed, signal } from "@preact/signals";
import type { Log } from "../../web-widget/src/log.ts";
import { emptyOutbox, type Outbox } from "../../web-widget/src/outbox.ts";
import type { SocketState } from "../../web-widget/src/socket.ts";
import type { Person } from "./api.ts";
import type { Mode } from "./drafts.ts";
import type { Colleague, Conversation, ErrorCode, From, Limits, Me, TransferTo } from "./wire.ts";
import { counts, EMPTY, groups, sameCounts, settled, type Counts, type Filter, type Group, type Held, type Inbox, type Listed, type Shown } from "./inbox.ts";

/** Why a reply was not sent; the text is back in the box. */
export type Stop = { code: "stale" | "not_assignee" | "closed"; seen: number };

export type Typing = { from: From; preview: string | undefined; until: number };

export type Dialog = "commands" | "transfer" | "resolve" | "help" | "settings" | "account" | "snooze" | "labels" | "macros" | "block" | "bulk" | "view" | "improve" | "earlier";

export type Pane = "list" | "conversation" | "visitor";

/** What the rail leads to. */
export type Place = "inbox" | "board" | "team" | "admin" | "unanswered" | "try" | "releases";

/** A chat that this person may take before others are asked. */
export type Offer = { c: string; until: number; conversation: Conversation | undefined };

export type Notice = { text: string; tone: "plain" | "bad"; n: number };

/** Undefined: not known yet; null: nobody. */
export const person = signal<Person | null | undefined>(undefined);
/** Why the login page is shown to somebody who was inside. */
export const farewell = signal<"out" | "revoked" | undefined>(undefined);

export const line = signal<SocketState>({ type: "idle" });
export const me = signal<Me | undefined>(undefined);
export const limits = signal<Limits | undefined>(undefined);
export const colleagues = signal<ReadonlyMap<string, Colleague>>(new Map());

/** The server's clock, to the second; the local one may be wrong by hours. */
export const now = signal(Date.now());
export const skew = signal(0);

export const inbox = signal<Inbox>(EMPTY);
/** Lists that the server has cut short. */
export const cut = signal<ReadonlySet<Listed>>(new Set());
/** The lists have come at least once. */
export const ready = signal(false);
export const shown = signal<Shown>({ kind: "all" });
export const match = signal("");
export const selected = signal<string | undefined>(undefined);
/** Conversations that the server does not show to this person. */
export const missing = signal<ReadonlySet<string>>(new Set());

export const logs = signal<ReadonlyMap<string, Log>>(new Map());
/** Up to where the visitor has read, by conversation. */
export const reads = signal<ReadonlyMap<string, number>>(new Map());
/** Up to where this person has looked, by conversation. */
export const looked = signal<ReadonlyMap<string, number>>(new Map());
export const typing = signal<ReadonlyMap<string, Typing>>(new Map());

export const replies = signal<Outbox>(emptyOutbox);
export const notes = signal<Outbox>(emptyOutbox);
export const stops = signal<ReadonlyMap<string, Stop>>(new Map());
export const modes = signal<ReadonlyMap<string, Mode>>(new Map());

export const place = signal<Place>("inbox");
/** Which part of the place, such as `people`. */
export const part = signal("");
export const offers = signal<ReadonlyMap<string, Offer>>(new Map());
/** Who else has a conversation on the screen. */
export const looking = signal<ReadonlyMap<string, readonly From[]>>(new Map());
/** Pages that visitors went to meanwhile, newest last. */
export const walked = signal<ReadonlyMap<string, readonly { url?: string; title?: string; at: number }[]>>(new Map());
/** Chosen for something that is done to all of them. */
export const picked = signal<ReadonlySet<string>>(new Set());
/** Of the same visitor, opened to read. */
export const earlier = signal<string | undefined>(undefined);
/** The entry that a dialog is about. */
export const about = signal<number | undefined>(undefined);
/** The views that somebody saved. */
export const saved = signal<readonly { id: string; title: string; filter: Filter }[]>([]);

/** How many waited, kept by this page for so long, ms. */
export const PAST = 3_600_000;
export const PAST_EVERY = 30_000;
export const past = signal<readonly { at: number; n: number }[]>([]);

export const dialog = signal<Dialog | undefined>(undefined);
/** What the transfer dialog begins with. */
export const transferTo = signal<TransferTo | undefined>(undefined);
export const dialogError = signal<string | undefined>(undefined);
/** An action that waits for its answer. */
export const busy = signal<string | undefined>(undefined);
export const notice = signal<Notice | undefined>(undefined);
/** Only one pane has room. */
export const phone = signal(false);
export const pane = signal<Pane>("list");

export const myId = computed(() => me.value?.id ?? person.value?.id ?? "");
/** Once a minute is often enough for views that ask for an age. */
const minute = computed(() => Math.floor(now.value / 60_000) * 60_000);
let lastGroups: readonly Group[] = [];
export const listGroups = computed(() => (lastGroups = settled(lastGroups, groups(inbox.value, shown.value, myId.value, match.value.trim(), shown.value.kind === "saved" ? minute.value : 0))));
let lastTally: Counts | undefined;
/** The same object as long as no figure is another: who shows them is not drawn anew for every message. */
export const tally = computed(() => {
  const next = counts(inbox.value, myId.value, saved.value, saved.value.length > 0 ? minute.value : 0);
  lastTally = lastTally && sameCounts(lastTally, next) ? lastTally : next;
  return lastTally;
});
export const leads = computed(() => ["supervisor", "admin"].includes(me.value?.role ?? person.value?.role ?? ""));
/** Changes what the bot says. */
export const edits = computed(() => ["editor", "admin"].includes(me.value?.role ?? person.value?.role ?? ""));
/** Reads chats: everybody but editors. */
export const chats = computed(() => (me.value?.role ?? person.value?.role) !== "editor");
export const current = computed<Held | undefined>(() => (selected.value ? inbox.value.all.get(selected.value) : undefined));
export const currentLog = computed<Log | undefined>(() => (selected.value ? logs.value.get(selected.value) : undefined));
export const full = computed(() => (me.value && me.value.capacity > 0 ? tally.value.mine >= me.value.capacity : false));

/** A copy of a map with one entry set, or taken out. */
export function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V | undefined): ReadonlyMap<string, V> {
  const copy = new Map(map);
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return copy;
}

export type Refusal = ErrorCode | "offline" | "timeout";
