// Dialogs for what is done to a conversation beside answering it.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { prepend, startLog, type Log } from "../../../web-widget/src/log.ts";
import { canClaim, closeDialog, mark, nameOf, runMacro, say, show, snooze, withPicked } from "../acts.ts";
import { ask as call } from "../http.ts";
import { moment, t } from "../i18n.ts";
import type { Filter } from "../inbox.ts";
import { keep, kept, suggest, type Step } from "../kept.ts";
import * as line from "../line.ts";
import { m } from "../more.ts";
import { about, colleagues, current, currentLog, dialogError, earlier, leads, me, myId, now, picked, inbox } from "../state.ts";
import { entriesOf, isMine, packetOf, turns, type Turn } from "../thread.ts";
import { dateOf, farOff, Foot, FURTHEST, Switch } from "./dialogs.tsx";
import { Icon } from "./icons.tsx";
import { Modal } from "./parts.tsx";
import { TurnView } from "./turns.tsx";
import { departmentName } from "./views.tsx";

// ------------------------------------------------------------ snooze

export function Snooze(): VNode | null {
  const [own, setOwn] = useState("");
  const held = current.value;
  if (!held) return null;
  const until = own === "" ? NaN : new Date(own).getTime();
  return (
    <Modal title={t("act.snooze")}>
      <form
        class="modal-body"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const wrong = own === "" ? m("snooze.say") : farOff(until, now.value);
          dialogError.value = wrong;
          if (wrong === undefined) void snooze(held.c, until);
        }}
      >
        <p class="q2">{m("snooze.lead")}</p>
        <div class="choices">
          {times(now.value).map(([name, at], n) => (
            <button key={name} type="button" class="menu-it" data-first={n === 0 ? "" : undefined} onClick={() => void snooze(held.c, at)}>
              <Icon name="clock" />
              <span class="grow">{m(`snooze.${name}`)}</span>
              <span class="q3 t12">{moment(at, now.value)}</span>
            </button>
          ))}
        </div>
        <label class="field">
          <span>{m("snooze.own")}</span>
          <input type="datetime-local" min={minuteOf(now.value)} max={minuteOf(now.value + FURTHEST)} value={own} onInput={(e) => setOwn(e.currentTarget.value)} />
        </label>
        <Foot error={dialogError.value} submit={t("act.snooze")} />
      </form>
    </Modal>
  );
}

