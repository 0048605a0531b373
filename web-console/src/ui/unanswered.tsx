// What visitors asked in vain, by meaning, and what an editor does about it.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { go } from "../acts.ts";
import { ask } from "../http.ts";
import { languageName, moment } from "../i18n.ts";
import { now, part, phone } from "../state.ts";
import { look, overview, reason, told } from "../workshop/bench.ts";
import { SIGNALS, whoOf, type Cluster, type Gaps, type Signal } from "../workshop/wire.ts";
import { count, figure, percent, w } from "../workshop/words.ts";
import { BenchFrame, Key, keyshortcut, Nothing, Trend, useKeys } from "./bench-parts.tsx";
import { Gap, titleOf, type Deed } from "./gap.tsx";
import { Icon } from "./icons.tsx";

const PERIODS = [7, 28, 90] as const;

type Only = { signal: "" | Signal; language: string; find: string };

export function Unanswered(): VNode {
  const [days, setDays] = useState<number>(28);
  const [gaps, setGaps] = useState<Gaps>();
  const [trouble, setTrouble] = useState<string>();
  const [only, setOnly] = useState<Only>({ signal: "", language: "", find: "" });
  const [deed, setDeed] = useState<Deed>();
  const latest = useRef(0);
  const search = useRef<HTMLInputElement>(null);
  const ignoredTab = part.value === "ignored";

  async function load(): Promise<void> {
    latest.current += 1;
    const mine = latest.current;
    const answer = await ask<Gaps>(`workshop/gaps?days=${days}&show=${ignoredTab ? "ignored" : "open"}`);
    if (mine !== latest.current) return;
    setTrouble(reason(answer));
    if (answer.type === "ok") setGaps(answer.value);
  }
  useEffect(() => void load(), [days, ignoredTab]);
  useEffect(() => void look(), []);

  const fitting = (gaps?.clusters ?? []).filter((one) => fits(one, only));
  // In the order in which they are shown: what is drafted is done for now.
  const clusters = [...fitting.filter((one) => !one.drafted), ...fitting.filter((one) => one.drafted)];
  const chosen = ignoredTab ? undefined : (clusters.find(({ id }) => id === part.value) ?? (phone.value ? undefined : clusters[0]));
  const at = chosen ? clusters.indexOf(chosen) : -1;

  /** `focus`: the reader wants to read it; otherwise the keys stay where they are. */
  function show(one: Cluster | undefined, focus: boolean): void {
    if (!one) return;
    setDeed(undefined);
    if (phone.value && focus) go("unanswered", one.id);
    else {
      history.replaceState(null, "", `#unanswered/${one.id}`);
      part.value = one.id;
    }
    if (focus) requestAnimationFrame(() => document.getElementById("gap-title")?.focus({ preventScroll: true }));
  }

  function step(by: 1 | -1): void {
    const inList = document.activeElement?.closest(".gap-list") != null;
    const to = clusters[at < 0 ? 0 : Math.min(clusters.length - 1, Math.max(0, at + by))];
    show(to, false);
    requestAnimationFrame(() => {
      const row = document.getElementById(`gap-${to?.id}`);
      row?.scrollIntoView({ block: "nearest" });
      if (inList) row?.focus({ preventScroll: true });
    });
  }

  /** What is drafted stands elsewhere in the list, and is still what is read. */
  async function changed(): Promise<void> {
    show(chosen, false);
    await load();
  }

  async function ignore(): Promise<void> {
    if (!chosen) return;
    const answer = await ask(`workshop/gaps/${chosen.id}/ignore`, "POST", { days });
    setTrouble(reason(answer));
    if (answer.type !== "ok") return;
    told(w("ignored.done", { text: titleOf(chosen) }));
    const next = clusters[at + 1] ?? clusters[at - 1];
    await load();
    if (next && !phone.value) show(next, true);
    else go("unanswered");
  }

  const act = (which: Deed) => () => chosen && setDeed(deed === which ? undefined : which);
  useKeys(
    ignoredTab
      ? {}
      : {
          j: () => step(1),
          k: () => step(-1),
          "/": () => search.current?.focus(),
          a: act("add"),
          n: act("new"),
          l: act("article"),
          x: () => void ignore(),
          r: () => go("releases", "draft"),
        },
  );

  const languages = [...new Set((gaps?.clusters ?? []).flatMap((one) => one.languages))].sort();
  return (
    <BenchFrame
      title={w("unanswered")}
      back={phone.value && chosen ? () => go("unanswered") : undefined}
      end={
        (!chosen || !phone.value) && (
          <>
            {gaps && !ignoredTab && <span class="q3 bench-count">{count("groups", gaps.clusters.length)}</span>}
            <span class="grow" />
            <label class="inline">
              <span class="sr">{w("period")}</span>
              <select value={days} onChange={(e) => setDays(Number(e.currentTarget.value))}>
                {PERIODS.map((n) => (
                  <option key={n} value={n}>
                    {w("period.days", { n })}
                  </option>
                ))}
              </select>
            </label>
          </>
        )
      }
    >
      <div class={chosen ? "gaps has-one" : phone.value || (gaps && clusters.length > 0 && !ignoredTab) ? "gaps" : "gaps alone"}>
        <div class="gap-list">
          <nav class="parts" aria-label={w("gaps.tabs")}>
            {(["open", "ignored"] as const).map((tab) => {
              const on = (tab === "ignored") === ignoredTab;
              return (
                <a key={tab} href={tab === "ignored" ? "#unanswered/ignored" : "#unanswered"} class={on ? "on" : ""} aria-current={on ? "page" : undefined} onClick={(e) => (e.preventDefault(), go("unanswered", tab === "ignored" ? "ignored" : ""))}>
                  {w(`gaps.${tab}`)}
                  {tab === "ignored" && (gaps?.ignored.length ?? 0) > 0 ? ` ${gaps?.ignored.length}` : ""}
                </a>
              );
            })}
          </nav>
          {!ignoredTab && (gaps?.clusters.length ?? 0) > 0 && (
            <div class="gap-filters">
              <label class="find-in">
                <Icon name="search" size={14} />
                <input ref={search} type="search" aria-label={w("find")} aria-keyshortcuts={keyshortcut("/")} placeholder={w("find")} value={only.find} onInput={(e) => setOnly({ ...only, find: e.currentTarget.value })} />
              </label>
              <select aria-label={w("filter.signal")} value={only.signal} onChange={(e) => setOnly({ ...only, signal: e.currentTarget.value as Only["signal"] })}>
                <option value="">{w("filter.signal.all")}</option>
                {SIGNALS.map((name) => (
                  <option key={name} value={name}>
                    {w(`signal.${name}`)}
                  </option>
                ))}
              </select>
              <select aria-label={w("filter.language")} value={only.language} onChange={(e) => setOnly({ ...only, language: e.currentTarget.value })}>
                <option value="">{w("filter.language.all")}</option>
                {languages.map((tag) => (
                  <option key={tag} value={tag}>
                    {languageName(tag)}
                  </option>
                ))}
              </select>
            </div>
          )}
          {trouble && (
            <p class="bad bench-trouble" role="alert">
              {trouble}{" "}
              <button type="button" class="btn" onClick={() => void load()}>
                {w("again")}
              </button>
            </p>
          )}
          {!gaps && !trouble && (
            <div class="bones" role="status">
              <span class="sr">{w("loading")}</span>
              <i />
              <i />
              <i />
            </div>
          )}
          {gaps && ignoredTab && <Ignored gaps={gaps} again={load} />}
          {gaps && !ignoredTab && (
            <>
              <Rows clusters={clusters} chosen={chosen} show={show} step={step} />
              {clusters.length === 0 && (gaps.clusters.length > 0 ? <p class="none q2">{w("gaps.none.fits")}</p> : <None gaps={gaps} />)}
              <Aside gaps={gaps} />
            </>
          )}
        </div>
        <p class="sr" role="status">
          {chosen && w("gap.at", { n: at + 1, all: clusters.length, text: titleOf(chosen) })}
        </p>
        {chosen ? (
          <section class="gap-one" aria-labelledby="gap-title">
            <div class="gap-steps">
              <button type="button" class="btn bare" aria-keyshortcuts={keyshortcut("k")} disabled={at <= 0} onClick={() => step(-1)}>
                {w("previous")} <Key of="k" />
              </button>
              <button type="button" class="btn bare" aria-keyshortcuts={keyshortcut("j")} disabled={at >= clusters.length - 1} onClick={() => step(1)}>
                {w("next")} <Key of="j" />
              </button>
            </div>
            <Gap key={chosen.id} one={chosen} days={gaps?.days ?? days} deed={deed} setDeed={setDeed} ignore={ignore} changed={changed} />
          </section>
        ) : (
          !ignoredTab && clusters.length > 0 && <section class="gap-one only-wide" />
        )}
      </div>
    </BenchFrame>
  );
}

