import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Home } from "./home.tsx";
import { Icon } from "./icons.tsx";
import { plainText } from "./markdown.ts";
import { Talk } from "./talk.tsx";
import { initials, isNews } from "./timeline.ts";
import { shopName, type View } from "./view.ts";

/** The panel as a dialog: beside the page on a desk, over it on a phone, alone on its own page. */
export function Panel(view: View): VNode | null {
  const { state, texts, place } = view;
  const dialog = useRef<HTMLElement>(null);
  const { open, screen } = state;

  useEffect(() => {
    if (!open) return;
    // On a phone the keyboard would cover what there is to read, so the heading takes the focus there.
    const element = dialog.current;
    const composer = place === "phone" ? null : element?.querySelector<HTMLElement>(".type");
    (composer ?? element?.querySelector<HTMLElement>("h2"))?.focus({ preventScroll: true });
  }, [open, screen]);

  if (!open) return null;
  return (
    <section
      ref={dialog}
      class={`w ${place}`}
      role={place === "page" ? undefined : "dialog"}
      aria-modal={place === "phone" ? "true" : undefined}
      aria-label={texts.t("dialog", { name: shopName(view) })}
      onKeyDown={(event) => {
        if (event.key === "Escape" && !event.isComposing && place !== "page") view.close();
        if (event.key === "Tab" && place === "phone") keepInside(event, dialog.current);
      }}
    >
      {screen === "home" ? <Home {...view} /> : <Talk {...view} />}
    </section>
  );
}

/** While the panel is shut: the last words of somebody who wrote. It says itself once and takes no focus. */
export function Nudge({ onOpen, ...view }: View & { onOpen: () => void }): VNode | null {
  const { state, texts } = view;
  const [dismissed, setDismissed] = useState(0);
  const news = state.log?.entries.findLast((ev) => isNews(ev) && ev.seq > state.read);
  const shown = !state.open && news && news.seq > dismissed && !state.filling && "text" in news.body ? news : null;
  const name = shown?.from.kind === "agent" ? (shown.from.name ?? "") : null;
  return (
    <div role="status" class="nudges">
      {shown && "text" in shown.body && (
        <div class="w nudge">
          <span class={`face${name === null ? " bot" : ""}`} aria-hidden="true">
            {name === null ? <Icon name="bell" size={16} /> : initials(name)}
          </span>
          <button type="button" class="words" dir="auto" onClick={onOpen}>
            {name && <b>{name.split(/\s+/)[0]}</b>}
            {plainText(shown.body.text).slice(0, 140)}
          </button>
          <button type="button" class="icon" aria-label={texts.t("dismiss")} onClick={() => setDismissed(shown.seq)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      )}
    </div>
  );
}

function keepInside(event: KeyboardEvent, dialog: HTMLElement | null): void {
  const stops = Array.from(dialog?.querySelectorAll<HTMLElement>("button:not([disabled],[tabindex='-1']),a[href],input,textarea,[tabindex='0']") ?? []).filter((element) => element.checkVisibility());
  const active = (dialog?.getRootNode() as ShadowRoot | undefined)?.activeElement;
  const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
  if (active !== edge && active !== null) return;
  event.preventDefault();
  (event.shiftKey ? stops[stops.length - 1] : stops[0])?.focus();
}
