// The way to the parts that are files of their own in dist/: `cards.tsx` and `markdown-view.tsx`.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { MarkdownProps } from "./markdown-view.tsx";
import type { View } from "./view.ts";

type Cards = typeof import("./cards.tsx");

let cards: Cards | null = null;
let coming: Promise<Cards> | null = null;

/** Fetches the late parts once; a failure is forgotten, so that the next need tries again. */
export function later({ base, root }: Pick<View, "base" | "root">): Promise<Cards> {
  coming ??= import(`${base}widget/cards.js`).then(
    (module: Cards) => {
      module.install(root);
      cards = module;
      return module;
    },
    (error: unknown) => {
      coming = null;
      throw error;
    },
  );
  return coming;
}

type Parts = Pick<Cards, "EmailCard" | "Menu" | "Nudge" | "QueueCard" | "RatingCard" | "Why">;

/** One of the late parts, as soon as it is here. */
export function Later<K extends keyof Parts>({ of, ...given }: { of: K } & Parameters<Parts[K]>[0]): VNode | null {
  const [, arrived] = useState(false);
  useEffect(() => void later(given).then(() => arrived(true), () => undefined), []);
  const Part = cards?.[of] as ((props: object) => VNode | null) | undefined;
  return Part ? <Part {...given} /> : null;
}

type Formatted = typeof import("./markdown-view.tsx");

let formatted: Formatted | null = null;
let formatting: Promise<unknown> | null = null;

/** Fetched with the panel: it is here before the first answer is. */
export function format(base: string): Promise<unknown> {
  formatting ??= import(`${base}widget/markdown.js`).then(
    (module: Formatted) => (formatted = module),
    () => (formatting = null),
  );
  return formatting;
}

/** Markdown; its bare text where its file did not come. */
export function Words({ base, ...given }: MarkdownProps & { base: string }): VNode {
  const [, arrived] = useState(false);
  useEffect(() => void format(base).then(() => arrived(true)), []);
  return formatted ? <formatted.Markdown {...given} /> : <p>{given.text}</p>;
}
