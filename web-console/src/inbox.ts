// Which conversations there are, and which view shows them. Pure: every function takes a state and gives a new one.
//
// The server's lists may overlap and may be older than a change that was heard meanwhile, so one map holds each
// conversation once, in its newest form, and the views are filters over that map.

import type { Conversation, View } from "./wire.ts";

export type Inbox = {
  /** Newest form of each conversation, by id. */
  readonly all: ReadonlyMap<string, Held>;
  /** Counts connections: an entry of an older one must be confirmed by the next list. */
  readonly round: number;
};

export type Held = Conversation & { readonly round: number };

export type Listed = View;

/** What a view that somebody saved lets through; everything that is given must fit. */
export type Filter = {
  state?: "waiting" | "assigned" | "bot" | "closed" | "snoozed";
  department?: string;
  label?: string;
  priority?: string;
  language?: string;
  /** An agent's id; `me`: whoever looks. */
  agent?: string;
  older_than_minutes?: number;
};

/** What the person looks at. */
export type Shown = { kind: "waiting" | "mine" | "mentioned" | "all" | "snoozed" | "bot" | "closed" } | { kind: "department"; name: string } | { kind: "saved"; id: string; title: string; filter: Filter };

export type Group = {
  kind: "waiting" | "mine" | "colleagues" | "snoozed" | "bot" | "closed";
  items: Held[];
};

export const EMPTY: Inbox = { all: new Map(), round: 0 };

const RANK: Record<string, number> = { urgent: 0, high: 1, normal: 2 };

/** A new connection: what is held stays visible, but has to be confirmed. */
export function reconnected(inbox: Inbox): Inbox {
  return { all: inbox.all, round: inbox.round + 1 };
}

/** One conversation changed. */
export function changed(inbox: Inbox, conversation: Conversation): Inbox {
  const held = inbox.all.get(conversation.c);
  if (held && isOlder(conversation, held)) {
    if (held.round === inbox.round) return inbox;
    return put(inbox, { ...held, round: inbox.round });
  }
  return put(inbox, { ...conversation, round: inbox.round });
}

/** The answer to `watch`: everything in it, and nothing from before that should be in it and is not. */
export function listed(inbox: Inbox, view: Listed, conversations: readonly Conversation[], me: string): Inbox {
  let next = inbox;
  for (const conversation of conversations) next = changed(next, conversation);
  const named = new Set(conversations.map((x) => x.c));
  const all = new Map(next.all);
  for (const [c, held] of all) {
    if (held.round < inbox.round && !named.has(c) && covers(view, held, me)) all.delete(c);
  }
  return { all, round: next.round };
}

/** There is no such conversation, or not for this person. */
export function gone(inbox: Inbox, c: string): Inbox {
  const all = new Map(inbox.all);
  all.delete(c);
  return { all, round: inbox.round };
}

/** Whether there are more than a view shows: its lists were cut short by the server. */
export function hasMore(shown: Shown, cut: ReadonlySet<Listed>): boolean {
  switch (shown.kind) {
    case "waiting":
    case "mine":
    case "snoozed":
    case "closed":
    case "mentioned":
    case "department":
      return cut.has(shown.kind);
    case "all":
      return cut.has("waiting") || cut.has("mine") || cut.has("department");
    case "saved":
      return cut.size > 0;
    case "bot":
      // What the bot has stands in the list of all alone.
      return cut.has("all");
  }
}

const ORDER: readonly Group["kind"][] = ["waiting", "mine", "colleagues", "snoozed", "bot", "closed"];

/** What a view shows, in groups, each in its own order. `now`: for views that ask for an age. */
export function groups(inbox: Inbox, shown: Shown, me: string, match = "", now = 0): Group[] {
  const wanted: Record<Group["kind"], Held[]> = { waiting: [], mine: [], colleagues: [], snoozed: [], bot: [], closed: [] };
  for (const held of inbox.all.values()) {
    const kind = groupOf(held, me);
    if (isShown(held, kind, shown, me, now) && matches(held, match)) wanted[kind].push(held);
  }
  wanted.waiting.sort(longestFirst);
  for (const kind of ["mine", "colleagues", "bot", "closed"] as const) wanted[kind].sort(newestFirst);
  wanted.snoozed.sort((a, b) => (a.snoozed_until ?? 0) - (b.snoozed_until ?? 0) || compare(a.c, b.c));
  return ORDER.map((kind) => ({ kind, items: wanted[kind] })).filter((group) => group.items.length > 0);
}

/** The groups of before wherever nothing in them is different, so that what shows them has nothing to do. */
export function settled(before: readonly Group[], after: readonly Group[]): Group[] {
  return after.map((group) => {
    const old = before.find((one) => one.kind === group.kind);
    return old && old.items.length === group.items.length && old.items.every((item, at) => item === group.items[at]) ? old : group;
  });
}

