// What a person can do, one function each. Refusals become plain words; a draft is never lost over one.

import { signal } from "@preact/signals";
import * as api from "./api.ts";
import { fillIn, wordsIn, type Words } from "./canned.ts";
import { draft, openFor, setDraft, type Mode } from "./drafts.ts";
import { t, type Key } from "./i18n.ts";
import { EMPTY, groupOf, type Held, type Shown } from "./inbox.ts";
import { kept, type Macro } from "./kept.ts";
import * as line from "./line.ts";
import { announce } from "./notify.ts";
import { setTab, tab } from "./prefs.ts";
import * as s from "./state.ts";
import { isMine, newerThan, packetOf, shortId } from "./thread.ts";
import type { Mark, PresenceState, Res, TransferTo } from "./wire.ts";

/** What should have the focus after the next paint. */
export const wish = signal<{ what: "composer" | "list" | "find"; n: number }>({ what: "list", n: 0 });

const TYPING_AGAIN = 3_000;
const TYPING_STOP = 5_000;

let notices = 0;
let noticeTimer: ReturnType<typeof setTimeout> | undefined;
let openTimer: ReturnType<typeof setTimeout> | undefined;
let typed: { c: string; at: number; stop: ReturnType<typeof setTimeout> } | undefined;

export async function start(): Promise<void> {
  const person = await api.me();
  if (person === null) {
    s.person.value = undefined;
    throw new Error("no answer");
  }
  if (!person) {
    s.person.value = null;
    return;
  }
  enter(person);
}

/** `undefined`: inside. */
export async function login(email: string, password: string, code?: string): Promise<Exclude<api.LoginResult, { type: "ok" }> | undefined> {
  const result = await api.login(email, password, code);
  if (result.type !== "ok") return result;
  const person = await api.me();
  if (!person) return { type: "unreachable" };
  // Who logs in has come to work; a page that is only reloaded keeps what was chosen.
  if (person.role !== "editor") setTab("deskbell.presence", "online");
  enter(person);
  return undefined;
}

export async function logout(): Promise<void> {
  await api.logout();
  leave("out");
}

export function leave(why: "out" | "revoked"): void {
  line.disconnect();
  if (why === "out") line.forget();
  setTab("deskbell.presence", undefined);
  s.me.value = undefined;
  s.inbox.value = EMPTY;
  s.logs.value = new Map();
  s.ready.value = false;
  s.dialog.value = undefined;
  s.selected.value = undefined;
  s.place.value = "inbox";
  s.offers.value = new Map();
  s.picked.value = new Set();
  s.farewell.value = why;
  s.person.value = null;
}

export function show(shown: Shown): void {
  s.shown.value = shown;
  s.pane.value = "list";
  s.picked.value = new Set();
  if (s.place.value !== "inbox") go("inbox");
}

/** To a place of the rail; its address is the place's own. */
export function go(place: s.Place, part = ""): void {
  const hash = place === "inbox" ? (s.selected.value ? `#c=${s.selected.value}` : "") : `#${place}${part ? `/${part}` : ""}`;
  history.pushState(null, "", location.pathname + location.search + hash);
  arrive(place, part);
}

function arrive(place: s.Place, part: string): void {
  s.place.value = place;
  s.part.value = part;
  line.lookAt();
}

/** Opens a conversation; a fast walk through the list asks only for the one it ends at. */
export function select(c: string, by: "step" | "choice" = "choice"): void {
  if (s.selected.value !== c) stopTyping();
  s.selected.value = c;
  s.place.value = "inbox";
  if (by === "choice") s.pane.value = "conversation";
  const hash = `#c=${c}`;
  if (location.hash !== hash) history[location.hash ? "replaceState" : "pushState"](null, "", hash);
  clearTimeout(openTimer);
  const run = () => (void line.open(c), line.lookAt());
  if (s.logs.value.has(c) || by === "choice") run();
  else openTimer = setTimeout(run, 120);
}

/** From the address: a link, a reload, the browser's back. */
export function followHash(): void {
  const c = /^#c=([\w-]+)$/.exec(location.hash)?.[1];
  const [, place, part = ""] = /^#(board|team|admin|unanswered|try|releases)(?:\/(\w+))?$/.exec(location.hash) ?? [];
  if (place) return arrive(place as s.Place, part);
  // Who reads no chats begins where there is something to do.
  if (!s.chats.value) return arrive("unanswered", "");
  if (s.place.value !== "inbox") arrive("inbox", "");
  if (c && c !== s.selected.value) select(c);
  if (!c) back();
}

export function back(): void {
  if (s.pane.value === "visitor") {
    s.pane.value = "conversation";
    return;
  }
  s.pane.value = "list";
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  focus("list");
}

