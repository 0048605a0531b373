import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "./icons.tsx";

export interface MenuItem {
  readonly icon: "person" | "download" | "again" | "leave";
  readonly label: string;
  readonly run: () => void;
}

/** A menu button: arrows walk, Escape and Tab leave, and focus goes back where it came from. */
export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }): VNode {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return undefined;
    list.current?.querySelector("button")?.focus();
    const root = list.current?.getRootNode();
    const outside = (event: Event): void => {
      if (!event.composedPath().includes(list.current?.parentElement as EventTarget)) setOpen(false);
    };
    root?.addEventListener("pointerdown", outside);
    document.addEventListener("pointerdown", outside);
    return () => {
      root?.removeEventListener("pointerdown", outside);
      document.removeEventListener("pointerdown", outside);
    };
  }, [open]);

  function leave(): void {
    setOpen(false);
    button.current?.focus();
  }

  function keys(event: KeyboardEvent): void {
    const buttons = Array.from(list.current?.querySelectorAll("button") ?? []);
    const at = buttons.indexOf((list.current?.getRootNode() as ShadowRoot).activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      buttons[(to + buttons.length) % buttons.length]?.focus();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      leave();
    } else if (event.key === "Tab") setOpen(false);
  }

  return (
    <div class="menu">
      <button ref={button} type="button" class="icon" aria-label={label} aria-haspopup="menu" aria-expanded={open ? "true" : "false"} onClick={() => setOpen(!open)}>
        <Icon name="more" />
      </button>
      {open && (
        <div ref={list} class="list" role="menu" aria-label={label} onKeyDown={keys}>
          {items.map((item) => (
            <button
              key={item.icon}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                leave();
                item.run();
              }}
            >
              <Icon name={item.icon} size={16} />
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
