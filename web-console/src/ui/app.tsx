// The frame around everything: login or desk, the connection's banner, notices, keys.

import type { VNode } from "preact";
import { effect } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { accept, claim, closeDialog, decline, focus, followHash, insertSuggested, nameOf, openDialog, pick, start, step, write } from "../acts.ts";
import { t } from "../i18n.ts";
import { command } from "../keys.ts";
import { kept } from "../kept.ts";
import { start as connect, takeOver, wake } from "../line.ts";
import { prefs } from "../prefs.ts";
import { busy, current, dialog, line, notice, now, offers, PAST, PAST_EVERY, past, pane, person, place, ready, saved, selected, skew, tally, typing, withEntry, type Offer } from "../state.ts";
import { clock } from "../waiting.ts";
import { Conversation, toggleVisitor } from "./conversation.tsx";
import { Dialogs } from "./dialog.tsx";
import { Icon } from "./icons.tsx";
import { lazy, sheet } from "./lazy.tsx";
import { List } from "./list.tsx";
import { Login } from "./login.tsx";
import { departmentName, Rail, Views } from "./views.tsx";
import { VisitorPane } from "./visitor.tsx";

const Enroll = lazy(() => import("./account.tsx").then((part) => part.Enroll));
const Board = lazy(() => import("./board.tsx").then((part) => part.Board));
const Team = lazy(() => import("./team.tsx").then((part) => part.Team));
/** Its styles come with it: agents never need them. */
const bench = <P extends object>(part: Promise<P>): Promise<P> => Promise.all([part, sheet("workshop.css")]).then(([got]) => got);
const Unanswered = lazy(() => bench(import("./unanswered.tsx")).then((part) => part.Unanswered));
const TryIt = lazy(() => bench(import("./try.tsx")).then((part) => part.TryIt));
const Releases = lazy(() => bench(import("./releases.tsx")).then((part) => part.Releases));
const Admin = lazy(() => import("./admin.tsx").then((part) => part.Admin));

/** A clock that jumps so far was asleep, ms. */
const SLEPT = 5_000;

export function App(): VNode {
  const [failed, setFailed] = useState(false);
  useEffect(() => begin(setFailed), []);
  if (person.value === undefined) {
    return (
      <main class="splash">
        <Icon name="bell" size={20} />
        {failed ? (
          <>
            <p role="alert">{t("login.unreachable")}</p>
            <button type="button" class="btn" onClick={() => begin(setFailed)}>
              {t("retry")}
            </button>
          </>
        ) : (
          <p class="q3" role="status">
            {t("loading")}
          </p>
        )}
      </main>
    );
  }
  if (person.value?.second_factor === "required") return <Enroll />;
  return person.value ? <Desk /> : <Login />;
}

function Desk(): VNode {
  useEffect(() => {
    addEventListener("keydown", onKey);
    addEventListener("hashchange", followHash);
    const timer = setInterval(tick, 1000);
    // What is wanted next is at hand before anybody asks for it.
    const idle = setTimeout(() => void Promise.all([import("./dialogs.tsx"), import("./deeds.tsx")]).catch(() => {}), 1500);
    const unfollow = effect(() => {
      saved.value = kept.value.views;
    });
    return () => {
      clearTimeout(idle);
      unfollow();
      removeEventListener("keydown", onKey);
      removeEventListener("hashchange", followHash);
      clearInterval(timer);
    };
  }, []);
  const inside = place.value === "inbox";
  const withVisitor = inside && prefs.value.visitor && current.value !== undefined;
  const Page = { inbox: undefined, board: Board, team: Team, admin: Admin, unanswered: Unanswered, try: TryIt, releases: Releases }[place.value];
  return (
    <div class={`app ${inside ? `show-${pane.value}` : "at-page"} ${withVisitor ? "" : "no-vis"}`}>
      <header class="top">
        <h1 class="sr">{t("app")}</h1>
        <a class="skip" href="#conversation" onClick={(e) => (e.preventDefault(), document.getElementById("conversation")?.focus())}>
          {t("skip")}
        </a>
        <Line />
      </header>
      <Rail />
      {Page ? (
        <Page key={place.value} />
      ) : (
        <>
          <Views />
          <List />
          <Conversation />
          {(withVisitor || pane.value === "visitor") && <VisitorPane />}
        </>
      )}
      <Offers />
      <Dialogs />
      <Notices />
    </div>
  );
}

