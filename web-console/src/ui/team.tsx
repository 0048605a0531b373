// What the team keeps for its work: canned replies, macros, views, wording; the departments; and what was told to the editors.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { wordsIn, type Canned, type Words } from "../canned.ts";
import { ask } from "../http.ts";
import { lang, languageName, moment, t } from "../i18n.ts";
import { drop, keep, kept, load, type Department, type Kind, type Macro, type SavedView, type Step, type Wording } from "../kept.ts";
import { m } from "../more.ts";
import { chats, leads, me, myId, now, part, person } from "../state.ts";
import { Choose, FilterFields, stepWords } from "./deeds.tsx";
import { Switch } from "./dialogs.tsx";
import { Icon } from "./icons.tsx";
import { Field, PageFrame, Parts, troubleOf } from "./parts-page.tsx";
import { departmentName } from "./views.tsx";

const PARTS = ["canned", "macros", "views", "wording", "departments", "suggestions"] as const;

export function Team(): VNode {
  // What is kept for chats is for those who read them.
  const parts = chats.value ? PARTS : (["suggestions"] as const);
  const at = (parts as readonly string[]).includes(part.value) ? part.value : parts[0];
  return (
    <PageFrame title={t("rail.team")}>
      <Parts place="team" parts={parts} at={at} />
      {at === "departments" ? <Departments /> : at === "suggestions" ? <Suggestions /> : <Shelf key={at} kind={at as Kind} />}
    </PageFrame>
  );
}

type Item = Canned | Macro | SavedView | Wording;

/** One kind: what there is on the left, one of them to be edited on the right. */
function Shelf({ kind }: { kind: Kind }): VNode {
  const [open, setOpen] = useState<Item | "new">();
  const [find, setFind] = useState("");
  const all = (kept.value[kind] as Item[]).filter((one) => lineOf(one).join(" ").toLocaleLowerCase().includes(find.trim().toLocaleLowerCase()));
  return (
    <div class="shelf">
      <section class="shelf-list" aria-label={m(`part.${kind}`)}>
        <div class="shelf-head">
          <label class="find-in">
            <Icon name="search" size={14} />
            <input type="search" aria-label={m("find")} placeholder={m("find")} value={find} onInput={(e) => setFind(e.currentTarget.value)} />
          </label>
          <button type="button" class="btn pri" onClick={() => setOpen("new")}>
            <Icon name="plus" size={14} /> {m("new")}
          </button>
        </div>
        <ul>
          {all.map((one) => {
            const [name, more] = lineOf(one);
            const on = open !== "new" && open?.id === one.id;
            return (
              <li key={one.id}>
                <button type="button" class={on ? "shelf-it on" : "shelf-it"} aria-current={on ? "true" : undefined} onClick={() => setOpen(one)}>
                  <span class="row">
                    <b class="cut">{name}</b>
                    <span class="grow" />
                    {"enabled" in one && !one.enabled && <span class="chip">{m("off")}</span>}
                    <span class="chip">{m(one.fixed ? ("enabled" in one ? "of.program" : "of.content") : one.shared ? "of.all" : "of.mine")}</span>
                  </span>
                  <span class="cut q3 t12">{more}</span>
                </button>
              </li>
            );
          })}
        </ul>
        {all.length === 0 && <p class="none q3">{find ? m("found.none") : m(`none.${kind}`)}</p>}
      </section>
      <section class="shelf-one" aria-label={m("edit")}>
        {open === undefined ? <p class="empty q3">{m(`about.${kind}`)}</p> : <Edit key={open === "new" ? "new" : open.id} kind={kind} item={open === "new" ? undefined : open} done={() => setOpen(undefined)} />}
      </section>
    </div>
  );
}

function lineOf(one: Item): [name: string, more: string] {
  if ("shortcut" in one) return [`/${one.shortcut}  ${one.title}`, wordsIn(one.text, undefined)];
  if ("steps" in one) return [one.title, one.steps.map(stepWords).join(" · ")];
  if ("filter" in one) return [one.title, Object.values(one.filter).join(" · ")];
  const named = /(shouting|silence)-\w+$/.exec(one.id)?.[1] as "shouting" | "silence" | undefined;
  return [named ? `${m(`rule.${named}`)} (${languageName(one.language ?? one.id.slice(-2))})` : one.words?.slice(0, 4).join(", ") || one.pattern || "", one.hint ?? ""];
}

