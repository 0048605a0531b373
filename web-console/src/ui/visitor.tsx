// Who the visitor is, as far as anybody knows.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { back, mark, nameOf, openDialog } from "../acts.ts";
import { ask } from "../http.ts";
import { languageName, moment, t } from "../i18n.ts";
import { current, currentLog, earlier, now, pane, phone, walked } from "../state.ts";
import { knownOf, pathOf, ratingOf } from "../thread.ts";
import type { Conversation } from "../wire.ts";
import { safeHref } from "../../../web-widget/src/markdown.ts";
import { Icon } from "./icons.tsx";
import { Avatar, Kbd } from "./parts.tsx";
import { departmentName } from "./views.tsx";

type Visit = { conversations: Conversation[]; trail?: { url?: string; title?: string; at: number }[]; device?: string; blocked?: { until?: number | null; reason?: string } | null };

/** Most pages of the trail, newest first. */
const TRAIL = 8;

/** What stands beside the log: earlier conversations, the way over the pages, whether writing is refused. */
function useVisit(c: string | undefined): [Visit | undefined, () => void] {
  const [visit, setVisit] = useState<{ c: string; of: Visit }>();
  const [again, setAgain] = useState(0);
  useEffect(() => {
    if (!c) return;
    let late = false;
    // Who walks through the list asks only where they stay.
    const timer = setTimeout(async () => {
      const answer = await ask<Visit>(`conversations/${encodeURIComponent(c)}/visitor`);
      if (!late && answer.type === "ok") setVisit({ c, of: answer.value });
    }, 200);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [c, again]);
  return [visit && visit.c === c ? visit.of : undefined, () => setAgain(again + 1)];
}

export function VisitorPane(): VNode | null {
  const held = current.value;
  const [visit, changed] = useVisit(held?.c);
  if (!held) return null;
  const visitor = held.visitor;
  const seen = [...(visit?.trail ?? []), ...(walked.value.get(held.c) ?? []).filter((one) => !visit?.trail?.some(({ at }) => at === one.at))];
  const trail = seen.sort((a, b) => b.at - a.at).slice(0, TRAIL);
  const before = (visit?.conversations ?? []).filter((one) => one.c !== held.c);
  const known = Object.entries(knownOf(currentLog.value)).filter(([name]) => name !== "email");
  const rating = ratingOf(currentLog.value);
  const page = visitor?.page;
  // Alone on a phone's screen it is what the page is about.
  const Tag = phone.value && pane.value === "visitor" ? "main" : "aside";
  return (
    <Tag class="vis" aria-label={t("vis.title")}>
      <header class="phd">
        <button type="button" class="btn bare ico only-phone" aria-label={t("back")} onClick={back}>
          <Icon name="back" />
        </button>
        <h2>{t("vis.title")}</h2>
        <span class="grow" />
        {visitor && (
          <span class={visitor.online ? "t12 on-line" : "t12 q3"}>
            <i class={`dot ${visitor.online ? "online" : "offline"}`} />
            {t(visitor.online ? "vis.online" : "vis.offline")}
          </span>
        )}
      </header>
      <div class="vis-in">
        <section class="vis-who">
          <Avatar name={nameOf(held)} tone="visitor" size="l" />
          <div class="cut">
            <div class="b cut" dir="auto">
              {nameOf(held)}
            </div>
            <div class="t12 q3 cut">{visitor?.verified?.name ? `✓ ${t("vis.verified")}` : visitor?.name || visitor?.email ? t("vis.unverified") : t("visitor")}</div>
          </div>
        </section>
        {visitor?.verified && (
          <section>
            <h3>✓ {t("vis.verified")}</h3>
            {[visitor.verified.name, visitor.verified.email, visitor.verified.subject, ...Object.entries(visitor.verified.attributes ?? {}).map(([name, text]) => `${name}: ${text}`)].filter(Boolean).map((line) => (
              <p class="cut" dir="auto">
                {line}
              </p>
            ))}
          </section>
        )}
        {Object.keys(visitor?.attributes ?? {}).length > 0 && (
          <section>
            <h3>
              <span>{t("vis.page")}</span>
              <span class="q3">{t("vis.unchecked")}</span>
            </h3>
            {Object.entries(visitor?.attributes ?? {}).map(([name, text]) => (
              <p class="cut" dir="auto" key={name}>
                {name}: {text}
              </p>
            ))}
          </section>
        )}
        {visitor?.email && (
          <section>
            <h3>
              <span>{t("vis.email")}</span>
              <span class="q3">{t("vis.left")}</span>
            </h3>
            <a class="l" href={`mailto:${encodeURIComponent(visitor.email).replace("%40", "@")}`}>
              {visitor.email}
            </a>
          </section>
        )}
        {visit?.blocked && (
          <section>
            <p class="bad">
              <b>{t("vis.blocked")}</b> {visit.blocked.reason}
            </p>
            <button type="button" class="btn" onClick={() => void ask(`visitors/${encodeURIComponent(visitor?.id ?? "")}/block`, "DELETE").then(changed)}>
              {t("vis.unblock")}
            </button>
          </section>
        )}
        {trail.length > 0 ? (
          <section>
            <h3>
              <span>{t("vis.trail")}</span>
              <span class="q3">{t("vis.pages", { n: seen.length })}</span>
            </h3>
            <ol class="trail">
              {trail.map((one, n) => (
                <li key={one.at} class={n === 0 ? "here" : ""} title={one.title}>
                  <PageLink url={one.url} />
                  <time class="q3 t12">{n === 0 && visitor?.online ? t("vis.now") : moment(one.at, now.value)}</time>
                </li>
              ))}
            </ol>
          </section>
        ) : page?.url && (
          <section>
            <h3>{t("vis.here")}</h3>
            <p class="b" dir="auto">
              {page.title || t("vis.untitled")}
            </p>
            <p class="page-url">
              <PageLink url={page.url} />
            </p>
          </section>
        )}
        <section>
          <h3>{t("vis.details")}</h3>
          <dl class="kv">
            {held.language && <Line label={t("vis.writes")}>{languageName(held.language)}</Line>}
            {visit?.device && <Line label={t("vis.device")}>{visit.device}</Line>}
            {visitor?.locale && <Line label={t("vis.locale")}>{visitor.locale}</Line>}
            {page?.referrer && <Line label={t("vis.from")}>{page.referrer.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "")}</Line>}
            <Line label={t("vis.opened")}>
              {moment(held.opened_at, now.value)}
            </Line>
            {held.department && <Line label={t("vis.department")}>{departmentName(held.department)}</Line>}
            {held.agent?.name && held.state === "assigned" && <Line label={t("vis.agent")}>{held.agent.name}</Line>}
            {held.follow_up && (
              <Line label={t("vis.follow")}>
                {moment(held.follow_up, now.value)}{" "}
                <button type="button" class="l" onClick={() => void mark(held.c, { follow_up: 0 })}>
                  {t("vis.follow.end")}
                </button>
              </Line>
            )}
          </dl>
        </section>
        {known.length > 0 && (
          <section>
            <h3>{t("vis.known")}</h3>
            <dl class="kv">
              {known.map(([name, value]) => (
                <Line key={name} label={name.replaceAll("_", " ")}>
                  <span dir="auto">{value}</span>
                </Line>
              ))}
            </dl>
          </section>
        )}
        <section>
          <h3>{t("act.labels")}</h3>
          <div class="chips-in">
            {(held.labels ?? []).map((label) => (
              <span class="chip lbl" key={label} dir="auto">
                {label}
              </span>
            ))}
            <button type="button" class="btn bare add" onClick={() => openDialog("labels")}>
              <Icon name="plus" size={12} /> {t("vis.label")} <Kbd of="labels" />
            </button>
          </div>
        </section>
        {rating && (
          <section>
            <h3>{t("vis.rating")}</h3>
            <p class="b">{t("sys.rating", { score: rating.score })}</p>
            {rating.comment && <p dir="auto">“{rating.comment}”</p>}
          </section>
        )}
        {before.length > 0 && (
          <section>
            <h3>
              <span>{t("vis.before")}</span>
              <span class="q3">{before.length}</span>
            </h3>
            <ul class="before">
              {before.map((one) => (
                <li key={one.c}>
                  <button type="button" onClick={() => ((earlier.value = one.c), openDialog("earlier"))}>
                    <span class="row">
                      <b class="cut" dir="auto">
                        {one.preview || t("vis.untitled")}
                      </b>
                      <time class="q3 t12">{moment(one.opened_at, now.value)}</time>
                    </span>
                    <span class="q3 t12 cut">{[(one.agent ?? one.last_agent)?.name ?? t("bot"), one.department && departmentName(one.department), ...(one.labels ?? [])].filter(Boolean).join(" · ")}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Tag>
  );
}

function PageLink({ url }: { url: string | undefined }): VNode {
  const href = url ? safeHref(url) : null;
  return href ? (
    <a class="l cut" href={href} target="_blank" rel="noopener noreferrer nofollow">
      {pathOf(url)}
    </a>
  ) : (
    <span class="cut">{pathOf(url)}</span>
  );
}

function Line({ label, children }: { label: string; children: ComponentChildren }): VNode {
  return (
    <>
      <dt>{label}</dt>
      <dd class="cut">{children}</dd>
    </>
  );
}
