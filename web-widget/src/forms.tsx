// What is asked before something can go on: agreement, a name, whether to erase. And a word on what was done.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { css as base } from "./card.css";
import { css as rules } from "./forms.css";
import { Icon } from "./icons.tsx";
import { isAddress } from "./address.ts";
import { own } from "./own.ts";
import { textIn, type Field } from "./settings.ts";
import type { Contact } from "./state.ts";
import type { TextTable } from "./texts.ts";
import type { View } from "./view.ts";

declare const WORDS: Partial<TextTable>;
export const css = base + rules;
export const words = WORDS;

export function Asking(view: View): VNode | null {
  const { asking } = view.state;
  if (asking === "consent") return <Consent {...view} />;
  if (asking === "prechat") return <Prechat {...view} />;
  return asking === "erase" ? <Erase {...view} /> : null;
}

/** What was asked has the focus; what was not answered gives it back to the box. */
function useAsked(): { readonly box: { current: HTMLElement | null }; readonly away: (run: () => void) => () => void } {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    (box.current?.querySelector<HTMLElement>("input") ?? box.current?.querySelector<HTMLElement>("h3"))?.focus({ preventScroll: true });
  }, []);
  return {
    box,
    away: (run) => () => {
      const root = box.current?.getRootNode() as ShadowRoot | undefined;
      run();
      root?.querySelector<HTMLElement>(".type")?.focus({ preventScroll: true });
    },
  };
}

function Consent({ store, settings, texts }: View): VNode {
  const { t } = texts;
  const { box, away } = useAsked();
  return (
    <section ref={box} class="card asking" role="group" aria-labelledby="consent">
      <h3 id="consent" tabIndex={-1}>
        {t("consentTitle")}
      </h3>
      <p class="terms" dir="auto" tabIndex={0}>
        {textIn(settings.consent, [texts.language, ...(settings.languages ?? [])])}
      </p>
      <div class="choice">
        <button type="button" class="btn main" onClick={away(store.agree)}>
          {t("agree")}
        </button>
        <button type="button" class="btn edge" onClick={away(store.decline)}>
          {t("notNow")}
        </button>
      </div>
    </section>
  );
}

function Prechat({ store, state, settings, texts: { t } }: View): VNode {
  const { box, away } = useAsked();
  const fields = (settings.prechat?.fields ?? []).filter((field) => !state.contact[field]);
  const [given, setGiven] = useState<Partial<Record<Field, string>>>({});
  const [wrong, setWrong] = useState<Field | null>(null);
  const fits = (field: Field): boolean => (field === "email" ? isAddress((given.email ?? "").trim()) : (given.name ?? "").trim() !== "");
  function introduce(told: Contact): void {
    const contact = { ...state.contact, ...told };
    store.held.set({ contact });
    store.held.keep({ contact });
    store.goesOn();
  }
  return (
    <section ref={box} class="card asking" role="group" aria-labelledby="prechat">
      <h3 id="prechat" tabIndex={-1}>
        {t("prechatTitle")}
      </h3>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const missing = fields.find((field) => !fits(field)) ?? null;
          setWrong(missing);
          if (missing) box.current?.querySelector<HTMLElement>(`#ask-${missing}`)?.focus();
          else away(() => introduce(Object.fromEntries(fields.map((field) => [field, (given[field] ?? "").trim()]))))();
        }}
      >
        {fields.map((field) => (
          <div key={field} class="part">
            <label for={`ask-${field}`}>{t(field === "email" ? "email" : "name")}</label>
            <input
              type={(field === "email" ? "email" : "text") as "text"}
              id={`ask-${field}`}
              class={`field${wrong === field ? " err" : ""}`}
              autocomplete={field}
              inputMode={field === "email" ? "email" : "text"}
              dir={field === "email" ? "ltr" : "auto"}
              maxLength={field === "email" ? 254 : 100}
              required
              value={given[field] ?? ""}
              aria-invalid={wrong === field ? "true" : undefined}
              aria-describedby={wrong === field ? `wrong-${field}` : undefined}
              onInput={(event) => {
                setGiven({ ...given, [field]: event.currentTarget.value });
                if (wrong === field) setWrong(null);
              }}
            />
            <p class="msg-err" id={`wrong-${field}`} role="alert">
              {wrong === field && (
                <>
                  <Icon name="warn" size={14} />
                  {t(field === "email" ? "emailUnfinished" : "nameMissing")}
                </>
              )}
            </p>
          </div>
        ))}
        <div class="choice">
          <button type="submit" class="btn main">
            {t("goOn")}
          </button>
          <button type="button" class="btn edge" onClick={away(store.decline)}>
            {t("notNow")}
          </button>
        </div>
      </form>
    </section>
  );
}

function Erase(view: View): VNode {
  const { store, base, texts } = view;
  const { t } = texts;
  const { box, away } = useAsked();
  const [busy, setBusy] = useState(false);
  async function erase(): Promise<void> {
    setBusy(true);
    const done = await own(base, "erase", store.token());
    if (done) store.erased();
    else {
      store.decline();
      store.show("home");
      store.held.set({ outcome: "failed" });
    }
  }
  return (
    <section ref={box} class="card asking" role="alertdialog" aria-labelledby="erase" aria-describedby="erase-what">
      <h3 id="erase" tabIndex={-1}>
        {t("eraseTitle")}
      </h3>
      <p id="erase-what">{t("eraseWhat")}</p>
      <div class="choice">
        <button type="button" class="btn danger" disabled={busy} onClick={() => void erase()}>
          {t("eraseYes")}
        </button>
        <button type="button" class="btn edge" onClick={away(store.decline)}>
          {t("cancel")}
        </button>
      </div>
    </section>
  );
}

export function Outcome({ store, state, texts: { t } }: View): VNode | null {
  const { outcome } = state;
  // What comes into a region that is there is read out; a region that comes with its words is not.
  const [there, setThere] = useState(false);
  useEffect(() => setThere(true), []);
  return (
    <div role="status">
      {there && outcome && (
        <p class={`told-you${outcome === "failed" ? " bad" : ""}`}>
          <Icon name={outcome === "failed" ? "warn" : "check"} size={16} />
          <span>{t(outcome === "failed" ? "didNotWork" : "wasErased")}</span>
          <button type="button" class="icon" aria-label={t("dismiss")} onClick={() => store.held.set({ outcome: null })}>
            <Icon name="close" size={16} />
          </button>
        </p>
      )}
    </div>
  );
}
