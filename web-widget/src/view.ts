// What every view is given.

import type { State } from "./state.ts";
import type { Store } from "./store.ts";
import type { Texts } from "./texts.ts";
import type { Settings } from "./settings.ts";

export interface View {
  readonly store: Store;
  readonly state: State;
  readonly texts: Texts;
  readonly settings: Settings;
  /** Root of the server with a slash at its end. */
  readonly base: string;
  readonly root: ShadowRoot;
  /** A full page of its own, or a phone, or the small window. */
  readonly place: "page" | "phone" | "window";
  readonly close: () => void;
}

/** The shop's name as far as it is known. */
export function shopName({ state, settings }: View): string {
  return state.site?.name ?? settings.name ?? "Chat";
}

/** "Usually 3 to 6 minutes". */
export function waitText({ texts: { t } }: View, wait: { low: number; high: number } | null | undefined): string {
  if (!wait) return t("waitUnknown");
  if (wait.high <= 60) return t("waitShort");
  const low = Math.max(1, Math.round(wait.low / 60));
  const high = Math.max(low, Math.ceil(wait.high / 60));
  return low === high ? t("waitAbout", { n: high }) : t("waitRange", { low, high });
}

/** The end of today's hours, where they are one span. */
export function closingTime(hours: string | undefined): string | null {
  return hours === undefined ? null : (/^[^–-]+[–-]\s*(\d{1,2}:\d{2})$/.exec(hours)?.[1] ?? null);
}

/** "We’re back tomorrow at 8:00", or null when people are there by their hours. */
export function backText({ state, store, texts }: View): string | null {
  const site = state.site;
  if (!site || site.open) return null;
  if (site.opens_at === undefined) return texts.t("nobodyHere");
  return texts.t("backAt", { day: texts.dayWithin(site.opens_at, store.now()), time: texts.clock(site.opens_at) });
}
