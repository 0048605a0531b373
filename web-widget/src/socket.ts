// A socket that comes back: hello and resume, ping and pong, close codes, drain. No DOM, no storage, no clock of its own.

import type { ClientFrame, ServerFrame, Welcome } from "./protocol.ts";

export const PROTOCOL_VERSION = 1;

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** Over so long a crowd spreads out whose server restarts without having said so. */
const RESTART_WINDOW_MS = 5_000;
const RESTART = 1012;
const TRY_LATER = 1013;
const PONG_DEADLINE_MS = 10_000;
/** From the start of a connection to its welcome. */
const WELCOME_DEADLINE_MS = 15_000;
/** A browser may only send 1000 or 3000–4999; this is "heartbeat lost" as the server says it too. */
const HEARTBEAT_LOST = 4000;

export type HelloFrame = Extract<ClientFrame, { type: "hello" }>;

/** What the widget or console needs to know of the line. */
export type SocketState =
  | { readonly type: "idle" }
  | { readonly type: "connecting"; readonly attempt: number }
  | { readonly type: "live"; readonly welcome: Welcome }
  /** Tries again at `until`, on the clock of `Deps.now`. */
  | { readonly type: "waiting"; readonly attempt: number; readonly until: number; readonly code: number }
  /** Does not come back by itself; `start()` tries anew. */
  | { readonly type: "stopped"; readonly code: number };

/** The part of the browser's `WebSocket` that is used. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

/** Time, chance and the network, so that a test can hold them. */
export interface Deps {
  readonly open: (url: string) => WebSocketLike;
  readonly setTimeout: (run: () => void, ms: number) => unknown;
  readonly clearTimeout: (timer: unknown) => void;
  readonly now: () => number;
  readonly random: () => number;
}

export interface SocketOptions {
  readonly url: string;
  /** Asked at every connection, so that `resume` and `token` are those of now. */
  readonly hello: () => HelloFrame;
  readonly onState: (state: SocketState) => void;
  /** Every frame but `pong`, in order; `welcome` comes after the state `live`. */
  readonly onFrame: (frame: ServerFrame) => void;
  readonly deps: Deps;
}

export interface Socket {
  readonly state: () => SocketState;
  /** Connects, unless it is connecting or live. */
  readonly start: () => void;
  /** Closes for good, with 1000. */
  readonly stop: () => void;
  /** The network or the tab is back: connect now, unless the server asked for a pause, or find out now whether the line still lives. */
  readonly wake: () => void;
  /** False: not live, nothing was sent. What must not be lost belongs into the outbox. */
  readonly send: (frame: ClientFrame) => boolean;
}

/** Whether a client comes back after a close. 4000–4499 do, 4500–4999 do not; of RFC 6455's own codes, those that blame the client's frames do not. */
export function comesBack(code: number): boolean {
  if (code >= 4500) return false;
  return ![1002, 1003, 1007, 1008, 1009, 1010].includes(code);
}

/**
 * Full jitter: anything from nothing to the cap, ms, so that a crowd spreads out. `attempt` counts from 0.
 * `window`: over so long the server wants the crowd to spread at least.
 */
export function backoff(attempt: number, random: () => number, window = 0): number {
  return Math.round(random() * Math.max(window, Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16))));
}

/** The browser's own network, clock and chance. */
export function browserDeps(): Deps {
  return {
    open: (url) => new WebSocket(url),
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (timer) => clearTimeout(timer as number),
    now: () => Date.now(),
    random: () => Math.random(),
  };
}

