// The ways out of a draft: to the visitors, to a branch, into a file.

import type { ComponentChildren, VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { change, draft, look, outrun, overview, codeOf, reason, told } from "../workshop/bench.ts";
import type { Plan } from "../workshop/plan.ts";
import type { Draft, Release } from "../workshop/wire.ts";
import { w } from "../workshop/words.ts";
import { summaryWords } from "../workshop/plan.ts";
import { Icon } from "./icons.tsx";
import { Field } from "./parts-page.tsx";
import { t } from "../i18n.ts";

/** Two in a day are told apart by the minute. */
function today(): string {
  const at = new Date();
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}-${two(at.getHours())}${two(at.getMinutes())}`;
}

export function Ways({ held, plan }: { held: Draft; plan: Plan | undefined }): VNode {
  const broken = held.problems.some((one) => one.severity === "error") || held.tests.failed.length > 0;
  const seen = overview.value;
  return (
    <>
      {seen?.follow === "releases" ? <Publish plan={plan} broken={broken} /> : <FollowsFolder />}
      {seen?.git && <Branch held={held} branch={seen.git.branch} />}
      <section>
        <h3>{w("patch.title")}</h3>
        <p class="q2">{w("patch.about")}</p>
        <a class="btn" href="../api/v1/workshop/draft.patch" download="draft.patch">
          <Icon name="save" size={14} /> {w("patch")}
        </a>
      </section>
    </>
  );
}

function FollowsFolder(): VNode {
  return (
    <section>
      <h3>{w("publish.title")}</h3>
      <p class="said">{w("publish.folder")}</p>
    </section>
  );
}

function Publish({ plan, broken }: { plan: Plan | undefined; broken: boolean }): VNode {
  const [name, setName] = useState(today);
  const [message, setMessage] = useState("");
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    const answer = await change<{ release: Release; draft?: undefined }>("publish", { name: name.trim(), ...(message.trim() ? { message: message.trim() } : {}) });
    setBusy(false);
    setTrouble(answer.type === "wrong" && body(answer) ? w("publish.broken") : answer.type === "conflict" && codeOf(answer) === "follows_folder" ? w("publish.folder") : reason(answer));
    // It broke, or something else went live: the page shows what there is now.
    if (answer.type === "wrong" || (answer.type === "conflict" && codeOf(answer) !== "changed")) return void (await look());
    if (answer.type !== "ok") return;
    told(w("publish.done", { name: answer.value.release.name }));
    draft.value = null;
    document.querySelector<HTMLElement>(".bench h2")?.focus();
    await look();
  }
  return (
    <section aria-labelledby="publish-head">
      <h3 id="publish-head">{w("publish.title")}</h3>
      <p class="q2">{w("publish.about", { live: overview.value?.release?.name ?? w("try.live.folder") })}</p>
      {broken ? (
        <p class="bench-note in">{w("publish.broken")}</p>
      ) : (
        <form class="way" onSubmit={(event) => void submit(event)}>
          {plan ? <p class="said">{summaryWords(plan.summary)}</p> : <p class="q2">{w("publish.unplanned")}</p>}
          <Field label={w("publish.name")} hint={w("publish.name.hint")}>
            <input type="text" required maxLength={80} spellcheck={false} autocomplete="off" value={name} onInput={(e) => setName(e.currentTarget.value)} />
          </Field>
          <Field label={w("publish.message")}>
            <textarea rows={2} maxLength={2000} value={message} onInput={(e) => setMessage(e.currentTarget.value)} />
          </Field>
          <button class={plan ? "btn pri" : "btn"} disabled={busy || outrun.value}>
            {w("publish")}
          </button>
        </form>
      )}
      <p class="bad" role="alert">
        {trouble}
      </p>
    </section>
  );
}

function body(answer: { body?: unknown }): boolean {
  const is = answer.body as { problems?: unknown; tests?: unknown } | undefined;
  return is?.problems !== undefined || is?.tests !== undefined;
}

function Branch({ held, branch }: { held: Draft; branch: string | null }): VNode {
  const [name, setName] = useState(() => `answers-${today()}`);
  const [message, setMessage] = useState("");
  const [trouble, setTrouble] = useState<string>();
  const [made, setMade] = useState<{ branch: string; commit: string; rev: number }>();
  const [busy, setBusy] = useState(false);
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    const answer = await change<{ branch: string; commit: string; draft?: undefined }>("branch", { name: name.trim(), message: message.trim() });
    setBusy(false);
    setTrouble(reason(answer));
    if (answer.type === "ok") setMade({ ...answer.value, rev: held.rev });
  }
  return (
    <section aria-labelledby="branch-head">
      <h3 id="branch-head">{w("branch.title")}</h3>
      <p class="q2">{branch ? w("branch.about", { branch }) : w("branch.about.none")}</p>
      <form class="way" onSubmit={(event) => void submit(event)}>
        <Field label={w("branch.name")} hint={w("branch.name.hint")}>
          <input type="text" class="mono" required maxLength={60} pattern="[a-z0-9][a-z0-9\-]*" spellcheck={false} autocomplete="off" value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </Field>
        <Field label={w("branch.message")}>
          <textarea rows={2} required maxLength={2000} value={message} onInput={(e) => setMessage(e.currentTarget.value)} />
        </Field>
        <button class="btn" disabled={busy || outrun.value}>
          <Icon name="branch" size={14} /> {w("branch")}
        </button>
      </form>
      <p role="status">{made && made.rev === held.rev && <span class="said made">{w("branch.done", { branch: made.branch, commit: made.commit.slice(0, 8) })}</span>}</p>
      <p class="bad" role="alert">
        {trouble}
      </p>
    </section>
  );
}

/** A question with the thing to do named on its button; the focus begins on the way back. */
export function Confirm({ title, yes, bad = false, busy = false, close, run, children }: { title: string; yes: string; bad?: boolean; busy?: boolean; close: () => void; run: () => void; children: ComponentChildren }): VNode {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    box.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      box.current?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class="modal"
      aria-labelledby="confirm-title"
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
    >
      <div class="modal-in">
        <header>
          <h2 id="confirm-title">{title}</h2>
          <button type="button" class="btn bare ico" aria-label={t("close")} onClick={close}>
            <Icon name="x" />
          </button>
        </header>
        <div class="modal-body">
          {children}
          <footer>
            <button type="button" class="btn" data-first onClick={close}>
              {w("cancel")}
            </button>
            <button type="button" class={bad ? "btn bad-do" : "btn pri"} disabled={busy} onClick={run}>
              {yes}
            </button>
          </footer>
        </div>
      </div>
    </dialog>
  );
}
