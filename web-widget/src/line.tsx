import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Icon } from "./icons.tsx";
import type { TextKey } from "./texts.ts";
import type { View } from "./view.ts";

/** Why the line does not come back by itself. */
const ENDS: Record<number, TextKey> = { 4500: "outdated", 4505: "outdated", 4508: "tooManyTabs" };

/** What stands in the way of the line: nothing, a lost connection, or an end. */
export function Line({ store, state, texts: { t } }: View): VNode | null {
  const { line, wasLive } = state;
  const [, tick] = useState(0);
  const bad = line.type === "stopped" || line.type === "waiting" || (line.type === "connecting" && line.attempt > 1);
  const worth = line.type === "stopped" || (bad && (wasLive || line.attempt > 1));
  useEffect(() => {
    if (!worth) return undefined;
    const timer = setInterval(() => tick((n) => n + 1), 500);
    return () => clearInterval(timer);
  }, [worth]);
  const seconds = line.type === "waiting" ? Math.ceil((line.until - store.now()) / 1000) : 0;
  return (
    <div role="status">
      {worth && (
        <div class="banner">
          <Icon name="offline" />
          <span>
            <b>{t(line.type === "stopped" ? (ENDS[line.code] ?? "unreachable") : "noConnection")}</b>{" "}
            {/* Read once, not every second. */}
            <span aria-hidden="true">{line.type === "stopped" ? "" : seconds > 0 ? t("tryingIn", { n: seconds }) : t("trying")}</span>
          </span>
          <button type="button" class="btn" onClick={store.tryNow}>
            {t("tryNow")}
          </button>
        </div>
      )}
    </div>
  );
}
