// What the widget shows without being asked: messages by the editors' rules, and what an operator tells everybody.

import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { deskbell, focused, languages, person, startBrowser, startServer, startSite, until, violations, widgetOf, wordsOf } from "./support.mjs";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

const RULES = `
[widget]
accent = "#7a1f5c"
launcher = {en = "Ask us"}
[[widget.proactive]]
id = "prices"
page = "/pricing*"
after_s = 0
scroll_pct = 50
text = {en = "Questions about a price?"}
question = {en = "what does delivery cost"}
`;

async function world(t, extra = "", lang = "en") {
  let url = "";
  const site = await startSite(t, () => ({ body: `<!doctype html><html lang="${lang}"><title>Shop</title><h1>Shop</h1><p style="height:3000px">long</p><script async src="${url}/widget.js" data-site="shop"></script></html>` }));
  const server = await startServer(t, { config: `[[sites]]\nname = "shop"\norigins = ["${site}"]\n` });
  url = server.url;
  if (extra) {
    appendFileSync(`${server.content}/deskbell.toml`, extra);
    await until("the settings are in force", async () => (await (await fetch(`${url}/widget.json`)).json()).proactive);
  }
  return { site, server };
}

const toEnd = (page) => page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
const offerOf = (page) => page.locator("deskbell-chat").getByRole("status").getByRole("button", { name: "Questions about a price?" });

describe("unasked", { concurrency: 4, timeout: 120_000 }, () => {
  test("the way to put it away speaks the page's language", async (t) => {
    for (const lang of languages()) {
      const { site } = await world(t, RULES, lang);
      const page = await (await person(t, browser)).newPage();
      await page.goto(`${site}/pricing`);
      await page.locator("deskbell-chat").getByRole("button").first().waitFor();
      await toEnd(page);
      await page.locator("deskbell-chat").getByRole("button", { name: wordsOf(lang).dismiss }).click();
      await offerOf(page).waitFor({ state: "detached" });
    }
  });

  test("a message comes when its page and its scroll fit, takes no focus, asks when clicked, and never comes twice", async (t) => {
    const { site } = await world(t, RULES);
    const context = await person(t, browser);
    const page = await context.newPage();
    await page.goto(`${site}/about`);
    await page.getByRole("button", { name: "Ask us – Open chat" }).waitFor();
    await toEnd(page);
    await page.goto(`${site}/pricing/lamps`);
    await page.getByRole("button", { name: /Open chat/ }).waitFor();
    assert.equal(await offerOf(page).count(), 0, "not before the page was scrolled");
    await toEnd(page);
    await offerOf(page).waitFor();
    assert.deepEqual(await focused(page), { role: "", name: "" });
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0, "shown is not remembered");
    assert.deepEqual(await violations(page), []);
    await offerOf(page).click();
    const widget = widgetOf(page);
    await widget.dialog.waitFor();
    await widget.log.getByText("what does delivery cost").waitFor();
    assert.equal(await offerOf(page).count(), 0);
    await page.evaluate(() => deskbell("logout"));
    await page.reload();
    await toEnd(page);
    await page.getByRole("button", { name: /Open chat/ }).waitFor();
    await page.evaluate(() => new Promise((done) => setTimeout(done, 1_200)));
    assert.equal(await offerOf(page).count(), 0, "not again in this tab");
    assert.deepEqual(context.trouble(), []);
  });

  test("it is reached and dismissed by keyboard, and stays away from an open dialog", async (t) => {
    const { site } = await world(t, RULES);
    const page = await (await person(t, browser)).newPage();
    await page.goto(`${site}/pricing`);
    await page.evaluate(() => {
      const dialog = document.body.appendChild(document.createElement("dialog"));
      dialog.append("Cookies?");
      dialog.showModal();
    });
    await toEnd(page);
    await page.getByRole("button", { name: /Open chat/ }).waitFor({ state: "attached" });
    await page.evaluate(() => new Promise((done) => setTimeout(done, 1_200)));
    assert.equal(await offerOf(page).count(), 0);
    await page.evaluate(() => document.querySelector("dialog").remove());
    await offerOf(page).waitFor();
    await page.keyboard.press("Tab");
    assert.equal((await focused(page)).name, "Questions about a price?");
    await page.keyboard.press("Tab");
    assert.equal((await focused(page)).name, "Dismiss");
    await page.keyboard.press("Escape");
    assert.equal(await offerOf(page).count(), 0);
    assert.match((await focused(page)).name, /Open chat/);
  });

  test("a notice stands above an open chat at once, and goes when it is taken away", async (t) => {
    const { site, server } = await world(t);
    const context = await person(t, browser);
    const page = await context.newPage();
    await page.goto(site);
    const widget = widgetOf(page);
    await widget.launcher.click();
    await widget.dialog.waitFor();
    await deskbell(["notice", "set", "--data", server.data, "--text", "en=Cards do not work right now.", "--text", "de=Karten gehen nicht.", "--until", "2h"]);
    const bar = widget.dialog.getByText("Cards do not work right now.");
    await bar.waitFor();
    assert.deepEqual(await violations(page), []);
    const second = await context.newPage();
    await second.goto(site);
    await widgetOf(second).launcher.click();
    await widgetOf(second).dialog.getByText("Cards do not work right now.").waitFor();
    await widgetOf(second).dialog.getByRole("button", { name: "Dismiss" }).click();
    assert.equal(await widgetOf(second).dialog.getByText("Cards do not work right now.").count(), 0);
    await deskbell(["notice", "clear", "--data", server.data]);
    await bar.waitFor({ state: "detached" });
    assert.deepEqual(context.trouble(), []);
  });
});
