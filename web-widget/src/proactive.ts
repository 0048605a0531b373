// A word that comes by itself, by the rules of the editors. It takes no focus, comes once, and never while somebody talks.

import { css, offer, placeFor } from "./offer.ts";
import { keyOf, textIn, type MountOptions, type Panel, type Rule } from "./settings.ts";
import { storage } from "./storage.ts";

/** "Dismiss" in every language there is; put in by the build. */
declare const DISMISS: Record<string, string>;

type Call = (name: string, ...args: unknown[]) => unknown;

export async function mount({ root, host, launcher, settings, languages }: MountOptions, call: Call): Promise<Panel> {
  const key = `${keyOf(settings.site ?? "default")}:told`;
  // What was clicked or dismissed in this tab; what was merely shown lies in memory, for nobody has touched anything yet.
  const session = storage(() => sessionStorage);
  const told = new Set((session.getItem(key) ?? "").split(" "));
  const began = new Map<Rule, number>();
  let shown: HTMLElement | null = null;
  let talked = false;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const place = placeFor(launcher, settings.position === "start");

  /** While the panel is open, or was, there is nothing to offer. */
  const busy = (): boolean => talked || launcher?.ariaExpanded === "true" || Boolean(host.hidden) || document.querySelector("dialog:modal") !== null;

  function touched(id: string): void {
    told.add(id);
    session.setItem(key, [...told].join(" ").trim());
    hide();
  }

  function hide(): void {
    const focused = shown?.contains(root.activeElement) ?? false;
    shown?.remove();
    shown = null;
    if (focused) launcher?.focus();
  }

  function show(rule: Rule): void {
    const text = textIn(rule.text, languages);
    if (!text) return;
    told.add(rule.id);
    const put = (): void => touched(rule.id);
    shown = offer(text, DISMISS[launcher?.lang ?? ""] ?? "Dismiss", () => {
      put();
      const question = textIn(rule.question, languages);
      if (question) call("ask", question);
      else call("open");
    }, put);
    place.append(shown);
  }

  function look(): void {
    if (busy()) {
      hide();
      return;
    }
    if (shown) return;
    const now = Date.now();
    const most = document.documentElement.scrollHeight - innerHeight;
    const scrolled = most > 0 ? (100 * scrollY) / most : 100;
    for (const rule of settings.proactive ?? []) {
      if (!matches(rule.page, location.pathname)) {
        began.delete(rule);
        continue;
      }
      const since = began.get(rule) ?? now;
      began.set(rule, since);
      if (!told.has(rule.id) && now - since >= 1_000 * (rule.afterS ?? 0) && scrolled >= (rule.scrollPct ?? 0)) return show(rule);
    }
  }

  call("on", "open", () => {
    talked = true;
    look();
  });
  const timer = setInterval(() => (talked ? clearInterval(timer) : look()), 500);
  look();
  return { call: () => undefined };
}

/** `*` stands for any characters, also none. */
export function matches(pattern: string | undefined, path: string): boolean {
  if (pattern === undefined) return true;
  const [first = "", ...rest] = pattern.split("*");
  if (!path.startsWith(first)) return false;
  if (rest.length === 0) return path === first;
  let at = first.length;
  const last = rest.pop() ?? "";
  for (const piece of rest) {
    const found = path.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return path.length - last.length >= at && path.endsWith(last);
}
