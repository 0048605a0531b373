// Where the panel meets the page: storage, sizes, title, language, focus. The only file of the panel that touches `window`.

import { render } from "preact";

import en from "../locales/en.json";
import { fetchPart } from "./lazy.tsx";
import { css } from "./panel.css";
import { News, Panel as PanelView } from "./panel.tsx";
import { accentRule, type MountOptions, type Panel } from "./settings.ts";
import { browserDeps } from "./socket.ts";
import { storage } from "./storage.ts";
import { createStore } from "./store.ts";
import { createTexts, pickLanguage, type Texts, type TextTable } from "./texts.ts";
import { isNews } from "./said.ts";
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
export { consentOf } from "./settings.ts";
export { atFirst, statusOf } from "./status.ts";
export { backText, closingTime, shopName, waitText } from "./view.ts";

/** The languages beside `en`; put in by the build. */
declare const LANGUAGES: readonly string[];

const PHONE = "(max-width: 640px), (max-height: 420px)";

export async function mount(options: MountOptions): Promise<Panel> {
  const { root, host, launcher, settings, base } = options;
  const page = launcher === null;
  if (page) host.setAttribute("data-page", "");
  // What shows a conversation comes beside the words; whoever goes on with one sees it at once.
  const shown = Promise.all((["talk", "rows", "theirs"] as const).map((part) => fetchPart(part, options))).catch(() => undefined);
  let texts = await loadTexts(base, options.languages);
  if (options.resume) await shown;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css + accentRule(settings.accent));
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];

  const phone = matchMedia(PHONE);
  const store = createStore({
    settings,
    url: new URL("ws", base).href.replace(/^http/, "ws"),
    deps: browserDeps(),
    local: storage(() => localStorage),
    session: storage(() => sessionStorage),
    locks: navigator.locks,
    locale: options.languages[0] ?? texts.language,
    page: () => ({ url: location.href.slice(0, 2_000), title: bareTitle().slice(0, 300), referrer: document.referrer.slice(0, 2_000) }),
    watched: () => store.get().open && store.get().screen === "talk" && document.visibilityState === "visible",
    emit: options.emit,
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
    const place: View["place"] = page ? "page" : phone.matches ? "phone" : "window";
    const view: View = { store, state, texts, settings, base, root, place, close };
    mounted.lang = texts.language;
    mounted.dir = texts.direction;
    render(
      <>
        {!page && <News {...view} onOpen={open} />}
        <PanelView {...view} />
      </>,
      mounted,
    );
    if (launcher) {
      launcher.hidden = state.open;
      launcher.ariaExpanded = String(state.open);
    }
    modal(state.open && place === "phone");
    count();
    if (state.open) {
      // What had the focus may be gone with what was tapped; a lost focus would be the page's again.
      if (held?.isConnected === false && !root.activeElement) mounted.querySelector<HTMLElement>(place === "phone" ? "h2" : ".type, h2")?.focus({ preventScroll: true });
      (window.requestIdleCallback ?? setTimeout)(() => void Promise.all([fetchPart("cards", view), fetchPart("menu", view)]).catch(() => undefined));
    }
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
    if (document.title !== title) document.title = title;
    if (!launcher) return;
    launcher.ariaLabel = news > 0 ? texts.t("openUnread", { n: news }) : texts.t("open");
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

  /** A phone's keyboard lies over the page; only the visual viewport tells how much is left. */
  function fit(): void {
    const seen = window.visualViewport;
    if (!seen) return;
    mounted.style.setProperty("--vv-h", `${seen.height}px`);
    mounted.style.setProperty("--vv-top", `${seen.offsetTop}px`);
  }

  store.subscribe(drawSoon);
  phone.addEventListener("change", drawSoon);
  window.visualViewport?.addEventListener("resize", fit);
  window.visualViewport?.addEventListener("scroll", fit);
  fit();
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

  if (page || (options.resume === "open" && !phone.matches)) {
    store.open();
  } else if (options.resume) {
    // A live conversation goes on in the background: its answers show on the button.
    store.connect();
  }
  draw();

  return {
    call: (name, [first]) => {
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
        case "theme":
          return text === "" || text === "auto" ? host.removeAttribute("data-theme") : host.setAttribute("data-theme", text);
        case "lang":
          void loadTexts(base, [text]).then((loaded) => {
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

async function loadTexts(base: string, languages: readonly string[]): Promise<Texts> {
  const language = pickLanguage(languages, ["en", ...LANGUAGES]);
  // "en" on the page and "en-GB" in the browser: words from the one, times from the other.
  const same = languages.filter((one) => one.toLowerCase().split("-")[0] === language);
  const tag = same.find((one) => one.includes("-")) ?? language;
  if (language === "en") return createTexts(en, "en", tag);
  try {
    const module = (await import(`${base}widget/locales/${language}.js`)) as { texts: TextTable };
    return createTexts(module.texts, language, tag);
  } catch {
    return createTexts(en, "en", "en");
  }
}

function bareTitle(): string {
  return document.title.replace(/^\(\d+\) /, "");
}