function fits(one: Cluster, { signal, language, find }: Only): boolean {
  const wanted = find.trim().toLocaleLowerCase();
  return (
    (signal === "" || one.signals[signal] > 0) &&
    (language === "" || one.languages.includes(language)) &&
    (wanted === "" || [...one.samples.map(({ text }) => text), ...one.nearest.map(({ title }) => title)].join("\n").toLocaleLowerCase().includes(wanted))
  );
}

function Rows({ clusters, chosen, show, step }: { clusters: readonly Cluster[]; chosen: Cluster | undefined; show: (one: Cluster, focus: boolean) => void; step: (by: 1 | -1) => void }): VNode {
  const groups = [
    ["todo", clusters.filter((one) => !one.drafted)],
    ["drafted", clusters.filter((one) => one.drafted)],
  ] as const;
  function onKey(event: KeyboardEvent): void {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  }
  return (
    <div onKeyDown={onKey}>
      {groups.map(
        ([name, some]) =>
          some.length > 0 && (
            <section key={name} aria-label={w(`gaps.${name}`)}>
              <h3 class="grp">
                <span>
                  <b>{w(`gaps.${name}`)}</b> {some.length}
                </span>
                {name === "todo" && <span>{w("gaps.order")}</span>}
              </h3>
              <ul>
                {some.map((one) => {
                  const on = one === chosen;
                  return (
                    <li key={one.id}>
                      <button type="button" id={`gap-${one.id}`} class={on ? "gap-row on" : "gap-row"} aria-current={on ? "true" : undefined} onClick={() => show(one, true)}>
                        <span class="gap-row-1">
                          <b class="gap-q" dir="auto">
                            {titleOf(one)}
                          </b>
                          <Trend values={one.trend} />
                          <b class="num gap-n" aria-hidden="true">
                            {figure(one.size)}
                          </b>
                        </span>
                        <span class="q3 t12 cut">
                          {count("asked", one.size, { by: count("visitors", one.visitors) })} · {one.languages.map((tag) => tag.toUpperCase()).join(", ")}
                        </span>
                        <span class="q2 t12 cut">{one.drafted ? w("gap.drafted.short", { id: one.drafted.id }) : signalWords(one)}</span>
                      </button>
                    </li>
                  );
                })}
              </ul>
            </section>
          ),
      )}
    </div>
  );
}

