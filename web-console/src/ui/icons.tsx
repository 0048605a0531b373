// The console's own signs, drawn on a grid of 16. They say nothing to a screen reader: words stand beside them.

import type { VNode } from "preact";

const circle = (x: number, y: number, r: number) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

const PATHS = {
  bell: "M3.5 11.5h9M4.5 11.5V7.6a3.5 3.5 0 0 1 7 0v3.9M8 4.1V2.5M6.8 13.6h2.4",
  inbox: "M2.5 9 4.3 3.5h7.4L13.5 9v3.5h-11zM2.5 9H6l.7 1.6h2.6L10 9h3.5",
  help: `${circle(8, 8, 5.5)}M6.4 6.4a1.7 1.7 0 1 1 2.4 1.5c-.5.3-.8.6-.8 1.1M8 11v.1`,
  ask: `${circle(7, 7, 4.2)}M10.2 10.2l3 3M6 6.2a1 1 0 1 1 1.4 1c-.3.1-.4.3-.4.6M7 9v.1`,
  try: "M6.5 2.5h3M7 2.5v4L3.6 12a1 1 0 0 0 .9 1.5h7a1 1 0 0 0 .9-1.5L9 6.5v-4M5.2 10h5.6",
  pages: "M3 3.5h4.2c.5 0 .8.4.8.9v8.1c0-.5-.4-.9-.9-.9H3zM13 3.5H8.8c-.5 0-.8.4-.8.9v8.1c0-.5.4-.9.9-.9H13z",
  doc: "M4 2.5h5l3 3v8H4zM9 2.5v3h3M6 8.5h4M6 11h4",
  branch: `${circle(4.5, 4, 1.5)}${circle(4.5, 12, 1.5)}${circle(11.5, 5, 1.5)}M4.5 5.5v5M11.5 6.5c0 2.5-3 3-6.6 4`,
  save: "M8 2.5v7.5M5 7l3 3 3-3M3 13h10",
  gear: `${circle(8, 8, 2)}M8 2.5v1.6M8 11.9v1.6M2.5 8h1.6M11.9 8h1.6M4.1 4.1l1.1 1.1M10.8 10.8l1.1 1.1M4.1 11.9l1.1-1.1M10.8 5.2l1.1-1.1`,
  clock: `${circle(8, 8, 5.5)}M8 5v3.2l2 1.3`,
  user: `${circle(8, 5.7, 2.4)}M3.3 13a4.8 4.8 0 0 1 9.4 0`,
  users: `${circle(6, 6, 2.2)}M2 12.8a4.1 4.1 0 0 1 8 0M10.5 4a2.2 2.2 0 0 1 0 4M12 9.8a4 4 0 0 1 2 3`,
  box: "M2.8 5 8 2.5 13.2 5v6L8 13.5 2.8 11zM2.8 5 8 7.5 13.2 5M8 7.5v6",
  all: "M3 4.5h10M3 8h10M3 11.5h10",
  check: "m3.5 8.5 3 3 6-7",
  checks: "m1.5 8.5 3 3 6-7M7.5 11l.5.5 6-7",
  search: `${circle(7, 7, 4.2)}M10.2 10.2l3 3`,
  up: "m4 9 4-4 4 4M4 12.5l4-4 4 4",
  sad: `${circle(8, 8, 5.5)}M6 6.8v.1M10 6.8v.1M5.8 10.6c1.2-1.2 3.2-1.2 4.4 0`,
  moon: "M13 9.6A5.5 5.5 0 0 1 6.4 3a5.5 5.5 0 1 0 6.6 6.6z",
  tag: "M2.5 2.5h5l6 6-5 5-6-6zM5.2 5.2v.1",
  bolt: "M9 2 4 9h4l-1 5 5-7H8z",
  board: "M3 13V9M6.3 13V5M9.6 13V7.5M13 13V3",
  people: "M2.5 3.5h11v7h-6l-3 2.5v-2.5h-2z",
  shield: "M8 2.2 13 4v4c0 3-2 5-5 6-3-1-5-3-5-6V4z",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  at: `${circle(8, 8, 2.2)}M10.2 5.8v2.8c0 1.8 3.3 1.8 3.3-.6A5.5 5.5 0 1 0 11 12.6`,
  eye: `${circle(8, 8, 1.8)}M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8z`,
  pen: "M10.5 3 13 5.5 6 12.5l-3 .5.5-3z",
  undo: "M5.5 4 3 6.5 5.5 9M3 6.5h6a3.5 3.5 0 0 1 0 7H6",
  ban: `${circle(8, 8, 5.5)}M4.2 4.2l7.6 7.6`,
  link: "M6.5 9.5l3-3M7 4.8l1-1a3 3 0 0 1 4.2 4.2l-1 1M9 11.2l-1 1A3 3 0 0 1 3.8 8l1-1",
  plus: "M8 3v10M3 8h10",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  ear: "M11 6.5a3 3 0 1 0-6 0c0 3 1 3.2 1 5a1.6 1.6 0 0 0 3 .6M7.2 6.7a1 1 0 1 1 1.6.8c-.6.5-.5 1-.2 1.5",
  lock: "M5 7h6a1.5 1.5 0 0 1 1.5 1.5v3A1.5 1.5 0 0 1 11 13H5a1.5 1.5 0 0 1-1.5-1.5v-3A1.5 1.5 0 0 1 5 7zM5.5 7V5.3a2.5 2.5 0 0 1 5 0V7",
  send: "M8 13V3M4 7l4-4 4 4",
  swap: "M3 5.5h9M9.5 3 12 5.5 9.5 8M13 10.5H4M6.5 8 4 10.5 6.5 13",
  warn: "M8 2.8 14 13H2zM8 6.5v3M8 11.2v.1",
  x: "m4 4 8 8M12 4l-8 8",
  back: "M9.5 3.5 5 8l4.5 4.5",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  down: "m4 6 4 4 4-4",
  panel: "M2.5 3.5h11v9h-11zM10 3.5v9",
  queue: "M13 8H4M6.5 5 3.5 8l3 3",
  offline: "M2 2l12 12M4.5 9.5a5 5 0 0 1 2-1.3M2 6.8a9 9 0 0 1 2.6-1.7M8 12.2v.1M9.6 8.3a5 5 0 0 1 1.9 1.2M7.5 4a9 9 0 0 1 6.5 2.8",
  globe: `${circle(8, 8, 5.5)}M2.5 8h11M8 2.5c2 2 2.2 8.5 0 11M8 2.5c-2 2-2.2 8.5 0 11`,
  out: "M6.5 3h-3v10h3M9.5 5l3 3-3 3M12.5 8H6",
  star: "m8 2.6 1.6 3.5 3.8.4-2.8 2.6.8 3.8L8 11l-3.4 1.9.8-3.8-2.8-2.6 3.8-.4z",
  thumb: "M5 7.5v5H3v-5zM5 7.5l2.4-4.6c1 0 1.5.6 1.4 1.5L8.4 6.6h3.7c.8 0 1.3.7 1.1 1.4l-.9 3.6c-.1.5-.6.9-1.1.9H5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: 12 | 14 | 16 | 20 }): VNode {
  return (
    <svg class={`i i${size}`} viewBox="0 0 16 16" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
