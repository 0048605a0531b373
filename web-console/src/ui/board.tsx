// The supervisors' board: who waits where, how long, against which target; who is on with how much; the notice for all visitors.

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { claim, nameOf, refusal, say, select, setPresence } from "../acts.ts";
import { ask } from "../http.ts";
import { lang, LANGS, languageName, t, time } from "../i18n.ts";
import { waitingSince, type Held } from "../inbox.ts";
import { kept, load } from "../kept.ts";
import * as socket from "../line.ts";
import { m } from "../more.ts";
import { busy, colleagues, inbox, me, myId, now, past } from "../state.ts";
import { clock, level } from "../waiting.ts";
import type { PresenceState } from "../wire.ts";
import { Icon } from "./icons.tsx";
import { PageFrame, troubleOf } from "./parts-page.tsx";
import { Avatar, Waits } from "./parts.tsx";
import { departmentName, PRESENCES } from "./views.tsx";

/** Asked for again after so long, ms. The figures over an hour move slowly; what waits is told by the socket. */
const AGAIN = 5_000;

type Row = { name: string; waiting: number; longest_s?: number | null; target?: { seconds: number; share: number } | null; service_level?: { answered: number; in_target: number } | null; paused?: unknown; open?: boolean };

type Someone = { id: string; name: string; presence: PresenceState; load: number; capacity: number; since?: number | null; departments?: string[] };

type Figures = { departments: Row[]; people: Someone[]; waits?: { estimates: number; inside: number; median_error_s: number | null }; now: number };