const EMPTY: Record<Kind, object> = {
  canned: { shortcut: "", title: "", text: "" },
  macros: { title: "", steps: [{ reply: "" }] },
  views: { title: "", filter: {} },
  wording: { words: [], hint: "", enabled: true },
};

function Edit({ kind, item, done }: { kind: Kind; item: Item | undefined; done: () => void }): VNode {
  const [body, setBody] = useState<Record<string, unknown>>(() => bodyOf(item) ?? { ...EMPTY[kind] });
  const [shared, setShared] = useState(item?.shared ?? false);
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  // What all share is changed by those who lead; what comes with program or content, by nobody here, but a rule can be switched.
  const isSwitch = kind === "wording" && item?.fixed === true;
  const readOnly = item !== undefined && (isSwitch ? !leads.value : item.fixed === true || (item.shared && !leads.value));
  const put = (change: Record<string, unknown>) => setBody({ ...body, ...change });

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    const answer = await keep(kind, item?.id, isSwitch ? { enabled: body["enabled"] } : body, shared);
    setBusy(false);
    setTrouble(answer.type === "conflict" ? m("shortcut.taken") : answer.type === "wrong" ? m("form.wrong") : troubleOf(answer));
    if (answer.type === "ok") done();
  }

  async function remove(): Promise<void> {
    const answer = await drop(kind, item?.id ?? "");
    setTrouble(troubleOf(answer));
    if (answer.type === "ok") done();
  }

  return (
    <form class="shelf-form" onSubmit={(event) => void save(event)}>
      <fieldset class="plain-set" disabled={readOnly}>
        {kind === "canned" && <CannedFields body={body as unknown as Canned} put={put} />}
        {kind === "macros" && <MacroFields body={body as unknown as Macro} put={put} />}
        {kind === "views" && (
          <>
            <Field label={m("view.name")}>
              <input type="text" required maxLength={100} value={String(body["title"])} onInput={(e) => put({ title: e.currentTarget.value })} />
            </Field>
            <FilterFields
              filter={(body as unknown as SavedView).filter}
              put={(name, value) => {
                const { [name]: _old, ...rest } = (body as unknown as SavedView).filter;
                put({ filter: value === undefined || value === "" ? rest : { ...rest, [name]: value } });
              }}
            />
          </>
        )}
        {kind === "wording" && <WordingFields body={body as unknown as Wording} put={put} fixed={isSwitch} />}
        {item === undefined && leads.value && <Switch label={m("shared")} hint={m("shared.hint")} on={shared} change={setShared} />}
      </fieldset>
      {readOnly && <p class="said">{m(item?.fixed ? (kind === "wording" ? "fixed.rule" : "fixed.content") : "fixed.shared")}</p>}
      <footer class="form-foot">
        <span class="grow bad" role="alert">
          {trouble}
        </span>
        {item && !item.fixed && !readOnly && (
          <button type="button" class="btn bare bad" onClick={() => void remove()}>
            {m("delete")}
          </button>
        )}
        <button type="button" class="btn" onClick={done}>
          {t("cancel")}
        </button>
        {!readOnly && (
          <button class="btn pri" disabled={busy}>
            {t("save")}
          </button>
        )}
      </footer>
    </form>
  );
}

/** Without what the server adds. */
function bodyOf(item: Item | undefined): Record<string, unknown> | undefined {
  if (!item) return undefined;
  const { id: _id, shared: _shared, fixed: _fixed, updated_at: _at, by: _by, file: _file, ...body } = item as Item & { updated_at?: number; by?: string; file?: string };
  return body;
}

