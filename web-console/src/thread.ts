// What the transcript shows: the log's entries and what is still on its way, as turns. Pure.

import type { Log } from "../../web-widget/src/log.ts";
import type { Item } from "../../web-widget/src/outbox.ts";
import type { Conversation, Ev, Packet } from "./wire.ts";

export type Who = "visitor" | "bot" | "agent" | "me" | "system";

export type Turn =
  | { type: "day"; key: string; at: number }
  | {
      type: "said";
      key: string;
      at: number;
      who: Who;
      name: string | undefined;
      /** The author is another than of the turn above, or long enough ago to be said again. */
      head: boolean;
      note: boolean;
      text: string;
      /** The entry, once it is in the log. */
      ev: Ev | undefined;
      /** What was written here and is on its way. */
      item: Item | undefined;
      /** Written by somebody else since the reader last looked; see `stop`. */
      fresh: boolean;
    }
  | { type: "event"; key: string; at: number; ev: Ev; /** `claimed`: how long the visitor had waited. */ waited: number | undefined };

export function entriesOf(log: Log | undefined): readonly Ev[] {
  return log?.entries ?? [];
}

/** Two turns of one author within this stand under one name. */
const TOGETHER = 5 * 60_000;

export function turns(log: Log | undefined, replies: readonly Item[], notes: readonly Item[], me: string, freshAfter = Infinity): Turn[] {
  const result: Turn[] = [];
  let last: { who: Who; name: string | undefined; note: boolean; at: number } | undefined;
  let day = "";
  let asked: number | undefined;
  const known = new Set<string>();

  function say(turn: Omit<Extract<Turn, { type: "said" }>, "type" | "head">): void {
    const head = !last || last.who !== turn.who || last.name !== turn.name || last.note !== turn.note || turn.at - last.at > TOGETHER;
    result.push({ type: "said", ...turn, head });
    last = turn;
  }

  for (const ev of entriesOf(log)) {
    const date = new Date(ev.at).toDateString();
    if (date !== day) {
      if (day !== "") result.push({ type: "day", key: `day ${date}`, at: ev.at });
      day = date;
      last = undefined;
    }
    if (ev.cmid) known.add(ev.cmid);
    const words = wordsOf(ev);
    if (words !== undefined) {
      const who = whoOf(ev, me);
      say({
        key: ev.cmid ?? ev.mid,
        at: ev.at,
        who,
        name: ev.from.name,
        note: ev.kind === "note",
        text: words,
        ev,
        item: undefined,
        fresh: ev.seq > freshAfter && who !== "me",
      });
      continue;
    }
    if (ev.kind === "handoff") asked = ev.at;
    result.push({ type: "event", key: ev.mid, at: ev.at, ev, waited: ev.kind === "claimed" && asked !== undefined ? ev.at - asked : undefined });
    if (ev.kind === "claimed") asked = undefined;
    last = undefined;
  }

  const pending = [...replies.map((item) => ({ item, note: false })), ...notes.map((item) => ({ item, note: true }))];
  pending.sort((a, b) => a.item.at - b.item.at);
  for (const { item, note } of pending) {
    if (known.has(item.cmid)) continue;
    say({ key: item.cmid, at: item.at, who: "me", name: undefined, note, text: item.body.text ?? "", ev: undefined, item, fresh: false });
  }
  return result;
}

/** The last hand-off and whether a person has answered since: then its card may step back. */
export function packetOf(log: Log | undefined): { packet: Packet; ev: Extract<Ev, { kind: "handoff" }>; answered: boolean } | undefined {
  let found: { packet: Packet; ev: Extract<Ev, { kind: "handoff" }>; answered: boolean } | undefined;
  for (const ev of entriesOf(log)) {
    if (ev.kind === "handoff" && ev.body.packet) found = { packet: ev.body.packet, ev, answered: false };
    else if (found && ev.kind === "text" && ev.from.kind === "agent") found = { ...found, answered: true };
  }
  return found;
}

