import type { ComponentChildren, VNode } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { Icon } from "./icons.tsx";
import { isBlank } from "./said.ts";
import type { View } from "./view.ts";

interface ComposerProps extends View {
  readonly placeholder: string;
  /** What stands under the box, at its start. */
  readonly children: ComponentChildren;
}

const TALLEST = 132;

/** The box to write in. One row that grows; Enter sends, Shift and Enter makes a line, and an IME may finish its word. */
export function Composer({ store, state, texts: { t }, place, placeholder, children }: ComposerProps): VNode {
  const area = useRef<HTMLTextAreaElement>(null);
  const text = state.draft;
  const over = Array.from(text).length - state.textChars;
  const ready = !isBlank(text) && over <= 0;

  useLayoutEffect(() => {
    const box = area.current;
    if (!box) return;
    if (box.value !== text) box.value = text;
    // Where the browser can, the box grows by itself.
    if (CSS.supports("field-sizing", "content")) return;
    box.style.height = "0";
    box.style.height = `${Math.min(box.scrollHeight + box.offsetHeight - box.clientHeight, TALLEST)}px`;
  }, [text]);

  useEffect(() => {
    if (place !== "phone") area.current?.focus({ preventScroll: true });
  }, []);

  function send(): void {
    if (!ready) return;
    store.say(text.trim());
    area.current?.focus({ preventScroll: true });
  }

  return (
    <footer class="foot">
      <form
        class="box"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <textarea
          ref={area}
          class="type"
          rows={1}
          dir="auto"
          aria-label={t("message")}
          aria-invalid={over > 0 ? "true" : undefined}
          aria-describedby={over > 0 ? "over" : undefined}
          placeholder={placeholder}
          enterkeyhint="send"
          autocomplete="off"
          onInput={(event) => store.type(event.currentTarget.value)}
          onKeyDown={(event) => {
            // 229: some IMEs end their word with a key that says nothing else.
            if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
            event.preventDefault();
            send();
          }}
        />
        <button type="submit" class={`icon send${ready ? "" : " off"}`} aria-label={t("send")} aria-disabled={ready ? undefined : "true"}>
          <Icon name="send" />
        </button>
      </form>
      <div class="under">
        {children}
        {/* What comes into a region that is there is read out; a region that comes with its words is not. */}
        <span class="hint bad" id="over" role="status">
          {over > 0 && t("tooLong", { n: over })}
        </span>
        {over > 0 ? null : text !== "" && state.wasLive && state.line.type !== "live" ? (
          <span class="hint">
            <Icon name="check" size={14} />
            {t("draftKept")}
          </span>
        ) : (
          <span class="hint keys" aria-hidden="true">
            {keyHint(t("enterToSend", { key: "\u0000" }), t("enterKey"))}
          </span>
        )}
      </div>
    </footer>
  );
}

function keyHint(sentence: string, key: string): ComponentChildren {
  const [before, after] = sentence.split("\u0000");
  return [before, <kbd key="key">{key}</kbd>, after];
}
