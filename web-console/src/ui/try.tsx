// A sentence, and what the bot would say to it: as it is live, and as the draft has it.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { go } from "../acts.ts";
import { ask } from "../http.ts";
import { languageName } from "../i18n.ts";
import { draft, look, overview, reason, remember, sentences } from "../workshop/bench.ts";
import type { Reading, Tried } from "../workshop/wire.ts";
import { figure, known, percent, w } from "../workshop/words.ts";
import { Answer, BenchFrame, keyshortcut, Nothing, Sure, useKeys } from "./bench-parts.tsx";
import { Icon } from "./icons.tsx";
import { TryAdd } from "./try-add.tsx";

/** Nobody is asked about half a word, ms. */
const PAUSE = 200;
/** A sentence that stood so long is one to come back to, ms. */
const STOOD = 1_500;

export function TryIt(): VNode {
  const [text, setText] = useState(sentences.value[0] ?? "");
  const [language, setLanguage] = useState("");
  const [page, setPage] = useState("");
  const [tried, setTried] = useState<{ text: string; got: Tried }>();
  const [trouble, setTrouble] = useState<string>();
  const [adding, setAdding] = useState(false);
  const asked = useRef(0);
  const field = useRef<HTMLTextAreaElement>(null);
  const rev = draft.value?.rev;

  useEffect(() => void look(), []);
  useEffect(() => {
    const wanted = text.trim();
    asked.current += 1;
    const mine = asked.current;
    if (wanted === "") {
      setTried(undefined);
      setTrouble(undefined);
      return;
    }
    const timer = setTimeout(async () => {
      const answer = await ask<Tried>("workshop/try", "POST", { text: wanted, ...(language ? { language } : {}), ...(page.trim() ? { page: page.trim() } : {}) });
      // Only the last that was asked is shown, whichever answer comes last.
      if (mine !== asked.current) return;
      setTrouble(reason(answer));
      if (answer.type === "ok") setTried({ text: wanted, got: answer.value });
    }, PAUSE);
    const keep = setTimeout(() => remember(wanted), STOOD);
    return () => {
      clearTimeout(timer);
      clearTimeout(keep);
    };
  }, [text, language, page, rev]);

  useKeys({
    "/": () => field.current?.focus(),
    a: () => tried && setAdding(true),
    r: () => go("releases", "draft"),
  });

  const got = tried?.got;
  const fresh = tried?.text === text.trim();
  return (
    <BenchFrame title={w("try")}>
      <div class="try">
        <form
          class="try-in"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim()) remember(text.trim());
          }}
        >
          <label class="try-text">
            <span class="lab">{w("try.sentence")}</span>
            <textarea
              ref={field}
              rows={1}
              maxLength={4000}
              dir="auto"
              aria-keyshortcuts={keyshortcut("/")}
              placeholder={w("try.placeholder")}
              value={text}
              onInput={(e) => (setText(e.currentTarget.value), setAdding(false))}
              onKeyDown={(e) => {
                if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
                e.preventDefault();
                if (text.trim()) remember(text.trim());
              }}
            />
          </label>
          <label class="try-small">
            <span class="lab">{w("try.language")}</span>
            <select value={language} onChange={(e) => setLanguage(e.currentTarget.value)}>
              <option value="">{w("try.language.any")}</option>
              {(overview.value?.languages ?? []).map((tag) => (
                <option key={tag} value={tag}>
                  {languageName(tag)}
                </option>
              ))}
            </select>
          </label>
          <label class="try-small">
            <span class="lab">{w("try.page")}</span>
            <input type="text" maxLength={500} placeholder="/orders" spellcheck={false} value={page} onInput={(e) => setPage(e.currentTarget.value)} />
          </label>
        </form>
        {sentences.value.length > 0 && (
          <div class="try-recent">
            <span class="lab" id="try-recent">
              {w("try.recent")}
            </span>
            <ul aria-labelledby="try-recent">
              {sentences.value.map((one) => (
                <li key={one}>
                  <button type="button" class="btn" aria-pressed={one === text.trim()} dir="auto" onClick={() => (setText(one), setAdding(false))}>
                    <span class="cut">{one}</span>
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
        <p class="bad" role="alert">
          {trouble}
        </p>
        <p class="sr" role="status">
          {got && fresh && spoken(got)}
        </p>
        {got ? (
          <>
            {got.draft && <Compared got={got} />}
            <div class={got.draft ? "sides both" : "sides"}>
              <Side name="live" under={overview.value?.release?.name ?? w("try.live.folder")} reading={got.live} />
              {got.draft && <Side name="draft" under={w("try.draft.of")} reading={got.draft} />}
            </div>
            {!got.draft && <p class="q3 t12">{w("try.nodraft")}</p>}
            {adding ? (
              <TryAdd text={tried?.text ?? ""} reading={got.draft ?? got.live} close={() => setAdding(false)} />
            ) : (
              <div class="row">
                <button type="button" class="btn try-add" aria-keyshortcuts={keyshortcut("a")} onClick={() => setAdding(true)}>
                  <Icon name="plus" size={14} /> {w("try.add")}
                </button>
              </div>
            )}
          </>
        ) : (
          !trouble && (
            <Nothing icon="try" title={w("try.empty")}>
              <p>{w("try.empty.hint")}</p>
            </Nothing>
          )
        )}
      </div>
    </BenchFrame>
  );
}

const best = (reading: Reading) => reading.candidates[0];

function verdict(reading: Reading): string {
  if (reading.handoff) return w("verdict.handoff");
  return known("verdict", reading.verdict);
}

function spoken(got: Tried): string {
  const one = (reading: Reading) => `${verdict(reading)}${best(reading) ? `, ${best(reading)?.title} ${percent(reading.confidence)}` : ""}`;
  return got.draft ? w("try.spoken.both", { live: one(got.live), draft: one(got.draft), change: compared(got) }) : w("try.spoken", { live: one(got.live) });
}

/** What becomes another, in a sentence. */
function compared({ live, draft: next }: Tried): string {
  if (!next) return "";
  const [a, b] = [answerOf(live), answerOf(next)];
  if (a.text === b.text && a.id === b.id && live.verdict === next.verdict) return w("compare.same");
  if (!a.answers && b.answers) return w("compare.newly", { title: titleIn(next, b.id) });
  if (a.answers && !b.answers) return w("compare.lost", { title: titleIn(live, a.id) });
  if (a.id !== b.id && a.answers && b.answers) return w("compare.other", { from: titleIn(live, a.id), to: titleIn(next, b.id) });
  return a.text === b.text ? w("compare.same") : w("compare.text");
}

function answerOf(reading: Reading): { answers: boolean; id: string | undefined; text: string } {
  const said = reading.said.find((one) => one.kind === "answer");
  return { answers: said !== undefined, id: said?.id ?? undefined, text: reading.said.map(({ text }) => text).join("\n") };
}

function titleIn(reading: Reading, id: string | undefined): string {
  return reading.candidates.find((one) => one.id === id)?.title ?? id ?? "";
}

function Compared({ got }: { got: Tried }): VNode {
  const words = compared(got);
  const same = words === w("compare.same");
  return (
    <p class={same ? "compared same" : "compared"}>
      <Icon name={same ? "check" : "swap"} size={14} /> {words}
    </p>
  );
}

const TONE: Record<string, string> = { confident: "good", ambiguous: "warn", unknown: "bad" };

function Side({ name, under, reading }: { name: "live" | "draft"; under: string; reading: Reading }): VNode {
  const head = `side-${name}`;
  return (
    <section class="side" aria-labelledby={head}>
      <h3 id={head}>
        {w(`try.${name}`)} <span class="q3">{under}</span>
      </h3>
      <p class="verdict">
        <span class={`chip v-${TONE[reading.verdict] ?? "bad"}`}>
          <Icon name={reading.verdict === "confident" ? "check" : reading.verdict === "ambiguous" ? "ask" : "x"} size={12} /> {verdict(reading)}
        </span>
        <span class="q2">{w("try.sure", { share: percent(reading.confidence) })}</span>
      </p>
      {reading.why && <p class="q2 side-why">{w(reading.verdict === "confident" ? "try.why" : "try.whynot", { why: reading.why })}</p>}
      {reading.handoff && <p class="q2">{reading.handoff.department ? w("try.handoff.to", { name: reading.handoff.department }) : w("try.handoff")}</p>}
      <h4>{w("try.says")}</h4>
      <Answer said={reading.said} empty={w("try.says.nothing")} />
      <h4>{w("try.candidates")}</h4>
      {reading.candidates.length === 0 && <p class="q2">{w("near.none")}</p>}
      <ol class="cands">
        {reading.candidates.map((one, n) => (
          <li key={one.id}>
            <div class="cand-head">
              <span class="grow">
                <span class={n === 0 ? "b" : ""}>{one.title}</span> <span class="mono q3">{one.id}</span>
              </span>
              <Sure value={one.confidence} lead={n === 0} />
            </div>
            {!one.allowed && <p class="q2 t12">{w("try.notallowed")}</p>}
            {one.lines.length > 0 && (
              <ul class="lines">
                {one.lines.map((line, k) => (
                  <li key={k}>
                    <q dir="auto">{line.text}</q>
                    <span class="q3 t12">
                      <span class="mono">
                        {line.file}:{line.line}
                      </span>{" "}
                      · {known("by", line.by)}
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ol>
      <p class="q3 t12 side-foot">{w("try.took", { language: reading.language ? languageName(reading.language) : "–", micros: figure(Math.round(reading.micros)) })}</p>
    </section>
  );
}
