// Administration: people, sites, and who did what.

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, type Answer } from "../http.ts";
import { moment, t } from "../i18n.ts";
import { m } from "../more.ts";
import { colleagues, me, myId, now, part, person } from "../state.ts";
import { Choose } from "./deeds.tsx";
import { Icon } from "./icons.tsx";
import { Field, PageFrame, Parts, troubleOf } from "./parts-page.tsx";
import { Avatar } from "./parts.tsx";
import { departmentName } from "./views.tsx";

const PARTS = ["people", "sites", "audit"] as const;
const ROLES = ["agent", "supervisor", "editor", "admin"] as const;

export function Admin(): VNode {
  const at = (PARTS as readonly string[]).includes(part.value) ? part.value : "people";
  return (
    <PageFrame title={t("rail.admin")}>
      {(me.value?.role ?? person.value?.role) === "admin" ? (
        <>
          <Parts place="admin" parts={PARTS} at={at} />
          {at === "people" ? <People /> : at === "sites" ? <Sites /> : <Audit />}
        </>
      ) : (
        <p class="empty">{m("trouble.forbidden")}</p>
      )}
    </PageFrame>
  );
}

type Role = (typeof ROLES)[number];
type One = { id: string; email: string; name: string; role: Role; departments: string[]; capacity: number; disabled: boolean; second_factor: boolean | string; languages?: string[]; skills?: string[] };

function People(): VNode {
  const [list, setList] = useState<readonly One[]>([]);
  const [open, setOpen] = useState<string | "new">();
  const [trouble, setTrouble] = useState<string>();

  async function fetchAll(): Promise<void> {
    const answer = await ask<{ people: One[] }>("people");
    setTrouble(troubleOf(answer));
    if (answer.type === "ok") setList(answer.value.people);
  }
  useEffect(() => void fetchAll(), []);
  const one = list.find(({ id }) => id === open);
  return (
    <div class="shelf">
      <section class="shelf-list" aria-label={m("part.people")}>
        <div class="shelf-head">
          <span class="q3">{m("people.count", { n: list.filter(({ disabled }) => !disabled).length })}</span>
          <span class="grow" />
          <button type="button" class="btn pri" onClick={() => setOpen("new")}>
            <Icon name="plus" size={14} /> {m("people.new")}
          </button>
        </div>
        <ul>
          {list.map((who) => (
            <li key={who.id}>
              <button type="button" class={open === who.id ? "shelf-it on" : "shelf-it"} aria-current={open === who.id ? "true" : undefined} onClick={() => setOpen(who.id)}>
                <span class="row">
                  <Avatar name={who.name} size="xs" />
                  <b class="cut">{who.name}</b>
                  <span class="grow" />
                  {who.disabled && <span class="chip bad">{m("people.off")}</span>}
                  <span class="chip">{m(`role.${who.role}`)}</span>
                </span>
                <span class="cut q3 t12">{[who.email, ...who.departments.map(departmentName)].join(" · ")}</span>
              </button>
            </li>
          ))}
        </ul>
        <p class="bad" role="alert">
          {trouble}
        </p>
      </section>
      <section class="shelf-one" aria-label={m("edit")}>
        {open === "new" ? <NewPerson key="new" done={(id) => void fetchAll().then(() => setOpen(id))} /> : one ? <Someone key={one.id} one={one} changed={fetchAll} /> : <p class="empty q3">{m("about.people")}</p>}
      </section>
    </div>
  );
}

