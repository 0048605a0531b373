// Everything the widget knows, and what a visitor can do. No DOM: the browser comes in through `Env`.

import { missingAfter, prepend, receive, startLog, type Log } from "./log.ts";
import { acked, add, emptyOutbox, frameOf, lineLost, load, nacked, newCmid, next, reconcile, remove, retry, save, sending, type Outbox, type StorageLike } from "./outbox.ts";
import type { Choice, ClientFrame, Ev, From, Page, Res, SendBody, SendKind, ServerFrame, Site, Wait, Welcome } from "./protocol.ts";
import { liveKey, type Settings } from "./settings.ts";
import { createSocket, PROTOCOL_VERSION, type Deps, type HelloFrame, type SocketState } from "./socket.ts";
import { atFirst, fold, statusOf, type Status } from "./status.ts";

const PAGE = 200;
const REFILL_MS = 2_000;
const TYPING_EVERY_MS = 3_000;
const TYPING_IDLE_MS = 4_000;
/** Typing dots without a word from the server go out by themselves. */
const TYPING_SHOWN_MS = 6_000;
/** An ended talk is shown again only this long; later a visit begins afresh. */
const ENDED_SHOWN_MS = 30 * 60_000;
/** After this long a talk with the bot waits on the first screen to be taken up again. */
const TALK_STALE_MS = 12 * 3_600_000;
const SUPERSEDED = 4504;
const TOKEN_INVALID = 4501;

export interface Env {
  readonly settings: Settings;
  readonly url: string;
  readonly deps: Deps;
  /** Shared by the tabs of a visitor. */
  readonly local: StorageLike;
  /** Of this tab. */
  readonly session: StorageLike;
  /** BCP 47 tag of the visitor. */
  readonly locale: string;
  readonly page: () => Page;
  /** The visitor can see the conversation now. */
  readonly watched: () => boolean;
  readonly emit: (event: string, detail?: unknown) => void;
}

export interface Queue {
  readonly position: number;
  readonly wait: Wait | null;
}

export interface State {
  readonly open: boolean;
  readonly screen: "home" | "talk";
  readonly line: SocketState;
  /** Was live before, so that a lost line is worth a word. */
  readonly wasLive: boolean;
  readonly site: Site | null;
  /** None yet, or started over. */
  readonly log: Log | null;
  readonly status: Status;
  /** The log's last entries are on their way. */
  readonly filling: boolean;
  readonly outbox: Outbox;
  readonly queue: Queue | null;
  readonly typing: From | null;
  readonly agentHere: boolean;
  /** Up to where the other side has read, and when that was seen here. */
  readonly seen: { readonly seq: number; readonly at: number | null };
  /** Up to where the visitor has read. */
  readonly read: number;
  readonly emailAsked: boolean;
  readonly draft: string;
  readonly textChars: number;
}

interface Kept {
  token?: string;
  epoch?: string;
  /** Empty: started over on purpose. */
  c?: string;
  read?: number;
}

export interface Store {
  readonly get: () => State;
  readonly subscribe: (listener: () => void) => () => void;
  readonly open: () => void;
  readonly close: () => void;
  readonly show: (screen: State["screen"]) => void;
  readonly say: (text: string) => void;
  readonly choose: (choice: Choice) => void;
  readonly leaveEmail: (email: string) => void;
  readonly rate: (score: number, comment: string, about?: number) => void;
  readonly askPerson: () => void;
  readonly askEmail: (on: boolean) => void;
  readonly end: () => void;
  readonly startOver: () => void;
  readonly retry: (cmid: string) => void;
  readonly discard: (cmid: string) => void;
  readonly earlier: () => void;
  readonly type: (text: string) => void;
  /** Puts words into the box, as the page asks. */
  readonly prefill: (text: string) => void;
  readonly seenNow: () => void;
  readonly wake: () => void;
  /** Goes on with a conversation of the page before, without opening the panel. */
  readonly connect: () => void;
  readonly identify: (jwt: string) => void;
  readonly logout: () => void;
  readonly now: () => number;
}

