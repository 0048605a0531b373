// The articles: a search, and one of them to read in place.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { css } from "./help.css";
import { Icon } from "./icons.tsx";
import { Markdown } from "./markdown-view.tsx";
import type { TextTable } from "./texts.ts";
import { inPlace } from "./theirs.tsx";
import type { View } from "./view.ts";

declare const WORDS: Partial<TextTable>;
export { css };
export const words = WORDS;
export const needs = ["theirs"] as const;

interface Found {
  readonly id: string;
  readonly title: string;
  readonly language: string;
  readonly excerpt: string;
}

interface Article {
  readonly id: string;
  readonly title: string;
  readonly language: string;
  readonly parts: readonly { readonly anchor: string; readonly heading: string | null; readonly markdown: string }[];
}

/** Nothing is asked for at every letter. */
const PAUSE_MS = 200;

/** The words of the last search: back from an article they still stand there. */
let asked = "";

export function Help(view: View): VNode {
  const { store, state, texts, place } = view;
  const { t } = texts;
  const { article } = state;
  const head = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  const fromList = useRef(false);
  useEffect(() => {
    // What had the focus is gone with the page that was left.
    if (!first.current || place === "phone" || article) head.current?.focus({ preventScroll: true });
    first.current = false;
  }, [article]);
  return (
    <>
      <header class="head">
        <button
          type="button"
          class="icon"
          aria-label={t("back")}
          onClick={() => {
            if (article && fromList.current) store.read(null);
            else store.back();
          }}
        >
          <Icon name="back" flip />
        </button>
        <div class="who">
          <div>
            <h2 ref={head} tabIndex={-1}>
              {t("helpTitle")}
            </h2>
          </div>
        </div>
        <div class="end">
          {place !== "page" && (
            <button type="button" class="icon" aria-label={t("close")} onClick={view.close}>
              <Icon name="close" />
            </button>
          )}
        </div>
      </header>
      {article === null ? (
        <Search
          {...view}
          onRead={(id) => {
            fromList.current = true;
            store.read(id);
          }}
        />
      ) : (
        <Reader {...view} id={article} />
      )}
    </>
  );
}

function Search({ onRead, ...view }: View & { onRead: (id: string) => void }): VNode {
  const { base, texts, store } = view;
  const { t } = texts;
  const [text, setText] = useState(asked);
  const [found, setFound] = useState<readonly Found[] | "failed" | null>(null);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (view.place !== "phone") box.current?.focus({ preventScroll: true });
  }, []);
  useEffect(() => {
    asked = text;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      load<{ articles: Found[] }>(`${base}api/v1/help?language=${encodeURIComponent(texts.language)}&q=${encodeURIComponent(text.trim().slice(0, 200))}`, stop.signal).then(
        ({ articles }) => setFound(articles),
        () => stop.signal.aborted || setFound("failed"),
      );
    }, found === null ? 0 : PAUSE_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  const list = Array.isArray(found) ? found : [];
  const none = Array.isArray(found) && list.length === 0;
  return (
    <div class="body help">
      <label class="find">
        <Icon name="search" size={16} />
        <input ref={box} type="search" class="q" dir="auto" maxLength={200} aria-label={t("searchHelp")} placeholder={t("searchHelp")} enterkeyhint="search" autocomplete="off" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <p class="vh" role="status">
        {Array.isArray(found) && text.trim() !== "" && !none ? t("foundCount", { n: list.length }) : ""}
      </p>
      <ul>
        {list.map((one) => (
          <li key={one.id} lang={one.language === texts.language ? undefined : one.language}>
            <button type="button" class="ask hit" onClick={() => onRead(one.id)}>
              <span>
                <b>
                  <bdi>{one.title}</bdi>
                </b>
                <small dir="auto">{one.excerpt}</small>
              </span>
              <Icon name="forward" size={16} flip />
            </button>
          </li>
        ))}
      </ul>
      <div class={none || found === "failed" ? "nothing" : "vh"}>
        <p role="status">{found === "failed" ? t("didNotWork") : none && t("foundNothing")}</p>
        {none && text.trim() !== "" && (
          <button type="button" class="btn edge" onClick={() => store.say(text.trim())}>
            {t("askInstead")}
          </button>
        )}
      </div>
    </div>
  );
}

function Reader({ id, ...view }: View & { id: string }): VNode {
  const { base, texts, store } = view;
  const { t } = texts;
  const [article, setArticle] = useState<Article | "failed" | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const [path = "", anchor] = id.split("#");
  useEffect(() => {
    const stop = new AbortController();
    setArticle(null);
    load<Article>(`${base}api/v1/help/${path.split("/").map(encodeURIComponent).join("/")}`, stop.signal).then(setArticle, () => stop.signal.aborted || setArticle("failed"));
    return () => stop.abort();
  }, [path]);
  useEffect(() => {
    if (article === null || !box.current) return;
    const part = anchor ? Array.from(box.current.querySelectorAll<HTMLElement>("[data-part]")).find((one) => one.dataset["part"] === anchor) : undefined;
    box.current.scrollTop = part ? part.offsetTop - 12 : 0;
  }, [article, anchor]);
  const resolve = (href: string): string => (href.startsWith("/help/") ? base + href.slice(1) : href);
  return (
    <div
      ref={box}
      class="body article"
      tabIndex={0}
      role="region"
      aria-label={typeof article === "object" && article ? article.title : t("helpTitle")}
      onClick={(event) => {
        const link = (event.target as Element).closest("a");
        if (link) inPlace(event, link.href.startsWith(`${base}help/`) ? link.href.slice(base.length - 1) : "", { store });
      }}
    >
      <p class={article === "failed" ? "nothing" : "vh"} role="status">
        {article === "failed" && t("didNotWork")}
      </p>
      {article !== "failed" && article && (
        <article lang={article.language} dir="auto">
          <h3>{article.title}</h3>
          {article.parts.map((part) => (
            <section key={part.anchor} data-part={part.anchor}>
              {part.heading && <h4>{part.heading}</h4>}
              <div class="md">
                <Markdown text={part.markdown} lineEnds="space" resolve={resolve} />
              </div>
            </section>
          ))}
          <a class="link" href={`${base}help/${path}`} target="_blank" rel="noopener" onClick={(event) => event.stopPropagation()} lang={texts.language} dir={texts.direction}>
            {t("openTab")}
          </a>
        </article>
      )}
    </div>
  );
}

async function load<T>(url: string, signal: AbortSignal): Promise<T> {
  const answer = await fetch(url, { credentials: "omit", signal });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()) as T;
}
