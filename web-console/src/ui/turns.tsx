// The transcript: one element a turn, in a log that is filled before it is live.

import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Markdown } from "../../../web-widget/src/markdown-view.tsx";
import { safeHref } from "../../../web-widget/src/markdown.ts";
import type { Ev } from "../wire.ts";
import { look, nameOf, openDialog, refusal } from "../acts.ts";
import { day, languageName, moment, t, time } from "../i18n.ts";
import { again, drop } from "../line.ts";
import { about, current, currentLog, line, myId, notes, now, replies, reads, stops, typing } from "../state.ts";
import { onOurSite, readMark, turns, type Turn } from "../thread.ts";
import { clock } from "../waiting.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Avatar, BellMark, Meter } from "./parts.tsx";
import { departmentName } from "./views.tsx";

type Said = Extract<Turn, { type: "said" }>;

/** Of the last own message, and of the last one that the visitor has read. */
type Own = "read" | "sent" | undefined;

/** Nearer to the end than this counts as reading along. */
const NEAR = 80;

export function Transcript({ c }: { c: string }): VNode {
  const log = currentLog.value;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  const [live, setLive] = useState(false);
  const head = current.value?.head ?? 0;
  const loaded = (log?.last ?? 0) > 0 && (log?.last ?? 0) >= head;
  const list = turns(log, of(replies.value.items, c), of(notes.value.items, c), myId.value, stops.value.get(c)?.seen);
  const mark = readMark(log, Math.max(reads.value.get(c) ?? 0, current.value?.read ?? 0));
  const last = list[list.length - 1];
  const own = list.findLast((turn) => turn.type === "said" && turn.who === "me" && !turn.note)?.key;

  // The history must not be read out: the region goes live a moment after the first page stands.
  useEffect(() => {
    if (!loaded || live) return;
    const timer = setTimeout(() => setLive(true), 700);
    return () => clearTimeout(timer);
  }, [loaded, live]);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const justWritten = last?.type === "said" && last.item !== undefined;
    if (atEnd.current || justWritten) element.scrollTop = element.scrollHeight;
    else setBehind(true);
  }, [list.length, last?.key, typing.value.has(c)]);

  // The packet card or the composer may grow: who reads the end keeps reading the end.
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const seen = () => {
      if (atEnd.current && document.visibilityState === "visible" && document.hasFocus() && log) look(c, log.last);
    };
    seen();
    addEventListener("focus", seen);
    return () => removeEventListener("focus", seen);
  }, [c, log?.last, behind]);

  function onScroll(): void {
    const element = box.current;
    if (!element) return;
    atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;
    if (atEnd.current) setBehind(false);
  }

  return (
    <div class="transcript">
      <div ref={box} class="scroll" onScroll={onScroll} tabIndex={0} role="region" aria-label={t("conversation.label", { name: current.value ? nameOf(current.value) : t("visitor") })}>
        {!loaded && list.length === 0 && (
          <div class="bones" role="status">
            <span class="sr">{t("conversation.loading")}</span>
            <i />
            <i />
            <i />
          </div>
        )}
        <div role="log" aria-live={live ? "polite" : "off"} aria-relevant="additions" aria-label={t("conversation.messages")}>
          {list.map((turn) => (
            <TurnView key={turn.key} turn={turn} state={turn.key === mark ? "read" : turn.key === own ? "sent" : undefined} />
          ))}
        </div>
        <TypingLine c={c} />
      </div>
      {behind && (
        <button
          type="button"
          class="btn to-end"
          onClick={() => {
            const element = box.current;
            if (element) element.scrollTop = element.scrollHeight;
          }}
        >
          {t("conversation.new")} <Icon name="down" size={14} />
        </button>
      )}
    </div>
  );
}

/** `plain`: to read alone, nothing can be done from it. */
export function TurnView({ turn, state, plain = false }: { turn: Turn; state: Own; plain?: boolean }): VNode {
  switch (turn.type) {
    case "day":
      return (
        <div class="sys day">
          <span>{day(turn.at)}</span>
        </div>
      );
    case "event":
      return <EventLine turn={turn} />;
    case "said":
      return <SaidTurn turn={turn} state={state} plain={plain} />;
  }
}

