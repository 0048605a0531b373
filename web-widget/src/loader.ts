// The one file a page loads: a button, a queue for calls, and the way to the panel. Everything else waits for the visitor.

import { css } from "./loader.css";
import { colourRule, keyOf, liveKey, outboxesOf, textIn, type MountOptions, type Panel, type Settings } from "./settings.ts";

/** "Open chat" in every language there is; put in by the build. */
declare const LABELS: Record<string, string>;

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
  let given: Settings | null = null;
  try {
    // The server replaces the quoted word, quotes and all, with a string literal that holds the settings as JSON.
    given = JSON.parse("__DESKBELL_SETTINGS__") as Settings;
  } catch {
    // A script with a pinned address, /widget/VERSION/widget.js: it asks for its settings when they are needed.
  }
  // The page /chat is the panel alone; everywhere else it is a button first.
  const page = "page" in data;
  const site = (page && new URLSearchParams(location.search).get("site")) || (data["site"] ?? given?.site ?? "default");
  const settle = (from: Settings | null): Settings => {
    const { accent, position, radius } = data;
    return { ...from, ...from?.sites?.[site], ...(accent && { accent }), ...(position && { position }), ...(radius && { radius: +radius }), site } as Settings;
  };
  let settings = settle(given);
  const base = new URL(given ? "." : "../..", script.src).href;
  const parts = given ? `${base}widget/${given.pin ? `${given.pin}/` : ""}` : new URL(".", script.src).href;
  const languages = [data["lang"], page ? "" : document.documentElement.lang, ...navigator.languages].filter((tag): tag is string => !!tag);
  const language = languages.map((tag) => tag.toLowerCase().split("-")[0] ?? "").find((tag) => tag in LABELS) ?? "en";

  const host = document.createElement("deskbell-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css + colourRule(settings));
  root.adoptedStyleSheets = [sheet];
  // Keys that are typed here are not for the page's shortcuts.
  for (const type of ["keydown", "keypress", "keyup"]) root.addEventListener(type, (event) => event.stopPropagation());

  const frame = document.createElement("div");
  frame.lang = language;
  frame.dir = /^(ar|fa|he|ur)$/.test(language) ? "rtl" : "ltr";
  if (settings.position === "start") frame.className = "start";
  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.className = "launch";
  launcher.ariaLabel = LABELS[language] ?? "Open chat";
  launcher.ariaExpanded = "false";
  launcher.ariaHasPopup = "dialog";
  const drawing = (name: string, attribute: string, value: string): Element => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    element.setAttribute(attribute, value);
    return element;
  };
  const svg = drawing("svg", "viewBox", "0 0 26 26");
  svg.ariaHidden = "true";
  svg.append(drawing("path", "d", "M13 4c5.5 0 9.5 3.6 9.5 8.2s-4 8.2-9.5 8.2c-1.2 0-2.3-.15-3.3-.45L5 22l.9-4.1C4.4 16.4 3.5 14.4 3.5 12.2 3.5 7.6 7.5 4 13 4ZM9.5 13.8c2 1.7 5 1.7 7 0"));
  launcher.append(svg);
  const label = data["label"] ?? textIn(settings.launcher, languages);
  // What is seen comes first in what is heard.
  if (label) launcher.append(label), (launcher.ariaLabel = `${label} – ${launcher.ariaLabel}`);
  frame.append(launcher);
  if (!page) root.append(frame);

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
  let loading: Promise<Panel> | null = null;
  let panel: Panel | null = null;

  /** What a part is given; the settings as they are by then. */
  const options = (): MountOptions => ({ root, host, launcher: page ? null : launcher, settings, base, languages, resume, emit });
  const fetchPart = (name: string): Promise<{ mount: (options: MountOptions, call: Api) => Promise<Panel> }> => import(`${parts}${name}.js`);

  async function load(): Promise<Panel> {
    launcher.ariaBusy = "true";
    try {
      // In a frame of its own where the page wants that.
      const part = fetchPart(data["part"] ?? (data["isolation"] === "iframe" ? "frame" : "panel"));
      if (!given) settings = settle((await fetch(`${base}widget.json`).then((answer) => answer.json(), () => null)) as Settings | null);
      panel = await (await part).mount(options(), api);
      for (const [name, args] of waiting.splice(0)) panel.call(name, args);
      return panel;
    } finally {
      launcher.ariaBusy = null;
    }
  }
  const loaded = (): Promise<Panel> => (loading ??= load());
  // What only prepares may fail in silence; the next try starts afresh.
  const preload = (): void => void loaded().catch(() => (loading = null));

  function call(name: string, ...args: unknown[]): unknown {
    const [first, second] = args;
    if (name === "on" || name === "off") {
      const set = listeners.get(first as string) ?? new Set();
      listeners.set(first as string, set);
      if (name === "off") set.delete(second as Listener);
      else set.add(second as Listener);
      return () => set.delete(second as Listener);
    }
    if (name === "hide" || name === "show") host.hidden = name === "hide";
    if (name === "theme") host.dataset["theme"] = first as string;
    if (panel) panel.call(name, args);
    else {
      waiting.push([name, args]);
      if (/^(open|toggle|ask|prefill)$/.test(name)) {
        loaded().catch(() => {
          loading = null;
          waiting.length = 0;
          // The page's rules keep the panel out: a page of our own still works.
          open(`${base}chat?site=${encodeURIComponent(site)}`, "_blank", "noopener");
        });
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

  if (page) preload();
  else {
    const soon = window.requestIdleCallback ?? setTimeout;
    if (resume) soon(preload);
    else if (settings.proactive) soon(() => fetchPart("proactive").then((part) => part.mount(options(), api), () => undefined));
  }
}

if (document.currentScript instanceof HTMLScriptElement) run(document.currentScript);
