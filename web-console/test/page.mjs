// What every browser test of the console does first.
import assert from "node:assert/strict";
import { after, test } from "node:test";

import axe from "@axe-core/playwright";
import { chromium } from "playwright-core";

import { fill, startDesk } from "./desk.mjs";

const FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** Inside, wherever that is. */
export async function enter(page, desk, email = "mara@example.com") {
  await page.goto(desk.url);
  await page.locator("#email").fill(email);
  await page.locator("#password").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.locator(".app").waitFor();
}

export async function logIn(page, desk, email = "mara@example.com") {
  await enter(page, desk, email);
  await page.locator(".cv").first().waitFor({ state: "attached" });
}

let browser;

/** One check on a fresh desk and page. Whatever it looks at, nothing may break the policy or throw. */
export function check(name, options, run) {
  test(name, async () => {
    browser ??= await launch();
    const desk = await startDesk({ capacity: options.capacity ?? 5, role: options.role ?? "agent", editors: options.editors ?? {} });
    const ids = options.empty ? {} : fill(desk);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "Europe/Oslo", ...options });
    const trouble = [];
    await context.exposeFunction("reportTrouble", (text) => trouble.push(text));
    await context.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => window.reportTrouble(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`)));
    const page = await context.newPage();
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("console", (message) => /Content Security Policy|Trusted/i.test(message.text()) && trouble.push(message.text()));
    page.setDefaultTimeout(8_000);
    try {
      await run(page, desk, ids, context);
      assert.deepEqual(trouble, []);
    } finally {
      await context.close();
      await desk.stop();
    }
  });
}

export async function open(page, desk, c) {
  await logIn(page, desk);
  await page.locator(`#cv-${c}`).click();
  await page.locator(".bub").first().waitFor();
}

export async function clean(page, what) {
  // Colours on their way are nobody's colours.
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))));
  const { violations } = await new axe({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  const found = violations.map((one) => `${what}: ${one.id}: ${one.nodes.map((node) => `${node.target.join(" ")} (${node.any.map((x) => x.message).join("; ")})`).join(" | ")}`);
  assert.deepEqual(found, []);
}

export const frames = (desk, type) => desk.seen.frames.filter((frame) => frame.type === type);

export async function until(what, ask) {
  for (let left = 100; left > 0; left -= 1) {
    if (await ask()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`never: ${what}`);
}

after(() => browser?.close());
