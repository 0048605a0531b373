import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { Composer } from "./composer.tsx";
import { Face, Icon, Logo } from "./icons.tsx";
import { fetchPart, Later } from "./lazy.tsx";
import { Line } from "./line.tsx";
import type { Ev } from "./protocol.ts";
import { firstName, initials } from "./said.ts";
import { css } from "./talk.css";
import type { TextTable } from "./texts.ts";
import { timeline, type Mark, type Row, type Turn } from "./timeline.ts";
import { closingTime, shopName, waitOf, type View } from "./view.ts";

declare const WORDS: Partial<TextTable>;
export { css };
export const words = WORDS;
export { timeline } from "./timeline.ts";

/** The conversation. */
export function Talk(view: View): VNode {
  const { store, state, texts } = view;
  const { t } = texts;
  const { status, log } = state;
  const closed = status.state === "closed";
  const live = state.line.type === "live";
  // Made anew when what they show changes, not at every letter that is typed.
  const rows = useMemo(() => timeline({ log, outbox: state.outbox, live, seen: state.seen.seq }), [log, state.outbox, live, state.seen]);
  const shown = useMemo(() => (rows[0]?.type === "day" && texts.day(rows[0].at, store.now()) === texts.day(store.now(), store.now()) ? rows.slice(1) : rows), [rows, texts]);
  const wantsEmail = !closed && (state.emailAsked || asksEmail(log?.entries ?? []));
  return (
    <>
      <Head {...view} />
      <Line {...view} />
      <Scroll {...view} rows={shown}>
        {log !== null && log.before > 0 && (
          <button type="button" class="btn edge small" onClick={store.earlier}>
            {t("earlier")}
          </button>
        )}
      </Scroll>
      {status.state === "waiting" && !wantsEmail && <Later from="cards" of="QueueCard" {...view} />}
      {wantsEmail && <Later from="cards" of="EmailCard" {...view} />}
      {state.asking && <Later from="forms" of="Asking" {...view} />}
      {closed ? (
        <>
          <Later from="cards" of="RatingCard" {...view} />
          <div class="after">
            <button type="button" class="btn edge" onClick={() => download(view)}>
              <Icon name="download" size={16} />
              {t("downloadTalk")}
            </button>
            <button type="button" class="btn edge" onClick={store.startOver}>
              <Icon name="again" size={16} />
              {t("startOver")}
            </button>
          </div>
        </>
      ) : (
        <Composer {...view} placeholder={status.state === "waiting" ? t("addDetails") : t("writeMessage")}>
          <Slot {...view} />
        </Composer>
      )}
    </>
  );
}

/** Under the composer: the way to a person while there is none, the way out once there is. */
function Slot({ store, state, settings, texts: { t } }: View): VNode {
  const [sure, setSure] = useState(false);
  const { state: owner } = state.status;
  useEffect(() => setSure(false), [owner]);
  if (owner === "bot") {
    return (
      <button type="button" class="link" onClick={store.askPerson}>
        <Icon name="person" size={16} />
        {t("talkToPerson")}
      </button>
    );
  }
  const waits = owner === "waiting";
  if (sure) {
    return (
      <span class="sure" role="group" aria-label={t(waits ? "leaveReally" : "endReally")}>
        <button type="button" class="link bad" onClick={waits ? store.leaveLine : store.end}>
          {t(waits ? "yesLeave" : "yesEnd")}
        </button>
        <button type="button" class="link quiet" ref={focusNow} onClick={() => setSure(false)}>
          {t(waits ? "noWait" : "noKeep")}
        </button>
      </span>
    );
  }
  return (
    <>
      <button type="button" class="link quiet" onClick={() => setSure(true)}>
        {t(waits ? "leaveLine" : "endConversation")}
      </button>
      {settings.typingPreview && <span class="told">{t("previewTold")}</span>}
    </>
  );
}

function focusNow(element: HTMLElement | null): void {
  element?.focus();
}

