// Pictures for the eye: `node test/shots.mjs DIRECTORY`.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { fill, startDesk } from "./desk.mjs";
import { launch, logIn } from "./page.mjs";

const out = process.argv[2] ?? "shots";
mkdirSync(out, { recursive: true });
const browser = await launch();
const shot = (page, name) => page.screenshot({ path: join(out, `console-${name}.png`) });

async function scene(name, options, run) {
  const desk = await startDesk();
  const ids = fill(desk);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "Europe/Oslo", ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(name, error));
  page.on("console", (message) => message.type() === "error" && console.error(name, message.text()));
  try {
    await run(page, desk, ids);
  } catch (error) {
    console.error(name, error.message);
    await shot(page, `${name}-failed`);
  }
  await context.close();
  await desk.stop();
}

const phone = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

async function oslo(page, desk, ids) {
  await logIn(page, desk);
  await page.locator(`#cv-${ids.oslo}`).click();
  await page.getByText("Same courier, same street").waitFor();
}

async function stopped(page, desk, ids) {
  await oslo(page, desk, ids);
  await page.getByRole("textbox", { name: "Write to the visitor" }).fill("Hello, Mara here. I am asking the courier where AB123456 was left.");
  await page.keyboard.press("Enter");
  desk.visitorSays(ids.oslo, "I asked both neighbours already, nothing");
  await page.locator(".bub", { hasText: "I asked both" }).waitFor();
  await page.getByRole("textbox", { name: "Write to the visitor" }).fill("I have asked the courier where they left AB123456 and will write here within the hour. Could one of your neighbours have taken it in?");
  desk.fault.nextNack = "stale";
  await page.keyboard.press("Enter");
  desk.agentSays(ids.oslo, "a2", "The courier confirms it went to the pick-up point at Torggata 5. Your code is 4471, open until 21:00.");
  await page.getByText("wrote while you were writing").waitFor();
  desk.typing(ids.oslo, true);
  await page.waitForTimeout(300);
}

