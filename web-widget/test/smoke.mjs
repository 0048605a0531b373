// Walks the widget through every state in a real browser, against the mock server, and looks at it with axe.
//   npm run smoke            CHROMIUM=/path/to/chromium SHOTS=/tmp/shots to change where things are
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";

import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";

import { start } from "./mock-server.mjs";

const shots = process.env.SHOTS ?? "/tmp/shots";
mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
const DESK = { viewport: { width: 1280, height: 760 } };
const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const only = process.argv[2];
let failed = 0;

/** One page, one server, and everything that went wrong on it. */
async function scene(name, { path = "/plain", context = DESK, site, ignore = [] }, run) {
  if (only && !name.includes(only)) return;
  const server = await start({ site });
  const opened = await browser.newContext({ ...context, locale: context.locale ?? "en-GB", timezoneId: "Europe/Berlin" });
  const page = await opened.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.stack}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && wrong.push(`console: ${message.text()}`));
  const chat = page.locator("deskbell-chat");
  const tools = {
    server,
    page,
    context: opened,
    chat,
    open: async () => {
      await chat.locator(".launch").click();
      await chat.locator(".w[role=dialog]").waitFor();
    },
    say: async (text) => {
      await chat.locator(".type").fill(text);
      await chat.locator(".type").press("Enter");
    },
    c: () => server.last(),
    shot: async (label) => {
      await page.waitForTimeout(350);
      await page.screenshot({ path: `${shots}/widget-${label}.png` });
    },
    panel: async (label) => {
      await page.waitForTimeout(350);
      await chat.locator(".w:not(.nudge)").screenshot({ path: `${shots}/widget-${label}.png` });
    },
    axe: async (label) => {
      const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).include("deskbell-chat").analyze();
      for (const one of violations) wrong.push(`axe (${label}): ${one.id}: ${one.nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary?.split("\n")[1] ?? ""}`).join(" | ")}`);
    },
    seen: (text) => chat.getByText(text, { exact: false }).last().waitFor({ timeout: 5_000 }),
    focused: () =>
      page.evaluate(() => {
        let element = document.activeElement;
        while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
        return element ? `${element.tagName.toLowerCase()}.${element.className}` : "";
      }),
    wrong,
  };
  try {
    await page.goto(server.url + path);
    await run(tools);
  } catch (error) {
    wrong.push(error.stack);
    await page.screenshot({ path: `${shots}/failed-${name.replace(/\W+/g, "-")}.png` });
  }
  const left = wrong.filter((text) => !ignore.some((pattern) => pattern.test(text)));
  console.log(`${left.length === 0 ? "ok" : "NOT OK"}  ${name}`);
  for (const text of left) console.log(`    ${text}`);
  failed += left.length;
  await opened.close();
  server.stop();
}

await scene("nothing before the first touch", { path: "/plain" }, async ({ server, page, context }) => {
  await page.waitForTimeout(700);
  assert.deepEqual(server.requests.filter((path) => path !== "/favicon.ico"), ["/plain", "/widget.js"]);
  assert.deepEqual(server.heard, []);
  assert.deepEqual(await context.cookies(), []);
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ""]);
  const shift = await page.evaluate(() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().length)).observe({ type: "layout-shift", buffered: true }) ?? setTimeout(() => done(0), 300)));
  assert.equal(shift, 0);
});

await scene("a talk with the bot", {}, async ({ server, open, say, chat, page, shot, panel, axe, seen, wrong }) => {
  await open();
  await seen("Good");
  await seen("Usually 3 to 6 minutes");
  await shot("01-home-desk");
  await panel("02-home");
  await axe("home");
  await page.evaluate(() => {
    const log = () => document.querySelector("deskbell-chat").shadowRoot.querySelector("[role=log]");
    window.added = [];
    window.changed = 0;
    const wait = setInterval(() => {
      if (!log()) return;
      clearInterval(wait);
      new MutationObserver((records) => {
        for (const record of records) {
          if (record.type === "characterData") window.changed += 1;
          else if (record.target === log()) for (const node of record.addedNodes) window.added.push(node.textContent);
        }
      }).observe(log(), { childList: true, subtree: true, characterData: true });
    }, 5);
  });
  await say("Can I return a lamp I already put up?");
  await seen("Returning an item");
  await page.waitForTimeout(500);
  await page.evaluate(() => (window.added = []));
  await say("and the bulb?");
  await seen("None of these");
  await panel("03-talk");
  await axe("talk");
  assert.deepEqual(await page.evaluate(() => window.added.length), 2, "one element for each message");
  assert.equal(await page.evaluate(() => window.changed), 0, "no finished message changes its words");
  assert.equal(await chat.locator("[role=log]").getAttribute("aria-live"), "polite");
  await chat.getByLabel("No, this did not help").click();
  await seen("What was not right?", { exact: false }).catch(() => undefined);
  await chat.getByText("Something else").click();
  await chat.getByPlaceholder("In your words").fill("Does it hold for gifts?");
  await panel("03b-thumb-down");
  await axe("thumb down");
  await chat.locator(".why button").click();
  await seen("Thank you for telling us.");
  const ratings = server.heard.filter((frame) => frame.kind === "rating").map((frame) => frame.body);
  assert.deepEqual(ratings, [{ score: 1, about: 2 }, { score: 1, comment: "other: Does it hold for gifts?", about: 2 }]);
  await chat.getByRole("button", { name: "Which bulb fits my lamp?" }).click();
  await page.waitForTimeout(300);
  assert.equal(server.heard.filter((frame) => frame.kind === "choice").length, 1);
  await say("where is my order");
  await seen("Change the address");
  await panel("03c-options");
  await axe("options");
  await chat.getByLabel("Menu").click();
  await page.waitForTimeout(100);
  await panel("03d-menu");
  await axe("menu");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  assert.equal(await chat.locator(".w[role=dialog]").count(), 1, "Escape closes the menu, not the panel");
  const [file] = await Promise.all([page.waitForEvent("download"), chat.getByLabel("Menu").click().then(() => chat.getByRole("menuitem", { name: "Save conversation" }).click())]);
  const text = await (await file.createReadStream()).toArray();
  assert.match(Buffer.concat(text).toString(), /You: Can I return a lamp[\s\S]+Assistant: Yes, within 30 days/);
  void wrong;
});

await scene("over to a person and to the end", {}, async ({ server, c, open, say, chat, page, panel, axe, seen }) => {
  await open();
  await say("The second lamp that arrives broken!! I have guests on Friday and no light.");
  await seen("2nd in line");
  await panel("04-queue");
  await axe("queue");
  server.queue(c(), 1, { low: 60, high: 120 });
  await seen("1st in line");
  await seen("Usually 1 to 2 minutes");
  await chat.getByRole("button", { name: "Leave my e-mail instead" }).click();
  await chat.getByLabel("Your e-mail").fill("mara.lind@");
  await chat.locator(".mail .btn.main").click();
  await seen("This address looks unfinished.");
  await panel("04b-email-instead");
  await axe("e-mail");
  await chat.getByLabel("Dismiss").click();
  server.claim(c());
  await seen("Lena joined");
  server.say(c(), "Hi Mara, I’m Lena. I’ve read everything, and I can send a new shade today.");
  server.say(c(), "Is it order NL-20418?");
  await say("Yes, that one.");
  await page.waitForTimeout(200);
  server.read(c());
  await say("Thursday would be perfect.");
  await page.waitForTimeout(200);
  await say("refuse this one");
  await seen("Not sent");
  await say("hold: shall I keep the old one?");
  server.typing(c(), true);
  await seen("Sending");
  await panel("05-person");
  await axe("person");
  assert.ok(server.heard.some((frame) => frame.type === "typing" && frame.on));
  await chat.getByRole("button", { name: "Delete" }).click();
  assert.equal(await chat.getByText("refuse this one").count(), 0);
  server.close(c());
  await seen("Lena ended the conversation");
  await chat.getByText("Good", { exact: true }).click();
  await panel("07-ended");
  await axe("ended");
  await chat.getByPlaceholder("Anything to add").fill("Quick and kind.");
  await chat.getByRole("button", { name: "Send rating" }).click();
  await seen("Thank you for your rating.");
  await panel("07b-rated");
  await chat.getByRole("button", { name: "Start over" }).click();
  await seen("Often asked");
  await say("where is my order?");
  await seen("NL-20418");
  assert.equal(server.talks.size, 2);
});

await scene("handed back, and out by the visitor", {}, async ({ server, c, open, chat, say, seen, panel }) => {
  await open();
  await chat.getByRole("button", { name: "Talk to a person" }).click();
  await seen("2nd in line");
  server.claim(c());
  server.say(c(), "The assistant can help you with that.");
  server.release(c(), "bot");
  await seen("The assistant is back");
  await say("bulb?");
  await seen("None of these");
  await panel("05b-handed-back");
  await chat.getByRole("button", { name: "Talk to a person" }).last().click();
  await seen("Leave the line");
  await chat.getByRole("button", { name: "Leave the line" }).click();
  await chat.getByRole("button", { name: "Leave the line" }).click();
  await seen("You left the line");
  await chat.getByRole("button", { name: "Menu" }).click();
  await chat.getByRole("menuitem", { name: "End conversation" }).click();
  await seen("You ended the conversation");
});

await scene("out of hours", { site: { open: false, staffed: false, hours: undefined, opens_at: Date.now() + 12 * 3_600_000 } }, async ({ server, open, chat, seen, panel, axe }) => {
  await open();
  await seen("We’re back");
  await panel("06a-closed-home");
  await axe("closed home");
  await chat.getByRole("button", { name: "Talk to a person" }).click();
  await chat.getByLabel("Your e-mail").fill("mara.lind@");
  await chat.locator(".mail .btn.main").click();
  await panel("06-out-of-hours");
  await axe("out of hours");
  await chat.getByLabel("Your e-mail").fill("mara@lind.example");
  await chat.locator(".mail .btn.main").click();
  await seen("before 10:00");
  assert.deepEqual(server.heard.find((frame) => frame.kind === "form")?.body, { fields: { email: "mara@lind.example" } });
  assert.equal(await chat.locator(".mail").count(), 0);
});

await scene("the line breaks, the draft and the messages stay", { ignore: [/WebSocket connection/, /status of 404/] }, async ({ server, c, open, say, chat, page, panel, axe, seen, context }) => {
  await open();
  await say("where is my order?");
  await seen("NL-20418");
  await chat.getByRole("button", { name: "Talk to a person" }).last().click();
  await seen("2nd in line");
  server.claim(c());
  server.say(c(), "Gladly. Which address?");
  await seen("Which address");
  server.refuse(true);
  server.drop(4000);
  await page.waitForTimeout(2_500);
  await say("Fjordgata 12, 7010 Trondheim");
  await chat.locator(".type").fill("If nobody is at the desk, the café next door takes parcels. Please ask them to");
  await seen("Waiting for connection");
  await seen("No connection.");
  await panel("10-offline");
  await axe("offline");
  // The page is left and comes back while there is no line.
  await page.reload();
  await page.waitForTimeout(1_500);
  assert.equal(await chat.locator(".type").inputValue(), "If nobody is at the desk, the café next door takes parcels. Please ask them to");
  await seen("Fjordgata 12");
  server.say(c(), "Still there?");
  server.refuse(false);
  // It may come back by itself just before.
  await chat.getByRole("button", { name: "Try now" }).click({ timeout: 1_500 }).catch(() => undefined);
  await seen("Still there?");
  await page.waitForTimeout(600);
  const log = [...server.talks.values()][0].log;
  assert.equal(log.filter((ev) => ev.body.text?.startsWith("Fjordgata")).length, 1, "sent once, stored once");
  assert.equal(await chat.getByText("Fjordgata 12").count(), 1);
  // Another tab of the same visitor sees the same talk, over the same line.
  const other = await context.newPage();
  await other.goto(`${server.url}/plain`);
  await other.locator("deskbell-chat .launch").click();
  await other.locator("deskbell-chat").getByText("Which address?").waitFor();
  const devices = new Set(server.heard.filter((frame) => frame.type === "hello").map((frame) => frame.device));
  assert.equal(devices.size, 1);
});

await scene("a restored backup: another epoch, less than was held", { ignore: [/WebSocket connection/] }, async ({ server, c, open, say, chat, page, seen }) => {
  await open();
  await say("where is my order?");
  await seen("NL-20418");
  server.talks.delete(c());
  server.restored("e2");
  server.drop(1012);
  await page.waitForTimeout(1_500);
  await say("bulb?");
  await seen("None of these");
  assert.equal(await chat.getByText("NL-20418").count(), 0);
});

for (const [label, context, direction] of [
  ["", DESK, "ltr"],
  ["-dark", { ...DESK, colorScheme: "dark" }, "ltr"],
  ["-rtl", DESK, "rtl"],
  ["-phone", PHONE, "ltr"],
]) {
  await scene(`refused for good, and too many tabs${label}`, { context, ignore: [/WebSocket connection/] }, async ({ server, open, say, chat, shot, axe, seen }) => {
    await open();
    await chat.locator(".w").evaluate((panel, to) => (panel.parentElement.dir = to), direction);
    await seen("Usually 3 to 6");
    server.drop(4508);
    await seen("open in too many tabs");
    await shot(`14-crowded-home${label}`);
    await axe("crowded home");
    await chat.getByRole("button", { name: "Try now" }).click();
    await chat.getByText("too many tabs").waitFor({ state: "hidden" });
    await say("refuse this, please");
    await seen("Not sent: not accepted");
    await say("an endless story");
    await seen("Not sent: too long");
    server.drop(4508);
    await seen("open in too many tabs");
    await chat.locator(".w").evaluate((panel, to) => (panel.parentElement.dir = to), direction);
    await shot(`14-refused${label}`);
    await axe("refused");
    await chat.getByRole("button", { name: "Try now" }).click();
    await chat.getByRole("button", { name: "Delete" }).last().click();
    assert.equal(await chat.getByText("an endless story").count(), 0);
    await chat.getByRole("button", { name: "Try again" }).click();
    await seen("Not sent: not accepted");
    const names = server.heard.filter((frame) => frame.body?.text?.startsWith("refuse")).map((frame) => frame.cmid);
    assert.deepEqual([names.length, new Set(names).size], [2, 1], "tried again under its name");
  });
}

await scene("unread while shut", {}, async ({ server, c, open, say, chat, page, shot, seen, axe, focused }) => {
  await open();
  await say("a person please");
  await seen("2nd in line");
  server.claim(c());
  await seen("Lena joined");
  await page.keyboard.press("Escape");
  assert.match(await focused(), /^button\.launch/, "the focus goes back to the button");
  server.say(c(), "Hi Mara, I’m Lena. Is it order NL-20418?");
  await chat.locator(".nudge.w").waitFor();
  assert.equal(await page.title(), "(1) Host");
  assert.equal(await chat.locator(".launch").getAttribute("aria-label"), "Open chat, 1 unread message");
  await shot("01b-unread");
  await axe("unread");
  await open();
  await page.waitForTimeout(200);
  assert.equal(await page.title(), "Host");
});

await scene("by keyboard alone", {}, async ({ page, chat, focused, seen }) => {
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  assert.match(await focused(), /^button\.launch/);
  await page.keyboard.press("Enter");
  await seen("Often asked");
  assert.match(await focused(), /^textarea\.type/);
  await page.keyboard.type("bulb");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("which");
  await page.keyboard.press("Enter");
  await seen("None of these");
  const walk = [];
  for (let n = 0; n < 14; n += 1) {
    await page.keyboard.press("Shift+Tab");
    walk.push(await focused());
  }
  assert.ok(walk.some((stop) => /pick/.test(stop)) && walk.some((stop) => /^a\./.test(stop) || /^body/.test(stop)), `not a trap: ${walk}`);
  await chat.locator(".pick").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForTimeout(200);
  await page.keyboard.press("Escape");
  assert.equal(await chat.locator(".w[role=dialog]").count(), 0);
});

await scene("under the strictest rules a page can have", { path: "/strict" }, async ({ open, say, seen, shot, page }) => {
  await page.evaluate(() => {
    window.broken = [];
    addEventListener("securitypolicyviolation", (event) => window.broken.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  await open();
  await say("Can I return a lamp?");
  await seen("From: Returning an item");
  await say("a person");
  await seen("2nd in line");
  await shot("11-strict");
  assert.deepEqual(await page.evaluate(() => window.broken), []);
});

await scene("on a page with hostile styles and shortcuts", { path: "/hostile" }, async ({ open, say, seen, panel, page, chat }) => {
  await open();
  await say("Can I return a lamp?");
  await seen("From: Returning an item");
  await panel("12-hostile");
  assert.equal(await page.evaluate(() => window.keys), 0, "no key reaches the page");
  const box = await chat.locator(".w").boundingBox();
  assert.deepEqual([Math.round(box.width), Math.round(box.height)], [380, 640]);
});

await scene("from another origin", { path: "/rtl" }, async ({ server, page, chat, open, say, seen }) => {
  await page.goto(`${server.url.replace("127.0.0.1", "localhost")}/foreign`);
  await open();
  await say("Can I return a lamp?");
  await seen("From: Returning an item");
  assert.equal(await chat.locator("a.chip").getAttribute("href"), `${server.url}/help/returns/returning-an-item`);
  assert.match(server.heard.find((frame) => frame.type === "hello").page.url, /localhost/);
});

await scene("a page that swaps its body", {}, async ({ open, say, seen, page, chat }) => {
  await open();
  await say("bulb");
  await seen("None of these");
  await page.evaluate(() => document.documentElement.replaceChild(Object.assign(document.createElement("body"), { textContent: "new" }), document.body));
  await page.waitForTimeout(200);
  await chat.getByText("None of these").waitFor();
});

await scene("dark", { context: { ...DESK, colorScheme: "dark" } }, async ({ server, c, open, say, seen, panel, shot, axe }) => {
  await open();
  await seen("Usually 3 to 6");
  await panel("08a-dark-home");
  await axe("dark home");
  await say("Can I return a lamp I already put up?");
  await seen("From: Returning an item");
  await say("and the bulb?");
  await seen("None of these");
  await panel("08-dark");
  await axe("dark");
  await say("a broken lamp, a person please");
  await seen("2nd in line");
  await panel("08b-dark-queue");
  await axe("dark queue");
  server.claim(c());
  server.say(c(), "Hello, **Lena** here.");
  server.close(c());
  await seen("How did this go");
  await panel("08c-dark-ended");
  await axe("dark ended");
  await shot("08d-dark-desk");
});

await scene("German", { path: "/german", context: { ...DESK, locale: "de-DE" }, site: { greeting: "Wobei können wir helfen?", language: "de" } }, async ({ open, say, seen, panel, axe }) => {
  await open();
  await seen("Oft gefragt");
  await panel("13-german-home");
  await axe("German");
  await say("broken");
  await seen("Platz 2 in der Reihe");
  await panel("13b-german-queue");
});

await scene("right to left", { path: "/rtl", context: { ...DESK, locale: "ar" } }, async ({ page, open, say, seen, shot, chat }) => {
  await open();
  await chat.locator(".w").evaluate((panel) => (panel.parentElement.dir = "rtl"));
  await page.evaluate(() => new MutationObserver(() => undefined));
  await say("Can I return a lamp I already put up?");
  // The foreign words stand in isolates.
  await seen(/من:.*Returning an item/);
  await say("and the bulb?");
  await seen("None of these");
  await chat.locator(".w").evaluate((panel) => (panel.parentElement.dir = "rtl"));
  await shot("09-rtl");
});

await scene("on a phone", { context: PHONE }, async ({ server, c, open, say, seen, shot, axe, page, chat, focused }) => {
  await shot("20-phone-closed");
  await open();
  await seen("Usually 3 to 6");
  await shot("20-phone-home");
  await axe("phone home");
  assert.match(await focused(), /^h2/, "the heading, so that the keyboard stays down");
  assert.equal(await page.evaluate(() => document.querySelector("h1").inert || document.querySelector("h1").closest("[inert]") !== null), true);
  await say("Can I return a lamp I already put up?");
  await seen("From: Returning an item");
  await say("and the bulb?");
  await seen("None of these");
  await shot("21-phone-talk");
  await axe("phone talk");
  const small = await chat.locator(".w").evaluate((panel) => [...panel.querySelectorAll("button,a")].filter((one) => one.checkVisibility()).map((one) => [one.className, one.getBoundingClientRect()]).filter(([name, box]) => box.height < 44 && name !== "chip").map(([name, box]) => `${name} ${box.height}`));
  assert.deepEqual(small, [], "44 px to the finger");
  await say("a broken lamp, a person please");
  await seen("2nd in line");
  await shot("22-phone-queue");
  server.claim(c());
  server.say(c(), "Hi Mara, I’m Lena. I’ve read everything, and I can send a new shade today.");
  await say("Thursday would be perfect.");
  server.read(c());
  server.typing(c(), true);
  await shot("23-phone-person");
  await axe("phone person");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => document.querySelector("[inert]")), null);
});

await scene("phone, dark", { context: { ...PHONE, colorScheme: "dark" } }, async ({ open, say, seen, shot }) => {
  await open();
  await say("a broken lamp, a person please");
  await seen("2nd in line");
  await shot("24-phone-dark");
});

await scene("forced colours", { context: { ...DESK, forcedColors: "active" } }, async ({ open, say, seen, panel, axe }) => {
  await open();
  await say("Can I return a lamp I already put up?");
  await seen("From: Returning an item");
  await say("a broken lamp, a person please");
  await seen("2nd in line");
  await panel("30-forced");
  await axe("forced");
});

await scene("still, when asked to be", { context: { ...DESK, reducedMotion: "reduce" } }, async ({ open, say, seen, page }) => {
  await open();
  await say("bulb");
  await seen("None of these");
  assert.equal(await page.evaluate(() => document.getAnimations().filter((one) => one.effect?.target?.getRootNode() instanceof ShadowRoot).length), 0);
});

await scene("very small: 320 × 256", { context: { viewport: { width: 320, height: 256 } } }, async ({ open, say, seen, shot, chat }) => {
  await open();
  await shot("31-small-home");
  await say("bulb");
  await seen("None of these");
  await shot("31-small-talk");
  const fits = await chat.locator(".w").evaluate((panel) => panel.scrollWidth <= panel.clientWidth && panel.querySelector(".type").getBoundingClientRect().bottom <= innerHeight);
  assert.ok(fits);
});

await scene("the page of its own", { path: "/chat" }, async ({ chat, say, seen, shot, axe }) => {
  await seen("Often asked");
  await shot("40-chat-home");
  await axe("page");
  await say("Can I return a lamp I already put up?");
  await seen("From: Returning an item");
  await say("and the bulb?");
  await seen("None of these");
  await shot("40-chat-talk");
  await axe("page talk");
  void chat;
});

for (const [label, context] of [["", DESK], ["-dark", { ...DESK, colorScheme: "dark" }], ["-phone", PHONE]]) {
  await scene(`the demonstration${label}`, { path: "/", context }, async ({ page, chat, wrong }) => {
    await page.waitForTimeout(300);
    await page.screenshot({ path: `${shots}/widget-50-demo${label}.png`, fullPage: true });
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const one of violations) wrong.push(`axe: ${one.id}: ${one.nodes.map((node) => node.target.join(" ")).join(" | ")}`);
    await page.getByRole("button", { name: /Can I return a lamp I already put up/ }).click();
    await chat.getByText("From: Returning an item").waitFor();
  });
}

await browser.close();
console.log(failed === 0 ? "all well" : `${failed} problems`);
process.exitCode = failed === 0 ? 0 : 1;
