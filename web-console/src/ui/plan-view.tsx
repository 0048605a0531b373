// What a draft would change for the questions that visitors asked: in figures, and question by question.

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { wordDiff } from "../workshop/diff.ts";
import { BETTER, byCause, KINDS, WORSE, type Change, type Kind, type Plan, type Reply } from "../workshop/plan.ts";
import { overview } from "../workshop/bench.ts";
import { entryOf } from "../workshop/wire.ts";
import { count, editWords, figure, percent, w } from "../workshop/words.ts";
import { Icon } from "./icons.tsx";
import { pathOf } from "../thread.ts";

/** Drawn at once; the rest when it is asked for. */
const AT_ONCE = 100;

export function PlanView({ plan }: { plan: Plan }): VNode {
  const [only, setOnly] = useState<Kind>();
  const [most, setMost] = useState(AT_ONCE);
  const { summary } = plan;
  const kinds = [...KINDS].reverse().filter((kind) => summary[kind] > 0);
  const changes = plan.changes.filter((one) => only === undefined || one.kind === only);
  if (summary.questions === 0) {
    return (
      <p class="said plan-none" role="status">
        {w("plan.unasked")}
      </p>
    );
  }
  if (plan.changes.length === 0) {
    return (
      <p class="said plan-none" role="status">
        <Icon name="check" size={14} /> {count("plan.nothing", summary.questions)}
      </p>
    );
  }
  return (
    <div class="plan-view">
      <p class="sr" role="status">
        {count("plan.done", plan.changes.length, { of: count("questions", summary.questions) })}
      </p>
      <ul class="plan-cards" aria-label={w("plan.filter")}>
        <li>
          <button type="button" class={only === undefined ? "plan-card on" : "plan-card"} aria-pressed={only === undefined} onClick={() => setOnly(undefined)}>
            <b>{figure(summary.questions - summary.same)}</b>
            <span>{w("plan.all")}</span>
            <span class="q3 t12">{w("plan.of", { of: figure(summary.questions) })}</span>
          </button>
        </li>
        {kinds.map((kind) => (
          <li key={kind}>
            <button type="button" class={`plan-card ${tone(kind)} ${only === kind ? "on" : ""}`} aria-pressed={only === kind} onClick={() => setOnly(only === kind ? undefined : kind)}>
              <b>{figure(summary[kind])}</b>
              <span>{w(`card.${kind}`)}</span>
              <span class="q3 t12">{w(BETTER.has(kind) ? "plan.better" : WORSE.has(kind) ? "plan.worse" : "plan.other")}</span>
            </button>
          </li>
        ))}
      </ul>
      {byCause(changes.slice(0, most), plan.edits).map(({ edit, likely, changes: some, questions }, n) => (
        <section key={n} class="cause">
          <h4>
            {edit ? (
              <>
                <span class="mono">
                  {edit.file}:{edit.line}
                </span>{" "}
                {editWords(edit.what)}
                {edit.entry ? w("cause.in", { entry: titleOf(edit.entry) }) : ""}
              </>
            ) : (
              w("cause.together")
            )}
            <span class="q3 num">{count("questions", questions)}</span>
          </h4>
          {edit?.quote && <p class="cause-quote mono q2 cut">{edit.quote}</p>}
          {likely && <p class="q3 t12">{w("cause.likely")}</p>}
          <ul>
            {some.map((one) => (
              <Line key={one.number} one={one} />
            ))}
          </ul>
        </section>
      ))}
      {changes.length > most && (
        <button type="button" class="btn older" onClick={() => setMost(most + AT_ONCE)}>
          {count("plan.more", changes.length - most)}
        </button>
      )}
    </div>
  );
}

function tone(kind: Kind): string {
  return BETTER.has(kind) ? "better" : WORSE.has(kind) ? "worse" : "";
}

function titleOf(id: string): string {
  return overview.value?.entries.find((one) => one.id === entryOf(id))?.title ?? id;
}

/** Who replies, in a few words. */
function who(reply: Reply): string {
  const first = reply.ids[0];
  const sure = reply.confidence == null ? "" : ` ${percent(reply.confidence)}`;
  if (reply.outcome === "answered" || reply.outcome === "asks") return `${first === undefined ? w("outcome.answered") : titleOf(first)}${sure}`;
  return w(`outcome.${reply.outcome}`);
}

function Line({ one }: { one: Change }): VNode {
  return (
    <li class="change">
      <p class="change-q">
        <q dir="auto" lang={one.language || undefined}>
          {one.text}
        </q>
        {one.times > 1 && <span class="num q2">{w("times", { n: figure(one.times) })}</span>}
        {one.page && <span class="mono q3">{pathOf(one.page) ?? one.page}</span>}
      </p>
      <p class="change-to">
        <span class={`chip ${tone(one.kind) === "better" ? "acc" : tone(one.kind) === "worse" ? "bad" : ""}`}>{w(`card.${one.kind}`)}</span>
        <span class="q2">{who(one.before)}</span>
        <span aria-hidden="true">→</span>
        <span class="sr">{w("becomes")}</span>
        <span class="b">{who(one.after)}</span>
      </p>
      <Words before={one.before.text} after={one.after.text} />
      {one.also.length > 0 && (
        <details class="also">
          <summary>{count("also", one.also.length + one.also_left_out)}</summary>
          <ul>
            {one.also.map(({ text, times }) => (
              <li key={text}>
                <q dir="auto">{text}</q> {times > 1 && <span class="num q3">{w("times", { n: figure(times) })}</span>}
              </li>
            ))}
            {one.also_left_out > 0 && <li class="q3">{count("also.left", one.also_left_out)}</li>}
          </ul>
        </details>
      )}
    </li>
  );
}

/** The words of the answer: what goes is struck out, what comes is underlined, the rest as it is. */
function Words({ before, after }: { before: string; after: string }): VNode | null {
  if (before === after) return null;
  return (
    <details class="words">
      <summary>{w("words")}</summary>
      <p dir="auto">
        {wordDiff(before, after).map((piece, n) =>
          piece.op === "del" ? (
            <del key={n}>{piece.text}</del>
          ) : piece.op === "add" ? (
            <ins key={n}>{piece.text}</ins>
          ) : (
            <span key={n}>{piece.text}</span>
          ),
        )}
      </p>
    </details>
  );
}
