import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Home } from "./home.tsx";
import { Later, Notice } from "./lazy.tsx";
import { Talk } from "./talk.tsx";
import { isNews } from "./timeline.ts";
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
      }}
    >
      <Notice {...view} />
      {screen === "home" ? <Home {...view} /> : <Talk {...view} />}
    </section>
  );
}

/** While the panel is shut: the last words of somebody who wrote. It says itself once and takes no focus. */
export function News({ onOpen, ...view }: View & { onOpen: () => void }): VNode {
  const { state } = view;
  const [dismissed, setDismissed] = useState(0);
  const news = state.open || state.filling ? undefined : state.log?.entries.findLast((ev) => isNews(ev) && ev.seq > Math.max(state.read, dismissed));
  return <div role="status">{news && <Later of="Nudge" {...view} ev={news} onOpen={onOpen} onDismiss={() => setDismissed(news.seq)} />}</div>;
}
