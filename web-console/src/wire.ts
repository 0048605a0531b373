// The frames and rows of the agents' side, as the console reads them.

import type * as p from "../../web-widget/src/protocol.ts";

export type { ErrorCode, From, Limits, Packet, PacketCandidate, PresenceState, TransferTo, Welcome } from "../../web-widget/src/protocol.ts";

export type Conversation = p.Conversation & {
  labels?: string[];
  /** Put away by its agent until then. */
  snoozed_until?: number;
  /** Somebody wants to look at it again then. */
  follow_up?: number;
  last_agent?: string;
  /** Who is mentioned in a note and has not looked yet. */
  mentioned?: string[];
  /** Whose answer is awaited. */
  offered_to?: p.From;
};

export type Colleague = p.Colleague & { departments?: string[]; role?: string };

export type Me = Omit<p.Me, "colleagues"> & { colleagues: Colleague[] };

export type Priority = "normal" | "high" | "urgent";

/** Exactly one of these. */
export type Mark = { labels: string[] } | { snooze: number | null } | { priority: Priority } | { follow_up: number | null };

type Base = Omit<Extract<p.Ev, { kind: "text" }>, "kind" | "body">;

export type Ev =
  | Exclude<p.Ev, { kind: "note" | "closed" | "marked" | "reopened" }>
  | (Base & { kind: "note"; body: { text: string; mentions?: string[]; whisper?: boolean } })
  | (Base & { kind: "closed"; body: { reason?: string; follow_up?: number } })
  | (Base & { kind: "marked"; body: { labels?: string[]; snoozed_until?: number | null; follow_up?: number | null; priority?: string } })
  | (Base & { kind: "reopened"; body: { to: "bot" | "queue" | "agent" } });

export type View = "waiting" | "mine" | "department" | "all" | "snoozed" | "closed" | "mentioned";

export type Res = Omit<p.Res, "conversation" | "conversations"> & { conversation?: Conversation; conversations?: Conversation[] };

export type ClientFrame =
  | Exclude<p.ClientFrame, { type: "watch" | "claim" | "note" | "presence" | "resolve" }>
  | { type: "watch"; rid: string; view: View }
  | { type: "claim"; rid: string; c: string; ver: number; force?: true }
  | { type: "decline"; rid: string; c: string }
  | ({ type: "mark"; rid: string; c: string } & Mark)
  | { type: "reopen"; rid: string; c: string; ver: number }
  | { type: "resolve"; rid: string; c: string; ver: number; reason: string; follow_up?: number }
  | { type: "note"; c: string; cmid: string; body: { text: string; mentions?: string[]; whisper?: boolean } }
  | { type: "presence"; state: p.PresenceState; agent?: string }
  | { type: "look"; c?: string };

export type DeskPart = "canned" | "macros" | "views" | "wording" | "departments" | "people";

export type ServerFrame =
  | Exclude<p.ServerFrame, { type: "conversation" | "res" | "ev" | "welcome" }>
  | ({ type: "conversation" } & Conversation)
  | ({ type: "res" } & Res)
  | ({ type: "ev" } & Ev)
  | ({ type: "welcome" } & Omit<p.Welcome, "me" | "conversations"> & { me?: Me; conversations: Conversation[] })
  | { type: "offer"; c: string; until?: number; conversation?: Conversation }
  | { type: "looking"; c: string; agents: p.From[] }
  | { type: "desk"; what: DeskPart }
  | { type: "page"; c: string; page: p.Page; at: number };
