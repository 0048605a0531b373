// The way to `cards.tsx`, which is a file of its own in dist/.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

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
