// The socket's side of the page: frames in, state out; requests with their answers; the two outboxes.

import { batch } from "@preact/signals";
import { missingAfter, receive, startLog, type Log } from "../../web-widget/src/log.ts";
import { acked, add, dataLost, emptyOutbox, frameOf, join, lineLost, nacked, next, pack, reconcile, remove, retry, sending, newCmid, unpack, type Item, type Outbox } from "../../web-widget/src/outbox.ts";
import { browserDeps, createSocket, type Socket, type SocketState } from "../../web-widget/src/socket.ts";
import { storage } from "../../web-widget/src/storage.ts";
import { createTabs, type Tabs } from "../../web-widget/src/tabs.ts";
import { me } from "./api.ts";
import { giveBack, type Mode } from "./drafts.ts";
import { changed, gone, listed, reconnected, type Listed } from "./inbox.ts";
import { mentioned, refresh } from "./kept.ts";
import { setTab, tab } from "./prefs.ts";
import * as s from "./state.ts";
import type { ClientFrame, Conversation, Ev, PresenceState, Res, ServerFrame, Welcome } from "./wire.ts";

/** A reply knows up to where its writer had read, through reload: that is what makes it stale. */
type Written = Item & { seen: number; mentions?: string[]; whisper?: boolean };

const ANSWER_MS = 15_000;
const TYPING_MS = 8_000;
/** What was asked for and refused for now is asked for again after this. */
const AGAIN_MS = 2_000;
const VIEWS: readonly Listed[] = ["waiting", "mine", "department", "all", "snoozed", "mentioned", "closed"];

let socket: Socket | undefined;
let tabs: Tabs | undefined;
let epoch = "";
let rids = 0;
let boxTimer: ReturnType<typeof setTimeout> | undefined;
/** One's own presence as it was asked for, until the server says it too. */
let wished: PresenceState | undefined;
const asked = new Map<string, (res: Res | { ok: false; code: s.Refusal }) => void>();
const fetching = new Set<string>();
let onOccasion: Hooks["onOccasion"] = () => {};
let onEnd: (why: "revoked") => void = () => {};

/** What somebody may want to hear of. */
export type Occasion = "waiting" | "given" | "message" | "mention" | "offer" | "missed";

export type Hooks = { onOccasion: (conversation: Conversation, what: Occasion) => void; onEnd: (why: "revoked") => void };

export function connect(hooks: Hooks): void {
  onOccasion = hooks.onOccasion;
  onEnd = hooks.onEnd;
  s.replies.value = emptyOutbox;
  s.notes.value = emptyOutbox;
  const deps = browserDeps();
  // By person, so that nobody sends what somebody else wrote in this browser.
  tabs = createTabs({ key: `deskbell.console.${s.person.value?.id ?? ""}`, local: storage(() => localStorage), session: storage(() => sessionStorage), locks: navigator.locks, deps, onFound: found });
  socket = createSocket({
    url: socketUrl(),
    hello: () => ({ type: "hello", v: 1, device: tabs?.name() ?? "", locale: navigator.language, resume: resume() }),
    onState,
    onFrame: (frame) => batch(() => take(frame)),
    deps,
  });
  start();
  addEventListener("online", wake);
  addEventListener("pagehide", rest);
  addEventListener("pageshow", onShow);
  document.addEventListener("visibilitychange", onVisible);
}

/** Connects, also where the server said not to come back by itself. */
export function start(): void {
  tabs?.enter(() => {
    keep();
    socket?.start();
  });
}

/** The page is put away, for good or to be brought back. */
function rest(): void {
  socket?.stop();
  tabs?.leave();
}

function onShow(): void {
  if (s.line.value.type === "idle") start();
}

export function disconnect(): void {
  removeEventListener("online", wake);
  removeEventListener("pagehide", rest);
  removeEventListener("pageshow", onShow);
  document.removeEventListener("visibilitychange", onVisible);
  rest();
  socket = undefined;
  tabs = undefined;
  answerAll();
}

export function wake(): void {
  socket?.wake();
}

/** This tab takes over from the copy of it that took over from this tab. */
export function takeOver(): void {
  tabs?.rename();
  start();
}

