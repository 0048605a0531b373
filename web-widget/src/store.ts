// What a visitor can do, and what the views read. No DOM: the browser comes in through `Env`.

import { createConnection } from "./connection.ts";
import { emptyOutbox, join, newCmid, reconcile, redirect, remove, retry, unpack } from "./outbox.ts";
import type { Choice } from "./protocol.ts";
import { createSending } from "./sending.ts";
import { keyOf } from "./settings.ts";
import { createHeld, type Env, type State } from "./state.ts";
import { createTabs } from "./tabs.ts";

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
  /** The visitor does not want to wait. */
  readonly tryNow: () => void;
  /** The network or the page is back. */
  readonly wake: () => void;
  /** The page is put away, for good or to be brought back. */
  readonly rest: () => void;
  /** Goes on with a conversation of the page before, without opening the panel. */
  readonly connect: () => void;
  readonly identify: (jwt: string) => void;
  readonly logout: () => void;
  /** Another tab wrote to the storage that both share. */
  readonly elsewhere: (key: string | null, value: string | null) => void;
  /** The page, or what it says of the visitor, is another. */
  readonly visit: () => void;
  readonly now: () => number;
}

export function createStore(env: Env): Store {
  const key = keyOf(env.settings.site ?? "default");
  const held = createHeld(env, (text) => tabs.keep(text));
  const { set } = held;
  const tabs = createTabs({ ...env, key, locks: env.locks, onFound: found });
  const line = createConnection(held, {
    device: tabs.name,
    onLive: (owner) => sending.resume(owner),
    onDelivery: (frame) => sending.delivered(frame),
    onGrown: () => {
      sending.seenNow();
      sending.pump();
    },
    onSuperseded: () => {
      tabs.rename();
      connect();
    },
    onErased: forget,
  });
  const { socket } = line;
  const sending = createSending(held, line, connect);
  let wanted = false;

  function connect(): void {
    wanted = true;
    tabs.enter(() => {
      if (wanted) socket.start();
    });
  }

  /** Of this tab before it was loaded again, or of one that is gone. What was refused there was said there. */
  function found(text: string): void {
    const { log, line, outbox } = held.state;
    const c = log?.c ?? null;
    const { items } = redirect({ items: unpack(text), notBefore: 0 }, null, c);
    const wanting = items.filter((item) => item.delivery.type !== "failed" || item.c === c);
    if (wanting.length === 0) return;
    // What arrives later moves nobody to another screen.
    set({ outbox: reconcile(join(outbox, wanting), log?.entries ?? []), ...(line.type === "idle" ? { screen: "talk" } : {}) });
    held.markLive();
    connect();
    sending.pump();
  }

  function forget(): void {
    held.forget();
    held.setDraft("");
    set({ outbox: emptyOutbox });
    tabs.forget();
  }

  function logout(): void {
    wanted = false;
    forget();
    sending.identify(null);
    socket.stop();
    tabs.rename();
  }

  return {
    get: () => held.state,
    subscribe: held.subscribe,
    open: () => {
      if (!held.state.open) {
        const { log, outbox, status } = held.state;
        const talking = outbox.items.length > 0 || (log !== null && status.state !== "closed");
        set({ open: true, ...(talking ? { screen: "talk" } : {}) });
        env.emit("open");
      }
      connect();
      held.markLive();
      sending.seenNow();
    },
    close: () => {
      if (!held.state.open) return;
      set({ open: false });
      held.markLive();
      env.emit("close");
      // Nothing to wait for: let go of the line.
      if (held.state.log || held.state.outbox.items.length > 0 || sending.busy()) return;
      wanted = false;
      socket.stop();
    },
    show: (screen) => {
      set({ screen });
      sending.seenNow();
    },
    say: (text) => {
      sending.stopTyping();
      held.setDraft("");
      sending.write("text", { text });
    },
    choose: (choice) => sending.write("choice", { option: choice.id }, choice.label),
    leaveEmail: (email) => sending.write("form", { fields: { email } }, email),
    rate: (score, comment, about) => sending.write("rating", { score, ...(comment === "" ? {} : { comment }), ...(about === undefined ? {} : { about }) }),
    askPerson: sending.askPerson,
    askEmail: (emailAsked) => set({ emailAsked }),
    end: () => {
      const { log } = held.state;
      if (log) line.ask((rid) => ({ type: "end", rid, c: log.c }), () => undefined);
    },
    startOver: () => {
      const { log, status, outbox } = held.state;
      if (log && status.state !== "closed") line.ask((rid) => ({ type: "end", rid, c: log.c }), () => undefined);
      held.leave();
      // What was not said yet goes with the talk that it was for; a rating of it still counts.
      set({ screen: "home", outbox: { ...outbox, items: outbox.items.filter((item) => item.kind === "rating") } });
    },
    retry: (cmid) => {
      set({ outbox: retry(held.state.outbox, cmid, newCmid()) });
      connect();
      sending.pump();
    },
    discard: (cmid) => set({ outbox: remove(held.state.outbox, cmid) }),
    earlier: line.earlier,
    type: sending.type,
    prefill: held.setDraft,
    seenNow: sending.seenNow,
    tryNow: connect,
    wake: () => {
      if (!wanted) return;
      if (held.state.line.type === "idle") connect();
      else socket.wake();
    },
    rest: () => {
      socket.stop();
      tabs.leave();
    },
    connect,
    identify: sending.identify,
    logout,
    elsewhere: (changed, value) => {
      // Logged out there: here too. Without a key: everything was cleared.
      if (wanted && value === null && (changed === key || changed === null)) logout();
    },
    // Whoever is not connected says it with the next hello.
    visit: () => void socket.send({ type: "visit", page: env.page(), ...(env.attributes?.() ? { attributes: env.attributes() } : {}) }),
    now: env.deps.now,
  };
}
