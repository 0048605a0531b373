import type { VNode } from "preact";

import { Composer } from "./composer.tsx";
import { Icon } from "./icons.tsx";
import { Line } from "./talk.tsx";
import { backText, closingTime, shopName, waitText, type View } from "./view.ts";

/** The first screen: greeting, questions to start from, the way to a person. */
export function Home(view: View): VNode {
  const { store, state, texts, settings, base } = view;
  const { t } = texts;
  const fallback = settings.texts?.[texts.language];
  const suggested = state.site?.suggested ?? fallback?.suggested ?? [];
  const talking = state.log !== null && state.status.state !== "closed" && (state.log.entries.length > 0 || state.filling);
  return (
    <>
      <div class="hello">
        <div class="top">
          <span class="logo">
            <Icon name="bell" />
          </span>
          <span class="shop">{shopName(view)}</span>
          {view.place !== "page" && (
            <button type="button" class="icon" aria-label={t("close")} onClick={view.close}>
              <Icon name="close" />
            </button>
          )}
        </div>
        <h2 tabIndex={-1}>{hourly(view)}</h2>
        <p>{state.site?.greeting || fallback?.greeting || t("helpWith")}</p>
      </div>
      <Line {...view} />
      <div class="body">
        {talking && (
          <button type="button" class="person on" onClick={() => store.show("talk")}>
            <span class="face l bot">
              <Icon name={state.status.agent ? "person" : "bell"} />
            </span>
            <span>
              <b>{t("continue")}</b>
              <small>{lastWords(view)}</small>
            </span>
            <Icon name="forward" size={16} flip />
          </button>
        )}
        {suggested.length > 0 && (
          <div>
            <p class="cap" id="often">
              {t("oftenAsked")}
            </p>
            <ul aria-labelledby="often">
              {suggested.map((choice) => (
                <li key={choice.id}>
                  <button type="button" class="ask" onClick={() => store.choose(choice)}>
                    <span dir="auto">{choice.label}</span>
                    <Icon name="forward" size={16} flip />
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
        <a class="link articles" href={`${base}help/`} target="_blank" rel="noopener">
          <Icon name="page" size={16} />
          {t("helpArticles")}
          <span class="vh"> ({t("newTab")})</span>
        </a>
        <button type="button" class="person last" onClick={store.askPerson}>
          <span class="face l">
            <Icon name="person" />
          </span>
          <span>
            <b>{t("talkToPerson")}</b>
            <small>{personText(view)}</small>
          </span>
          <Icon name="forward" size={16} flip />
        </button>
      </div>
      <Composer {...view} placeholder={t("askAnything")}>
        <Hours {...view} />
      </Composer>
    </>
  );
}

function Hours(view: View): VNode | null {
  const { t } = view.texts;
  const site = view.state.site;
  if (!site) return <span />;
  const until = closingTime(site.hours);
  const open = until ? t("openUntil", { time: until }) : site.hours ? t("openHours", { hours: site.hours }) : t("openNow");
  return (
    <span class="hours">
      <span class={`dot${site.open ? "" : " off"}`} />
      {site.open ? open : (backText(view) ?? t("closedNow"))}
    </span>
  );
}

function personText(view: View): string {
  const { state, texts } = view;
  if (!state.site) return "\u00a0";
  if (!state.site.open || !state.site.staffed) return texts.t("leaveMessage");
  return waitText(view, state.site.wait_s);
}

function lastWords({ state, texts }: View): string {
  const last = state.log?.entries.findLast((ev) => ev.kind === "text" || ev.kind === "answer" || ev.kind === "clarify");
  return last && "text" in last.body ? last.body.text.replace(/[*_`#>]/g, "").slice(0, 80) : texts.t("assistant");
}

function hourly({ store, texts: { t } }: View): string {
  const hour = new Date(store.now()).getHours();
  return hour >= 5 && hour < 12 ? t("goodMorning") : hour >= 12 && hour < 18 ? t("goodAfternoon") : t("goodEvening");
}
