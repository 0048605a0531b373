// A sentence that was tried becomes an example of an answer or a question of an article.

import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { change, outrun, overview, reason, told } from "../workshop/bench.ts";
import { byEntry, type Draft, type Nearest, type Reading } from "../workshop/wire.ts";
import { count, w } from "../workshop/words.ts";
import { Pick } from "./bench-parts.tsx";

export function TryAdd({ text, reading, close }: { text: string; reading: Reading; close: () => void }): VNode {
  const nearest: Nearest[] = byEntry(reading.candidates.slice(0, 3).map(({ id, kind, title, confidence }) => ({ id, kind, title, confidence })));
  const all = overview.value?.entries ?? [];
  const [to, setTo] = useState<string | undefined>(nearest[0]?.id);
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    form.current?.scrollIntoView({ block: "nearest" });
    form.current?.querySelector<HTMLElement>("[data-first]")?.focus({ preventScroll: true });
  }, []);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (!to) return setTrouble(w("pick.first"));
    setBusy(true);
    const words = await added(text, to);
    setBusy(false);
    setTrouble(words);
    if (words !== undefined) return;
    told(count("added", 1, { title: all.find(({ id }) => id === to)?.title ?? to }));
    close();
    requestAnimationFrame(() => document.querySelector<HTMLElement>(".try-add")?.focus());
  }

  return (
    <form
      ref={form}
      class="deed-form card"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        close();
        requestAnimationFrame(() => document.querySelector<HTMLElement>(".try-add")?.focus());
      }}
    >
      <p class="q2">
        {w("try.add.about")} <q dir="auto">{text}</q>
      </p>
      <Pick label={w("add.to")} nearest={nearest} all={all} chosen={to} choose={setTo} none={w("pick.none")} />
      <footer class="form-foot">
        <span class="grow bad" role="alert">
          {trouble}
        </span>
        <button type="button" class="btn" onClick={close}>
          {w("cancel")}
        </button>
        <button class="btn pri" disabled={busy || outrun.value}>
          {w("deed.add")}
        </button>
      </footer>
    </form>
  );
}

/** None of the groups has it: a sentence of an editor's own. */
const NO_GROUP = "00000000";

/** Why not, in words; nothing where it went well. */
async function added(text: string, to: string): Promise<string | undefined> {
  const answer = await change<{ rev: number; draft: Draft }>(`gaps/${NO_GROUP}/add`, { to, texts: [text] });
  return reason(answer);
}
