// What the widget knows, where it keeps it, and what the browser gives it.

import { emptyOutbox, pack, type Outbox } from "./outbox.ts";
import { startLog, type Log } from "./log.ts";
import { lastWords } from "./said.ts";
import type { Conversation, From, Notice, Page, Site, Wait } from "./protocol.ts";
import { keyOf, liveKey, textIn, type Field, type Settings } from "./settings.ts";
import type { Deps, SocketState } from "./socket.ts";
import { atFirst, type Status } from "./status.ts";
import type { StorageLike } from "./storage.ts";

export interface Env {
  readonly settings: Settings;
  readonly url: string;
  readonly deps: Deps;
  /** Shared by the tabs of a visitor. */
  readonly local: StorageLike;
  /** Of this tab. */
  readonly session: StorageLike;
  /** Missing on pages without TLS. */
  readonly locks?: Pick<LockManager, "request"> | undefined;
  /** BCP 47 tag of the visitor. */
  readonly locale: string;
  readonly page: () => Page;
  /** What the page says of the visitor; nobody has signed it. */
  readonly attributes?: () => Readonly<Record<string, string>> | undefined;
  /** The visitor can see the conversation now. */
  readonly watched: () => boolean;
  readonly emit: (event: string, detail?: unknown) => void;
}

export interface Queue {
  readonly position: number;
  readonly wait: Wait | null;
}

export type Screen = "home" | "talk" | "help" | "past";
export type Contact = Partial<Record<Field, string>>;

export interface State {
  readonly open: boolean;
  readonly screen: Screen;
  /** Where "back" leads from the articles and the past. */
  readonly before: Screen;
  /** The article that is read, with `#` and its part; null: the search. */
  readonly article: string | null;
  /** What is asked before something else can go on. */
  readonly asking: "consent" | "prechat" | "erase" | null;
  /** A word on what was done, on the first screen. */
  readonly outcome: "erased" | "failed" | null;
  /** Other conversations, newest first, as last heard. */
  readonly past: readonly Conversation[];
  /** What the visitor told of themselves: it is not asked again. */
  readonly contact: Contact;
  readonly muted: boolean;
  readonly line: SocketState;
  /** Was live before, so that a lost line is worth a word. */
  readonly wasLive: boolean;
  readonly site: Site | null;
  /** What an operator tells everybody. */
  readonly notice: Notice | null;
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

export interface Kept {
  token?: string | undefined;
  epoch?: string | undefined;
  /** Empty: started over on purpose. */
  c?: string | undefined;
  read?: number | undefined;
  contact?: Contact | undefined;
  muted?: boolean | undefined;
  /** What had to be agreed to was. */
  agreed?: boolean | undefined;
}

/** The state, with the few steps that both directions of the line take. */
export interface Held {
  readonly env: Env;
  state: State;
  /** As this tab knows it; the token in storage may be that of another tab by now. */
  kept: Kept;
  readonly set: (change: Partial<State>) => void;
  readonly subscribe: (listener: () => void) => () => void;
  readonly keep: (change: Kept) => void;
  /** What any tab kept last. */
  readonly stored: () => Kept;
  /** One timer a name: a new one takes the place of the old. */
  readonly later: (name: string, ms: number, run: () => void) => void;
  readonly cancel: (name: string) => void;
  /** Shows this conversation from now on. */
  readonly adopt: (c: string) => void;
  /** Shows none; the next words open one. */
  readonly leave: () => void;
  readonly setDraft: (text: string) => void;
  /** Tells the loader on the next page whether there is something to go on with. */
  readonly markLive: () => void;
  /** Who this was is not known any more. */
  readonly forget: () => void;
}

export function createHeld(env: Env, keepOutbox: (text: string | null) => void): Held {
  const { deps, local, session } = env;
  const site = env.settings.site ?? "default";
  const key = keyOf(site);
  const live = liveKey(site);
  const draft = `${key}:draft`;
  const listeners = new Set<() => void>();
  const timers = new Map<string, unknown>();
  const nobody = { log: null, status: atFirst, queue: null, typing: null, filling: false, read: 0, seen: { seq: 0, at: null }, emailAsked: false };

  function stored(): Kept {
    try {
      const value: unknown = JSON.parse(local.getItem(key) ?? "{}");
      return typeof value === "object" && value !== null ? (value as Kept) : {};
    } catch {
      return {};
    }
  }

  const kept = stored();
  const told = env.settings.notice;
  const said = textIn(told?.text, [env.locale]);
  const held: Held = {
    env,
    kept,
    state: {
      ...nobody,
      open: false,
      screen: "home",
      before: "home",
      article: null,
      asking: null,
      outcome: null,
      past: [],
      contact: kept.contact ?? {},
      muted: kept.muted ?? false,
      line: { type: "idle" },
      wasLive: false,
      site: null,
      notice: said === undefined || !told ? null : { ...told, text: said },
      log: kept.c ? startLog(kept.c) : null,
      filling: Boolean(kept.c),
      outbox: emptyOutbox,
      agentHere: true,
      read: kept.read ?? 0,
      draft: session.getItem(draft) ?? "",
      textChars: 4_000,
    },
    set: (change) => {
      const before = held.state;
      held.state = { ...before, ...change };
      if (held.state.outbox !== before.outbox) keepOutbox(pack(held.state.outbox));
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    keep: (change) => {
      Object.assign(held.kept, change);
      local.setItem(key, JSON.stringify({ ...stored(), ...change }));
    },
    stored,
    later: (name, ms, run) => {
      held.cancel(name);
      timers.set(name, deps.setTimeout(run, ms));
    },
    cancel: (name) => deps.clearTimeout(timers.get(name)),
    adopt: (c) => {
      held.set({ log: startLog(c), status: atFirst, queue: null, seen: nobody.seen, read: held.kept.c === c ? (held.kept.read ?? 0) : 0 });
      held.keep({ c, read: held.state.read });
    },
    leave: () => {
      const { log, status, past } = held.state;
      const last = log?.entries[log.entries.length - 1];
      // As the server will list it the next time.
      if (log && last) held.set({ past: [{ c: log.c, head: log.last, ver: 0, state: status.state, opened_at: log.entries[0]?.at ?? last.at, updated_at: last.at, ...(status.agent ? { agent: status.agent } : {}), preview: lastWords(log.entries) }, ...past.filter((one) => one.c !== log.c)] });
      held.keep({ c: "", read: 0 });
      session.removeItem(live);
      held.set(nobody);
    },
    setDraft: (text) => {
      if (text === "") session.removeItem(draft);
      else session.setItem(draft, text);
      held.set({ draft: text });
    },
    markLive: () => {
      const { log, outbox, status, open } = held.state;
      if ((log || outbox.items.length > 0) && status.state !== "closed") session.setItem(live, open ? "open" : "closed");
      else session.removeItem(live);
    },
    forget: () => {
      held.kept = {};
      local.removeItem(key);
      session.removeItem(live);
      held.set({ ...nobody, screen: "home", asking: null, past: [], contact: {} });
    },
  };
  return held;
}
