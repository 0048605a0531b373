// The editors' side of the desk in memory: files, one shared draft, releases, what was asked in vain, in the server's own shapes.
// Its engine counts common words and no more; what the pages rely on it keeps: the draft by `rev`, what is live by release.

const DAY = 86_400_000;
const EDITORS = new Set(["editor", "admin"]);

const FILES = {
  "intents/delivery.yaml": `# Where things are, and when they come.
intents:
  - id: parcel-missing
    title: Delivered, not here
    examples:
      - my parcel is not here
      - it says delivered but nothing is here
      - parcel lost at the neighbours
    answer:
      en: "I am sorry, that is worrying. Couriers sometimes scan early: please give it until this evening. If it is still missing, I open a search with them. [How a search works](/help/orders/search)"
      de: "Das tut mir leid. Kuriere scannen manchmal zu früh: bitte warten Sie bis heute Abend. Fehlt es dann noch, starte ich einen Nachforschungsauftrag."

  - id: delivery-time
    title: When will it arrive
    examples:
      - when will it be delivered
      - how long does delivery take
      - wann kommt meine lampe
    answer:
      en: "Parcels take **2 to 4 working days**. You get a link to follow yours."
      de: "Pakete brauchen **2 bis 4 Werktage**."
`,
  "intents/returns.yaml": `intents:
  - id: return-damaged
    title: Damaged on arrival
    examples:
      - my lamp arrived broken
      - the glass is cracked
    answer:
      en: "I am sorry about the lamp. Choose: a refund or a new one."
      de: "Das tut mir leid. Wählen Sie: Geld zurück oder eine neue Lampe."

  - id: invoice-copy
    title: Copy of an invoice
    examples:
      - send me the invoice again
      - rechnung nochmal schicken
    answer:
      en: "Invoices are under *Your orders*, each as a PDF."
      de: "Rechnungen finden Sie unter *Ihre Bestellungen* als PDF."
`,
  "knowledge/en/dimmers.md": `---
title: Dimmers that fit
language: en
questions:
  - which dimmer fits the Fjell
  - my lamp flickers with a dimmer
---

LED lamps want a trailing-edge dimmer. Older ones hum.
`,
  "knowledge/en/shipping.md": `---
title: Countries we ship to
language: en
questions:
  - do you ship to Portugal
  - shipping abroad
---

We ship to all of the European Union, Norway and Switzerland.
`,
};

