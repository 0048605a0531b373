// The frame's side: the same panel, mounted once the page around it has said who it is and what it keeps.

import { hear, say, type Kept, type ToFrame, type ToPage } from "./bridge.ts";
import type { MountOptions, Outside, Panel } from "./settings.ts";
import type { StorageLike } from "./storage.ts";

const FILL = ".w.window{position:fixed;inset:0;width:auto;max-width:none;height:auto;max-height:none;border-radius:0;box-shadow:none}";

export async function mount(options: MountOptions): Promise<Panel> {
  // By the server's rule only pages of the site may hold this frame; the one that says so here is the one that is spoken to.
  const origin = new URLSearchParams(location.search).get("host") ?? "";
  const outer = parent === window ? null : parent;
  const tell = (message: ToPage): void => say(outer, origin, message);
  let around: Pick<ToFrame & { type: "around" }, "page" | "phone"> | null = null;
  let changed: () => void = () => undefined;
  let panel: Panel | null = null;
  const early: [string, readonly unknown[]][] = [];

  const first = await new Promise<ToFrame & { type: "mount" }>((mounted) => {
    hear<ToFrame>(() => outer, origin, (message) => {
      switch (message.type) {
        case "mount":
          around = message;
          return mounted(message);
        case "around":
          around = message;
          return changed();
        case "call":
          return panel ? panel.call(message.name, message.args) : void early.push([message.name, message.args]);
        case "stored":
          // As if another tab had written to a storage that both share.
          return void dispatchEvent(new StorageEvent("storage", { key: message.key, newValue: message.value }));
      }
    });
    tell({ type: "hello" });
  });

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(FILL);
  if (first.theme) options.host.dataset["theme"] = first.theme;
  const { mount: open } = (await import(new URL("panel.js", import.meta.url).href)) as { mount: (options: MountOptions) => Promise<Panel> };
  const outside: Outside = {
    local: kept("local", first.local, tell),
    session: kept("session", first.session, tell),
    page: () => around?.page ?? {},
    phone: () => around?.phone ?? false,
    onChange: (run) => (changed = run),
    state: (state) => tell({ type: "state", ...state }),
  };
  panel = await open({ ...options, launcher: null, settings: { ...options.settings, ...first.settings }, languages: first.languages, resume: first.resume, outside, emit: (name, detail) => tell({ type: "event", name, detail }) });
  options.root.adoptedStyleSheets = [...options.root.adoptedStyleSheets, sheet];
  for (const [name, args] of early) panel.call(name, args);
  tell({ type: "mounted" });
  return panel;
}

/** A storage whose truth lies on the page. */
function kept(area: "local" | "session", first: Kept, tell: (message: ToPage) => void): StorageLike {
  const held = new Map(Object.entries(first));
  addEventListener("storage", ({ key, newValue }) => {
    if (area !== "local") return;
    if (key === null) held.clear();
    else if (newValue === null) held.delete(key);
    else held.set(key, newValue);
  });
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => {
      held.set(key, value);
      tell({ type: "keep", area, key, value });
    },
    removeItem: (key) => {
      held.delete(key);
      tell({ type: "keep", area, key, value: null });
    },
    keys: () => [...held.keys()],
  };
}