/** `YYYY-MM-DDTHH:MM` where the reader is. */
function minuteOf(at: number): string {
  const date = new Date(at);
  return `${dateOf(at)}T${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
}

/** Where somebody usually wants it back: working hours begin at nine. */
function times(at: number): [name: "hour" | "evening" | "tomorrow" | "monday", at: number][] {
  const on = (days: number, hour: number) => {
    const date = new Date(at);
    date.setDate(date.getDate() + days);
    date.setHours(hour, 0, 0, 0);
    return date.getTime();
  };
  const evening: [name: "evening", at: number][] = new Date(at).getHours() < 16 ? [["evening", on(0, 17)]] : [];
  const toMonday = (8 - new Date(at).getDay()) % 7 || 7;
  return [["hour", at + 3_600_000], ...evening, ["tomorrow", on(1, 9)], ...(toMonday > 1 ? [["monday", on(toMonday, 9)] as [name: "monday", at: number]] : [])];
}

// ------------------------------------------------------------ labels

export function Labels(): VNode | null {
  const held = current.value;
  // Beside the drawing: a second Enter may come before the first one is drawn.
  const chosen = useRef<readonly string[]>(held?.labels ?? []);
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState("");
  const [, drawn] = useState(0);
  if (!held) return null;
  const own = chosen.current;
  const known = kept.value.labels.map((one) => one.label);
  const offered = [...new Set([...own, ...known])].filter((one) => one.toLocaleLowerCase().includes(typed.trim().toLocaleLowerCase())).slice(0, 20);
  const set = (label: string, on: boolean) => {
    chosen.current = on ? [...new Set([...chosen.current, label])].sort() : chosen.current.filter((one) => one !== label);
    drawn((n) => n + 1);
  };

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const added = field.current?.value.trim() ?? "";
    // Enter behind a word adds it; Enter in the empty field is done.
    if (added !== "") {
      set(added, true);
      if (field.current) field.current.value = "";
      return setTyped("");
    }
    if (held && (await mark(held.c, { labels: [...chosen.current] }))) closeDialog();
  }

  return (
    <Modal title={t("act.labels")}>
      <form class="modal-body" onSubmit={(event) => void submit(event)}>
        <label class="field">
          <span>{m("labels.find")}</span>
          <input ref={field} type="text" value={typed} maxLength={40} autocomplete="off" onInput={(e) => setTyped(e.currentTarget.value)} />
        </label>
        <fieldset class="checks">
          <legend>{m("labels.known")}</legend>
          {offered.map((label) => (
            <label key={label}>
              <input type="checkbox" checked={own.includes(label)} onChange={(e) => set(label, e.currentTarget.checked)} />
              <span class="chip lbl">{label}</span>
            </label>
          ))}
          {offered.length === 0 && <p class="q3">{typed.trim() ? m("labels.new", { label: typed.trim() }) : m("labels.none")}</p>}
        </fieldset>
        <Foot error={own.length > 20 ? m("labels.many") : dialogError.value} submit={typed.trim() ? m("labels.add") : t("save")} />
      </form>
    </Modal>
  );
}

// ------------------------------------------------------------ macros

export function Macros(): VNode {
  const [typed, setTyped] = useState("");
  const found = kept.value.macros.filter((one) => one.title.toLocaleLowerCase().includes(typed.trim().toLocaleLowerCase()));
  return (
    <Modal title={t("act.macros")}>
      <form
        class="modal-body"
        onSubmit={(event) => {
          event.preventDefault();
          if (found[0]) void runMacro(found[0]);
        }}
      >
        <label class="field">
          <span>{m("macros.find")}</span>
          <input type="text" value={typed} autocomplete="off" onInput={(e) => setTyped(e.currentTarget.value)} />
        </label>
        <div class="choices">
          {found.map((one) => (
            <button key={one.id} type="button" class="menu-it" onClick={() => void runMacro(one)}>
              <Icon name="bolt" />
              <span class="grow">
                {one.title}
                <span class="q3 t12">{one.steps.map(stepWords).join(" · ")}</span>
              </span>
            </button>
          ))}
        </div>
        {found.length === 0 && <p class="q3">{m("macros.none")}</p>}
      </form>
    </Modal>
  );
}

export function stepWords(step: Step): string {
  if ("reply" in step) return m("step.reply");
  if ("label" in step) return m("step.label", { label: step.label });
  if ("department" in step) return m("step.department", { name: departmentName(step.department) });
  if ("priority" in step) return m("step.priority", { priority: t(`priority.${step.priority}`) });
  if ("snooze_minutes" in step) return m("step.snooze", { n: step.snooze_minutes });
  return m("step.resolve");
}

// ------------------------------------------------------------ block

const HOURS = [1, 24, 168, 0] as const;

export function Block(): VNode | null {
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState<number>(24);
  const [trouble, setTrouble] = useState<string>();
  const held = current.value;
  if (!held) return null;

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const said = reason.trim();
    if (said === "") return setTrouble(m("block.say"));
    const answer = await call(`visitors/${encodeURIComponent(held?.visitor?.id ?? "")}/block`, "POST", { reason: said, ...(hours > 0 ? { hours } : {}) });
    if (answer.type !== "ok") return setTrouble(m(`trouble.${answer.type}`));
    closeDialog();
    say(m("block.done"));
  }

  return (
    <Modal title={t("act.block")}>
      <form class="modal-body" onSubmit={(event) => void submit(event)}>
        <p class="q2">{m("block.lead", { name: nameOf(held) })}</p>
        <label class="field">
          <span>{m("block.reason")}</span>
          <input type="text" value={reason} maxLength={200} onInput={(e) => setReason(e.currentTarget.value)} />
        </label>
        <fieldset class="pick">
          <legend>{m("block.long")}</legend>
          {HOURS.map((n) => (
            <label key={n}>
              <input type="radio" name="hours" checked={hours === n} onChange={() => setHours(n)} />
              <span>{m(`block.${n}`)}</span>
            </label>
          ))}
        </fieldset>
        <Foot error={trouble} submit={t("act.block")} />
      </form>
    </Modal>
  );
}

// ------------------------------------------------------------ all that were picked

const DEEDS = ["claim", "label", "department", "priority", "snooze", "queue", "resolve"] as const;

export function Bulk(): VNode {
  const [deed, setDeed] = useState<(typeof DEEDS)[number]>("label");
  const [label, setLabel] = useState("");
  const [department, setDepartment] = useState(me.value?.all_departments[0] ?? "");
  const [priority, setPriority] = useState<"normal" | "high" | "urgent">("high");
  const [hours, setHours] = useState(4);
  const [reason, setReason] = useState("answered");
  const all = [...picked.value].map((c) => inbox.value.all.get(c)).filter((held) => held !== undefined);
  const mine = all.filter((held) => isMine(held, myId.value)).length;
  const open = all.filter(canClaim).length;
  const can = { claim: open, label: all.length, department: mine, priority: all.length, snooze: mine, queue: mine, resolve: mine };

  function submit(event: Event): void {
    event.preventDefault();
    if (deed === "label" && label.trim() === "") return;
    void withPicked((held) => {
      const { c, ver } = held;
      switch (deed) {
        case "claim":
          return line.ask({ type: "claim", c, ver });
        case "label":
          return line.ask({ type: "mark", c, labels: [...new Set([...(held.labels ?? []), label.trim()])].sort() });
        case "priority":
          return line.ask({ type: "mark", c, priority });
        case "snooze":
          return line.ask({ type: "mark", c, snooze: now.value + hours * 3_600_000 });
        case "department":
          return line.ask({ type: "transfer", c, ver, to: { department } });
        case "queue":
          return line.ask({ type: "release", c, ver, to: "queue" });
        case "resolve":
          return line.ask({ type: "resolve", c, ver, reason });
      }
    });
  }

  return (
    <Modal title={m("bulk.title", { n: all.length })}>
      <form class="modal-body" onSubmit={submit}>
        <fieldset class="pick">
          <legend>{m("bulk.what")}</legend>
          {DEEDS.map((one) => (
            <label key={one}>
              <input type="radio" name="deed" checked={deed === one} disabled={can[one] === 0} onChange={() => setDeed(one)} />
              <span>{m(`bulk.${one}`)}</span>
              {can[one] < all.length && <span class="q3 t12">{m("bulk.only", { n: can[one] })}</span>}
            </label>
          ))}
        </fieldset>
        {deed === "label" && (
          <label class="field">
            <span>{m("labels.find")}</span>
            <input type="text" value={label} maxLength={40} list="known-labels" onInput={(e) => setLabel(e.currentTarget.value)} />
            <datalist id="known-labels">
              {kept.value.labels.map((one) => (
                <option key={one.label} value={one.label} />
              ))}
            </datalist>
          </label>
        )}
        {deed === "department" && <Choose label={t("vis.department")} value={department} change={setDepartment} options={(me.value?.all_departments ?? []).map((name) => [name, departmentName(name)])} />}
        {deed === "priority" && <Choose label={m("priority")} value={priority} change={(value) => setPriority(value as typeof priority)} options={(["normal", "high", "urgent"] as const).map((name) => [name, t(`priority.${name}`)])} />}
        {deed === "snooze" && (
          <label class="field">
            <span>{m("bulk.hours")}</span>
            <input type="number" min={1} max={720} value={hours} onInput={(e) => setHours(Number(e.currentTarget.value) || 1)} />
          </label>
        )}
        {deed === "resolve" && <Choose label={t("resolve.reason")} value={reason} change={setReason} options={(["answered", "done", "elsewhere", "silent", "spam"] as const).map((name) => [name, t(`resolve.${name}`)])} />}
        <Foot error={dialogError.value} submit={m("bulk.do")} />
      </form>
    </Modal>
  );
}

export function Choose({ label, value, change, options, hint }: { label: string; value: string; change: (value: string) => void; options: readonly (readonly [string, string])[]; hint?: string }): VNode {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(e) => change(e.currentTarget.value)}>
        {options.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
      {hint && <span class="q3 t12">{hint}</span>}
    </label>
  );
}

// ------------------------------------------------------------ a view of one's own

export function SaveView(): VNode {
  const [title, setTitle] = useState("");
  const [filter, setFilter] = useState<Filter>({});
  const [shared, setShared] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const put = (name: keyof Filter, value: string | number | undefined) => {
    const { [name]: _old, ...rest } = filter;
    setFilter(value === undefined || value === "" ? rest : ({ ...rest, [name]: value } as Filter));
  };

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (title.trim() === "") return setTrouble(m("view.name.say"));
    const answer = await keep("views", undefined, { title: title.trim(), filter }, shared);
    if (answer.type !== "ok") return setTrouble(m(`trouble.${answer.type}`));
    const found = kept.value.views.find((one) => one.title === title.trim());
    closeDialog();
    if (found) show({ kind: "saved", id: found.id, title: found.title, filter: found.filter });
  }

  return (
    <Modal title={t("views.save")}>
      <form class="modal-body" onSubmit={(event) => void submit(event)}>
        <label class="field">
          <span>{m("view.name")}</span>
          <input type="text" value={title} maxLength={60} onInput={(e) => setTitle(e.currentTarget.value)} />
        </label>
        <FilterFields filter={filter} put={put} />
        {leads.value && <Switch label={m("shared")} hint={m("shared.hint")} on={shared} change={setShared} />}
        <Foot error={trouble} submit={t("save")} />
      </form>
    </Modal>
  );
}

export function FilterFields({ filter, put }: { filter: Filter; put: (name: keyof Filter, value: string | number | undefined) => void }): VNode {
  const any = ["", m("any")] as const;
  const people = [...colleagues.value.values()].map(({ id, name }) => [id, name] as const);
  return (
    <div class="two">
      <Choose label={m("filter.state")} value={filter.state ?? ""} change={(value) => put("state", value)} options={[any, ...(["waiting", "assigned", "snoozed", "bot", "closed"] as const).map((name) => [name, m(`state.${name}`)] as const)]} />
      <Choose label={t("vis.department")} value={filter.department ?? ""} change={(value) => put("department", value)} options={[any, ...(me.value?.all_departments ?? []).map((name) => [name, departmentName(name)] as const)]} />
      <Choose label={m("filter.label")} value={filter.label ?? ""} change={(value) => put("label", value)} options={[any, ...[...new Set([...kept.value.labels.map((one) => one.label), ...(filter.label ? [filter.label] : [])])].map((name) => [name, name] as const)]} />
      <Choose label={m("priority")} value={filter.priority ?? ""} change={(value) => put("priority", value)} options={[any, ...(["normal", "high", "urgent"] as const).map((name) => [name, t(`priority.${name}`)] as const)]} />
      <Choose label={m("filter.agent")} value={filter.agent ?? ""} change={(value) => put("agent", value)} options={[any, ["me", t("you")], ...people]} />
      <label class="field">
        <span>{m("filter.language")}</span>
        <input type="text" value={filter.language ?? ""} maxLength={12} placeholder="de" onInput={(e) => put("language", e.currentTarget.value.trim())} />
      </label>
      <label class="field">
        <span>{m("filter.older")}</span>
        <input type="number" min={0} value={filter.older_than_minutes ?? ""} onInput={(e) => put("older_than_minutes", e.currentTarget.value === "" ? undefined : Number(e.currentTarget.value))} />
      </label>
    </div>
  );
}

// ------------------------------------------------------------ for the editors

type Better = "should_have" | "make_answer" | "wording";

/** A word to those who write the content. Nothing that visitors see changes by it. */
export function Improve(): VNode | null {
  const seq = about.value;
  const ev = entriesOf(currentLog.value).find((one) => one.seq === seq);
  const said = ev && "text" in ev.body ? (ev.body.text ?? "") : "";
  const [kind, setKind] = useState<Better>(ev?.from.kind === "agent" ? "make_answer" : "should_have");
  const [target, setTarget] = useState("");
  const [text, setText] = useState(ev?.from.kind === "agent" ? said : "");
  const [note, setNote] = useState("");
  const [trouble, setTrouble] = useState<string>();
  const [found, setFound] = useState<readonly { id: string; title: string }[]>([]);
  const c = current.value?.c;
  // What the engine thinks of these words is the likeliest to be meant.
  useEffect(() => {
    if (c && said) void suggest(c, said).then(setFound);
  }, [c, seq]);
  if (!ev || !c) return null;
  const candidates = [...found, ...(packetOf(currentLog.value)?.packet.candidates ?? [])].filter((one, at, all) => all.findIndex(({ id }) => id === one.id) === at);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (kind === "should_have" ? target.trim() === "" : text.trim() === "") return setTrouble(m(kind === "should_have" ? "improve.say.target" : "improve.say.text"));
    const answer = await call("suggestions", "POST", { c, seq, kind, ...(target.trim() ? { target: target.trim() } : {}), ...(text.trim() ? { text: text.trim() } : {}), ...(note.trim() ? { note: note.trim() } : {}) });
    if (answer.type !== "ok") return setTrouble(answer.type === "wrong" ? m("improve.unknown") : m(`trouble.${answer.type}`));
    closeDialog();
    say(m("improve.done"));
  }

  return (
    <Modal title={t("turn.improve")}>
      <form class="modal-body" onSubmit={(event) => void submit(event)}>
        <q class="kept-text q2" dir="auto">
          {said}
        </q>
        <fieldset class="pick">
          <legend>{m("improve.what")}</legend>
          {(["should_have", "make_answer", "wording"] as const).map((one) => (
            <label key={one}>
              <input type="radio" name="better" checked={kind === one} onChange={() => setKind(one)} />
              <span>{m(`improve.${one}`)}</span>
            </label>
          ))}
        </fieldset>
        {kind !== "make_answer" && (
          <label class="field">
            <span>{m("improve.target")}</span>
            <input type="text" value={target} list="intents" maxLength={120} onInput={(e) => setTarget(e.currentTarget.value)} />
            <datalist id="intents">
              {candidates.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.title}
                </option>
              ))}
            </datalist>
          </label>
        )}
        {kind !== "should_have" && (
          <label class="field">
            <span>{m("improve.text")}</span>
            <textarea rows={4} value={text} maxLength={4000} onInput={(e) => setText(e.currentTarget.value)} />
          </label>
        )}
        <label class="field">
          <span>{m("improve.note")}</span>
          <input type="text" value={note} maxLength={1000} onInput={(e) => setNote(e.currentTarget.value)} />
        </label>
        <Foot error={trouble} submit={m("improve.send")} />
      </form>
    </Modal>
  );
}

// ------------------------------------------------------------ what was before

/** An earlier conversation, to read. */
export function Earlier(): VNode | null {
  const c = earlier.value;
  const [log, setLog] = useState<Log>();
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);

  /** The newest page, then the one before it, and so on. */
  async function page(): Promise<void> {
    if (!c) return;
    setBusy(true);
    const res = await line.ask({ type: "fetch", c, limit: 200, ...(log ? { before: log.before + 1 } : {}) });
    setBusy(false);
    setFailed(!res.ok);
    if (res.ok && "events" in res && res.events) setLog(prepend(log ?? startLog(c), res.events));
  }
  useEffect(() => void page(), [c]);
  const list: readonly Turn[] | undefined = log && turns(log, [], [], myId.value);
  return (
    <Modal title={m("earlier.title")} wide>
      <div class="modal-body earlier" tabIndex={0} role="region" aria-label={m("earlier.title")}>
        {log && log.before > 0 && (
          <button type="button" class="btn older" disabled={busy} onClick={() => void page()}>
            {m("earlier.more")}
          </button>
        )}
        {list?.map((turn) => (
          <TurnView key={turn.key} turn={turn} state={undefined} plain />
        ))}
        {list?.length === 0 && <p class="q3">{m("earlier.none")}</p>}
        {failed && (
          <p class="bad" role="alert">
            {m("trouble.missing")}
          </p>
        )}
        {!list && !failed && <p role="status">{t("conversation.loading")}</p>}
      </div>
    </Modal>
  );
}

