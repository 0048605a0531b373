import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Home } from "./home.tsx";
import { Later } from "./lazy.tsx";
import { isNews } from "./said.ts";
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
  const empty = <div class="body" />;
  return (
    <section
      ref={dialog}
      class={`w ${place}`}
      role={place === "page" ? undefined : "dialog"}
      aria-modal={place === "phone" ? "true" : undefined}
      aria-label={texts.t("dialog", { name: shopName(view) })}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        if (screen === "help" || screen === "past") view.store.back();
        else if (place !== "page") view.close();
      }}
    >
      {state.notice && <Later from="notice" of="NoticeBar" {...view} />}
      {screen === "home" && <Home {...view} />}
      {screen === "talk" && <Later from="talk" of="Talk" {...view} meanwhile={empty} />}
      {screen === "help" && <Later from="help" of="Help" {...view} meanwhile={empty} />}
      {screen === "past" && <Later from="past" of="Past" {...view} meanwhile={empty} />}
    </section>
  );
}

/** While the panel is shut: the last words of somebody who wrote. It says itself once and takes no focus. */
export function News({ onOpen, ...view }: View & { onOpen: () => void }): VNode {
  const { state, settings } = view;
  const [dismissed, setDismissed] = useState(0);
  const last = state.filling ? undefined : state.log?.entries.findLast(isNews);
  const seq = last?.seq ?? 0;
  const news = !state.open && last && seq > Math.max(state.read, dismissed) ? last : undefined;
  return (
    <>
      {settings.sound && <Later from="menu" of="Chime" {...view} seq={seq} />}
      <div role="status">{news && <Later from="cards" of="Nudge" {...view} ev={news} onOpen={onOpen} onDismiss={() => setDismissed(seq)} />}</div>
    </>
  );
}
