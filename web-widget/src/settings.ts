// What the server writes into the loader, and how the loader and the panel talk to each other.

import type { Choice, Page } from "./protocol.ts";
import type { News } from "./bridge.ts";
import type { StorageLike } from "./storage.ts";

/** A text in each language that it was written in. */
export type ByLanguage = Readonly<Record<string, string>>;

export type Field = "name" | "email";

/** What is asked of a visitor, and before what: the first message, or the call for a person. */
export interface Prechat {
  readonly fields: readonly Field[];
  readonly when: "start" | "handoff";
}

/** A message that comes by itself once all its conditions hold. */
export interface Rule {
  readonly id: string;
  /** Path of the page, `*` stands for any characters. */
  readonly page?: string;
  readonly afterS?: number;
  readonly scrollPct?: number;
  readonly text: ByLanguage;
  /** What a click asks for the visitor; without it a click opens the panel. */
  readonly question?: ByLanguage;
}

/** What an operator says to everybody, such as that something is broken. */
export interface Notice {
  readonly text: ByLanguage;
  /** Until when, milliseconds since 1970 UTC. */
  readonly until?: number;
}

/** All optional: the widget works with none of it. `[widget]` in `deskbell.toml`, see `src/http/site.rs`. */
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
  /** Radius of the panel's corners, CSS pixels, 0 to 28. */
  readonly radius?: number;
  /** A picture in the place of the bell: `https://…`, or a path under the server. The page's rules may keep it out. */
  readonly avatar?: string;
  /** Words on the button. */
  readonly launcher?: ByLanguage;
  /** Heading of the first screen, in the place of "Good morning". */
  readonly title?: ByLanguage;
  /** Must be agreed to before the first message is sent. */
  readonly consent?: ByLanguage;
  /** Agents see what is being typed; to be said to the visitor. */
  readonly typingPreview?: boolean;
  /** A tone for an answer that comes while nobody looks. */
  readonly sound?: boolean;
  readonly prechat?: Prechat;
  readonly proactive?: readonly Rule[];
  /** What differs on one site, by its name. The loader has put it in place. */
  readonly sites?: Readonly<Record<string, Partial<Settings>>>;
  /** The folder below `widget/` that this version's files lie in, for ever the same. */
  readonly pin?: string;
  /** What an operator says to everybody. */
  readonly notice?: Notice;
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
  /** What the panel is given where it runs in a frame of its own: the page around it. */
  readonly outside?: Outside;
}

/** The page around a panel that runs in a frame. It keeps what must be kept: a frame may have no storage. */
export interface Outside {
  readonly local: StorageLike;
  readonly session: StorageLike;
  readonly page: () => Page;
  /** Whether the frame fills a phone's screen. */
  readonly phone: () => boolean;
  /** Called when one of the two changes. */
  readonly onChange: (run: () => void) => void;
  readonly state: (state: { open: boolean; label: string; unread: number; title: string; news: News | null }) => void;
}

export interface Panel {
  readonly call: (name: string, args: readonly unknown[]) => void;
}

/** The first of these languages that a table has. */
export function languageIn(languages: readonly string[], table: object): string | undefined {
  return languages.map((tag) => tag.toLowerCase().split("-")[0] ?? "").find((tag) => tag in table);
}

/** In the first of these languages that there is a text in, else the first text. */
export function textIn(texts: ByLanguage | undefined, languages: readonly string[]): string | undefined {
  return texts && (texts[languageIn(languages, texts) ?? ""] ?? Object.values(texts)[0]);
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

/** The colour as CSS; what is no plain one is left out. */
export function colourRule({ accent = "" }: Pick<Settings, "accent">): string {
  return /^#([\da-f]{3}){1,2}$/i.test(accent) ? `:host>*{--brand:var(--deskbell-accent,${accent})}` : "";
}

/** All settings of how it looks, as CSS. The button needs but the colour. */
export function lookRule({ accent = "", radius = NaN }: Pick<Settings, "accent" | "radius">): string {
  return colourRule({ accent }) + (radius >= 0 ? `:host>*{--radius:var(--deskbell-radius,${radius}px)}` : "");
}
