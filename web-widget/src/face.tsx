// Who speaks, by picture and by name.

import type { VNode } from "preact";

import { Icon } from "./icons.tsx";

/** Two letters for a name without a picture. */
export function initials(name: string): string {
  const parts = name.trim().split(/\s+/);
  const letters = [parts[0], parts.length > 1 ? parts[parts.length - 1] : undefined].map((part) => (part ? (Array.from(part)[0] ?? "") : ""));
  return letters.join("").toLocaleUpperCase();
}

export function firstName(name: string): string {
  return name.trim().split(/\s+/)[0] ?? "";
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
