// Every drawing of the widget: one path each, drawn with the text's colour.

import type { VNode } from "preact";
import { useState } from "preact/hooks";

import type { View } from "./view.ts";

type Late = "more" | "down" | "page" | "thumbUp" | "thumbDown" | "clock" | "seen" | "offline" | "download" | "again" | "mail" | "past" | "sound" | "data" | "erase" | "end" | "leave";

/** Those that nearly every view shows; the others come with the file that needs them first. */
const PATHS: Record<string, string> = {
  bell: "M2.8 15.2h14.4M4.3 15.2a5.7 5.7 0 0 1 11.4 0M10 9.5V6.6M8.1 6h3.8",
  close: "m5 5 10 10M15 5 5 15",
  back: "m12 4.5-5.5 5.5 5.5 5.5",
  forward: "m8 5 5 5-5 5",
  send: "M10 16V4.5M5 9.3l5-4.8 5 4.8",
  person: "M6.9 6.8a3.1 3.1 0 1 0 6.2 0 3.1 3.1 0 1 0-6.2 0M4 16.5c.5-3.2 2.9-4.9 6-4.9s5.5 1.7 6 4.9",
  check: "m4.5 10.5 3.7 3.7 7.3-8",
  warn: "M2.8 10a7.2 7.2 0 1 0 14.4 0 7.2 7.2 0 1 0-14.4 0M10 6.2v4.6M10 13.7v.1",
  search: "M3.5 8.8a5.3 5.3 0 1 0 10.6 0 5.3 5.3 0 1 0-10.6 0M12.8 12.8l3.9 3.9",
};

export type IconName = "bell" | "close" | "back" | "forward" | "send" | "person" | "check" | "warn" | "search" | Late;

export function addIcons(paths: Readonly<Partial<Record<Late, string>>>): void {
  Object.assign(PATHS, paths);
}


export function Icon({ name, size = 20, flip = false }: { name: IconName; size?: number; flip?: boolean }): VNode {
  return (
    <svg viewBox="0 0 20 20" class={`s${size}${flip ? " flip" : ""}`} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The shop's sign: its picture, or the bell where there is none or it may not be shown. */
export function Logo({ settings }: Pick<View, "settings">): VNode {
  const [missing, setMissing] = useState(false);
  return settings.avatar && !missing ? (
    <img class="logo" src={settings.avatar} alt="" onError={() => setMissing(true)} />
  ) : (
    <span class="logo">
      <Icon name="bell" />
    </span>
  );
}
