import type { VNode } from "preact";
import { useState } from "preact/hooks";

import { Icon, Mood } from "./icons.tsx";
import { backText, waitText, type View } from "./view.ts";

/** The place in line. */
export function QueueCard(view: View): VNode {
  const { store, state, texts } = view;
  const { t } = texts;
  const position = state.queue?.position;
  return (
    <section class="card queue">
      <span class="n" aria-hidden="true">
        {position === undefined ? <Icon name="clock" /> : texts.t("place", { n: position }).match(/[\p{Nd}]+/u)?.[0]}
      </span>
      <div role="status">
        <h3>{position === undefined ? t("inLine") : t("place", { n: position })}</h3>
        <p>{waitText(view, state.queue?.wait ?? state.site?.wait_s)}</p>
      </div>
      <p class="note">{t("keepPlace")}</p>
      <button type="button" class="btn edge" onClick={() => store.askEmail(true)}>
        <Icon name="mail" size={16} />
        {t("leaveEmail")}
      </button>
    </section>
  );
}

/** An address for an answer by mail: out of hours, or instead of waiting. */
export function EmailCard(view: View): VNode {
  const { store, state, texts } = view;
  const { t } = texts;
  const [email, setEmail] = useState("");
  const [wrong, setWrong] = useState(false);
  const back = backText(view);
  return (
    <section class="card mail">
      <div class="notice">
        <span class={`dot${back === null && state.site?.staffed ? "" : " off"}`} />
        <div>
          <b>{back ?? (state.site?.staffed ? t("leaveEmail") : t("nobodyHere"))}</b>
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
