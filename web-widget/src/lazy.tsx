// The way to the parts that are files of their own in dist/.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import { addIcons } from "./icons.tsx";
import { addWords, type TextTable } from "./texts.ts";
import type { View } from "./view.ts";

/** A file of this version: beside this one, wherever that lies. */
export function part(name: string): Promise<unknown> {
  return import(new URL(name, import.meta.url).href);
}

export interface Files {
  readonly talk: typeof import("./talk.tsx");
  readonly rows: typeof import("./rows.tsx");
  readonly theirs: typeof import("./theirs.tsx");
  readonly cards: typeof import("./cards.tsx");
  readonly forms: typeof import("./forms.tsx");
  readonly menu: typeof import("./menu.tsx");
  readonly help: typeof import("./help.tsx");
  readonly past: typeof import("./past.tsx");
  readonly notice: typeof import("./notice.tsx");
}

/** What each of them has beside its views. */
interface Common {
  readonly css: string;
  /** The English that only it says; put in by the build. */
  readonly words: Partial<TextTable>;
  readonly icons?: Parameters<typeof addIcons>[0];
  /** Files that it takes things from: their style and words have to be there as well. */
  readonly needs?: readonly (keyof Files)[];
}

const AGAIN_MS = 3_000;

const here: Partial<Files> = {};
const coming = new Map<keyof Files, Promise<unknown>>();

/** Fetches a file once, with its style and words; a failure is forgotten, so that the next need tries again. */
export function fetchPart<F extends keyof Files>(from: F, { root }: Pick<View, "root">): Promise<Files[F]> {
  let file = coming.get(from) as Promise<Files[F]> | undefined;
  if (!file) {
    file = (part(`${from}.js`) as Promise<Files[F] & Common>).then(
      async (module) => {
        await Promise.all((module.needs ?? []).map((one) => fetchPart(one, { root })));
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(module.css);
        root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
        addWords(module.words);
        addIcons(module.icons ?? {});
        here[from] = module;
        return module;
      },
      (error: unknown) => {
        coming.delete(from);
        throw error;
      },
    );
    coming.set(from, file);
  }
  return file;
}

type Part = (props: never) => VNode | null;
type Views<F extends keyof Files> = { [K in keyof Files[F] as Files[F][K] extends Part ? K : never]: Files[F][K] };

/** One view of such a file, as soon as it is here; `meanwhile` until then. */
export function Later<F extends keyof Files, K extends keyof Views<F>>({
  from,
  of,
  meanwhile = null,
  ...given
}: { from: F; of: K; meanwhile?: VNode | null } & (Views<F>[K] extends (props: infer P) => VNode | null ? P : never)): VNode | null {
  const [tries, again] = useState(0);
  useEffect(() => {
    if (here[from]) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    fetchPart(from, given as unknown as View).then(
      () => again(-1),
      () => (timer = setTimeout(() => again(tries + 1), AGAIN_MS)),
    );
    return () => clearTimeout(timer);
  }, [tries]);
  const Found = (here[from] as Record<string, unknown> | undefined)?.[of as string] as ((props: object) => VNode | null) | undefined;
  return Found ? <Found {...given} /> : meanwhile;
}
