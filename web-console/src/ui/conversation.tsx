// One conversation: its head with what can be done, the packet, the transcript, the composer.

import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { back, canReopen, nameOf, openDialog, release, reopen } from "../acts.ts";
import { t } from "../i18n.ts";
import { waitingSince, type Held } from "../inbox.ts";
import { prefs, set } from "../prefs.ts";
import { busy, current, looking, missing, myId, pane, selected, typing } from "../state.ts";
import { isMine, pathOf } from "../thread.ts";
import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";
import { Avatar, Kbd, Rich, shortcut, Waits } from "./parts.tsx";
import { Passed, PacketCard } from "./packet.tsx";
import { Transcript } from "./turns.tsx";
import { departmentName } from "./views.tsx";

export function Conversation(): VNode {
  const held = current.value;
  const c = selected.value;
  if (!c || !held) {
    const lost = c !== undefined && missing.value.has(c);
    return (
      <main class="mid" id="conversation" tabIndex={-1}>
        {c !== undefined && (
          <header class="phd only-phone">
            <BackButton />
          </header>
        )}
        <div class="empty">
          <Icon name="bell" size={20} />
          {lost ? (
            <p>{t("conversation.gone")}</p>
          ) : c !== undefined ? (
            <p>{t("conversation.loading")}</p>
          ) : (
            <>
              <p class="b">{t("conversation.none")}</p>
              {prefs.value.shortcuts && (
                <p class="q3">
                  <Rich text={t("conversation.none.hint", { j: "{j}", k: "{k}" })} parts={{ j: <kbd>J</kbd>, k: <kbd>K</kbd> }} />
                </p>
              )}
            </>
          )}
        </div>
      </main>
    );
  }
  return (
    <main class="mid" id="conversation" tabIndex={-1}>
      <Head held={held} />
      <Passed />
      <PacketCard key={`packet ${c}`} />
      <Transcript key={c} c={c} />
      <Composer held={held} />
    </main>
  );
}

function Head({ held }: { held: Held }): VNode {
  const mine = isMine(held, myId.value);
  const under = [held.department && departmentName(held.department), held.visitor?.locale, pathOf(held.visitor?.page?.url)].filter(Boolean).join(" · ");
  return (
    <header class="phd head-c">
      <BackButton />
      <div class="head-name">
        <h2 class="cut" dir="auto">
          {nameOf(held)}
        </h2>
        <span class="only-phone q3 t12 cut">{under}</span>
      </div>
      {held.department && <span class="chip only-wide">{departmentName(held.department)}</span>}
      {held.state === "waiting" && <Waits since={waitingSince(held)} icon />}
      {held.state === "assigned" && !mine && held.agent?.name && <span class="chip only-wide">{held.agent.name}</span>}
      <span class="grow" />
      <Lookers c={held.c} />
      {mine && (
        <>
          <button type="button" class="btn bare only-wide" aria-keyshortcuts={shortcut("snooze")} onClick={() => openDialog("snooze")}>
            <Icon name="moon" size={14} />
            <span class="roomy">{t("act.snooze")}</span> <Kbd of="snooze" />
          </button>
          <button type="button" class="btn bare only-wide" aria-keyshortcuts={shortcut("transfer")} onClick={() => openDialog("transfer")}>
            <Icon name="swap" size={14} />
            <span class="roomy">{t("act.transfer")}</span> <Kbd of="transfer" />
          </button>
          <button type="button" class="btn resolve" aria-keyshortcuts={shortcut("resolve")} onClick={() => openDialog("resolve")}>
            <Icon name="check" size={14} />
            <span class="only-wide">{t("act.resolve")}</span>
            <span class="sr only-phone">{t("act.resolve")}</span> <Kbd of="resolve" />
          </button>
        </>
      )}
      <MoreMenu mine={mine} />
      <button
        type="button"
        class="btn bare ico"
        aria-label={t(prefs.value.visitor ? "act.hidevisitor" : "act.visitor")}
        title={t(prefs.value.visitor ? "act.hidevisitor" : "act.visitor")}
        aria-pressed={prefs.value.visitor}
        aria-keyshortcuts={shortcut("visitor")}
        onClick={toggleVisitor}
      >
        <Icon name="panel" />
      </button>
    </header>
  );
}

/** Who else has this on the screen, and who of them types. */
function Lookers({ c }: { c: string }): VNode {
  const all = looking.value.get(c) ?? [];
  const types = typing.value.get(c);
  const by = types?.from.kind === "agent" ? types.from : undefined;
  const names = all.map((one) => one.name ?? t("agent"));
  return (
    <span class="lookers" role="status">
      {all.slice(0, 3).map((one) => (
        <Avatar key={one.id ?? one.name} name={one.name ?? "?"} size="xs" tone="me" />
      ))}
      {by ? <span class="q2 t12 cut">{t("typing.agent", { name: by.name ?? t("agent") })}</span> : names.length > 0 && <span class="sr">{t("looking", { names: names.join(", ") })}</span>}
    </span>
  );
}

function MoreMenu({ mine }: { mine: boolean }): VNode {
  const menu = useRef<HTMLDivElement>(null);
  const close = () => menu.current?.hidePopover();
  return (
    <>
      <button type="button" class="btn bare ico" popovertarget="more-menu" aria-label={t("conversation.more")} title={t("conversation.more")}>
        <Icon name="more" />
      </button>
      <div ref={menu} id="more-menu" popover="auto" class="menu more-menu">
        {mine && (
          <>
            <button type="button" class="menu-it only-phone" onClick={() => (close(), openDialog("transfer"))}>
              <Icon name="swap" />
              {t("act.transfer")}
            </button>
            <button type="button" class="menu-it only-phone" onClick={() => (close(), openDialog("snooze"))}>
              <Icon name="moon" />
              {t("act.snooze")}
            </button>
            <button type="button" class="menu-it" onClick={() => (close(), openDialog("macros"))}>
              <Icon name="bolt" />
              {t("act.macros")} <Kbd of="macros" />
            </button>
          </>
        )}
        <button type="button" class="menu-it" onClick={() => (close(), openDialog("labels"))}>
          <Icon name="tag" />
          {t("act.labels")} <Kbd of="labels" />
        </button>
        {mine && (
          <>
            <button type="button" class="menu-it" disabled={busy.value !== undefined} onClick={() => (close(), void release("queue"))}>
              <Icon name="queue" />
              {t("act.queue")}
            </button>
            <button type="button" class="menu-it" disabled={busy.value !== undefined} onClick={() => (close(), void release("bot"))}>
              <Icon name="bell" />
              {t("act.bot")}
            </button>
          </>
        )}
        {canReopen(current.value) && (
          <button type="button" class="menu-it" disabled={busy.value !== undefined} onClick={() => (close(), void reopen())}>
            <Icon name="undo" />
            {t("act.reopen")}
          </button>
        )}
        <button type="button" class="menu-it" onClick={() => (close(), openDialog("block"))}>
          <Icon name="ban" />
          {t("act.block")}
        </button>
      </div>
    </>
  );
}

function BackButton(): VNode {
  return (
    <button type="button" class="btn bare ico only-phone" aria-label={t("back")} onClick={back}>
      <Icon name="back" />
    </button>
  );
}

export function toggleVisitor(): void {
  if (matchMedia("(max-width: 900px)").matches) {
    pane.value = pane.value === "visitor" ? "conversation" : "visitor";
    return;
  }
  set({ visitor: !prefs.value.visitor });
}