/** Not kept when the line is down: for what means nothing later. */
export function tell(frame: ClientFrame): boolean {
  return socket?.send(frame) ?? false;
}

type Asking<T> = T extends { rid: string } ? Omit<T, "rid"> : never;

/** Sends a frame with a `rid` and gives its answer; never rejects. */
export function ask(frame: Asking<ClientFrame>): Promise<Res | { ok: false; code: s.Refusal; conversation?: undefined }> {
  return new Promise((resolve) => {
    rids += 1;
    const rid = `r${rids}`;
    const timer = setTimeout(() => {
      asked.delete(rid);
      resolve({ ok: false, code: "timeout" });
    }, ANSWER_MS);
    asked.set(rid, (res) => {
      clearTimeout(timer);
      asked.delete(rid);
      resolve(res);
    });
    if (!tell({ ...frame, rid } as ClientFrame)) asked.get(rid)?.({ ok: false, code: "offline" });
  });
}

/** Asks for the log of a conversation from where it is held. */
export async function open(c: string): Promise<void> {
  if (!s.logs.value.has(c)) s.logs.value = s.withEntry(s.logs.value, c, startLog(c));
  const last = s.logs.value.get(c)?.last ?? 0;
  const res = await ask({ type: "open", c, ...(last > 0 ? { after: last } : {}) });
  if (res.ok && res.conversation) put(res.conversation);
  if (res.ok) return;
  if (res.code === "not_found" || res.code === "forbidden") lose(c);
  else later(() => s.selected.value === c && open(c));
}

/** Tries again while the line is the same; a new one asks for everything anyway. */
function later(run: () => unknown): void {
  const { value: line } = s.line;
  setTimeout(() => s.line.value === line && line.type === "live" && run(), AGAIN_MS);
}

/** Writes a reply or a note: kept until the server has it. */
export function write(c: string, mode: Mode, text: string, whisper = false): void {
  const mentions = mode === "note" ? mentioned(text) : [];
  const item: Omit<Written, "delivery"> = {
    ...{ cmid: newCmid(), c, kind: "text", body: { text }, at: s.now.value, seen: s.logs.value.get(c)?.last ?? 0 },
    ...(mentions.length > 0 ? { mentions } : {}),
    ...(whisper ? { whisper } : {}),
  };
  const box = mode === "note" ? s.notes : s.replies;
  box.value = add(box.value, item);
  flush();
}

export function again(cmid: string): void {
  const fresh = newCmid();
  s.replies.value = retry(s.replies.value, cmid, fresh);
  s.notes.value = retry(s.notes.value, cmid, fresh);
  flush();
}

export function drop(cmid: string): void {
  s.replies.value = remove(s.replies.value, cmid);
  s.notes.value = remove(s.notes.value, cmid);
  flush();
}

/** Takes a conversation over in its newest form; tells of one that newly waits. */
export function put(conversation: Conversation): void {
  const before = s.inbox.value.all.get(conversation.c);
  s.inbox.value = changed(s.inbox.value, conversation);
  const after = s.inbox.value.all.get(conversation.c);
  if (s.ready.value && after) {
    const mine = (one: Conversation | undefined) => one?.state === "assigned" && one.agent?.id === s.myId.value;
    if (after.state === "waiting" && before?.state !== "waiting" && !mine(before)) onOccasion(after, "waiting");
    if (mine(after) && !mine(before) && s.busy.value !== "claim") onOccasion(after, "given");
    const named = (one: Conversation | undefined) => one?.mentioned?.includes(s.myId.value) ?? false;
    if (named(after) && !named(before)) onOccasion(after, "mention");
  }
  if (conversation.read !== undefined) sawUpTo(conversation.c, conversation.read);
}

export function setPresence(state: PresenceState): void {
  setTab("deskbell.presence", state);
  wished = state;
  if (s.me.value) s.me.value = { ...s.me.value, presence: state };
  tell({ type: "presence", state });
}