function Head(view: View): VNode {
  const { store, state, texts, place } = view;
  const { t } = texts;
  const { status } = state;
  const agent = status.agent?.name;
  const here = status.state === "assigned" && state.agentHere && !status.away && state.line.type === "live";
  return (
    <header class="head">
      <button type="button" class="icon" aria-label={t("back")} onClick={() => store.show("home")}>
        <Icon name="back" flip />
      </button>
      <div class="who">
        {agent ? (
          <span class={`face l${here ? " here" : ""}`} aria-hidden="true">
            {initials(agent)}
          </span>
        ) : (
          <Logo {...view} />
        )}
        <div>
          <h2 tabIndex={-1}>{agent ?? shopName(view)}</h2>
          <p>{subtitle(view, here)}</p>
        </div>
      </div>
      <div class="end">
        <Later from="menu" of="Menu" {...view} />
        {place !== "page" && (
          <button type="button" class="icon" aria-label={t("close")} onClick={view.close}>
            <Icon name="close" />
          </button>
        )}
      </div>
    </header>
  );
}

function subtitle(view: View, here: boolean): string {
  const { state, texts } = view;
  const { t } = texts;
  switch (state.status.state) {
    case "waiting":
      return state.site && !state.site.open ? t("closedNow") : t(waitOf(state) ? "findingSomeone" : "nobodyHere");
    case "assigned":
      return here ? t("careHere") : t("care");
    case "closed":
      return t("ended");
    case "bot": {
      if (state.site && !state.site.open && asksEmail(state.log?.entries ?? [])) return t("closedNow");
      const until = state.site?.open ? closingTime(state.site.hours) : null;
      return until ? t("assistantUntil", { time: until }) : t("assistant");
    }
  }
}

/** The scrolling part. It follows the end while the reader is there, and says when there is more below. */
function Scroll({ rows, children, ...view }: View & { rows: readonly Row[]; children: ComponentChildren }): VNode {
  const { state, texts } = view;
  const list = useMemo(() => <Rows {...view} rows={rows} />, [rows, texts, state.filling, state.status, view.place]);
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [below, setBelow] = useState(false);
  const last = rows[rows.length - 1];
  const mine = last?.type === "turn" && last.speaker === "visitor";

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const toEnd = (): void => {
      if (atEnd.current) element.scrollTop = element.scrollHeight;
    };
    // The phone's keyboard and a growing composer take room away.
    const watch = new ResizeObserver(toEnd);
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (atEnd.current || mine) {
      element.scrollTop = element.scrollHeight;
      atEnd.current = true;
    } else setBelow(true);
  }, [last?.key, state.typing !== null]);

  return (
    <div class="scroll-wrap">
      <div
        ref={box}
        class="scroll"
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          atEnd.current = scrollHeight - scrollTop - clientHeight < 40;
          if (atEnd.current) setBelow(false);
        }}
      >
        {children}
        {list}
        <Typing {...view} rows={rows} />
      </div>
      {below && (
        <button
          type="button"
          class="btn below"
          onClick={() => {
            box.current?.scrollTo({ top: box.current.scrollHeight });
            setBelow(false);
          }}
        >
          <Icon name="down" size={14} />
          {texts.t("newest")}
        </button>
      )}
    </div>
  );
}

/** The log. It speaks only once its history stands; each finished message is one element that never changes its words. */
export function Rows({ rows, ...view }: View & { rows: readonly Row[] }): VNode {
  const { state, texts } = view;
  const [speaks, setSpeaks] = useState(false);
  useEffect(() => {
    if (state.filling) return undefined;
    const timer = setTimeout(() => setSpeaks(true), 300);
    return () => clearTimeout(timer);
  }, [state.filling]);
  return (
    <div class="log" role="log" aria-live={speaks ? "polite" : "off"} aria-label={texts.t("dialog", { name: shopName(view) })} tabIndex={0}>
      {rows.map((row) => {
        if (row.type === "day") {
          return (
            <p class="sys" key={row.key}>
              {texts.day(row.at, view.store.now())}
            </p>
          );
        }
        if (row.type === "line") {
          return (
            <p class="sys rule" key={row.key}>
              {lineText(view, row.ev)}
            </p>
          );
        }
        return row.speaker === "visitor" ? <Mine key={row.key} {...view} turn={row} /> : <Later key={row.key} from="theirs" of="Theirs" {...view} turn={row} meanwhile={<Bare turn={row} />} />;
      })}
    </div>
  );
}

/** What the other side said while the file that formats it is not here. */
function Bare({ turn }: { turn: Turn }): VNode {
  return (
    <div class="turn">
      <div class="say">{turn.text}</div>
    </div>
  );
}

