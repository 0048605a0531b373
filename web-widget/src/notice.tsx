// What an operator tells everybody, above whatever the panel shows. A file of its own: seldom is there anything to say.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Icon } from "./icons.tsx";
import { css } from "./notice.css";
import type { TextTable } from "./texts.ts";
import type { View } from "./view.ts";

declare const WORDS: Partial<TextTable>;
export { css };
export const words = WORDS;

/** The longest that a timer may be set to, ms. */
const LONGEST = 2_147_483_647;

export function NoticeBar({ state, store, texts: { t } }: View): VNode {
  const [dismissed, dismiss] = useState("");
  const [, tick] = useState(0);
  // What comes into a region that is there is read out; a region that comes with its words is not.
  const [there, setThere] = useState(false);
  useEffect(() => setThere(true), []);
  const { notice } = state;
  const left = notice?.until === undefined ? Infinity : notice.until - store.now();
  useEffect(() => {
    if (!(left > 0 && left < LONGEST)) return undefined;
    const timer = setTimeout(() => tick((n) => n + 1), left);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div role="status">
      {there && notice && left > 0 && notice.text !== dismissed && (
        <div class="bar">
          <Icon name="warn" size={16} />
          <p>
            <bdi>{notice.text}</bdi>
          </p>
          <button type="button" class="icon" aria-label={t("dismiss")} onClick={() => dismiss(notice.text)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      )}
    </div>
  );
}
