// What is needed late or never: forms, rating, transcript. A file of its own, fetched once the panel is open.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "./icons.tsx";
import { css } from "./cards.css";
import { plainText } from "./markdown.ts";
import type { Ev } from "./protocol.ts";
import { initials, type Row } from "./timeline.ts";
import { addWords, type TextTable } from "./texts.ts";
import { transcript } from "./transcript.ts";
import { backText, shopName, waitText, type View } from "./view.ts";

/** English that only these parts say; put in by the build. */
declare const LATE_WORDS: Partial<TextTable>;

/** An address for an answer by mail: out of hours, or instead of waiting. */
export function EmailCard(view: View): VNode {
  const { store, state, texts } = view;
  const { t } = texts;
  const [email, setEmail] = useState("");
  const [wrong, setWrong] = useState(false);
  const away = backText(view) ?? (state.site?.staffed ? null : t("nobodyHere"));
  return (
    <section class="card mail">
      <div class="notice">
        {away !== null && <span class="dot off" />}
        <div>
          {away !== null && <b>{away}</b>}
          <p>{t("answerByMail")}</p>
        </div>
        {state.emailAsked && (
          <button type="button" class="icon" aria-label={t("dismiss")} onClick={() => store.askEmail(false)}>
            <Icon name="close" size={16} />
          </button>
        )}
      </div>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const given = email.trim();
          if (!/^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(given)) {
            setWrong(true);
            event.currentTarget.querySelector("input")?.focus();
            return;
          }
          store.leaveEmail(given);
          store.askEmail(false);
        }}
      >
        <label for="email">{t("email")}</label>
        <div class="row">
          <input
            id="email"
            class={`field${wrong ? " err" : ""}`}
            type="email"
            autocomplete="email"
            inputMode="email"
            dir="ltr"
            value={email}
            aria-invalid={wrong ? "true" : undefined}
            aria-describedby={wrong ? "email-wrong" : undefined}
            onInput={(event) => {
              setEmail(event.currentTarget.value);
              setWrong(false);
            }}
          />
          <button type="submit" class="btn main">
            {t("send")}
          </button>
        </div>
        {wrong && (
          <p class="msg-err" id="email-wrong" role="alert">
            <Icon name="warn" size={14} />
            {t("emailUnfinished")}
          </p>
        )}
      </form>
    </section>
  );
}

const SCORES = [1, 2, 3, 4, 5] as const;

/** After the end: how it went. */
export function RatingCard({ store, state, texts: { t } }: View): VNode | null {
  const [score, setScore] = useState(0);
  const [comment, setComment] = useState("");
  const rated = (state.log?.entries ?? []).some((ev) => ev.kind === "rating" && ev.body.about === undefined) || state.outbox.items.some((item) => item.kind === "rating" && item.body.about === undefined);
  if (rated) {
    return (
      <p class="card thanks" role="status">
        <Icon name="check" />
        {t("rateThanks")}
      </p>
    );
  }
  return (
    <form
      class="card rating"
      onSubmit={(event) => {
        event.preventDefault();
        if (score > 0) store.rate(score, comment.trim());
      }}
    >
      <fieldset>
        <legend>{t("rateTitle")}</legend>
        <div class="faces">
          {SCORES.map((n) => (
            <label key={n} class={score === n ? "on" : ""}>
              <input class="vh" type="radio" name="score" value={n} checked={score === n} onChange={() => setScore(n)} />
              <Mood score={n} />
              {t(`rate${n}`)}
            </label>
          ))}
        </div>
      </fieldset>
      {score > 0 && (
        <>
          <textarea class="field area" rows={2} maxLength={1000} dir="auto" aria-label={t("rateMore")} placeholder={t("rateMore")} value={comment} onInput={(event) => setComment(event.currentTarget.value)} />
          <button type="submit" class="btn main full">
            {t("rateSend")}
          </button>
        </>
      )}
    </form>
  );
}

/** After a thumb down: what was missing, in the visitor's words, for those who want to say. */
export function Why({ seq, store, state, texts: { t } }: View & { seq: number }): VNode | null {
  const [text, setText] = useState("");
  const told = [...(state.log?.entries ?? []).map((ev) => (ev.kind === "rating" ? ev.body : null)), ...state.outbox.items.map((item) => (item.kind === "rating" ? item.body : null))].some(
    (body) => body?.about === seq && body.comment,
  );
  if (told) {
    return (
      <p class="note" role="status">
        {t("thanks")}
      </p>
    );
  }
  return (
    <form
      class="why"
      aria-live="off"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") store.rate(1, text.trim(), seq);
      }}
    >
      <input class="field" aria-label={t("whatMissing")} placeholder={t("whatMissing")} maxLength={1000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <button type="submit" class="btn soft" disabled={text.trim() === ""}>
        {t("send")}
      </button>
    </form>
  );
}

/** Saves the conversation as a text file. */
export function download(view: View, rows: readonly Row[], line: (ev: Ev) => string): void {
  const { texts, store } = view;
  const text = transcript(rows, {
    title: `${texts.t("transcript", { name: shopName(view) })}, ${new Date(store.now()).toLocaleDateString(texts.language)}`,
    you: texts.t("you"),
    bot: texts.t("assistant"),
    line,
    day: (at) => new Date(at).toLocaleDateString(texts.language, { dateStyle: "full" }),
    clock: texts.clock,
  });
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "chat.txt";
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Brings the style and the words of these parts along. */
export function install(root: ShadowRoot): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  addWords(LATE_WORDS);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}

