// Which conversations there are, and which view shows them. Pure: every function takes a state and gives a new one.
//
// The server's lists may overlap and may be older than a change that was heard meanwhile, so one map holds each
// conversation once, in its newest form, and the views are filters over that map.

import type { Conversation } from "../../web-widget/src/protocol.ts";

export type Inbox = {
  /** Newest form of each conversation, by id. */
  readonly all: ReadonlyMap<string, Held>;
  /** Counts connections: an entry of an older one must be confirmed by the next list. */
  readonly round: number;
};

export type Held = Conversation & { readonly round: number };

export type Listed = "waiting" | "mine" | "department" | "all";

/** What the person looks at. */
export type Shown = { kind: "waiting" | "mine" | "all" | "bot" | "closed" } | { kind: "department"; name: string };

export type Group = {
  kind: "waiting" | "mine" | "colleagues" | "bot" | "closed";
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
      return cut.has(shown.kind);
    case "department":
      return cut.has("department");
    case "all":
      return cut.has("waiting") || cut.has("mine") || cut.has("department");
    default:
      // What the bot has and what is closed stands in the list of all alone.
      return cut.has("all");
  }
}

/** What a view shows, in groups, each in its own order. */
export function groups(inbox: Inbox, shown: Shown, me: string, match = ""): Group[] {
  const wanted: Record<Group["kind"], Held[]> = { waiting: [], mine: [], colleagues: [], bot: [], closed: [] };
  for (const held of inbox.all.values()) {
    const kind = groupOf(held, me);
    if (isShown(held, kind, shown) && matches(held, match)) wanted[kind].push(held);
  }
  wanted.waiting.sort(longestFirst);
  for (const kind of ["mine", "colleagues", "bot", "closed"] as const) wanted[kind].sort(newestFirst);
  const order: Group["kind"][] = ["waiting", "mine", "colleagues", "bot", "closed"];
  return order.map((kind) => ({ kind, items: wanted[kind] })).filter((group) => group.items.length > 0);
}

/** How many each view holds. Closed ones are not counted: nobody has to do anything about them. */
export function counts(inbox: Inbox, me: string): { waiting: number; mine: number; all: number; bot: number; departments: Map<string, number> } {
  const result = { waiting: 0, mine: 0, all: 0, bot: 0, departments: new Map<string, number>() };
  for (const held of inbox.all.values()) {
    const kind = groupOf(held, me);
    if (kind === "closed") continue;
    if (kind === "bot") {
      result.bot += 1;
      continue;
    }
    result.all += 1;
    if (kind === "waiting") result.waiting += 1;
    if (kind === "mine") result.mine += 1;
    if (held.department) result.departments.set(held.department, (result.departments.get(held.department) ?? 0) + 1);
  }
  return result;
}

export function groupOf(conversation: Conversation, me: string): Group["kind"] {
  switch (conversation.state) {
    case "waiting":
      return "waiting";
    case "assigned":
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

function isShown(held: Held, kind: Group["kind"], shown: Shown): boolean {
  switch (shown.kind) {
    case "all":
      return kind === "waiting" || kind === "mine" || kind === "colleagues";
    case "department":
      return held.department === shown.name && kind !== "bot" && kind !== "closed";
    default:
      return kind === shown.kind;
  }
}

function matches(held: Held, match: string): boolean {
  if (match === "") return true;
  const visitor = held.visitor;
  const text = [visitor?.name, visitor?.email, visitor?.page?.url, held.preview, held.department, held.language, held.agent?.name].join(" ");
  return text.toLocaleLowerCase().includes(match.toLocaleLowerCase());
}

function covers(view: Listed, held: Held, me: string): boolean {
  if (view === "waiting") return held.state === "waiting";
  if (view === "mine") return groupOf(held, me) === "mine";
  // `department` and `all` may be cut short by the server: absence from them says nothing.
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
