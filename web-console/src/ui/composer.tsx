// Where a person writes, or why nothing can be written here.

import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { canClaim, claim, discard, keepAsNote, nameOf, newer, send, setMode, stopTyping, typing, wish } from "../acts.ts";
import { draft, setDraft, type Mode } from "../drafts.ts";
import { languageName, many, t } from "../i18n.ts";
import type { Held } from "../inbox.ts";
import { prefs } from "../prefs.ts";
import { busy, full, limits, modes, myId, stops } from "../state.ts";
import { isMine } from "../thread.ts";
import { waitingSince } from "../inbox.ts";
import { Icon } from "./icons.tsx";
import { Kbd, shortcut, Waits } from "./parts.tsx";

/** From here on the rest is counted. */
const NEAR_LIMIT = 200;

export function Composer({ held }: { held: Held }): VNode {
  const mine = isMine(held, myId.value);
  const c = held.c;
  const stop = stops.value.get(c);
  const kept = draft(c, "text") !== "";
  const mode: Mode = mine ? (modes.value.get(c) ?? "text") : "note";
  // Beside a chat of somebody else a note is the exception: its box opens on demand.
  const noting = !mine && (modes.value.get(c) === "note" || draft(c, "note") !== "");
  return (
    <div class="foot">
      {stop ? <Stopped held={held} /> : !mine && kept && <Kept held={held} />}
      {!mine && <ClaimBar held={held} noting={noting} />}
      {(mine || noting) && held.state !== "closed" && <Box key={`${c} ${mode}`} held={held} mode={mode} mine={mine} />}
    </div>
  );
}

