// The hand-off packet: what the human starts from.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { safeHref } from "../../../web-widget/src/markdown.ts";
import type { Packet, PacketCandidate } from "../wire.ts";
import { insertSuggested } from "../acts.ts";
import { languageName, t, time } from "../i18n.ts";
import { current, currentLog, myId, phone } from "../state.ts";
import { isMine, packetOf, passedOf, pathOf } from "../thread.ts";
import { Icon } from "./icons.tsx";
import { Kbd, Meter, shortcut } from "./parts.tsx";

export function PacketCard(): VNode | null {
  const found = packetOf(currentLog.value);
  const answered = found?.answered ?? false;
  const [open, setOpen] = useState(!answered && !phone.value);
  // Once somebody has answered, the card steps back to a line; it can always be opened again.
  useEffect(() => setOpen(!answered && !phone.value), [answered, found?.ev.mid]);
  if (!found) return null;
  const { packet, ev } = found;
  const top = packet.candidates[0];
  const slots = Object.entries(packet.slots);
  const brief = [top && `${titleOf(top)} ${top.confidence.toFixed(2)}`, ...slots.map(([, value]) => value), pathOf(packet.page?.url)].filter(Boolean).join(" · ");
  const mine = isMine(current.value, myId.value);
  return (
    <article class={open ? "pk open" : "pk"} aria-label={t("packet.label")}>
      <h3 class="ph">
        <button type="button" aria-expanded={open} aria-controls="packet" onClick={() => setOpen(!open)}>
          <span class="bellc">
            <Icon name="bell" />
          </span>
          <span class="pk-title">{t("packet.title")}</span>
          <span class={ev.body.reason === "frustration" ? "chip bad" : "chip warn"}>{t(`reason.${ev.body.reason}`)}</span>
          {packet.mood === "upset" && ev.body.reason !== "frustration" && <span class="chip bad">{t("packet.upset")}</span>}
          <span class="brief cut q2">{open ? "" : brief}</span>
          <time class="t12 q3">{time(ev.at)}</time>
          <span class="turn-down">
            <Icon name="down" size={14} />
          </span>
        </button>
      </h3>
      <div id="packet" hidden={!open}>
        <dl class="pb">
          {packet.question && (
            <Line label={t("packet.asked")}>
              <q class="quote" dir="auto" lang={packet.language || undefined}>
                {packet.question}
              </q>
            </Line>
          )}
          {packet.why.length > 0 && (
            <Line label={t("packet.why")}>
              <ul class="why" lang="en">
                {packet.why.map((words, at) => (
                  <li key={at}>{words}</li>
                ))}
              </ul>
            </Line>
          )}
          <Tried packet={packet} />
          {packet.candidates.length > 0 && (
            <Line label={t("packet.candidates")}>
              {packet.candidates.slice(0, 3).map((one, at) => (
                <div class="cand" key={one.id}>
                  <span class={at === 0 ? "cut b" : "cut"} title={titleOf(one)}>
                    {titleOf(one)}
                  </span>
                  <Meter value={one.confidence} lead={at === 0} label={t("packet.of", { title: titleOf(one), percent: Math.round(one.confidence * 100) })} />
                  <span class={at === 0 ? "num b" : "num q2"} aria-hidden="true">
                    {one.confidence.toFixed(2)}
                  </span>
                  <Evidence one={one} />
                </div>
              ))}
            </Line>
          )}
          <Line label={t("packet.known")}>
            <span class="chips-in">
              {slots.map(([name, value]) => (
                <Known key={name} name={name.replaceAll("_", " ")} value={value} />
              ))}
              {packet.page?.url && <Known name={t("packet.page")} value={pathOf(packet.page.url) ?? ""} />}
              {packet.language && <Known name={t("packet.writes")} value={languageName(packet.language)} />}
            </span>
          </Line>
        </dl>
        <Suggested packet={packet} mine={mine} />
      </div>
      {!open && !answered && <Mini packet={packet} mine={mine} />}
    </article>
  );
}