export function createSocket(options: SocketOptions): Socket {
  const { deps } = options;
  let state: SocketState = { type: "idle" };
  let current: WebSocketLike | null = null;
  let attempt = 0;
  let pings = 0;
  /** Not before this time: `after_ms` of a refusal. */
  let notBefore = 0;
  /** The time that a drain gave to this socket alone, until it was used. */
  let share = 0;
  /** Over so long the server's crowd spreads out, while it restarts. */
  let window = 0;
  const timers = new Map<"retry" | "welcome" | "ping" | "pong" | "drain", unknown>();

  function enter(next: SocketState): void {
    state = next;
    options.onState(next);
  }

  function clear(name: "retry" | "welcome" | "ping" | "pong" | "drain"): void {
    if (timers.has(name)) deps.clearTimeout(timers.get(name));
    timers.delete(name);
  }

  function later(name: "retry" | "welcome" | "ping" | "pong" | "drain", ms: number, run: () => void): void {
    clear(name);
    timers.set(
      name,
      deps.setTimeout(() => {
        timers.delete(name);
        run();
      }, ms),
    );
  }

  /** Lets go of the socket without waiting for its close event, which a dead line may hold back for a minute. */
  function letGo(code: number): void {
    for (const name of ["retry", "welcome", "ping", "pong", "drain"] as const) clear(name);
    const old = current;
    current = null;
    if (!old) return;
    old.onopen = old.onmessage = old.onclose = old.onerror = null;
    try {
      old.close(code);
    } catch {
      // closed already
    }
  }

  function connect(): void {
    letGo(1000);
    share = 0;
    enter({ type: "connecting", attempt });
    let socket: WebSocketLike;
    try {
      socket = deps.open(options.url);
    } catch {
      lost(1006);
      return;
    }
    current = socket;
    socket.onopen = () => socket.send(JSON.stringify(options.hello()));
    socket.onmessage = (event: { data: unknown }) => receive(event.data);
    socket.onclose = (event: { code: number }) => {
      letGo(1000);
      lost(event.code);
    };
    later("welcome", WELCOME_DEADLINE_MS, () => {
      letGo(HEARTBEAT_LOST);
      lost(1006);
    });
  }

  function lost(code: number): void {
    if (!comesBack(code)) {
      enter({ type: "stopped", code });
      return;
    }
    const now = deps.now();
    if (code === RESTART || code === TRY_LATER) window ||= RESTART_WINDOW_MS;
    // A share was drawn by the server, each socket another; a pause is the same for all, so chance comes on top.
    const until = share > 0 ? Math.max(now, share) : Math.max(now, notBefore) + backoff(attempt, deps.random, window);
    attempt += 1;
    later("retry", until - now, connect);
    enter({ type: "waiting", attempt, until, code });
  }

  function ping(): void {
    beat();
    if (timers.has("pong")) return;
    pings += 1;
    send({ type: "ping", n: pings });
    later("pong", PONG_DEADLINE_MS, () => {
      letGo(HEARTBEAT_LOST);
      lost(HEARTBEAT_LOST);
    });
  }

  /** Up to a fifth early: sockets that were opened together must not beat together, and none may be later than the server expects. */
  function beat(): void {
    const interval = state.type === "live" ? state.welcome.heartbeat_ms : 25_000;
    later("ping", interval * (0.8 + 0.2 * deps.random()), ping);
  }

  function receive(data: unknown): void {
    const frame = parse(data);
    if (!frame) return;
    switch (frame.type) {
      case "pong":
        if (frame.n === pings) clear("pong");
        return;
      case "welcome":
        clear("welcome");
        attempt = 0;
        notBefore = 0;
        window = 0;
        enter({ type: "live", welcome: frame });
        beat();
        break;
      case "drain":
        share = deps.now() + frame.after_ms;
        window = frame.window_ms;
        later("drain", frame.after_ms, connect);
        break;
      case "err":
        if (frame.after_ms !== undefined && (frame.code === "rate" || frame.code === "busy")) {
          notBefore = deps.now() + frame.after_ms;
        }
        break;
      default:
    }
    options.onFrame(frame);
  }

  function send(frame: ClientFrame): boolean {
    if (state.type !== "live" || !current) return false;
    current.send(JSON.stringify(frame));
    return true;
  }

  return {
    state: () => state,
    start: () => {
      if (state.type === "connecting" || state.type === "live") return;
      attempt = 0;
      connect();
    },
    stop: () => {
      letGo(1000);
      enter({ type: "idle" });
    },
    wake: () => {
      if (state.type === "waiting" && deps.now() >= Math.max(notBefore, share)) connect();
      else if (state.type === "live") ping();
    },
    send,
  };
}

function parse(data: unknown): ServerFrame | null {
  if (typeof data !== "string") return null;
  try {
    const value: unknown = JSON.parse(data);
    // The server is trusted to send what the generated types say; an unknown `type` falls through every switch.
    return typeof value === "object" && value !== null && "type" in value ? (value as ServerFrame) : null;
  } catch {
    return null;
  }
}
