// One's own login: where one is logged in, and the second factor. As a dialog, or as a page of its own for those whose
// role needs a second factor before anything else.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import * as account from "../account.ts";
import type { Answer } from "../http.ts";
import { logout, start } from "../acts.ts";
import { moment, t } from "../i18n.ts";
import { now, person } from "../state.ts";
import { CodeField } from "./code.tsx";
import { Icon } from "./icons.tsx";
import { Modal } from "./parts.tsx";

export function Account(): VNode {
  return (
    <Modal title={t("account.title")}>
      <div class="modal-body">
        <Sessions />
        <SecondFactor />
      </div>
    </Modal>
  );
}

/** Nothing else can be done before. */
export function Enroll(): VNode {
  return (
    <main class="login">
      <div class="login-in">
        <div class="login-mark">
          <Icon name="lock" size={20} />
          <span>{t("app")}</span>
        </div>
        <h1>{t("factor.title")}</h1>
        <p class="q2">{t("factor.required")}</p>
        <SecondFactor />
        <button type="button" class="btn" onClick={() => void logout()}>
          {t("logout")}
        </button>
      </div>
    </main>
  );
}

function Sessions(): VNode {
  const [list, setList] = useState<account.Session[]>();
  const [failed, setFailed] = useState(false);

  async function load(): Promise<void> {
    const answer = await account.sessions();
    setFailed(answer.type !== "ok");
    if (answer.type === "ok") setList(answer.value);
  }

  async function end(id: string): Promise<void> {
    const answer = await account.endSession(id);
    setFailed(answer.type !== "ok");
    await load();
  }

  useEffect(() => void load(), []);

  return (
    <section class="field" aria-labelledby="sessions">
      <span id="sessions">{t("account.sessions")}</span>
      <ul class="fields">
        {list?.map((one) => (
          <li key={one.id} class="field across">
            <span class="grow">
              {one.device}, {one.address}
              <span class="q3 t12"> {one.current ? t("account.this") : t("account.seen", { time: moment(one.seen, now.value) })}</span>
            </span>
            {!one.current && (
              <button type="button" class="btn" aria-label={t("account.end.this", { device: one.device })} onClick={() => void end(one.id)}>
                {t("account.end")}
              </button>
            )}
          </li>
        ))}
      </ul>
      <span class="bad" role="alert">
        {failed && t("account.failed")}
      </span>
    </section>
  );
}

type Step = { type: "idle" } | { type: "scan"; enrollment: account.Enrollment } | { type: "done"; codes: string[] };

function SecondFactor(): VNode {
  const [step, setStep] = useState<Step>({ type: "idle" });
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [trouble, setTrouble] = useState<string>();
  const [busy, setBusy] = useState(false);
  const on = person.value?.second_factor === "on";

  async function run<T>(work: Promise<Answer<T>>, done: (value: T) => void): Promise<void> {
    setBusy(true);
    setTrouble(undefined);
    const answer = await work;
    setBusy(false);
    if (answer.type === "ok") return done(answer.value);
    setTrouble(answer.type === "throttled" ? t("factor.throttled", { n: Math.ceil(answer.seconds / 60) }) : t(answer.type === "unreachable" ? "factor.unreachable" : "factor.wrong"));
  }

  function submit(event: Event): void {
    event.preventDefault();
    if (busy) return;
    if (step.type === "scan") {
      return void run(account.confirm(code), (codes) => {
        setStep({ type: "done", codes });
        setCode("");
        if (person.value?.second_factor === "off") person.value = { ...person.value, second_factor: "on" };
      });
    }
    if (on) {
      return void run(account.remove(password, code), () => {
        setPassword("");
        setCode("");
        if (person.value) person.value = { ...person.value, second_factor: "off" };
      });
    }
    void run(account.begin(password), (enrollment) => {
      setPassword("");
      setStep({ type: "scan", enrollment });
    });
  }

  if (step.type === "done") {
    return (
      <section class="field factor">
        <span>{t("factor.recovery")}</span>
        <p class="said" role="status">
          {t("factor.recovery.text")}
        </p>
        <ul class="fields">
          {step.codes.map((one) => (
            <li key={one}>
              <code>{one}</code>
            </li>
          ))}
        </ul>
        <button type="button" class="btn pri" onClick={() => (setStep({ type: "idle" }), person.value?.second_factor === "required" && void start())}>
          {t("factor.kept")}
        </button>
      </section>
    );
  }
  return (
    <form class="field factor" onSubmit={submit}>
      <span>{t("factor.title")}</span>
      <p class="q2">{t(step.type === "scan" ? "factor.scan" : on ? "factor.on" : "factor.off")}</p>
      {step.type === "scan" ? (
        <>
          {step.enrollment.picture && <Picture of={step.enrollment.picture} />}
          <p>
            {t("factor.secret")} <code>{step.enrollment.secret}</code>
          </p>
          <p>
            <a href={step.enrollment.uri}>{t("factor.open")}</a>
          </p>
          <CodeField code={code} change={setCode} wrong={trouble !== undefined} id="factor-code" first />
        </>
      ) : (
        <>
          <label for="factor-password">{t("factor.password")}</label>
          <input id="factor-password" type="password" autocomplete="current-password" required value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
          {on && <CodeField code={code} change={setCode} wrong={trouble !== undefined} id="factor-code" />}
        </>
      )}
      <p class="bad" role="alert">
        {trouble}
      </p>
      <button class="btn pri" disabled={busy}>
        {t(step.type === "scan" ? "factor.confirm" : on ? "factor.remove" : "factor.begin")}
      </button>
    </form>
  );
}

/** Dark on white whatever the page's colours are: cameras read nothing else. */
function Picture({ of }: { of: { size: number; path: string } }): VNode {
  const side = of.size + 8;
  return (
    <svg class="qr" role="img" aria-label={t("factor.picture")} viewBox={`-4 -4 ${side} ${side}`} width="200" height="200" shape-rendering="crispEdges">
      <rect x="-4" y="-4" width={side} height={side} fill="#fff" />
      <path d={of.path} fill="#000" />
    </svg>
  );
}
