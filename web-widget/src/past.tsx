// Conversations of before: a list, and one of them to read or to go on with.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "./icons.tsx";
import { receive, startLog, type Log } from "./log.ts";
import { emptyOutbox } from "./outbox.ts";
import { css } from "./past.css";
import type { Conversation, Ev } from "./protocol.ts";
import { atFirst, statusOf } from "./status.ts";
import type { Store } from "./store.ts";
import { Continue, Rows } from "./rows.tsx";
import type { TextTable } from "./texts.ts";
import { timeline } from "./timeline.ts";
import type { View } from "./view.ts";

declare const WORDS: Partial<TextTable>;
export { css };
export const words = WORDS;
export const needs = ["rows"] as const;

const PAGE = 200;
/** Most of an old conversation that is shown. */
const PAGES = 10;

export function Past(view: View): VNode {
  const { store, state, texts, place } = view;
  const { t } = texts;
  const [c, setC] = useState<string | null>(null);
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus({ preventScroll: true }), [c]);
  const one = state.past.find((past) => past.c === c);
  return (
    <>
      <header class="head">
        <button type="button" class="icon" aria-label={t("back")} onClick={() => (one ? setC(null) : store.back())}>
          <Icon name="back" flip />
        </button>
        <div class="who">
          <div>
            <h2 ref={head} tabIndex={-1}>
              {one ? titleOf(view, one) : t("pastTalks")}
            </h2>
            {one && <p>{date(view, one.updated_at)}</p>}
          </div>
        </div>
        <div class="end">
          {place !== "page" && (
            <button type="button" class="icon" aria-label={t("close")} onClick={view.close}>
              <Icon name="close" />
            </button>
          )}
        </div>
      </header>
      {one ? <One {...view} one={one} /> : <List {...view} onOpen={setC} />}
    </>
  );
}

function List({ onOpen, ...view }: View & { onOpen: (c: string) => void }): VNode {
  const { state, texts } = view;
  return (
    <div class="body">
      <ul>
        {state.past
          .filter((one) => one.c !== state.log?.c && one.head > 0)
          .map((one) => (
            <li key={one.c}>
              <button type="button" class="ask then" onClick={() => onOpen(one.c)}>
                <span>
                  <b>{titleOf(view, one)}</b>
                  <time dateTime={new Date(one.updated_at).toISOString()}>{date(view, one.updated_at)}</time>
                  <small dir="auto">{one.preview?.replace(/[*_`#>]/g, "") || texts.t("assistant")}</small>
                </span>
                <Icon name="forward" size={16} flip />
              </button>
            </li>
          ))}
      </ul>
    </div>
  );
}

function One({ one, ...view }: View & { one: Conversation }): VNode {
  const { store, state, texts } = view;
  const { t } = texts;
  const [log, setLog] = useState<Log | "failed" | null>(null);
  const live = state.line.type === "live";
  useEffect(() => {
    if (live && (log === null || log === "failed")) fetchAll(store, one.c, (events) => setLog(events ? receive(startLog(one.c), events) : "failed"));
  }, [one.c, live]);
  const held = log === "failed" ? null : log;
  // To be read: nothing in it is to be tapped.
  const rows = timeline({ log: held, outbox: emptyOutbox, live: true, seen: 0 }).map((row) => (row.type === "turn" ? { ...row, options: [], ratable: false, mark: null, thumb: null } : row));
  return (
    <>
      <div class="scroll-wrap">
        <div class="scroll">
          {log === "failed" && <p class="sys">{t("didNotWork")}</p>}
          {held && <Rows {...view} state={{ ...state, log: held, filling: true, status: atFirst }} rows={rows} />}
        </div>
      </div>
      <div class="after">
        {one.state === "closed" ? (
          <>
            <button type="button" class="btn edge" onClick={() => store.show("home")}>
              <Icon name="again" size={16} />
              {t("askAgain")}
            </button>
            <Continue {...view} c={one.c} ended={one.updated_at} first={() => goOn(view, one)} />
          </>
        ) : (
          <button type="button" class="btn main" onClick={() => goOn(view, one)}>
            {t("continue")}
          </button>
        )}
      </div>
    </>
  );
}

/** All of it, page by page; null: it cannot be had. */
function fetchAll({ line: { ask } }: Store, c: string, then: (events: readonly Ev[] | null) => void): void {
  const all: Ev[] = [];
  const next = (pages: number): void =>
    ask(
      (rid) => ({ type: "fetch", rid, c, after: all[all.length - 1]?.seq ?? 0, limit: PAGE }),
      (res) => {
        if (!res.ok) return then(null);
        all.push(...(res.events ?? []));
        if (res.more && pages > 1) next(pages - 1);
        else then(all);
      },
    );
  next(PAGES);
}

function goOn({ store: { held, line, show } }: View, one: Conversation): void {
  if (held.state.log?.c !== one.c) {
    held.leave();
    held.adopt(one.c);
    held.set({ status: statusOf(one), filling: true });
    line.fill();
  }
  show("talk");
  held.markLive();
}

function titleOf({ texts: { t } }: View, one: Conversation): string {
  return one.agent?.name ? t("withName", { name: one.agent.name }) : t("withAssistant");
}

function date({ texts, store }: View, at: number): string {
  const now = store.now();
  const today = texts.day(now, now);
  const day = texts.day(at, now);
  return day === today ? texts.clock(at) : day;
}
