// What a visitor can do, and what the views read. No DOM: the browser comes in through `Env`.

import { createConnection, type Connection } from "./connection.ts";
import { emptyOutbox, join, newCmid, reconcile, redirect, remove, retry, unpack } from "./outbox.ts";
import type { Choice } from "./protocol.ts";
import { createSending } from "./sending.ts";
import { keyOf } from "./settings.ts";
import { createHeld, type Env, type Held, type State } from "./state.ts";
import { heldBack } from "./storage.ts";
import { createTabs } from "./tabs.ts";
import { leftEmail, peopleOf } from "./wait.ts";

/** Written where the token was for the moment between it and nothing. */
const ERASED = '{"erased":true}';

export interface Store {
  /** For what only a late part does. */
  readonly held: Held;
  readonly line: Pick<Connection, "ask" | "fill">;
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
  /** Out of the line, back to the bot. */
  readonly leaveLine: () => void;
  /** What was asked first is answered, and what waited for it goes on. */
  readonly agree: () => void;
  readonly goesOn: () => void;
  /** It goes on no further; nothing is lost that was typed. */
  readonly decline: () => void;
  /** Back from the articles and the past. */
  readonly back: () => void;
  /** The search, or an article. */
  readonly read: (article: string | null) => void;
  /** What opens the visitor's conversations; null: nobody yet. */
  readonly token: () => string | null;
  readonly erased: () => void;
  readonly startOver: () => void;
  readonly retry: (cmid: string) => void;
  readonly discard: (cmid: string) => void;
  /** Back into the box, before what stands there. */
  readonly edit: (cmid: string) => void;
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

export function createStore(given: Env): Store {
  const { settings } = given;
  const key = keyOf(settings.site ?? "default");
  // Until it is agreed to, nothing is kept in the browser and nothing leaves it.
  const local = heldBack(given.local);
  const session = heldBack(given.session);
  const env: Env = { ...given, local, session };
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
    onErased: () => erased(),
  });
  const { socket } = line;
  const sending = createSending(held, line, connect);
  let wanted = false;
  let known = false;
  let agreed = settings.consent === undefined || held.kept.agreed === true;
  let waiting: (() => void) | null = null;
  if (agreed) release();

  function release(): void {
    local.release();
    session.release();
  }

  /** Does it now, or once what has to be asked first is answered. */
  function first(person: boolean, run: () => void): void {
    const { log, contact, status } = held.state;
    const begins = log === null || status.state === "closed";
    const { fields = [], when = "start" } = settings.prechat ?? {};
    const missing = !known && (when === "start" ? begins : person) && fields.some((field) => !contact[field]);
    const asking = !agreed ? "consent" : missing ? "prechat" : null;
    waiting = asking ? () => first(person, run) : null;
    set({ asking });
    if (asking) return;
    run();
  }

  function goes(): void {
    const then = waiting;
    waiting = null;
    set({ asking: null });
    then?.();
  }

  /** Whoever told once who they are is known in the next conversation too. */
  function begin(): void {
    const { contact, log, status, outbox } = held.state;
    const fields = settings.prechat?.fields.filter((field) => contact[field]) ?? [];
    const said = log?.entries.some((ev) => ev.kind === "text" && ev.body.fields) || outbox.items.some((item) => item.kind === "form");
    if (fields.length === 0 || known || (said && status.state !== "closed")) return;
    sending.write("form", { fields: Object.fromEntries(fields.map((field) => [field, contact[field] ?? ""])) }, fields.map((field) => contact[field]).join("\n"));
  }

  function erased(here = false): void {
    wanted = false;
    // The visitor's other tabs hear of it by what is written, and nothing of it stays.
    if (here) local.setItem(key, ERASED);
    forget();
    socket.stop();
    tabs.rename();
    agreed = settings.consent === undefined;
    set({ outcome: "erased", screen: "home" });
  }

  function connect(): void {
    if (!agreed) return;
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
    waiting = null;
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
    held,
    line,
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
      const { screen: now, before } = held.state;
      set({ screen, outcome: null, article: null, before: now === "home" || now === "talk" ? now : before });
      sending.seenNow();
    },
    say: (text) =>
      first(false, () => {
        sending.stopTyping();
        held.setDraft("");
        begin();
        sending.write("text", { text });
      }),
    choose: (choice) =>
      first(false, () => {
        begin();
        sending.write("choice", { option: choice.id }, choice.label);
      }),
    leaveEmail: (email) => {
      const contact = { ...held.state.contact, email };
      set({ contact });
      held.keep({ contact });
      sending.write("form", { fields: { email } }, email);
    },
    rate: (score, comment, about) => sending.write("rating", { score, ...(comment === "" ? {} : { comment }), ...(about === undefined ? {} : { about }) }),
    askPerson: () => {
      const { log } = held.state;
      // Without a place in line a second wish changes nothing; an address does.
      if (peopleOf(held.state) === "full") return set({ screen: "talk", emailAsked: !leftEmail(log?.entries ?? []) });
      first(true, () => {
        begin();
        sending.askPerson();
      });
    },
    askEmail: (emailAsked) => set({ emailAsked }),
    end: () => {
      const { log } = held.state;
      if (log) line.ask((rid) => ({ type: "end", rid, c: log.c }), () => undefined);
    },
    leaveLine: () => {
      const { log } = held.state;
      if (log) line.ask((rid) => ({ type: "handoff", rid, c: log.c, on: false }), () => undefined);
    },
    goesOn: goes,
    agree: () => {
      agreed = true;
      release();
      held.keep({ agreed });
      connect();
      goes();
    },
    decline: () => {
      waiting = null;
      set({ asking: null });
    },
    back: () => {
      set({ screen: held.state.before, article: null });
      sending.seenNow();
    },
    read: (article) => set({ article, screen: "help", before: held.state.screen === "help" || held.state.screen === "past" ? held.state.before : held.state.screen }),
    token: () => held.stored().token ?? null,
    erased: () => erased(true),
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
    edit: (cmid) => {
      const { outbox, draft } = held.state;
      const text = outbox.items.find((item) => item.cmid === cmid)?.body.text;
      if (text === undefined) return;
      held.setDraft(draft === "" ? text : `${text}\n${draft}`);
      set({ outbox: remove(outbox, cmid) });
    },
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
    identify: (jwt) => {
      known = jwt !== "";
      sending.identify(jwt);
    },
    logout,
    elsewhere: (changed, value) => {
      if (wanted && changed === key && value === ERASED) return erased();
      // Logged out there: here too. Without a key: everything was cleared.
      if (wanted && value === null && (changed === key || changed === null)) logout();
    },
    // Whoever is not connected says it with the next hello.
    visit: () => void socket.send({ type: "visit", page: env.page(), ...(env.attributes?.() ? { attributes: env.attributes() } : {}) }),
    now: env.deps.now,
  };
}