export function step(by: 1 | -1): void {
  const items = s.listGroups.value.flatMap((group) => group.items);
  if (items.length === 0) return;
  const at = items.findIndex((item) => item.c === s.selected.value);
  const to = at < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(items.length - 1, Math.max(0, at + by));
  const item = items[to];
  if (item) select(item.c, "step");
}

export function canClaim(conversation: Held | undefined): boolean {
  return conversation?.state === "waiting" || conversation?.state === "bot";
}

/** Somebody else's chat, by a supervisor's right. */
export function canTakeOver(conversation: Held | undefined): boolean {
  return s.leads.value && conversation?.state === "assigned" && conversation.agent?.id !== s.myId.value;
}

export async function claim(conversation = s.current.value): Promise<void> {
  const force = canTakeOver(conversation);
  if (!conversation || !(canClaim(conversation) || force) || s.busy.value) return;
  s.busy.value = "claim";
  const res = await line.ask({ type: "claim", c: conversation.c, ver: conversation.ver, ...(force ? { force } : {}) });
  s.busy.value = undefined;
  if (!res.ok) {
    const winner = s.inbox.value.all.get(conversation.c)?.agent?.name;
    say(winner && res.code === "already_claimed" ? t("refused.already_claimed.name", { name: winner }) : refusal(res.code), "bad");
    void line.open(conversation.c);
    return;
  }
  if (s.selected.value !== conversation.c) select(conversation.c);
  s.pane.value = "conversation";
  focus("composer");
}

/** The next one is asked; this one's place stays free. */
export async function decline(c: string): Promise<void> {
  s.offers.value = s.withEntry(s.offers.value, c, undefined);
  const res = await line.ask({ type: "decline", c });
  if (!res.ok && res.code !== "not_found") say(refusal(res.code), "bad");
}

export async function accept(c: string): Promise<void> {
  const held = s.inbox.value.all.get(c) ?? (s.offers.value.get(c)?.conversation as Held | undefined);
  s.offers.value = s.withEntry(s.offers.value, c, undefined);
  await claim(held);
}

/** Labels, snooze, priority or a follow-up date of a conversation. */
export async function mark(c: string, what: Mark): Promise<boolean> {
  s.dialogError.value = undefined;
  const res = await line.ask({ type: "mark", c, ...what });
  if (res.ok) return true;
  const words = refusal(res.code);
  if (s.dialog.value) s.dialogError.value = words;
  else say(words, "bad");
  return false;
}

/** Who can say when it comes back. */
export function canSnooze(held: Held | undefined): boolean {
  return isMine(held, s.myId.value);
}

export async function snooze(c: string, until: number): Promise<void> {
  if (!(await mark(c, { snooze: until }))) return;
  closeDialog();
  focus("list");
}

export function canReopen(held: Held | undefined): boolean {
  return held?.state === "closed";
}

export async function reopen(): Promise<void> {
  const held = s.current.value;
  if (!held || !canReopen(held)) return;
  await change((conversation) => line.ask({ type: "reopen", c: conversation.c, ver: conversation.ver }));
  focus("composer");
}

/** What canned replies and macros may name. */
export function variables(held: Held | undefined): Record<string, string | undefined> {
  const visitor = held?.visitor;
  return {
    ...kept.value.variables,
    "visitor.name": visitor?.verified?.name ?? visitor?.name,
    "visitor.email": visitor?.verified?.email ?? visitor?.email,
    "agent.name": s.me.value?.name,
  };
}

/** In the visitor's language, with what is known filled in. */
export function worded(text: Words, held: Held | undefined): { text: string; missing: string[] } {
  return fillIn(wordsIn(text, held?.language), variables(held));
}

/** The steps of a macro, one after the other, until one is refused. The reply lands in the box: it is sent by its writer. */
export async function runMacro(macro: Macro): Promise<void> {
  const c = s.selected.value;
  closeDialog();
  for (const step of macro.steps) {
    const held = c === undefined ? undefined : s.inbox.value.all.get(c);
    if (!c || !held) return;
    let res: Awaited<ReturnType<typeof line.ask>> | undefined;
    if ("reply" in step) {
      const { text } = worded(step.reply, held);
      const before = draft(c, "text").trimEnd();
      setDraft(c, "text", before ? `${before}\n${text}` : text);
      setMode(c, "text");
      focus("composer");
    } else if ("label" in step) res = await line.ask({ type: "mark", c, labels: [...new Set([...(held.labels ?? []), step.label])].sort() });
    else if ("priority" in step) res = await line.ask({ type: "mark", c, priority: step.priority });
    else if ("snooze_minutes" in step) res = await line.ask({ type: "mark", c, snooze: s.now.value + step.snooze_minutes * 60_000 });
    else if ("department" in step) res = await line.ask({ type: "transfer", c, ver: held.ver, to: { department: step.department } });
    else {
      // What stands in the box goes out first: a closed chat takes no words.
      send(c, "text");
      res = await line.ask({ type: "resolve", c, ver: held.ver, reason: step.resolve });
    }
    if (res && !res.ok) return say(t("macro.stopped", { title: macro.title, why: refusal(res.code) }), "bad");
  }
  say(t("macro.done", { title: macro.title }));
}

