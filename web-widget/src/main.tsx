// Where the panel meets the page: storage, sizes, title, language, focus. The only file of the panel that touches `window`.

import { render } from "preact";

import en from "../locales/en.json";
import { fetchPart, part } from "./lazy.tsx";
import { css } from "./panel.css";
import { News as NewsView, Panel as PanelView } from "./panel.tsx";
import { keyOf, lookRule, type MountOptions, type Panel } from "./settings.ts";
import type { News } from "./bridge.ts";
import type { Ev, Page, ServerFrame } from "./protocol.ts";
import { browserDeps } from "./socket.ts";
import { storage } from "./storage.ts";
import { createLines } from "./lines.ts";
import { createStore } from "./store.ts";
import { createTexts, pickLanguage, type Texts, type TextTable } from "./texts.ts";
import { isNews, lastWords } from "./said.ts";
import type { View } from "./view.ts";

// The files beside this one take these from here, so that all are one program.
export { Fragment, jsx, jsxs } from "preact/jsx-runtime";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { Composer } from "./composer.tsx";
export { Icon, Logo } from "./icons.tsx";
export { fetchPart, Later } from "./lazy.tsx";
export { receive, startLog } from "./log.ts";
export { emptyOutbox } from "./outbox.ts";
export { isNews, lastWords, speakerOf } from "./said.ts";
export { textIn } from "./settings.ts";
export { atFirst, statusOf } from "./status.ts";
export { backText, closingTime, shopName, waitText } from "./view.ts";
export { asks, asksEmail, leftEmail, peopleOf, waitOf } from "./wait.ts";

/** The languages beside `en`; put in by the build. */
declare const LANGUAGES: readonly string[];

/** A page that only seems to load another one has its title by then. */
const SETTLED_MS = 300;
const VISIT_EVERY_MS = 2_000;
const PHONE = "(max-width: 640px), (max-height: 420px)";

