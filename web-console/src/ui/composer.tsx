// Where a person writes, or why nothing can be written here.

import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Markdown } from "../../../web-widget/src/markdown-view.tsx";
import { canClaim, canTakeOver, claim, discard, keepAsNote, nameOf, newer, openDialog, reopen, send, setMode, snooze, stopTyping, typing, whisper, wish, worded } from "../acts.ts";
import { findCanned, replaceAt, trigger, type Trigger } from "../canned.ts";
import { draft, setDraft, type Mode } from "../drafts.ts";
import { languageName, many, moment, t } from "../i18n.ts";
import type { Held } from "../inbox.ts";
import { kept, suggest, type Suggested } from "../kept.ts";
import { prefs } from "../prefs.ts";
import { busy, colleagues, currentLog, full, leads, limits, modes, myId, now, stops } from "../state.ts";
import { isMine, isUpset, lastAsked, onOurSite } from "../thread.ts";
import type { Hint } from "../wording.ts";
import { waitingSince } from "../inbox.ts";
import { Icon } from "./icons.tsx";
import { Kbd, shortcut, Waits } from "./parts.tsx";
import { Picker, type Choice } from "./picker.tsx";

/** Asked for what is typed after this much quiet, ms. */
const QUIET = 300;
/** A hint that was on the screen for so long was seen, ms. */
const SEEN = 900;

let wording: typeof import("../wording.ts") | undefined;

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
      {mine && held.snoozed_until && <Away held={held} until={held.snoozed_until} />}
      {stop ? <Stopped held={held} /> : !mine && kept && <Kept held={held} />}
      {!mine && <ClaimBar held={held} noting={noting} />}
      {(mine || noting) && held.state !== "closed" && <Box key={`${c} ${mode}`} held={held} mode={mode} mine={mine} />}
    </div>
  );
}