const SAMPLES = [
  ["5f3a91c0", [46, 38], ["en", "nb", "de"], { unknown: 21, ambiguous: 17, thumbs_down: 3, handed_over: 5, suggested: 1 }, [2, 3, 3, 5, 4, 7, 9, 13], [["It says delivered but there is nothing at my door", "en", "/orders", 7], ["pakken er levert men jeg har ikke fått den", "nb", "/orders", 4], ["tracking shows handed over, I was at home all day", "en", "/orders/track", 3], ["Laut DHL zugestellt, hier ist aber nichts", "de", "/de/orders", 3], ["delivered to who??", "en", "/orders", 2]], [["parcel-missing", 0.44, "close to “it says delivered but nothing is here”; “When will it arrive” is close as well (31 %)"], ["delivery-time", 0.31, "shares “delivered”"], ["knowledge/en/shipping", 0.09, "shares “here”"]]],
  ["a1c77e02", [31, 29], ["en", "de"], { unknown: 26, ambiguous: 0, thumbs_down: 4, handed_over: 1, suggested: 0 }, [4, 4, 2, 6, 4, 4, 3, 4], [["Lamp hums with a dimmer", "en", "/lamps/fjell-floor", 9], ["meine Lampe brummt am Dimmer", "de", "/de/lampen/fjell", 6], ["buzzing noise when dimmed", "en", null, 3]], [["knowledge/en/dimmers", 0.39, "shares “dimmer”, which stands in few lines; an article answers from 60 %"], ["return-damaged", 0.12, "shares “lamp”"]]],
  ["77b0d4e9", [22, 20], ["pt", "en"], { unknown: 14, ambiguous: 8, thumbs_down: 0, handed_over: 0, suggested: 0 }, [1, 2, 1, 3, 2, 4, 4, 5], [["Do you ship the Fjell floor lamp to the Azores?", "en", "/lamps/fjell-floor", 5], ["enviam para a Madeira?", "pt", null, 4]], [["knowledge/en/shipping", 0.51, "shares “ship”; answers from 60 %"], ["delivery-time", 0.18, "shares nothing but the page"]]],
  ["c20911aa", [19, 17], ["de", "it"], { unknown: 4, ambiguous: 9, thumbs_down: 1, handed_over: 5, suggested: 0 }, [3, 3, 4, 3, 2, 2, 1, 1], [["Rechnung auf die Firma mit USt-IdNr.", "de", "/de/konto", 6], ["fattura intestata alla ditta, partita IVA", "it", null, 2]], [["invoice-copy", 0.36, "shares “rechnung”; it asks for another thing"]]],
  ["e8834b10", [11, 10], ["en"], { unknown: 11, ambiguous: 0, thumbs_down: 0, handed_over: 0, suggested: 0 }, [0, 3, 0, 0, 2, 0, 3, 3], [["Where is it made?", "en", "/about", 6], ["which country are these from", "en", "/about", 2]], []],
  ["0b5d6612", [9, 9], ["en"], { unknown: 0, ambiguous: 0, thumbs_down: 9, handed_over: 0, suggested: 0 }, [0, 0, 1, 2, 3, 1, 1, 1], [["Gift card not accepted", "en", "/checkout", 4]], [["invoice-copy", 0.33, "shares nothing but the page"]]],
];

