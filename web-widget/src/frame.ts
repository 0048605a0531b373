// The page's side of a panel in a frame of its own, for pages that want its script away from theirs: data-isolation="iframe".

import { hear, say, type Around, type Kept, type News, type ToPage } from "./bridge.ts";
import { css } from "./frame.css";
import { css as offers, offer, placeFor } from "./offer.ts";
import { keyOf, lookRule, type MountOptions, type Panel } from "./settings.ts";
import { storage, type StorageLike } from "./storage.ts";

const PHONE = "(max-width: 640px), (max-height: 420px)";

export async function mount(options: MountOptions): Promise<Panel> {
  const { root, host, launcher, settings, base, languages, resume, emit } = options;
  const { origin } = new URL(base);
  const key = keyOf(settings.site ?? "default");
  const areas = { local: storage(() => localStorage), session: storage(() => sessionStorage) };
  const label = launcher?.textContent ? `${launcher.textContent} – ` : "";
  const phone = matchMedia(PHONE);
  let told: { url: string; title: string } | null = null;
  let shown = false;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css + offers + lookRule(settings));
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const frame = document.createElement("iframe");
  frame.title = settings.name ?? "Chat";
  frame.className = `frame${settings.position === "start" ? " start" : ""}`;
  frame.allow = "clipboard-write";
  frame.src = `${base}embed?${new URLSearchParams({ site: settings.site ?? "default", host: location.origin })}`;
  const badge = document.createElement("span");
  badge.className = "count";
  const place = placeFor(launcher, settings.position === "start");
  /** Shown beside the button, and put away up to where. */
  let beside: HTMLElement | null = null;
  let news = { seq: 0, away: 0 };

  /** Only what is ours: the frame asks for nothing else, and gets nothing else. */
  const ours = (name: string): boolean => name === key || name.startsWith(`${key}:`);
  const kept = (area: StorageLike): Kept => Object.fromEntries(area.keys().filter(ours).map((name) => [name, area.getItem(name) ?? ""]));

  function around(): Around {
    return { page: { url: location.href.slice(0, 2_000), title: document.title.slice(0, 300), referrer: document.referrer.slice(0, 2_000), ...told }, phone: phone.matches };
  }

  /** On a phone it takes what the keyboard leaves. */
  function fit(): void {
    const seen = phone.matches ? window.visualViewport : null;
    frame.classList.toggle("phone", phone.matches);
    frame.style.setProperty("--vv-h", seen ? `${seen.height}px` : "");
    frame.style.setProperty("--vv-top", seen ? `${seen.offsetTop}px` : "");
  }

  const tell = (message: Parameters<typeof say>[2]): void => say(frame.contentWindow, origin, message);
  function moved(): void {
    fit();
    tell({ type: "around", ...around() });
  }

  function tidy(): void {
    const focused = beside?.contains(root.activeElement) ?? false;
    beside?.remove();
    beside = null;
    if (focused) launcher?.focus();
  }

  function show(last: News | null): void {
    if (!last || last.seq <= news.away) {
      news = { ...news, seq: 0 };
      return tidy();
    }
    if (last.seq === news.seq) return;
    news = { ...news, seq: last.seq };
    tidy();
    beside = offer(last.text, last.dismiss, () => tell({ type: "call", name: "open", args: [] }), () => {
      news = { seq: 0, away: last.seq };
      tidy();
    });
    place.append(beside);
  }

  function state({ open, label: name, unread, title, news }: ToPage & { type: "state" }): void {
    frame.title = title;
    if (launcher) {
      launcher.hidden = open;
      launcher.ariaExpanded = String(open);
      launcher.ariaLabel = label + name;
      badge.textContent = unread > 0 ? String(Math.min(unread, 99)) : "";
      if (unread > 0) launcher.append(badge);
      else badge.remove();
    }
    show(news);
    if (open === shown) return;
    shown = open;
    frame.hidden = !open;
    document.documentElement.style.overflow = open && phone.matches ? "hidden" : "";
    if (open) frame.focus();
    else launcher?.focus();
  }

  await new Promise<void>((mounted, failed) => {
    // A frame that the site's rules or the server's keep out never says a word.
    const timer = setTimeout(() => failed(new Error("the frame does not answer")), 15_000);
    hear<ToPage>(() => frame.contentWindow, origin, (message) => {
      switch (message.type) {
        case "hello":
          return tell({ type: "mount", settings, languages, resume, theme: host.dataset["theme"] ?? "", local: kept(areas.local), session: kept(areas.session), ...around() });
        case "mounted":
          clearTimeout(timer);
          return mounted();
        case "state":
          return state(message);
        case "event":
          return emit(message.name, message.detail);
        case "keep":
          if (!ours(message.key)) return;
          if (message.value === null) return areas[message.area].removeItem(message.key);
          return areas[message.area].setItem(message.key, message.value);
      }
    });
    frame.hidden = true;
    root.append(frame);
    fit();
  });

  phone.addEventListener("change", moved);
  window.visualViewport?.addEventListener("resize", fit);
  window.visualViewport?.addEventListener("scroll", fit);
  const { navigation } = window as { navigation?: EventTarget };
  (navigation ?? window).addEventListener(navigation ? "currententrychange" : "popstate", () => {
    told = null;
    setTimeout(moved, 300);
  });
  window.addEventListener("storage", ({ key: name, newValue }) => {
    if (name === null || ours(name)) tell({ type: "stored", key: name, value: newValue });
  });

  return {
    call: (name, args) => {
      const [first, second] = args;
      if (name === "page") {
        told = { url: new URL(String(first), location.href).href.slice(0, 2_000), title: String(second ?? document.title).slice(0, 300) };
        return moved();
      }
      return tell({ type: "call", name, args: JSON.parse(JSON.stringify(args)) as unknown[] });
    },
  };
}
