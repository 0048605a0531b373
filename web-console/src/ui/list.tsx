// The conversations of a view, as a listbox: one tab stop, arrows inside.

import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isUnread, nameOf, select, step, wish } from "../acts.ts";
import { languageName, t } from "../i18n.ts";
import { hasMore, waitingSince, type Group, type Held } from "../inbox.ts";
import { cut, listGroups, match, me, now, pane, phone, ready, selected, shown, tally } from "../state.ts";
import { ago } from "../waiting.ts";
import { Icon } from "./icons.tsx";
import { shortcut, Waits } from "./parts.tsx";
import { departmentName, Nudge, PresenceMenu, ViewChips } from "./views.tsx";

/** A longer group shows the rest on demand: thousands of rows help nobody. */
const FIRST = 100;

export function List(): VNode {
  const [finding, setFinding] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const total = listGroups.value.reduce((sum, group) => sum + group.items.length, 0);

  useLayoutEffect(() => {
    if (wish.value.what === "find") setFinding(true);
    if (wish.value.what === "list") box.current?.focus({ preventScroll: true });
  }, [wish.value]);
  useLayoutEffect(() => {
    if (finding) field.current?.focus();
  }, [finding, wish.value]);
  useEffect(() => {
    if (selected.value) document.getElementById(`cv-${selected.value}`)?.scrollIntoView({ block: "nearest" });
  }, [selected.value]);

  const is = shown.value;
  const title = is.kind === "department" ? departmentName(is.name) : t(`view.${is.kind}`);
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
          aria-activedescendant={selected.value && listGroups.value.some((group) => group.items.some((item) => item.c === selected.value)) ? `cv-${selected.value}` : undefined}
          onKeyDown={onKey}
        >
          {listGroups.value.map((group) => (
            <Rows key={group.kind} group={group} />
          ))}
          {hasMore(is, cut.value) && (
            <div class="more-there" role="option" aria-selected="false" aria-disabled="true">
              {t("list.cut")}
            </div>
          )}
        </div>
      )}
    </section>
  );
}

function Rows({ group }: { group: Group }): VNode {
  const [most, setMost] = useState(FIRST);
  const side = group.kind === "waiting" ? t("group.longest") : group.kind === "mine" ? t("places", { load: tally.value.mine, capacity: me.value?.capacity ?? 0 }) : "";
  return (
    <div role="group" aria-label={t(`group.${group.kind}`)}>
      <div class="grp" aria-hidden="true">
        <span>
          <b>{t(`group.${group.kind}`)}</b> {group.items.length}
        </span>
        <span>{side}</span>
      </div>
      {group.items.slice(0, most).map((held) => (
        <Row key={held.c} held={held} kind={group.kind} />
      ))}
      {group.items.length > most && (
        <div class="more-rows" role="option" aria-selected="false" onClick={() => setMost(most + 400)}>
          {t("list.more")}
        </div>
      )}
    </div>
  );
}

function Row({ held, kind }: { held: Held; kind: Group["kind"] }): VNode {
  const on = held.c === selected.value;
  const unread = isUnread(held);
  return (
    <div id={`cv-${held.c}`} class={`cv ${on ? "on" : ""} ${unread ? "un" : ""}`} role="option" aria-selected={on} onClick={() => select(held.c)}>
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
        {kind === "waiting" ? <Waits since={waitingSince(held)} /> : <Ago at={held.updated_at} />}
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
        <span class="end">
          {kind === "colleagues" && held.agent?.name && <span class="cut">{held.agent.name.split(" ")[0]}</span>}
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
  const kind = shown.value.kind;
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
