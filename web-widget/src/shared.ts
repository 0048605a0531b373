// One line for all tabs of a visitor: the hub in the tab that has it, and the stand-in of the others. Fetched only where
// there is a second tab.
//
// The others speak the whole protocol to the hub, which answers `hello` by what it knows and passes on the rest; so a tab
// resumes, resends and finds gaps as it does on a line of its own, and goes on when the tab with the line is gone.

import type { ClientFrame, Conversation, ServerFrame, Welcome } from "./protocol.ts";
import type { WebSocketLike } from "./socket.ts";

/** From a tab to the hub. */
export interface Up {
  readonly from: string;
  /** A frame; left out: the tab asks to be let in. */
  readonly text?: string;
}

/** From the hub to one tab, or to all. */
export interface Down {
  readonly to?: string;
  readonly text?: string;
  /** Let in. */
  readonly open?: true;
  /** There is a hub, whose line is not up yet. */
  readonly wait?: true;
  readonly close?: number;
  /** Another person, or another page: this tab needs a line of its own. */
  readonly alone?: true;
}

/** What the hub needs of the tab that it is in. */
export interface Owner {
  readonly post: (message: Down) => void;
  /** Onto the line. */
  readonly send: (text: string) => void;
  /** What was said at the beginning, by the tab and by the server; null while the line is not up. */
  readonly beginning: () => { readonly hello: string; readonly welcome: string } | null;
  /** The conversation at hand, as it is now, and what was said that is not durable. */
  readonly about: () => About;
}

export interface About {
  /** The message by which the tab with the hub opens a conversation, while it is under way. */
  readonly opening?: string | undefined;
  readonly conversation: (Partial<Conversation> & Pick<Conversation, "c">) | null;
  readonly told: readonly ServerFrame[];
}

export interface Hub {
  readonly asked: (message: Up) => void;
  /** What the tab with the hub sends itself. */
  readonly send: (text: string) => void;
  /** A frame of the server. False: not for the tab that the hub is in. */
  readonly heard: (text: string) => boolean;
}

type Hello = Extract<ClientFrame, { type: "hello" }>;

const PAGE = 200;
/** Numbers of other tabs' pings: no tab counts so far by itself. */
const PINGS = 1e9;

