// The conversations of a view, as a listbox: one tab stop, arrows inside. Only the rows that can be seen stand in the page.

import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isUnread, nameOf, openDialog, pick, pickTo, select, step, wish } from "../acts.ts";
import { languageName, many, moment, t } from "../i18n.ts";
import { hasMore, waitingSince, type Group, type Held, type Shown } from "../inbox.ts";
import { cut, listGroups, match, me, myId, now, pane, phone, picked, ready, selected, shown, tally } from "../state.ts";
import { ago } from "../waiting.ts";
import { needed, shownAt, type Sizes } from "../window.ts";
import { Icon } from "./icons.tsx";
import { shortcut, Waits } from "./parts.tsx";
import { departmentName, Nudge, PresenceMenu, ViewChips } from "./views.tsx";

/** As in `app.css`. */
const ROW = 79;
const ROW_PHONE = 93;
const HEAD = 30;

export function List(): VNode {
  const [finding, setFinding] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, seen: 900 });
  const all = listGroups.value;
  const total = all.reduce((sum, group) => sum + group.items.length, 0);
  const numbers = all.map((group) => group.items.length);
  const sizes: Sizes = { row: phone.value ? ROW_PHONE : ROW, head: HEAD, seen: view.seen };
  const parts = needed(numbers, view.top, sizes);

  useLayoutEffect(() => {
    if (wish.value.what === "find") setFinding(true);
    if (wish.value.what === "list") box.current?.focus({ preventScroll: true });
  }, [wish.value]);
  useLayoutEffect(() => {
    if (finding) field.current?.focus();
  }, [finding, wish.value]);
  // Whoever has just come in has the list under the keys at once.
  useEffect(() => {
    if (total > 0 && document.activeElement === document.body && !phone.value) box.current?.focus({ preventScroll: true });
  }, [total > 0]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || !selected.value) return;
    for (const [at, group] of all.entries()) {
      const index = group.items.findIndex((item) => item.c === selected.value);
      if (index >= 0) element.scrollTop = shownAt(numbers, at, index, element.scrollTop, { ...sizes, seen: element.clientHeight });
    }
  }, [selected.value]);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    element.scrollTop = 0;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [shown.value, total > 0]);

  function look(): void {
    const element = box.current;
    if (!element) return;
    // To the row: scrolling within one changes nothing.
    const top = Math.floor(element.scrollTop / ROW) * ROW;
    setView((before) => (before.top === top && before.seen === element.clientHeight ? before : { top, seen: element.clientHeight }));
  }

  const is = shown.value;
  const title = titleOf(is);
  const active = selected.value && all.some((group, at) => group.items.slice(parts[at]?.from, parts[at]?.to).some((item) => item.c === selected.value));
  return (
    <section class="list" role={phone.value && pane.value === "list" ? "main" : undefined} aria-label={t("list.label")}>
      <header class="phd">
        <h2>
          <span class="only-wide">{title}</span>
          <span class="only-phone">{t("rail.inbox")}</span>
        </h2>
        <span class="q3 only-wide">{total}</span>
        <span class="grow" />
        <button
          type="button"
          class="btn bare ico"
          aria-label={t("list.find")}
          title={t("list.find")}
          aria-expanded={finding}
          aria-keyshortcuts={shortcut("find")}
          onClick={() => {
            if (finding) match.value = "";
            setFinding(!finding);
          }}
        >
          <Icon name={finding ? "x" : "search"} />
        </button>
        <span class="only-phone">
          <PresenceMenu id="list-menu" compact />
        </span>
      </header>
      {finding && (
        <div class="find">
          <Icon name="search" size={14} />
          <input
            ref={field}
            type="search"
            aria-label={t("list.find")}
            placeholder={t("list.find.hint")}
            value={match.value}
            onInput={(e) => (match.value = e.currentTarget.value)}
            onKeyDown={(e) => {
              if (e.key !== "Escape") return;
              match.value = "";
              setFinding(false);
              box.current?.focus();
            }}
          />
        </div>
      )}
      <div class="only-narrow">
        <ViewChips />
      </div>
      <Nudge />
      {total === 0 ? (
        <Empty />
      ) : (
        <div
          ref={box}
          class="rows"
          role="listbox"
          tabIndex={0}
          aria-label={title}
          aria-activedescendant={active ? `cv-${selected.value}` : undefined}
          aria-multiselectable={picked.value.size > 0 ? "true" : undefined}
          onKeyDown={onKey}
          onScroll={look}
        >
          {all.map((group, at) => (
            <Rows key={group.kind} group={group} from={parts[at]?.from ?? 0} to={parts[at]?.to ?? 0} row={sizes.row} />
          ))}
          {hasMore(is, cut.value) && (
            <div class="more-there" role="option" aria-selected="false" aria-disabled="true">
              {t("list.cut")}
            </div>
          )}
        </div>
      )}
      {picked.value.size > 0 && <Picked />}
    </section>
  );
}

