// A desk with believable data, and the way to every page and dialog of the console: for axe and for pictures.
// It goes by keys, addresses and classes rather than by names, so that it goes in every language.

import { agentAt, consoleOf, person, until, visitorAt } from "./support.mjs";

const PASSWORD = "correct horse battery staple";
export const ADA = { email: "ada@shop.example", name: "Ada Linde", role: "admin", password: PASSWORD };
const COLLEAGUES = [
  { email: "jonas@shop.example", name: "Jonas Berg", departments: ["orders", "returns"], capacity: 3, password: PASSWORD },
  { email: "ines@shop.example", name: "Ines Sousa", departments: ["products"], capacity: 4, password: PASSWORD },
  { email: "ruth@shop.example", name: "Ruth Amsel", role: "supervisor", password: PASSWORD },
];

/** HTTP with somebody's session. */
export async function session(server, { email, password }) {
  const json = { "content-type": "application/json", origin: server.url };
  const answer = await fetch(`${server.url}/api/v1/login`, { method: "POST", headers: json, body: JSON.stringify({ email, password }) });
  const cookie = answer.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  return async (path, method = "GET", body = undefined) => {
    const told = await fetch(`${server.url}/api/v1/${path}`, { method, headers: { ...json, cookie }, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!told.ok) throw new Error(`${method} ${path}: ${told.status} ${await told.text()}`);
    return told.status === 204 ? undefined : told.json().catch(() => undefined);
  };
}

/** Somebody on a page of the shop. `asks`: for a person. */
async function caller(t, server, texts, { path = "/lamps", title = "Lamps", locale = "en-GB", asks = true, token } = {}) {
  const visitor = await visitorAt(t, server, { locale, page: { url: `https://nordlicht.example${path}`, title }, ...(token ? { token } : {}) });
  let c;
  for (const text of texts) ({ c } = await visitor.send("text", { text }, c ? { c } : {}));
  if (asks) await visitor.call({ type: "handoff", c });
  return { ...visitor, c, token: visitor.welcome.token };
}

/** What a desk looks like on a normal afternoon. */
export async function furnish(t, server) {
  for (const who of [ADA, ...COLLEAGUES]) await server.addUser(who);
  const [jonas, ines] = [await agentAt(t, server, COLLEAGUES[0]), await agentAt(t, server, COLLEAGUES[1])];
  const ask = await session(server, ADA);
  const shared = (kind, body) => ask(`desk/${kind}?shared=true`, "POST", body);
  await shared("canned", { shortcut: "tracking", title: "Where your parcel is", text: { en: "Hello {{ visitor.name }}, your parcel is with the courier. I look it up and write to you here.", de: "Guten Tag {{ visitor.name }}, Ihr Paket ist beim Zusteller. Ich sehe nach und schreibe Ihnen hier." } });
  await shared("canned", { shortcut: "refund", title: "How long a refund takes", text: { en: "A refund is on your account within five working days.", de: "Eine Erstattung ist in fünf Werktagen auf Ihrem Konto." }, department: "returns" });
  await ask("desk/canned", "POST", { shortcut: "bye", title: "Goodbye", text: "You are welcome. Have a bright evening!" });
  await shared("macros", { title: "Damaged on arrival", steps: [{ reply: { en: "I am sorry about that. Please send me a photo of the lamp and the box.", de: "Das tut mir leid. Bitte schicken Sie mir ein Foto von Lampe und Karton." } }, { label: "damaged" }, { department: "returns" }] });
  await shared("macros", { title: "Waiting for the courier", steps: [{ label: "courier" }, { snooze_minutes: 240 }] });
  await shared("views", { title: "German, over 10 min", filter: { state: "waiting", language: "de", older_than_minutes: 10 } });
  await ask("desk/views", "POST", { title: "My damaged lamps", filter: { agent: "me", label: "damaged" } });
  await shared("wording", { words: ["obviously", "as I said"], hint: "This may read as impatient.", enabled: true });

  const before = await caller(t, server, ["Which bulb fits the Skog lamp?"], { path: "/lamps/skog", asks: false });
  await before.call({ type: "end", c: before.c });
  const done = await caller(t, server, ["My discount code does not work"], { path: "/checkout" });
  await jonas.claim((one) => one.c === done.c);
  await jonas.say(done.c, "It is fixed, please try again.");
  await jonas.call({ type: "resolve", c: done.c, ver: jonas.version(done.c), reason: "answered" });
  const his = await caller(t, server, ["Sipariş numarası AB120077", "When is it here?"], { path: "/orders/AB120077", title: "Order AB120077" });
  await jonas.claim((one) => one.c === his.c);
  await jonas.say(his.c, "It leaves our stock tonight.");
  await caller(t, server, ["Ist der Fjell dimmbar?", "Ich möchte mit einem Menschen sprechen"], { path: "/lamps/fjell", title: "Fjell", locale: "de-DE" });
  await caller(t, server, ["where is my parcel, order AB123456", "this is the third time I ask, I am really angry!!"], { path: "/orders/AB123456", title: "Order AB123456" });
  await caller(t, server, ["Do you ship the Fjell floor lamp to the Azores?"], { path: "/delivery", title: "Delivery" });
  await caller(t, server, ["what's the weather like on Mars"], { asks: false });
  const c = await caller(t, server, ["It says delivered but there is nothing at my door, what now?", "order AB123457"], { path: "/orders", title: "Your orders", token: before.token });
  c.tell({ type: "visit", page: { url: "https://nordlicht.example/help/delivery", title: "Delivery" } });
  await ask("suggestions", "POST", { c: his.c, seq: 1, kind: "should_have", target: "order-status", note: "Order numbers alone mean this." });
  return { ask, jonas, ines, visitor: c, c: c.c };
}

/** Somebody at the console. */
export async function atDesk(t, browser, server, who, options = {}) {
  const context = await person(t, browser, { viewport: { width: 1440, height: 900 }, ...options });
  context.expect(/console: Failed to load resource: the server responded with a status of 401/);
  const page = await context.newPage();
  await page.goto(`${server.url}/console/`);
  await page.locator("input[type=email]").fill(who.email);
  await page.locator("input[type=password]").fill(who.password);
  await page.keyboard.press("Enter");
  await page.locator(".app").waitFor();
  await page.locator(".cv").first().waitFor();
  return { context, page, face: consoleOf(page) };
}

/** To every state in turn; `at(name)` is called where it stands. The chat `c` waits before. */
export async function everyState(page, c, at) {
  const press = (selector, n = 0) => page.locator(selector).nth(n).evaluate((element) => element.click());
  const gone = () => until("the dialog is gone", async () => (await page.locator("dialog[open]").count()) === 0);
  const inside = () => page.locator("#conversation").focus();
  const dialog = async (name, open, first = async () => {}) => {
    await inside();
    await open();
    await page.locator("dialog[open]").waitFor();
    await first();
    await at(name);
    await page.keyboard.press("Escape");
    await gone();
  };
  const key = (name) => () => page.keyboard.press(name);
  const box = page.locator(".comp textarea");

  await page.locator(`#cv-${c}`).evaluate((row) => row.click());
  await page.locator(".pk").waitFor();
  await at("waiting");
  await inside();
  await page.keyboard.press("c");
  await box.waitFor();
  await page.locator(".sugg button").first().waitFor();
  await at("claimed");
  await box.fill("/");
  await page.locator("#picker").waitFor();
  await at("canned");
  await page.keyboard.press("Escape");
  await box.fill("**AB123457** is with the courier:\n\n- scanned at 11:20\n- a neighbour may have it");
  await page.locator(".bar button[aria-pressed]").evaluate((button) => button.click());
  await page.locator(".txt.shown").waitFor();
  await at("preview");
  await page.locator(".bar button[aria-pressed]").evaluate((button) => button.click());
  await box.fill("Obviously that is your fault.");
  await page.locator(".wording").waitFor();
  await at("wording");
  await box.fill("");
  await inside();
  await page.keyboard.press("n");
  await box.fill("");
  await page.keyboard.type("@");
  await page.locator("#picker").waitFor();
  await at("mentions");
  await page.keyboard.press("Escape");
  await box.fill("Same courier, same street last week. @Ines Sousa knows the neighbour.");
  await page.keyboard.press("Enter");
  await page.locator(".turn.note").first().waitFor();
  await inside();
  await page.keyboard.press("r");
  await dialog("labels", key("l"), async () => {
    await page.keyboard.type("courier");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await gone();
    await inside();
    await page.keyboard.press("l");
    await page.locator("dialog[open]").waitFor();
  });
  for (const [name, one] of [["transfer", "t"], ["resolve", "e"], ["snooze", "z"], ["macros", "m"], ["help", "?"], ["commands", "Control+k"]]) await dialog(name, key(one));
  await dialog("settings", () => press(".rail button.it", 1));
  await dialog("block", () => press("#more-menu .menu-it:last-child"));
  await dialog("suggest", () => press(".turn.visitor .improve"));
  await dialog("view", () => press(".with-act button"));
  if ((await page.locator(".before button").count()) > 0) await dialog("earlier", () => press(".before button"));
  await inside();
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.locator(".picked").waitFor({ state: "attached" });
  await at("picked");
  await dialog("bulk", () => press(".picked .btn.pri"));
  await press(".picked .btn.bare");
  await inside();
  await page.keyboard.press("/");
  await page.keyboard.type("fjell");
  await at("find");
  await page.keyboard.press("Escape");
  for (const [name, n] of [["view-snoozed", 4], ["view-closed", 6], ["view-mentions", 2]]) {
    await press(".views .view", n);
    await at(name);
  }
  await press(".views .view", 3);
  for (const part of ["board", "team/canned", "team/macros", "team/views", "team/wording", "team/departments", "team/suggestions", "admin/people", "admin/sites", "admin/audit"]) {
    await page.evaluate((hash) => (location.hash = hash), part);
    await page.locator(".page :is(.grid tbody tr, .shelf-it, .card, .form-row)").first().waitFor();
    if (await page.locator(".shelf-it").count()) await press(part === "team/macros" ? ".shelf-it" : ".shelf-it");
    if (part === "board") await press(".crew-it");
    await at(part.replace("/", "-"));
  }
  await page.evaluate((hash) => (location.hash = hash), `c=${c}`);
  await page.locator(".cv").first().waitFor({ state: "attached" });
}
