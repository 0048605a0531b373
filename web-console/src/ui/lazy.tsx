// A part of the page that is fetched when it is wanted first.

import type { FunctionComponent, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n.ts";

/** Styles that only some parts need, once. Without them a part would still work, so a failure is a failure of the part. */
export function sheet(name: string): Promise<void> {
  const found = document.querySelector(`link[href="${name}"]`);
  if (found) return Promise.resolve();
  return new Promise((done, fail) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: name, onload: () => done(), onerror: () => (link.remove(), fail(new Error(name))) });
    document.head.append(link);
  });
}

export function lazy<P extends object>(load: () => Promise<FunctionComponent<P>>): FunctionComponent<P> {
  let part: FunctionComponent<P> | undefined;
  return function Lazy(props: P): VNode {
    const [failed, setFailed] = useState(false);
    const [, arrived] = useState(false);
    useEffect(() => {
      if (part) return;
      load().then(
        (got) => {
          part = got;
          arrived(true);
        },
        () => setFailed(true),
      );
    }, []);
    if (part) {
      const Part = part;
      return <Part {...props} />;
    }
    // The server is newer than the page: its parts have other names by now.
    return failed ? (
      <div class="empty part" role="alert">
        <p>{t("part.failed")}</p>
        <button type="button" class="btn" onClick={() => location.reload()}>
          {t("line.reload")}
        </button>
      </div>
    ) : (
      <span class="sr" role="status">
        {t("loading")}
      </span>
    );
  };
}