export function workshop({ seen, now = () => Date.now(), follow = "releases", git = { branch: "main" }, languages = ["en", "de"], quiet = false } = {}) {
  const T0 = now();
  const state = { follow, git, live: { ...FILES }, draft: null, rev: 0, ignored: [], releases: [], drafted: new Map(), conflict: false, broken: false, failing: false, hold: null };
  const release = (name, author, ago, more = {}) => state.releases.unshift({ id: state.releases.length + 1, name, version: `${(state.releases.length + 40).toString(16)}9c2e71`, author, commit: null, message: "", summary: null, at: T0 - ago, live: false, bytes: 41_880, files: { ...state.live }, ...more });
  release("2026-11-03", "Lea Novak", 19 * DAY, { message: "First release from the folder", commit: "4be1f02" });
  release("2026-11-12", "Mara Koch", 10 * DAY, { message: "Winter delivery times", summary: { questions: 2210, same: 2171, newly_answered: 31, changed: 8 } });
  release("2026-11-17", "Lea Novak", 5 * DAY, { message: "Invoices: where they are", commit: "9d20c4a", summary: { questions: 2318, same: 2294, newly_answered: 19, reworded: 4, lost: 1 } });
  state.releases[0].live = true;
  if (quiet) state.releases = [];
  const clusters = quiet
    ? []
    : SAMPLES.map(([id, [size, visitors], langs, signals, trend, samples, nearest], n) => ({
        id,
        size,
        visitors,
        languages: langs,
        signals,
        samples: samples.map(([text, language, page, times], k) => ({ text, language, page, at: T0 - k * DAY * 0.7 - n * 3_600_000, times })),
        texts_total: samples.length + (size > 20 ? size - 20 : 0),
        trend,
        first: T0 - 27 * DAY,
        last: T0 - n * 3_600_000,
        nearest: nearest.map(([id, confidence, why]) => ({ ...entryOf(id), confidence, why })),
        suggestions: n === 0 ? [{ kind: "should_have", target: "parcel-missing", text: "", note: "They all mean the courier’s scan.", by: "Jonas Berg" }] : [],
        drafted: null,
      }));

  function entryOf(id) {
    const { kind, title } = entries(state.live).find((one) => one.id === id) ?? { kind: "intent", title: id };
    return { id, kind, title };
  }

  const merged = () => ({ ...state.live, ...(state.draft?.files ?? {}) });

  function view() {
    if (!state.draft) return null;
    const files = Object.entries(state.draft.files)
      .filter(([path, text]) => text !== (state.live[path] ?? ""))
      .map(([path, text]) => ({ path, new: !(path in state.live), deleted: false, conflict: state.clash === path, diff: around(diff((state.live[path] ?? "").split("\n"), text.split("\n"))) }));
    const problems = state.broken ? [{ code: "I014", severity: "error", file: "intents/delivery.yaml", line: 12, column: 9, message: "the same example is in two intents", help: "remove one, or join the intents" }, { code: "I021", severity: "warning", file: "intents/returns.yaml", line: 3, column: 5, message: "this intent has few examples", help: "five or more make it sure" }] : [];
    const failed = state.failing ? [{ name: "a return is no delivery", file: "intents/returns.test.md", line: 14, messages: ["“where is my return” was expected to be answered by return-damaged, and is answered by parcel-missing"] }] : [];
    return { rev: state.rev, base: "2a9c2e71", stale: state.draft.stale ?? false, at: state.draft.at, by: state.draft.by, files, problems, tests: { passed: 22 - failed.length, failed } };
  }

  function write(person, path, text) {
    state.rev += 1;
    state.draft = { stale: state.draft?.stale, at: now(), by: { id: person.id, name: person.name }, files: { ...(state.draft?.files ?? {}), [path]: text } };
  }

  const fresh = (rev) => !state.conflict && (rev ?? null) === (state.draft ? state.rev : null);

  function plan() {
    const [live, draft] = [entries(state.live), entries(merged())];
    const edits = (view()?.files ?? []).flatMap(({ path, diff: rows }) =>
      rows.flatMap((row, n) => {
        if (row.op !== "add" || rows[n - 1]?.op === "add") return [];
        const entry = entries(merged()).filter((one) => one.file === path && one.line <= row.line).at(-1);
        return [{ file: path, line: row.line, entry: entry?.id ?? null, key: "examples", what: "example added", quote: row.text.trim(), questions: 0 }];
      }),
    );
    const changes = [];
    const summary = { questions: 0, same: 0, newly_answered: 0, above: 0, now_asked_back: 0, changed: 0, reworded: 0, handoff: 0, choices: 0, no_longer_asked_back: 0, below: 0, lost: 0 };
    for (const { samples } of clusters) {
      for (const { text, language, page, times } of samples) {
        summary.questions += times;
        const [before, after] = [reply(live, text), reply(draft, text)];
        const kind = kindOf(before, after);
        if (!kind) {
          summary.same += times;
          continue;
        }
        summary[kind] += times;
        const edit = edits.findIndex((one) => after.ids.includes(one.entry));
        if (edit >= 0) edits[edit].questions += times;
        changes.push({ number: changes.length + 1, kind, text, language, page, times, also: changes.length === 0 ? [{ text: `${text} please`, times: 2 }] : [], also_left_out: changes.length === 0 ? 3 : 0, before, after, cause: edit < 0 ? { edit: null, proof: "together" } : { edit, proof: changes.length === 1 ? "likely" : "tried" } });
      }
    }
    return { from: "2a9c2e71", to: "30ffee12", summary, texts: clusters.flatMap(({ samples }) => samples).length, edits, changes };
  }

  /** Answers, or says that it is not one of its paths. */
  async function serve(req, res, url, person, json) {
    const path = url.pathname.replace("/api/v1/", "");
    if (!path.startsWith("workshop")) return false;
    if (!person) return json(401, { code: "forbidden" }), true;
    if (!EDITORS.has(person.role)) return json(403, { code: "forbidden" }), true;
    const body = ["POST", "PUT", "DELETE"].includes(req.method) ? await read(req) : undefined;
    seen.calls.push({ method: req.method, path: path + url.search, body });
    if (state.hold?.path === path) await state.hold.until;
    const is = (method, wanted) => req.method === method && path === `workshop${wanted}`;
    const conflict = () => (json(409, { code: "changed", message: "somebody else has changed the draft meanwhile" }), true);
    const live = state.releases.find((one) => one.live);
    const plain = (one) => (({ files: _files, ...rest }) => rest)(one);

    if (is("GET", "")) return json(200, { follow: state.follow, version: live?.version ?? "2a9c2e71", release: live ? { id: live.id, name: live.name, at: live.at, author: live.author } : null, draft: view(), git: state.git, languages, entries: entries(merged()).map(({ id, kind, title, file, line }) => ({ id, kind, title, file, line })) }), true;
    if (is("GET", "/draft")) return state.draft ? json(200, view()) : res.writeHead(204).end(), true;
    if (is("DELETE", "/draft")) {
      if (!fresh(body.rev)) return conflict();
      state.draft = null;
      for (const one of clusters) one.drafted = null;
      return res.writeHead(204).end(), true;
    }
    if (is("GET", "/draft.patch")) {
      const text = (view()?.files ?? []).map(({ path: file, diff: rows }) => `--- a/${file}\n+++ b/${file}\n${rows.map(({ op, text: row }) => `${{ same: " ", add: "+", del: "-" }[op]}${row}`).join("\n")}\n`).join("");
      return res.writeHead(200, { "content-type": "text/x-patch", "content-disposition": 'attachment; filename="draft.patch"' }).end(text), true;
    }
    if (is("POST", "/plan")) return json(200, plan()), true;
    if (is("POST", "/publish")) {
      if (state.follow !== "releases") return json(409, { code: "follows_folder" }), true;
      if (!fresh(body.rev)) return conflict();
      if (state.refuse) return json(state.refuse.status, state.refuse.told), true;
      const now_ = view();
      if (now_.problems.some((one) => one.severity === "error")) return json(422, { problems: now_.problems }), true;
      if (now_.tests.failed.length > 0) return json(422, { tests: now_.tests }), true;
      const { summary } = plan();
      state.live = merged();
      for (const one of state.releases) one.live = false;
      release(body.name, person.name, T0 - now(), { message: body.message ?? "", live: true, summary });
      state.draft = null;
      for (let n = clusters.length - 1; n >= 0; n -= 1) if (clusters[n].drafted) clusters.splice(n, 1);
      return json(201, { release: plain(state.releases[0]) }), true;
    }
    if (is("POST", "/branch")) {
      if (!state.git) return json(409, { code: "no_checkout" }), true;
      if (!fresh(body.rev)) return conflict();
      return json(201, { branch: body.name, commit: "c0ffee1d5e7a" }), true;
    }
    if (is("GET", "/releases")) return json(200, { releases: state.releases.map(plain), more: false }), true;
    if (is("POST", "/rollback")) {
      const to = state.releases.find((one) => one.id === body.to);
      if (!to) return json(404, { code: "not_found" }), true;
      for (const one of state.releases) one.live = one === to;
      state.live = { ...to.files };
      return json(200, { release: plain(to) }), true;
    }
    if (is("POST", "/try")) return json(200, { live: reading(entries(state.live), body), draft: state.draft ? reading(entries(merged()), body) : null }), true;

    if (is("GET", "/gaps")) {
      const shown = url.searchParams.get("show") === "ignored" ? [] : clusters.filter((one) => !state.ignored.some((gone) => gone.cluster.id === one.id));
      const list = entries(state.live);
      return json(200, { days: Number(url.searchParams.get("days") ?? 28), questions: quiet ? 0 : 2318, clusters: shown, unused: quiet ? [] : list.slice(3, 5).map(({ id, kind, title, file, line }) => ({ id, kind, title, file, line })), handed: quiet ? [] : [{ ...entryOf("return-damaged"), answered: 41, handed: 17 }, { ...entryOf("delivery-time"), answered: 210, handed: 32 }], ignored: state.ignored.map(({ id, text, at, by }) => ({ id, text, at, by })) }), true;
    }
    const gap = /^workshop\/gaps\/(\w+)\/(add|new|ignore)$/.exec(path);
    if (gap) {
      const one = clusters.find(({ id }) => id === gap[1]);
      // An editor's own sentence belongs to no group.
      if (!one && !(gap[2] === "add" && gap[1] === "00000000")) return json(404, { code: "not_found" }), true;
      if (gap[2] === "ignore") {
        state.ignored.unshift({ id: state.ignored.length + 1, text: one.samples[0].text, at: now(), by: { id: person.id, name: person.name }, cluster: one });
        return json(201, { id: state.ignored[0].id }), true;
      }
      if (!fresh(body.rev)) return conflict();
      const files = merged();
      if (gap[2] === "add") {
        const to = entries(files).find((entry) => entry.id === body.to);
        if (!to) return json(422, { message: `there is no entry “${body.to}”` }), true;
        write(person, to.file, insert(files[to.file], to, body.texts));
        if (one) one.drafted = { id: to.id };
      } else {
        if (entries(files).some(({ id }) => id === body.id)) return json(422, { message: `“${body.id}” is there already` }), true;
        const file = body.file ?? "intents/delivery.yaml";
        const answer = Object.entries(body.answer).map(([tag, text]) => `      ${tag}: ${JSON.stringify(text)}`);
        write(person, file, `${files[file].trimEnd()}\n\n  - id: ${body.id}\n    title: ${body.title}\n    examples:\n${body.texts.map((text) => `      - ${text}\n`).join("")}    answer:\n${answer.join("\n")}\n`);
        one.drafted = { id: body.id };
      }
      return json(200, { rev: state.rev, draft: view() }), true;
    }
    const back = /^workshop\/ignored\/(\d+)$/.exec(path);
    if (back && req.method === "DELETE") {
      state.ignored = state.ignored.filter(({ id }) => String(id) !== back[1]);
      return res.writeHead(204).end(), true;
    }
    return json(404, { code: "not_found" }), true;
  }

  return { state, clusters, serve, write };
}