export function Board(): VNode {
  const [figures, setFigures] = useState<Figures>();
  const [trouble, setTrouble] = useState<string>();
  const [only, setOnly] = useState("");

  async function fetchAll(): Promise<void> {
    const answer = await ask<Figures>("board");
    setTrouble(troubleOf(answer));
    if (answer.type === "ok") setFigures(answer.value);
  }
  useEffect(() => {
    void fetchAll();
    const timer = setInterval(() => document.visibilityState === "visible" && void fetchAll(), AGAIN);
    return () => clearInterval(timer);
  }, []);

  const open = [...inbox.value.all.values()];
  const inDepartment = (held: Held) => only === "" || held.department === only;
  const waiting = open.filter((held) => held.state === "waiting" && inDepartment(held)).sort((a, b) => waitingSince(a) - waitingSince(b));
  const people = peopleNow(figures).filter((one) => only === "" || !one.departments?.length || one.departments.includes(only));
  const rows = (figures?.departments ?? []).filter((row) => only === "" || row.name === only);
  const answered = rows.reduce((sum, row) => sum + (row.service_level?.answered ?? 0), 0);
  const inTarget = rows.reduce((sum, row) => sum + (row.service_level?.in_target ?? 0), 0);
  const there = people.filter((one) => one.presence === "online" || one.presence === "transfer_only");
  const load = people.reduce((sum, one) => sum + one.load, 0);
  const capacity = there.reduce((sum, one) => sum + one.capacity, 0);
  const longest = waiting[0];
  const targets = [...new Set(rows.map((row) => row.target?.share).filter((share) => share !== undefined))];
  return (
    <PageFrame
      title={t("rail.board")}
      end={
        <>
          <span class="live q2 t12">
            <i class="dot online" /> {m("board.live", { time: time(now.value) })}
          </span>
          <span class="grow" />
          <label class="inline">
            <span class="sr">{t("vis.department")}</span>
            <select value={only} onChange={(e) => setOnly(e.currentTarget.value)}>
              <option value="">{m("board.all")}</option>
              {(me.value?.all_departments ?? []).map((name) => (
                <option key={name} value={name}>
                  {departmentName(name)}
                </option>
              ))}
            </select>
          </label>
        </>
      }
    >
      <div class="board">
        <dl class="tiles">
          <Tile name={m("board.waiting")} figure={String(waiting.length)} under={waiting.length === 0 ? m("board.waiting.none") : m("board.waiting.of", { n: new Set(waiting.map((held) => held.department)).size })}>
            {only === "" && <Spark />}
          </Tile>
          <Tile name={m("board.longest")} figure={longest ? clock(now.value - waitingSince(longest)) : "–"} tone={longest ? level(now.value - waitingSince(longest)) : "fine"} under={longest ? nameOf(longest) : ""} />
          <Tile name={m("board.level")} figure={answered > 0 ? m("percent", { n: Math.round((inTarget / answered) * 100) }) : "–"} tone={answered > 0 && targets.length > 0 && inTarget / answered < Math.min(...(targets as number[])) ? "long" : "fine"} under={m("board.level.of", { n: inTarget, all: answered })} />
          <Tile name={m("board.load")} figure={String(load)} under={m("board.load.of", { capacity, n: there.length })} />
          {figures?.waits && <Tile name={m("board.estimates")} figure={figures.waits.estimates > 0 ? m("percent", { n: Math.round((figures.waits.inside / figures.waits.estimates) * 100) }) : "–"} under={m("board.estimates.of", { n: figures.waits.estimates })} />}
        </dl>
        {trouble && (
          <p class="bad board-trouble" role="alert">
            {trouble}
          </p>
        )}
        <div class="board-main">
          <section aria-labelledby="board-departments">
            <h3 id="board-departments">{t("views.departments")}</h3>
            <div class="scroll-x" tabIndex={0} role="group" aria-labelledby="board-departments">
              <table class="grid">
                <thead>
                  <tr>
                    <th>{t("vis.department")}</th>
                    <th class="num">{m("board.waiting")}</th>
                    <th class="num">{m("board.longest")}</th>
                    <th>{m("board.level")}</th>
                    <th class="num">{m("board.inchat")}</th>
                    <th>{m("dep.chats")}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((row) => (
                    <DepartmentRow key={row.name} row={row} open={open} changed={fetchAll} />
                  ))}
                </tbody>
              </table>
            </div>
          </section>
          <section aria-labelledby="board-next">
            <h3 id="board-next">{m("board.next")}</h3>
            <ul class="next">
              {waiting.slice(0, 12).map((held) => (
                <li key={held.c}>
                  <Waits since={waitingSince(held)} />
                  <b class="cut" dir="auto">
                    {nameOf(held)}
                  </b>
                  <span class="cut q2" dir="auto">
                    {held.preview}
                  </span>
                  {held.department ? <span class="chip">{departmentName(held.department)}</span> : <span />}
                  <span class="q3 t12 cut">{held.offered_to?.name ? t("row.offered", { name: held.offered_to.name }) : ""}</span>
                  <button type="button" class="btn bare" aria-label={m("board.look.at", { name: nameOf(held) })} onClick={() => select(held.c)}>
                    {m("board.look")}
                  </button>
                  <Give held={held} />
                  <button type="button" class="btn" aria-label={m("board.take.this", { name: nameOf(held) })} disabled={busy.value !== undefined} onClick={() => void claim(held)}>
                    {t("act.claim")}
                  </button>
                </li>
              ))}
            </ul>
            {waiting.length === 0 && <p class="q3">{m("board.waiting.none")}</p>}
            {waiting.length > 12 && <p class="q3">{m("board.next.more", { n: waiting.length - 12 })}</p>}
          </section>
        </div>
        <div class="board-side">
          <Notice />
          <section aria-labelledby="board-people">
            <h3 id="board-people" class="row">
              {m("board.people")} <span class="grow" />
              <span class="q3">{m("board.places", { load, capacity })}</span>
            </h3>
            <ul class="crew">
              {people.map((one) => (
                <Crew key={one.id} one={one} chats={open.filter((held) => held.state === "assigned" && held.agent?.id === one.id)} changed={fetchAll} />
              ))}
            </ul>
          </section>
        </div>
      </div>
    </PageFrame>
  );
}