export function createStore(env: Env): Store {
  const key = `deskbell:${env.settings.site ?? "default"}`;
  const keys = { kept: key, live: liveKey(env.settings.site ?? "default"), outbox: `${key}:outbox`, draft: `${key}:draft`, device: `${key}:device` };
  const { deps } = env;
  const listeners = new Set<() => void>();
  const asked = new Map<string, (res: Res) => void>();
  const timers = new Map<string, unknown>();
  let kept = readKept();
  let rids = 0;
  let wantsPerson = false;
  let jwt: string | null = null;
  let fetching = false;
  let lastTyping = 0;
  let superseded = 0;
  let tokenRetried = false;

  let state: State = {
    open: false,
    screen: "home",
    line: { type: "idle" },
    wasLive: false,
    site: null,
    log: kept.c ? startLog(kept.c) : null,
    status: atFirst,
    filling: Boolean(kept.c),
    outbox: load(env.session, keys.outbox),
    queue: null,
    typing: null,
    agentHere: true,
    seen: { seq: 0, at: null },
    read: kept.read ?? 0,
    emailAsked: false,
    draft: env.session.getItem(keys.draft) ?? "",
    textChars: 4_000,
  };

  const socket = createSocket({ url: env.url, hello, onState: lineChanged, onFrame: frame, deps });

  // ---- plumbing

  function set(change: Partial<State>): void {
    const before = state;
    state = { ...state, ...change };
    if (state.outbox !== before.outbox) save(state.outbox, env.session, keys.outbox);
    for (const listener of listeners) listener();
  }

  function later(name: string, ms: number, run: () => void): void {
    deps.clearTimeout(timers.get(name));
    timers.set(name, deps.setTimeout(run, ms));
  }

  function readKept(): Kept {
    try {
      const value: unknown = JSON.parse(env.local.getItem(key) ?? "{}");
      return typeof value === "object" && value !== null ? (value as Kept) : {};
    } catch {
      return {};
    }
  }

  function keep(change: Kept): void {
    kept = { ...kept, ...change };
    env.local.setItem(key, JSON.stringify(kept));
  }

  function ask(frame: (rid: string) => ClientFrame, answer: (res: Res) => void): void {
    rids += 1;
    const rid = `r${rids}`;
    if (socket.send(frame(rid))) asked.set(rid, answer);
  }

  function device(): string {
    const held = env.session.getItem(keys.device);
    if (held) return held;
    const made = newCmid();
    env.session.setItem(keys.device, made);
    return made;
  }

  function hello(): HelloFrame {
    const { log } = state;
    return {
      type: "hello",
      v: PROTOCOL_VERSION,
      device: device(),
      ...(kept.token === undefined ? {} : { token: kept.token }),
      ...(env.settings.site === undefined ? {} : { site: env.settings.site }),
      locale: env.locale,
      page: env.page(),
      ...(log && kept.epoch !== undefined ? { resume: [{ c: log.c, epoch: kept.epoch, seq: log.last }] } : {}),
    };
  }

  // ---- from the line

  function lineChanged(line: SocketState): void {
    if (line.type !== "live") {
      asked.clear();
      fetching = false;
    }
    set({ line, wasLive: state.wasLive || line.type === "live", ...(line.type === "live" ? {} : { outbox: lineLost(state.outbox), typing: null }) });
    if (line.type !== "stopped") return;
    if (line.code === SUPERSEDED && superseded < 3) {
      // The browser copied this tab with all its storage; from now on it is a device of its own.
      superseded += 1;
      env.session.setItem(keys.device, newCmid());
      socket.start();
    } else if (line.code === TOKEN_INVALID && !tokenRetried) {
      tokenRetried = true;
      forget();
      socket.start();
    }
  }

  function frame(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return welcomed(frame);
      case "ev":
        return entered([frame]);
      case "ack":
        set({ outbox: acked(state.outbox, frame) });
        if (!state.log || (state.status.state === "closed" && state.log.c !== frame.c)) adopt(frame.c);
        env.emit("message:out", { c: frame.c, seq: frame.seq });
        return pump();
      case "nack": {
        const item = state.outbox.items.find((one) => one.cmid === frame.cmid);
        set({ outbox: nacked(state.outbox, frame, deps.now()) });
        if (frame.code === "closed" && item && item.kind !== "rating") {
          // It ended while this was on its way: what is said after the end begins a new conversation.
          set({ outbox: remove(state.outbox, item.cmid) });
          leave();
          write(item.kind, item.body, item.label);
        }
        return pump();
      }
      case "res": {
        const answer = asked.get(frame.rid);
        asked.delete(frame.rid);
        answer?.(frame);
        return;
      }
      case "queue":
        if (frame.c === state.log?.c) {
          set({ queue: { position: frame.position, wait: frame.wait_s ?? null } });
          env.emit("queue", { position: frame.position });
        }
        return;
      case "resync":
        if (frame.c !== state.log?.c) return;
        if (frame.reason === "gone") return leave();
        fetching = false;
        set({ log: startLog(frame.c), status: atFirst, filling: true });
        if (frame.reason === "too_far") lastPage(frame.head);
        else fill();
        return;
      case "typing":
        if (frame.c !== state.log?.c || frame.from.kind === "visitor") return;
        set({ typing: frame.on ? frame.from : null });
        if (frame.on) later("typed", TYPING_SHOWN_MS, () => set({ typing: null }));
        return;
      case "presence":
        if (frame.c === state.log?.c && frame.from.kind === "agent") set({ agentHere: frame.state !== "offline" });
        return;
      case "read":
        if (frame.c === state.log?.c && frame.from.kind !== "visitor" && frame.seq > state.seen.seq) {
          set({ seen: { seq: frame.seq, at: deps.now() } });
        }
        return;
      case "err":
        if (frame.rid !== undefined) {
          asked.get(frame.rid)?.({ rid: frame.rid, ok: false, code: frame.code });
          asked.delete(frame.rid);
        }
        env.emit("error", frame.code);
        return;
      default:
    }
  }

  function welcomed(welcome: Welcome): void {
    const sameData = kept.epoch === welcome.epoch;
    const resumed = sameData && state.log !== null;
    keep({ epoch: welcome.epoch, ...(welcome.token === undefined ? {} : { token: welcome.token }) });
    const known = welcome.conversations;
    const opening = state.outbox.items.some((item) => item.c === null);
    const mine = known.find((one) => one.c === state.log?.c) ?? (kept.c === "" || opening || state.log ? undefined : known.find((one) => one.state !== "closed"));
    set({ site: welcome.site ?? state.site, textChars: welcome.limits?.text_chars ?? state.textChars });
    const fresh = !state.log || state.log.entries.length === 0;
    const age = mine ? welcome.now - mine.updated_at : 0;
    if (!mine || (fresh && mine.state === "closed" && age > ENDED_SHOWN_MS)) {
      // Gone, over, or of a data set before this one: what was written for it opens a new one.
      if (state.log) {
        leave();
        if (!opening) set({ screen: "home" });
      } else set({ filling: false });
    } else {
      if (state.log?.c !== mine.c) adopt(mine.c);
      else if (!sameData) set({ log: startLog(mine.c) });
      const log = state.log;
      const behind = log !== null && log.last < mine.head;
      set({
        status: log && log.entries.length > 0 ? state.status : statusOf(mine),
        seen: { seq: Math.max(state.seen.seq, mine.read ?? 0), at: state.seen.at },
        filling: behind,
      });
      if (!resumed) fill();
      // Replay should have brought everything by now; if not, ask.
      else if (behind) later("replayed", 3_000, () => (missingAfter(state.log ?? startLog(""), mine.head) === null ? undefined : fill()));
      if (fresh && state.open && !opening) set({ screen: mine.state === "bot" && age > TALK_STALE_MS ? "home" : "talk" });
      markLive();
    }
    if (jwt !== null) identify(jwt);
    if (wantsPerson) askPerson();
    pump();
  }

  function entered(events: readonly Ev[]): void {
    const first = events[0];
    if (!first) return;
    if (!state.log && !state.outbox.items.some((item) => item.c === null && item.cmid !== first.cmid)) adopt(first.c);
    const log = state.log;
    if (!log || log.c !== first.c) return;
    const grown = receive(log, events);
    const fresh = grown.entries.slice(log.entries.length);
    const status = fresh.reduce(fold, state.status);
    const last = fresh[fresh.length - 1];
    set({
      log: grown,
      status,
      outbox: reconcile(state.outbox, events),
      // The place is not durable and may overtake the entry that says that somebody waits.
      queue: status.state === "assigned" || status.state === "closed" ? null : state.queue,
      ...(last && last.from.kind !== "visitor" ? { typing: null } : {}),
      ...(status.state === "assigned" && status.agent?.id !== state.status.agent?.id ? { agentHere: true } : {}),
      // Answered by the form, or taken up by a person: it need not be asked for any more.
      ...(fresh.some((ev) => ev.kind === "claimed" || (ev.kind === "text" && ev.body.fields)) ? { emailAsked: false } : {}),
    });
    if (missingAfter(grown) === null) set({ filling: fetching });
    else fill();
    for (const ev of fresh) tell(ev);
    markLive();
    seenNow();
    pump();
  }

  function tell(ev: Ev): void {
    if (state.filling) return;
    if (ev.from.kind !== "visitor" && (ev.kind === "text" || ev.kind === "answer" || ev.kind === "clarify")) {
      env.emit("message:in", { c: ev.c, seq: ev.seq, text: ev.body.text, from: ev.from.kind });
    }
    if (ev.kind === "handoff") env.emit("handoff", { c: ev.c });
    if (ev.kind === "claimed") env.emit("agent", { name: ev.body.agent.name });
    if (ev.kind === "closed") env.emit("ended", { c: ev.c });
    if (ev.kind === "rating" && ev.body.about === undefined) env.emit("csat", { score: ev.body.score });
  }

  function adopt(c: string): void {
    set({ log: startLog(c), status: atFirst, queue: null, seen: { seq: 0, at: null }, read: kept.c === c ? (kept.read ?? 0) : 0 });
    keep({ c, read: state.read });
  }

  /** The conversation is over for this widget; a new one may begin. */
  function leave(): void {
    keep({ c: "", read: 0 });
    env.session.removeItem(keys.live);
    set({ log: null, status: atFirst, queue: null, typing: null, filling: false, read: 0, seen: { seq: 0, at: null }, emailAsked: false });
  }

  /** Fetches what is missing at the end, page by page. */
  function fill(): void {
    const { log } = state;
    if (!log || fetching) return;
    fetching = true;
    ask(
      (rid) => ({ type: "fetch", rid, c: log.c, after: log.last, limit: PAGE }),
      (res) => {
        fetching = false;
        if (!res.ok) {
          if (res.code === "not_found") leave();
          else later("refill", REFILL_MS, fill);
          return;
        }
        const before = state.log?.last;
        entered(res.events ?? []);
        if (res.more && state.log?.last !== before) fill();
        else set({ filling: false });
      },
    );
  }

  function lastPage(head: number): void {
    const c = state.log?.c;
    if (c === undefined) return;
    ask(
      (rid) => ({ type: "fetch", rid, c, before: head + 1, limit: PAGE }),
      (res) => {
        if (state.log?.c !== c) return;
        const log = prepend(state.log, res.events ?? []);
        set({ log, status: log.entries.reduce(fold, state.status), filling: false, outbox: reconcile(state.outbox, log.entries) });
      },
    );
  }

  // ---- to the line

  function connect(): void {
    socket.start();
  }

  function pump(): void {
    if (state.line.type !== "live") return;
    const now = deps.now();
    const item = next(state.outbox, now);
    if (!item) {
      if (state.outbox.notBefore > now) later("pump", state.outbox.notBefore - now, pump);
      return;
    }
    if (socket.send(frameOf(item, item.c !== null && item.c === state.log?.c ? state.log.last : 0))) set({ outbox: sending(state.outbox, item.cmid) });
  }

  function write(kind: SendKind, body: SendBody, label?: string): void {
    if (kind !== "rating" && state.log && state.status.state === "closed") startOver();
    const c = state.log?.c ?? null;
    set({
      outbox: add(state.outbox, { cmid: newCmid(), c, kind, body, at: deps.now(), ...(label === undefined ? {} : { label }) }),
      ...(kind === "rating" ? {} : { screen: "talk" }),
    });
    markLive();
    connect();
    pump();
  }

  function markLive(): void {
    const live = state.log !== null || state.outbox.items.length > 0;
    if (live && state.status.state !== "closed") env.session.setItem(keys.live, state.open ? "open" : "closed");
    else env.session.removeItem(keys.live);
  }

  function askPerson(): void {
    wantsPerson = true;
    if (state.status.state === "closed") startOver();
    set({ screen: "talk" });
    connect();
    // What was written before must be in the log before the person is asked for.
    if (state.line.type !== "live" || state.outbox.items.some((item) => item.c === null)) {
      if (state.line.type === "live") later("person", 300, askPerson);
      return;
    }
    const c = state.log?.c;
    wantsPerson = false;
    ask(
      (rid) => ({ type: "handoff", rid, ...(c === undefined ? {} : { c }) }),
      (res) => {
        const opened = res.c ?? res.conversation?.c;
        if (res.ok && opened !== undefined && state.log?.c !== opened) {
          adopt(opened);
          fill();
          markLive();
        }
        if (res.ok) return;
        if (res.code === "rate" || res.code === "busy") later("person", REFILL_MS, askPerson);
        // No place in the line: an address is the next best.
        else set({ emailAsked: true });
      },
    );
  }

  function startOver(): void {
    const { log, status } = state;
    if (log && status.state !== "closed") ask((rid) => ({ type: "end", rid, c: log.c }), () => undefined);
    leave();
    set({ screen: "home", outbox: emptyOutbox });
  }

  function stopTyping(): void {
    if (lastTyping === 0) return;
    lastTyping = 0;
    deps.clearTimeout(timers.get("idle"));
    if (state.log) socket.send({ type: "typing", c: state.log.c, on: false });
  }

  function draft(text: string): void {
    if (text === "") env.session.removeItem(keys.draft);
    else env.session.setItem(keys.draft, text);
    set({ draft: text });
  }

  function seenNow(): void {
    const last = state.log?.last ?? 0;
    if (!state.log || last <= state.read || !env.watched()) return;
    if (socket.send({ type: "read", c: state.log.c, seq: last })) {
      keep({ read: last });
      set({ read: last });
    }
  }

  function identify(token: string): void {
    jwt = token;
    ask((rid) => ({ type: "identify", rid, jwt: token }), (res) => (res.ok ? undefined : env.emit("error", res.code)));
  }

  function forget(): void {
    kept = {};
    env.local.removeItem(key);
    for (const name of [keys.outbox, keys.draft, keys.live]) env.session.removeItem(name);
    set({ log: null, status: atFirst, outbox: emptyOutbox, queue: null, draft: "", screen: "home", filling: false, read: 0, seen: { seq: 0, at: null } });
  }

  return {
    get: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    open: () => {
      if (!state.open) {
        const talking = state.outbox.items.length > 0 || (state.log !== null && state.status.state !== "closed");
        set({ open: true, ...(talking ? { screen: "talk" } : {}) });
        env.emit("open");
      }
      connect();
      markLive();
      seenNow();
    },
    close: () => {
      if (!state.open) return;
      set({ open: false });
      markLive();
      env.emit("close");
      // Nothing to wait for: let go of the line.
      if (!state.log && state.outbox.items.length === 0 && !wantsPerson) socket.stop();
    },
    show: (screen) => {
      set({ screen });
      seenNow();
    },
    say: (text) => {
      stopTyping();
      draft("");
      write("text", { text });
    },
    choose: (choice) => write("choice", { option: choice.id }, choice.label),
    leaveEmail: (email) => write("form", { fields: { email } }, email),
    rate: (score, comment, about) => write("rating", { score, ...(comment === "" ? {} : { comment }), ...(about === undefined ? {} : { about }) }),
    askPerson,
    askEmail: (emailAsked) => set({ emailAsked }),
    end: () => {
      const { log } = state;
      if (log) ask((rid) => ({ type: "end", rid, c: log.c }), () => undefined);
    },
    startOver,
    retry: (cmid) => {
      set({ outbox: retry(state.outbox, cmid, newCmid()) });
      connect();
      pump();
    },
    discard: (cmid) => set({ outbox: remove(state.outbox, cmid) }),
    earlier: () => {
      const { log } = state;
      if (!log || log.before === 0) return;
      ask(
        (rid) => ({ type: "fetch", rid, c: log.c, before: log.before + 1, limit: PAGE }),
        (res) => state.log && set({ log: prepend(state.log, res.events ?? []) }),
      );
    },
    type: (text) => {
      draft(text);
      const human = state.status.state === "assigned" || state.status.state === "waiting";
      if (!human || !state.log) return;
      if (text === "") return stopTyping();
      const now = deps.now();
      if (now - lastTyping >= TYPING_EVERY_MS && socket.send({ type: "typing", c: state.log.c, on: true })) lastTyping = now;
      later("idle", TYPING_IDLE_MS, stopTyping);
    },
    prefill: draft,
    seenNow,
    wake: () => {
      if (state.line.type === "stopped") connect();
      else socket.wake();
    },
    connect,
    identify: (token) => {
      jwt = token;
      if (state.line.type === "live") identify(token);
    },
    logout: () => {
      forget();
      jwt = null;
      env.session.removeItem(keys.device);
      socket.stop();
    },
    now: deps.now,
  };
}

/** The browser's storage, or memory where it is missing, blocked or full. */
export function storage(of: () => StorageLike): StorageLike {
  const memory = new Map<string, string | null>();
  function attempt<T>(run: (real: StorageLike) => T, otherwise: () => T): T {
    try {
      return run(of());
    } catch {
      return otherwise();
    }
  }
  return {
    getItem: (name) => memory.get(name) ?? attempt((real) => real.getItem(name), () => null),
    setItem: (name, value) =>
      attempt(
        (real) => {
          real.setItem(name, value);
          memory.delete(name);
        },
        () => void memory.set(name, value),
      ),
    removeItem: (name) => {
      memory.delete(name);
      attempt((real) => real.removeItem(name), () => undefined);
    },
  };
}
