// What the server writes into the loader, and how the loader and the panel talk to each other.

import type { Choice } from "./protocol.ts";

/** All optional: the widget works with none of it. */
export interface Settings {
  readonly site?: string;
  /** The shop's name. */
  readonly name?: string;
  /** Any CSS colour in hex; its lightness is set so that text on it can be read. */
  readonly accent?: string;
  /** The corner: `end` is right in left-to-right languages. */
  readonly position?: "start" | "end";
  /** Languages that have answers, the default first. */
  readonly languages?: readonly string[];
  /** The server collects traces: each message names one. */
  readonly trace?: boolean;
  readonly texts?: Readonly<Record<string, { readonly greeting?: string; readonly suggested?: readonly Choice[] }>>;
}

/** What the panel is mounted with. */
export interface MountOptions {
  readonly root: ShadowRoot;
  readonly host: HTMLElement;
  /** None on the full page. */
  readonly launcher: HTMLButtonElement | null;
  readonly settings: Settings;
  /** Root of the server with a slash at its end, such as `https://chat.example/`. */
  readonly base: string;
  /** As asked for by the page or the browser, best first. */
  readonly languages: readonly string[];
  /** How it stood on the page before, in this tab: `open`, `closed`, or null. */
  readonly resume: string | null;
  readonly emit: (event: string, detail?: unknown) => void;
}

export interface Panel {
  readonly call: (name: string, args: readonly unknown[]) => void;
}

/** What everything begins with that is kept in the browser. */
export function keyOf(site: string): string {
  return `deskbell:${site}`;
}

/** What the keys of the tabs' outboxes begin with, in `localStorage`. */
export function outboxesOf(key: string): string {
  return `${key}:outbox:`;
}

/** Key in `sessionStorage` that says that this tab has a live conversation. */
export function liveKey(site: string): string {
  return `${keyOf(site)}:live`;
}

/** The widget's accent as CSS, or nothing when it is not a plain hex colour. */
export function accentRule(accent: string | undefined): string {
  return accent && /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(accent) ? `:host>*{--brand:${accent}}` : "";
}
