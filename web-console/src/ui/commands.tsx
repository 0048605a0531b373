// The command bar: what can be done here, and where one can go, by typing a few letters of it.

import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { canClaim, canReopen, canTakeOver, claim, closeDialog, go, insertSuggested, logout, nameOf, openDialog, release, reopen, runMacro, select, show, write } from "../acts.ts";
import { many, t } from "../i18n.ts";
import { keyOf, type Command } from "../keys.ts";
import { setPresence } from "../line.ts";
import { kept } from "../kept.ts";
import { prefs } from "../prefs.ts";
import { chats, colleagues, current, currentLog, edits, inbox, leads, me, myId, person, saved } from "../state.ts";
import { isMine, packetOf } from "../thread.ts";
import { Icon, type IconName } from "./icons.tsx";
import { BENCH, departmentName, PRESENCES, VIEWS } from "./views.tsx";

type Entry = { group: "here" | "go" | "you"; label: string; icon: IconName; end?: string | undefined; run: () => void };

/** More is a list to read, not one to pick from. */
const MOST = 40;

export function Commands(): VNode {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const entries = found(typed.trim());
  const index = Math.min(at, entries.length - 1);

  // Before the next key: what is typed right behind Ctrl K belongs into the field.
  useLayoutEffect(() => {
    box.current?.showModal();
    field.current?.focus();
    return () => box.current?.close();
  }, []);
  useLayoutEffect(() => document.getElementById(`cmd-${index}`)?.scrollIntoView({ block: "nearest" }), [index]);

  function run(entry: Entry | undefined): void {
    if (!entry) return;
    closeDialog();
    // The dialog gives the focus back first; what the command focuses comes after it.
    setTimeout(entry.run, 0);
  }

  function onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") setAt(Math.min(entries.length - 1, index + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, index - 1));
    else if (event.key === "Enter") run(entries[index]);
    else return;
    event.preventDefault();
  }

  return (
    <dialog
      ref={box}
      class="modal cmd"
      aria-label={t("cmd.label")}
      onCancel={(event) => {
        event.preventDefault();
        closeDialog();
      }}
      onClick={(event) => {
        if (event.target === box.current) closeDialog();
      }}
    >
      <div class="in">
        <Icon name="search" />
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="cmd-list"
          aria-activedescendant={entries.length > 0 ? `cmd-${index}` : undefined}
          aria-autocomplete="list"
          aria-label={t("cmd.find")}
          placeholder={t("cmd.find")}
          autocomplete="off"
          spellcheck={false}
          value={typed}
          onInput={(e) => {
            setTyped(e.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
        {current.value && <span class="chip acc cut">{nameOf(current.value)}</span>}
      </div>
      <div id="cmd-list" class="rows" role="listbox" aria-label={t("cmd.label")}>
        {(["here", "go", "you"] as const).map((group) => {
          const some = entries.filter((entry) => entry.group === group);
          return (
            some.length > 0 && (
              <div key={group} role="group" aria-label={t(`cmd.${group}`)}>
                <div class="cap" aria-hidden="true">
                  {t(`cmd.${group}`)}
                </div>
                {some.map((entry) => {
                  const n = entries.indexOf(entry);
                  return (
                    <div key={n} id={`cmd-${n}`} class="it-c" role="option" aria-selected={n === index} onClick={() => run(entry)} onMouseMove={() => n !== index && setAt(n)}>
                      <Icon name={entry.icon} />
                      <span class="cut">{marked(entry.label, typed.trim())}</span>
                      {entry.end && <span class="end">{entry.end}</span>}
                    </div>
                  );
                })}
              </div>
            )
          );
        })}
      </div>
      {entries.length === 0 && (
        <p class="none" role="status">
          {t("cmd.none")}
        </p>
      )}
      <footer class="ft" aria-hidden="true">
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> {t("cmd.choose")}
        </span>
        <span>
          <kbd>↵</kbd> {t("cmd.run")}
        </span>
        <span>
          <kbd>Esc</kbd> {t("close").toLocaleLowerCase()}
        </span>
      </footer>
    </dialog>
  );
}

function found(typed: string): Entry[] {
  const wanted = typed.toLocaleLowerCase();
  return all(typed !== "")
    .filter((entry) => entry.label.toLocaleLowerCase().includes(wanted))
    .slice(0, MOST);
}

function all(searching: boolean): Entry[] {
  const held = current.value;
  const entries: Entry[] = [];
  const here = (label: string, icon: IconName, run: () => void, end?: string) => entries.push({ group: "here", label, icon, run, end });
  const key = (of: Command) => (prefs.value.shortcuts ? keyOf(of) : undefined);
  if (held && canTakeOver(held)) here(t("act.takeover"), "user", () => void claim(), key("claim"));
  if (held && canReopen(held)) here(t("act.reopen"), "undo", () => void reopen());
  if (held && canClaim(held)) here(t(held.state === "bot" ? "act.takeover" : "act.claim"), "user", () => void claim(), key("claim"));
  if (held && isMine(held, myId.value)) {
    here(t("help.reply"), "send", () => write("text"), key("reply"));
    if (packetOf(currentLog.value)?.packet.suggested_reply) here(t("help.insert"), "down", insertSuggested, key("insert"));
    here(t("act.resolve"), "check", () => openDialog("resolve"), key("resolve"));
    here(t("act.snooze"), "moon", () => openDialog("snooze"), key("snooze"));
    for (const macro of kept.value.macros) here(t("cmd.macro", { title: macro.title }), "bolt", () => void runMacro(macro));
    for (const one of colleagues.value.values()) {
      if ((one.presence !== "online" && one.presence !== "transfer_only") || one.load >= one.capacity) continue;
      here(t("cmd.to", { name: one.name }), "users", () => openDialog("transfer", { agent: one.id }), one.presence === "transfer_only" ? t("presence.transfer_only") : many("transfer.places", one.capacity - one.load));
    }
    for (const name of me.value?.all_departments ?? []) here(t("cmd.to", { name: departmentName(name) }), "swap", () => openDialog("transfer", { department: name }), t("transfer.queue"));
    here(t("act.queue"), "queue", () => void release("queue"));
    here(t("act.bot"), "bell", () => void release("bot"));
  }
  if (held) here(t("act.labels"), "tag", () => openDialog("labels"), key("labels"));
  if (held) here(t("act.block"), "ban", () => openDialog("block"));
  if (held && held.state !== "closed") here(t("help.note"), "lock", () => write("note"), key("note"));
  if (searching) {
    for (const one of inbox.value.all.values()) {
      if (one.state === "closed" || one.c === held?.c) continue;
      const words = [nameOf(one), one.preview].filter(Boolean).join(": ");
      entries.push({ group: "go", label: words, icon: "inbox", end: one.department ? departmentName(one.department) : undefined, run: () => select(one.c) });
    }
  }
  for (const [kind, icon] of chats.value ? VIEWS : []) entries.push({ group: "go", label: t("cmd.view", { name: t(`view.${kind}`) }), icon, run: () => show({ kind }) });
  for (const { id, title, filter } of saved.value) entries.push({ group: "go", label: t("cmd.view", { name: title }), icon: "filter", run: () => show({ kind: "saved", id, title, filter }) });
  if (leads.value) entries.push({ group: "go", label: t("rail.board"), icon: "board", run: () => go("board") });
  for (const [to, icon] of edits.value ? BENCH : []) entries.push({ group: "go", label: t(`rail.${to}`), icon, run: () => go(to) });
  entries.push({ group: "go", label: t("rail.team"), icon: "people", run: () => go("team") });
  if ((me.value?.role ?? person.value?.role) === "admin") entries.push({ group: "go", label: t("rail.admin"), icon: "shield", run: () => go("admin") });
  for (const presence of chats.value ? PRESENCES : []) {
    if (presence !== me.value?.presence) entries.push({ group: "you", label: t("cmd.be", { presence: t(`presence.${presence}`) }), icon: "user", run: () => setPresence(presence) });
  }
  entries.push({ group: "you", label: t("rail.settings"), icon: "gear", run: () => openDialog("settings") });
  entries.push({ group: "you", label: t("help.title"), icon: "help", run: () => openDialog("help"), end: key("help") });
  entries.push({ group: "you", label: t("logout"), icon: "out", run: () => void logout() });
  return entries;
}

/** The letters that were found stand out. */
function marked(label: string, typed: string): VNode | string {
  const at = typed === "" ? -1 : label.toLocaleLowerCase().indexOf(typed.toLocaleLowerCase());
  if (at < 0) return label;
  return (
    <>
      {label.slice(0, at)}
      <b>{label.slice(at, at + typed.length)}</b>
      {label.slice(at + typed.length)}
    </>
  );
}