/** The two that came most often. */
function signalWords(one: Cluster): string {
  return SIGNALS.filter((name) => one.signals[name] > 0)
    .sort((a, b) => one.signals[b] - one.signals[a])
    .slice(0, 2)
    .map((name) => `${w(`signal.${name}`)} ${figure(one.signals[name])}`)
    .join(" · ");
}

function None({ gaps }: { gaps: Gaps }): VNode {
  return gaps.questions === 0 ? (
    <Nothing icon="ask" title={w("gaps.none.asked")}>
      <p>{w("gaps.none.asked.hint", { n: gaps.days })}</p>
    </Nothing>
  ) : (
    <Nothing icon="check" title={w("gaps.none")}>
      <p>{count("gaps.none.hint", gaps.questions, { days: gaps.days })}</p>
    </Nothing>
  );
}

/** What is not a question without an answer, but an answer without a question; or one that did not help. */
function Aside({ gaps }: { gaps: Gaps }): VNode {
  const placed = new Map(overview.value?.entries.map((one) => [one.id, one]));
  return (
    <>
      {gaps.handed.length > 0 && (
        <details class="gap-aside">
          <summary>
            {w("handed")} <span class="q3">{gaps.handed.length}</span>
          </summary>
          <p class="q2 t12">{w("handed.hint")}</p>
          <ul>
            {gaps.handed.map((one) => (
              <li key={one.id}>
                <span class="cut b">{one.title}</span>
                <span class="q2 t12">{w("handed.of", { n: figure(one.handed), all: figure(one.answered), share: percent(one.handed / Math.max(1, one.answered)) })}</span>
                {placed.has(one.id) && (
                  <span class="mono q3 cut">
                    {placed.get(one.id)?.file}:{placed.get(one.id)?.line}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
      {gaps.unused.length > 0 && (
        <details class="gap-aside">
          <summary>
            {w("unused")} <span class="q3">{gaps.unused.length}</span>
          </summary>
          <p class="q2 t12">{w("unused.hint", { n: gaps.days })}</p>
          <ul>
            {gaps.unused.map((one) => (
              <li key={one.id}>
                <span class="cut b">{one.title}</span>
                <span class="mono q3 cut">
                  {one.file}:{one.line}
                </span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Ignored({ gaps, again }: { gaps: Gaps; again: () => Promise<void> }): VNode {
  const [trouble, setTrouble] = useState<string>();
  const head = useRef<HTMLHeadingElement>(null);
  async function back(id: number, text: string): Promise<void> {
    const answer = await ask(`workshop/ignored/${id}`, "DELETE");
    setTrouble(reason(answer));
    if (answer.type !== "ok") return;
    told(w("ignored.back.done", { text }));
    await again();
    head.current?.focus();
  }
  return (
    <section class="ignored" aria-labelledby="ignored">
      <h3 id="ignored" ref={head} tabIndex={-1} class="sr">
        {w("gaps.ignored")}
      </h3>
      <p class="q2 ignored-about">{w("ignored.about")}</p>
      <ul>
        {gaps.ignored.map((one) => {
          // One text a line; the first names the rest.
          const [text = "", ...more] = one.text.split("\n").filter((line) => line.trim() !== "");
          return (
          <li key={one.id} class="ignored-it">
            <span class="grow">
              <span dir="auto" class="b">
                {text}
              </span>
              {more.length > 0 && <span class="q2 t12" title={more.join("\n")}>{count("ignored.more", more.length)}</span>}
              <span class="q3 t12">
                {whoOf(one.by)} · {moment(one.at, now.value)}
              </span>
            </span>
            <button type="button" class="btn" aria-label={w("ignored.back.this", { text })} onClick={() => void back(one.id, text)}>
              {w("ignored.back")}
            </button>
          </li>
          );
        })}
      </ul>
      {gaps.ignored.length === 0 && (
        <Nothing icon="check" title={w("ignored.none")}>
          <p>{w("ignored.none.hint")}</p>
        </Nothing>
      )}
      <p class="bad" role="alert">
        {trouble}
      </p>
    </section>
  );
}
