// The list above the caret: canned replies behind `/`, colleagues behind `@`. The box keeps the focus.

import type { VNode } from "preact";
import { useLayoutEffect } from "preact/hooks";

export type Choice = { key: string; name: string; label: string; words: string; end?: string | undefined };

export function Picker({ choices, at, label, none, choose, point }: { choices: readonly Choice[]; at: number; label: string; none: string; choose: (at: number) => void; point: (at: number) => void }): VNode {
  useLayoutEffect(() => document.getElementById(`pick-${at}`)?.scrollIntoView({ block: "nearest" }), [at]);
  return (
    <div class="picker">
      <div id="picker" role="listbox" aria-label={label}>
        {choices.map((one, n) => (
          <div key={one.key} id={`pick-${n}`} class="it-c" role="option" aria-selected={n === at} onMouseDown={(event) => (event.preventDefault(), choose(n))} onMouseMove={() => n !== at && point(n)}>
            <b class="cut">{one.name}</b>
            <span class="cut">{one.label}</span>
            <span class="cut q3 words">{one.words}</span>
            {one.end && <span class="end">{one.end}</span>}
          </div>
        ))}
      </div>
      {choices.length === 0 && (
        <p class="none" role="status">
          {none}
        </p>
      )}
    </div>
  );
}