function NewPerson({ done }: { done: (id: string | undefined) => void }): VNode {
  const [body, setBody] = useState({ email: "", name: "", role: "agent" as Role, departments: [] as string[], capacity: 5, password: "" });
  const [trouble, setTrouble] = useState<string>();
  const put = (change: Partial<typeof body>) => setBody({ ...body, ...change });

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    const answer = await ask<{ id: string }>("people", "POST", body);
    setTrouble(answer.type === "conflict" ? m("people.taken") : answer.type === "wrong" ? m("people.wrong") : troubleOf(answer));
    if (answer.type === "ok") done(answer.value.id);
  }

  return (
    <form class="shelf-form" onSubmit={(event) => void save(event)}>
      <Field label={m("people.name")}>
        <input type="text" required maxLength={100} autocomplete="off" value={body.name} onInput={(e) => put({ name: e.currentTarget.value })} />
      </Field>
      <Field label={t("login.email")}>
        <input type="email" required autocomplete="off" value={body.email} onInput={(e) => put({ email: e.currentTarget.value })} />
      </Field>
      <Field label={m("people.password")} hint={m("people.password.hint")}>
        <input type="password" required minLength={10} autocomplete="new-password" value={body.password} onInput={(e) => put({ password: e.currentTarget.value })} />
      </Field>
      <div class="two">
        <Choose label={m("role")} value={body.role} change={(role) => put({ role: role as Role })} options={ROLES.map((role) => [role, m(`role.${role}`)])} />
        <Field label={m("capacity")}>
          <input type="number" min={0} max={1000} value={body.capacity} onInput={(e) => put({ capacity: Number(e.currentTarget.value) })} />
        </Field>
      </div>
      <DepartmentChecks own={body.departments} change={(departments) => put({ departments })} />
      <footer class="form-foot">
        <span class="grow bad" role="alert">
          {trouble}
        </span>
        <button type="button" class="btn" onClick={() => done(undefined)}>
          {t("cancel")}
        </button>
        <button class="btn pri">{m("people.add")}</button>
      </footer>
    </form>
  );
}

function DepartmentChecks({ own, change }: { own: readonly string[]; change: (own: string[]) => void }): VNode {
  return (
    <fieldset class="checks">
      <legend>{m("people.departments")}</legend>
      {(me.value?.all_departments ?? []).map((name) => (
        <label key={name}>
          <input type="checkbox" checked={own.includes(name)} onChange={(e) => change(e.currentTarget.checked ? [...own, name] : own.filter((one) => one !== name))} />
          {departmentName(name)}
        </label>
      ))}
      <span class="q3 t12">{m("people.departments.hint")}</span>
    </fieldset>
  );
}