export type Counts = { waiting: number; mine: number; mentioned: number; all: number; snoozed: number; bot: number; closed: number; departments: Map<string, number>; saved: Map<string, number> };

/** How many each view holds. */
export function counts(inbox: Inbox, me: string, saved: readonly { id: string; filter: Filter }[] = [], now = 0): Counts {
  const result: Counts = { waiting: 0, mine: 0, mentioned: 0, all: 0, snoozed: 0, bot: 0, closed: 0, departments: new Map(), saved: new Map(saved.map((view) => [view.id, 0])) };
  for (const held of inbox.all.values()) {
    const kind = groupOf(held, me);
    if (held.mentioned?.includes(me)) result.mentioned += 1;
    for (const view of saved) if (fits(held, kind, view.filter, me, now)) result.saved.set(view.id, (result.saved.get(view.id) ?? 0) + 1);
    if (kind === "closed" || kind === "bot" || kind === "snoozed") {
      result[kind] += 1;
      continue;
    }
    result.all += 1;
    if (kind === "waiting") result.waiting += 1;
    if (kind === "mine") result.mine += 1;
    if (held.department) result.departments.set(held.department, (result.departments.get(held.department) ?? 0) + 1);
  }
  return result;
}

export function sameCounts(a: Counts, b: Counts): boolean {
  const same = (x: ReadonlyMap<string, number>, y: ReadonlyMap<string, number>) => x.size === y.size && [...x].every(([name, n]) => y.get(name) === n);
  return (["waiting", "mine", "mentioned", "all", "snoozed", "bot", "closed"] as const).every((kind) => a[kind] === b[kind]) && same(a.departments, b.departments) && same(a.saved, b.saved);
}

export function groupOf(conversation: Conversation, me: string): Group["kind"] {
  switch (conversation.state) {
    case "waiting":
      return "waiting";
    case "assigned":
      if (conversation.snoozed_until) return "snoozed";
      return conversation.agent?.id === me ? "mine" : "colleagues";
    case "bot":
      return "bot";
    case "closed":
      return "closed";
  }
}

/** Since when the visitor waits; a list that leaves it out must not put the chat first. */
export function waitingSince(conversation: Conversation): number {
  return conversation.waiting_since ?? conversation.updated_at;
}

function isShown(held: Held, kind: Group["kind"], shown: Shown, me: string, now: number): boolean {
  switch (shown.kind) {
    case "all":
      return kind === "waiting" || kind === "mine" || kind === "colleagues";
    case "department":
      return held.department === shown.name && (kind === "waiting" || kind === "mine" || kind === "colleagues");
    case "mentioned":
      return held.mentioned?.includes(me) ?? false;
    case "saved":
      return fits(held, kind, shown.filter, me, now);
    default:
      return kind === shown.kind;
  }
}

function fits(held: Held, kind: Group["kind"], filter: Filter, me: string, now: number): boolean {
  const { state, department, label, priority, language, agent, older_than_minutes: older } = filter;
  if (state === undefined ? kind === "closed" : state === "snoozed" ? kind !== "snoozed" : held.state !== state) return false;
  if (department !== undefined && held.department !== department) return false;
  if (label !== undefined && !held.labels?.includes(label)) return false;
  if (priority !== undefined && (held.priority ?? "normal") !== priority) return false;
  if (language !== undefined && held.language?.split("-")[0] !== language.split("-")[0]) return false;
  if (agent !== undefined && held.agent?.id !== (agent === "me" ? me : agent)) return false;
  return older === undefined || now - (held.state === "waiting" ? waitingSince(held) : held.updated_at) >= older * 60_000;
}

function matches(held: Held, match: string): boolean {
  if (match === "") return true;
  const visitor = held.visitor;
  const text = [visitor?.name, visitor?.email, visitor?.page?.url, held.preview, held.department, held.language, held.agent?.name, ...(held.labels ?? [])].join(" ");
  return text.toLocaleLowerCase().includes(match.toLocaleLowerCase());
}

function covers(view: Listed, held: Held, me: string): boolean {
  if (view === "waiting") return held.state === "waiting";
  if (view === "mine") return groupOf(held, me) === "mine";
  // The others may be cut short by the server: absence from them says nothing.
  return false;
}

function isOlder(a: Conversation, b: Conversation): boolean {
  if (a.ver !== b.ver) return a.ver < b.ver;
  return a.head !== b.head ? a.head < b.head : a.updated_at < b.updated_at;
}

function put(inbox: Inbox, held: Held): Inbox {
  const all = new Map(inbox.all);
  all.set(held.c, held);
  return { all, round: inbox.round };
}

function longestFirst(a: Held, b: Held): number {
  return (RANK[a.priority ?? "normal"] ?? 2) - (RANK[b.priority ?? "normal"] ?? 2) || waitingSince(a) - waitingSince(b) || compare(a.c, b.c);
}

function newestFirst(a: Held, b: Held): number {
  return b.updated_at - a.updated_at || compare(a.c, b.c);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
