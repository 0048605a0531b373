// Whether somebody is there for this visitor: the one answer that head, cards, foot and first screen are drawn from. Pure.

import type { Ev, Wait } from "./protocol.ts";
import type { State } from "./state.ts";

/** `closed`: out of hours; `full`: a person is wanted, and there is no place in line; `nobody`: in hours, but nobody is online. */
export type People = "here" | "nobody" | "full" | "closed";

type Given = Pick<State, "queue" | "site" | "log" | "status">;

export function peopleOf({ site, log, status, queue }: Given): People {
  if (site && !site.open) return "closed";
  // In hours the bot asks for an address where it finds no place in line, and only there; a hand-off ends that.
  const last = status.state === "bot" ? log?.entries.findLast((ev) => asks(ev) || ev.kind === "released") : undefined;
  if (last && asks(last)) return "full";
  return (queue ? queue.wait : site?.staffed) ? "here" : site || queue ? "nobody" : "here";
}

/** How long one waits for a person; null: nobody is online who could come. */
export function waitOf({ queue, site }: Pick<State, "queue" | "site">): Wait | null {
  return queue ? queue.wait : site?.staffed ? (site.wait_s ?? null) : null;
}

export function asks(ev: Ev | undefined): boolean {
  return ev?.kind === "text" && ev.body.ask === "email";
}

/** The bot has asked for an address, and it was left. */
export function leftEmail(entries: readonly Ev[]): boolean {
  const ask = entries.findLast(asks);
  return ask !== undefined && entries.some((ev) => ev.seq > ask.seq && ev.kind === "text" && ev.body.fields !== undefined);
}

/** The bot waits for an address, and nobody has given one since. */
export function asksEmail(entries: readonly Ev[]): boolean {
  const ask = entries.findLast((ev) => ev.kind === "text" && ev.body.ask !== undefined);
  return ask !== undefined && asks(ask) && !entries.some((ev) => ev.seq > ask.seq && (ev.kind === "claimed" || (ev.kind === "text" && ev.from.kind === "visitor")));
}