function CannedFields({ body, put }: { body: Canned; put: (change: Record<string, unknown>) => void }): VNode {
  return (
    <>
      <div class="two">
        <Field label={m("canned.shortcut")} hint={m("canned.shortcut.hint")}>
          <input type="text" required maxLength={40} pattern="[\p{L}\p{N}_\-]+" value={body.shortcut} onInput={(e) => put({ shortcut: e.currentTarget.value })} />
        </Field>
        <Field label={m("title")}>
          <input type="text" required maxLength={100} value={body.title} onInput={(e) => put({ title: e.currentTarget.value })} />
        </Field>
      </div>
      <Texts words={body.text} change={(text) => put({ text })} />
      <p class="q3 t12">
        {m("canned.variables")} {["visitor.name", "agent.name", ...Object.keys(kept.value.variables)].map((name) => `{{ ${name} }}`).join("  ")}
      </p>
      <Choose label={t("vis.department")} value={body.department ?? ""} change={(value) => put({ department: value === "" ? undefined : value })} options={[["", m("any")], ...(me.value?.all_departments ?? []).map((name) => [name, departmentName(name)] as const)]} />
    </>
  );
}

/** One text, or one for each language. */
function Texts({ words, change, rows = 5 }: { words: Words; change: (words: Words) => void; rows?: number }): VNode {
  const [added, setAdded] = useState("");
  const all = typeof words === "string" ? { "": words } : words;
  const put = (language: string, text: string) => change(language === "" ? text : { ...(all as Record<string, string>), [language]: text });
  return (
    <>
      {Object.entries(all).sort(([a], [b]) => Number(b === lang.value) - Number(a === lang.value)).map(([language, text]) => (
        <Field key={language} label={language === "" ? m("text") : m("text.in", { language: languageName(language) })}>
          <textarea rows={rows} required maxLength={4000} dir="auto" lang={language || undefined} value={text} onInput={(e) => put(language, e.currentTarget.value)} />
        </Field>
      ))}
      <div class="row">
        <label class="inline">
          <span class="sr">{m("text.language")}</span>
          <input type="text" class="tiny" maxLength={12} placeholder="de" value={added} onInput={(e) => setAdded(e.currentTarget.value)} />
        </label>
        <button
          type="button"
          class="btn"
          disabled={!/^[a-z]{2,3}(-\w+)?$/i.test(added.trim())}
          onClick={() => {
            const tag = added.trim();
            change(typeof words === "string" ? { [lang.value]: words, [tag]: "" } : { ...words, [tag]: "" });
            setAdded("");
          }}
        >
          {m("text.add")}
        </button>
      </div>
    </>
  );
}

const STEPS = ["reply", "label", "department", "priority", "snooze_minutes", "resolve"] as const;

function MacroFields({ body, put }: { body: Macro; put: (change: Record<string, unknown>) => void }): VNode {
  const change = (at: number, step: Step | undefined) => put({ steps: body.steps.flatMap((one, n) => (n === at ? (step ? [step] : []) : [one])) });
  return (
    <>
      <Field label={m("title")}>
        <input type="text" required maxLength={100} value={body.title} onInput={(e) => put({ title: e.currentTarget.value })} />
      </Field>
      <ol class="steps">
        {body.steps.map((step, at) => {
          const kind = Object.keys(step)[0] as (typeof STEPS)[number];
          return (
            <li key={at} class="step">
              <Choose label={m("step", { n: at + 1 })} value={kind} change={(value) => change(at, emptyStep(value as (typeof STEPS)[number]))} options={STEPS.map((one) => [one, m(`step.of.${one}`)])} />
              <StepValue step={step} change={(next) => change(at, next)} />
              <button type="button" class="btn bare ico" aria-label={m("step.remove", { n: at + 1 })} onClick={() => change(at, undefined)}>
                <Icon name="x" />
              </button>
            </li>
          );
        })}
      </ol>
      <button type="button" class="btn" onClick={() => put({ steps: [...body.steps, { label: "" }] })}>
        <Icon name="plus" size={14} /> {m("step.add")}
      </button>
    </>
  );
}