function SaidTurn({ turn, state, plain }: { turn: Said; state: Own; plain: boolean }): VNode {
  const { who, note, ev, item } = turn;
  const name = who === "me" ? t("you") : who === "bot" ? t("bot") : who === "visitor" ? (current.value?.visitor?.name ?? t("visitor")) : who === "system" ? t("system") : (turn.name ?? t("agent"));
  const kind = note ? "note" : who === "me" ? "agent me" : who;
  const lang = ev?.kind === "answer" ? ev.body.language : who === "visitor" ? current.value?.language : undefined;
  return (
    <div class={`turn ${kind} ${turn.head ? "head" : ""} ${turn.fresh ? "fresh" : ""}`}>
      {turn.head && mark(turn, name)}
      <div class="turn-in">
        {turn.head ? (
          <div class="who">
            <b dir="auto">{name}</b>
            {note && (
              <>
                <Icon name="lock" size={12} />
                <span>{t(isWhisper(turn) ? "turn.whisper" : "turn.private")}</span>
              </>
            )}
            {ev?.kind === "clarify" && <span>· {t("turn.asked")}</span>}
            <time dateTime={new Date(turn.at).toISOString()}>· {time(turn.at)}</time>
            {turn.fresh && <span class="chip acc">{t("turn.new")}</span>}
          </div>
        ) : (
          <span class="sr">
            {name}, {time(turn.at)}:{" "}
          </span>
        )}
        <div class="bub" dir="auto" lang={lang}>
          {who === "visitor" || note ? <p class="plain">{turn.text}</p> : <Markdown text={turn.text} lineEnds={who === "bot" ? "space" : "break"} resolve={onOurSite} />}
          {ev?.kind === "text" && ev.body.fields && <Fields fields={ev.body.fields} />}
        </div>
        {ev?.kind === "text" && ev.body.ask && <div class="under">{t("turn.waits", { what: ev.body.ask === "email" ? t("turn.email") : ev.body.ask.slot.replaceAll("_", " ") })}</div>}
        {ev && !plain && !note && who !== "system" && (
          <button type="button" class="btn bare ico improve" aria-label={t("turn.improve")} title={t("turn.improve")} onClick={() => ((about.value = ev.seq), openDialog("improve"))}>
            <Icon name="pen" size={14} />
          </button>
        )}
        {ev && (ev.kind === "answer" || ev.kind === "clarify") && <BotDetails ev={ev} />}
        {item && <Delivery turn={turn} />}
        {!item && state && (
          <div class="under state">
            {t(`turn.${state}`)} <Icon name={state === "read" ? "checks" : "check"} size={12} />
          </div>
        )}
      </div>
    </div>
  );
}

function isWhisper({ ev, item }: Said): boolean {
  return ev ? ev.kind === "note" && ev.body.whisper === true : (item as { whisper?: boolean } | undefined)?.whisper === true;
}

function mark(turn: Said, name: string): VNode {
  if (turn.who === "bot" || turn.who === "system") return <BellMark />;
  return <Avatar name={turn.who === "me" ? myName() : name} tone={turn.note ? "note" : turn.who === "visitor" ? "visitor" : "me"} />;
}

/** Where an own message stands. The text changes in place: the log is not told again. */
function Delivery({ turn }: { turn: Said }): VNode | null {
  const item = turn.item;
  if (!item) return null;
  const id = `d-${item.cmid}`;
  switch (item.delivery.type) {
    case "failed":
      return (
        <div class="under failed" id={id}>
          <Icon name="warn" size={12} />
          <span>
            <b>{t("turn.failed")}.</b> {refusal(item.delivery.code)}
          </span>
          <button type="button" class="btn" aria-describedby={id} onClick={() => again(item.cmid)}>
            {t("turn.retry")}
          </button>
          <button type="button" class="btn bare" aria-describedby={id} onClick={() => drop(item.cmid)}>
            {t("turn.drop")}
          </button>
        </div>
      );
    case "sent":
      return (
        <div class="under state">
          {t("turn.sent")} <Icon name="check" size={12} />
        </div>
      );
    default:
      return (
        <div class="under state">
          {t(line.value.type === "live" ? "turn.sending" : "turn.waitingline")} <Icon name="clock" size={12} />
        </div>
      );
  }
}

