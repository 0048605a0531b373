// Who the visitor is, as far as anybody knows.

import type { ComponentChildren, VNode } from "preact";
import { back, nameOf } from "../acts.ts";
import { languageName, moment, t } from "../i18n.ts";
import { current, currentLog, now, pane, phone } from "../state.ts";
import { knownOf, pathOf, ratingOf } from "../thread.ts";
import { safeHref } from "../../../web-widget/src/markdown.ts";
import { Icon } from "./icons.tsx";
import { Avatar } from "./parts.tsx";
import { departmentName } from "./views.tsx";

export function VisitorPane(): VNode | null {
  const held = current.value;
  if (!held) return null;
  const visitor = held.visitor;
  const known = Object.entries(knownOf(currentLog.value)).filter(([name]) => name !== "email");
  const rating = ratingOf(currentLog.value);
  const page = visitor?.page;
  // Alone on a phone's screen it is what the page is about.
  const Tag = phone.value && pane.value === "visitor" ? "main" : "aside";
  const href = page?.url ? safeHref(page.url) : null;
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
        {page?.url && (
          <section>
            <h3>{t("vis.here")}</h3>
            <p class="b" dir="auto">
              {page.title || t("vis.untitled")}
            </p>
            <p class="page-url">
              {href ? (
                <a class="l" href={href} target="_blank" rel="noopener noreferrer nofollow">
                  {pathOf(page.url)}
                </a>
              ) : (
                pathOf(page.url)
              )}
            </p>
          </section>
        )}
        <section>
          <h3>{t("vis.details")}</h3>
          <dl class="kv">
            {held.language && <Line label={t("vis.writes")}>{languageName(held.language)}</Line>}
            {visitor?.locale && <Line label={t("vis.locale")}>{visitor.locale}</Line>}
            {page?.referrer && <Line label={t("vis.from")}>{page.referrer.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "")}</Line>}
            <Line label={t("vis.opened")}>
              {moment(held.opened_at, now.value)}
            </Line>
            {held.department && <Line label={t("vis.department")}>{departmentName(held.department)}</Line>}
            {held.agent?.name && held.state === "assigned" && <Line label={t("vis.agent")}>{held.agent.name}</Line>}
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
        {rating && (
          <section>
            <h3>{t("vis.rating")}</h3>
            <p class="b">{t("sys.rating", { score: rating.score })}</p>
            {rating.comment && <p dir="auto">“{rating.comment}”</p>}
          </section>
        )}
      </div>
    </Tag>
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