function Box({ held, mode, mine }: { held: Held; mode: Mode; mine: boolean }): VNode {
  const c = held.c;
  const field = useRef<HTMLTextAreaElement>(null);
  const text = draft(c, mode);
  const limit = limits.value?.text_chars ?? 4000;
  const length = [...text].length;
  const left = limit - length;
  const stop = mode === "text" ? stops.value.get(c) : undefined;
  const count = stop?.code === "stale" ? newer(c, stop.seen).count : 0;
  const enterSends = prefs.value.enterSends;

  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, 220)}px`;
  }, [text]);

  // Before the next key arrives: what is typed right behind a shortcut belongs into the box.
  useLayoutEffect(() => {
    if (wish.value.what !== "composer") return;
    const element = field.current;
    element?.focus({ preventScroll: true });
    element?.setSelectionRange(element.value.length, element.value.length);
  }, [wish.value]);

  useEffect(() => stopTyping, []);

  function submit(): void {
    if (send(c, mode)) field.current?.focus();
  }

  function onKey(event: KeyboardEvent): void {
    // A key that ends a composition (Japanese, Chinese, Korean) is not the end of the message.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      field.current?.blur();
      wish.value = { what: "list", n: wish.value.n + 1 };
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    if (event.ctrlKey || event.metaKey || enterSends) {
      event.preventDefault();
      submit();
    }
  }

  return (
    <div class={`comp ${mode}`}>
      <div class="tabs" role="group" aria-label={t("composer.mode")}>
        {mine && (
          <button type="button" aria-pressed={mode === "text"} aria-keyshortcuts={shortcut("reply")} onClick={() => pick(c, "text")}>
            {t("composer.reply")} {mode !== "text" && <Kbd of="reply" />}
          </button>
        )}
        <button type="button" aria-pressed={mode === "note"} aria-keyshortcuts={shortcut("note")} onClick={() => pick(c, "note")}>
          <Icon name="lock" size={12} />
          {t("composer.note")} {mode !== "note" && <Kbd of="note" />}
        </button>
        <span class="grow" />
        {mode === "text" && held.language && <span class="t12 q3 cut">{t("composer.reads", { language: languageName(held.language) })}</span>}
        {mode === "note" && <span class="t12 cut">{t("composer.note.hint")}</span>}
      </div>
      <textarea
        ref={field}
        class="txt"
        rows={2}
        dir="auto"
        value={text}
        aria-label={t(mode === "text" ? "composer.label" : "composer.note")}
        aria-describedby="comp-hint"
        aria-invalid={left < 0 ? "true" : undefined}
        placeholder={t(mode === "text" ? "composer.reply.hint" : "composer.note.hint")}
        onInput={(event) => {
          setDraft(c, mode, event.currentTarget.value);
          if (mode === "text") typing(c);
        }}
        onKeyDown={onKey}
      />
      <div class="bar">
        <span id="comp-hint" class={left < 0 ? "t12 bad" : "t12 q3"}>
          {left < 0 ? t("composer.over", { n: -left }) : left < NEAR_LIMIT ? t("composer.left", { n: left }) : count > 0 ? many("stop.newer", count) : t(enterSends ? "composer.enter" : "composer.ctrl")}
        </span>
        <span class="grow" />
        <button type="button" class={stop?.code === "stale" ? "btn" : "btn pri"} aria-keyshortcuts={enterSends ? "Enter" : "Control+Enter"} disabled={text.trim() === "" || left < 0} onClick={submit}>
          <span class="send-word">{t(mode === "note" ? "composer.save" : stop?.code === "stale" ? "composer.anyway" : "composer.send")}</span>
          <span class="send-sign">
            <Icon name="send" />
          </span>
          <kbd aria-hidden="true">{enterSends ? "↵" : `${t("key.ctrl")} ↵`}</kbd>
        </button>
      </div>
    </div>
  );
}

/** A reply that was held back, with the reason and every way on. */
function Stopped({ held }: { held: Held }): VNode | null {
  const c = held.c;
  const stop = stops.value.get(c);
  if (!stop) return null;
  const owner = held.agent?.name;
  const title =
    stop.code === "stale"
      ? t("stop.stale", { name: newer(c, stop.seen).name })
      : stop.code === "not_assignee" && owner && held.agent?.id !== myId.value
        ? t("stop.not_assignee.other", { name: owner })
        : t(`stop.${stop.code}`);
  return (
    <div class="ban" role="alert">
      <Icon name="warn" />
      <div class="grow">
        <b>{title}</b>
        <div>{t(`stop.${stop.code}.text`)}</div>
        {stop.code !== "stale" && <q class="kept-text">{draft(c, "text")}</q>}
      </div>
      <button type="button" class="btn bare" onClick={() => discard(c)}>
        {t("stop.discard")}
      </button>
      {held.state !== "closed" && (
        <button type="button" class="btn" onClick={() => keepAsNote(c)}>
          {t("stop.note")}
        </button>
      )}
    </div>
  );
}

/** A reply was begun and the chat went elsewhere meanwhile. */
function Kept({ held }: { held: Held }): VNode {
  return (
    <div class="ban plain">
      <Icon name="lock" />
      <div class="grow">
        <b>{t("composer.kept")}</b>
        <q class="kept-text">{draft(held.c, "text")}</q>
      </div>
      <button type="button" class="btn bare" onClick={() => discard(held.c)}>
        {t("stop.discard")}
      </button>
      {held.state !== "closed" && (
        <button type="button" class="btn" onClick={() => keepAsNote(held.c)}>
          {t("stop.note")}
        </button>
      )}
    </div>
  );
}

function ClaimBar({ held, noting }: { held: Held; noting: boolean }): VNode {
  const words =
    held.state === "waiting" ? t("bar.waiting", { name: nameOf(held) }) : held.state === "bot" ? t("bar.bot") : held.state === "closed" ? t("bar.closed") : t("bar.other", { agent: held.agent?.name ?? t("agent") });
  const claimable = canClaim(held);
  return (
    <div class={`claim-bar ${held.state}`}>
      <div class="grow">
        <span>{words}</span> {held.state === "waiting" && <Waits since={waitingSince(held)} icon />}
        {claimable && full.value && <div class="t12 warn">{t("bar.full")}</div>}
      </div>
      {!noting && held.state !== "closed" && (
        <button type="button" class="btn bare" aria-keyshortcuts={shortcut("note")} onClick={() => pick(held.c, "note")}>
          <Icon name="lock" size={12} /> {t("composer.note")} <Kbd of="note" />
        </button>
      )}
      {claimable && (
        <button type="button" class="btn pri" aria-keyshortcuts={shortcut("claim")} disabled={busy.value === "claim"} onClick={() => void claim()}>
          {t(busy.value === "claim" ? "act.claiming" : held.state === "bot" ? "act.takeover" : "act.claim")} <Kbd of="claim" />
        </button>
      )}
    </div>
  );
}

function pick(c: string, mode: Mode): void {
  setMode(c, mode);
  wish.value = { what: "composer", n: wish.value.n + 1 };
}
