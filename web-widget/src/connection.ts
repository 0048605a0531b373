// From the line into the state: hello and resume, welcome, the log without gaps, and who is there.

import { missingAfter, prepend, receive, startLog } from "./log.ts";
import { dataLost, lineLost, reconcile, redirect, type Ack, type Nack } from "./outbox.ts";
import type { ClientFrame, ConversationState, Ev, Res, ServerFrame, Welcome } from "./protocol.ts";
import { createSocket, PROTOCOL_VERSION, type HelloFrame, type Socket, type SocketState } from "./socket.ts";
import type { Held } from "./state.ts";
import { atFirst, fold, statusOf } from "./status.ts";

const PAGE = 200;
const REFILL_MS = 2_000;
/** A replay that has not brought everything by then is asked for. */
const REPLAY_MS = 3_000;
/** Typing dots without a word from the server go out by themselves. */
const TYPING_SHOWN_MS = 6_000;
/** An ended talk is shown again only this long; later a visit begins afresh. */
const ENDED_SHOWN_MS = 30 * 60_000;
/** After this long a talk with the bot waits on the first screen to be taken up again. */
const TALK_STALE_MS = 12 * 3_600_000;

const TOKEN_INVALID = 4501;
const SUPERSEDED = 4504;
const ERASED = 4509;

export interface Connection {
  readonly socket: Socket;
  /** Sends a request; its answer comes on this line or never. */
  readonly ask: (frame: (rid: string) => ClientFrame, answer: (res: Res) => void) => void;
  /** Fetches what is missing at the end, page by page. */
  readonly fill: () => void;
  readonly earlier: () => void;
}

export interface Listeners {
  /** Who this tab is. */
  readonly device: () => string;
  /** Welcomed; and who has the conversation, if there is one. */
  readonly onLive: (owner: ConversationState | undefined) => void;
  readonly onDelivery: (frame: Ack | Nack) => void;
  /** The log has grown. */
  readonly onGrown: () => void;
  /** Another tab has this tab's name. */
  readonly onSuperseded: () => void;
  readonly onErased: () => void;
}