/** On a phone the card begins as this: the best guess, what is known, the first words. */
function Mini({ packet, mine }: { packet: Packet; mine: boolean }): VNode {
  const top = packet.candidates[0];
  const known = [...Object.entries(packet.slots).map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`), ...packet.tried].join(" · ");
  return (
    <div class="pk-mini only-phone">
      <div>
        {top ? (
          <>
            <span class="cut b">{titleOf(top)}</span>
            <Meter value={top.confidence} lead label={t("packet.of", { title: titleOf(top), percent: Math.round(top.confidence * 100) })} />
            <span aria-hidden="true">{top.confidence.toFixed(2)}</span>
          </>
        ) : (
          <q class="quote" dir="auto">
            {packet.question}
          </q>
        )}
        {known && <span class="q3 cut">{known}</span>}
      </div>
      <Suggested packet={packet} mine={mine} />
    </div>
  );
}

/** What a colleague said when passing it on stands on top until somebody has answered: nobody has to look for it. */
export function Passed(): VNode | null {
  const ev = passedOf(currentLog.value);
  if (!ev || ev.from.id === myId.value) return null;
  const title = t("passed.title", { name: ev.from.name ?? t("agent") });
  return (
    <section class="passed" aria-label={title}>
      <h3>
        <Icon name="swap" size={14} />
        <span class="grow cut">{title}</span>
        <time class="t12">{time(ev.at)}</time>
      </h3>
      <p class="plain" dir="auto">
        {ev.body.note}
      </p>
    </section>
  );
}

/** Id, line and matching words: what an editor wants to know, and an agent may skip. */
function Evidence({ one }: { one: PacketCandidate }): VNode {
  const line = one.line ? `“${one.line}”` : "";
  const words = one.words.length > 0 ? t("packet.words", { words: one.words.join(", ") }) : "";
  const all = [one.id, one.source, line, words].filter(Boolean);
  return (
    <span class="src cut" title={all.join("\n")}>
      <span class="mono">{all.slice(0, one.source ? 2 : 1).join(" · ")}</span> {[line, words].filter(Boolean).join(" · ")}
    </span>
  );
}

function titleOf(one: PacketCandidate): string {
  return one.title || one.id;
}

function Suggested({ packet, mine }: { packet: Packet; mine: boolean }): VNode | null {
  if (!packet.suggested_reply) return null;
  return (
    <footer class="pf">
      <div class="tx">
        <div class="lab">{t("packet.suggested")}</div>
        <p dir="auto" lang={packet.language}>
          {packet.suggested_reply}
        </p>
      </div>
      {mine && (
        <button type="button" class="btn pri" onClick={insertSuggested} aria-keyshortcuts={shortcut("insert")}>
          {t("packet.insert")} <Kbd of="insert" />
        </button>
      )}
    </footer>
  );
}

function Tried({ packet }: { packet: Packet }): VNode | null {
  if (packet.tried.length === 0 && packet.shown.length === 0) return null;
  return (
    <Line label={t("packet.tried")}>
      <ul class="tried q2">
        {packet.tried.map((words, at) => (
          <li key={at}>{words}</li>
        ))}
        {packet.shown.map((one) => (
          <li key={one.id}>
            {t("packet.shown")} <Shown id={one.id} title={one.title} />
            {one.rejected && <>, {t("packet.rejected")}</>}
          </li>
        ))}
      </ul>
    </Line>
  );
}

/** An article has a page of its own; an intent has only its name. */
function Shown({ id, title }: { id: string; title: string }): VNode {
  const href = id.includes("/") ? safeHref(`/help/${id}`) : null;
  if (!href) return <b class="b">{title || id}</b>;
  return (
    <a class="l" href={href} target="_blank" rel="noopener">
      {title || id}
    </a>
  );
}

function Known({ name, value }: { name: string; value: string }): VNode {
  return (
    <span class="chip">
      {name} <b dir="auto">{value}</b>
    </span>
  );
}

function Line({ label, children }: { label: string; children: ComponentChildren }): VNode {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}
