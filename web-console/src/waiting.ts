// How long somebody waits, as text and as a level. No DOM, no clock: `now` is an argument.

export type Level = "fine" | "long" | "late";

/** Amber from here, milliseconds. */
export const LONG = 3 * 60_000;

/** Red from here, milliseconds. */
export const LATE = 5 * 60_000;

export function level(waited: number): Level {
  if (waited >= LATE) return "late";
  return waited >= LONG ? "long" : "fine";
}

/** `m:ss` below an hour, `h:mm h` above: a figure that ticks must not change its width twice. */
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
  return `${Math.floor(s / 3600)}:${two(Math.floor((s % 3600) / 60))} h`;
}

/** The largest unit that fits, for "2 min ago" and the like. */
export function ago(ms: number): { unit: "now" | "minute" | "hour" | "day"; n: number } {
  const min = Math.floor(Math.max(0, ms) / 60_000);
  if (min < 1) return { unit: "now", n: 0 };
  if (min < 60) return { unit: "minute", n: min };
  if (min < 48 * 60) return { unit: "hour", n: Math.floor(min / 60) };
  return { unit: "day", n: Math.floor(min / 1440) };
}
