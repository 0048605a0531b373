// What the button's script and the full page's have in common: the settings in force, and an element that the page's styles do not reach.

import { css } from "./loader.css";
import { colourRule, type MountOptions, type Panel, type Settings } from "./settings.ts";

export interface Part {
  readonly mount: (options: MountOptions, call: (name: string, ...args: unknown[]) => unknown) => Promise<Panel>;
}

/** The server replaces the quoted word, quotes and all, with a string literal that holds the settings as JSON. */
export function given(): Settings {
  return JSON.parse("__DESKBELL_SETTINGS__") as Settings;
}

/** What differs on this site is put in place. */
export function ofSite(settings: Settings | null, site: string): Settings {
  return { ...settings, ...settings?.sites?.[site], site };
}

export function shell(settings: Settings): { host: HTMLElement; root: ShadowRoot } {
  const host = document.createElement("deskbell-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css + colourRule(settings));
  root.adoptedStyleSheets = [sheet];
  return { host, root };
}
