// What is asked before something is done that others notice.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { TransferTo } from "../wire.ts";
import { closeDialog, logout, nameOf, openDialog, resolve, transfer } from "../acts.ts";
import { LANGS, lang, many, t, type Lang } from "../i18n.ts";
import { KEYS } from "../keys.ts";
import { m } from "../more.ts";
import { ring } from "../notify.ts";
import { prefs, set } from "../prefs.ts";
import { busy, chats, colleagues, current, dialogError, edits, now, me, transferTo } from "../state.ts";
import { Icon } from "./icons.tsx";
import { Avatar, Modal } from "./parts.tsx";
import { chooseLang } from "./login.tsx";
import { departmentName } from "./views.tsx";

export function Transfer(): VNode | null {
  const [to, setTo] = useState<TransferTo | undefined>(transferTo.value);
  const [note, setNote] = useState("");
  const [pick, setPick] = useState(false);
  const held = current.value;
  if (!held) return null;
  const free = [...colleagues.value.values()].filter((one) => (one.presence === "online" || one.presence === "transfer_only") && one.load < one.capacity);
  const departments = me.value?.all_departments ?? [];

  function submit(event: Event): void {
    event.preventDefault();
    setPick(!to);
    if (to) void transfer(to, note);
  }

  return (
    <Modal title={t("transfer.title")}>
      <form class="modal-body" onSubmit={submit}>
        <p class="q2">{t("transfer.lead", { name: nameOf(held) })}</p>
        {free.length > 0 ? (
          <fieldset class="pick">
            <legend>{t("transfer.colleagues")}</legend>
            {free.map((one) => (
              <label key={one.id}>
                <input type="radio" name="to" checked={!!to && "agent" in to && to.agent === one.id} onChange={() => setTo({ agent: one.id })} />
                <Avatar name={one.name} size="xs" presence={one.presence} />
                <span class="cut">{one.name}</span>
                <span class="q3 t12">{one.presence === "transfer_only" ? t("presence.transfer_only") : many("transfer.places", one.capacity - one.load)}</span>
              </label>
            ))}
          </fieldset>
        ) : (
          <p class="said">{t("transfer.none")}</p>
        )}
        <fieldset class="pick">
          <legend>{t("transfer.departments")}</legend>
          {departments.map((name) => (
            <label key={name}>
              <input type="radio" name="to" checked={!!to && "department" in to && to.department === name} onChange={() => setTo({ department: name })} />
              <Icon name="box" />
              <span class="cut">{departmentName(name)}</span>
              <span class="q3 t12">{t("transfer.queue")}</span>
            </label>
          ))}
        </fieldset>
        <label class="field">
          <span>{t("transfer.note")}</span>
          <textarea rows={3} value={note} onInput={(e) => setNote(e.currentTarget.value)} placeholder={t("transfer.note.hint")} maxLength={4000} />
        </label>
        <Foot error={pick && !to ? t("transfer.pick") : dialogError.value} submit={t("transfer.submit")} />
      </form>
    </Modal>
  );
}

const REASONS = ["answered", "done", "elsewhere", "silent", "spam", "other"] as const;

