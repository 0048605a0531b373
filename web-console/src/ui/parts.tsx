// Small pieces that stand in several places.

import { Fragment, type ComponentChildren, type VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { PresenceState } from "../wire.ts";
import { t } from "../i18n.ts";
import { keyOf, type Command } from "../keys.ts";
import { prefs } from "../prefs.ts";
import { closeDialog } from "../acts.ts";
import { initials } from "../thread.ts";
import { clock, level } from "../waiting.ts";
import { now } from "../state.ts";
import { Icon } from "./icons.tsx";

export function Avatar({ name, tone, size, presence }: { name: string; tone?: "me" | "note" | "visitor"; size?: "xs" | "l"; presence?: PresenceState | undefined }): VNode {
  return (
    // The letters are drawn by CSS: as text they would be a label that nobody can say.
    <span class={`av ${tone ?? ""} ${size ?? ""}`} aria-hidden="true" data-letters={initials(name)}>
      {presence && <Dot presence={presence} />}
    </span>
  );
}

export function BellMark(): VNode {
  return (
    <span class="av bell" aria-hidden="true">
      <Icon name="bell" size={14} />
    </span>
  );
}

/** The shape differs too: full, half, ring, dash. */
export function Dot({ presence }: { presence: PresenceState }): VNode {
  return <i class={`dot ${presence}`} />;
}

/** The key of a command, where single keys are on. It is a hint for eyes: the button says `aria-keyshortcuts`. */
export function Kbd({ of }: { of: Command }): VNode | null {
  return prefs.value.shortcuts ? <kbd aria-hidden="true">{keyOf(of)}</kbd> : null;
}

export function shortcut(of: Command): string | undefined {
  return prefs.value.shortcuts ? keyOf(of).toLowerCase() : undefined;
}

/** A wait that ticks, amber and red by the minute, and in words for who cannot see the colour. */
export function Waits({ since, icon = false }: { since: number; icon?: boolean }): VNode {
  const ms = Math.max(0, now.value - since);
  const at = level(ms);
  const text = clock(ms);
  return (
    <span class={`w ${at}`} title={t(at === "fine" ? "waits" : `waits.${at}`, { time: text })}>
      {(icon || at === "late") && <Icon name={at === "late" ? "warn" : "clock"} size={12} />}
      {text}
      {at !== "fine" && <span class="sr">, {t(at)}</span>}
    </span>
  );
}

export function Meter({ value, lead, label }: { value: number; lead: boolean; label: string }): VNode {
  const percent = Math.round(Math.min(1, Math.max(0, value)) * 100);
  return (
    <span class={lead ? "meter lead" : "meter"} role="img" aria-label={label}>
      <i style={{ width: `${percent}%` }} />
    </span>
  );
}

/** A modal dialog: the browser keeps the focus in and gives it back. */
export function Modal({ title, children, wide = false }: { title: string; children: ComponentChildren; wide?: boolean }): VNode {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    const before = document.activeElement;
    element?.showModal();
    // The first thing to decide, not the button that closes.
    (element?.querySelector<HTMLElement>("[data-first]") ?? element?.querySelector<HTMLElement>(".modal-body :is(input:checked, input, select, textarea)"))?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected && document.activeElement === document.body) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={wide ? "modal wide" : "modal"}
      aria-labelledby="modal-title"
      onCancel={(event) => {
        event.preventDefault();
        closeDialog();
      }}
      onClick={(event) => {
        if (event.target === ref.current) closeDialog();
      }}
    >
      <div class="modal-in">
        <header>
          <h2 id="modal-title">{title}</h2>
          <button type="button" class="btn bare ico" aria-label={t("close")} onClick={closeDialog}>
            <Icon name="x" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** Text with elements in the places of its `{names}`. */
export function Rich({ text, parts }: { text: string; parts: Record<string, ComponentChildren> }): VNode {
  return (
    <>
      {text.split(/(\{\w+\})/).map((piece, at) => (
        <Fragment key={at}>{/^\{\w+\}$/.test(piece) ? parts[piece.slice(1, -1)] : piece}</Fragment>
      ))}
    </>
  );
}