/** The entries of some files, as far as the files above go. */
function entries(files) {
  const all = [];
  for (const [file, text] of Object.entries(files)) {
    const rows = text.split("\n");
    if (file.endsWith(".md")) {
      const title = /^title: (.*)$/m.exec(text)?.[1] ?? file;
      const lines = rows.flatMap((row, n) => (/^ {2}- /.test(row) ? [{ file, line: n + 1, text: row.slice(4) }] : []));
      all.push({ id: file.replace(/\.md$/, ""), kind: "article", title, file, line: 1, lines, answer: { en: text.split("---\n")[2]?.trim() ?? "" } });
      continue;
    }
    let now;
    rows.forEach((row, n) => {
      const id = /^ {2}- id: (.*)$/.exec(row)?.[1];
      if (id) all.push((now = { id, kind: "intent", title: id, file, line: n + 1, lines: [], answer: {} }));
      const title = /^ {4}title: (.*)$/.exec(row)?.[1];
      if (title) now.title = title;
      if (/^ {6}- /.test(row)) now.lines.push({ file, line: n + 1, text: row.slice(8) });
      const answer = /^ {6}(\w\w): (".*")$/.exec(row);
      if (answer) now.answer[answer[1]] = JSON.parse(answer[2]);
    });
  }
  return all;
}

