// The frame around everything: login or desk, the connection's banner, notices, keys.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { claim, closeDialog, focus, followHash, insertSuggested, openDialog, start, step, write } from "../acts.ts";
import { t } from "../i18n.ts";
import { command } from "../keys.ts";
import { start as connect, takeOver, wake } from "../line.ts";
import { prefs } from "../prefs.ts";
import { busy, current, dialog, line, notice, now, pane, person, ready, skew, typing, withEntry } from "../state.ts";
import { Enroll } from "./account.tsx";
import { Conversation, toggleVisitor } from "./conversation.tsx";
import { Dialogs } from "./dialogs.tsx";
import { Icon } from "./icons.tsx";
import { List } from "./list.tsx";
import { Login } from "./login.tsx";
import { Rail, Views } from "./views.tsx";
import { VisitorPane } from "./visitor.tsx";

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
    return () => {
      removeEventListener("keydown", onKey);
      removeEventListener("hashchange", followHash);
      clearInterval(timer);
    };
  }, []);
  const withVisitor = prefs.value.visitor && current.value !== undefined;
  return (
    <div class={`app show-${pane.value} ${withVisitor ? "" : "no-vis"}`}>
      <header class="top">
        <h1 class="sr">{t("app")}</h1>
        <a class="skip" href="#conversation" onClick={(e) => (e.preventDefault(), document.getElementById("conversation")?.focus())}>
          {t("skip")}
        </a>
        <Line />
      </header>
      <Rail />
      <Views />
      <List />
      <Conversation />
      {(withVisitor || pane.value === "visitor") && <VisitorPane />}
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
  now.value = Date.now() + skew.value;
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
  const wanted = command(event, writes || dialog.value !== undefined || document.querySelector(":popover-open") !== null || busy.value !== undefined, prefs.value.shortcuts);
  if (!wanted) return;
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
      return focus("find");
    case "visitor":
      return toggleVisitor();
    case "transfer":
    case "resolve":
    case "help":
      return openDialog(wanted);
  }
}
