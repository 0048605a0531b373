// Who has the conversation, as its log tells it.

import type { Conversation, ConversationState, Ev, From } from "./protocol.ts";

export interface Status {
  readonly state: ConversationState;
  readonly agent: From | null;
  /** The agent's socket is gone for now. */
  readonly away: boolean;
}

export const atFirst: Status = { state: "bot", agent: null, away: false };

export function statusOf(conversation: Conversation): Status {
  return { state: conversation.state, agent: conversation.agent ?? null, away: false };
}

export function fold(status: Status, ev: Ev): Status {
  switch (ev.kind) {
    case "handoff":
      return { state: "waiting", agent: null, away: false };
    case "claimed":
      return { state: "assigned", agent: ev.body.agent, away: false };
    case "released":
      return { state: ev.body.to === "bot" ? "bot" : "waiting", agent: null, away: false };
    case "transferred":
      if ("department" in ev.body.to) return { state: "waiting", agent: null, away: false };
      return { state: "assigned", agent: { kind: "agent", id: ev.body.to.agent, ...(ev.body.name === undefined ? {} : { name: ev.body.name }) }, away: false };
    case "away":
      return { ...status, away: true };
    case "reopened":
      return ev.body.to === "agent" ? { state: "assigned", agent: ev.from, away: false } : { state: ev.body.to === "bot" ? "bot" : "waiting", agent: null, away: false };
    case "closed":
      return { ...status, state: "closed", away: false };
    case "text":
      return ev.from.kind === "agent" && status.away ? { ...status, away: false } : status;
    default:
      return status;
  }
}
