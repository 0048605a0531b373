// From the visitor to the line: what was written waits in the outbox until the log has it.

import type { Connection } from "./connection.ts";
import { acked, add, carryOver, frameOf, nacked, newCmid, next, reconcile, redirect, remove, sending, traceparent, type Ack, type Nack } from "./outbox.ts";
import type { ConversationState, SendBody, SendKind } from "./protocol.ts";
import type { Held } from "./state.ts";

const AGAIN_MS = 2_000;
/** Between a look whether what was written before is in the log, ms. */
const SOON_MS = 300;
const TYPING_EVERY_MS = 3_000;
const TYPING_IDLE_MS = 4_000;
/** Where agents see what is being typed. */
const PREVIEW_EVERY_MS = 1_000;
const PREVIEW_CHARS = 500;

export interface Sending {
  readonly write: (kind: SendKind, body: SendBody, label?: string) => void;
  /** Sends the next one, if it is its turn. */
  readonly pump: () => void;
  readonly delivered: (frame: Ack | Nack) => void;
  readonly askPerson: () => void;
  /** Goes on with what was asked for on the line before. */
  readonly resume: (owner: ConversationState | undefined) => void;
  /** Something was asked for and has no answer yet. */
  readonly busy: () => boolean;
  readonly type: (text: string) => void;
  readonly stopTyping: () => void;
  readonly seenNow: () => void;
  readonly identify: (jwt: string | null) => void;
}

export function createSending(held: Held, line: Connection, connect: () => void): Sending {
  const { env, set } = held;
  const { socket, ask } = line;
  let wantsPerson = false;
  let jwt: string | null = null;
  let lastTyping = 0;

  function pump(): void {
    const { state } = held;
    if (state.line.type !== "live") return;
    const now = env.deps.now();
    const item = next(state.outbox, now);
    if (!item) {
      if (state.outbox.notBefore > now) held.later("pump", state.outbox.notBefore - now, pump);
      return;
    }
    const frame = frameOf(item, item.c !== null && item.c === state.log?.c ? state.log.last : 0);
    if (socket.send(env.settings.trace ? { ...frame, trace: traceparent() } : frame)) set({ outbox: sending(state.outbox, item.cmid) });
  }

  function write(kind: SendKind, body: SendBody, label?: string): void {
    if (kind !== "rating" && held.state.status.state === "closed") held.leave();
    const { log, outbox } = held.state;
    set({
      outbox: add(outbox, { cmid: newCmid(), c: log?.c ?? null, kind, body, at: env.deps.now(), ...(label === undefined ? {} : { label }) }),
      ...(kind === "rating" ? {} : { screen: "talk" }),
    });
    held.markLive();
    connect();
    pump();
  }

  function delivered(frame: Ack | Nack): void {
    const { log, outbox, status } = held.state;
    const item = outbox.items.find((one) => one.cmid === frame.cmid);
    if (frame.type === "ack") {
      set({ outbox: reconcile(acked(outbox, frame), [], log ?? undefined) });
      if (item?.kind !== "rating" && (!log || (status.state === "closed" && log.c !== frame.c))) held.adopt(frame.c);
      // A thumb is no message.
      if (item?.kind !== "rating") env.emit("message:out", { c: frame.c, seq: frame.seq });
    } else if (item && item.c !== null && item.kind !== "rating" && (frame.code === "closed" || frame.code === "not_found")) {
      // It ended, or went, while this was on its way: it belongs to what is talked about now, and if that is nothing it begins it.
      if (log?.c === item.c) held.leave();
      const now = held.state.log?.c ?? null;
      set({ outbox: frame.code === "closed" ? carryOver(outbox, item.cmid, now) : redirect(nacked(outbox, { ...frame, retry: "later", after_ms: 0 }, 0), item.c, now), screen: "talk" });
    } else if (item?.kind === "rating" && frame.retry === "never") set({ outbox: remove(outbox, item.cmid) });
    else set({ outbox: nacked(outbox, frame, env.deps.now()) });
    pump();
  }

  function askPerson(): void {
    wantsPerson = true;
    if (held.state.status.state === "closed") held.leave();
    set({ screen: "talk" });
    connect();
    if (held.state.line.type !== "live") return;
    // What was written before must be in the log before the person is asked for.
    if (held.state.outbox.items.some((item) => item.c === null)) return held.later("person", SOON_MS, askPerson);
    const c = held.state.log?.c;
    ask(
      (rid) => ({ type: "handoff", rid, ...(c === undefined ? {} : { c }) }),
      (res) => {
        const opened = res.c ?? res.conversation?.c;
        if (res.ok && opened !== undefined && held.state.log?.c !== opened) {
          held.adopt(opened);
          line.fill();
          held.markLive();
        }
        if (res.code === "rate" || res.code === "busy" || res.code === "storage") return held.later("person", AGAIN_MS, askPerson);
        wantsPerson = false;
        // An address is the next best. Without a place in the line the bot asks for it in its words.
        if (!res.ok && res.code !== "queue_full") set({ emailAsked: true });
      },
    );
  }

  function identify(token: string | null): void {
    jwt = token;
    if (token === null) return;
    ask(
      (rid) => ({ type: "identify", rid, jwt: token }),
      (res) => {
        // Said once: from here on the new token stands for the person.
        if (jwt === token) jwt = null;
        if (!res.ok) return env.emit("error", res.code);
        if (res.token !== undefined) held.keep({ token: res.token });
      },
    );
  }

  function tellTyping(): void {
    held.cancel("preview");
    const { log, draft } = held.state;
    const preview = env.settings.typingPreview ? { preview: draft.slice(0, PREVIEW_CHARS) } : {};
    if (log && socket.send({ type: "typing", c: log.c, on: true, ...preview })) lastTyping = env.deps.now();
  }

  function stopTyping(): void {
    held.cancel("preview");
    if (lastTyping === 0) return;
    lastTyping = 0;
    held.cancel("idle");
    if (held.state.log) socket.send({ type: "typing", c: held.state.log.c, on: false });
  }

  return {
    write,
    pump,
    delivered,
    askPerson,
    resume: (owner) => {
      identify(jwt);
      // The log may not be here yet; the server knows already.
      if (owner === "waiting" || owner === "assigned") wantsPerson = false;
      if (wantsPerson) askPerson();
      pump();
    },
    busy: () => wantsPerson,
    type: (text) => {
      held.setDraft(text);
      const { log, status } = held.state;
      if (!log || (status.state !== "assigned" && status.state !== "waiting")) return;
      if (text === "") return stopTyping();
      const wait = lastTyping + (env.settings.typingPreview ? PREVIEW_EVERY_MS : TYPING_EVERY_MS) - env.deps.now();
      if (wait <= 0) tellTyping();
      // The last letters before a pause are told too.
      else if (env.settings.typingPreview) held.later("preview", wait, tellTyping);
      held.later("idle", TYPING_IDLE_MS, stopTyping);
    },
    stopTyping,
    seenNow: () => {
      const { log, read } = held.state;
      if (!log || log.last <= read || !env.watched()) return;
      if (socket.send({ type: "read", c: log.c, seq: log.last })) {
        held.keep({ read: log.last });
        set({ read: log.last });
      }
    },
    identify,
  };
}
