// The rail, the views with their counts, and who is there.

import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { go, logout, openDialog, show } from "../acts.ts";
import { t } from "../i18n.ts";
import type { Shown } from "../inbox.ts";
import { setPresence } from "../line.ts";
import { chats, colleagues, cut, edits, leads, me, offers, person, place, saved, shown, tally, type Place } from "../state.ts";
import type { PresenceState } from "../wire.ts";
import { Icon, type IconName } from "./icons.tsx";
import { Avatar, Dot, shortcut } from "./parts.tsx";

export const PRESENCES: readonly PresenceState[] = ["online", "away", "transfer_only", "offline"];

export function Rail(): VNode {
  return (
    <nav class="rail" aria-label={t("rail.main")}>
      <span class="logo" aria-hidden="true">
        <Icon name="bell" />
      </span>
      {chats.value && <RailItem to="inbox" icon="inbox" dot={place.value !== "inbox" && (offers.value.size > 0 || tally.value.waiting > 0)} />}
      {leads.value && <RailItem to="board" icon="board" />}
      {edits.value && BENCH.map(([to, icon]) => <RailItem key={to} to={to} icon={icon} />)}
      <RailItem to="team" icon="people" />
      {(me.value?.role ?? person.value?.role) === "admin" && <RailItem to="admin" icon="shield" />}
      <span class="grow" />
      <button type="button" class="it" title={t("rail.help")} aria-label={t("rail.help")} aria-keyshortcuts={shortcut("help")} onClick={() => openDialog("help")}>
        <Icon name="help" />
      </button>
      <button type="button" class="it" title={t("rail.settings")} aria-label={t("rail.settings")} onClick={() => openDialog("settings")}>
        <Icon name="gear" />
      </button>
      <PresenceMenu id="rail-menu" compact />
    </nav>
  );
}

/** Where editors work. */
export const BENCH: readonly (readonly ["unanswered" | "try" | "releases", IconName])[] = [
  ["unanswered", "ask"],
  ["try", "try"],
  ["releases", "pages"],
];

function RailItem({ to, icon, dot = false }: { to: Place; icon: IconName; dot?: boolean }): VNode {
  const on = place.value === to;
  const label = t(`rail.${to}`);
  return (
    <a class={on ? "it on" : "it"} href={to === "inbox" ? "#" : `#${to}`} aria-current={on ? "page" : undefined} title={label} onClick={(e) => (e.preventDefault(), go(to))}>
      <Icon name={icon} />
      {dot && <i class="it-dot" />}
      <span class="sr">{label}</span>
    </a>
  );
}

