// Pictures of the editors' pages for the eye: `node test/workshop-shots.mjs DIRECTORY [NAME…]`.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { fill, startDesk } from "./desk.mjs";
import { enter, launch } from "./page.mjs";

const [out = "shots", ...wanted] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const browser = await launch();
const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const small = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

const go = async (page, hash, seen) => {
  await page.evaluate((to) => (location.hash = to), hash);
  await page.locator(seen).first().waitFor();
};

/** Two edits in the draft, as an editor makes them. */
async function drafted(desk) {
  const person = { id: "a1", name: "Mara Koch" };
  const of = (path, text, more) => desk.bench.write(person, path, (desk.bench.state.draft?.files[path] ?? desk.bench.state.live[path]).replace(text, `${text}\n${more.map((one) => `      - ${one}`).join("\n")}`));
  of("intents/delivery.yaml", "      - parcel lost at the neighbours", ["It says delivered but there is nothing at my door", "Laut DHL zugestellt, hier ist aber nichts", "tracking shows handed over, I was at home all day"]);
  of("intents/returns.yaml", "      - rechnung nochmal schicken", ["Rechnung auf die Firma mit USt-IdNr."]);
  desk.bench.clusters[0].drafted = { id: "parcel-missing" };
}

const STATES = {
  unanswered: (page) => page.locator(".gap-row").first().waitFor(),
  add: async (page) => {
    await page.locator(".gap").waitFor();
    await page.keyboard.press("a");
    await page.locator(".picks li").first().waitFor();
    await page.locator(".deed-form").evaluate((one) => one.scrollIntoView({ block: "end" }));
  },
  new: async (page) => {
    await page.locator(".gap").waitFor();
    await page.keyboard.press("n");
    const form = page.locator(".deed-form");
    await form.locator("input").first().fill("Marked delivered, not here");
    await form.locator("textarea").first().fill("I am sorry, that is worrying. Couriers sometimes scan **early**:\n\n- give it until this evening\n- ask at the [pick-up point](https://shop.example/points)");
    await form.evaluate((one) => one.scrollIntoView({ block: "end" }));
  },
  ignored: async (page, desk) => {
    await page.locator(".gap").waitFor();
    await page.keyboard.press("x");
    await page.locator(".toast").waitFor();
    await go(page, "unanswered/ignored", ".ignored-it");
  },
  aside: async (page) => {
    await page.locator(".gap-aside summary").first().click();
    await page.locator(".gap-aside summary").last().click();
    await page.locator(".gap-aside").last().scrollIntoViewIfNeeded();
  },
  try: async (page) => {
    await go(page, "try", ".try");
    await page.locator(".try textarea").fill("It says delivered but there is nothing at my door");
    await page.locator(".side").first().waitFor();
    await page.locator(".try-recent").waitFor();
  },
  "try-back": async (page) => {
    await go(page, "try", ".try");
    await page.locator(".try textarea").fill("how long does it take to deliver a lamp");
    await page.locator(".side").first().waitFor();
  },
  "try-empty": (page) => go(page, "try", ".empty"),
  "try-add": async (page) => {
    await go(page, "try", ".try");
    await page.locator(".try textarea").fill("where did you leave my parcel");
    await page.locator(".side").first().waitFor();
    await page.locator(".try-add").click();
    await page.locator(".deed-form").waitFor();
    await page.locator(".deed-form").evaluate((one) => one.scrollIntoView({ block: "end" }));
  },
  draft: (page) => go(page, "releases/draft", ".file"),
  plan: async (page) => {
    await go(page, "releases/draft", ".file");
    await page.locator(".plan-do .btn").click();
    await page.locator(".plan-cards").waitFor();
    await page.locator(".words summary").first().click();
    await page.locator(".also summary").first().click();
    await page.locator("#plan-head").evaluate((one) => one.scrollIntoView());
  },
  broken: async (page, desk) => {
    desk.bench.state.broken = desk.bench.state.failing = true;
    desk.bench.state.draft.stale = true;
    await go(page, "releases/draft", ".problems");
  },
  discard: async (page) => {
    await go(page, "releases/draft", ".file");
    await page.locator(".draft-side section").last().locator(".btn").click();
    await page.locator("dialog").waitFor();
  },
  outrun: async (page, desk) => {
    await go(page, "releases/draft", ".file");
    await page.locator(".plan-do .btn").click();
    await page.locator(".plan-cards").waitFor();
    desk.bench.state.conflict = true;
    await page.locator(".way .pri").click();
    await page.locator(".bench-note").first().waitFor();
  },
  history: (page) => go(page, "releases/history", ".release"),
  rollback: async (page) => {
    await go(page, "releases/history", ".release");
    await page.locator(".release .btn").first().click();
    await page.locator("dialog").waitFor();
  },
};

const EMPTY = {
  "none-unanswered": (page) => page.locator(".empty").first().waitFor(),
  "none-draft": (page) => go(page, "releases/draft", ".empty"),
  "none-history": (page) => go(page, "releases/history", ".empty"),
  "none-ignored": (page) => go(page, "unanswered/ignored", ".empty"),
};

async function scene(name, options, run, editors = {}) {
  if (wanted.length > 0 && !wanted.some((one) => name.includes(one))) return;
  const desk = await startDesk({ role: options.role ?? "editor", editors });
  fill(desk);
  if (!editors.quiet && !name.endsWith("-bare")) await drafted(desk);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "Europe/Oslo", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(6_000);
  page.on("pageerror", (error) => console.error(name, error));
  page.on("console", (message) => message.type() === "error" && !/401|403|409|422/.test(message.text()) && console.error(name, message.text()));
  try {
    await enter(page, desk);
    if (options.role !== "admin") await page.locator(".bench").waitFor();
    await run(page, desk);
    await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))));
  } catch (error) {
    console.error(name, error.message);
  }
  await page.screenshot({ path: join(out, `bench-${name}.png`) });
  await context.close();
  await desk.stop();
}

for (const [name, run] of Object.entries(STATES)) await scene(name, {}, run);
for (const [name, run] of Object.entries(EMPTY)) await scene(name, {}, run, { quiet: true });
await scene("folder", {}, STATES.draft, { follow: "folder", git: null });
for (const name of ["unanswered", "try", "plan", "history"]) {
  await scene(`dark-${name}`, { colorScheme: "dark" }, STATES[name]);
  await scene(`forced-${name}`, { forcedColors: "active" }, STATES[name]);
}
for (const name of ["unanswered", "new", "try", "plan", "broken", "rollback"]) await scene(`german-${name}`, { locale: "de-DE" }, STATES[name]);
const first = async (page) => page.locator(".gap-row").first().click();
for (const [as, options] of [["phone", phone], ["small", { ...small, locale: "de-DE" }]]) {
  for (const name of ["unanswered", "try", "draft", "plan", "history", "ignored"]) {
    await scene(`${as}-${name}`, options, async (page, desk) => {
      if (name === "ignored") await first(page);
      await STATES[name](page, desk);
    });
  }
  for (const name of ["add", "new"]) await scene(`${as}-${name}`, options, async (page, desk) => (await first(page), await STATES[name](page, desk)));
  await scene(`${as}-gap`, options, async (page) => (await first(page), await page.locator(".gap").waitFor()));
}
await scene("help", {}, async (page) => (await page.locator(".gap").waitFor(), await page.keyboard.press("?"), await page.getByRole("dialog").waitFor()));
await scene("admin", { role: "admin" }, (page) => go(page, "unanswered", ".gap"));
await scene("tablet", { viewport: { width: 1024, height: 768 } }, STATES.unanswered);
await browser.close();
