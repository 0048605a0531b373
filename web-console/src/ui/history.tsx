// What was published, newest first, and the way back to each.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../http.ts";
import { moment } from "../i18n.ts";
import { now } from "../state.ts";
import { look, overview, reason, told } from "../workshop/bench.ts";
import { summaryOf, summaryWords } from "../workshop/plan.ts";
import type { Release } from "../workshop/wire.ts";
import { w } from "../workshop/words.ts";
import { Nothing } from "./bench-parts.tsx";
import { Icon } from "./icons.tsx";
import { Confirm } from "./publish.tsx";

export function History(): VNode {
  const [list, setList] = useState<readonly Release[]>();
  const [more, setMore] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const [to, setTo] = useState<Release>();
  const [busy, setBusy] = useState(false);
  const head = useRef<HTMLHeadingElement>(null);

  async function load(before?: number): Promise<void> {
    const answer = await ask<{ releases: Release[]; more?: boolean }>(`workshop/releases${before === undefined ? "" : `?before=${before}`}`);
    setTrouble(reason(answer));
    if (answer.type !== "ok") return;
    const got = answer.value.releases;
    setList(before === undefined ? got : [...(list ?? []), ...got]);
    setMore(answer.value.more === true);
  }
  useEffect(() => void load(), []);

  async function back(one: Release): Promise<void> {
    setBusy(true);
    const answer = await ask<{ release: Release }>("workshop/rollback", "POST", { to: one.id });
    setBusy(false);
    setTo(undefined);
    setTrouble(reason(answer));
    if (answer.type !== "ok") return;
    told(w("rollback.done", { name: one.name }));
    await Promise.all([load(), look()]);
    head.current?.focus();
  }

  const live = list?.find((one) => one.live);
  const folder = overview.value?.follow === "folder";
  return (
    <div class="page-in">
      <h3 ref={head} tabIndex={-1} class="sr">
        {w("releases.history")}
      </h3>
      {folder && <p class="said">{w("history.folder")}</p>}
      <p class="bad" role="alert">
        {trouble}
      </p>
      {list?.length === 0 && (
        <Nothing icon="pages" title={w("history.none")}>
          <p>{w(folder ? "history.none.folder" : "history.none.hint")}</p>
        </Nothing>
      )}
      <ol class="releases">
        {list?.map((one) => (
          <li key={one.id} class={one.live ? "release live-one" : "release"}>
            <div class="release-1">
              <b class="grow">
                {one.name}{" "}
                {one.live && (
                  <span class="chip acc">
                    <Icon name="check" size={12} /> {w("history.live")}
                  </span>
                )}
              </b>
              {!one.live && !folder && (
                <button type="button" class="btn" aria-label={w("rollback.this", { name: one.name })} onClick={() => setTo(one)}>
                  <Icon name="undo" size={14} /> {w("rollback")}
                </button>
              )}
            </div>
            <p class="q2">
              {one.author} · {moment(one.at, now.value)}
              {one.commit && (
                <>
                  {" · "}
                  {w("history.commit")} <span class="mono">{one.commit.slice(0, 8)}</span>
                </>
              )}
            </p>
            {one.message && <p class="plain">{one.message}</p>}
            <p class="q2 t12">{one.summary ? summaryWords(summaryOf(one.summary)) : w("history.unplanned")}</p>
          </li>
        ))}
      </ol>
      {more && (
        <button type="button" class="btn older" onClick={() => void load(list?.[list.length - 1]?.id)}>
          {w("history.more")}
        </button>
      )}
      {to && (
        <Confirm title={w("rollback.ask", { name: to.name })} yes={w("rollback")} busy={busy} close={() => setTo(undefined)} run={() => void back(to)}>
          <p>{live ? w("rollback.what", { name: to.name, live: live.name }) : w("rollback.what.none", { name: to.name })}</p>
          {live?.summary ? <p class="q2">{w("rollback.undoes", { name: live.name, what: summaryWords(summaryOf(live.summary)) })}</p> : null}
          <p class="q2">{w("rollback.draft")}</p>
        </Confirm>
      )}
    </div>
  );
}