function emptyStep(kind: (typeof STEPS)[number]): Step {
  switch (kind) {
    case "reply":
      return { reply: "" };
    case "label":
      return { label: "" };
    case "department":
      return { department: me.value?.all_departments[0] ?? "" };
    case "priority":
      return { priority: "high" };
    case "snooze_minutes":
      return { snooze_minutes: 60 };
    case "resolve":
      return { resolve: "answered" };
  }
}

function StepValue({ step, change }: { step: Step; change: (step: Step) => void }): VNode {
  if ("reply" in step) {
    return (
      <div class="texts">
        <Texts words={step.reply} change={(reply) => change({ reply })} rows={3} />
      </div>
    );
  }
  if ("label" in step) {
    return (
      <Field label={m("filter.label")}>
        <input type="text" required maxLength={40} value={step.label} onInput={(e) => change({ label: e.currentTarget.value })} />
      </Field>
    );
  }
  if ("department" in step) return <Choose label={t("vis.department")} value={step.department} change={(department) => change({ department })} options={(me.value?.all_departments ?? []).map((name) => [name, departmentName(name)])} />;
  if ("priority" in step) return <Choose label={m("priority")} value={step.priority} change={(priority) => change({ priority: priority as "high" })} options={(["normal", "high", "urgent"] as const).map((name) => [name, t(`priority.${name}`)])} />;
  if ("snooze_minutes" in step) {
    return (
      <Field label={m("minutes")}>
        <input type="number" required min={1} max={527040} value={step.snooze_minutes} onInput={(e) => change({ snooze_minutes: Number(e.currentTarget.value) })} />
      </Field>
    );
  }
  return <Choose label={t("resolve.reason")} value={step.resolve} change={(resolve) => change({ resolve })} options={(["answered", "done", "elsewhere", "silent", "spam"] as const).map((name) => [name, t(`resolve.${name}`)])} />;
}

function WordingFields({ body, put, fixed }: { body: Wording; put: (change: Record<string, unknown>) => void; fixed: boolean }): VNode {
  return (
    <>
      <fieldset class="plain-set" disabled={fixed}>
        <Field label={m("wording.words")} hint={m("wording.words.hint")}>
          <textarea rows={4} value={(body.words ?? []).join("\n")} onInput={(e) => put({ words: e.currentTarget.value.split("\n").filter((line) => line.trim() !== "") })} />
        </Field>
        <Field label={m("wording.hint")}>
          <input type="text" required maxLength={200} value={body.hint ?? ""} onInput={(e) => put({ hint: e.currentTarget.value })} />
        </Field>
        <Field label={m("filter.language")}>
          <input type="text" maxLength={12} value={body.language ?? ""} placeholder={m("any")} onInput={(e) => put({ language: e.currentTarget.value.trim() || undefined })} />
        </Field>
      </fieldset>
      <Switch label={m("wording.on")} on={body.enabled} change={(enabled) => put({ enabled })} />
    </>
  );
}

// ------------------------------------------------------------ departments

function Departments(): VNode {
  return (
    <div class="page-in">
      <p class="said">{m("departments.where")}</p>
      <div class="scroll-x" tabIndex={0} role="region" aria-label={m("part.departments")}>
      <table class="grid">
        <thead>
          <tr>
            <th>{t("vis.department")}</th>
            <th>{m("dep.open")}</th>
            <th>{m("dep.hours")}</th>
            <th>{m("dep.target")}</th>
            <th>{m("dep.overflow")}</th>
            <th>{m("dep.chats")}</th>
          </tr>
        </thead>
        <tbody>
          {kept.value.departments.map((one) => (
            <DepartmentRow key={one.name} one={one} />
          ))}
        </tbody>
      </table>
      </div>
      <section class="edit-where" aria-labelledby="edit-where">
        <h3 id="edit-where">{m("where.title")}</h3>
        <dl class="kv">
          {WHERE.map(([what, key]) => (
            <>
              <dt>{m(`where.${what}`)}</dt>
              <dd class="mono">{key}</dd>
            </>
          ))}
        </dl>
        <p class="q3 t12">{m("where.file")}</p>
      </section>
    </div>
  );
}

