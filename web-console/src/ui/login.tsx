import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { login } from "../acts.ts";
import { LANGS, lang, t, type Lang } from "../i18n.ts";
import { set } from "../prefs.ts";
import { farewell } from "../state.ts";
import { clock } from "../waiting.ts";
import { CodeField } from "./code.tsx";
import { Icon } from "./icons.tsx";

type Trouble = { type: "wrong" | "origin" | "unreachable" | "again" } | { type: "throttled"; wait: number; until: number };

export function Login(): VNode {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  /** Asked for, once the password was right. */
  const [code, setCode] = useState<string>();
  const [visible, setVisible] = useState(false);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble>();
  const [left, setLeft] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const secret = useRef<HTMLInputElement>(null);

  useEffect(() => field.current?.focus(), []);

  useEffect(() => {
    if (trouble?.type !== "throttled") return;
    const timer = setInterval(() => {
      const rest = trouble.until - Date.now();
      setLeft(rest);
      if (rest <= 0) setTrouble({ type: "again" });
    }, 250);
    return () => clearInterval(timer);
  }, [trouble]);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || trouble?.type === "throttled") return;
    // What a password manager filled in may not have been announced by an event.
    const [name, word] = [field.current?.value.trim() ?? email, secret.current?.value ?? password];
    if (name === "") return field.current?.focus();
    if (word === "") return secret.current?.focus();
    setBusy(true);
    setTrouble(undefined);
    const result = await login(name, word, code?.trim());
    setBusy(false);
    if (!result) return;
    if (result.type === "throttled") {
      setLeft(result.seconds * 1000);
      setTrouble({ type: "throttled", wait: result.seconds * 1000, until: Date.now() + result.seconds * 1000 });
      return;
    }
    if (result.type === "code") return setCode(code ?? "");
    setTrouble(result);
    if (result.type === "wrong" && code === undefined) secret.current?.select();
  }

  const throttled = trouble?.type === "throttled";
  return (
    <main class="login">
      <div class="login-in">
        <div class="login-mark">
          <Icon name="bell" size={20} />
          <span>{t("app")}</span>
        </div>
        <h1>{t("login.title")}</h1>
        <p class="q2">{t("login.lead")}</p>
        {farewell.value && !trouble && (
          <p class="said" role="status">
            {t(farewell.value === "out" ? "login.out" : "login.revoked")}
          </p>
        )}
        <form onSubmit={submit} method="post" noValidate>
          <label for="email">{t("login.email")}</label>
          <input ref={field} id="email" name="email" type="email" autocomplete="username" required value={email} onInput={(e) => setEmail(e.currentTarget.value)} aria-describedby={trouble ? "trouble" : undefined} aria-invalid={trouble?.type === "wrong" ? "true" : undefined} />
          <label for="password">{t("login.password")}</label>
          <div class="with-end">
            <input
              ref={secret}
              id="password"
              name="password"
              type={(visible ? "text" : "password") as "password"}
              autocomplete="current-password"
              required
              value={password}
              onInput={(e) => setPassword(e.currentTarget.value)}
              aria-describedby={trouble ? "trouble" : undefined}
              aria-invalid={trouble?.type === "wrong" ? "true" : undefined}
            />
            <button type="button" class="btn bare" aria-pressed={visible} onClick={() => setVisible(!visible)}>
              {t(visible ? "login.hide" : "login.show")}
            </button>
          </div>
          {code !== undefined && <CodeField code={code} change={setCode} wrong={trouble?.type === "wrong"} />}
          <div id="trouble" role="alert" class={trouble ? `trouble ${trouble.type === "again" ? "calm" : ""}` : "sr"}>
            {trouble?.type === "throttled" ? (
              <>
                <Icon name="clock" />
                <span class="sr">{t("login.throttled", { time: clock(trouble.wait) })}</span>
                <span aria-hidden="true">{t("login.throttled", { time: clock(left + 999) })}</span>
              </>
            ) : (
              trouble && (
                <>
                  <Icon name={trouble.type === "again" ? "check" : "warn"} />
                  <span>{t(trouble.type === "wrong" && code !== undefined ? "code.wrong" : `login.${trouble.type}`)}</span>
                </>
              )
            )}
          </div>
          <button class="btn pri big" disabled={busy || throttled}>
            {t(busy ? "login.busy" : "login.submit")}
          </button>
        </form>
      </div>
      <footer class="login-foot">
        <label for="login-lang">
          <Icon name="globe" size={14} />
          <span class="sr">{t("login.language")}</span>
        </label>
        <select id="login-lang" value={lang.value} onChange={(e) => chooseLang(e.currentTarget.value as Lang)}>
          {LANGS.map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </footer>
    </main>
  );
}

export function chooseLang(tag: Lang): void {
  lang.value = tag;
  set({ lang: tag });
}