function take(frame: ServerFrame): void {
  switch (frame.type) {
    case "welcome":
      return welcomed(frame);
    case "conversation":
      return put(frame);
    case "ev":
      heard(frame);
      return entries(frame.c, [frame]);
    case "res":
      if (frame.conversation) put(frame.conversation);
      asked.get(frame.rid)?.(frame);
      return;
    case "err":
      if (frame.rid) asked.get(frame.rid)?.({ ok: false, code: frame.code });
      return;
    case "ack":
      s.replies.value = acked(s.replies.value, frame);
      s.notes.value = acked(s.notes.value, frame);
      arrived(s.logs.value.get(frame.c));
      return flush();
    case "nack":
      return refused(frame);
    case "resync":
      if (frame.reason === "gone") return lose(frame.c);
      s.logs.value = s.withEntry(s.logs.value, frame.c, undefined);
      if (frame.reason !== "too_far") unsettle();
      if (s.selected.value === frame.c) void open(frame.c);
      return;
    case "typing":
      if (frame.from.id === s.myId.value) return;
      s.typing.value = s.withEntry(s.typing.value, frame.c, frame.on ? { from: frame.from, preview: frame.preview, until: Date.now() + TYPING_MS } : undefined);
      return;
    case "presence":
      return presence(frame);
    case "read":
      if (frame.from.kind === "visitor") sawUpTo(frame.c, frame.seq);
      return;
    case "offer":
      return offered(frame);
    case "looking":
      s.looking.value = s.withEntry(s.looking.value, frame.c, frame.agents.length > 0 ? frame.agents.filter((one) => one.id !== s.myId.value) : undefined);
      return;
    case "page": {
      const { c, page, at } = frame;
      const held = s.inbox.value.all.get(c);
      if (held?.visitor) put({ ...held, visitor: { ...held.visitor, page } });
      s.walked.value = s.withEntry(s.walked.value, c, [...(s.walked.value.get(c) ?? []).slice(-49), { ...page, at }]);
      return;
    }
    case "desk":
      // Which of it does not matter: all of it is one answer.
      return refresh();
    default:
  }
}

function offered({ c, until, conversation }: Extract<ServerFrame, { type: "offer" }>): void {
  // Taken or declined it is out of the way already; what ends before its time was taken back.
  const over = until === undefined ? s.offers.value.get(c) : undefined;
  if (over?.conversation && Date.now() + s.skew.value > over.until - 1_000) onOccasion(over.conversation, "missed");
  if (until !== undefined && conversation && !s.offers.value.has(c)) onOccasion(conversation, "offer");
  s.offers.value = s.withEntry(s.offers.value, c, until === undefined ? undefined : { c, until, conversation });
}

/** What a visitor writes to this person, where nobody looks. */
function heard(ev: Ev): void {
  const held = s.inbox.value.all.get(ev.c);
  if (!s.ready.value || !held || ev.kind !== "text" || ev.from.kind !== "visitor" || held.agent?.id !== s.myId.value) return;
  if (ev.seq > Math.max(held.head, s.logs.value.get(ev.c)?.last ?? 0)) onOccasion(held, "message");
}

/** Tells colleagues what is on the screen. */
export function lookAt(): void {
  if (!s.chats.value) return;
  const c = document.visibilityState === "visible" && s.place.value === "inbox" ? s.selected.value : undefined;
  tell({ type: "look", ...(c ? { c } : {}) });
}

function welcomed(welcome: Welcome): void {
  s.skew.value = welcome.now - Date.now();
  s.now.value = welcome.now;
  s.limits.value = welcome.limits;
  if (epoch !== "" && epoch !== welcome.epoch) {
    s.logs.value = new Map();
    unsettle();
  }
  epoch = welcome.epoch;
  s.inbox.value = reconnected(s.inbox.value);
  for (const conversation of welcome.conversations) put(conversation);
  if (welcome.me) {
    s.me.value = welcome.me;
    s.colleagues.value = new Map(welcome.me.colleagues.filter((one) => one.id !== welcome.me?.id).map((one) => [one.id, one]));
    const wanted = tab("deskbell.presence") as PresenceState | undefined;
    if (wanted && wanted !== welcome.me.presence) setPresence(wanted);
  }
  s.offers.value = new Map();
  s.looking.value = new Map();
  void watch();
  if (s.chats.value) refresh();
  if (s.selected.value) void open(s.selected.value);
  lookAt();
  flush();
}