function insert(text, entry, texts) {
  const rows = text.split("\n");
  const pad = entry.kind === "article" ? "  - " : "      - ";
  rows.splice(entry.lines.at(-1).line, 0, ...texts.map((one) => pad + one));
  return rows.join("\n");
}

const words = (text) => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []);

function ranked(list, text) {
  const asked = words(text);
  return list
    .map((entry) => {
      const lines = entry.lines
        .map((line) => {
          const has = words(line.text);
          const both = [...asked].filter((word) => has.has(word));
          return { ...line, score: (2 * both.length) / (asked.size + has.size || 1), by: "example" };
        })
        .filter((line) => line.score > 0)
        .sort((a, b) => b.score - a.score)
        .slice(0, 3);
      return { ...entry, matched: lines, confidence: lines[0]?.score ?? 0 };
    })
    .filter((entry) => entry.confidence > 0)
    .sort((a, b) => b.confidence - a.confidence);
}

const verdictOf = (list) => ((list[0]?.confidence ?? 0) >= 0.75 ? "confident" : (list[0]?.confidence ?? 0) >= 0.3 ? "ambiguous" : "unknown");

/** What a visitor gets, as a plan has it. */
function reply(list, text) {
  const { verdict, confidence, candidates, said } = reading(list, { text });
  const outcome = { confident: "answered", ambiguous: "clarify", unknown: "unknown" }[verdict];
  return { outcome, ids: outcome === "answered" ? [candidates[0].id] : outcome === "clarify" ? candidates.slice(0, 3).map(({ id }) => id) : [], confidence, text: said[0].text, options: said[0].options.map(({ label }) => label), source: null, handoff: null };
}

