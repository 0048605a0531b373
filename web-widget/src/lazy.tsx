// The way to the parts that are files of their own in dist/: `cards.tsx` and `theirs.tsx`.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import type { Turn } from "./timeline.ts";
import type { View } from "./view.ts";

/** A file of this version: beside this one, wherever that lies. */
export function part(name: string): Promise<unknown> {
  return import(new URL(name, import.meta.url).href);
}

type Cards = typeof import("./cards.tsx");

let cards: Cards | null = null;
let coming: Promise<Cards> | null = null;

/** Fetches the late parts once; a failure is forgotten, so that the next need tries again. */
export function later({ root }: Pick<View, "root">): Promise<Cards> {
  coming ??= (part("cards.js") as Promise<Cards>).then(
    (module) => {
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

type Theirs = typeof import("./theirs.tsx");

let theirs: Theirs | null = null;
let theirsComing: Promise<unknown> | null = null;

/** Fetched beside the panel: it is here before the first answer is. */
export function fetchTheirs({ root }: Pick<View, "root">): Promise<unknown> {
  theirsComing ??= (part("theirs.js") as Promise<Theirs>).then(
    (module) => {
      module.install(root);
      theirs = module;
    },
    () => (theirsComing = null),
  );
  return theirsComing;
}

/** What the other side said; its bare text where its file did not come. */
export function Other(given: View & { turn: Turn }): VNode {
  const [, arrived] = useState(false);
  useEffect(() => void fetchTheirs(given).then(() => arrived(true)), []);
  if (theirs) return <theirs.Theirs {...given} />;
  return (
    <div class="turn">
      <div class="say">{given.turn.text}</div>
    </div>
  );
}

type Bar = typeof import("./notice.tsx");

let bar: Bar | null = null;

/** What an operator tells everybody, as soon as there is anything and its file is here. */
export function Notice(view: View): VNode | null {
  const [, arrived] = useState(false);
  const needed = view.state.notice !== null;
  useEffect(() => {
    if (!needed || bar) return;
    void part("notice.js").then(
      (module) => {
        if (!bar) (bar = module as Bar).install(view.root);
        arrived(true);
      },
      () => undefined,
    );
  }, [needed]);
  return bar && <bar.NoticeBar {...view} />;
}
