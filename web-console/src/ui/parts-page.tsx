// What the pages beside the inbox are made of.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { go } from "../acts.ts";
import type { Answer } from "../http.ts";
import { t } from "../i18n.ts";
import { m, type MoreKey } from "../more.ts";
import type { Place } from "../state.ts";
import { Icon } from "./icons.tsx";

/** A page of the rail: its name has the focus when it comes, so that a screen reader says where one is. */
export function PageFrame({ title, end, children }: { title: string; end?: ComponentChildren; children: ComponentChildren }): VNode {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus({ preventScroll: true }), []);
  return (
    <main class="page" id="conversation" tabIndex={-1}>
      <header class="phd">
        <button type="button" class="btn bare ico only-phone" aria-label={t("back")} onClick={() => go("inbox")}>
          <Icon name="back" />
        </button>
        <h2 ref={head} tabIndex={-1}>
          {title}
        </h2>
        {end}
      </header>
      {children}
    </main>
  );
}

/** Links rather than tabs: each part has an address. */
export function Parts({ place, parts, at }: { place: Place; parts: readonly string[]; at: string }): VNode {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => nav.current?.querySelector(".on")?.scrollIntoView({ inline: "nearest", block: "nearest" }), [at]);
  return (
    <nav ref={nav} class="parts" aria-label={m("parts")}>
      {parts.map((part) => (
        <a key={part} href={`#${place}/${part}`} class={part === at ? "on" : ""} aria-current={part === at ? "page" : undefined} onClick={(e) => (e.preventDefault(), go(place, part))}>
          {m(`part.${part}` as MoreKey)}
        </a>
      ))}
    </nav>
  );
}

/** In words, or nothing where it went well. */
export function troubleOf(answer: Answer<unknown>): string | undefined {
  return answer.type === "ok" ? undefined : m(`trouble.${answer.type}`);
}

export function Field({ label, hint, children }: { label: string; hint?: string | undefined; children: ComponentChildren }): VNode {
  return (
    <label class="field">
      <span>{label}</span>
      {children}
      {hint && <span class="q3 t12">{hint}</span>}
    </label>
  );
}