/** All views are watched at once: their counts stand side by side. */
async function watch(): Promise<void> {
  await Promise.all(
    VIEWS.map(async (view) => {
      const res = await ask({ type: "watch", view });
      if (res.ok && "conversations" in res && res.conversations) {
        const list = res.conversations;
        batch(() => {
          const cut = new Set(s.cut.value);
          if ("more" in res && res.more) cut.add(view);
          else cut.delete(view);
          s.cut.value = cut;
          s.inbox.value = listed(s.inbox.value, view, list, s.myId.value);
          for (const one of list) if (one.read !== undefined) sawUpTo(one.c, one.read);
        });
      }
      // Editors have no lists: that is an answer too.
      if (view === "mine" && (res.ok || res.code === "forbidden")) s.ready.value = true;
    }),
  );
}

function entries(c: string, events: readonly Ev[]): void {
  const log = receive(s.logs.value.get(c) ?? startLog(c), events);
  s.logs.value = s.withEntry(s.logs.value, c, log);
  arrived(log);
  const author = events[events.length - 1]?.from;
  if (author && s.typing.value.get(c)?.from.kind === author.kind) s.typing.value = s.withEntry(s.typing.value, c, undefined);
  void fillGap(c);
}

/** Something between is missing: asks for it, once at a time. */
async function fillGap(c: string): Promise<void> {
  const log = s.logs.value.get(c);
  const after = log ? missingAfter(log) : null;
  if (after === null || fetching.has(c)) return;
  fetching.add(c);
  const res = await ask({ type: "fetch", c, after, limit: 200 });
  fetching.delete(c);
  if (!res.ok) return later(() => fillGap(c));
  if (!("events" in res) || !res.events || res.events.length === 0) return;
  batch(() => entries(c, res.events ?? []));
}

/** What has come with the log needs no place in the outbox. */
function arrived(log: Log | undefined): void {
  if (!log) return;
  s.replies.value = reconcile(s.replies.value, log.entries, log);
  s.notes.value = reconcile(s.notes.value, log.entries, log);
}

/** The server has lost a part of its data: what it had acked goes again. */
function unsettle(): void {
  s.replies.value = dataLost(s.replies.value);
  s.notes.value = dataLost(s.notes.value);
  flush();
}

function refused(nack: Extract<ServerFrame, { type: "nack" }>): void {
  const reply = s.replies.value.items.find((item) => item.cmid === nack.cmid) as Written | undefined;
  const { code } = nack;
  if (reply?.c && (code === "stale" || code === "not_assignee" || code === "closed")) {
    // The words go back into the box: only the writer knows whether they still fit.
    s.replies.value = remove(s.replies.value, nack.cmid);
    giveBack(reply.c, "text", reply.body.text ?? "");
    s.stops.value = s.withEntry(s.stops.value, reply.c, { code, seen: reply.seen });
  } else {
    const at = Date.now();
    s.replies.value = nacked(s.replies.value, nack, at);
    s.notes.value = nacked(s.notes.value, nack, at);
  }
  flush();
}

function presence(frame: Extract<ServerFrame, { type: "presence" }>): void {
  if (frame.c !== undefined) {
    const held = s.inbox.value.all.get(frame.c);
    if (!held?.visitor || frame.from.kind !== "visitor") return;
    const all = new Map(s.inbox.value.all);
    all.set(frame.c, { ...held, visitor: { ...held.visitor, online: frame.state !== "offline" } });
    s.inbox.value = { ...s.inbox.value, all };
    return;
  }
  const id = frame.from.id;
  if (id === undefined) return;
  if (id === s.myId.value) {
    // By somebody else, or for offers let pass: it holds for the next socket too. Before one's own wish has come back it is the fresh socket's.
    if (frame.state === wished) wished = undefined;
    else if (wished === undefined && frame.state !== "offline") setTab("deskbell.presence", frame.state);
    if (s.me.value) s.me.value = { ...s.me.value, presence: frame.state, capacity: frame.capacity ?? s.me.value.capacity };
    return;
  }
  const before = s.colleagues.value.get(id);
  s.colleagues.value = s.withEntry(s.colleagues.value, id, {
    id,
    name: frame.from.name ?? before?.name ?? id,
    presence: frame.state,
    load: frame.load ?? before?.load ?? 0,
    capacity: frame.capacity ?? before?.capacity ?? 0,
    role: before?.role ?? "agent",
    departments: before?.departments ?? [],
  });
}

