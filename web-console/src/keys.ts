// Single-key shortcuts: which key means what, and when a key press is one. No DOM beyond the event's own fields.

export type Command = "next" | "previous" | "claim" | "reply" | "note" | "transfer" | "resolve" | "insert" | "visitor" | "find" | "help" | "snooze" | "labels" | "macros" | "pick";

export const KEYS: readonly (readonly [string, Command])[] = [
  ["j", "next"],
  ["k", "previous"],
  ["c", "claim"],
  ["r", "reply"],
  ["n", "note"],
  ["i", "insert"],
  ["t", "transfer"],
  ["e", "resolve"],
  ["z", "snooze"],
  ["l", "labels"],
  ["m", "macros"],
  ["x", "pick"],
  ["v", "visitor"],
  ["/", "find"],
  ["?", "help"],
];

export type Press = {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean;
  defaultPrevented: boolean;
};

/**
 * The command of a key press, or nothing while somebody types, holds a modifier, or has switched shortcuts off
 * (WCAG 2.1.4: speech input types letters by accident, so all of them can be turned off, `?` too).
 */
export function command(press: Press, typing: boolean, on: boolean): Command | undefined {
  if (!on || typing || press.defaultPrevented || press.isComposing) return undefined;
  if (press.ctrlKey || press.metaKey || press.altKey) return undefined;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  return KEYS.find(([k]) => k === key)?.[1];
}

/** The key of a command, for the hint beside its button. */
export function keyOf(wanted: Command): string {
  return KEYS.find(([, name]) => name === wanted)?.[0].toUpperCase() ?? "";
}