/** What can be done with all that were picked. */
function Picked(): VNode {
  return (
    <div class="picked" role="group" aria-label={t("bulk.title")}>
      <b role="status">{many("bulk.picked", picked.value.size)}</b>
      <span class="grow" />
      <button type="button" class="btn pri" onClick={() => openDialog("bulk")}>
        {t("bulk.act")}
      </button>
      <button type="button" class="btn bare ico" aria-label={t("bulk.clear")} title={t("bulk.clear")} onClick={() => (picked.value = new Set())}>
        <Icon name="x" />
      </button>
    </div>
  );
}

function Rows({ group, from, to, row }: { group: Group; from: number; to: number; row: number }): VNode {
  const side = group.kind === "waiting" ? t("group.longest") : group.kind === "mine" ? t("places", { load: tally.value.mine, capacity: me.value?.capacity ?? 0 }) : "";
  const count = group.items.length;
  return (
    <div role="group" aria-label={t(`group.${group.kind}`)}>
      <div class="grp" aria-hidden="true">
        <span>
          <b>{t(`group.${group.kind}`)}</b> {count}
        </span>
        <span>{side}</span>
      </div>
      <div role="presentation" style={{ paddingTop: `${from * row}px`, paddingBottom: `${(count - to) * row}px` }}>
        {group.items.slice(from, to).map((held, at) => (
          <Row key={held.c} held={held} kind={group.kind} place={from + at + 1} of={count} />
        ))}
      </div>
    </div>
  );
}

