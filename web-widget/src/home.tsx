import type { VNode } from "preact";

import { Composer } from "./composer.tsx";
import { Icon, Logo } from "./icons.tsx";
import { Later } from "./lazy.tsx";
import { textIn } from "./settings.ts";
import { lastWords } from "./said.ts";
import { backText, closingTime, shopName, waitText, type View } from "./view.ts";
import { peopleOf } from "./wait.ts";

/** The first screen: greeting, questions to start from, the way to a person. */
export function Home(view: View): VNode {
  const { store, state, texts, settings } = view;
  const { t } = texts;
  // As the server will do: in the first of the shop’s languages where it does not have the visitor’s.
  const fallback = settings.texts?.[texts.language] ?? settings.texts?.[settings.languages?.[0] ?? ""];
  const suggested = state.site?.suggested ?? fallback?.suggested ?? [];
  const talking = state.log !== null && state.status.state !== "closed" && (state.log.entries.length > 0 || state.filling);
  return (
    <>
      <div class="hello">
        <div class="top">
          <Logo {...view} />
          <span class="shop">{shopName(view)}</span>
          {state.site && <Later from="menu" of="Menu" {...view} />}
          {view.place !== "page" && (
            <button type="button" class="icon" aria-label={t("close")} onClick={view.close}>
              <Icon name="close" />
            </button>
          )}
        </div>
        <h2 tabIndex={-1}>{textIn(settings.title, [texts.language]) || hourly(view)}</h2>
        <p>
          <bdi>{state.site?.greeting || fallback?.greeting || t("helpWith")}</bdi>
        </p>
      </div>
      <Later from="cards" of="Line" {...view} />
      <div class="body">
        {state.outcome && <Later from="forms" of="Outcome" {...view} />}
        {talking && (
          <button type="button" class="person on" onClick={() => store.show("talk")}>
            <span class={`face l${state.status.agent ? "" : " bot"}`}>
              <Icon name={state.status.agent ? "person" : "bell"} />
            </span>
            <span>
              <b>{t("continue")}</b>
              <small>
                <bdi>{lastWords(state.log?.entries ?? []) || t("assistant")}</bdi>
              </small>
            </span>
            <Icon name="forward" size={16} flip />
          </button>
        )}
        <button type="button" class="seek" onClick={() => store.read(null)}>
          <Icon name="search" size={16} />
          {t("searchHelp")}
        </button>
        {!state.asking && suggested.length > 0 && (
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
        {!state.asking && (
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
        )}
      </div>
      {state.asking && <Later from="forms" of="Asking" {...view} />}
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
  const people = peopleOf(view.state);
  const until = closingTime(site.hours);
  const open = until ? t("openUntil", { time: until }) : site.hours ? t("openHours", { hours: site.hours }) : t("openNow");
  return (
    <span class="hours">
      <span class={`dot${people === "here" ? "" : " off"}`} />
      {people === "closed" ? backText(view) : people === "here" ? open : t(people === "full" ? "fullNow" : "nobodyHere")}
    </span>
  );
}

function personText(view: View): string {
  const { state, texts } = view;
  if (!state.site) return "\u00a0";
  if (peopleOf(state) !== "here") return texts.t("leaveMessage");
  return waitText(view, state.site.wait_s);
}

function hourly({ store, texts: { t } }: View): string {
  const hour = new Date(store.now()).getHours();
  return hour >= 5 && hour < 12 ? t("goodMorning") : hour >= 12 && hour < 18 ? t("goodAfternoon") : t("goodEvening");
}