function Mine({ turn, ...view }: View & { turn: Turn }): VNode {
  const { store, texts } = view;
  const { t } = texts;
  const failed = turn.mark?.type === "failed" ? turn.mark.cmid : null;
  const id = `m${turn.key}`;
  return (
    <div class={`mine${turn.again ? " again" : ""}`}>
      <div class={`say${failed ? " failed" : ""}${turn.emoji ? " big" : ""}`} dir="auto" aria-describedby={failed ? id : undefined}>
        <span class="vh">{t("you")}: </span>
        {turn.text}
      </div>
      {turn.mark && (
        <span class={`state${failed ? " bad" : ""}`} id={id} key={turn.mark.type} aria-live="off">
          {failed && <Icon name="warn" size={14} />}
          {markText(view, turn.mark)}
          {failed ? (
            <>
              <button type="button" class="link" onClick={() => store.retry(failed)}>
                {t("tryAgain")}
              </button>
              <button type="button" class="link" onClick={() => store.discard(failed)}>
                {t("delete")}
              </button>
            </>
          ) : (
            <Icon name={turn.mark.type === "seen" ? "seen" : turn.mark.type === "sent" ? "check" : "clock"} size={14} />
          )}
        </span>
      )}
    </div>
  );
}

function markText({ state, texts }: View, mark: Mark): string {
  const { t } = texts;
  if (mark.type === "seen") return state.seen.at === null ? t("seen") : t("seenAt", { time: texts.clock(state.seen.at) });
  if (mark.type === "sent") return t("sent");
  if (mark.type === "failed") return t(mark.code === "too_large" ? "tooLongToSend" : "notSent");
  return mark.type === "sending" ? t("sending") : t("waitingForLine");
}

/** Dots while somebody writes; the words for it are said once, outside the log. */
function Typing({ rows, ...view }: View & { rows: readonly Row[] }): VNode {
  const { state, texts } = view;
  const who = state.typing;
  const name = who?.kind === "agent" ? (who.name ?? state.status.agent?.name ?? texts.t("care")) : null;
  const last = rows[rows.length - 1];
  const again = last?.type === "turn" && last.speaker === (name === null ? "bot" : "agent");
  const words = who ? texts.t("writing", { name: name?.split(/\s+/)[0] ?? texts.t("assistant") }) : "";
  return (
    <>
      <div class="vh" role="status">
        {words}
      </div>
      {who && (
        <div class={`turn${name === null ? "" : " human"}${again ? " again" : ""}`} aria-hidden="true">
          <Face name={name} />
          <div class="say dots">
            <i />
            <i />
            <i />
          </div>
        </div>
      )}
    </>
  );
}

export function lineText({ texts, state }: Pick<View, "texts" | "state">, ev: Ev): string {
  const { t } = texts;
  const time = texts.clock(ev.at);
  const first = (name: string | undefined): string => firstName(name ?? "") || t("care");
  switch (ev.kind) {
    case "handoff":
      return t("connecting");
    case "claimed":
      return t("joined", { name: first(ev.body.agent.name), time });
    case "released":
      return ev.from.kind === "visitor" ? t("youLeftLine", { time }) : ev.body.to === "bot" ? t("botBack") : ev.from.kind === "agent" ? t("left", { name: first(ev.from.name), time }) : t("connecting");
    case "transferred":
      return ev.body.name ? t("takesOver", { name: first(ev.body.name), time }) : t("passedOn");
    case "away":
      return t("awayLine", { name: first(ev.body.agent.name ?? state.status.agent?.name) });
    case "closed":
      return ev.from.kind === "agent" ? t("endedBy", { name: first(ev.from.name), time }) : ev.from.kind === "visitor" ? t("endedByYou", { time }) : t("endedLine", { time });
    default:
      return "";
  }
}

function download(view: View): void {
  void fetchPart("menu", view).then(({ saveTalk }) => saveTalk(view), () => undefined);
}

/** The bot waits for an address, and nobody has given one since. */
function asksEmail(entries: readonly Ev[]): boolean {
  const ask = entries.findLast((ev) => ev.kind === "text" && ev.body.ask !== undefined);
  if (ask?.kind !== "text" || ask.body.ask !== "email") return false;
  return !entries.some((ev) => ev.seq > ask.seq && (ev.kind === "claimed" || (ev.kind === "text" && ev.from.kind === "visitor")));
}

