// The second step of logging in: the code of an app, or a recovery code.

import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n.ts";

export function CodeField({ code, change, wrong, id = "code", first = false }: { code: string; change: (code: string) => void; wrong: boolean; id?: string; first?: boolean }): VNode {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <>
      <label for={id}>{t("code.label")}</label>
      <input ref={field} id={id} name="code" type="text" autocomplete="one-time-code" autocapitalize="off" spellcheck={false} maxLength={32} required value={code} onInput={(e) => change(e.currentTarget.value)} aria-describedby={`${id}-hint trouble`} aria-invalid={wrong ? "true" : undefined} />
      <p id={`${id}-hint`} class="q3 t12">
        {t(first ? "code.first" : "code.hint")}
      </p>
    </>
  );
}
