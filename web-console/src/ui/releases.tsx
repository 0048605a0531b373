// What is drafted, what it would change, and what was published: the way from an edit to what visitors read.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { go } from "../acts.ts";
import { ask } from "../http.ts";
import { moment } from "../i18n.ts";
import { now, part } from "../state.ts";
import { change, draft, look, outrun, overview, reason, told } from "../workshop/bench.ts";
import { changesOf } from "../workshop/diff.ts";
import { planOf, type Plan } from "../workshop/plan.ts";
import { whoOf, type Draft, type FailedTest, type Problem } from "../workshop/wire.ts";
import { count, w } from "../workshop/words.ts";
import { BenchFrame, Nothing } from "./bench-parts.tsx";
import { Icon } from "./icons.tsx";
import { PlanView } from "./plan-view.tsx";
import { Confirm, Ways } from "./publish.tsx";
import { History } from "./history.tsx";

const TABS = ["draft", "history"] as const;

export function Releases(): VNode {
  const at = part.value === "history" ? "history" : "draft";
  const [trouble, setTrouble] = useState<string>();
  async function load(): Promise<void> {
    setTrouble(reason(await look()));
  }
  useEffect(() => void load(), []);
  const seen = overview.value;
  return (
    <BenchFrame cart={false} title={w("releases")}>
      <nav class="parts" aria-label={w("releases.tabs")}>
        {TABS.map((tab) => (
          <a key={tab} href={`#releases/${tab}`} class={tab === at ? "on" : ""} aria-current={tab === at ? "page" : undefined} onClick={(e) => (e.preventDefault(), go("releases", tab))}>
            {w(`releases.${tab}`)}
            {tab === "draft" && changesOf(draft.value) > 0 ? ` ${changesOf(draft.value)}` : ""}
          </a>
        ))}
      </nav>
      {trouble && (
        <p class="bad bench-trouble" role="alert">
          {trouble}{" "}
          <button type="button" class="btn" onClick={() => void load()}>
            {w("again")}
          </button>
        </p>
      )}
      {!seen && !trouble && (
        <div class="bones" role="status">
          <span class="sr">{w("loading")}</span>
          <i />
          <i />
        </div>
      )}
      {seen && (at === "draft" ? draft.value && draft.value.files.length > 0 ? <DraftPage held={draft.value} /> : <NoDraft /> : <History />)}
    </BenchFrame>
  );
}

function NoDraft(): VNode {
  return (
    <Nothing icon="pages" title={w("draft.none")}>
      <p>{w("draft.none.hint")}</p>
      <button type="button" class="btn pri" onClick={() => go("unanswered")}>
        {w("draft.none.go")}
      </button>
    </Nothing>
  );
}

function DraftPage({ held }: { held: Draft }): VNode {
  const [plan, setPlan] = useState<{ rev: number; plan: Plan }>();
  const [planning, setPlanning] = useState(false);
  const [days, setDays] = useState(28);
  const [trouble, setTrouble] = useState<string>();
  const [asking, setAsking] = useState(false);
  const planHead = useRef<HTMLHeadingElement>(null);
  const n = changesOf(held);

  async function makePlan(): Promise<void> {
    setPlanning(true);
    const answer = await ask<unknown>("workshop/plan", "POST", { days });
    setPlanning(false);
    setTrouble(reason(answer));
    if (answer.type !== "ok") return;
    setPlan({ rev: held.rev, plan: planOf(answer.value) });
    requestAnimationFrame(() => planHead.current?.focus({ preventScroll: true }));
  }

  async function discard(): Promise<void> {
    const answer = await change<{ draft?: Draft | null }>("draft", {}, "DELETE");
    setAsking(false);
    setTrouble(reason(answer));
    if (answer.type !== "ok") return;
    draft.value = null;
    told(w("discard.done"));
    document.querySelector<HTMLElement>(".bench h2")?.focus();
    await look();
  }

  return (
    <div class="draft">
      <div class="draft-main">
        <p class="draft-said q2">
          {count("draft.of", n, { files: count("files", held.files.length) })} {w("draft.by", { name: whoOf(held.by), time: moment(held.at, now.value) })}
        </p>
        {held.files.some((file) => file.conflict) ? <p class="bench-note in">{w("draft.conflict")}</p> : held.stale && <p class="bench-note in">{w("draft.stale")}</p>}
        <Problems problems={held.problems} />
        <Tests passed={held.tests.passed} failed={held.tests.failed} />
        <section aria-labelledby="plan-head" class="plan">
          <h3 id="plan-head" ref={planHead} tabIndex={-1}>
            {w("plan")}
          </h3>
          <p class="q2">{w("plan.about")}</p>
          <div class="row plan-do">
            <label class="inline">
              <span class="sr">{w("plan.days")}</span>
              <select value={days} onChange={(e) => setDays(Number(e.currentTarget.value))}>
                {[7, 28, 90].map((one) => (
                  <option key={one} value={one}>
                    {w("period.days", { n: one })}
                  </option>
                ))}
              </select>
            </label>
            <button type="button" class={plan && plan.rev === held.rev ? "btn" : "btn pri"} disabled={planning} onClick={() => void makePlan()}>
              {w(plan ? "plan.again" : "plan.make")}
            </button>
            <span class="q2" role="status">
              {planning ? w("plan.making") : plan && plan.rev !== held.rev ? w("plan.old") : ""}
            </span>
          </div>
          {plan && <PlanView plan={plan.plan} />}
        </section>
        <section aria-labelledby="diff-head">
          <h3 id="diff-head">{w("diff")}</h3>
          {held.files.map((file) => (
            <FileDiff key={file.path} file={file} />
          ))}
        </section>
      </div>
      <aside class="draft-side" aria-label={w("ways")}>
        <Ways held={held} plan={plan?.rev === held.rev ? plan.plan : undefined} />
        <section>
          <h3>{w("discard.title")}</h3>
          <p class="q2">{w("discard.about")}</p>
          <button type="button" class="btn" disabled={outrun.value} onClick={() => setAsking(true)}>
            {w("discard")}
          </button>
          {trouble && (
            <p class="bad" role="alert">
              {trouble}
            </p>
          )}
        </section>
      </aside>
      {asking && (
        <Confirm title={w("discard.ask")} yes={w("discard.yes")} bad close={() => setAsking(false)} run={() => void discard()}>
          <p>{count("discard.ask.what", n, { name: whoOf(held.by) })}</p>
        </Confirm>
      )}
    </div>
  );
}

