// What every browser test of the console does first.
import { chromium } from "playwright-core";

const FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

export async function logIn(page, desk, email = "mara@example.com") {
  await page.goto(desk.url);
  await page.locator("#email").fill(email);
  await page.locator("#password").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.locator(".app").waitFor();
  await page.locator(".cv").first().waitFor({ state: "attached" });
}
