// What the desk in memory keeps beside the conversations, over HTTP, in the server's own shapes.

export function beside({ conversations, presence, names, load, seen, tell }) {
  let next = 1;
  const kept = {
    canned: [
      { id: "f1", shared: true, fixed: true, shortcut: "courier", title: "Asking the courier", text: { en: "Hello {{ visitor.name }}, I am asking the courier now and write here within the hour.", de: "Guten Tag, ich frage jetzt beim Kurier nach." } },
      { id: "k1", shared: true, shortcut: "refund", title: "Refund or new lamp", text: "I can refund {{ shop }} orders or send a new lamp. Which do you prefer?", department: "orders" },
      { id: "k2", shared: false, shortcut: "bye", title: "Goodbye", text: "Thank you for writing. {{ agent.name }}" },
    ],
    macros: [{ id: "k3", shared: true, title: "Damaged on arrival", steps: [{ reply: "I am sorry about the lamp, {{ visitor.name }}." }, { label: "damaged" }, { priority: "high" }] }],
    views: [{ id: "k4", shared: true, title: "Damaged", filter: { label: "damaged" } }],
    wording: [{ id: "blaming-en", shared: true, fixed: true, language: "en", words: ["you must have", "your fault"], hint: "This puts the blame on the visitor. Say what can be done now instead.", enabled: true }],
  };
  const paused = new Map();
  const told = [];
  const blocked = new Map();
  const sites = [{ name: "default", origins: ["https://shop.example"], fixed: true }];
  let notice = null;
  const crew = [
    { id: "a1", email: "mara@example.com", name: "Mara Koch", role: "admin", departments: [], capacity: 5, disabled: false, second_factor: true, languages: ["en", "nb"], skills: [] },
    { id: "a2", email: "jonas@example.com", name: "Jonas Berg", role: "agent", departments: ["orders", "returns"], capacity: 5, disabled: false, second_factor: false, languages: ["de", "en"], skills: ["furniture"] },
    { id: "a3", email: "ines@example.com", name: "Ines Sousa", role: "agent", departments: ["orders"], capacity: 5, disabled: false, second_factor: false, languages: ["pt"], skills: [] },
  ];
  const NAMES = ["orders", "returns", "products", "business"];

  const desk = () => ({
    ...kept,
    labels: [...new Set([...conversations.values()].flatMap((one) => one.labels ?? []))].map((label) => ({ label, count: [...conversations.values()].filter((one) => one.labels?.includes(label)).length })),
    departments: NAMES.map((name) => ({ name, open: name !== "business", hours: "8:00–18:00", target: { seconds: 60, share: 0.8 }, ...(name === "orders" ? { overflow: { to: "products", after_minutes: 5 } } : {}), ...(paused.has(name) ? { paused: { since: Date.now(), reason: "", by: "a1" } } : {}) })),
    variables: { shop: "Lumen & Oak", return_days: "30" },
  });

  const board = () => ({
    departments: NAMES.map((name, n) => ({ name, waiting: 0, longest_s: null, target: { seconds: 60, share: 0.8 }, service_level: [{ answered: 25, in_target: 19 }, { answered: 18, in_target: 11 }, { answered: 22, in_target: 20 }, null][n], paused: paused.has(name), open: name !== "business" })),
    people: Object.keys(names).map((id) => ({ id, name: names[id], presence: presence.get(id), load: load(id), capacity: crew.find((one) => one.id === id)?.capacity ?? 5, since: Date.now() - 3_600_000, departments: crew.find((one) => one.id === id)?.departments ?? ["products"] })),
    waits: { estimates: 64, inside: 51, median_error_s: 22 },
    now: Date.now(),
  });

  const answers = (text) =>
    [
      { id: "parcel-missing", kind: "intent", title: "Delivered, not here", text: "Sorry that it is not there. Couriers sometimes leave parcels with neighbours; I am asking ours now.", confidence: 0.58, path: "intents/delivery.yaml" },
      { id: "orders/delivery", kind: "article", title: "When will it arrive", text: "Parcels take 2 to 4 working days.", confidence: 0.41, source: { title: "Delivery times", url: "/help/orders/delivery#when" }, path: "knowledge/orders/delivery.md" },
      { id: "refund", kind: "intent", title: "Refund or new lamp?", text: "You can choose between a refund and a new lamp.", confidence: 0.22, path: "intents/refund.yaml" },
    ].filter(({ text: words }) => text === undefined || !text.includes(words));

  function visitorOf(c) {
    const held = conversations.get(c);
    const at = held.opened_at;
    return {
      conversations: [...(held.before ?? [])],
      trail: held.trail ?? [
        { url: "https://shop.example/lamps/fjell-floor", title: "Fjell floor lamp", at: at - 160_000 },
        { url: "https://shop.example/help/delivery", title: "Delivery", at: at - 90_000 },
        { url: held.visitor.page.url, title: held.visitor.page.title, at },
      ],
      device: "Firefox, Android",
      ...(blocked.has(held.visitor.id) ? { blocked: blocked.get(held.visitor.id) } : {}),
    };
  }

  /** Answers, or says that it is not one of its paths. */
  return {
    kept,
    told,
    async serve(req, res, url, person, json) {
      const path = url.pathname.replace("/api/v1/", "");
      const body = ["POST", "PUT", "PATCH"].includes(req.method) ? await read(req) : undefined;
      if (!/^(desk|suggest|suggestions|board|notice|people|audit|sites)(\/|$)|^(conversations|visitors|departments)\//.test(path)) return false;
      if (!person) return json(401, { code: "forbidden" }), true;
      seen.calls.push({ method: req.method, path, body });
      const done = () => (res.writeHead(204).end(), true);
      const of = /^desk\/(canned|macros|views|wording)(?:\/(.+))?$/.exec(path);
      if (path === "desk") return json(200, desk()), true;
      if (of) {
        const list = kept[of[1]];
        if (req.method === "POST") {
          if (list.some((one) => one.shortcut !== undefined && one.shortcut === body.shortcut)) return json(409, { code: "conflict" }), true;
          list.push({ id: `k${100 + next}`, shared: url.searchParams.get("shared") === "true", ...body });
          next += 1;
          tell({ type: "desk", what: of[1] });
          return json(201, { id: `k${99 + next}` }), true;
        }
        const at = list.findIndex((one) => one.id === of[2]);
        if (at < 0) return json(404, { code: "not_found" }), true;
        if (req.method === "DELETE") list.splice(at, 1);
        else list[at] = list[at].fixed ? { ...list[at], enabled: body.enabled } : { id: list[at].id, shared: list[at].shared, ...body };
        tell({ type: "desk", what: of[1] });
        return done();
      }
      if (path === "suggest") return json(200, { answers: answers(body.text) }), true;
      if (path === "board") return json(200, board()), true;
      if (path === "notice") {
        if (req.method === "GET") return json(200, { notice }), true;
        notice = req.method === "PUT" ? { text: body.text, until: body.until ?? null } : null;
        return done();
      }
      if (path === "suggestions") {
        if (req.method === "GET") return json(200, { suggestions: told }), true;
        told.unshift({ id: told.length + 1, at: Date.now(), by: { id: person.id, name: person.name }, ...body });
        return json(201, { id: told.length }), true;
      }
      if (path.startsWith("suggestions/")) {
        told.splice(0, told.length, ...told.filter((one) => String(one.id) !== path.split("/")[1]));
        return done();
      }
      const visit = /^conversations\/(\w+)\/visitor$/.exec(path);
      if (visit) return json(200, visitorOf(visit[1])), true;
      const block = /^visitors\/(\w+)\/block$/.exec(path);
      if (block) {
        if (req.method === "DELETE") blocked.delete(block[1]);
        else blocked.set(block[1], { reason: body.reason, ...(body.hours ? { until: Date.now() + body.hours * 3_600_000 } : {}) });
        return done();
      }
      const pause = /^departments\/([\w-]+)\/pause$/.exec(path);
      if (pause) {
        if (body.paused) paused.set(pause[1], true);
        else paused.delete(pause[1]);
        tell({ type: "desk", what: "departments" });
        return done();
      }
      if (path === "people") {
        if (req.method === "GET") return json(200, { people: crew }), true;
        crew.push({ id: `a${crew.length + 10}`, disabled: false, second_factor: false, ...body, password: undefined });
        return json(201, { id: crew[crew.length - 1].id }), true;
      }
      if (path.startsWith("people/")) {
        Object.assign(crew.find((one) => one.id === path.split("/")[1]) ?? {}, body);
        return done();
      }
      if (path === "audit") {
        const rows = Array.from({ length: 24 }, (_, n) => ({ n: n + 1, at: Date.now() - (24 - n) * 600_000, who: n % 3 ? "a1" : "a2", what: ["login", "claim", "transfer", "capacity"][n % 4], on: "c 5f3a91", detail: n % 4 === 3 ? "5 → 4" : "", address: "192.0.2.7", hash: "" }));
        return json(200, { rows, more: false }), true;
      }
      if (path === "sites") {
        if (req.method === "GET") return json(200, { sites }), true;
        sites.push(body);
        return json(201, {}), true;
      }
      if (path.startsWith("sites/")) {
        sites.splice(0, sites.length, ...sites.filter((one) => one.name !== path.split("/")[1]));
        return done();
      }
      return json(404, { code: "not_found" }), true;
    },
  };
}

async function read(req) {
  let text = "";
  for await (const piece of req) text += piece;
  return text === "" ? undefined : JSON.parse(text);
}