/** Presence, settings and the way out, behind the person's own mark. */
export function PresenceMenu({ id, compact = false }: { id: string; compact?: boolean }): VNode {
  const popover = useRef<HTMLDivElement>(null);
  const mine = me.value?.presence ?? "offline";
  const name = me.value?.name ?? person.value?.name ?? "";
  const close = () => popover.current?.hidePopover();
  const label = chats.value ? t("rail.you", { name, presence: t(`presence.${mine}`) }) : name;
  return (
    <>
      <button type="button" class={compact ? "me-btn" : "presence-btn"} popovertarget={id} aria-label={label} title={compact ? label : undefined}>
        {compact ? (
          <Avatar name={name} tone="me" presence={chats.value ? mine : undefined} />
        ) : (
          <>
            <Dot presence={mine} />
            <span class="cut">{t(`presence.${mine}`)}</span>
            <Icon name="down" size={14} />
          </>
        )}
      </button>
      <div ref={popover} id={id} popover="auto" class={`menu ${id}`}>
        <div class="menu-who">
          <Avatar name={name} tone="me" />
          <span>
            <b class="cut">{name}</b>
            {chats.value && <span class="q3 t12">{t("places", { load: tally.value.mine, capacity: me.value?.capacity ?? 0 })}</span>}
          </span>
        </div>
        {chats.value && <fieldset>
          <legend class="sr">{t("presence.label")}</legend>
          {PRESENCES.map((state) => (
            <label key={state} class="menu-it">
              <input type="radio" name={`${id}-presence`} checked={mine === state} onChange={() => setPresence(state)} onClick={close} />
              <Dot presence={state} />
              <span>
                {t(`presence.${state}`)}
                <span class="q3 t12">{t(`presence.${state}.hint`)}</span>
              </span>
              <span class="tick">
                <Icon name="check" size={14} />
              </span>
            </label>
          ))}
        </fieldset>}
        {chats.value && place.value !== "inbox" && (
          <button type="button" class="menu-it only-phone" onClick={() => (close(), go("inbox"))}>
            <Icon name="inbox" />
            {t("rail.inbox")}
          </button>
        )}
        {leads.value && (
          <button type="button" class="menu-it only-phone" onClick={() => (close(), go("board"))}>
            <Icon name="board" />
            {t("rail.board")}
          </button>
        )}
        {edits.value && BENCH.map(([to, icon]) => (
          <button key={to} type="button" class="menu-it only-phone" onClick={() => (close(), go(to))}>
            <Icon name={icon} />
            {t(`rail.${to}`)}
          </button>
        ))}
        <button type="button" class="menu-it only-phone" onClick={() => (close(), go("team"))}>
          <Icon name="people" />
          {t("rail.team")}
        </button>
        <button type="button" class="menu-it" onClick={() => (close(), openDialog("settings"))}>
          <Icon name="gear" />
          {t("rail.settings")}
        </button>
        <button type="button" class="menu-it" onClick={() => (close(), void logout())}>
          <Icon name="out" />
          {t("logout")}
        </button>
      </div>
    </>
  );
}

export const VIEWS: readonly (readonly [Exclude<Shown["kind"], "department" | "saved">, IconName])[] = [
  ["waiting", "clock"],
  ["mine", "user"],
  ["mentioned", "at"],
  ["all", "all"],
  ["snoozed", "moon"],
  ["bot", "bell"],
  ["closed", "check"],
];

export function Views(): VNode {
  const departments = departmentsOf();
  return (
    <nav class="views" aria-label={t("views.label")}>
      <div class="hd">{t("rail.inbox")}</div>
      <ul>
        {VIEWS.map(([kind, icon]) => (
          <ViewItem key={kind} to={{ kind }} icon={icon} label={t(`view.${kind}`)} count={countOf(kind)} hot={(kind === "waiting" || kind === "mentioned") && tally.value[kind] > 0} />
        ))}
      </ul>
      <h2 class="with-act">
        {t("views.saved")}
        <button type="button" class="btn bare ico" aria-label={t("views.save")} title={t("views.save")} onClick={() => openDialog("view")}>
          <Icon name="plus" size={14} />
        </button>
      </h2>
      {saved.value.length > 0 && (
        <ul>
          {saved.value.map(({ id, title, filter }) => (
            <ViewItem key={id} to={{ kind: "saved", id, title, filter }} icon="filter" label={title} count={tally.value.saved.get(id) ?? 0} />
          ))}
        </ul>
      )}
      {departments.length > 0 && (
        <>
          <h2>{t(me.value && me.value.departments.length > 0 ? "views.mydepartments" : "views.departments")}</h2>
          <ul>
            {departments.map((name) => (
              <ViewItem key={name} to={{ kind: "department", name }} icon="box" label={departmentName(name)} count={tally.value.departments.get(name) ?? 0} />
            ))}
          </ul>
        </>
      )}
      {colleagues.value.size > 0 && (
        <>
          <h2>{t("views.colleagues")}</h2>
          <ul class="people">
            {[...colleagues.value.values()].map((one) => {
              const label = t("colleague.label", { name: one.name, presence: t(`presence.${one.presence}`), load: one.load, capacity: one.capacity });
              const there = one.presence === "online" || one.presence === "transfer_only";
              return (
                <li key={one.id} title={label}>
                  <Avatar name={one.name} size="xs" presence={one.presence} />
                  <span class="cut" aria-hidden="true">
                    {one.name.split(" ")[0]}
                  </span>
                  <b aria-hidden="true">{there ? `${one.load}/${one.capacity}` : "–"}</b>
                  <span class="sr">{label}</span>
                </li>
              );
            })}
          </ul>
        </>
      )}
      <span class="grow" />
      <div class="views-foot">
        <PresenceMenu id="views-menu" />
        <button type="button" class="cmd-btn" title={t("cmd.label")} aria-keyshortcuts="Control+K" onClick={() => openDialog("commands")}>
          <span class="sr">{t("cmd.label")} </span>
          <kbd>{t("key.ctrl")} K</kbd>
        </button>
      </div>
    </nav>
  );
}

