import type { VNode } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { Composer } from "./composer.tsx";
import { Icon, Logo } from "./icons.tsx";
import { fetchPart, Later } from "./lazy.tsx";
import { Continue, Scroll } from "./rows.tsx";
import { initials } from "./face.tsx";
import { css } from "./talk.css";
import type { TextTable } from "./texts.ts";
import { timeline } from "./timeline.ts";
import { closingTime, shopName, type View } from "./view.ts";
import { asksEmail, leftEmail, peopleOf } from "./wait.ts";

declare const WORDS: Partial<TextTable>;
export { css };
export const words = WORDS;
export const needs = ["rows"] as const;
export const icons = {
  again: "M4.5 10a5.6 5.6 0 1 0 1.7-4M4.5 3.5v3.3h3.3",
  download: "M10 3.5V12M6.5 8.7 10 12.2l3.5-3.5M4 16.2h12",
};

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
      <Later from="cards" of="Line" {...view} />
      <Scroll {...view} rows={shown} tail={closed && <Later from="cards" of="RatingCard" {...view} />}>
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
        <div class="after">
          {log !== null && <Continue {...view} c={log.c} ended={log.entries.at(-1)?.at ?? 0} />}
          <button type="button" class="btn edge" onClick={() => download(view)}>
            <Icon name="download" size={16} />
            {t("downloadTalk")}
          </button>
          <button type="button" class="btn edge" onClick={store.startOver}>
            <Icon name="again" size={16} />
            {t("startOver")}
          </button>
        </div>
      ) : (
        <Composer {...view} placeholder={status.state === "waiting" ? t("addDetails") : t("writeMessage")}>
          <Slot {...view} asked={wantsEmail} />
        </Composer>
      )}
    </>
  );
}

/** Under the composer: the way to a person while there is none, the way out once there is. */
function Slot({ store, state, settings, texts: { t }, asked }: View & { asked: boolean }): VNode {
  const people = peopleOf(state);
  // With nobody there, there is no line to be seen that one could leave.
  const away = people === "closed";
  const full = people === "full";
  const [sure, setSure] = useState(false);
  const { state: owner } = state.status;
  useEffect(() => setSure(false), [owner]);
  if (owner === "bot") {
    // The card asks already, or has been answered: whoever left an address is called as soon as there is a place.
    if (full && (asked || leftEmail(state.log?.entries ?? []) || state.outbox.items.some((item) => item.kind === "form"))) return <span />;
    return (
      <button type="button" class="link" onClick={store.askPerson}>
        <Icon name={full ? "mail" : "person"} size={16} />
        {t(full ? "leaveEmail" : "talkToPerson")}
      </button>
    );
  }
  const waits = owner === "waiting";
  if (sure) {
    return (
      <span class="sure" role="group" aria-label={t(!waits ? "endReally" : away ? "takeBackReally" : "leaveReally")}>
        <button type="button" class="link bad" onClick={waits ? store.leaveLine : store.end}>
          {t(!waits ? "yesEnd" : away ? "takeBack" : "yesLeave")}
        </button>
        <button type="button" class="link quiet" ref={focusNow} onClick={() => setSure(false)}>
          {t(waits && !away ? "noWait" : "noKeep")}
        </button>
      </span>
    );
  }
  return (
    <>
      <button type="button" class="link quiet" onClick={() => setSure(true)}>
        {t(!waits ? "endConversation" : away ? "takeBack" : "leaveLine")}
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
  const people = peopleOf(state);
  switch (state.status.state) {
    case "waiting":
      return t(people === "closed" ? "closedNow" : people === "nobody" ? "nobodyHere" : "findingSomeone");
    case "assigned":
      return here ? t("careHere") : t("care");
    case "closed":
      return t("ended");
    case "bot": {
      if (people === "full") return t("fullNow");
      if (people === "closed" && asksEmail(state.log?.entries ?? [])) return t("closedNow");
      const until = people === "here" ? closingTime(state.site?.hours) : null;
      return until ? t("assistantUntil", { time: until }) : t("assistant");
    }
  }
}

function download(view: View): void {
  void fetchPart("menu", view).then(({ saveTalk }) => saveTalk(view), () => undefined);
}