/** The word that came along when the chat was passed on, until a person has answered the visitor since. */
export function passedOf(log: Log | undefined): Extract<Ev, { kind: "transferred" }> | undefined {
  let found: Extract<Ev, { kind: "transferred" }> | undefined;
  for (const ev of entriesOf(log)) {
    if (ev.kind === "transferred") found = ev.body.note ? ev : undefined;
    else if (ev.kind === "closed" || (ev.kind === "text" && ev.from.kind === "agent")) found = undefined;
  }
  return found;
}

/** Who wrote to the visitor, or what the visitor wrote, after `seen`: the reason that a reply was stopped. */
export function newerThan(log: Log | undefined, seen: number, me: string): Ev[] {
  return entriesOf(log).filter((ev) => ev.seq > seen && wordsOf(ev) !== undefined && ev.kind !== "note" && whoOf(ev, me) !== "me");
}

/** Where the sides have read: the last own message that the visitor has seen. */
export function readMark(log: Log | undefined, read: number): string | undefined {
  let key: string | undefined;
  for (const ev of entriesOf(log)) {
    if (ev.seq <= read && ev.kind === "text" && ev.from.kind === "agent") key = ev.cmid ?? ev.mid;
  }
  return key;
}

/** A name for a visitor without one: the first signs of the id, so that two do not look alike. */
export function shortId(id: string): string {
  return id.slice(0, 4).toUpperCase();
}

/** Two letters for the round mark beside a name. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter((word) => /\p{L}|\p{N}/u.test(word));
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : undefined].map((word) => (word ? [...word][0] : "")).join("");
  return letters.toLocaleUpperCase() || "?";
}

/** The path of an address: what an agent recognises. */
export function pathOf(url: string | undefined): string | undefined {
  if (!url) return undefined;
  try {
    const parsed = new URL(url, "https://page.invalid");
    return parsed.pathname + parsed.search;
  } catch {
    return url;
  }
}

/** A path in an answer means this server's site, not a place below the console. */
export function onOurSite(href: string): string {
  return href.startsWith("/") ? new URL(href, document.baseURI).href : href;
}

/** Everything the visitor gave while talking to the bot. */
export function knownOf(log: Log | undefined): Record<string, string> {
  const known: Record<string, string> = {};
  for (const ev of entriesOf(log)) {
    if (ev.kind === "text" && ev.body.fields) Object.assign(known, ev.body.fields);
    if (ev.kind === "handoff" && ev.body.packet) Object.assign(known, ev.body.packet.slots);
  }
  return known;
}

/** The score that the visitor gave the whole chat, if any. */
export function ratingOf(log: Log | undefined): { score: number; comment?: string } | undefined {
  let rating: { score: number; comment?: string } | undefined;
  for (const ev of entriesOf(log)) if (ev.kind === "rating" && ev.body.about === undefined) rating = ev.body;
  return rating;
}

/** Whether the visitor is upset and nobody has answered since: then the first words count most. */
export function isUpset(log: Log | undefined): boolean {
  const found = packetOf(log);
  return found !== undefined && !found.answered && (found.packet.mood === "upset" || found.ev.body.reason === "frustration");
}

/** The last words of the visitor. */
export function lastAsked(log: Log | undefined): string {
  return wordsOf(entriesOf(log).findLast((ev) => ev.kind === "text" && ev.from.kind === "visitor" && ev.body.text !== "")) ?? "";
}

export function isMine(conversation: Conversation | undefined, me: string | undefined): boolean {
  return conversation?.state === "assigned" && conversation.agent?.id === me;
}

function wordsOf(ev: Ev | undefined): string | undefined {
  switch (ev?.kind) {
    case "text":
    case "answer":
    case "clarify":
    case "note":
      return ev.body.text;
    default:
      return undefined;
  }
}

function whoOf(ev: Ev, me: string): Who {
  if (ev.from.kind === "agent") return ev.from.id === me ? "me" : "agent";
  return ev.from.kind;
}