function ViewItem({ to, icon, label, count, hot = false }: { to: Shown; icon: IconName; label: string; count: number | string | undefined; hot?: boolean }): VNode {
  const on = isShown(to);
  return (
    <li>
      <button type="button" class={`view ${on ? "on" : ""} ${hot ? "hot" : ""}`} aria-current={on ? "true" : undefined} onClick={() => show(to)}>
        <Icon name={icon} />
        <span class="cut">{label}</span>
        {count !== undefined && <b>{count}</b>}
      </button>
    </li>
  );
}

/** The same views as a row of chips, where there is no room beside the list. */
export function ViewChips(): VNode {
  const chips: { to: Shown; label: string; count: number | string }[] = [
    ...VIEWS.map(([kind]) => ({ to: { kind } as Shown, label: t(`view.${kind}`), count: countOf(kind) })),
    ...saved.value.map(({ id, title, filter }) => ({ to: { kind: "saved", id, title, filter } as Shown, label: title, count: tally.value.saved.get(id) ?? 0 })),
    ...departmentsOf().map((name) => ({ to: { kind: "department", name } as Shown, label: departmentName(name), count: tally.value.departments.get(name) ?? 0 })),
  ];
  const nav = useRef<HTMLElement>(null);
  // What is shown is in sight, however many there are.
  useEffect(() => nav.current?.querySelector(".on")?.scrollIntoView({ inline: "nearest", block: "nearest" }), [shown.value]);
  return (
    <nav ref={nav} class="chips" aria-label={t("views.label")}>
      {chips.map(({ to, label, count }) => (
        <button key={label} type="button" class={isShown(to) ? "on" : ""} aria-current={isShown(to) ? "true" : undefined} onClick={() => show(to)}>
          {label} {count}
        </button>
      ))}
    </nav>
  );
}

/** With a plus where the server has more than it listed. */
function countOf(kind: (typeof VIEWS)[number][0]): number | string {
  const list = kind === "bot" ? "all" : kind;
  return cut.value.has(list) ? `${tally.value[kind]}+` : tally.value[kind];
}

/** Said where it matters: who is not online gets nothing new. */
export function Nudge(): VNode | null {
  const mine = me.value?.presence;
  if (!mine || mine === "online") return null;
  return (
    <div class="nudge">
      <Dot presence={mine} />
      <span>{t("presence.nudge", { presence: t(`presence.${mine}`).toLocaleLowerCase() })}</span>
      <button type="button" class="btn" onClick={() => setPresence("online")}>
        {t("presence.go")}
      </button>
    </div>
  );
}

/** Ids of departments are written by editors in lower case; a heading begins with a capital. */
export function departmentName(id: string): string {
  return id.replaceAll("-", " ").replace(/^\p{Ll}/u, (letter) => letter.toLocaleUpperCase());
}

function departmentsOf(): readonly string[] {
  const mine = me.value;
  if (!mine) return [];
  return mine.departments.length > 0 ? mine.departments : mine.all_departments;
}

function isShown(to: Shown): boolean {
  const is = shown.value;
  if (is.kind === "department") return to.kind === "department" && is.name === to.name;
  if (is.kind === "saved") return to.kind === "saved" && is.id === to.id;
  return is.kind === to.kind;
}