export function createHub(owner: Owner): Hub {
  const { post, send } = owner;
  /** Who asked what; a frame of the server that answers one of these is that tab's alone. */
  const asked = new Map<string, { readonly to: string; readonly rid: string; readonly more?: (seq: number) => void }>();
  const sent = new Map<string, string>();
  const pings = new Map<number, { readonly to: string; readonly n: number }>();
  const waiting = new Set<string>();
  let count = 0;
  /** Opens a conversation right now; what other tabs would open one by meanwhile waits, and goes into the same. */
  let opening = owner.about().opening;
  let behind: string[] = [];
  /** What was put into the conversation at hand, as it was written. */
  const joined = new Map<string, string>();
  /** By way of this line. */
  const opened = new Set<string>();

  function pass(text: string): void {
    const frame = JSON.parse(text) as ClientFrame;
    if (frame.type !== "send" || frame.c !== undefined) return send(text);
    if (opening !== undefined && opening !== frame.cmid) return void behind.push(text);
    const c = only();
    if (c === undefined) return open(frame.cmid, text);
    // Written before its tab heard of the conversation.
    joined.set(frame.cmid, text);
    send(into(text, c));
  }

  function open(cmid: string, text: string): void {
    opening = cmid;
    send(text);
  }

  /** The conversation at hand, if no other is open that a message without one may have opened before. */
  function only(): string | undefined {
    const { conversation: mine } = owner.about();
    const known = (JSON.parse(owner.beginning()?.welcome ?? "{}") as Partial<Welcome>).conversations ?? [];
    const others = [...opened, ...known.filter(({ state }) => state !== "closed").map(({ c }) => c)].some((c) => c !== mine?.c);
    return mine && mine.state !== "closed" && !others ? mine.c : undefined;
  }

  /** It was opened, or not: then the next one may try. */
  function tried(c: string | undefined): void {
    const next = behind;
    opening = undefined;
    behind = [];
    if (c !== undefined) opened.add(c);
    for (const text of next) pass(c === undefined ? text : into(text, c));
  }

  function ask(frame: object, to: string, rid: string, more?: (seq: number) => void): void {
    count += 1;
    const mine = `tab-${count}`;
    asked.set(mine, { to, rid, ...(more ? { more } : {}) });
    send(JSON.stringify({ ...frame, rid: mine }));
  }

  function greet(to: string, hello: Hello): void {
    const beginning = owner.beginning();
    if (!beginning) return post({ to, close: 1001 });
    const said = JSON.parse(beginning.hello) as Hello;
    const { token, ...welcome } = JSON.parse(beginning.welcome) as Welcome;
    if (hello.token !== undefined && hello.token !== token && hello.token !== said.token) return post({ to, alone: true });
    const { conversation: about, told } = owner.about();
    const now = Date.now();
    const found = welcome.conversations.find((one) => one.c === about?.c);
    const mine = about && { ver: 0, state: "bot" as const, opened_at: now, updated_at: now, head: 0, ...found, ...about };
    const others = welcome.conversations.filter((one) => one.c !== about?.c);
    const conversations = mine ? [mine, ...others] : others;
    post({ to, text: JSON.stringify({ ...welcome, now, conversations }) });
    for (const { c, epoch, seq } of hello.resume ?? []) {
      if (epoch === welcome.epoch && conversations.some((one) => one.c === c && one.head > seq)) replay(to, c, seq);
    }
    for (const frame of told) post({ to, text: JSON.stringify(frame) });
  }

  function replay(to: string, c: string, after: number): void {
    ask({ type: "fetch", c, after, limit: PAGE }, to, "", (seq) => replay(to, c, seq));
  }

  return {
    asked: ({ from, text }) => {
      if (text === undefined) {
        if (owner.beginning()) return post({ to: from, open: true });
        waiting.add(from);
        return post({ to: from, wait: true });
      }
      const frame = JSON.parse(text) as ClientFrame;
      if (frame.type === "hello") return greet(from, frame);
      if (frame.type === "ping") {
        count += 1;
        pings.set(PINGS + count, { to: from, n: frame.n });
        return send(JSON.stringify({ ...frame, n: PINGS + count }));
      }
      if ("rid" in frame) return ask(frame, from, frame.rid);
      if ("cmid" in frame) sent.set(frame.cmid, from);
      pass(text);
    },
    send: pass,
    heard: (text) => {
      const frame = JSON.parse(text) as ServerFrame;
      if (frame.type === "pong") {
        const ping = pings.get(frame.n);
        pings.delete(frame.n);
        if (ping) post({ to: ping.to, text: JSON.stringify({ ...frame, n: ping.n }) });
        return !ping;
      }
      if (frame.type === "ack" || frame.type === "nack") {
        const written = joined.get(frame.cmid);
        joined.delete(frame.cmid);
        // That one was ended just before, so that this begins another.
        if (written !== undefined && frame.type === "nack" && frame.code === "closed") {
          if (opening === undefined) open(frame.cmid, written);
          else behind.push(written);
          return false;
        }
        const to = sent.get(frame.cmid);
        sent.delete(frame.cmid);
        if (to !== undefined) post({ to, text });
        if (frame.cmid === opening) tried(frame.type === "ack" ? frame.c : undefined);
        return to === undefined;
      }
      if ((frame.type === "res" || frame.type === "err") && frame.rid !== undefined) {
        const of = asked.get(frame.rid);
        asked.delete(frame.rid);
        if (!of) return true;
        if (!of.more) post({ to: of.to, text: JSON.stringify({ ...frame, rid: of.rid }) });
        else if (frame.type === "res") {
          const events = frame.events ?? [];
          for (const ev of events) post({ to: of.to, text: JSON.stringify({ type: "ev", ...ev }) });
          const end = events[events.length - 1];
          if (frame.more && end) of.more(end.seq);
        }
        return false;
      }
      // A pause or an end is the line's own affair.
      if (frame.type === "drain" || frame.type === "err") return true;
      post({ text });
      if (frame.type === "welcome") for (const to of waiting) post({ to, open: true });
      if (frame.type === "welcome") waiting.clear();
      return true;
    },
  };
}

/** A message, for this conversation. */
function into(text: string, c: string): string {
  return JSON.stringify({ ...(JSON.parse(text) as object), c });
}

export interface Following {
  readonly channel: BroadcastChannel;
  /** There is a hub. */
  readonly alive: () => void;
  /** The hub has no line for this tab. */
  readonly alone: () => void;
  /** What the lock on the line is named. */
  readonly name: string;
  readonly locks: Pick<LockManager, "request">;
  /** Ends the waiting for it. */
  readonly queue: AbortSignal;
  /** The tab with the line is gone, and this one has the right to the next. */
  readonly next: (release: () => void) => void;
}

/** A line by way of the hub. */
export function follow({ channel, alive, alone, name, locks, queue, next }: Following): WebSocketLike {
  const from = crypto.randomUUID();
  const post = (message: Up): void => channel.postMessage(message);
  let over = false;
  const line: WebSocketLike = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (text) => post({ from, text }),
    close: () => (over = true),
  };
  channel.onmessage = ({ data }: { data: Up & Down }) => {
    // What the other tabs ask is not for us, nor what the hub tells one of them.
    if (over || data.from !== undefined || (data.to !== undefined && data.to !== from)) return;
    alive();
    if (data.open) line.onopen?.({} as never);
    else if (data.text !== undefined) line.onmessage?.({ data: data.text } as never);
    else if (data.close !== undefined) {
      over = true;
      line.onclose?.({ code: data.close } as never);
    } else if (data.alone) {
      over = true;
      alone();
    }
  };
  post({ from });
  // The first of those that wait has it.
  void locks.request(name, { signal: queue }, () => new Promise<void>(next)).catch(() => undefined);
  return line;
}