function Row({ held, kind, place, of }: { held: Held; kind: Group["kind"]; place: number; of: number }): VNode {
  const some = picked.value.size > 0;
  const isPicked = picked.value.has(held.c);
  const labels = held.labels ?? [];
  const on = held.c === selected.value;
  const unread = isUnread(held);
  return (
    <div
      id={`cv-${held.c}`}
      class={`cv ${on ? "on" : ""} ${unread ? "un" : ""} ${isPicked ? "is-picked" : ""}`}
      role="option"
      aria-selected={on}
      aria-checked={some ? isPicked : undefined}
      aria-posinset={place}
      aria-setsize={of}
      onClick={(event) => (event.shiftKey && some ? pickTo(held.c) : event.ctrlKey || event.metaKey ? pick(held.c) : select(held.c))}
    >
      <span class="tickbox" aria-hidden="true" onClick={(event) => (event.stopPropagation(), event.shiftKey ? pickTo(held.c) : pick(held.c))}>
        {isPicked && <Icon name="check" size={12} />}
      </span>
      <div class="row">
        {unread && kind === "mine" && (
          <>
            <i class="new-dot" />
            <span class="sr">{t("unread")}</span>
          </>
        )}
        <span class="nm cut" dir="auto">
          {nameOf(held)}
        </span>
        <Priority held={held} />
        <span class="grow" />
        {held.mentioned?.includes(myId.value) && <span class="chip acc">{t("row.mentioned")}</span>}
        {kind === "waiting" ? (
          <Waits since={waitingSince(held)} />
        ) : held.snoozed_until ? (
          <span class="w">
            <Icon name="moon" size={12} />
            <span class="sr">{t("row.snoozed")} </span>
            {moment(held.snoozed_until, now.value)}
          </span>
        ) : (
          <Ago at={held.updated_at} />
        )}
      </div>
      <p class="last cut" dir="auto">
        {held.preview || "\u00a0"}
      </p>
      <div class="meta">
        {held.department && <span class="chip">{departmentName(held.department)}</span>}
        {held.language && (
          <span class="q3" title={languageName(held.language)}>
            {held.language.split("-")[0]?.toUpperCase()}
          </span>
        )}
        {labels.slice(0, 2).map((label) => (
          <span class="chip lbl cut" key={label} dir="auto">
            {label}
          </span>
        ))}
        {labels.length > 2 && (
          <span class="q3" title={labels.join(", ")}>
            +{labels.length - 2}
          </span>
        )}
        <span class="end">
          {held.offered_to?.name && kind === "waiting" && <span class="cut">{t("row.offered", { name: held.offered_to.name.split(" ")[0] ?? "" })}</span>}
          {kind === "closed" && held.follow_up && <span class="cut">{t("row.follow", { time: moment(held.follow_up, now.value) })}</span>}
          {(kind === "colleagues" || kind === "snoozed") && held.agent?.name && <span class="cut">{held.agent.name.split(" ")[0]}</span>}
          {held.reason && (kind === "waiting" || (kind === "mine" && held.reason === "frustration")) && (
            <span class={held.reason === "frustration" ? "why bad" : "why"}>
              {held.reason === "frustration" && <Icon name="sad" />}
              <span class="cut">{t(`reason.${held.reason}`)}</span>
            </span>
          )}
        </span>
      </div>
    </div>
  );
}

function Priority({ held }: { held: Held }): VNode | null {
  if (held.priority !== "high" && held.priority !== "urgent") return null;
  const label = t(`priority.${held.priority}`);
  return (
    <span class={held.priority === "urgent" ? "prio bad" : "prio warn"} title={label}>
      <Icon name="up" size={14} />
      <span class="sr">{label}</span>
    </span>
  );
}

function Ago({ at }: { at: number }): VNode {
  const { unit, n } = ago(now.value - at);
  return <span class="w">{t(`ago.${unit}`, { n })}</span>;
}

function Empty(): VNode {
  if (!ready.value) {
    return (
      <div class="rows bones" aria-hidden="true">
        {[0, 1, 2, 3].map((at) => (
          <i key={at} />
        ))}
      </div>
    );
  }
  const { kind } = shown.value;
  const found = match.value.trim() === "";
  const hint = kind === "waiting" ? t("list.none.waiting.hint") : kind === "mine" ? t("list.none.mine.hint") : "";
  return (
    <div class="empty">
      <Icon name={found ? "check" : "search"} size={20} />
      <p class="b">{found ? t(`list.none.${kind}`) : t("list.none.match", { text: match.value.trim() })}</p>
      {found && hint && <p class="q3">{hint}</p>}
    </div>
  );
}

export function titleOf(is: Shown): string {
  return is.kind === "department" ? departmentName(is.name) : is.kind === "saved" ? is.title : t(`view.${is.kind}`);
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowDown") step(1);
  else if (event.key === "ArrowUp") step(-1);
  else if (event.key === "Home" || event.key === "End") {
    const items = listGroups.value.flatMap((group) => group.items);
    const item = event.key === "Home" ? items[0] : items[items.length - 1];
    if (item) select(item.c, "step");
  } else if (event.key === "Enter" || event.key === " ") {
    if (selected.value) select(selected.value);
    else step(1);
  } else return;
  event.preventDefault();
}