export async function mount(options: MountOptions): Promise<Panel> {
  const { root, host, launcher, settings, base } = options;
  const { outside } = options;
  const page = launcher === null && !outside;
  if (launcher === null) host.setAttribute("data-page", "");
  // What shows a conversation comes beside the words; whoever goes on with one sees it at once.
  const shown = Promise.all((["talk", "rows", "theirs"] as const).map((part) => fetchPart(part, options))).catch(() => undefined);
  let texts = await loadTexts(options.languages);
  if (options.resume) await shown;
  // What the button says beside the bell stays the beginning of its name.
  const label = launcher?.textContent ? `${launcher.textContent} – ` : "";
  let told: Page | null = null;
  let attributes: Readonly<Record<string, string>> | undefined;

  function where(): Page {
    return told ?? outside?.page() ?? { url: location.href.slice(0, 2_000), title: bareTitle().slice(0, 300), referrer: document.referrer.slice(0, 2_000) };
  }

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css + lookRule(settings));
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];

  const phone = matchMedia(PHONE);
  const deps = browserDeps();
  const lines = createLines({
    key: keyOf(settings.site ?? "default"),
    base,
    deps,
    locks: navigator.locks,
    channel: (name) => new BroadcastChannel(name),
    about: () => {
      const { log, status, queue, seen, notice, outbox } = store.get();
      const opening = outbox.items.find((item) => item.c === null && item.delivery.type === "sending")?.cmid;
      const news: ServerFrame = { type: "notice", ...notice };
      if (!log) return { opening, conversation: null, told: [news] };
      const { c, last: head } = log;
      const conversation = { c, head, state: status.state, read: seen.seq, ...(status.agent ? { agent: status.agent } : {}) };
      return { opening, conversation, told: queue ? [news, { type: "queue", c, position: queue.position, wait_s: queue.wait ?? { low: 0, high: 0 }, staffed: queue.wait !== null }] : [news] };
    },
    shared: () => part("shared.js") as Promise<typeof import("./shared.ts")>,
    stream: () => part("stream.js") as Promise<typeof import("./stream.ts")>,
  });
  const store = createStore({
    settings,
    url: new URL("ws", base).href.replace(/^http/, "ws"),
    deps: { ...deps, open: lines },
    local: outside?.local ?? storage(() => localStorage),
    session: outside?.session ?? storage(() => sessionStorage),
    locks: navigator.locks,
    locale: options.languages[0] ?? texts.language,
    page: where,
    attributes: () => attributes,
    watched: () => store.get().open && store.get().screen === "talk" && document.visibilityState === "visible",
    emit: (name, detail) => options.emit(...publicEvent(name, detail)),
  });

  const mounted = document.createElement("div");
  mounted.className = page ? "whole" : settings.position === "start" ? "start" : "";
  root.append(mounted);
  let badge: HTMLElement | null = null;
  let inerted: Element[] = [];
  let unread = 0;

  function open(): void {
    store.open();
  }

  function close(): void {
    if (page || !store.get().open) return;
    store.close();
    // The button is back before the focus goes to it.
    draw();
    launcher?.focus();
  }

  function draw(): void {
    const state = store.get();
    const held = root.activeElement;
    const view: View = { store, state, texts, settings, base, root, place: page ? "page" : onPhone() ? "phone" : "window", close };
    const { place } = view;
    mounted.lang = texts.language;
    mounted.dir = texts.direction;
    render(
      <>
        {!page && <NewsView {...view} onOpen={open} />}
        <PanelView {...view} />
      </>,
      mounted,
    );
    if (launcher) {
      launcher.hidden = state.open;
      launcher.ariaExpanded = String(state.open);
    }
    modal(state.open && place === "phone" && !outside);
    count();
    if (state.open) {
      // What had the focus may be gone with what was tapped; a lost focus would be the page's again.
      if (held?.isConnected === false && !root.activeElement) mounted.querySelector<HTMLElement>(place === "phone" ? "h2" : ".type, h2")?.focus({ preventScroll: true });
      (window.requestIdleCallback ?? setTimeout)(() => void Promise.all([fetchPart("cards", view), fetchPart("menu", view)]).catch(() => undefined));
    }
  }

  function onPhone(): boolean {
    return outside ? outside.phone() : phone.matches;
  }

  let drawing = false;
  function drawSoon(): void {
    if (drawing) return;
    drawing = true;
    queueMicrotask(() => {
      drawing = false;
      draw();
    });
  }

  /** On a phone the page behind the panel rests. */
  function modal(on: boolean): void {
    if (on === inerted.length > 0) return;
    for (const element of inerted) element.removeAttribute("inert");
    inerted = on ? Array.from(document.body.children).filter((element) => element !== host && !element.hasAttribute("inert")) : [];
    for (const element of inerted) element.setAttribute("inert", "");
    document.documentElement.style.overflow = on ? "hidden" : "";
    // With nothing beside it on the page there is nothing to remember, and so nothing to undo but this.
    if (on && inerted.length === 0) inerted = [host.appendChild(document.createElement("i"))];
  }

  /** How many came that nobody looked at: on the button, in the title, and for the page. */
  function count(): void {
    const state = store.get();
    const news = state.filling ? 0 : (state.log?.entries.filter((ev) => isNews(ev) && ev.seq > state.read).length ?? 0);
    if (news !== unread) options.emit("unread", news);
    unread = news;
    const prefix = news > 0 && (document.visibilityState === "hidden" || !state.open) ? `(${news}) ` : "";
    const title = prefix + (page && state.site ? state.site.name : bareTitle());
    if (document.title !== title && !outside) document.title = title;
    const name = label + (news > 0 ? texts.t("openUnread", { n: news }) : texts.t("open"));
    outside?.state({ open: state.open, label: name, unread: news, title: texts.t("dialog", { name: state.site?.name ?? settings.name ?? "" }), news: outside && news > 0 && !state.open ? beside(state.log?.entries.findLast(isNews)) : null });
    if (!launcher) return;
    launcher.ariaLabel = name;
    if (news > 0 && !badge) {
      badge = document.createElement("span");
      badge.className = "badge";
      launcher.append(badge);
    } else if (news === 0) {
      badge?.remove();
      badge = null;
    }
    if (badge) badge.textContent = String(Math.min(news, 99));
  }

  /** The last words, for a page that the panel cannot reach into. */
  function beside(last: Ev | undefined): News | null {
    const name = last?.from.kind === "agent" ? (last.from.name ?? "").split(/\s+/)[0] : "";
    return last ? { seq: last.seq, text: `${name && `${name}: `}${lastWords([last])}`, dismiss: texts.t("dismiss") } : null;
  }

  /** A phone's keyboard lies over the page; only the visual viewport tells how much is left. */
  function fit(): void {
    const seen = window.visualViewport;
    if (!seen) return;
    mounted.style.setProperty("--vv-h", `${seen.height}px`);
    mounted.style.setProperty("--vv-top", `${seen.offsetTop}px`);
  }

  store.subscribe(drawSoon);
  phone.addEventListener("change", drawSoon);
  outside?.onChange(() => {
    visited();
    drawSoon();
  });
  // A page that only seems to load another one: where the visitor is now.
  const { navigation } = window as { navigation?: EventTarget };
  (navigation ?? window).addEventListener(navigation ? "currententrychange" : "popstate", () => {
    told = null;
    visited();
  });
  window.visualViewport?.addEventListener("resize", fit);
  window.visualViewport?.addEventListener("scroll", fit);
  fit();
  let last = where().url;
  /** Told once the page has had time for its title, every two seconds at most, and only where somebody listens. */
  let telling: ReturnType<typeof setTimeout> | undefined;
  let saidAt = 0;
  function visited(): void {
    telling ??= setTimeout(() => {
      telling = undefined;
      const { url } = where();
      if (url === last || store.get().line.type !== "live") return;
      last = url;
      saidAt = Date.now();
      store.visit();
    }, Math.max(SETTLED_MS, saidAt + VISIT_EVERY_MS - Date.now()));
  }
  function back(): void {
    if (document.visibilityState === "visible") {
      store.wake();
      store.seenNow();
    }
    drawSoon();
  }
  window.addEventListener("online", back);
  window.addEventListener("pageshow", back);
  window.addEventListener("pagehide", store.rest);
  window.addEventListener("storage", (event) => store.elsewhere(event.key, event.newValue));
  document.addEventListener("visibilitychange", back);

  options.emit("ready");
  if (page || (options.resume === "open" && !onPhone())) {
    store.open();
  } else if (options.resume) {
    // A live conversation goes on in the background: its answers show on the button.
    store.connect();
  }
  draw();

  return {
    call: (name, [first, second]) => {
      const text = typeof first === "string" ? first : "";
      switch (name) {
        case "open":
          return open();
        case "close":
          return close();
        case "toggle":
          return store.get().open ? close() : open();
        case "ask":
          open();
          return text === "" ? undefined : store.say(text);
        case "prefill":
          store.prefill(text);
          return open();
        case "identify":
          return store.identify(text);
        case "logout":
          close();
          return store.logout();
        case "page":
          told = { url: new URL(text, location.href).href.slice(0, 2_000), title: String(second ?? bareTitle()).slice(0, 300), referrer: document.referrer.slice(0, 2_000) };
          return visited();
        case "set":
          attributes = { ...attributes, ...plain((first as { attributes?: unknown } | undefined)?.attributes) };
          return store.visit();
        case "language":
          void loadTexts([text]).then((loaded) => {
            texts = loaded;
            draw();
          });
          return undefined;
        default:
          return undefined;
      }
    },
  };
}

