// What the page and the panel in its frame say to each other: plain data, named by version, each time with who said it.

import type { Settings } from "./settings.ts";
import type { Page } from "./protocol.ts";

/** Of this protocol: a message of another version is not for us. */
export const VERSION = 1;

type Area = "local" | "session";
export type Kept = Readonly<Record<string, string>>;

/** What is kept on the page for a panel that may have no storage of its own, and how it stands there. */
export interface Around {
  readonly page: Page;
  readonly phone: boolean;
}

/** The page says. */
export type ToFrame =
  | ({ readonly type: "mount"; readonly settings: Settings; readonly languages: readonly string[]; readonly resume: string | null; readonly theme: string; readonly local: Kept; readonly session: Kept } & Around)
  | ({ readonly type: "around" } & Around)
  | { readonly type: "call"; readonly name: string; readonly args: readonly unknown[] }
  | { readonly type: "stored"; readonly key: string | null; readonly value: string | null };

/** What somebody wrote while the panel is shut: for beside the button. */
export interface News {
  readonly seq: number;
  readonly text: string;
  /** The word for putting it away. */
  readonly dismiss: string;
}

/** The frame says. */
export type ToPage =
  | { readonly type: "hello" }
  | { readonly type: "mounted" }
  | { readonly type: "state"; readonly open: boolean; readonly label: string; readonly unread: number; readonly title: string; readonly news: News | null }
  | { readonly type: "event"; readonly name: string; readonly detail?: unknown }
  | { readonly type: "keep"; readonly area: Area; readonly key: string; readonly value: string | null };

/** Hears one side alone: the same window, the same origin, the same version. Everything else is passed over. */
export function hear<T extends { readonly type: string }>(from: () => Window | null, origin: string, take: (message: T) => void): () => void {
  function listen(event: MessageEvent): void {
    const data = event.data as ({ deskbell?: unknown } & T) | null;
    if (event.origin !== origin || event.source === null || event.source !== from()) return;
    if (typeof data === "object" && data?.deskbell === VERSION && typeof data.type === "string") take(data);
  }
  addEventListener("message", listen);
  return () => removeEventListener("message", listen);
}

export function say(to: Window | null, origin: string, message: ToFrame | ToPage): void {
  to?.postMessage({ deskbell: VERSION, ...message }, origin);
}

