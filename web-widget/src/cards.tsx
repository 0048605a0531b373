// What is needed once a conversation runs: the place in line, an address, ratings, and news beside the button.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Icon } from "./icons.tsx";
import { css as base } from "./card.css";
import { css as rules } from "./cards.css";
import { plainText } from "./markdown.ts";
import type { Ev } from "./protocol.ts";
import { isAddress } from "./address.ts";
import { firstName, initials } from "./face.tsx";
import type { TextTable } from "./texts.ts";
import { backText, waitText, type View } from "./view.ts";
import { peopleOf, waitOf } from "./wait.ts";

export { Line } from "./line.tsx";
declare const WORDS: Partial<TextTable>;
export const css = base + rules;
export const words = WORDS;
export const needs = ["rows", "theirs"] as const;
export const icons = {
  mail: "M3 5h14v10.5H3zM3.3 5.5 10 11l6.7-5.5",
  offline: "M3 8.2a10 10 0 0 1 3.2-2.1M9 5.1a10 10 0 0 1 8 3.1M5.7 11.2a6 6 0 0 1 3-1.6M12.3 9.9c.8.3 1.4.7 2 1.3M10 14.8v.1M3.5 3.5l13 13",
};

/** An address for an answer by mail: out of hours, or instead of waiting. */
export function EmailCard(view: View): VNode {
  const { store, state, texts } = view;
  const { t } = texts;
  const [email, setEmail] = useState(state.contact.email ?? "");
  const [wrong, setWrong] = useState(false);
  const people = peopleOf(state);
  const title = people === "closed" ? backText(view) : t(people === "full" ? "fullNow" : people === "nobody" ? "nobodyHere" : "leaveEmail");
  return (
    <section class="card mail">
      <div class="notice">
        {people !== "here" && <span class="dot off" />}
        <div>
          <h3>{title}</h3>
          <p>{t(people === "full" ? "answerWhenFree" : "answerByMail")}</p>
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
          if (!isAddress(given)) {
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
        <p class="msg-err" id="email-wrong" role="alert">
          {wrong && (
            <>
              <Icon name="warn" size={14} />
              {t("emailUnfinished")}
            </>
          )}
        </p>
      </form>
    </section>
  );
}

const SCORES = [1, 2, 3, 4, 5] as const;

/** After the end: how it went. */
export function RatingCard({ store, state, texts: { t } }: View): VNode {
  const [score, setScore] = useState(0);
  const [comment, setComment] = useState("");
  const rated = (state.log?.entries ?? []).some((ev) => ev.kind === "rating" && ev.body.about === undefined) || state.outbox.items.some((item) => item.kind === "rating" && item.body.about === undefined);
  return (
    <>
      <div role="status">
        {rated && (
          <p class="card thanks">
            <Icon name="check" />
            {t("rateThanks")}
          </p>
        )}
      </div>
      {!rated && (
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
      )}
    </>
  );
}

const REASONS = ["wrong", "unclear", "beside", "other"] as const;

/** After a thumb down: why, for those who want to say. */
export function Why({ seq, store, state, texts: { t } }: View & { seq: number }): VNode {
  const [reason, setReason] = useState("");
  const [text, setText] = useState("");
  const told = [...(state.log?.entries ?? []).map((ev) => (ev.kind === "rating" ? ev.body : null)), ...state.outbox.items.map((item) => (item.kind === "rating" ? item.body : null))].some(
    (body) => body?.about === seq && body.comment,
  );
  const given = text.trim();
  const ready = reason !== "" && (reason !== "other" || given !== "");
  return (
    <>
      <p class={told ? "note" : "vh"} role="status">
        {told && t("thanks")}
      </p>
      {!told && (
        <form
          class="why"
          aria-live="off"
          onSubmit={(event) => {
            event.preventDefault();
            // For whoever improves the answers, so one language for all visitors.
            if (ready) store.rate(1, given === "" ? reason : `${reason}: ${given}`, seq);
          }}
        >
          <fieldset>
            <legend class="vh">{t("whatMissing")}</legend>
            <span class="why-cap" aria-hidden="true">
              {t("whatMissing")}
            </span>
            <div class="reasons">
              {REASONS.map((one) => (
                <label key={one} class={reason === one ? "on" : ""}>
                  <input class="vh" type="radio" name={`why${seq}`} checked={reason === one} onChange={() => setReason(one)} />
                  {t(`why_${one}`)}
                </label>
              ))}
            </div>
          </fieldset>
          {reason !== "" && (
            <div class="row">
              <input class="field" dir="auto" aria-label={t("inYourWords")} placeholder={t("inYourWords")} maxLength={900} value={text} onInput={(event) => setText(event.currentTarget.value)} />
              <button type="submit" class="btn soft" disabled={!ready}>
                {t("send")}
              </button>
            </div>
          )}
        </form>
      )}
    </>
  );
}

/** The place in line, and what one may expect: a range where somebody is there, else what happens next. */
export function QueueCard(view: View): VNode {
  const { store, state, texts } = view;
  const { t } = texts;
  const position = state.queue?.position;
  const wait = waitOf(state);
  const back = backText(view) ?? t("nobodyHere");
  const email = state.contact.email;
  // What comes into a region that is there is read out; a region that comes with its words is not.
  const [there, setThere] = useState(false);
  useEffect(() => setThere(true), []);
  return (
    <section class="card queue">
      <span class="n" aria-hidden="true">
        {position === undefined ? <Icon name="clock" /> : texts.number(position)}
      </span>
      <div role="status">
        {there && <h3>{position === undefined ? t("inLine") : t("place", { n: position })}</h3>}
        {there && <p>{wait ? waitText(view, wait) : back}</p>}
      </div>
      <p class="note">{email ? t("writeTo", { email }) : t(wait ? "keepPlace" : "keepPlaceAway")}</p>
      {!email && (
        <button type="button" class="btn edge" onClick={() => store.askEmail(true)}>
          <Icon name="mail" size={16} />
          {t("leaveEmail")}
        </button>
      )}
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
    <svg viewBox="3 3 24 24" aria-hidden="true">
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
        {name && <b>{firstName(name)}</b>}
        {plainText("text" in ev.body ? ev.body.text : "").slice(0, 140)}
      </button>
      <button type="button" class="icon" aria-label={texts.t("dismiss")} onClick={onDismiss}>
        <Icon name="close" size={16} />
      </button>
    </div>
  );
}
