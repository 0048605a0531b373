// What the other side says: formatted, with its source, thumbs and choices. A file of its own, fetched beside the panel.

import type { VNode } from "preact";

import { Face } from "./face.tsx";
import { Icon } from "./icons.tsx";
import { Later } from "./lazy.tsx";
import { Markdown } from "./markdown-view.tsx";
import { css } from "./theirs.css";
import type { Turn } from "./timeline.ts";
import type { TextTable } from "./texts.ts";
import type { View } from "./view.ts";

declare const WORDS: Partial<TextTable>;
export { plainText } from "./markdown.ts";
export { Markdown } from "./markdown-view.tsx";
export { css };
export const words = WORDS;
export const needs = ["rows"] as const;
export const icons = {
  page: "M5 3h6.5L15 6.5V17H5zM11.5 3v3.5H15M8 10.5h4M8 13.5h4",
  thumbUp: "M3.5 9h2.7v7.5H3.5zM6.2 9.3 9.5 3.2c1.3 0 2.1 1 1.9 2.2L11 8h4.3c1 0 1.7.9 1.5 1.9l-1 5c-.2.9-.9 1.6-1.9 1.6H6.2",
  thumbDown: "M3.5 11h2.7V3.5H3.5zM6.2 10.7l3.3 6.1c1.3 0 2.1-1 1.9-2.2L11 12h4.3c1 0 1.7-.9 1.5-1.9l-1-5c-.2-.9-.9-1.6-1.9-1.6H6.2",
};

export function Theirs({ turn, ...view }: View & { turn: Turn }): VNode {
  const { store, texts, base } = view;
  const { t } = texts;
  const { ev } = turn;
  const human = turn.speaker === "agent";
  const name = human ? (turn.name ?? t("care")) : t("assistant");
  const answer = ev?.kind === "answer" ? ev.body : null;
  const language = answer && answer.language !== texts.language ? answer.language : undefined;
  return (
    <div class={`turn${human ? " human" : ""}${turn.again ? " again" : turn.named ? "" : " plain"}`}>
      {turn.named ? (
        <p class="by">
          <b>{human ? name.split(/\s+/)[0] : name}</b> <time dateTime={new Date(turn.at).toISOString()}>{texts.clock(turn.at)}</time>
        </p>
      ) : (
        <span class="vh">{name}: </span>
      )}
      {!turn.again && <Face name={human ? name : null} />}
      <div class={`say${turn.emoji ? " big" : ""}`}>
        <div class="md" lang={language} dir="auto">
          <Markdown text={turn.text} lineEnds={answer?.kind === "article" ? "space" : "break"} resolve={(href) => (href.startsWith("/help/") ? base + href.slice(1) : href)} />
        </div>
        {answer && ev && (answer.source || turn.ratable) && (
          <div class="source" aria-live="off">
            {answer.source ? (
              <a class="chip" href={base + answer.source.url.replace(/^\//, "")} target="_blank" rel="noopener" onClick={(event) => inPlace(event, answer.source?.url ?? "", view)}>
                <Icon name="page" size={14} />
                <span>{t("source", { title: answer.source.title })}</span>
              </a>
            ) : (
              <span />
            )}
            {turn.ratable && (
              <span class="thumbs">
                <Thumb up {...view} turn={turn} seq={ev.seq} />
                <Thumb up={false} {...view} turn={turn} seq={ev.seq} />
              </span>
            )}
          </div>
        )}
      </div>
      {ev && turn.thumb === 1 && <Later from="cards" of="Why" {...view} seq={ev.seq} />}
      {turn.options.length > 0 && (
        <ul class={turn.clarify ? "picks" : "chips"}>
          {turn.options.map((choice, at) => (
            <li key={choice.id}>
              <button type="button" class={`${turn.clarify ? "pick" : "btn edge"}${turn.clarify && at > 0 && at === turn.options.length - 1 ? " none" : ""}`} onClick={() => store.choose(choice)}>
                <bdi>{choice.label}</bdi>
                {turn.clarify && (at === 0 || at < turn.options.length - 1) && <Icon name="forward" size={16} flip />}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** An article opens here; with a key held, in a tab of its own as any link does. */
export function inPlace(event: MouseEvent, url: string, { store }: Pick<View, "store">): void {
  const article = /^\/help\/(.+)$/.exec(url)?.[1];
  if (!article || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  store.read(decodeURIComponent(article));
}

function Thumb({ up, turn, seq, store, texts: { t } }: View & { up: boolean; turn: Turn; seq: number }): VNode {
  const score = up ? 5 : 1;
  const on = turn.thumb === score;
  return (
    <button type="button" class={`icon${on ? " on" : ""}`} aria-label={t(up ? "helped" : "notHelped")} aria-pressed={on ? "true" : "false"} onClick={() => on || store.rate(score, "", seq)}>
      <Icon name={up ? "thumbUp" : "thumbDown"} size={16} />
    </button>
  );
}
