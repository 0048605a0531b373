// What a person set for this browser, and what this tab must remember. Storage may be missing or full: then it is forgotten.

import { signal } from "@preact/signals";

export type Prefs = {
  lang?: "en" | "de";
  enterSends: boolean;
  shortcuts: boolean;
  sound: boolean;
  desktop: boolean;
  visitor: boolean;
  /** What sound and notification are for. */
  rules: Record<"waiting" | "given" | "message" | "mention" | "offer", boolean>;
  /** Silent between these times of day, `HH:MM`. */
  quiet?: { from: string; to: string } | undefined;
};

const DEFAULTS: Prefs = { enterSends: true, shortcuts: true, sound: false, desktop: false, visitor: true, rules: { waiting: true, given: true, message: true, mention: true, offer: true } };
const NAME = "deskbell.prefs";

export const prefs = signal<Prefs>(DEFAULTS);

export function load(): void {
  const kept = readJson<Partial<Prefs>>(NAME);
  prefs.value = { ...DEFAULTS, ...kept, rules: { ...DEFAULTS.rules, ...kept?.rules } };
}

export function set(change: Partial<Prefs>): void {
  prefs.value = { ...prefs.value, ...change };
  write(NAME, JSON.stringify(prefs.value));
}

export function readJson<T>(name: string): T | undefined {
  try {
    const text = localStorage.getItem(name);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

export function write(name: string, text: string | undefined): void {
  try {
    if (text === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, text);
  } catch {
    // Full or forbidden: the page goes on without it.
  }
}

/** Of this tab alone, through reloads. */
export function tab(name: string): string | undefined {
  try {
    return sessionStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function setTab(name: string, value: string | undefined): void {
  try {
    if (value === undefined) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, value);
  } catch {
    // As above.
  }
}