/** Keys of `deskbell.toml` in the folder of the content. */
const WHERE = [
  ["names", "departments = […]"],
  ["hours", "[hours]"],
  ["own", "[department.NAME]  hours"],
  ["holidays", "[[holidays]]"],
  ["target", "[department.NAME]  target"],
  ["overflow", "[department.NAME]  overflow, max_waiting"],
] as const;

function DepartmentRow({ one }: { one: Department }): VNode {
  const [trouble, setTrouble] = useState<string>();
  async function pause(): Promise<void> {
    const answer = await ask(`departments/${encodeURIComponent(one.name)}/pause`, "PUT", { paused: !one.paused });
    setTrouble(troubleOf(answer));
    await load();
  }
  return (
    <tr>
      <th scope="row">{departmentName(one.name)}</th>
      <td>{one.open ? m("dep.is.open") : one.opens_at ? m("dep.opens", { time: moment(one.opens_at, now.value) }) : m("dep.is.closed")}</td>
      <td>{one.hours || "–"}</td>
      <td>{one.target ? m("dep.target.is", { seconds: one.target.seconds, percent: Math.round(one.target.share * 100) }) : "–"}</td>
      <td>{one.overflow ? m("dep.overflow.is", { name: departmentName(one.overflow.to), n: one.overflow.after_minutes }) : "–"}</td>
      <td>
        <span class="row">
        {one.paused ? <span class="chip warn">{m("paused")}</span> : m("dep.taking")}
        {leads.value && (
          <button type="button" class="btn" onClick={() => void pause()} aria-label={m(one.paused ? "unpause.this" : "pause.this", { name: departmentName(one.name) })}>
            {m(one.paused ? "unpause" : "pause")}
          </button>
        )}
        </span>
        <span class="bad" role="alert">
          {trouble}
        </span>
      </td>
    </tr>
  );
}

// ------------------------------------------------------------ for the editors

type Told = { id: number | string; c: string; seq: number; kind: "should_have" | "make_answer" | "wording"; target?: string; text?: string; note?: string; at: number; by?: { id: string; name?: string | null }; said?: string };

function Suggestions(): VNode {
  const [list, setList] = useState<readonly Told[]>();
  const [trouble, setTrouble] = useState<string>();
  async function fetchAll(): Promise<void> {
    const answer = await ask<{ suggestions: Told[] }>("suggestions");
    setTrouble(troubleOf(answer));
    if (answer.type === "ok") setList(answer.value.suggestions);
  }
  async function done(id: Told["id"]): Promise<void> {
    setTrouble(troubleOf(await ask(`suggestions/${encodeURIComponent(id)}`, "DELETE")));
    await fetchAll();
  }
  useEffect(() => void fetchAll(), []);
  const edits = ["editor", "admin"].includes(me.value?.role ?? person.value?.role ?? "");
  const nameOf = (by: Told["by"]) => (by === undefined ? "" : by.id === myId.value ? t("you") : (by.name ?? by.id));
  return (
    <div class="page-in">
      <p class="said">{m(edits ? "told.about.edit" : "told.about")}</p>
      <ul class="told">
        {list?.map((one) => (
          <li key={one.id} class="card">
            <div class="row">
              <span class="chip acc">{m(`improve.${one.kind}`)}</span>
              {one.target && <span class="mono">{one.target}</span>}
              <span class="grow" />
              <span class="q3 t12">
                {nameOf(one.by)} {moment(one.at, now.value)}
              </span>
            </div>
            {one.said && (
              <q class="q2" dir="auto">
                {one.said}
              </q>
            )}
            {one.text && (
              <p dir="auto" class="plain">
                {one.text}
              </p>
            )}
            {one.note && <p class="q2">{one.note}</p>}
            <div class="row">
              {chats.value && (
                <a class="l" href={`#c=${one.c}`}>
                  {m("told.open")}
                </a>
              )}
              <span class="grow" />
              <button type="button" class="btn" onClick={() => void done(one.id)}>
                {m("told.done")}
              </button>
            </div>
          </li>
        ))}
      </ul>
      {list?.length === 0 && <p class="q3">{m("told.none")}</p>}
      <p class="bad" role="alert">
        {trouble}
      </p>
    </div>
  );
}
