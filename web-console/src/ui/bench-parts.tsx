// What the editors' pages are made of.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Markdown } from "../../../web-widget/src/markdown-view.tsx";
import { safeHref } from "../../../web-widget/src/markdown.ts";
import { go } from "../acts.ts";
import { t } from "../i18n.ts";
import { prefs } from "../prefs.ts";
import { dialog, place } from "../state.ts";
import { onOurSite } from "../thread.ts";
import { draft, look, outrun } from "../workshop/bench.ts";
import { changesOf } from "../workshop/diff.ts";
import type { Entry, Nearest, Said } from "../workshop/wire.ts";
import { count, percent, w } from "../workshop/words.ts";
import { Icon } from "./icons.tsx";
import { BellMark } from "./parts.tsx";
import { BENCH, PresenceMenu } from "./views.tsx";

/** A page of the editors: its name has the focus when it comes, and on a phone the other pages stand below it. */
export function BenchFrame({ title, end, back, cart = true, children }: { title: string; end?: ComponentChildren; /** Out of what is open, where it has the page for itself. */ back?: (() => void) | undefined; cart?: boolean; children: ComponentChildren }): VNode {
  const head = useRef<HTMLHeadingElement>(null);
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    head.current?.focus({ preventScroll: true });
    nav.current?.querySelector(".on")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, []);
  return (
    <main class="page bench" id="conversation" tabIndex={-1}>
      <header class="phd">
        {back && (
          <button type="button" class="btn bare ico only-phone" aria-label={t("back")} onClick={back}>
            <Icon name="back" />
          </button>
        )}
        <h2 ref={head} tabIndex={-1} class="cut">
          {title}
        </h2>
        {end}
        <span class="only-phone bench-me">
          <PresenceMenu id="list-menu" compact />
        </span>
      </header>
      {!back && <nav ref={nav} class="parts only-phone" aria-label={w("pages")}>
        {BENCH.map(([to]) => (
          <a key={to} href={`#${to}`} class={place.value === to ? "on" : ""} aria-current={place.value === to ? "page" : undefined} onClick={(e) => (e.preventDefault(), go(to))}>
            {t(`rail.${to}`)}
          </a>
        ))}
      </nav>}
      {outrun.value && <Outrun />}
      {children}
      {cart && <Cart />}
    </main>
  );
}

/** Nothing of one's own was written: the page shows what is there now, and one decides again. */
function Outrun(): VNode {
  return (
    <div class="bench-note" role="alert">
      <Icon name="warn" />
      <span class="grow">{w("outrun")}</span>
      <button type="button" class="btn" onClick={() => void look()}>
        {w("outrun.load")}
      </button>
    </div>
  );
}

/** What has come together, and the way to it. */
function Cart(): VNode | null {
  const held = draft.value;
  const n = changesOf(held);
  if (!held || n === 0) return null;
  const errors = held.problems.filter((one) => one.severity === "error").length;
  return (
    <footer class="cart" aria-label={w("cart")}>
      <Icon name="pages" />
      <span class="grow">
        <b>{count("cart.changes", n)}</b>
        <span class="cart-more">
          {held.tests.failed.length > 0 ? <span class="bad">{count("tests.failed", held.tests.failed.length)}</span> : held.tests.passed > 0 ? <span>{count("tests.passed", held.tests.passed)}</span> : null}
          {errors > 0 && <span class="bad">{count("problems.errors", errors)}</span>}
        </span>
      </span>
      <button type="button" class="btn" aria-keyshortcuts={prefs.value.shortcuts ? "r" : undefined} onClick={() => go("releases", "draft")}>
        {w("cart.review")} <Key of="r" />
      </button>
    </footer>
  );
}

/** The key of a button, for eyes: the button says `aria-keyshortcuts`. */
export function Key({ of }: { of: string }): VNode | null {
  return prefs.value.shortcuts ? <kbd aria-hidden="true">{of.toUpperCase()}</kbd> : null;
}

export const keyshortcut = (of: string): string | undefined => (prefs.value.shortcuts ? of : undefined);

/** Single keys of a page, as long as it stands and nobody types, holds a modifier or has a dialog before them. */
export function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    function on(event: KeyboardEvent): void {
      const target = event.target as Element | null;
      if (!prefs.value.shortcuts || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || dialog.value !== undefined) return;
      if (target?.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]") || document.querySelector(":popover-open")) return;
      const run = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!run) return;
      event.preventDefault();
      run();
    }
    addEventListener("keydown", on);
    return () => removeEventListener("keydown", on);
  }, []);
}

/** How often over the period, in eight steps. The words beside it say the number. */
export function Trend({ values, wide = false }: { values: readonly number[]; wide?: boolean }): VNode {
  const most = Math.max(1, ...values);
  const [width, height] = wide ? [148, 36] : [60, 18];
  const step = width / Math.max(1, values.length - 1);
  const points = values.map((value, n) => `${(n * step).toFixed(1)},${(height - 2 - (value / most) * (height - 4)).toFixed(1)}`).join(" ");
  return (
    <svg class="trend" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={w("trend", { values: values.join(", ") })}>
      <polyline points={points} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round" />
    </svg>
  );
}