function Fields({ fields }: { fields: { [key in string]: string } }): VNode {
  return (
    <dl class="fields">
      {Object.entries(fields).map(([name, value]) => (
        <div key={name}>
          <dt>{name.replaceAll("_", " ")}</dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What the bot thought, on demand: everything an editor would need to find the line that answered. */
function BotDetails({ ev }: { ev: Extract<Ev, { kind: "answer" | "clarify" }> }): VNode {
  const options = ev.body.options ?? [];
  const source = ev.kind === "answer" ? ev.body.source : undefined;
  const href = source ? safeHref(source.url) : null;
  return (
    <details class="bot-why">
      <summary>
        {ev.kind === "answer" ? (
          <>
            <span class="mono">{ev.body.id}</span> <span class="num">{ev.body.confidence.toFixed(2)}</span>
          </>
        ) : (
          t("bot.options")
        )}
        <span class="sr"> {t("bot.details")}</span>
        <Icon name="down" size={12} />
      </summary>
      <dl>
        {ev.kind === "answer" && (
          <>
            <dt>{t("bot.id")}</dt>
            <dd>
              {t(ev.body.kind === "intent" ? "bot.intent" : "bot.article")} <span class="mono">{ev.body.id}</span>
            </dd>
            <dt>{t("bot.confidence")}</dt>
            <dd class="sure">
              <Meter value={ev.body.confidence} lead label={t("packet.of", { title: ev.body.id, percent: Math.round(ev.body.confidence * 100) })} />
              <span aria-hidden="true">{ev.body.confidence.toFixed(2)}</span>
            </dd>
            <dt>{t("bot.language")}</dt>
            <dd>{languageName(ev.body.language)}</dd>
            {source && (
              <>
                <dt>{t("bot.source")}</dt>
                <dd>
                  {href ? (
                    <a class="l" href={href} target="_blank" rel="noopener">
                      {source.title}
                    </a>
                  ) : (
                    source.title
                  )}
                </dd>
              </>
            )}
          </>
        )}
        {options.length > 0 && (
          <>
            <dt>{t("bot.options")}</dt>
            <dd class="chips-in">
              {options.map((one) => (
                <span class="chip" key={one.id}>
                  {one.label}
                </span>
              ))}
            </dd>
          </>
        )}
        <dt>{t("bot.version")}</dt>
        <dd class="mono">{ev.body.content_version}</dd>
      </dl>
    </details>
  );
}

function EventLine({ turn }: { turn: Extract<Turn, { type: "event" }> }): VNode {
  const { ev } = turn;
  const { text, icon, note } = eventWords(turn);
  return (
    <>
      <div class={`sys ${ev.kind}`}>
        <span>
          <Icon name={icon} size={14} />
          {text}
        </span>
      </div>
      {note && (
        <div class="turn note head">
          <Avatar name={ev.from.name ?? "?"} tone="note" />
          <div class="turn-in">
            <div class="who">
              <b>{ev.from.id === myId.value ? t("you") : (ev.from.name ?? t("agent"))}</b>
              <Icon name="lock" size={12} />
              <span>{t("turn.private")}</span>
              <time>· {time(ev.at)}</time>
            </div>
            <div class="bub" dir="auto">
              <p class="plain">{note}</p>
            </div>
          </div>
        </div>
      )}
    </>
  );
}

function eventWords(turn: Extract<Turn, { type: "event" }>): { text: string; icon: IconName; note?: string | undefined } {
  const { ev, waited } = turn;
  const at = time(ev.at);
  const by = ev.from.kind === "agent" ? (ev.from.id === myId.value ? t("you") : (ev.from.name ?? t("agent"))) : t(ev.from.kind === "bot" ? "bot" : ev.from.kind === "visitor" ? "visitor" : "system");
  switch (ev.kind) {
    case "handoff": {
      const reason = t(`reason.${ev.body.reason}`);
      return { icon: "bell", text: ev.body.department ? t("sys.handoff.to", { department: departmentName(ev.body.department), reason }) : t("sys.handoff", { reason }) };
    }
    case "claimed": {
      const mine = ev.body.agent.id === myId.value;
      const values = { time: at, name: ev.body.agent.name ?? t("agent"), wait: waited === undefined ? "" : clock(waited) };
      const key = mine ? "sys.claimed.you" : "sys.claimed";
      return { icon: "user", text: t(waited === undefined ? key : `${key}.after`, values) };
    }
    case "released":
      return { icon: ev.body.to === "bot" ? "bell" : "queue", text: t(`sys.released.${ev.body.to}`, { name: by, time: at }) };
    case "transferred": {
      const to = "department" in ev.body.to ? departmentName(ev.body.to.department) : ev.body.to.agent === myId.value ? t("you") : (ev.body.name ?? t("agent"));
      return { icon: "swap", text: t("sys.transferred", { name: by, to, time: at }), note: ev.body.note };
    }
    case "away":
      return { icon: "offline", text: t("sys.away", { name: ev.body.agent.name ?? t("agent"), time: at }) };
    case "rating": {
      if (ev.body.about !== undefined) return { icon: "thumb", text: t(ev.body.score >= 3 ? "sys.rating.up" : "sys.rating.down") };
      const score = t("sys.rating", { score: ev.body.score });
      return { icon: "star", text: ev.body.comment ? `${score}: “${ev.body.comment}”` : score };
    }
    case "marked": {
      const { labels, snoozed_until: until, follow_up: follow, priority } = ev.body;
      if (labels) return { icon: "tag", text: labels.length > 0 ? t("sys.labels", { name: by, labels: labels.join(", ") }) : t("sys.labels.none", { name: by }) };
      if (until !== undefined) return { icon: "moon", text: until === 0 ? t("sys.woken", { time: at }) : t("sys.snoozed", { name: by, time: moment(until, now.value) }) };
      if (follow !== undefined) return { icon: "clock", text: follow === 0 ? t("sys.follow.none", { name: by }) : t("sys.follow", { name: by, time: moment(follow, now.value) }) };
      return { icon: "up", text: t("sys.priority", { name: by, priority: priority === "urgent" || priority === "high" ? t(`priority.${priority}`) : t("priority.normal") }) };
    }
    case "reopened":
      return { icon: "undo", text: t("sys.reopened", { name: by, time: at }) };
    case "closed":
      return { icon: "check", text: ev.body.reason ? t("sys.closed.reason", { time: at, reason: closedWords(ev.body.reason) }) : t("sys.closed", { time: at }) };
    default:
      return { icon: "bell", text: "" };
  }
}

/** The fixed words of the resolve dialog in the reader's language, anything else as it was written. */
function closedWords(reason: string): string {
  const [, code, rest] = /^(answered|done|elsewhere|silent|spam)(?:: (.+))?$/s.exec(reason) ?? [];
  if (!code) return reason;
  const words = t(`resolve.${code as "answered" | "done" | "elsewhere" | "silent" | "spam"}`);
  return rest ? `${words}, ${rest}` : words;
}

/** Outside the log: it comes and goes and is said once, politely. */
function TypingLine({ c }: { c: string }): VNode {
  const is = typing.value.get(c);
  const held = current.value;
  const name = is?.from.kind === "agent" ? (is.from.name ?? t("agent")) : held ? nameOf(held) : t("visitor");
  return (
    <div class="typing-line" role="status">
      {is && (
        <>
          <span class="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span class="cut">{t("typing.visitor", { name })}</span>
          {is.preview && (
            <span class="preview cut" aria-hidden="true" dir="auto">
              {is.preview}
            </span>
          )}
        </>
      )}
    </div>
  );
}

function of<T extends { c: string | null }>(items: readonly T[], c: string): T[] {
  return items.filter((item) => item.c === c);
}

function myName(): string {
  return current.value?.agent?.id === myId.value ? (current.value.agent.name ?? t("you")) : t("you");
}
