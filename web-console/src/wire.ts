// The frames and rows of the agents' side, as the console reads them.

import type * as p from "../../web-widget/src/protocol.ts";

export type { ClientFrame, Colleague, Conversation, ErrorCode, Ev, From, Limits, Me, Packet, PacketCandidate, PresenceState, Res, TransferTo, View, Welcome } from "../../web-widget/src/protocol.ts";

export type Priority = "normal" | "high" | "urgent";

/** Exactly one of these; a time of 0 ends it. */
export type Mark = { labels: string[] } | { snooze: number } | { priority: Priority } | { follow_up: number };

/** Also where a visitor goes, as it happens. */
export type ServerFrame = p.ServerFrame | { type: "page"; c: string; page: p.Page; at: number };