/** Always there, so that its text is announced when it comes. Silent while the first connection is made quickly. */
function Line(): VNode {
  const state = line.value;
  const down = state.type === "waiting" || (state.type === "connecting" && (state.attempt > 0 || ready.value));
  const [was, setWas] = useState(false);
  const [back, setBack] = useState(false);
  useEffect(() => {
    if (down) setWas(true);
    else if (was && state.type === "live") {
      setWas(false);
      setBack(true);
      const timer = setTimeout(() => setBack(false), 3000);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [down, state.type]);

  if (state.type === "stopped") return <Ended code={state.code} />;
  const rest = state.type === "waiting" ? Math.max(0, Math.ceil((state.until - (now.value - skew.value)) / 1000)) : 0;
  return (
    <div class={`line ${down ? "down" : back ? "back" : "none"}`}>
      <span role="status">
        {down ? (
          <>
            <Icon name="offline" /> {t("line.down")}
          </>
        ) : (
          back && (
            <>
              <Icon name="check" /> {t("line.back")}
            </>
          )
        )}
      </span>
      {down && <span class="num">{state.type === "waiting" ? t("line.next", { n: rest }) : t("line.connecting")}</span>}
      {down && (
        <button type="button" class="btn" onClick={wake}>
          {t("line.now")}
        </button>
      )}
    </div>
  );
}

function Ended({ code }: { code: number }): VNode {
  const why = code === 4504 ? "superseded" : code === 4505 ? "version" : code === 4508 ? "crowded" : "ended";
  const act = { superseded: takeOver, crowded: connect, version: () => location.reload(), ended: () => location.reload() }[why];
  return (
    <div class="line down" role="alert">
      <span>
        <Icon name="warn" /> <b>{t(`line.${why}`)}.</b> {t(`line.${why}.text`)}
      </span>
      <button type="button" class="btn" onClick={act}>
        {t(why === "superseded" ? "line.here" : why === "crowded" ? "line.now" : "line.reload")}
      </button>
    </div>
  );
}

/** Chats that are this person's to take, with the time left; who comes first in line stands first. */
function Offers(): VNode {
  const all = [...offers.value.values()].sort((a, b) => a.until - b.until);
  return (
    <div class="offers" role="region" aria-label={t("offer.title")} aria-live="assertive">
      {all.map((one) => (
        <OfferCard key={one.c} one={one} />
      ))}
    </div>
  );
}

function OfferCard({ one }: { one: Offer }): VNode {
  const { c, until, conversation } = one;
  return (
    <article class="offer" aria-label={t("offer.title")}>
      <div class="row">
        <Icon name="bell" />
        <b class="cut" dir="auto">
          {conversation ? nameOf(conversation) : t("visitor")}
        </b>
        {conversation?.department && <span class="chip">{departmentName(conversation.department)}</span>}
        <span class="grow" />
        <Left until={until} />
      </div>
      <p class="cut q2" dir="auto">
        {conversation?.preview}
      </p>
      <div class="row">
        <button type="button" class="btn pri" aria-keyshortcuts={prefs.value.shortcuts ? "a" : undefined} disabled={busy.value !== undefined} onClick={() => void accept(c)}>
          {t("offer.accept")} {prefs.value.shortcuts && <kbd aria-hidden="true">A</kbd>}
        </button>
        <button type="button" class="btn" aria-keyshortcuts={prefs.value.shortcuts ? "d" : undefined} onClick={() => void decline(c)}>
          {t("offer.decline")} {prefs.value.shortcuts && <kbd aria-hidden="true">D</kbd>}
        </button>
      </div>
    </article>
  );
}

/** Ticks for the eye alone: nobody wants to hear every second. */
function Left({ until }: { until: number }): VNode {
  const rest = Math.max(0, until - now.value);
  return (
    <span class={rest < 10_000 ? "w late" : "w"} role="timer" aria-live="off">
      <Icon name="clock" size={12} /> {clock(rest)}
    </span>
  );
}

function Notices(): VNode {
  const is = notice.value;
  return (
    <div class="notices">
      <div role="status">{is?.tone === "plain" && <Toast key={is.n} text={is.text} bad={false} />}</div>
      <div role="alert">{is?.tone === "bad" && <Toast key={is.n} text={is.text} bad />}</div>
    </div>
  );
}

function Toast({ text, bad }: { text: string; bad: boolean }): VNode {
  return (
    <div class={bad ? "toast bad" : "toast"}>
      <Icon name={bad ? "warn" : "bell"} />
      <span>{text}</span>
      <button type="button" class="btn bare ico" aria-label={t("close")} onClick={() => (notice.value = undefined)}>
        <Icon name="x" />
      </button>
    </div>
  );
}

function begin(setFailed: (failed: boolean) => void): void {
  setFailed(false);
  start().catch(() => setFailed(true));
}

function tick(): void {
  const before = now.value;
  now.value = Date.now() + skew.value;
  if (now.value - (past.value.at(-1)?.at ?? 0) >= PAST_EVERY && ready.value) past.value = [...past.value.filter(({ at }) => at > now.value - PAST), { at: now.value, n: tally.value.waiting }];
  // The machine slept: the line is asked at once rather than when its next beat is due.
  if (now.value - before > SLEPT) wake();
  for (const [c, one] of typing.value) if (one.until < Date.now()) typing.value = withEntry(typing.value, c, undefined);
}

function onKey(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    if (dialog.value === undefined) openDialog("commands");
    else if (dialog.value === "commands") closeDialog();
    return;
  }
  const target = event.target as Element | null;
  const writes = target?.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]") ?? false;
  // What is offered comes first: its keys hold as long as it stands.
  const offer = [...offers.value.values()].sort((a, b) => a.until - b.until)[0];
  if (offer && prefs.value.shortcuts && !writes && dialog.value === undefined && !event.ctrlKey && !event.metaKey && !event.altKey && (event.key === "a" || event.key === "d")) {
    event.preventDefault();
    return void (event.key === "a" ? accept(offer.c) : decline(offer.c));
  }
  const wanted = command(event, writes || dialog.value !== undefined || document.querySelector(":popover-open") !== null || busy.value !== undefined, prefs.value.shortcuts);
  if (!wanted) return;
  // Elsewhere there is no list and no conversation to act on.
  if (place.value !== "inbox" && wanted !== "help") return;
  event.preventDefault();
  switch (wanted) {
    case "next":
      return step(1);
    case "previous":
      return step(-1);
    case "claim":
      return void claim();
    case "reply":
      return write("text");
    case "note":
      return write("note");
    case "insert":
      return insertSuggested();
    case "find":
      pane.value = "list";
      return focus("find");
    case "visitor":
      return toggleVisitor();
    case "pick":
      return selected.value ? pick(selected.value) : undefined;
    case "transfer":
    case "resolve":
    case "snooze":
    case "labels":
    case "macros":
    case "help":
      return openDialog(wanted);
  }
}