await scene("login", {}, async (page, desk) => {
  await page.goto(desk.url);
  await page.getByLabel("E-mail").waitFor();
  await shot(page, "login");
});
await scene("login-throttled", { colorScheme: "dark" }, async (page, desk) => {
  desk.fault.failures = 3;
  await page.goto(desk.url);
  await page.getByLabel("E-mail").fill("mara@example.com");
  await page.getByLabel("Password", { exact: true }).fill("nope");
  await page.keyboard.press("Enter");
  await page.getByText("Too many attempts").first().waitFor();
  await shot(page, "login-throttled");
});
await scene("inbox", {}, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  await page.getByRole("textbox", { name: "Write to the visitor" }).fill("Hello, Mara here. I am asking the courier where AB123456 was left.");
  await page.waitForTimeout(1200);
  await shot(page, "inbox");
  await page.getByText("order-status").first().click();
  await shot(page, "inbox-details");
});
await scene("waiting", {}, async (page, desk, ids) => {
  await logIn(page, desk);
  await page.locator(`#cv-${ids.amelie}`).click();
  await page.getByText("waits for a person").waitFor();
  await page.waitForTimeout(300);
  await shot(page, "waiting");
});
await scene("stopped", {}, async (page, desk, ids) => {
  await stopped(page, desk, ids);
  await shot(page, "stopped");
});
await scene("dark", { colorScheme: "dark" }, async (page, desk, ids) => {
  await stopped(page, desk, ids);
  await shot(page, "dark");
});
await scene("transfer", {}, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  await page.locator("#conversation").focus();
  await page.keyboard.press("t");
  await page.getByRole("dialog").waitFor();
  await page.getByText("Yuki Arai").last().click();
  await shot(page, "transfer");
});
await scene("resolve", { colorScheme: "dark" }, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  await page.locator("#conversation").focus();
  await page.keyboard.press("e");
  await page.getByRole("dialog").waitFor();
  await shot(page, "resolve");
});
await scene("help", {}, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  await page.locator("#conversation").focus();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await shot(page, "help");
});
await scene("settings", {}, async (page, desk) => {
  await logIn(page, desk);
  await page.getByRole("button", { name: "Settings" }).first().click();
  await page.getByRole("dialog").waitFor();
  await shot(page, "settings");
});
await scene("presence", {}, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  await page.getByRole("button", { name: /Mara Koch, Online/ }).first().click();
  await page.waitForTimeout(200);
  await shot(page, "presence");
});
await scene("offline", {}, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  desk.fault.refuseUpgrade = true;
  desk.drop();
  await page.getByText("Connection lost").waitFor();
  await page.getByRole("textbox", { name: "Write to the visitor" }).fill("I will be right back with you.");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(2500);
  await shot(page, "offline");
});
await scene("german", { locale: "de-DE" }, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  await page.waitForTimeout(300);
  await shot(page, "german");
});
await scene("empty", { viewport: { width: 1024, height: 768 } }, async (page, desk) => {
  await logIn(page, desk);
  await page.waitForTimeout(300);
  await shot(page, "tablet");
});
await scene("phone", phone, async (page, desk, ids) => {
  await logIn(page, desk);
  await page.locator(`#cv-${ids.oslo}`).waitFor();
  await shot(page, "phone-list");
  await page.locator(`#cv-${ids.oslo}`).click();
  await page.getByText("Same courier, same street").waitFor();
  await page.waitForTimeout(300);
  await shot(page, "phone-chat");
  await page.getByRole("button", { name: /visitor details/ }).click();
  await page.waitForTimeout(200);
  await shot(page, "phone-visitor");
});
await scene("phone-dark", { ...phone, colorScheme: "dark" }, async (page, desk, ids) => {
  await logIn(page, desk);
  await page.locator(`#cv-${ids.amelie}`).click();
  await page.getByRole("button", { name: "Claim" }).waitFor();
  await page.waitForTimeout(300);
  await shot(page, "phone-dark");
});
await scene("note", {}, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  await page.locator("#conversation").focus();
  await page.keyboard.press("n");
  await page.keyboard.type("She needs it on Saturday, the neighbour may have it.");
  await page.waitForTimeout(300);
  await shot(page, "note");
});
await scene("commands", { colorScheme: "dark" }, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").pressSequentially("tra");
  await page.waitForTimeout(300);
  await shot(page, "commands");
});
await scene("colleague", {}, async (page, desk) => {
  await logIn(page, desk);
  await page.locator(".cv", { hasText: "Sofia Rossi" }).click();
  await page.getByText("Ines Sousa has this chat").waitFor();
  await page.waitForTimeout(300);
  await shot(page, "colleague");
});
await scene("closed", {}, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  await page.getByRole("textbox", { name: "Write to the visitor" }).fill("It is at the pick-up point, code 4471.");
  await page.keyboard.press("Enter");
  await page.locator("#conversation").focus();
  desk.fault.nextNack = "storage";
  await page.keyboard.press("r");
  await page.keyboard.type("Anything else?");
  await page.keyboard.press("Enter");
  await page.getByText("Not sent").waitFor();
  desk.add(ids.oslo, { kind: "visitor" }, "rating", { score: 5, comment: "quick and kind" });
  await page.waitForTimeout(300);
  await shot(page, "failed");
  await page.getByRole("button", { name: "Resolve" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Resolve" }).click();
  await page.getByText("This chat is closed").waitFor();
  await page.waitForTimeout(300);
  await shot(page, "closed");
});
await scene("phone-german", { ...phone, locale: "de-DE" }, async (page, desk, ids) => {
  await logIn(page, desk);
  await page.locator(`#cv-${ids.oslo}`).click();
  await page.getByText("Same courier, same street").waitFor();
  await page.getByRole("button", { name: "Mehr" }).click();
  await page.waitForTimeout(300);
  await shot(page, "phone-german");
  await page.locator(".more-menu").getByText("Weitergeben").click();
  await page.getByRole("dialog").waitFor();
  await page.waitForTimeout(200);
  await shot(page, "phone-transfer");
});
await scene("phone-stopped", phone, async (page, desk, ids) => {
  await stopped(page, desk, ids);
  await shot(page, "phone-stopped");
});
await scene("forced", { forcedColors: "active" }, async (page, desk, ids) => {
  await oslo(page, desk, ids);
  await page.waitForTimeout(300);
  await shot(page, "forced");
});
await browser.close();