export function Resolve(): VNode | null {
  const [reason, setReason] = useState<(typeof REASONS)[number]>("answered");
  const [words, setWords] = useState("");
  const [wanting, setWanting] = useState(false);
  const [again, setAgain] = useState("");
  const held = current.value;
  if (!held) return null;

  function submit(event: Event): void {
    event.preventDefault();
    const said = words.trim();
    const missing = reason === "other" && said === "";
    setWanting(missing);
    if (missing) return;
    const until = again ? new Date(`${again}T09:00`).getTime() : undefined;
    dialogError.value = until === undefined ? undefined : farOff(until, now.value);
    if (dialogError.value) return;
    // The log keeps the fixed word, so that reports in two languages count the same thing.
    void resolve(reason === "other" ? said : said ? `${reason}: ${said}` : reason, until);
  }

  return (
    <Modal title={t("resolve.title")}>
      <form class="modal-body" noValidate onSubmit={submit}>
        <p class="q2">{t("resolve.lead", { name: nameOf(held) })}</p>
        <fieldset class="pick">
          <legend>{t("resolve.reason")}</legend>
          {REASONS.map((one) => (
            <label key={one}>
              <input type="radio" name="reason" checked={reason === one} onChange={() => setReason(one)} />
              <span>{t(`resolve.${one}`)}</span>
            </label>
          ))}
        </fieldset>
        <label class="field">
          <span>{t("resolve.words")}</span>
          <input type="text" value={words} maxLength={200} aria-invalid={wanting ? "true" : undefined} onInput={(e) => setWords(e.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{m("resolve.follow")}</span>
          <input type="date" value={again} min={dateOf(now.value + 86_400_000)} max={dateOf(now.value + FURTHEST)} onInput={(e) => setAgain(e.currentTarget.value)} />
          <span class="q3 t12">{m("resolve.follow.hint")}</span>
        </label>
        <Foot error={wanting ? t("resolve.say") : dialogError.value} submit={t("resolve.submit")} />
      </form>
    </Modal>
  );
}

/** The server puts nothing off for longer; a day less, as clocks differ. */
export const FURTHEST = 365 * 86_400_000;

/** Why something cannot be put off until then. */
export function farOff(until: number, at: number): string | undefined {
  return !(until > at) ? m("until.past") : until - at > FURTHEST + 86_400_000 ? m("until.far") : undefined;
}

/** `YYYY-MM-DD` where the reader is. */
export function dateOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}

export function Foot({ error, submit }: { error: string | undefined; submit: string }): VNode {
  return (
    <footer>
      <span class="grow bad" role="alert">
        {error}
      </span>
      <button type="button" class="btn" onClick={closeDialog}>
        {t("cancel")}
      </button>
      <button class="btn pri" disabled={busy.value !== undefined}>
        {submit}
      </button>
    </footer>
  );
}

/** On the editors' pages. */
const BENCH_KEYS = [
  [["J", "K"], "step"],
  [["A"], "add"],
  [["N"], "new"],
  [["L"], "article"],
  [["X"], "ignore"],
  [["/"], "find"],
  [["R"], "review"],
] as const;

export function Help(): VNode {
  return (
    <Modal title={t("help.title")}>
      <div class="modal-body">
        <dl class="keys">
          {(chats.value ? KEYS : KEYS.filter(([, name]) => name === "help")).map(([key, name]) => (
            <div key={key}>
              <dt>{t(`help.${name}`)}</dt>
              <dd>
                <kbd>{key.toUpperCase()}</kbd>
              </dd>
            </div>
          ))}
          {edits.value && (
            <>
              <div class="keys-of">
                <dt>{m("help.bench")}</dt>
                <dd />
              </div>
              {BENCH_KEYS.map(([key, name]) => (
                <div key={name}>
                  <dt>{m(`help.bench.${name}`)}</dt>
                  <dd>
                    {key.map((one) => (
                      <>
                        <kbd>{one}</kbd>{" "}
                      </>
                    ))}
                  </dd>
                </div>
              ))}
            </>
          )}
          {chats.value && (
            <>
          <div>
            <dt>{t("help.send")}</dt>
            <dd>
              {prefs.value.enterSends && (
                <>
                  <kbd>↵</kbd>{" "}
                </>
              )}
              <kbd>{t("key.ctrl")} ↵</kbd>
            </dd>
          </div>
          <div>
            <dt>{m("help.suggest")}</dt>
            <dd>
              <kbd>{t("key.alt")} 1</kbd> <kbd>2</kbd> <kbd>3</kbd>
            </dd>
          </div>
          <div>
            <dt>{m("help.canned")}</dt>
            <dd>
              <kbd>/</kbd>
            </dd>
          </div>
          <div>
            <dt>{m("help.mention")}</dt>
            <dd>
              <kbd>@</kbd>
            </dd>
          </div>
          <div>
            <dt>{m("help.offer")}</dt>
            <dd>
              <kbd>A</kbd> <kbd>D</kbd>
            </dd>
          </div>
            </>
          )}
          <div>
            <dt>{t("help.bar")}</dt>
            <dd>
              <kbd>{t("key.ctrl")} K</kbd>
            </dd>
          </div>
          <div>
            <dt>{t("help.leave")}</dt>
            <dd>
              <kbd>Esc</kbd>
            </dd>
          </div>
        </dl>
        <Switch label={t("help.switch")} hint={t("help.switch.hint")} on={prefs.value.shortcuts} change={(shortcuts) => set({ shortcuts })} />
      </div>
    </Modal>
  );
}

export function Settings(): VNode {
  const has = "Notification" in window;
  const [permission, setPermission] = useState(has ? Notification.permission : "denied");
  useEffect(() => {
    if (prefs.value.desktop && permission !== "granted") set({ desktop: false });
  }, [permission]);

  async function desktop(on: boolean): Promise<void> {
    if (!on || !has) return set({ desktop: false });
    const answer = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
    setPermission(answer);
    set({ desktop: answer === "granted" });
  }

  return (
    <Modal title={t("settings.title")}>
      <div class="modal-body">
        <label class="field across">
          <span>{t("settings.language")}</span>
          <select value={lang.value} onChange={(e) => chooseLang(e.currentTarget.value as Lang)}>
            {LANGS.map(([tag, name]) => (
              <option key={tag} value={tag} lang={tag}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Switch label={t("settings.enter")} hint={t("settings.enter.hint")} on={prefs.value.enterSends} change={(enterSends) => set({ enterSends })} />
        <Switch label={t("help.switch")} hint={t("help.switch.hint")} on={prefs.value.shortcuts} change={(shortcuts) => set({ shortcuts })} />
        <Switch label={t("settings.sound")} on={prefs.value.sound} change={(sound) => (set({ sound }), sound && ring())}>
          {prefs.value.sound && (
            <button type="button" class="btn" onClick={ring}>
              {t("settings.sound.try")}
            </button>
          )}
        </Switch>
        <Switch
          label={t("settings.desktop")}
          hint={!has ? t("settings.desktop.none") : permission === "denied" ? t("settings.desktop.denied") : undefined}
          on={prefs.value.desktop}
          off={!has}
          change={(on) => void desktop(on)}
        />
        {(prefs.value.sound || prefs.value.desktop) && (
          <>
            <fieldset class="checks">
              <legend>{m("rules.title")}</legend>
              {(["waiting", "given", "message", "mention", "offer"] as const).map((what) => (
                <label key={what}>
                  <input type="checkbox" checked={prefs.value.rules[what]} onChange={(e) => set({ rules: { ...prefs.value.rules, [what]: e.currentTarget.checked } })} />
                  {m(`rules.${what}`)}
                </label>
              ))}
            </fieldset>
            <div class="field across">
              <span>{m("rules.quiet")}</span>
              <input type="time" aria-label={m("rules.from")} value={prefs.value.quiet?.from ?? ""} onChange={(e) => set({ quiet: { from: e.currentTarget.value, to: prefs.value.quiet?.to ?? "07:00" } })} />
              <input type="time" aria-label={m("rules.to")} value={prefs.value.quiet?.to ?? ""} onChange={(e) => set({ quiet: { from: prefs.value.quiet?.from ?? "20:00", to: e.currentTarget.value } })} />
              {prefs.value.quiet && (
                <button type="button" class="btn bare" onClick={() => set({ quiet: undefined })}>
                  {m("rules.never")}
                </button>
              )}
            </div>
          </>
        )}
        <div class="field across">
          <span>{t("settings.account")}</span>
          <span class="grow q2 cut">{me.value?.name}</span>
          <button type="button" class="btn" onClick={() => openDialog("account")}>
            {t("account.title")}
          </button>
          <button type="button" class="btn" onClick={() => void logout()}>
            {t("logout")}
          </button>
        </div>
      </div>
    </Modal>
  );
}

export function Switch({ label, hint, on, off = false, change, children }: { label: string; hint?: string | undefined; on: boolean; off?: boolean; change: (on: boolean) => void; children?: ComponentChildren }): VNode {
  return (
    <div class="switch">
      <label>
        <input type="checkbox" role="switch" checked={on} disabled={off} onChange={(e) => change(e.currentTarget.checked)} />
        <span class="track" aria-hidden="true" />
        <span>
          {label}
          {hint && <span class="q3 t12">{hint}</span>}
        </span>
      </label>
      {children}
    </div>
  );
}