/** The socket is faster than the figures: presence and load come from it; how many places somebody has, from the figures. */
function peopleNow(figures: Figures | undefined): Someone[] {
  const rank: Record<PresenceState, number> = { online: 0, transfer_only: 1, away: 2, offline: 3 };
  const list = (figures?.people ?? [...colleagues.value.values()]).map((one) => {
    const live = one.id === myId.value ? me.value && { presence: me.value.presence, capacity: me.value.capacity } : colleagues.value.get(one.id);
    return { ...one, ...(live ? { presence: live.presence, capacity: figures ? one.capacity : live.capacity, ...("load" in live ? { load: live.load } : {}) } : {}) };
  });
  return list.sort((a, b) => rank[a.presence] - rank[b.presence] || b.load - a.load || a.name.localeCompare(b.name));
}

/** Who waited over the last hour, as far as this page saw it. */
function Spark(): VNode | null {
  const all = past.value;
  const first = all[0];
  if (!first || all.length < 3) return null;
  const most = Math.max(1, ...all.map(({ n }) => n));
  const x = (at: number) => ((at - first.at) / Math.max(1, now.value - first.at)) * 100;
  const y = (n: number) => 23 - (n / most) * 22;
  const points = all.map(({ at, n }) => `H${x(at).toFixed(1)}V${y(n).toFixed(1)}`).join("");
  return (
    <svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label={m("board.spark", { most, n: Math.max(1, Math.round((now.value - first.at) / 60_000)) })}>
      <path d={`M0 ${y(first.n).toFixed(1)}${points}H100`} fill="none" stroke="currentColor" vector-effect="non-scaling-stroke" />
    </svg>
  );
}

function Tile({ name, figure, under, tone = "fine", children }: { name: string; figure: string; under: string; tone?: "fine" | "long" | "late"; children?: ComponentChildren }): VNode {
  return (
    <div class={`tile ${tone}`}>
      <dt>{name}</dt>
      <dd>
        <b>
          {figure}
          {tone !== "fine" && <span class="sr">, {t(tone)}</span>}
        </b>
        <span class="q3 t12 cut">{under}</span>
        {children}
      </dd>
    </div>
  );
}

function DepartmentRow({ row, open, changed }: { row: Row; open: readonly Held[]; changed: () => Promise<void> }): VNode {
  const [trouble, setTrouble] = useState<string>();
  const here = open.filter((held) => held.department === row.name);
  const waiting = here.filter((held) => held.state === "waiting");
  const first = waiting.reduce<number | undefined>((least, held) => Math.min(least ?? Infinity, waitingSince(held)), undefined);
  const { service_level: reached, target } = row;
  const share = reached && reached.answered > 0 ? reached.in_target / reached.answered : undefined;
  const paused = Boolean(row.paused ?? kept.value.departments.find((one) => one.name === row.name)?.paused);

  async function pause(): Promise<void> {
    const answer = await ask(`departments/${encodeURIComponent(row.name)}/pause`, "PUT", { paused: !paused });
    setTrouble(troubleOf(answer));
    await Promise.all([changed(), load()]);
  }

  return (
    <tr>
      <th scope="row">
        {departmentName(row.name)} {row.open === false && <span class="chip">{m("dep.is.closed")}</span>}
      </th>
      <td class="num">{waiting.length}</td>
      <td class="num">{first === undefined ? "–" : <Waits since={first} />}</td>
      <td>
        {share === undefined ? (
          <span class="q3">{m("board.level.none")}</span>
        ) : (
          <span class="reach">
            <span class={target && share < target.share ? (share < target.share * 0.8 ? "track-bar late" : "track-bar long") : "track-bar"} aria-hidden="true">
              <i style={{ width: `${Math.round(share * 100)}%` }} />
              {target && <em style={{ insetInlineStart: `${Math.round(target.share * 100)}%` }} />}
            </span>
            <b class="num">{m("percent", { n: Math.round(share * 100) })}</b>
            {target && <span class="q3 t12">{m("board.level.target", { percent: Math.round(target.share * 100), seconds: target.seconds })}</span>}
          </span>
        )}
      </td>
      <td class="num">{here.filter((held) => held.state === "assigned" && !held.snoozed_until).length}</td>
      <td>
        <span class="row">
          {paused && (
            <span class="chip warn">
              <Icon name="pause" size={12} /> {m("paused")}
            </span>
          )}
          <button type="button" class="btn" aria-label={m(paused ? "unpause.this" : "pause.this", { name: departmentName(row.name) })} onClick={() => void pause()}>
            {m(paused ? "unpause" : "pause")}
          </button>
        </span>
        <span class="bad" role="alert">
          {trouble}
        </span>
      </td>
    </tr>
  );
}