/** Each change is a commit of its own, made when it is made: there is no button that saves all. */
function Someone({ one, changed }: { one: One; changed: () => Promise<void> }): VNode {
  const [said, setSaid] = useState<{ text: string; bad: boolean }>();
  const [capacity, setCapacity] = useState(one.capacity);
  const [name, setName] = useState(one.name);
  const [languages, setLanguages] = useState((one.languages ?? []).join(", "));
  const [skills, setSkills] = useState((one.skills ?? []).join(", "));
  const [password, setPassword] = useState("");
  const self = one.id === myId.value;
  const listOf = (text: string) => text.split(",").map((word) => word.trim()).filter((word) => word !== "");

  async function put(change: object): Promise<void> {
    const answer: Answer<unknown> = await ask(`people/${encodeURIComponent(one.id)}`, "PATCH", change);
    setSaid(answer.type === "ok" ? { text: m("saved"), bad: false } : { text: answer.type === "wrong" ? m("people.wrong") : (troubleOf(answer) ?? ""), bad: true });
    await changed();
  }

  return (
    <div class="shelf-form">
      <div class="row">
        <Avatar name={one.name} size="l" />
        <div class="grow">
          <b>{one.name}</b>
          <div class="q3 t12">
            {one.email} · {m(one.second_factor === true || one.second_factor === "on" ? "people.factor" : "people.nofactor")}
          </div>
        </div>
      </div>
      <p role="status" class={said?.bad ? "bad" : "q2"}>
        {said?.text}
      </p>
      {self && <p class="said">{m("people.self")}</p>}
      <fieldset class="plain-set" disabled={self}>
        <Field label={m("people.name")}>
          <input type="text" maxLength={100} value={name} onInput={(e) => setName(e.currentTarget.value)} onChange={() => name.trim() !== one.name && void put({ name: name.trim() })} />
        </Field>
        <div class="two">
          <Choose label={m("role")} value={one.role} change={(role) => void put({ role })} options={ROLES.map((role) => [role, m(`role.${role}`)])} />
          <Field label={m("capacity")}>
            <input type="number" min={0} max={1000} value={capacity} onInput={(e) => setCapacity(Number(e.currentTarget.value))} onChange={() => void put({ capacity })} />
          </Field>
          <Field label={m("people.languages")} hint={m("people.list.hint")}>
            <input type="text" value={languages} placeholder="de, en" onInput={(e) => setLanguages(e.currentTarget.value)} onChange={() => void put({ languages: listOf(languages) })} />
          </Field>
          <Field label={m("people.skills")} hint={m("people.list.hint")}>
            <input type="text" value={skills} onInput={(e) => setSkills(e.currentTarget.value)} onChange={() => void put({ skills: listOf(skills) })} />
          </Field>
        </div>
        <DepartmentChecks own={one.departments} change={(departments) => void put({ departments })} />
        <form
          class="row end"
          onSubmit={(event) => {
            event.preventDefault();
            void put({ password }).then(() => setPassword(""));
          }}
        >
          <Field label={m("people.password.new")}>
            <input type="password" required minLength={10} autocomplete="new-password" value={password} onInput={(e) => setPassword(e.currentTarget.value)} />
          </Field>
          <button class="btn">{m("people.password.set")}</button>
        </form>
        <div class="row">
          <span class="grow q3 t12">{m("people.off.hint")}</span>
          <button type="button" class={one.disabled ? "btn" : "btn bare bad"} onClick={() => void put({ disabled: !one.disabled })}>
            {m(one.disabled ? "people.enable" : "people.disable")}
          </button>
        </div>
      </fieldset>
    </div>
  );
}

// ------------------------------------------------------------ sites

type Site = { name: string; origins: string[]; fixed?: boolean };