function Box({ held, mode, mine }: { held: Held; mode: Mode; mine: boolean }): VNode {
  const c = held.c;
  const field = useRef<HTMLTextAreaElement>(null);
  const [naming, setNaming] = useState<Trigger>();
  const [at, setAt] = useState(0);
  const [preview, setPreview] = useState(false);
  const text = draft(c, mode);
  const limit = limits.value?.text_chars ?? 4000;
  const length = [...text].length;
  const left = limit - length;
  const stop = mode === "text" ? stops.value.get(c) : undefined;
  const count = stop?.code === "stale" ? newer(c, stop.seen).count : 0;
  const enterSends = prefs.value.enterSends;
  const choices = naming ? choicesFor(naming, held) : [];
  const { hint, hold } = useHint(held, mode, text);
  const leader = !mine && leads.value && held.state === "assigned";

  useLayoutEffect(() => {
    const element = field.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(element.scrollHeight, 220)}px`;
  }, [text, preview]);

  // Before the next key arrives: what is typed right behind a shortcut belongs into the box.
  useLayoutEffect(() => {
    if (wish.value.what !== "composer") return;
    const element = field.current;
    element?.focus({ preventScroll: true });
    element?.setSelectionRange(element.value.length, element.value.length);
  }, [wish.value]);

  useEffect(() => stopTyping, []);

  function submit(): void {
    // A hint that nobody has seen yet is shown instead; the next try sends.
    if (hold()) return;
    setPreview(false);
    if (send(c, mode)) field.current?.focus();
  }

  function change(value: string, caret: number): void {
    setDraft(c, mode, value);
    const found = trigger(value, caret);
    setNaming(found && (found.sign === "/") === (mode === "text") ? found : undefined);
    setAt(0);
  }

  /** At once, not with the next drawing: the next key may be under way already. */
  function put(value: string, from: number, to = from): void {
    const element = field.current;
    setDraft(c, mode, value);
    if (!element) return;
    element.value = value;
    element.focus();
    element.setSelectionRange(from, to);
  }

  function choose(n: number): void {
    const one = choices[n];
    const element = field.current;
    if (!one || !naming || !element) return;
    const caret = naming.from + naming.query.length + 1;
    const { text: words, missing } = naming.sign === "/" ? worded(one.words, held) : { text: `@${one.label} `, missing: [] };
    const done = replaceAt(text, naming.from, caret, words);
    setNaming(undefined);
    // What has to be filled in by hand is selected, ready to be typed over.
    const gap = missing.length > 0 ? /\{\{[^}]*\}\}/.exec(words) : null;
    if (gap) put(done.text, naming.from + gap.index, naming.from + gap.index + gap[0].length);
    else put(done.text, done.caret);
  }

  function insert(one: Suggested): void {
    const source = one.source ?? undefined;
    const words = source && !one.text.includes(source.url) ? `${one.text}\n[${source.title}](${source.url})` : one.text;
    const before = text.trimEnd();
    put(before ? `${before}\n${words}` : words, (before ? before.length + 1 : 0) + words.length);
  }

  function openNames(sign: "/" | "@"): void {
    const element = field.current;
    if (!element) return;
    const caret = element.selectionEnd;
    const gap = caret > 0 && !/\s/.test(text[caret - 1] ?? " ") ? " " : "";
    const done = replaceAt(text, caret, caret, `${gap}${sign}`);
    put(done.text, done.caret);
    change(done.text, done.caret);
  }

  function wrap(sign: string): void {
    const element = field.current;
    if (!element) return;
    const { selectionStart: from, selectionEnd: to } = element;
    const done = replaceAt(text, from, to, `${sign}${text.slice(from, to)}${sign}`);
    put(done.text, from + sign.length, to + sign.length);
  }

  function onKey(event: KeyboardEvent): void {
    // A key that ends a composition (Japanese, Chinese, Korean) is not the end of the message.
    if (event.isComposing || event.keyCode === 229) return;
    if (naming && choices.length > 0 && ["ArrowDown", "ArrowUp", "Enter", "Tab"].includes(event.key) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (event.key === "ArrowDown") setAt((at + 1) % choices.length);
      else if (event.key === "ArrowUp") setAt((at + choices.length - 1) % choices.length);
      else choose(at);
      return;
    }
    if (event.key === "Escape") {
      if (naming) return setNaming(undefined);
      field.current?.blur();
      wish.value = { what: "list", n: wish.value.n + 1 };
      return;
    }
    if ((event.ctrlKey || event.metaKey) && !event.altKey && mode === "text" && (event.key === "b" || event.key === "i")) {
      event.preventDefault();
      return wrap(event.key === "b" ? "**" : "*");
    }
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    if (event.ctrlKey || event.metaKey || enterSends) {
      event.preventDefault();
      submit();
    }
  }

  return (
    <>
      {mode === "text" && mine && <Suggestions held={held} text={text} insert={insert} />}
      <div class={`comp ${mode}`}>
        {naming && (
          <Picker
            choices={choices}
            at={Math.min(at, Math.max(0, choices.length - 1))}
            label={t(naming.sign === "/" ? "canned.title" : "mention.title")}
            none={t(naming.sign === "/" ? "canned.none" : "mention.none")}
            choose={choose}
            point={setAt}
          />
        )}
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
        {preview ? (
          <div class="txt shown" role="region" aria-label={t("composer.preview")} tabIndex={0}>
            <Markdown text={text} lineEnds="break" resolve={onOurSite} />
          </div>
        ) : (
          <textarea
            ref={field}
            class="txt"
            rows={2}
            dir="auto"
            value={text}
            aria-label={t(mode === "text" ? "composer.label" : "composer.note")}
            aria-describedby="comp-hint"
            aria-autocomplete="list"
            aria-controls={naming ? "picker" : undefined}
            aria-activedescendant={naming && choices.length > 0 ? `pick-${Math.min(at, choices.length - 1)}` : undefined}
            aria-invalid={left < 0 ? "true" : undefined}
            placeholder={t(mode === "text" ? "composer.reply.hint" : "composer.note.hint")}
            onInput={(event) => {
              change(event.currentTarget.value, event.currentTarget.selectionEnd);
              if (mode === "text") typing(c);
            }}
            onClick={() => naming && setNaming(undefined)}
            onBlur={() => setNaming(undefined)}
            onKeyDown={onKey}
          />
        )}
        <div class="hint-at" role="status">
          {hint && (
            <div class="wording">
              <Icon name="warn" size={14} />
              <span class="grow">{hint.hint}</span>
            </div>
          )}
        </div>
        <div class="bar">
          {mode === "text" && !preview && (
            <button type="button" class="btn bare only-wide" onClick={() => openNames("/")}>
              <kbd aria-hidden="true">/</kbd> {t("canned.title")}
            </button>
          )}
          {mode === "note" && !preview && (
            <button type="button" class="btn bare only-wide" onClick={() => openNames("@")}>
              <Icon name="at" size={14} /> {t("mention.title")}
            </button>
          )}
          {mode === "text" && (
            <button type="button" class="btn bare ico only-wide" aria-pressed={preview} aria-label={t("composer.preview")} title={t("composer.preview")} disabled={text.trim() === ""} onClick={() => setPreview(!preview)}>
              <Icon name="eye" />
            </button>
          )}
          {mine && kept.value.macros.length > 0 && (
            <button type="button" class="btn bare ico only-wide" aria-label={t("act.macros")} title={t("act.macros")} aria-keyshortcuts={shortcut("macros")} onClick={() => openDialog("macros")}>
              <Icon name="bolt" />
            </button>
          )}
          <span id="comp-hint" class={left < 0 ? "t12 bad" : "t12 q3 cut"}>
            {left < 0 ? t("composer.over", { n: -left }) : left < NEAR_LIMIT ? t("composer.left", { n: left }) : count > 0 ? many("stop.newer", count) : t(enterSends ? "composer.enter" : "composer.ctrl")}
          </span>
          <span class="grow" />
          {leader && (
            <button type="button" class="btn" disabled={text.trim() === ""} title={t("whisper.hint", { name: held.agent?.name ?? t("agent") })} onClick={() => (whisper(c, text), setDraft(c, mode, ""))}>
              <Icon name="ear" size={14} /> {t("whisper")}
            </button>
          )}
          <button type="button" class={stop?.code === "stale" || hint ? "btn" : "btn pri"} aria-keyshortcuts={enterSends ? "Enter" : "Control+Enter"} disabled={text.trim() === "" || left < 0} onClick={submit}>
            <span class="send-word">{t(mode === "note" ? "composer.save" : stop?.code === "stale" || hint ? "composer.anyway" : "composer.send")}</span>
            <span class="send-sign">
              <Icon name="send" />
            </span>
            <kbd aria-hidden="true">{enterSends ? "↵" : `${t("key.ctrl")} ↵`}</kbd>
          </button>
        </div>
      </div>
    </>
  );
}

/** The private hint on what stands in the box. `hold`: whether sending waits, because the hint was not on the screen yet. */
function useHint(held: Held, mode: Mode, text: string): { hint: Hint | undefined; hold: () => boolean } {
  const [here, setHere] = useState(wording !== undefined);
  const [told, setTold] = useState<string>();
  const seen = useRef<string>(undefined);
  useEffect(() => {
    if (!here) void import("../wording.ts").then((module) => ((wording = module), setHere(true)), () => {});
  }, []);
  const look = (written: string): Hint | undefined => (mode === "text" && written.trim() !== "" ? wording?.check(written, kept.value.wording, held.language, isUpset(currentLog.value)) : undefined);
  const found = look(text);
  // Silence about somebody's anger shows only in a finished reply.
  const hint = found?.id === "upset" && told !== "upset" ? undefined : found;
  useEffect(() => {
    if (text.trim() === "") {
      seen.current = undefined;
      setTold(undefined);
    }
    if (!hint) return;
    const timer = setTimeout(() => (seen.current = hint.id), SEEN);
    return () => clearTimeout(timer);
  }, [hint?.id, text.trim() === ""]);

  function hold(): boolean {
    // Of what stands in the box now, not of what was drawn last.
    const found = look(draft(held.c, mode));
    if (!found || seen.current === found.id) return false;
    seen.current = found.id;
    setTold(found.id);
    return true;
  }
  return { hint, hold };
}

/** What the engine and the help pages have: for the visitor's last question, or for what is being typed. Private. */
function Suggestions({ held, text, insert }: { held: Held; text: string; insert: (one: Suggested) => void }): VNode | null {
  const [answers, setAnswers] = useState<readonly Suggested[]>([]);
  const asked = lastAsked(currentLog.value);
  const typed = text.trim();
  useEffect(() => {
    if (asked === "" && typed === "") return;
    let late = false;
    const timer = setTimeout(() => void suggest(held.c, typed).then((found) => late || setAnswers(found)), typed === "" ? 0 : QUIET);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [held.c, asked, typed]);
  const shown = answers.filter((one) => !text.includes(one.text));
  useEffect(() => {
    // Digits alone are typed; with Alt they choose.
    const onKey = (event: KeyboardEvent) => {
      const n = event.altKey && !event.ctrlKey && !event.metaKey ? /^Digit([123])$/.exec(event.code)?.[1] : undefined;
      const one = n === undefined ? undefined : shown[Number(n) - 1];
      if (!one) return;
      event.preventDefault();
      insert(one);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  if (shown.length === 0) return null;
  return (
    <ul class="sugg" aria-label={t("suggest.title")}>
      {shown.map((one, n) => (
        <li key={one.id}>
          <button type="button" class="cut" title={one.text} aria-keyshortcuts={`Alt+${n + 1}`} onClick={() => insert(one)}>
            <kbd aria-hidden="true">{t("key.alt")} {n + 1}</kbd>
            <span class="cut">{one.title}</span>
          </button>
          {one.source && (
            <a class="src" href={onOurSite(one.source.url)} target="_blank" rel="noopener" aria-label={t("suggest.source", { title: one.source.title })} title={one.source.title}>
              <Icon name="link" size={14} />
            </a>
          )}
        </li>
      ))}
    </ul>
  );
}

function choicesFor({ sign, query }: Trigger, held: Held): Choice[] {
  if (sign === "/") {
    return findCanned(kept.value.canned, query, held.department, held.language).map((one) => ({
      key: one.id,
      name: `/${one.shortcut}`,
      label: one.title,
      words: worded(one.text, held).text,
      end: one.shared ? undefined : t("canned.mine"),
    }));
  }
  const wanted = query.toLocaleLowerCase();
  return [...colleagues.value.values()]
    .filter(({ id, name }) => id !== myId.value && name.toLocaleLowerCase().includes(wanted))
    .slice(0, 8)
    .map(({ id, name, presence }) => ({ key: id, name: "@", label: name, words: t(`presence.${presence}`) }));
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

/** Put away by this person. */
function Away({ held, until }: { held: Held; until: number }): VNode {
  return (
    <div class="ban plain">
      <Icon name="moon" />
      <div class="grow">{t("snooze.until", { time: moment(until, now.value) })}</div>
      <button type="button" class="btn" onClick={() => void snooze(held.c, 0)}>
        {t("snooze.wake")}
      </button>
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
      {held.state === "closed" && (
        <button type="button" class="btn" disabled={busy.value !== undefined} onClick={() => void reopen()}>
          <Icon name="undo" size={14} /> {t("act.reopen")}
        </button>
      )}
      {canTakeOver(held) && (
        <button type="button" class="btn pri" aria-keyshortcuts={shortcut("claim")} disabled={busy.value === "claim"} onClick={() => void claim()}>
          {t("act.takeover.agent", { name: held.agent?.name ?? t("agent") })} <Kbd of="claim" />
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