/** The place in line. */
export function QueueCard(view: View): VNode {
  const { store, state, texts } = view;
  const { t } = texts;
  const position = state.queue?.position;
  // What comes into a region that is there is read out; a region that comes with its words is not.
  const [there, setThere] = useState(false);
  useEffect(() => setThere(true), []);
  return (
    <section class="card queue">
      <span class="n" aria-hidden="true">
        {position === undefined ? <Icon name="clock" /> : new Intl.NumberFormat(texts.language).format(position)}
      </span>
      <div role="status">
        {there && <h3>{position === undefined ? t("inLine") : t("place", { n: position })}</h3>}
        {there && <p>{waitText(view, state.queue?.wait ?? state.site?.wait_s)}</p>}
      </div>
      <p class="note">{t("keepPlace")}</p>
      <button type="button" class="btn edge" onClick={() => store.askEmail(true)}>
        <Icon name="mail" size={16} />
        {t("leaveEmail")}
      </button>
    </section>
  );
}

/** Faces from bad to great: mouths and eyes in one circle. */
const FACES = [
  "M10.5 20.5c2.2-3 6.8-3 9 0M11 12v.5M19 12v.5",
  "M11 19.7c2.2-1.7 5.8-1.7 8 0M11 12v.5M19 12v.5",
  "M11 19h8M11 12v.5M19 12v.5",
  "M11 18.2c2.2 2.2 5.8 2.2 8 0M11 12v.5M19 12v.5",
  "M9.8 17c.6 5.6 9.8 5.6 10.4 0zM10.2 12.5c.3-1 1.7-1 2 0M17.8 12.5c.3-1 1.7-1 2 0",
];

function Mood({ score }: { score: number }): VNode {
  return (
    <svg viewBox="0 0 30 30" aria-hidden="true">
      <path d={`M4 15a11 11 0 1 0 22 0 11 11 0 1 0-22 0${FACES[score - 1] ?? ""}`} />
    </svg>
  );
}

/** Beside the closed button: what somebody wrote. */
export function Nudge({ ev, texts, onOpen, onDismiss }: View & { ev: Ev; onOpen: () => void; onDismiss: () => void }): VNode {
  const name = ev.from.kind === "agent" ? (ev.from.name ?? "") : null;
  return (
    <div class="w nudge">
      <span class={`face${name === null ? " bot" : ""}`} aria-hidden="true">
        {name === null ? <Icon name="bell" size={16} /> : initials(name)}
      </span>
      <button type="button" class="words" dir="auto" onClick={onOpen}>
        {name && <b>{name.split(/\s+/)[0]}</b>}
        {plainText("text" in ev.body ? ev.body.text : "").slice(0, 140)}
      </button>
      <button type="button" class="icon" aria-label={texts.t("dismiss")} onClick={onDismiss}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}

interface MenuItem {
  readonly icon: "person" | "download" | "again" | "leave";
  readonly label: string;
  readonly run: () => void;
}

/** A menu button: arrows walk, Escape and Tab leave, and focus goes back where it came from. */
export function Menu({ store, state, texts: { t }, save }: View & { save: () => void }): VNode {
  const [open, setOpen] = useState(false);
  const label = t("menu");
  const items: MenuItem[] = [
    ...(state.status.state === "bot" ? [{ icon: "person" as const, label: t("talkToPerson"), run: store.askPerson }] : []),
    { icon: "download", label: t("download"), run: save },
    ...(state.status.state === "bot" || state.status.state === "closed" ? [{ icon: "again" as const, label: t("startOver"), run: store.startOver }] : []),
    ...(state.status.state === "closed" || !state.log ? [] : [{ icon: "leave" as const, label: t("endConversation"), run: store.end }]),
  ];
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return undefined;
    list.current?.querySelector("button")?.focus();
    const root = list.current?.getRootNode();
    const outside = (event: Event): void => {
      if (!event.composedPath().includes(list.current?.parentElement as EventTarget)) setOpen(false);
    };
    root?.addEventListener("pointerdown", outside);
    document.addEventListener("pointerdown", outside);
    return () => {
      root?.removeEventListener("pointerdown", outside);
      document.removeEventListener("pointerdown", outside);
    };
  }, [open]);

  function leave(): void {
    setOpen(false);
    button.current?.focus();
  }

  function keys(event: KeyboardEvent): void {
    const buttons = Array.from(list.current?.querySelectorAll("button") ?? []);
    const at = buttons.indexOf((list.current?.getRootNode() as ShadowRoot).activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      buttons[(to + buttons.length) % buttons.length]?.focus();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      leave();
    } else if (event.key === "Tab") setOpen(false);
  }

  return (
    <div class="menu">
      <button ref={button} type="button" class="icon" aria-label={label} aria-haspopup="menu" aria-expanded={open ? "true" : "false"} onClick={() => setOpen(!open)}>
        <Icon name="more" />
      </button>
      {open && (
        <div ref={list} class="list" role="menu" aria-label={label} onKeyDown={keys}>
          {items.map((item) => (
            <button
              key={item.icon}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                leave();
                item.run();
              }}
            >
              <Icon name={item.icon} size={16} />
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
