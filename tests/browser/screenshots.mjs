// Pictures from the real program: `node tests/browser/screenshots.mjs [SCENE]`. `states` is the widget in every state, light,
// dark, on a phone and in Arabic from right to left, each picture alone and all of a kind on one sheet.
// The one for the README goes to docs/images/overview.png, the others to $SHOTS.

import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import WebSocket from "ws";

import { agentAt, begins, consoleOf, deskbell, person, PHONE, ROOT, shot, shotsFolder, startBrowser, startServer, startSite, until, visitorAt, widgetOf, wordsOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const JONAS = { email: "jonas@shop.example", name: "Jonas Brandt", password: "another long password" };
const ASKED = "Can I return a lamp I already put up?";
const UNHAPPY = ["My second lamp arrived broken!! I have guests on Friday and no light", "I want to talk to a person"];

/** Stands in for a test's context; a new one for every scene. */
let t = { after: () => {} };
const browser = await startBrowser();
const only = process.argv[2];
let failed = 0;

async function scene(name, run) {
  if (only && only !== name) return;
  const undo = [];
  t = { name, after: (run) => undo.push(run) };
  try {
    await run();
  } catch (error) {
    failed += 1;
    t.passed = false;
    console.error(`${name}: ${error.message.split("\n").slice(0, 6).join("\n")}`);
  }
  for (const run of undo.reverse()) await run();
}

/** A visitor without a browser: says each text once the bot has answered the one before. */
async function visitor(server, texts, { locale = "en", path = "/" } = {}) {
  const line = new WebSocket(`${server.url.replace(/^http/, "ws")}/ws`, { headers: { origin: server.url } });
  t.after(() => line.terminate());
  const frames = [];
  const waiting = new Set();
  line.on("message", (data) => {
    frames.push(JSON.parse(data));
    for (const look of waiting) look();
  });
  const next = (matches) =>
    new Promise((done) => {
      const look = () => {
        const found = frames.find(matches);
        if (!found) return;
        waiting.delete(look);
        done(found);
      };
      waiting.add(look);
      look();
    });
  await new Promise((done, fail) => line.once("open", done).once("error", fail));
  line.send(JSON.stringify({ type: "hello", v: 1, device: randomUUID(), locale, page: { url: `https://nordlicht.example${path}`, title: "Nordlicht Lamps" } }));
  await next((frame) => frame.type === "welcome");
  let c;
  for (const text of texts) {
    const cmid = randomUUID();
    line.send(JSON.stringify({ type: "send", ...(c ? { c } : {}), cmid, kind: "text", body: { text } }));
    const ack = await next((frame) => frame.type === "ack" && frame.cmid === cmid);
    c = ack.c;
    await next((frame) => frame.type === "ev" && frame.seq > ack.seq && frame.from.kind !== "visitor");
  }
  return c;
}

async function widget(server, options = {}, path = "/") {
  const context = await person(t, browser, { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await page.goto(server.url + path);
  const it = widgetOf(page);
  if (path !== "/chat") await it.launcher.click();
  await it.composer.waitFor();
  return { page, ...it };
}

async function atConsole(server, options = {}) {
  const context = await person(t, browser, { viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  await page.goto(`${server.url}/console/`);
  const desk = consoleOf(page);
  await desk.email.waitFor();
  return { page, ...desk };
}

async function claimed(server, visitor, options = {}) {
  const desk = await atConsole(server, options);
  await desk.logIn(LENA.email, LENA.password);
  await desk.list.getByRole("option").first().click();
  await desk.page.getByRole("button", { name: "Claim" }).click();
  await desk.say("Hi, I’m Lena. I’ve read everything, and I can send a new lamp today.");
  await visitor.log.getByText("I’m Lena").waitFor();
  await desk.say("Is your address still Fjordgata 12?");
  await visitor.log.getByText("Fjordgata 12").waitFor();
  return desk;
}

async function crowd(server) {
  await visitor(server, ["Ist der Fjell dimmbar?", "ich möchte mit einem Menschen sprechen"], { locale: "de", path: "/lamps/fjell" });
  await visitor(server, ["what's the weather like on Mars", "and what is the capital of Peru"], { path: "/lamps/skog" });
  await visitor(server, ["where is my parcel, order AB123456", "this is the third time I ask, I am really angry!!"], { path: "/orders" });
  await visitor(server, ["do you ship to Norway"], { path: "/delivery" });
}

await scene("widget", async () => {
  const server = await startServer(t);
  await server.addUser(LENA);
  const context = await person(t, browser, { deviceScaleFactor: 2 });
  const page = await context.newPage();
  await page.goto(server.url);
  await widgetOf(page).launcher.waitFor();
  await shot(page, "demo");
  const it = await widget(server);
  await shot(it.page, "widget-home");
  await it.say(ASKED);
  await it.log.getByText("30 days").waitFor();
  await shot(it.page, "widget-answer");
  await it.say("bulb");
  await until("what is meant", async () => (await it.transcript()).length >= 4);
  await shot(it.page, "widget-asks-back");
  for (const text of UNHAPPY) await it.say(text);
  await it.dialog.getByRole("heading", { name: /in line$/ }).waitFor();
  await shot(it.page, "widget-queue");
  const desk = await claimed(server, it);
  await it.say("Yes, that one.");
  await desk.log.getByText("Yes, that one.").waitFor();
  await desk.composer.pressSequentially("Then it is");
  await it.dialog.getByText(/is writing$/).waitFor({ state: "attached" });
  await shot(it.page, "widget-person");
  await shot(desk.page, "console-claimed");
  await desk.page.getByRole("button", { name: "Resolve" }).first().click();
  await desk.page.getByRole("dialog").getByRole("button", { name: "Resolve" }).click();
  await it.dialog.getByRole("radio", { name: "Good" }).check({ force: true });
  await shot(it.page, "widget-rating");
});

for (const [kind, options, lang] of [
  ["light", {}, "en"],
  ["dark", { colorScheme: "dark" }, "en"],
  ["phone", PHONE, "en"],
  // The panel's own words are Arabic; the bot answers in what the content is written in.
  ["ar", { locale: "ar-EG" }, "ar"],
  ["ar-dark", { locale: "ar-EG", colorScheme: "dark" }, "ar"],
  ["ar-phone", { ...PHONE, locale: "ar-EG" }, "ar"],
]) {
  await scene("states", async () => {
    const words = wordsOf(lang);
    const taken = [];
    let page, it, server, agent;
    const take = async (name) => {
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await shot(page, `${kind}-${String(taken.length + 1).padStart(2, "0")}-${name}`);
      taken.push(`${kind}-${String(taken.length + 1).padStart(2, "0")}-${name}`);
    };
    /** The widget on a page of its own, under the settings given. */
    const begin = async (settings = {}) => {
      let origin = "";
      const attributes = lang === "ar" ? 'lang="ar" dir="rtl"' : 'lang="en"';
      const site = await startSite(t, () => ({ body: `<!doctype html><html ${attributes}><meta name="viewport" content="width=device-width"><title>Shop</title><style>:root{color-scheme:light dark;font-family:system-ui}</style><h1>Lamps</h1><p>Made of oak and linen.</p><script async src="${origin}/widget.js" data-site="shop"></script></html>` }));
      server = await startServer(t, { ...settings, config: `[[sites]]\nname = "shop"\norigins = ["${site}"]\n${settings.config ?? ""}` });
      origin = server.url;
      await server.addUser(LENA);
      const context = await person(t, browser, { viewport: { width: 700, height: 680 }, reducedMotion: "reduce", ...options });
      page = await context.newPage();
      it = widgetOf(page, words);
      await page.goto(site);
      await it.launcher.waitFor();
    };
    const button = (key) => it.dialog.getByRole("button", { name: begins(words[key]) });
    const waiting = () => it.dialog.getByRole("heading", { name: words.place }).waitFor();
    const open = async () => {
      await it.launcher.click();
      await it.dialog.getByRole("list").first().waitFor();
    };
    /** What the server knows of the shop is there too. */
    const known = () => it.dialog.locator(".hours").waitFor();
    const turns = (least) => until("it is answered", async () => (await it.transcript()).length >= least);

    await begin();
    agent = await agentAt(t, server, LENA);
    await take("closed");
    await open();
    await known();
    await take("home");
    await it.say(ASKED);
    await button("helped").first().waitFor();
    await take("answer");
    await it.say("how do I clean a lamp shade");
    await turns(4);
    await take("citation");
    await button("helped").last().click();
    await button("notHelped").first().click();
    await until("both stay", async () => (await it.log.locator("[aria-pressed=true]").count()) === 2);
    await turns(5);
    await take("thumbs");
    await it.say("bulb");
    await it.dialog.getByRole("button", { name: /^None of these/ }).last().waitFor();
    await take("clarify");
    await button("menu").click();
    await it.dialog.getByRole("menu").waitFor();
    await take("menu");
    await page.keyboard.press("Escape");
    await it.say(UNHAPPY[0]);
    await it.say(UNHAPPY[1]);
    await waiting();
    await take("waiting");
    await button("leaveEmail").click();
    await it.dialog.getByRole("textbox", { name: words.email }).fill("mara@");
    await page.keyboard.press("Enter");
    await it.dialog.getByRole("alert").waitFor();
    await take("form");
    await button("dismiss").click();
    const c = await agent.claim(() => true);
    await agent.say(c, "Hi, I’m Lena. I’ve read everything, and I can send a new lamp today.\n\nIs your address still **Fjordgata 12**?");
    await it.log.getByText("Fjordgata 12").waitFor();
    await it.say("Yes, that one.");
    agent.tell({ type: "typing", c, on: true });
    await it.dialog.getByText(words.writing).first().waitFor({ state: "attached" });
    await take("agent");
    await agent.call({ type: "release", c, ver: agent.version(c), to: "bot" });
    await it.dialog.getByText(words.botBack).waitFor();
    await take("handed-back");
    await it.say("I want to talk to a person");
    await waiting();
    await agent.claim(() => true);
    await until("Lena has it", async () => (await it.dialog.getByRole("heading", { name: LENA.name }).count()) > 0);
    await agent.call({ type: "resolve", c, ver: agent.version(c), reason: "answered" });
    await it.dialog.getByRole("group", { name: words.rateTitle }).getByRole("radio").nth(3).check({ force: true });
    await take("rating");
    await button("rateSend").click();
    await it.dialog.getByText(words.rateThanks).waitFor();
    await take("rated");
    await button("startOver").first().click();
    await it.composer.waitFor();
    await page.evaluate(() => window.deskbell("ask", "Ein sehr langer Brief. ".repeat(200)));
    await it.log.getByText(begins(words.tooLongToSend)).waitFor();
    await take("failed");
    await it.composer.fill("x".repeat(4_120));
    await take("too-long");
    await it.composer.fill("");
    await server.kill();
    await it.dialog.getByText(words.noConnection).waitFor();
    await it.say("And who pays for it?");
    await it.log.getByText(words.waitingForLine).waitFor();
    await take("offline");

    await begin({ hours: "closed" });
    await open();
    await known();
    await take("home-nobody");
    await it.say("I want to talk to a person");
    await it.dialog.getByRole("textbox", { name: words.email }).waitFor();
    await take("nobody-there");

    await begin({ config: "[queue]\ncapacity = 1\n" });
    const first = await visitorAt(t, server);
    await first.call({ type: "handoff" });
    await open();
    await it.say("I want to talk to a person");
    await turns(2);
    await take("queue-full");
    await it.say("when are you open");
    await turns(4);
    await take("queue-full-later");

    await begin({ widget: `consent = {en = "We keep this conversation for a year, and show it to nobody else. What you write is read by the people of this shop."}\nprechat = ["name", "email"]\nprechat_when = "start"` });
    await deskbell(["notice", "set", "--data", server.data, "--text", "en=Cards do not work right now. We are on it.", "--until", "2h"]);
    await open();
    await it.say(ASKED);
    await button("agree").waitFor();
    await take("consent");
    await button("agree").click();
    await it.dialog.getByRole("textbox", { name: words.name }).waitFor();
    await take("prechat");
    await it.dialog.getByRole("textbox", { name: words.name }).fill("Mara");
    await it.dialog.getByRole("textbox", { name: words.email }).fill("mara@mail.example");
    await page.keyboard.press("Enter");
    await button("helped").first().waitFor();
    await button("menu").click();
    await it.dialog.getByRole("menuitem", { name: words.searchHelp }).click();
    await it.dialog.getByRole("searchbox").fill("lamp");
    await it.dialog.getByRole("listitem").first().waitFor();
    await take("articles");
    await it.dialog.getByRole("listitem").getByRole("button").first().click();
    await it.dialog.getByRole("article").waitFor();
    await take("article");
    await button("back").click();
    await button("back").click();
    await button("menu").click();
    await it.dialog.getByRole("menuitem", { name: words.eraseData }).click();
    await button("eraseYes").waitFor();
    await take("erase");
    await it.dialog.getByRole("button", { name: words.cancel }).click();
    await button("menu").click();
    await it.dialog.getByRole("menuitem", { name: words.startOver }).click();
    await it.say("when are you open");
    await turns(2);
    await button("menu").click();
    await it.dialog.getByRole("menuitem", { name: words.pastTalks }).click();
    await it.dialog.getByRole("listitem").first().waitFor();
    await take("past");

    await sheet(`sheet-${kind}`, taken);
  });
}

/** Pictures side by side, so that they can be compared. */
async function sheet(name, pictures) {
  const context = await person(t, browser, { viewport: { width: 2000, height: 1200 } });
  const page = await context.newPage();
  const images = pictures.map((one) => `<figure><figcaption>${one}</figcaption><img src="data:image/png;base64,${readFileSync(join(shotsFolder(), `${one}.png`)).toString("base64")}"></figure>`);
  await page.setContent(`<!doctype html><style>body{margin:8px;display:flex;flex-wrap:wrap;gap:8px;font:14px sans-serif;background:#ccc}figure{margin:0}img{display:block;height:620px}</style>${images.join("")}`);
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  await page.screenshot({ path: join(shotsFolder(), `${name}.png`), fullPage: true });
}

await scene("dark", async () => {
  const server = await startServer(t);
  const it = await widget(server, { colorScheme: "dark" });
  await it.say(ASKED);
  await it.log.getByText("30 days").waitFor();
  await shot(it.page, "widget-dark");
  const on = await widget(server, { ...PHONE, colorScheme: "dark" });
  for (const text of UNHAPPY) await on.say(text);
  await on.dialog.getByRole("heading", { name: /in line$/ }).waitFor();
  await shot(on.page, "phone-dark-queue");
});

await scene("phone", async () => {
  const server = await startServer(t);
  await server.addUser(LENA);
  const it = await widget(server, PHONE);
  await shot(it.page, "phone-home");
  await it.say(ASKED);
  await it.log.getByText("30 days").waitFor();
  await shot(it.page, "phone-answer");
  await it.say("I want to talk to a person");
  await it.dialog.getByRole("heading", { name: /in line$/ }).waitFor();
  await shot(it.page, "phone-queue");
  const desk = await claimed(server, it, PHONE);
  await shot(it.page, "phone-person");
  await shot(desk.page, "console-phone-chat");
  await desk.page.getByRole("button", { name: "Back" }).first().click();
  await desk.list.getByRole("option").first().waitFor();
  await shot(desk.page, "console-phone-list");
});

await scene("german", async () => {
  let serverUrl = "";
  const site = await startSite(t, () => ({ body: `<!doctype html><html lang="de"><title>Lampen</title><h1>Lampen</h1><script async src="${serverUrl}/widget.js" data-site="lampen"></script></html>` }));
  const server = await startServer(t, { config: `[[sites]]\nname = "lampen"\norigins = ["${site}"]\n` });
  serverUrl = server.url;
  const context = await person(t, browser, { locale: "de-DE", deviceScaleFactor: 2, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(site);
  await page.getByRole("button", { name: /^Chat öffnen/ }).click();
  const box = page.locator("deskbell-chat").getByRole("textbox", { name: "Nachricht" });
  await box.waitFor();
  await shot(page, "widget-german-home");
  await box.fill("Wer zahlt das Porto für die Rücksendung?");
  await page.keyboard.press("Enter");
  await page.locator("deskbell-chat").getByRole("link", { name: /^Aus: / }).waitFor();
  await box.fill("ich möchte mit einem Menschen sprechen");
  await page.keyboard.press("Enter");
  await page.locator("deskbell-chat").getByRole("heading", { name: /1/ }).waitFor();
  await shot(page, "widget-german");
});

await scene("closed", async () => {
  const server = await startServer(t, { hours: "closed" });
  const it = await widget(server);
  await it.say("I want to talk to a person");
  await it.dialog.getByLabel("Your e-mail").waitFor();
  await shot(it.page, "widget-closed");
});

await scene("lost", async () => {
  const server = await startServer(t);
  const it = await widget(server);
  await it.say(ASKED);
  await it.log.getByText("30 days").waitFor();
  await server.kill();
  await it.dialog.getByText("No connection.").waitFor();
  await it.say("And who pays for it?");
  await it.log.getByText("Waiting for connection").waitFor();
  await it.composer.fill("And the bulb");
  await shot(it.page, "widget-lost");
});

await scene("pages", async () => {
  const server = await startServer(t);
  const it = await widget(server, {}, "/chat");
  await shot(it.page, "chat-home");
  await it.say(ASKED);
  await it.log.getByText("30 days").waitFor();
  await shot(it.page, "chat");
  for (const [name, path, options] of [
    ["help", "/help/", {}],
    ["help-article", "/help/en/returns/returning-an-item", {}],
    ["help-article-dark", "/help/en/returns/returning-an-item", { colorScheme: "dark" }],
    ["help-phone", "/help/", PHONE],
  ]) {
    const context = await person(t, browser, { deviceScaleFactor: 2, ...options });
    const page = await context.newPage();
    await page.goto(server.url + path);
    await shot(page, name);
  }
});

await scene("console", async () => {
  const server = await startServer(t);
  await server.addUser(LENA);
  await server.addUser(JONAS);
  await crowd(server);
  const it = await widget(server);
  await it.say(ASKED);
  await it.log.getByText("30 days").waitFor();
  for (const text of UNHAPPY) await it.say(text);
  await it.dialog.getByRole("heading", { name: /in line$/ }).waitFor();
  const jonas = await atConsole(server);
  await shot(jonas.page, "console-login");
  await jonas.logIn(JONAS.email, JONAS.password);
  await jonas.list.getByRole("option").filter({ hasText: /Not understood/ }).first().click();
  await jonas.page.getByRole("button", { name: "Claim" }).click();
  await jonas.say("Hello, Jonas here. I know lamps better than football.");
  await jonas.log.getByText("Jonas here").waitFor();
  const desk = await atConsole(server);
  await desk.logIn(LENA.email, LENA.password);
  await desk.list.getByRole("option").filter({ hasText: "Asked for a person" }).filter({ hasText: /EN/ }).first().click();
  await desk.packet.waitFor();
  await shot(desk.page, "console-packet");
  await desk.page.getByRole("button", { name: "Claim" }).click();
  await desk.composer.waitFor();
  await desk.page.getByRole("button", { name: "Insert" }).first().click();
  await shot(desk.page, "console-inbox");
  await desk.page.emulateMedia({ colorScheme: "dark" });
  await shot(desk.page, "console-dark");
  await desk.page.emulateMedia({ colorScheme: "light" });
  for (const name of ["Transfer", "Resolve", "Settings", "Keyboard shortcuts"]) {
    await desk.page.getByRole("button", { name }).first().click();
    await desk.page.getByRole("dialog", { name }).waitFor();
    await shot(desk.page, `console-${name.toLowerCase().replaceAll(" ", "-")}`);
    await desk.page.keyboard.press("Escape");
  }
});

await scene("overview", async () => {
  const server = await startServer(t);
  await server.addUser(LENA);
  await server.addUser(JONAS);
  await crowd(server);
  const it = await widget(server, { viewport: { width: 412, height: 880 } });
  await it.say(ASKED);
  await it.log.getByText("30 days").waitFor();
  await it.say("I want to talk to a person");
  await it.dialog.getByRole("heading", { name: /in line$/ }).waitFor();
  const jonas = await atConsole(server);
  await jonas.logIn(JONAS.email, JONAS.password);
  await jonas.list.getByRole("option").filter({ hasText: /Not understood/ }).first().click();
  await jonas.page.getByRole("button", { name: "Claim" }).click();
  await jonas.composer.waitFor();
  const desk = await atConsole(server, { viewport: { width: 1160, height: 880 }, deviceScaleFactor: 2 });
  await desk.logIn(LENA.email, LENA.password);
  await desk.list.getByRole("option").filter({ hasText: "Asked for a person" }).filter({ hasText: /EN/ }).first().click();
  await desk.page.getByRole("button", { name: "Claim" }).click();
  await desk.composer.waitFor();
  await desk.say("Hi, I’m Lena. Yes, an installed lamp can come back. Shall I send you the label?");
  await it.log.getByText("I’m Lena").waitFor();
  await it.say("Yes please, that would be great!");
  await desk.log.getByText("that would be great").waitFor();
  await desk.page.getByRole("button", { name: "Hide visitor details" }).click();
  await desk.packet.getByRole("button", { name: /Why the bot rang/ }).click();
  await desk.packet.getByText("Suggested first reply").waitFor();

  const pictures = [await it.page.screenshot(), await desk.page.screenshot()].map((png) => `data:image/png;base64,${png.toString("base64")}`);
  const context = await person(t, browser, { viewport: { width: 1620, height: 912 } });
  const page = await context.newPage();
  await page.setContent(
    `<!doctype html><style>body{margin:0;padding:16px;display:flex;gap:16px;background:#e9ebee;width:1588px}img{display:block;height:880px;border-radius:10px;box-shadow:0 1px 3px #0003}</style>${pictures.map((src) => `<img src="${src}" alt="">`).join("")}`,
  );
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  const folder = join(ROOT, "docs/images");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, "overview.png");
  await page.screenshot({ path, fullPage: true });
  console.error(`${path}: ${Math.round(readFileSync(path).length / 1024)} KiB`);
});

await browser.close();
process.exitCode = failed > 0 ? 1 : 0;