function Sites(): VNode {
  const [list, setList] = useState<readonly Site[]>([]);
  const [name, setName] = useState("");
  const [origins, setOrigins] = useState("");
  const [trouble, setTrouble] = useState<string>();

  async function fetchAll(): Promise<void> {
    const answer = await ask<{ sites: Site[] }>("sites");
    setTrouble(troubleOf(answer));
    if (answer.type === "ok") setList(answer.value.sites);
  }
  useEffect(() => void fetchAll(), []);

  async function add(event: Event): Promise<void> {
    event.preventDefault();
    const answer = await ask("sites", "POST", { name: name.trim(), origins: origins.split(/\s+/).filter((one) => one !== "") });
    setTrouble(answer.type === "wrong" ? m("sites.wrong") : troubleOf(answer));
    if (answer.type !== "ok") return;
    setName("");
    setOrigins("");
    await fetchAll();
  }

  async function remove(site: string): Promise<void> {
    setTrouble(troubleOf(await ask(`sites/${encodeURIComponent(site)}`, "DELETE")));
    await fetchAll();
  }

  return (
    <div class="page-in">
      <p class="said">{m("sites.about")}</p>
      <table class="grid">
        <thead>
          <tr>
            <th>{m("sites.name")}</th>
            <th>{m("sites.origins")}</th>
            <th>
              <span class="sr">{m("delete")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {list.map((site) => (
            <tr key={site.name}>
              <th scope="row">{site.name}</th>
              <td class="mono">{site.origins.join("  ")}</td>
              <td>
                {site.fixed ? (
                  <span class="q3 t12">{m("sites.fixed")}</span>
                ) : (
                  <button type="button" class="btn" aria-label={m("sites.remove", { name: site.name })} onClick={() => void remove(site.name)}>
                    {m("delete")}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {list.length === 0 && <p class="q3">{m("sites.none")}</p>}
      <form class="card form-row" onSubmit={(event) => void add(event)}>
        <Field label={m("sites.name")}>
          <input type="text" required maxLength={64} value={name} onInput={(e) => setName(e.currentTarget.value)} />
        </Field>
        <Field label={m("sites.origins")} hint={m("sites.origins.hint")}>
          <input type="text" required placeholder="https://shop.example" value={origins} onInput={(e) => setOrigins(e.currentTarget.value)} />
        </Field>
        <button class="btn pri">{m("sites.add")}</button>
      </form>
      <p class="bad" role="alert">
        {trouble}
      </p>
    </div>
  );
}

// ------------------------------------------------------------ audit

type Deed = { n: number; at: number; who: string; what: string; on: string; detail: string; address: string };

/** Fetched at once, rows. */
const PAGE = 200;

/** The table keeps ids, as names change; people read names. */
function named(id: string): string {
  return id === myId.value ? (me.value?.name ?? id) : (colleagues.value.get(id)?.name ?? id);
}

function short(id: string): string {
  const name = named(id);
  return name.length > 24 && /^[0-9a-f]+$/.test(name) ? `${name.slice(0, 8)}…` : name;
}

function Audit(): VNode {
  const [rows, setRows] = useState<readonly Deed[]>([]);
  const [find, setFind] = useState("");
  const [trouble, setTrouble] = useState<string>();
  const [reading, setReading] = useState(true);

  const [more, setMore] = useState(false);

  /** The newest first; what came before on demand. */
  async function page(): Promise<void> {
    setReading(true);
    const before = rows[rows.length - 1]?.n ?? Number.MAX_SAFE_INTEGER;
    const answer = await ask<{ rows: Deed[]; more: boolean }>(`audit?before=${before}&limit=${PAGE}`);
    setReading(false);
    setTrouble(troubleOf(answer));
    if (answer.type !== "ok") return;
    setRows([...rows, ...answer.value.rows]);
    setMore(answer.value.more);
  }
  useEffect(() => void page(), []);

  const wanted = find.trim().toLocaleLowerCase();
  const found = rows.filter((row) => wanted === "" || [row.who, named(row.who), named(row.on), row.what, row.on, row.detail, row.address].join(" ").toLocaleLowerCase().includes(wanted));
  return (
    <div class="page-in">
      <div class="shelf-head">
        <label class="find-in">
          <Icon name="search" size={14} />
          <input type="search" aria-label={m("find")} placeholder={m("find")} value={find} onInput={(e) => setFind(e.currentTarget.value)} />
        </label>
        <span class="q3" role="status">
          {reading ? t("loading") : m("audit.count", { n: found.length })}
        </span>
      </div>
      <div class="scroll-x" tabIndex={0} role="region" aria-label={m("part.audit")}>
        <table class="grid">
          <thead>
            <tr>
              <th class="num">#</th>
              <th>{m("audit.at")}</th>
              <th>{m("audit.who")}</th>
              <th>{m("audit.what")}</th>
              <th>{m("audit.on")}</th>
              <th>{m("audit.detail")}</th>
              <th>{m("audit.from")}</th>
            </tr>
          </thead>
          <tbody>
            {found.map((row) => (
              <tr key={row.n}>
                <td class="num q3">{row.n}</td>
                <td class="nowrap">{moment(row.at, now.value)}</td>
                <td title={row.who}>{named(row.who)}</td>
                <td>{row.what}</td>
                <td class="mono" title={row.on}>{short(row.on)}</td>
                <td>{row.detail}</td>
                <td class="mono q3">{row.address}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more && (
        <button type="button" class="btn older" disabled={reading} onClick={() => void page()}>
          {m("audit.more")}
        </button>
      )}
      <p class="bad" role="alert">
        {trouble}
      </p>
    </div>
  );
}