function kindOf(before, after) {
  const [a, b] = [before.outcome, after.outcome];
  if (a === b) return a !== "answered" ? (a === "clarify" && before.options.join() !== after.options.join() ? "choices" : undefined) : before.ids[0] !== after.ids[0] ? "changed" : before.text !== after.text ? "reworded" : undefined;
  if (b === "answered") return a === "clarify" ? "above" : "newly_answered";
  if (a === "answered") return b === "clarify" ? "below" : "lost";
  return b === "clarify" ? "now_asked_back" : "no_longer_asked_back";
}

function reading(list, { text, language }) {
  const found = ranked(list, text);
  const verdict = verdictOf(found);
  const best = found[0];
  const tag = language ?? (/[äöüß]|\b(ist|der|die|das|ich)\b/i.test(text) ? "de" : "en");
  const answer = best?.answer[tag] ?? best?.answer.en ?? "";
  const of = {
    confident: [{ kind: "answer", id: best?.id, text: answer, options: [], ...(best?.kind === "article" ? { source: { title: best.title, url: `/help/${best.id}` } } : {}) }],
    ambiguous: [{ kind: "clarify", text: "Did you mean one of these?", options: found.slice(0, 3).map(({ title }) => ({ label: title })).concat({ label: "None of these" }) }],
    unknown: [{ kind: "text", text: "I am not sure I understand. Shall I call a person?", options: [{ label: "Talk to a person" }] }],
  }[verdict];
  const why = { confident: "it is an example, nearly word for word", ambiguous: `sure to ${Math.round((best?.confidence ?? 0) * 100)} %, answers need 75 %`, unknown: "no line of the content is near" }[verdict];
  return { verdict, confidence: best?.confidence ?? 0, language: tag, ...(why ? { why } : {}), micros: 84, candidates: found.slice(0, 4).map((one) => ({ id: one.id, kind: one.kind, title: one.title, confidence: one.confidence, allowed: true, lines: one.matched.map(({ file, line, text: row, by }) => ({ file, line, text: row, by })) })), said: of, handoff: null };
}

/** The lines of two texts by their longest common part. */
function diff(a, b) {
  const long = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) for (let j = b.length - 1; j >= 0; j -= 1) long[i][j] = a[i] === b[j] ? long[i + 1][j + 1] + 1 : Math.max(long[i + 1][j], long[i][j + 1]);
  const rows = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) rows.push({ op: "same", text: a[i++], line: ++j });
    else if (j < b.length && (i === a.length || long[i][j + 1] >= long[i + 1][j])) rows.push({ op: "add", text: b[j], line: ++j });
    else rows.push({ op: "del", text: a[i], line: ++i });
  }
  return rows;
}

/** With three lines around each change. */
function around(rows) {
  return rows.filter((_, n) => rows.slice(Math.max(0, n - 3), n + 4).some((row) => row.op !== "same"));
}

async function read(req) {
  let text = "";
  for await (const piece of req) text += piece;
  return text === "" ? {} : JSON.parse(text);
}
