// The one file a page loads: a button, a queue for calls, and the way to the panel. Everything else waits for the visitor.

import { keyOf, languageIn, liveKey, outboxesOf, textIn, type Panel, type Settings } from "./settings.ts";
import { given, ofSite, shell, type Part } from "./shell.ts";

/** "Open chat" in every language there is; put in by the build. */
declare const LABELS: Record<string, string>;
/** The file with a pinned address, /widget/VERSION/widget.js: it asks for its settings when they are needed. Put in by the build. */
declare const PINNED: boolean;

type Listener = (detail?: unknown) => void;
interface Api {
  (name: string, ...args: unknown[]): unknown;
  q?: ArrayLike<unknown>[];
  ready?: true;
  [name: string]: unknown;
}
declare global {
  interface Window {
    deskbell?: Api;
  }
}

function run(script: HTMLScriptElement): void {
  const queued = window.deskbell;
  if (queued?.ready) return; // a page that swaps its body runs the script again
  const data = script.dataset;
  const from = PINNED ? null : given();
  const site = data["site"] ?? from?.site ?? "default";
  const settle = (from: Settings | null): Settings => {
    const own = Object.fromEntries(["accent", "position", "radius"].filter((name) => data[name]).map((name) => [name, data[name]]));
    return { ...ofSite(from, site), ...own };
  };
  let settings = settle(from);
  const base = new URL(PINNED ? "../.." : ".", script.src).href;
  const parts = PINNED ? new URL(".", script.src).href : `${base}widget/${from?.pin}/`;
  const languages = [data["lang"], document.documentElement.lang, ...navigator.languages].filter((tag) => tag) as string[];
  const language = languageIn(languages, LABELS) ?? "en";

  const { host, root } = shell(settings);
  // Keys that are typed here are not for the page's shortcuts.
  for (const type of ["keydown", "keypress", "keyup"]) root.addEventListener(type, (event) => event.stopPropagation());
  // Nor is the end of a press that began here, where the focus went with what was pressed.
  root.addEventListener("keydown", () => addEventListener("keyup", (event) => event.target === host || event.stopImmediatePropagation(), { capture: true, once: true }));

  const launcher = document.createElement("button");
  launcher.lang = language;
  launcher.dir = /^(ar|fa|he|ur)$/.test(language) ? "rtl" : "ltr";
  launcher.className = `launch ${settings.position ?? ""}`;
  const label = data["label"] ?? textIn(settings.launcher, languages);
  // What is seen comes first in what is heard.
  launcher.ariaLabel = (label ? `${label} – ` : "") + LABELS[language];
  launcher.ariaExpanded = "false";
  launcher.ariaHasPopup = "dialog";
  const drawing = (name: string, attribute: string, value: string): Element => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    element.setAttribute(attribute, value);
    return element;
  };
  const svg = drawing("svg", "viewBox", "0 0 26 26");
  svg.ariaHidden = "true";
  svg.append(drawing("path", "d", "M9.7 20 5 22l.9-4A9.5 8.2 0 1 1 9.7 20ZM9.5 13.8c2 1.7 5 1.7 7 0"));
  launcher.append(svg, label ?? "");
  root.append(launcher);

  let resume: string | null = null;
  try {
    // A tab that is gone may have left something unsent.
    resume = sessionStorage.getItem(liveKey(site)) ?? (Object.keys(localStorage).join().includes(outboxesOf(keyOf(site))) ? "closed" : null);
  } catch {
    // blocked: as a first visit
  }

  const listeners = new Map<string, Set<Listener>>();
  const emit = (event: string, detail?: unknown): void => listeners.get(event)?.forEach((listener) => listener(detail));
  const waiting: [string, unknown[]][] = [];
  let loading: Promise<void> | null = null;
  let panel: Panel | null = null;
  /** Somebody wants to see it now, and not only to have it ready. */
  let wanted = false;

  /** Mounts a part with the settings as they are by then. */
  const mount = async (name: string, meanwhile?: Promise<void>): Promise<Panel> => {
    const part = import(`${parts}${name}.js`) as Promise<Part>;
    await meanwhile;
    return (await part).mount({ root, host, launcher, settings, base, languages, resume, emit }, api);
  };

  async function load(): Promise<void> {
    launcher.ariaBusy = "true";
    try {
      const late = PINNED ? fetch(`${base}widget.json`).then((answer) => answer.json()).then((from: Settings) => void (settings = settle(from)), () => undefined) : undefined;
      // In a frame of its own where the page wants that.
      panel = await mount(data["isolation"] === "iframe" ? "frame" : "panel", late);
      for (const [name, args] of waiting.splice(0)) panel.call(name, args);
    } catch {
      // What only prepares may fail in silence; the next try starts afresh.
      loading = null;
      if (wanted) {
        wanted = false;
        waiting.length = 0;
        // The page's rules keep the panel out: a page of our own still works.
        open(`${base}chat?site=${encodeURIComponent(site)}`, "_blank", "noopener");
      }
    }
    launcher.ariaBusy = null;
  }
  const preload = (): void => void (loading ??= load());

  function call(name: string, ...args: unknown[]): unknown {
    const [first, second] = args;
    if (name === "on" || name === "off") {
      const set = listeners.get(first as string) ?? new Set();
      listeners.set(first as string, set);
      set[name === "on" ? "add" : "delete"](second as Listener);
      return () => set.delete(second as Listener);
    }
    if (name === "hide" || name === "show") host.hidden = name === "hide";
    if (name === "theme") host.dataset["theme"] = first as string;
    if (panel) panel.call(name, args);
    else {
      waiting.push([name, args]);
      if (/^(open|toggle|ask|prefill)$/.test(name)) {
        wanted = true;
        preload();
      }
    }
    return undefined;
  }
  const api: Api = Object.assign(call, { ready: true as const }) as unknown as Api;
  for (const name of "open close toggle hide show ask prefill identify set page language theme logout on off".split(" ")) api[name] = call.bind(null, name);
  window.deskbell = api;
  for (const args of queued?.q ?? []) call(...(Array.from(args) as [string, ...unknown[]]));

  launcher.onclick = () => call("open");
  launcher.onpointerenter = launcher.onfocus = preload;

  // A page that swaps its body takes the button along; put it back, but never fight for ever.
  let places = 0;
  const watch = new MutationObserver(place);
  function place(): void {
    if (!document.body || host.isConnected || ++places > 99) return;
    document.body.append(host);
    watch.observe(document.body, { childList: true });
  }
  watch.observe(document.documentElement, { childList: true });
  place();

  const soon = window.requestIdleCallback ?? setTimeout;
  if (resume) soon(preload);
  else if (settings.proactive) soon(() => void mount("proactive").catch(() => undefined));
}

if (document.currentScript) run(document.currentScript as HTMLScriptElement);