function onState(state: SocketState): void {
  batch(() => {
    s.line.value = state;
    if (state.type === "live" || state.type === "connecting") return;
    s.typing.value = new Map();
    s.replies.value = lineLost(s.replies.value);
    s.notes.value = lineLost(s.notes.value);
    keep();
  });
  if (state.type !== "live" && state.type !== "connecting") answerAll();
  // A browser does not say why an upgrade was refused: a session that ended looks like a lost line.
  if (state.type === "waiting" && state.attempt % 3 === 2) void me().then((person) => person === undefined && socket && onEnd("revoked"));
  if (state.type === "stopped" && (state.code === 4501 || state.code === 4507)) onEnd("revoked");
}

function answerAll(): void {
  for (const answer of [...asked.values()]) answer({ ok: false, code: "offline" });
}

function lose(c: string): void {
  s.inbox.value = gone(s.inbox.value, c);
  s.logs.value = s.withEntry(s.logs.value, c, undefined);
  s.missing.value = new Set([...s.missing.value, c]);
}

function sawUpTo(c: string, seq: number): void {
  if ((s.reads.value.get(c) ?? 0) < seq) s.reads.value = s.withEntry(s.reads.value, c, seq);
}

function flush(): void {
  const at = Date.now();
  s.replies.value = pump(s.replies.value, at, (item) => frameOf(item, (item as Written).seen));
  s.notes.value = pump(s.notes.value, at, (item) => ({ type: "note", c: item.c ?? "", cmid: item.cmid, body: noteOf(item as Written) }));
  keep();
  const later = Math.max(s.replies.value.notBefore, s.notes.value.notBefore) - at;
  clearTimeout(boxTimer);
  if (later > 0) boxTimer = setTimeout(flush, later + 20);
}

function noteOf({ body, mentions, whisper }: Written): { text: string; mentions?: string[]; whisper?: boolean } {
  return { text: body.text ?? "", ...(mentions ? { mentions } : {}), ...(whisper ? { whisper } : {}) };
}

function pump(box: Outbox, at: number, frame: (item: Item) => ClientFrame): Outbox {
  const item = next(box, at);
  if (!item || !tell(frame(item))) return box;
  return sending(box, item.cmid);
}

function keep(): void {
  const boxes = [pack(s.replies.value), pack(s.notes.value)];
  tabs?.keep(boxes.some((box) => box !== null) ? JSON.stringify(boxes) : null);
}

/** Of this tab before it was loaded again, or of one that is gone. A reply that is overtaken by now is held back by the server. */
function found(text: string): void {
  try {
    const [replies, notes] = JSON.parse(text) as (string | null)[];
    s.replies.value = join(s.replies.value, unpack(replies ?? null));
    s.notes.value = join(s.notes.value, unpack(notes ?? null));
  } catch {
    return; // not ours
  }
  flush();
}

export function forget(): void {
  epoch = "";
  s.replies.value = emptyOutbox;
  s.notes.value = emptyOutbox;
}

/** Only what is at hand here: everything else is asked for when it is opened. */
function resume(): { c: string; epoch: string; seq: number }[] {
  if (epoch === "") return [];
  const mine = [...s.logs.value.values()].filter((log) => log.last > 0 && s.inbox.value.all.get(log.c)?.agent?.id === s.myId.value);
  return mine.map((log) => ({ c: log.c, epoch, seq: log.last }));
}

function socketUrl(): string {
  const url = new URL("../ws/agent", document.baseURI);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  return url.href;
}

function onVisible(): void {
  if (document.visibilityState === "visible") wake();
  lookAt();
}