export function pick(c: string, on = !s.picked.value.has(c)): void {
  const next = new Set(s.picked.value);
  if (on) next.add(c);
  else next.delete(c);
  s.picked.value = next;
}

/** All from the last one that was picked up to this one. */
export function pickTo(c: string): void {
  const all = s.listGroups.value.flatMap((group) => group.items.map((item) => item.c));
  const last = [...s.picked.value].findLast((one) => all.includes(one));
  const [a, b] = [all.indexOf(last ?? c), all.indexOf(c)];
  s.picked.value = new Set([...s.picked.value, ...all.slice(Math.min(a, b), Math.max(a, b) + 1)]);
}

/** The same with each that was picked, a few at a time. What is refused stays picked and is counted. */
export async function withPicked(run: (held: Held) => ReturnType<typeof line.ask>): Promise<void> {
  const all = [...s.picked.value];
  s.busy.value = "bulk";
  let refused = 0;
  for (let at = 0; at < all.length; at += 4) {
    await Promise.all(
      all.slice(at, at + 4).map(async (c) => {
        const held = s.inbox.value.all.get(c);
        const res = held ? await run(held) : undefined;
        if (res?.ok) pick(c, false);
        else refused += 1;
      }),
    );
  }
  s.busy.value = undefined;
  closeDialog();
  say(refused > 0 ? t("bulk.refused", { n: all.length - refused, refused }) : t("bulk.done", { n: all.length }), refused > 0 ? "bad" : "plain");
}

/** Only for somebody's eyes who has the chat: the visitor never sees it. */
export function whisper(c: string, text: string): void {
  if (text.trim()) line.write(c, "note", text.trim(), true);
}

/** One's own, or somebody else's by a supervisor's right. */
export function setPresence(state: PresenceState, agent?: string): void {
  if (agent === undefined || agent === s.myId.value) line.setPresence(state);
  else line.tell({ type: "presence", state, agent });
}

export async function release(to: "bot" | "queue"): Promise<void> {
  await change((conversation) => line.ask({ type: "release", c: conversation.c, ver: conversation.ver, to }));
}

export async function transfer(to: TransferTo, note: string): Promise<void> {
  await change((conversation) => line.ask({ type: "transfer", c: conversation.c, ver: conversation.ver, to, ...(note.trim() ? { note: note.trim() } : {}) }), "to");
}

export async function resolve(reason: string, followUp?: number): Promise<void> {
  await change((conversation) => line.ask({ type: "resolve", c: conversation.c, ver: conversation.ver, reason, ...(followUp === undefined ? {} : { follow_up: followUp }) }));
}

export function openDialog(dialog: s.Dialog, to?: TransferTo): void {
  if (["transfer", "resolve", "snooze", "macros"].includes(dialog) && !isMine(s.current.value, s.myId.value)) return;
  if (["labels", "block"].includes(dialog) && !s.current.value) return;
  s.dialogError.value = undefined;
  s.transferTo.value = to;
  s.dialog.value = dialog;
}

export function closeDialog(): void {
  s.dialog.value = undefined;
}

/** Sends what stands in the box. False: nothing to send. */
export function send(c: string, mode: Mode): boolean {
  const text = draft(c, mode).trim();
  const limit = s.limits.value?.text_chars ?? 4000;
  if (text === "" || [...text].length > limit) return false;
  line.write(c, mode, text);
  setDraft(c, mode, "");
  if (mode === "text") s.stops.value = s.withEntry(s.stops.value, c, undefined);
  stopTyping();
  return true;
}

/** A stopped reply becomes a note: colleagues may use it, the visitor never sees it. */
export function keepAsNote(c: string): void {
  line.write(c, "note", draft(c, "text").trim());
  setDraft(c, "text", "");
  s.stops.value = s.withEntry(s.stops.value, c, undefined);
}

export function discard(c: string): void {
  setDraft(c, "text", "");
  s.stops.value = s.withEntry(s.stops.value, c, undefined);
}

export function insertSuggested(): void {
  const c = s.selected.value;
  const suggested = packetOf(s.currentLog.value)?.packet.suggested_reply;
  if (!c || !suggested || !isMine(s.current.value, s.myId.value)) return;
  const now = draft(c, "text");
  if (!now.includes(suggested)) setDraft(c, "text", now.trim() ? `${now.trimEnd()}\n${suggested}` : suggested);
  setMode(c, "text");
  focus("composer");
}

export function setMode(c: string, mode: Mode): void {
  s.modes.value = s.withEntry(s.modes.value, c, mode);
}