async function loadTexts(languages: readonly string[]): Promise<Texts> {
  const language = pickLanguage(languages, ["en", ...LANGUAGES]);
  // "en" on the page and "en-GB" in the browser: words from the one, times from the other.
  const same = languages.filter((one) => one.toLowerCase().split("-")[0] === language);
  const tag = same.find((one) => one.includes("-")) ?? language;
  if (language === "en") return createTexts(en, "en", tag);
  try {
    const module = (await part(`locales/${language}.js`)) as { texts: TextTable };
    return createTexts(module.texts, language, tag);
  } catch {
    return createTexts(en, "en", "en");
  }
}

/** What a page is told, by the names that it knows. */
function publicEvent(name: string, detail: unknown): [string, unknown] {
  if (name === "message:in") return ["message", detail];
  if (name === "message:out") return ["message", { ...(detail as object), from: "visitor" }];
  return [name === "csat" ? "rating" : name, detail];
}

/** Texts by name, as many as the server takes. */
function plain(given: unknown): Record<string, string> {
  const entries = Object.entries(typeof given === "object" && given !== null ? given : {});
  return Object.fromEntries(entries.slice(0, 16).map(([name, value]) => [name.slice(0, 40), String(value).slice(0, 200)]));
}

function bareTitle(): string {
  return document.title.replace(/^\(\d+\) /, "");
}