/** A share as a bar with its number. */
export function Sure({ value, lead = false }: { value: number; lead?: boolean }): VNode {
  return (
    <span class="sure-bar">
      <span class={lead ? "meter lead" : "meter"} aria-hidden="true">
        <i style={{ width: `${Math.round(Math.min(1, Math.max(0, value)) * 100)}%` }} />
      </span>
      <span class="num">{percent(value)}</span>
    </span>
  );
}

/** What the bot says, as a visitor sees it: nothing in it can be pressed. */
export function Answer({ said, empty }: { said: readonly Said[]; empty: string }): VNode {
  return (
    <div class="as-widget">
      <BellMark />
      <div class="as-widget-in">
        {said.map((one, n) => (
          <div key={n} class="wb">
            {one.text && (
              <div class="wb-text" dir="auto">
                <Markdown text={one.text} resolve={onOurSite} />
              </div>
            )}
            {one.source && (
              <span class="wb-src">
                <Icon name="doc" size={12} /> {one.source.url && safeHref(onOurSite(one.source.url)) ? <a href={onOurSite(one.source.url)} target="_blank" rel="noopener">{one.source.title}</a> : one.source.title}
              </span>
            )}
            {(one.options?.length ?? 0) > 0 && (
              <ul class={one.kind === "clarify" ? "wb-list" : "wb-chips"} aria-label={w("options")}>
                {one.options?.map(({ label }, k) => (
                  <li key={k} dir="auto">
                    {label}
                  </li>
                ))}
              </ul>
            )}
          </div>
        ))}
        {said.length === 0 && <p class="q3">{empty}</p>}
      </div>
    </div>
  );
}

/** One of all entries: the nearest first, all others by a few letters. */
export function Pick({ label, nearest, all, chosen, choose, none }: { label: string; nearest: readonly Nearest[]; all: readonly Entry[]; chosen: string | undefined; choose: (id: string) => void; none: string }): VNode {
  const [find, setFind] = useState("");
  const wanted = find.trim().toLocaleLowerCase();
  const near = new Map(nearest.map((one) => [one.id, one]));
  const list = [...nearest, ...all.filter(({ id }) => !near.has(id))].filter(({ id, title }) => wanted === "" || `${title} ${id}`.toLocaleLowerCase().includes(wanted)).slice(0, 40);
  const at = list.findIndex(({ id }) => id === chosen);
  const box = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [at]);
  function onKey(event: KeyboardEvent): void {
    const to = event.key === "ArrowDown" ? Math.min(list.length - 1, at + 1) : event.key === "ArrowUp" ? Math.max(0, at - 1) : undefined;
    if (to === undefined) return;
    event.preventDefault();
    const one = list[to];
    if (one) choose(one.id);
  }
  return (
    <div class="picks field">
      <span id="picks-label">{label}</span>
      <input
        type="text"
        role="combobox"
        aria-labelledby="picks-label"
        aria-expanded="true"
        aria-controls="picks"
        aria-autocomplete="list"
        aria-activedescendant={at >= 0 ? `picks-${at}` : undefined}
        autocomplete="off"
        spellcheck={false}
        data-first
        placeholder={w("pick.find")}
        value={find}
        onInput={(e) => {
          const typed = e.currentTarget.value;
          setFind(typed);
          const first = [...nearest, ...all].find(({ id, title }) => `${title} ${id}`.toLocaleLowerCase().includes(typed.trim().toLocaleLowerCase()));
          if (typed.trim() !== "" && first) choose(first.id);
        }}
        onKeyDown={onKey}
      />
      <ul id="picks" ref={box} role="listbox" aria-labelledby="picks-label">
        {list.map((one, n) => (
          <li key={one.id} id={`picks-${n}`} role="option" aria-selected={one.id === chosen} onClick={() => choose(one.id)}>
            <span class="tick">{one.id === chosen && <Icon name="check" size={14} />}</span>
            <span class="grow">
              <span class="cut b">{one.title}</span>
              <span class="cut mono q3">{one.id}</span>
            </span>
            {near.has(one.id) && <span class="num q3 t12">{percent(near.get(one.id)?.confidence ?? 0)}</span>}
          </li>
        ))}
      </ul>
      {list.length === 0 && (
        <p class="q3" role="status">
          {none}
        </p>
      )}
    </div>
  );
}

/** Says what there is not, and what to do about it. */
export function Nothing({ icon, title, children }: { icon: "check" | "ask" | "try" | "pages" | "search"; title: string; children?: ComponentChildren }): VNode {
  return (
    <div class="empty">
      <Icon name={icon} size={20} />
      <p class="b">{title}</p>
      <div class="nothing-more">{children}</div>
    </div>
  );
}