export function write(mode: Mode): void {
  const conversation = s.current.value;
  if (!conversation || conversation.state === "closed") return;
  if (mode === "text" && !isMine(conversation, s.myId.value)) return;
  setMode(conversation.c, mode);
  s.pane.value = "conversation";
  focus("composer");
}

/** Somebody typed into the reply box: says so at most every few seconds, and says when it stopped. */
export function typing(c: string): void {
  if (typed?.c !== c) stopTyping();
  if (!typed || Date.now() - typed.at > TYPING_AGAIN) {
    line.tell({ type: "typing", c, on: true });
    if (typed) clearTimeout(typed.stop);
    typed = { c, at: Date.now(), stop: setTimeout(stopTyping, TYPING_STOP) };
    return;
  }
  clearTimeout(typed.stop);
  typed.stop = setTimeout(stopTyping, TYPING_STOP);
}

export function stopTyping(): void {
  if (!typed) return;
  clearTimeout(typed.stop);
  line.tell({ type: "typing", c: typed.c, on: false });
  typed = undefined;
}

/** The reader sees the end of the transcript. */
export function look(c: string, seq: number): void {
  if ((s.looked.value.get(c) ?? 0) >= seq) return;
  s.looked.value = s.withEntry(s.looked.value, c, seq);
  keepLooked();
  if (isMine(s.inbox.value.all.get(c), s.myId.value)) line.tell({ type: "read", c, seq });
}

export function isUnread(held: Held): boolean {
  const kind = groupOf(held, s.myId.value);
  if (kind === "waiting") return true;
  return kind === "mine" && held.head > (s.looked.value.get(held.c) ?? 0) && held.c !== s.selected.value;
}

export function nameOf(held: { c: string; visitor?: { id: string; name?: string; email?: string; verified?: { name?: string } } | undefined }): string {
  return held.visitor?.verified?.name ?? held.visitor?.name ?? held.visitor?.email ?? t("visitor.named", { id: shortId(held.visitor?.id ?? held.c) });
}

/** Who wrote after the writer of a stopped reply last looked. */
export function newer(c: string, seen: number): { count: number; name: string } {
  const events = newerThan(s.logs.value.get(c), seen, s.myId.value);
  const by = events.findLast((ev) => ev.from.kind === "agent") ?? events[events.length - 1];
  const held = s.inbox.value.all.get(c);
  const name = by?.from.kind === "agent" ? (by.from.name ?? t("agent")) : by?.from.kind === "bot" ? t("bot") : held ? nameOf(held) : t("visitor");
  return { count: events.length, name };
}

export function refusal(code: s.Refusal | undefined, where: "here" | "to" = "here"): string {
  if (code === "at_capacity" && where === "to") return t("refused.at_capacity.other");
  switch (code) {
    case undefined:
    case "cmid_conflict":
    case "queue_full":
    case "version":
      return t("refused.other");
    default:
      return t(`refused.${code}` satisfies Key);
  }
}

export function say(text: string, tone: s.Notice["tone"] = "plain"): void {
  notices += 1;
  s.notice.value = { text, tone, n: notices };
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => (s.notice.value = undefined), tone === "bad" ? 12_000 : 6_000);
}

export function focus(what: "composer" | "list" | "find"): void {
  wish.value = { what, n: wish.value.n + 1 };
}

/** Only of conversations that are still at hand: the rest needs no mark. */
function keepLooked(): void {
  const entries = [...s.looked.value].filter(([c]) => isMine(s.inbox.value.all.get(c), s.myId.value));
  setTab("deskbell.looked", JSON.stringify(entries));
}

function lookedBefore(): ReadonlyMap<string, number> {
  try {
    return new Map(JSON.parse(tab("deskbell.looked") ?? "[]") as [string, number][]);
  } catch {
    return new Map();
  }
}

function enter(person: api.Person): void {
  openFor(person.id);
  s.looked.value = lookedBefore();
  s.farewell.value = undefined;
  s.person.value = person;
  // Nothing but setting up a second factor is open to this person yet.
  if (person.second_factor === "required") return;
  line.connect({ onOccasion: announce, onEnd: leave });
  followHash();
}

async function change(run: (conversation: Held) => ReturnType<typeof line.ask>, where: "here" | "to" = "here"): Promise<void> {
  const conversation = s.current.value;
  if (!conversation || s.busy.value) return;
  s.busy.value = "change";
  s.dialogError.value = undefined;
  const res: Res | { ok: false; code: s.Refusal } = await run(conversation);
  s.busy.value = undefined;
  if (res.ok) {
    s.dialog.value = undefined;
    focus("list");
    return;
  }
  const words = refusal(res.code, where);
  if (s.dialog.value) s.dialogError.value = words;
  else say(words, "bad");
  if (res.code === "stale" || res.code === "not_assignee") void line.open(conversation.c);
}
