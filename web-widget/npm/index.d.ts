/** What the widget tells the page, by name. */
export interface Events {
  /** The panel is there: everything that waited is done from here on. */
  ready: undefined;
  open: undefined;
  close: undefined;
  /** How many messages nobody has looked at. */
  unread: number;
  message: { readonly c: string; readonly seq: number; readonly from: "visitor" | "bot" | "agent" | "system"; readonly text?: string };
  /** The bot has handed over to people. */
  handoff: { readonly c: string };
  /** A person has taken the conversation. */
  agent: { readonly name?: string };
  /** The place in the queue, from 1. */
  queue: { readonly position: number };
  ended: { readonly c: string };
  rating: { readonly score: number };
  /** A code of the protocol, such as `rate` or `forbidden`. */
  error: string | undefined;
}

export type Listener<E extends keyof Events> = (detail: Events[E]) => void;

/** Calls by name; each waits until the widget can do it. */
export interface Calls {
  open(): void;
  close(): void;
  toggle(): void;
  /** The button too. */
  hide(): void;
  show(): void;
  /** Opens and says it for the visitor. */
  ask(text: string): void;
  /** Opens with it in the box. */
  prefill(text: string): void;
  /** Who this is, signed by your server; `docs/privacy.md` of Deskbell says how. */
  identify(jwt: string): void;
  /** What you know of the visitor. Nobody has signed it, and agents see that. At most 16, names to 40 characters, values to 200. */
  set(more: { attributes: Readonly<Record<string, string | number | boolean>> }): void;
  /** Where the visitor is, where the address alone does not say so. */
  page(url: string, title?: string): void;
  /** BCP 47 tag. */
  language(tag: string): void;
  theme(theme: "light" | "dark" | "auto"): void;
  /** Forgets the visitor in this browser. */
  logout(): void;
  /** Gives back a way to stop listening. */
  on<E extends keyof Events>(event: E, listener: Listener<E>): () => void;
  off<E extends keyof Events>(event: E, listener: Listener<E>): void;
}

/** Two ways to the same: `deskbell("open")` and `deskbell.open()`. */
export interface Deskbell extends Calls {
  <N extends keyof Calls>(name: N, ...args: Parameters<Calls[N]>): ReturnType<Calls[N]>;
  <E extends keyof Events>(name: "on", event: E, listener: Listener<E>): () => void;
  <E extends keyof Events>(name: "off", event: E, listener: Listener<E>): void;
  readonly ready?: true;
}

export interface Options {
  /** The script of your server: `https://chat.shop.example/widget.js`, or its pinned address. */
  readonly src: string;
  /** As in `deskbell site add`. */
  readonly site?: string;
  /** BCP 47 tag; else the page's own, then the browser's. */
  readonly lang?: string;
  /** `iframe`: the panel in a frame of its own. */
  readonly isolation?: "iframe";
  /** Look, where the server's settings do not say it: colour, corner, radius in pixels, words on the button. */
  readonly accent?: string;
  readonly position?: "start" | "end";
  readonly radius?: number;
  readonly label?: string;
  /** Of the page's content security policy. */
  readonly nonce?: string;
  /** With a pinned address: what `deskbell widget` prints. */
  readonly integrity?: string;
}

/** Puts the script on the page once. Fails where it cannot be loaded; the next call tries again. */
export function load(options: Options): Promise<Deskbell>;

/** As `window.deskbell`, also before the script is there: then the call waits, and gives back nothing. */
export const deskbell: {
  <N extends Exclude<keyof Calls, "on" | "off">>(name: N, ...args: Parameters<Calls[N]>): void;
  <E extends keyof Events>(name: "on" | "off", event: E, listener: Listener<E>): (() => void) | undefined;
};

declare global {
  interface Window {
    deskbell?: Deskbell;
  }
}
