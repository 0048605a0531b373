// Every drawing of the widget: one path each, drawn with the text's colour.

import type { VNode } from "preact";
import { useState } from "preact/hooks";

import { initials } from "./said.ts";
import type { View } from "./view.ts";

const PATHS = {
  bell: "M2.8 15.2h14.4M4.3 15.2a5.7 5.7 0 0 1 11.4 0M10 9.5V6.6M8.1 6h3.8",
  close: "m5 5 10 10M15 5 5 15",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  back: "m12 4.5-5.5 5.5 5.5 5.5",
  forward: "m8 5 5 5-5 5",
  down: "M10 4v12M5 11l5 5 5-5",
  send: "M10 16V4.5M5 9.3l5-4.8 5 4.8",
  person: "M6.9 6.8a3.1 3.1 0 1 0 6.2 0 3.1 3.1 0 1 0-6.2 0M4 16.5c.5-3.2 2.9-4.9 6-4.9s5.5 1.7 6 4.9",
  page: "M5 3h6.5L15 6.5V17H5zM11.5 3v3.5H15M8 10.5h4M8 13.5h4",
  thumbUp: "M3.5 9h2.7v7.5H3.5zM6.2 9.3 9.5 3.2c1.3 0 2.1 1 1.9 2.2L11 8h4.3c1 0 1.7.9 1.5 1.9l-1 5c-.2.9-.9 1.6-1.9 1.6H6.2",
  thumbDown: "M3.5 11h2.7V3.5H3.5zM6.2 10.7l3.3 6.1c1.3 0 2.1-1 1.9-2.2L11 12h4.3c1 0 1.7-.9 1.5-1.9l-1-5c-.2-.9-.9-1.6-1.9-1.6H6.2",
  clock: "M3 10a7 7 0 1 0 14 0 7 7 0 1 0-14 0M10 6v4.2l2.7 1.6",
  check: "m4.5 10.5 3.7 3.7 7.3-8",
  seen: "m1.5 10.5 3.7 3.7 7.3-8M10 14.2l7.8-8",
  warn: "M2.8 10a7.2 7.2 0 1 0 14.4 0 7.2 7.2 0 1 0-14.4 0M10 6.2v4.6M10 13.7v.1",
  offline: "M3 8.2a10 10 0 0 1 3.2-2.1M9 5.1a10 10 0 0 1 8 3.1M5.7 11.2a6 6 0 0 1 3-1.6M12.3 9.9c.8.3 1.4.7 2 1.3M10 14.8v.1M3.5 3.5l13 13",
  download: "M10 3.5V12M6.5 8.7 10 12.2l3.5-3.5M4 16.2h12",
  again: "M4.5 10a5.6 5.6 0 1 0 1.7-4M4.5 3.5v3.3h3.3",
  mail: "M3 5h14v10.5H3zM3.3 5.5 10 11l6.7-5.5",
  search: "M3.5 8.8a5.3 5.3 0 1 0 10.6 0 5.3 5.3 0 1 0-10.6 0M12.8 12.8l3.9 3.9",
  past: "M3.6 7.2A7 7 0 1 1 3 10M3 4v3.4h3.4M10 6.5v3.7l2.6 1.5",
  sound: "M5 8.5a5 5 0 0 1 10 0c0 4 1.5 5 1.5 5h-13S5 12.5 5 8.500M8.3 16a1.9 1.9 0 0 0 3.4 0",
  data: "M5 3h6.500L15 6.500V17H5zM11.5 3v3.500H15M10 8.500v5M8 11.600l2 2 2-2",
  erase: "M4 5.500h12M8 5.500V3.500h4v2M5.5 5.500l.7 11h7.600l.7-11M8.5 8.500v5M11.5 8.500v5",
  end: "M2.8 10a7.2 7.2 0 1 0 14.4 0 7.2 7.2 0 1 0-14.4 0M7.3 7.300l5.4 5.400M12.7 7.300l-5.4 5.4",
  leave: "M11.5 4H5v12h6.5M9 10h8M14 7l3 3-3 3",
} as const;

export function Icon({ name, size = 20, flip = false }: { name: keyof typeof PATHS; size?: number; flip?: boolean }): VNode {
  return (
    <svg viewBox="0 0 20 20" class={`s${size}${flip ? " flip" : ""}${name === "more" ? " fat" : ""}`} aria-hidden="true">
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

/** Who speaks: an agent by the letters of the name, else the bot. */
export function Face({ name }: { name: string | null }): VNode {
  return name === null ? (
    <span class="face bot">
      <Icon name="bell" size={16} />
    </span>
  ) : (
    <span class="face" aria-hidden="true">
      {initials(name)}
    </span>
  );
}