export function createConnection(held: Held, to: Listeners): Connection {
  const { env, set } = held;
  const asked = new Map<string, (res: Res) => void>();
  let rids = 0;
  let fetching = false;
  let said: string | undefined;
  let superseded = 0;
  let tokenRefused = false;

  const socket = createSocket({ url: env.url, hello, onState: lineChanged, onFrame: frame, deps: env.deps });

  function hello(): HelloFrame {
    const { log } = held.state;
    // Another tab may have become somebody in the meantime.
    said = held.stored().token ?? held.kept.token;
    return {
      type: "hello",
      v: PROTOCOL_VERSION,
      device: to.device(),
      ...(said === undefined ? {} : { token: said }),
      ...(env.settings.site === undefined ? {} : { site: env.settings.site }),
      locale: env.locale,
      page: env.page(),
      ...(env.attributes?.() ? { attributes: env.attributes() } : {}),
      ...(log && held.kept.epoch !== undefined ? { resume: [{ c: log.c, epoch: held.kept.epoch, seq: log.last }] } : {}),
    };
  }

  function lineChanged(line: SocketState): void {
    const live = line.type === "live";
    if (!live) {
      asked.clear();
      fetching = false;
    }
    set({ line, wasLive: held.state.wasLive || live, ...(live ? {} : { outbox: lineLost(held.state.outbox), typing: null }) });
    if (line.type !== "stopped") return;
    if (line.code === SUPERSEDED && superseded < 3) {
      superseded += 1;
      to.onSuperseded();
    } else if (line.code === TOKEN_INVALID && !tokenRefused) {
      // As somebody new, who can reach none of the old conversations: what was not sent opens one.
      tokenRefused = true;
      for (const { c } of held.state.outbox.items) set({ outbox: redirect(held.state.outbox, c, null) });
      held.leave();
      held.keep({ token: undefined, epoch: undefined, c: undefined });
      socket.start();
    } else if (line.code === ERASED) to.onErased();
  }

  function frame(frame: ServerFrame): void {
    const mine = "c" in frame && frame.c === held.state.log?.c;
    switch (frame.type) {
      case "welcome":
        return welcomed(frame);
      case "ev":
        return entered([frame]);
      case "ack":
      case "nack":
        return to.onDelivery(frame);
      case "res":
        return answered(frame);
      case "err":
        if (frame.rid !== undefined) answered({ rid: frame.rid, ok: false, code: frame.code });
        return env.emit("error", frame.code);
      case "resync":
        if (!mine) return;
        if (frame.reason === "gone") {
          gone();
          return to.onGrown();
        }
        fetching = false;
        set({ log: startLog(frame.c), status: atFirst, filling: true, ...(frame.reason === "too_far" ? {} : { outbox: dataLost(held.state.outbox) }) });
        if (frame.reason === "too_far") lastPage(frame.head);
        else fill();
        return to.onGrown();
      case "notice":
        return set({ notice: frame.text === undefined ? null : { ...frame, text: frame.text } });
      case "queue":
        if (!mine) return;
        set({ queue: { position: frame.position, wait: frame.staffed ? frame.wait_s : null } });
        return env.emit("queue", { position: frame.position });
      case "typing":
        if (!mine || frame.from.kind === "visitor") return;
        set({ typing: frame.on ? frame.from : null });
        if (frame.on) held.later("typed", TYPING_SHOWN_MS, () => set({ typing: null }));
        return;
      case "presence":
        if (mine && frame.from.kind === "agent") set({ agentHere: frame.state !== "offline" });
        return;
      case "read":
        if (mine && frame.from.kind !== "visitor" && frame.seq > held.state.seen.seq) set({ seen: { seq: frame.seq, at: env.deps.now() } });
        return;
      default:
    }
  }

  function welcomed(welcome: Welcome): void {
    const { token } = held.stored();
    if (welcome.token !== undefined && token !== undefined && token !== said) {
      // Two tabs began at the same time, and the other was made somebody first: this one is the same person.
      socket.stop();
      return socket.start();
    }
    const { kept } = held;
    const sameData = kept.epoch === welcome.epoch;
    const resumed = sameData && held.state.log !== null;
    held.keep({ epoch: welcome.epoch, ...(welcome.token === undefined ? {} : { token: welcome.token }) });
    set({ notice: welcome.notice ?? null, past: welcome.conversations, site: welcome.site ?? held.state.site, textChars: welcome.limits?.text_chars ?? held.state.textChars });

    const known = welcome.conversations;
    let mine = known.find((one) => one.c === held.state.log?.c);
    if (!mine && !held.state.log && kept.c !== "" && !held.state.outbox.items.some((item) => item.c === null && item.tried)) {
      // Another tab of the visitor may have opened one; what waits here goes there too.
      mine = known.find((one) => one.state !== "closed");
      if (mine) set({ outbox: redirect(held.state.outbox, null, mine.c) });
    }
    const fresh = !held.state.log?.entries.length;
    if (!mine) {
      if (held.state.log) gone();
      else set({ filling: false });
    } else if (fresh && mine.state === "closed" && welcome.now - mine.updated_at > ENDED_SHOWN_MS) {
      // What waits for it may be stored there already: the server says so, or that it is closed.
      held.leave();
      if (!held.state.outbox.items.length) set({ screen: "home" });
    } else {
      if (held.state.log?.c !== mine.c) held.adopt(mine.c);
      else if (!sameData) set({ log: startLog(mine.c), outbox: dataLost(held.state.outbox) });
      const { c, head } = mine;
      const { log, status, seen, open } = held.state;
      const behind = log !== null && log.last < head;
      set({ status: log?.entries.length ? status : statusOf(mine), seen: { seq: Math.max(seen.seq, mine.read ?? 0), at: seen.at }, filling: behind });
      if (!resumed) fill();
      else if (behind) held.later("replayed", REPLAY_MS, () => held.state.log?.c === c && missingAfter(held.state.log, head) !== null && fill());
      if (fresh && open && !held.state.outbox.items.length) set({ screen: mine.state === "bot" && welcome.now - mine.updated_at > TALK_STALE_MS ? "home" : "talk" });
      held.markLive();
    }
    to.onLive(mine?.state);
  }

  /** Not there any more: what was written for it opens a new one. */
  function gone(): void {
    set({ outbox: redirect(dataLost(held.state.outbox), held.state.log?.c ?? null, null) });
    held.leave();
    if (!held.state.outbox.items.length) set({ screen: "home" });
  }

  function entered(events: readonly Ev[]): void {
    const [first] = events;
    if (!first) return;
    const { state } = held;
    // Another tab opened it: before anything was said here, or after the end of what is shown.
    const begins = first.prev === 0;
    // What was left on purpose tells its end, and is left all the same.
    const wanted = state.log ? state.status.state === "closed" && begins && first.c !== state.log.c : (begins || held.kept.c !== "") && !state.outbox.items.some((item) => item.c === null && item.cmid !== first.cmid);
    if (wanted) held.adopt(first.c);
    const { log } = held.state;
    if (!log || log.c !== first.c) return;
    const grown = receive(log, events);
    const fresh = grown.entries.slice(log.entries.length);
    const before = held.state.status;
    const status = fresh.reduce(fold, before);
    const last = fresh[fresh.length - 1];
    set({
      log: grown,
      status,
      outbox: reconcile(held.state.outbox, events, grown),
      // The place is not durable and may overtake the entry that says that somebody waits.
      queue: status.state === "assigned" || status.state === "closed" ? null : held.state.queue,
      ...(last && last.from.kind !== "visitor" ? { typing: null } : {}),
      ...(status.state === "assigned" && status.agent?.id !== before.agent?.id ? { agentHere: true } : {}),
      // Answered by the form, or taken up by a person: it need not be asked for any more.
      ...(fresh.some((ev) => ev.kind === "claimed" || (ev.kind === "text" && ev.body.fields)) ? { emailAsked: false } : {}),
    });
    if (missingAfter(grown) === null) set({ filling: fetching });
    else fill();
    if (!held.state.filling) for (const ev of fresh) tell(ev);
    held.markLive();
    to.onGrown();
  }

  function tell(ev: Ev): void {
    if (ev.from.kind !== "visitor" && (ev.kind === "text" || ev.kind === "answer" || ev.kind === "clarify")) {
      env.emit("message:in", { c: ev.c, seq: ev.seq, text: ev.body.text, from: ev.from.kind });
    }
    if (ev.kind === "handoff") env.emit("handoff", { c: ev.c });
    if (ev.kind === "claimed") env.emit("agent", { name: ev.body.agent.name });
    if (ev.kind === "closed") env.emit("ended", { c: ev.c });
    if (ev.kind === "rating" && ev.body.about === undefined) env.emit("csat", { score: ev.body.score });
  }

  function ask(frame: (rid: string) => ClientFrame, answer: (res: Res) => void): void {
    rids += 1;
    const rid = `r${rids}`;
    if (socket.send(frame(rid))) asked.set(rid, answer);
  }

  function answered(res: Res): void {
    const answer = asked.get(res.rid);
    asked.delete(res.rid);
    answer?.(res);
  }

  function fill(): void {
    const { log } = held.state;
    if (!log || fetching) return;
    fetching = true;
    ask(
      (rid) => ({ type: "fetch", rid, c: log.c, after: log.last, limit: PAGE }),
      (res) => {
        fetching = false;
        if (!res.ok) {
          if (res.code === "not_found") gone();
          else held.later("refill", REFILL_MS, fill);
          return;
        }
        const before = held.state.log?.last;
        entered(res.events ?? []);
        if (res.more && held.state.log?.last !== before) fill();
        else set({ filling: false });
      },
    );
  }

  function page(c: string, before: number, then: (log: NonNullable<Held["state"]["log"]>) => void, again: () => void): void {
    ask(
      (rid) => ({ type: "fetch", rid, c, before, limit: PAGE }),
      (res) => {
        const { log } = held.state;
        if (log?.c !== c) return;
        if (res.ok) then(prepend(log, res.events ?? []));
        else again();
      },
    );
  }

  function lastPage(head: number): void {
    const c = held.state.log?.c;
    if (c === undefined) return;
    page(
      c,
      head + 1,
      (log) => set({ log, status: log.entries.reduce(fold, held.state.status), filling: false, outbox: reconcile(held.state.outbox, log.entries, log) }),
      () => held.later("refill", REFILL_MS, () => lastPage(head)),
    );
  }

  return {
    socket,
    ask,
    fill,
    earlier: () => {
      const { log } = held.state;
      if (log && log.before > 0) page(log.c, log.before + 1, (longer) => set({ log: longer }), () => undefined);
    },
  };
}
