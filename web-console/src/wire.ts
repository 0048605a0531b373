// The frames and rows of the agents' side, as the console reads them.

export type { ClientFrame, Colleague, Conversation, ErrorCode, Ev, From, Limits, Me, Packet, PacketCandidate, PresenceState, Res, ServerFrame, TransferTo, View, Welcome } from "../../web-widget/src/protocol.ts";

export type Priority = "normal" | "high" | "urgent";

/** Exactly one of these; a time of 0 ends it. */
export type Mark = { labels: string[] } | { snooze: number } | { priority: Priority } | { follow_up: number };
