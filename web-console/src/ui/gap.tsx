// One group of questions without an answer: what was asked, what was near, and what to do about it.

import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { go } from "../acts.ts";
import { languageName, moment } from "../i18n.ts";
import { now } from "../state.ts";
import { pathOf } from "../thread.ts";
import { change, outrun, overview, reason, told } from "../workshop/bench.ts";
import { idFrom } from "../workshop/diff.ts";
import { byEntry, entryOf, SIGNALS, whoOf, type Cluster, type Draft, type EntryKind } from "../workshop/wire.ts";
import { count, date, figure, known, w } from "../workshop/words.ts";
import { Answer, Key, keyshortcut, Pick, Sure, Trend } from "./bench-parts.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { Field } from "./parts-page.tsx";

export type Deed = "add" | "new" | "article";

export function titleOf(one: Cluster): string {
  return one.samples[0]?.text ?? (one.nearest[0] ? w("gap.hidden.near", { title: one.nearest[0].title }) : w("gap.hidden"));
}

export function Gap({ one, days, deed, setDeed, ignore, changed }: { one: Cluster; days: number; deed: Deed | undefined; setDeed: (deed: Deed | undefined) => void; ignore: () => Promise<void>; changed: () => Promise<void> }): VNode {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const chosen = one.samples.map(({ text }) => text).filter((text) => !left.has(text));
  const hidden = Math.max(0, one.texts_total - one.samples.length);
  const near = one.nearest[0];

  async function done(words: string): Promise<void> {
    setDeed(undefined);
    told(words);
    await changed();
    document.getElementById("gap-title")?.focus({ preventScroll: true });
  }

  function toggle(text: string): void {
    const next = new Set(left);
    if (!next.delete(text)) next.add(text);
    setLeft(next);
  }

  const cards: { deed: Deed | "ignore"; icon: IconName; key: string; hint: string; off: boolean }[] = [
    { deed: "add", icon: "plus", key: "a", hint: near?.kind === "intent" ? count("deed.add.hint", chosen.length, { title: near.title }) : count("deed.add.pick", chosen.length), off: chosen.length === 0 },
    { deed: "new", icon: "bell", key: "n", hint: count("deed.new.hint", chosen.length), off: chosen.length === 0 },
    { deed: "article", icon: "doc", key: "l", hint: near?.kind === "article" ? w("deed.article.near", { title: near.title }) : w("deed.article.hint"), off: chosen.length === 0 },
    { deed: "ignore", icon: "ban", key: "x", hint: w("deed.ignore.hint"), off: false },
  ];

  return (
    <div class="gap">
      <h3 id="gap-title" tabIndex={-1} class="gap-title" dir="auto">
        {titleOf(one)}
      </h3>
      {one.drafted && (
        <p class="said gap-drafted">
          <Icon name="check" size={14} /> <span class="grow">{w("gap.drafted", { id: nameOf(one.drafted.id) })}</span>
          <button type="button" class="btn" onClick={() => go("releases", "draft")}>
            {w("cart.review")}
          </button>
        </p>
      )}
      <div class="gap-top">
      <dl class="gap-figures">
        <div>
          <dt>{w("figure.asked")}</dt>
          <dd>
            <b>{figure(one.size)}</b> {w("figure.asked.of", { days })}
          </dd>
        </div>
        <div>
          <dt>{w("figure.visitors")}</dt>
          <dd>
            <b>{figure(one.visitors)}</b>
          </dd>
        </div>
        <div>
          <dt>{w("figure.languages")}</dt>
          <dd class="gap-langs">{one.languages.map((tag) => languageName(tag)).join(", ")}</dd>
        </div>
      </dl>
        <div class="gap-trend">
          <Trend values={one.trend} wide />
          <span class="q3 t12" aria-hidden="true">
            <span>{date(now.value - days * 86_400_000)}</span>
            <span>{w("today")}</span>
          </span>
        </div>
      </div>
      <p class="gap-signals">
        <span class="sr">{w("signals")}: </span>
        {SIGNALS.filter((name) => one.signals[name] > 0).map((name) => (
          <span key={name} class="chip">
            {w(`signal.${name}`)} <b>{figure(one.signals[name])}</b>
          </span>
        ))}
      </p>

      <section aria-labelledby="gap-samples">
        <h4 id="gap-samples">
          {w("samples")}
          {one.samples.length > 0 && <span class="q3">{w("samples.chosen", { n: chosen.length, all: one.samples.length })}</span>}
        </h4>
        <ul class="samples">
          {one.samples.map((sample) => (
            <li key={sample.text}>
              <label>
                <input type="checkbox" checked={!left.has(sample.text)} onChange={() => toggle(sample.text)} />
                <span class="grow" dir="auto" lang={sample.language || undefined}>
                  {sample.text}
                </span>
                {sample.times > 1 && <span class="num q2">{w("times", { n: figure(sample.times) })}</span>}
                {sample.page && <span class="mono q3 sample-page cut">{pathOf(sample.page) ?? sample.page}</span>}
                <span class="q3 sample-lang">{sample.language?.toUpperCase()}</span>
                <span class="q3 sample-at">{moment(sample.at, now.value)}</span>
              </label>
            </li>
          ))}
        </ul>
        {one.samples.length === 0 ? <p class="said">{w("samples.withheld")}</p> : hidden > 0 && <p class="q3 t12">{count("samples.more", hidden)}</p>}
      </section>

      <section aria-labelledby="gap-do">
        <h4 id="gap-do">{w("do")}</h4>
        <div class="deeds">
          {cards.map(({ deed: which, icon, key, hint, off }) => (
            <button
              key={which}
              type="button"
              class={deed === which ? "deed on" : "deed"}
              disabled={off}
              aria-expanded={which === "ignore" ? undefined : deed === which}
              aria-keyshortcuts={keyshortcut(key)}
              onClick={() => (which === "ignore" ? void ignore() : setDeed(deed === which ? undefined : which))}
            >
              <Icon name={icon} />
              <span class="grow">
                <b>{w(`deed.${which}`)}</b>
                <span class="q3 t12">{hint}</span>
              </span>
              <Key of={key} />
            </button>
          ))}
        </div>
        {(deed === "add" || deed === "article") && chosen.length > 0 && <AddForm key={deed} kind={deed === "add" ? "intent" : "article"} one={one} texts={chosen} done={done} close={() => setDeed(undefined)} />}
        {deed === "new" && chosen.length > 0 && <NewForm one={one} texts={chosen} done={done} close={() => setDeed(undefined)} />}
      </section>

      <section aria-labelledby="gap-near">
        <h4 id="gap-near">{w("near")}</h4>
        {one.nearest.length === 0 ? (
          <p class="q2">{w("near.none")}</p>
        ) : (
          <ol class="near">
            {one.nearest.map((entry, n) => (
              <li key={entry.id}>
                <span class="near-name">
                  <span class="b">{entry.title}</span>
                  <span class="q3 t12">{w(`kind.${entry.kind}`)}</span>
                </span>
                <Sure value={entry.confidence} lead={n === 0} />
                {entry.why && (
                  <span class="near-why q2 t12">
                    {w(n === 0 ? "why" : "near.because")}: {entry.why}
                  </span>
                )}
              </li>
            ))}
          </ol>
        )}
      </section>

      {one.suggestions.length > 0 && (
        <section aria-labelledby="gap-told">
          <h4 id="gap-told">{w("suggestions")}</h4>
          <ul class="gap-told">
            {one.suggestions.map((said, n) => (
              <li key={n}>
                <span class="b">{said.target ? w("suggestion.of", { kind: known("suggestion", said.kind), title: nameOf(said.target) }) : known("suggestion", said.kind)}</span>
                {said.text && <span class="q2">{said.text}</span>}
                {said.note && <q class="q2">{said.note}</q>}
                <span class="q3 t12">{whoOf(said.by)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function nameOf(id: string): string {
  return overview.value?.entries.find((one) => one.id === entryOf(id))?.title ?? id;
}

type Changed = { rev: number; draft: Draft };

/** The focus goes into the form, and Escape leads back to the button that opened it. */
function useForm(close: () => void) {
  const form = useRef<HTMLFormElement>(null);
  // Before the next key: what is typed right behind the one that opened it belongs into the form.
  useLayoutEffect(() => {
    form.current?.scrollIntoView({ block: "nearest" });
    form.current?.querySelector<HTMLElement>("[data-first]")?.focus({ preventScroll: true });
  }, []);
  function onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    const opener = document.querySelector<HTMLElement>(".deed.on");
    close();
    opener?.focus();
  }
  return { form, onKey };
}

function AddForm({ kind, one, texts, done, close }: { kind: EntryKind; one: Cluster; texts: readonly string[]; done: (words: string) => Promise<void>; close: () => void }): VNode {
  const nearest = byEntry(one.nearest).filter((entry) => entry.kind === kind);
  const all = (overview.value?.entries ?? []).filter((entry) => entry.kind === kind);
  // What is nearest of all is likely meant; the second best of another kind is not.
  const [to, setTo] = useState<string | undefined>(one.nearest[0]?.kind === kind ? nearest[0]?.id : undefined);
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const { form, onKey } = useForm(close);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (!to) return setTrouble(w("pick.first"));
    setBusy(true);
    const answer = await change<Changed>(`gaps/${one.id}/add`, { to, texts });
    setBusy(false);
    setTrouble(reason(answer));
    if (answer.type === "ok") await done(count("added", texts.length, { title: nameOf(to) }));
  }

  return (
    <form ref={form} class="deed-form" onSubmit={(event) => void submit(event)} onKeyDown={onKey}>
      <p class="q2">{w(kind === "intent" ? "add.about" : "article.about")}</p>
      <Pick label={w(kind === "intent" ? "add.to" : "article.to")} nearest={nearest} all={all} chosen={to} choose={setTo} none={w(all.length === 0 ? `pick.none.${kind}` : "pick.none")} />
      <Foot trouble={trouble} busy={busy} close={close} label={to ? count("add.do", texts.length, { title: nameOf(to) }) : w(`deed.${kind === "intent" ? "add" : "article"}`)} />
    </form>
  );
}

function NewForm({ one, texts, done, close }: { one: Cluster; texts: readonly string[]; done: (words: string) => Promise<void>; close: () => void }): VNode {
  const languages = overview.value?.languages ?? ["en"];
  const [title, setTitle] = useState("");
  const [id, setId] = useState<string>();
  const [answer, setAnswer] = useState<Readonly<Record<string, string>>>({});
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const { form, onKey } = useForm(close);
  const named = id ?? idFrom(title);
  const taken = named !== "" && (overview.value?.entries.some((entry) => entry.id === named) ?? false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const texted = Object.fromEntries(Object.entries(answer).filter(([, text]) => text.trim() !== ""));
    if (taken) return setTrouble(w("new.taken"));
    if (Object.keys(texted).length === 0) return setTrouble(w("new.answer.missing"));
    setBusy(true);
    const result = await change<Changed>(`gaps/${one.id}/new`, { id: named, title: title.trim(), texts, answer: texted });
    setBusy(false);
    setTrouble(reason(result));
    if (result.type === "ok") await done(w("new.done", { title: title.trim() }));
  }

  return (
    <form ref={form} class="deed-form" onSubmit={(event) => void submit(event)} onKeyDown={onKey}>
      <div class="two">
        <Field label={w("new.title")} hint={w("new.title.hint")}>
          <input data-first type="text" required maxLength={100} value={title} onInput={(e) => setTitle(e.currentTarget.value)} />
        </Field>
        <Field label={w("new.id")} hint={taken ? w("new.taken") : w("new.id.hint")}>
          <input type="text" class="mono" required maxLength={60} pattern="[a-z0-9][a-z0-9_\-]*" spellcheck={false} autocomplete="off" value={named} aria-invalid={taken ? "true" : undefined} onInput={(e) => setId(e.currentTarget.value)} />
        </Field>
      </div>
      {languages.map((tag) => (
        <div key={tag} class="two new-answer">
          <Field label={languages.length > 1 ? w("new.answer.in", { language: languageName(tag) }) : w("new.answer")} hint={tag === languages[0] ? w("new.answer.hint") : undefined}>
            <textarea rows={4} maxLength={4000} dir="auto" lang={tag} value={answer[tag] ?? ""} onInput={(e) => setAnswer({ ...answer, [tag]: e.currentTarget.value })} />
          </Field>
          <div class="preview">
            <span class="lab">{w("new.preview")}</span>
            <Answer said={answer[tag]?.trim() ? [{ kind: "answer", text: answer[tag] ?? "" }] : []} empty={w("new.preview.none")} />
          </div>
        </div>
      ))}
      <Foot trouble={trouble} busy={busy} close={close} label={count("new.do", texts.length)} />
    </form>
  );
}

function Foot({ trouble, busy, close, label }: { trouble: string | undefined; busy: boolean; close: () => void; label: string }): VNode {
  return (
    <footer class="form-foot">
      <span class="grow bad" role="alert">
        {trouble}
      </span>
      <button type="button" class="btn" onClick={close}>
        {w("cancel")}
      </button>
      <button class="btn pri" disabled={busy || outrun.value}>
        <span class="cut">{label}</span>
      </button>
    </footer>
  );
}

