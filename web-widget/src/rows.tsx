// The rows of a conversation and the part that scrolls, with what is seen of the visitor's own words.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";

import { Face, firstName } from "./face.tsx";
import { Icon } from "./icons.tsx";
import { Later } from "./lazy.tsx";
import type { Ev } from "./protocol.ts";
import { css } from "./rows.css";
import type { TextTable } from "./texts.ts";
import type { Mark, Row, Turn } from "./timeline.ts";
import { shopName, type View } from "./view.ts";
import { asks } from "./wait.ts";

declare const WORDS: Partial<TextTable>;
export { css };
export const words = WORDS;
export const icons = {
  down: "M10 4v12M5 11l5 5 5-5",
  seen: "m1.5 10.5 3.7 3.7 7.3-8M10 14.2l7.8-8",
  clock: "M3 10a7 7 0 1 0 14 0 7 7 0 1 0-14 0M10 6v4.2l2.7 1.6",
};
export { Face, firstName, initials } from "./face.tsx";
export { timeline } from "./timeline.ts";

/** The scrolling part. It follows the end while the reader is there, and says when there is more below. */
export function Scroll({ rows, children, tail, ...view }: View & { rows: readonly Row[]; children: ComponentChildren; tail: ComponentChildren }): VNode {
  const { state, texts } = view;
  const list = useMemo(() => <Rows {...view} rows={rows} />, [rows, texts, state.filling, state.status, view.place]);
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const top = useRef(0);
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
    // What opens under an answer makes the content longer without a new row.
    for (const child of element.children) watch.observe(child);
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
          const near = scrollHeight - scrollTop - clientHeight < 40;
          // Only who goes up leaves the end; a card that takes room below moves nobody, but its resize may be told after a scroll.
          if (near) setBelow(false);
          if (near || scrollTop < top.current - 1) atEnd.current = near;
          top.current = scrollTop;
        }}
      >
        {children}
        {list}
        <Typing {...view} rows={rows} />
        {/* Always there: what grows in it is followed as well. */}
        <div>{tail}</div>
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
      <div class={`say${failed ? " failed" : ""}${turn.emoji ? " big" : ""}`} aria-describedby={failed ? id : undefined}>
        <span class="vh">{t("you")}: </span>
        {/* Beside, not around, our own word: theirs alone decides the direction. */}
        <div dir="auto">{turn.text}</div>
      </div>
      {turn.mark && (
        <span class={`state${failed ? " bad" : ""}`} id={id} key={turn.mark.type} aria-live="off">
          {failed && <Icon name="warn" size={14} />}
          {markText(view, turn.mark)}
          {failed ? (
            <>
              {/* What is too long stays so; what can be done is to shorten it. */}
              <button type="button" class="link" onClick={() => (turn.mark?.type === "failed" && turn.mark.code === "too_large" ? edit(view, failed) : store.retry(failed))}>
                {t(turn.mark?.type === "failed" && turn.mark.code === "too_large" ? "edit" : "tryAgain")}
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

function edit({ store, root }: View, cmid: string): void {
  store.edit(cmid);
  root.querySelector<HTMLElement>(".type")?.focus();
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

/** How long after its end a conversation can be gone on with. */
const REOPEN_MS = 30 * 86_400_000;

/** On with what has ended, while the server still allows it. */
export function Continue({ store, texts: { t }, c, ended, first }: View & { c: string; ended: number; first?: () => void }): VNode | null {
  if (store.now() - ended > REOPEN_MS) return null;
  return (
    <button
      type="button"
      class="btn edge"
      onClick={() => {
        first?.();
        store.line.ask((rid) => ({ type: "reopen", rid, c }), () => undefined);
      }}
    >
      {t("continue")}
    </button>
  );
}

export function lineText({ texts, state }: Pick<View, "texts" | "state">, ev: Ev): string {
  const { t } = texts;
  const time = texts.clock(ev.at);
  const first = (name: string | undefined): string => firstName(name ?? "") || t("care");
  switch (ev.kind) {
    case "handoff":
      // Out of hours nobody was passed anything yet.
      return t(asks(state.log?.entries.findLast((one) => one.seq < ev.seq && one.from.kind !== "visitor")) ? "noted" : "connecting");
    case "claimed":
      return t("joined", { name: first(ev.body.agent.name), time });
    case "released":
      return ev.from.kind === "visitor" ? t("youLeftLine", { time }) : ev.body.to === "bot" ? t("botBack") : ev.from.kind === "agent" ? t("left", { name: first(ev.from.name), time }) : t("connecting");
    case "transferred":
      return ev.body.name ? t("takesOver", { name: first(ev.body.name), time }) : t("passedOn");
    case "away":
      return t("awayLine", { name: first(ev.body.agent.name ?? state.status.agent?.name) });
    case "reopened":
      return ev.body.to === "agent" ? t("joined", { name: first(ev.from.name), time }) : t(ev.body.to === "bot" ? "botBack" : "connecting");
    case "closed":
      return ev.from.kind === "agent" ? t("endedBy", { name: first(ev.from.name), time }) : ev.from.kind === "visitor" ? t("endedByYou", { time }) : t("endedLine", { time });
    default:
      return "";
  }
}