/** Places of administrators are for administrators. */
function maySteer(id: string): boolean {
  return me.value?.role === "admin" || (id !== myId.value && colleagues.value.get(id)?.role !== "admin");
}

/** A waiting chat for somebody, by hand. */
function Give({ held }: { held: Held }): VNode {
  const free = [...colleagues.value.values()].filter((one) => (one.presence === "online" || one.presence === "transfer_only") && one.load < one.capacity);
  async function give(agent: string): Promise<void> {
    const res = await socket.ask({ type: "assign", c: held.c, ver: held.ver, agent });
    if (!res.ok) say(refusal(res.code, "to"), "bad");
  }
  return (
    <span class="inline give">
      <select aria-label={m("board.give.this", { name: nameOf(held) })} value="" disabled={free.length === 0} onChange={(e) => void give(e.currentTarget.value)}>
        <option value="">{m("board.give")}</option>
        {free.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name} ({m("board.places", { load: one.load, capacity: one.capacity })})
          </option>
        ))}
      </select>
    </span>
  );
}

/** Somebody who is on: presence and places can be set, each of the chats looked into. */
function Crew({ one, chats, changed }: { one: Someone; chats: readonly Held[]; changed: () => Promise<void> }): VNode {
  const [open, setOpen] = useState(false);
  const [capacity, setCapacity] = useState(one.capacity);
  const [trouble, setTrouble] = useState<string>();
  useEffect(() => setCapacity(one.capacity), [one.capacity]);

  async function keepCapacity(): Promise<void> {
    if (capacity === one.capacity) return;
    setTrouble(troubleOf(await ask(`people/${encodeURIComponent(one.id)}`, "PATCH", { capacity })));
    await changed();
  }

  const full = one.capacity > 0 && one.load >= one.capacity;
  const id = `crew-${one.id}`;
  return (
    <li>
      <button type="button" class="crew-it" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        <Avatar name={one.name} presence={one.presence} />
        <span class="grow">
          <b class="cut">{one.name}</b>
          <span class="q3 t12 cut">{[full ? m("board.full") : t(`presence.${one.presence}`), ...(one.departments ?? []).map(departmentName)].join(" · ")}</span>
        </span>
        <span class={full ? "places full" : "places"} aria-hidden="true">
          {Array.from({ length: Math.min(one.capacity, 8) }, (_, n) => (
            <i key={n} class={n < one.load ? "on" : ""} />
          ))}
        </span>
        <span class="num">{one.presence === "offline" && one.load === 0 ? "–" : m("board.places", { load: one.load, capacity: one.capacity })}</span>
      </button>
      <div id={id} class="crew-more" hidden={!open}>
        <div class="two">
          <label class="field">
            <span>{m("presence")}</span>
            <select value={one.presence} onChange={(e) => setPresence(e.currentTarget.value as PresenceState, one.id)}>
              {PRESENCES.map((state) => (
                <option key={state} value={state}>
                  {t(`presence.${state}`)}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            <span>{m("capacity")}</span>
            <input type="number" min={0} max={1000} disabled={!maySteer(one.id)} title={maySteer(one.id) ? undefined : m("capacity.who")} value={capacity} onInput={(e) => setCapacity(Number(e.currentTarget.value))} onChange={() => void keepCapacity()} />
          </label>
        </div>
        <p class="bad" role="alert">
          {trouble}
        </p>
        {chats.length > 0 && (
          <ul class="crew-chats">
            {chats.map((held) => (
              <li key={held.c}>
                <button type="button" class="menu-it" onClick={() => select(held.c)}>
                  <Icon name="inbox" />
                  <span class="grow cut" dir="auto">
                    {nameOf(held)}
                    <span class="q3 t12 cut">{held.preview}</span>
                  </span>
                  <span class="q3 t12">{m("board.look")}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {chats.length === 0 && <p class="q3 t12">{m("board.nochats")}</p>}
      </div>
    </li>
  );
}

/** What all visitors are told, such as that something is broken. */
function Notice(): VNode {
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [shown, setShown] = useState<{ until?: number | null }>();
  const [hours, setHours] = useState("4");
  const [said, setSaid] = useState<{ text: string; bad: boolean }>();

  async function fetchNotice(): Promise<void> {
    const answer = await ask<{ notice: { text: Record<string, string>; until: number | null } | null }>("notice");
    if (answer.type !== "ok") return setSaid({ text: troubleOf(answer) ?? "", bad: true });
    setShown(answer.value.notice ?? undefined);
    if (answer.value.notice) setTexts(answer.value.notice.text);
  }
  useEffect(() => void fetchNotice(), []);

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    const text = Object.fromEntries(Object.entries(texts).filter(([, words]) => words.trim() !== ""));
    if (Object.keys(text).length === 0) return setSaid({ text: m("notice.say"), bad: true });
    const answer = await ask("notice", "PUT", { text, ...(hours === "" ? {} : { until: Math.round(now.value + Number(hours) * 3_600_000) }) });
    setSaid(answer.type === "ok" ? { text: m("notice.done"), bad: false } : { text: troubleOf(answer) ?? "", bad: true });
    await fetchNotice();
  }

  async function end(): Promise<void> {
    const answer = await ask("notice", "DELETE");
    setSaid(answer.type === "ok" ? { text: m("notice.ended"), bad: false } : { text: troubleOf(answer) ?? "", bad: true });
    if (answer.type === "ok") setTexts({});
    await fetchNotice();
  }

  const languages = [...new Set([...LANGS.map(([tag]) => tag as string), ...Object.keys(texts)])].sort((a, b) => Number(b === lang.value) - Number(a === lang.value));
  return (
    <section aria-labelledby="board-notice">
      <h3 id="board-notice" class="row">
        {m("notice.title")} <span class="grow" />
        <span class={shown ? "chip warn" : "q3"}>{shown ? (shown.until ? m("notice.until", { time: time(shown.until) }) : m("notice.on")) : m("notice.off")}</span>
      </h3>
      <p class="q3 t12">{m("notice.about")}</p>
      <form onSubmit={(event) => void save(event)}>
        {languages.map((tag) => (
          <label key={tag} class="field">
            <span>{m("notice.text", { language: languageName(tag) })}</span>
            <textarea rows={2} lang={tag} maxLength={500} value={texts[tag] ?? ""} onInput={(e) => setTexts({ ...texts, [tag]: e.currentTarget.value })} />
          </label>
        ))}
        <div class="row">
          <label class="inline">
            <span class="sr">{m("notice.long")}</span>
            <select value={hours} onChange={(e) => setHours(e.currentTarget.value)}>
              {["1", "4", "12", "48", ""].map((n) => (
                <option key={n} value={n}>
                  {n === "" ? m("notice.open") : m("hours", { n })}
                </option>
              ))}
            </select>
          </label>
          <span class="grow" />
          {shown && (
            <button type="button" class="btn" onClick={() => void end()}>
              {m("notice.end")}
            </button>
          )}
          <button class="btn pri">{m(shown ? "notice.update" : "notice.show")}</button>
        </div>
        <p role="status" class={said?.bad ? "bad" : "q2"}>
          {said?.text}
        </p>
      </form>
    </section>
  );
}