/** Numbers before the signs, signs before the text: no line is told by its colour alone. */
function FileDiff({ file }: { file: Draft["files"][number] }): VNode {
  const { path, diff: rows } = file;
  const added = rows.filter(({ op }) => op === "add").length;
  const removed = rows.filter(({ op }) => op === "del").length;
  return (
    <details class="file" open>
      <summary>
        <span class="row">
          <span class="mono cut">{path}</span>
          {file.new && <span class="chip">{w("file.new")}</span>}
          {file.deleted && <span class="chip">{w("file.deleted")}</span>}
          {file.conflict && <span class="chip warn">{w("file.conflict")}</span>}
        </span>
        <span class="num q2 t12">{w("diff.counts", { added, removed })}</span>
      </summary>
      <div class="diff" tabIndex={0} role="group" aria-label={w("diff.of", { path })}>
        <table>
          <tbody>
            {rows.map((row, n) => {
              const before = rows[n - 1];
              const gap = n > 0 && before && row.op === "same" && before.op === "same" && row.line !== before.line + 1;
              return (
                <tr key={n} class={gap ? `d-${row.op} d-gap` : `d-${row.op}`}>
                  <td class="d-line">{row.line}</td>
                  <td class="d-op">
                    <span aria-hidden="true">{{ same: " ", add: "+", del: "−" }[row.op]}</span>
                    {row.op !== "same" && <span class="sr">{w(`diff.${row.op}`)}</span>}
                  </td>
                  <td class="d-text">{row.text}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Problems({ problems }: { problems: readonly Problem[] }): VNode | null {
  if (problems.length === 0) return null;
  const errors = problems.filter((one) => one.severity === "error").length;
  return (
    <section aria-labelledby="problems-head">
      <h3 id="problems-head">{errors > 0 ? count("problems.errors", errors) : count("problems.warnings", problems.length)}</h3>
      <ul class="problems">
        {problems.map((one, n) => (
          <li key={n} class={one.severity}>
            <span class="problem-1">
              <Icon name="warn" size={14} />
              <b>{w(`severity.${one.severity}`)}</b>
              <span class="mono">{one.code}</span>
              <span class="mono q2 grow">
                {one.file}:{one.line}:{one.column}
              </span>
            </span>
            <span>{one.message}</span>
            {one.help && <span class="q2">{w("problem.help", { help: one.help })}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tests({ passed, failed }: { passed: number; failed: readonly FailedTest[] }): VNode {
  return (
    <section aria-labelledby="tests-head">
      <h3 id="tests-head">{w("tests")}</h3>
      {failed.length === 0 ? (
        <p class="tests-ok">
          {passed > 0 && <Icon name="check" size={14} />} {passed > 0 ? count("tests.passed", passed) : w("tests.none")}
        </p>
      ) : (
        <>
          <p class="bad b">
            <Icon name="x" size={14} /> {count("tests.failed", failed.length)} <span class="q2">{count("tests.passed", passed)}</span>
          </p>
          <ul class="problems">
            {failed.map((one, n) => (
              <li key={n} class="error">
                <span class="problem-1">
                  <b class="grow">{one.name}</b>
                  <span class="mono q2">
                    {one.file}:{one.line}
                  </span>
                </span>
                {one.messages.map((text, k) => (
                  <span key={k}>{text}</span>
                ))}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
