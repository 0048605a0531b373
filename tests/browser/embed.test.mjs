// The panel in a frame of its own: who may hold it, whom it listens to, and that it works without storage.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { agentAt, focused, frames, person, startBrowser, startServer, startSite, until, violations } from "./support.mjs";

const ANNA = { email: "anna@shop.example", name: "Anna Holm", password: "correct horse battery staple" };

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** Another site than the server's, not only another port: `localhost`. */
async function world(t, body) {
  let url = "";
  const site = (await startSite(t, () => ({ body: `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Shop</title><h1>Shop</h1>${body?.(url) ?? ""}<script>window.heard=[];window.deskbell=function(){(deskbell.q=deskbell.q||[]).push(arguments)};for(const e of ["ready","open","close","message","unread"])deskbell("on",e,(d)=>heard.push([e,d]))</script><script async src="${url}/widget.js" data-site="shop" data-isolation="iframe"></script></html>` }))).replace("127.0.0.1", "localhost");
  const server = await startServer(t, { config: `[[sites]]\nname = "shop"\norigins = ["${site}"]\n` });
  url = server.url;
  return { site, server };
}

const launcherOf = (page) => page.getByRole("button", { name: /^Open chat/ });
/** The document inside, once it is there. */
const inside = (page, server) => until("the frame is there", () => page.frames().find((frame) => frame.url().startsWith(`${server.url}/embed`)));

describe("the widget in a frame", { concurrency: 4, timeout: 120_000 }, () => {
  test("it opens, answers, goes on after a reload and closes, with storage refused to the frame", async (t) => {
    const { site, server } = await world(t);
    const context = await person(t, browser);
    const page = await context.newPage();
    const line = frames(page);
    await page.goto(site);
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
    assert.equal(page.frames().length, 1, "no frame before somebody comes near");
    await launcherOf(page).click();
    const frame = await inside(page, server);
    await frame.getByRole("dialog", { name: /^Chat with/ }).waitFor();
    assert.match(await page.locator("deskbell-chat iframe").getAttribute("title"), /^Chat with Nordlicht/);
    await frame.getByRole("textbox", { name: "Message" }).fill("when are you open");
    await frame.getByRole("textbox", { name: "Message" }).press("Enter");
    await frame.getByRole("log").locator(".turn").first().waitFor();
    // This browser keeps third parties from storage, as others do: each touch throws.
    assert.deepEqual(await frame.evaluate(() => ["localStorage", "sessionStorage"].map((name) => { try { return String(window[name]); } catch (error) { return error.name; } })), ["SecurityError", "SecurityError"]);
    assert.equal(line.of("hello")[0].page.url, `${site}/`);
    // The page keeps the token; the frame could not.
    const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("deskbell:shop")));
    assert.ok(kept.token);
    assert.deepEqual((await page.evaluate(() => window.heard.map(([name, detail]) => (name === "message" ? detail.from : name)))).filter((name) => name !== "unread"), ["ready", "open", "visitor", "bot"]);

    await page.reload();
    const again = await inside(page, server);
    await again.getByRole("log").locator(".turn").first().waitFor();
    assert.equal(await again.getByRole("log").locator(".mine").count(), 1);
    await again.getByRole("button", { name: "Close" }).click();
    await launcherOf(page).waitFor();
    assert.match((await focused(page)).name, /^Open chat/);
    // The page's calls reach it, and only what is ours is kept.
    await page.evaluate(() => deskbell.open());
    await again.getByRole("dialog", { name: /^Chat with/ }).waitFor();
    assert.ok((await page.evaluate(() => Object.keys(localStorage))).every((key) => key.startsWith("deskbell:shop")));
    assert.deepEqual(context.trouble(), []);
  });

  test("what somebody writes while it is shut stands beside the button, to be opened or put away", async (t) => {
    const { site, server } = await world(t);
    await server.addUser(ANNA);
    const agent = await agentAt(t, server, ANNA);
    const page = await (await person(t, browser)).newPage();
    await page.goto(site);
    await page.evaluate(() => deskbell.ask("I want to talk to a person"));
    const c = await agent.claim(() => true);
    const frame = await inside(page, server);
    await frame.getByText(/^Anna joined/).waitFor();
    await page.evaluate(() => deskbell.close());
    await agent.say(c, "Hello **there**");
    const news = (words) => page.locator("deskbell-chat").getByRole("status").getByRole("button", { name: words, exact: true });
    await news("Anna: Hello there").waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "Dismiss" }).click();
    await news("Anna: Hello there").waitFor({ state: "detached" });
    await agent.say(c, "Still there?");
    await news("Anna: Still there?").click();
    await frame.getByText("Still there?").last().waitFor();
    await news("Anna: Still there?").waitFor({ state: "detached" });
  });

  test("on a phone it fills the screen", async (t) => {
    const { site, server } = await world(t);
    const context = await person(t, browser, { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true });
    const page = await context.newPage();
    await page.goto(site);
    await launcherOf(page).tap();
    const frame = await inside(page, server);
    await frame.getByRole("dialog", { name: /^Chat with/ }).waitFor();
    const box = await page.locator("deskbell-chat iframe").boundingBox();
    assert.deepEqual([Math.round(box.x), Math.round(box.y), Math.round(box.width)], [0, 0, 390]);
    await page.setViewportSize({ width: 900, height: 800 });
    await until("it is a window again", async () => (await page.locator("deskbell-chat iframe").boundingBox()).width === 380);
  });

  test("a page that is not the site's may not hold it", async (t) => {
    const { site, server } = await world(t);
    const foreign = await startSite(t, () => ({ body: `<!doctype html><html lang="en"><title>Else</title><iframe src="${server.url}/embed?site=shop&host=${encodeURIComponent(site)}"></iframe></html>` }));
    const answer = await fetch(`${server.url}/embed?site=shop`);
    assert.match(answer.headers.get("content-security-policy"), new RegExp(`frame-ancestors 'self' ${site}(;|$)`));
    assert.equal(answer.headers.get("x-frame-options"), null);
    assert.equal((await fetch(`${server.url}/chat`)).headers.get("x-frame-options"), "DENY");
    assert.match((await fetch(`${server.url}/embed?site=unknown`)).headers.get("content-security-policy"), /frame-ancestors 'self'(;|$)/);
    const context = await person(t, browser);
    context.expect(/frame-ancestors|refused|policy/i);
    const page = await context.newPage();
    await page.goto(foreign);
    const frame = await until("the frame has failed", () => page.frames().find((one) => one !== page.mainFrame()));
    assert.equal(await frame.evaluate(() => document.querySelector("deskbell-chat") === null).catch(() => true), true);
  });

  test("a forged message moves nothing, on either side", async (t) => {
    // Another frame of the same page, and the page's own window, say what only the panel or the page may say.
    const { site, server } = await world(t, () => '<iframe id="forger" srcdoc="<p>forger</p>"></iframe>');
    const page = await (await person(t, browser)).newPage();
    await page.goto(site);
    await launcherOf(page).click();
    const frame = await inside(page, server);
    await frame.getByRole("dialog", { name: /^Chat with/ }).waitFor();
    const forge = { deskbell: 1, type: "keep", area: "local", key: "deskbell:shop", value: "forged" };
    const before = await page.evaluate(() => localStorage.getItem("deskbell:shop"));
    await page.evaluate((message) => {
      // From the page's own window, and from a frame of the same origin that is not ours.
      window.postMessage(message, "*");
      const forger = document.getElementById("forger").contentWindow;
      forger.eval(`parent.postMessage(${JSON.stringify(message)}, "*")`);
      forger.eval(`parent.postMessage(${JSON.stringify({ ...message, type: "event", name: "close" })}, "*")`);
    }, forge);
    // From the right frame, but of another version, or for a key that is not ours.
    await frame.evaluate((message) => {
      parent.postMessage({ ...message, deskbell: 2 }, "*");
      parent.postMessage({ ...message, key: "shop:cart" }, "*");
    }, forge);
    // To the panel, from a window that does not hold it.
    await page.evaluate(() => {
      const forger = document.getElementById("forger").contentWindow;
      const target = document.querySelector("deskbell-chat").shadowRoot.querySelector("iframe").contentWindow;
      forger.target = target;
      forger.eval('target.postMessage({ deskbell: 1, type: "call", name: "ask", args: ["forged"] }, "*")');
    });
    // One that is right, and comes after all of them: what it does shows that they were passed over.
    await page.evaluate(() => deskbell.prefill("right"));
    await until("the right one has come", async () => (await frame.getByRole("textbox", { name: "Message" }).inputValue()) === "right");
    assert.notEqual(await page.evaluate(() => localStorage.getItem("deskbell:shop")), "forged");
    assert.ok(before === null || JSON.parse(before));
    assert.equal(await page.evaluate(() => localStorage.getItem("shop:cart")), null);
    assert.equal(await frame.getByText("forged").count(), 0);
    assert.deepEqual(await page.evaluate(() => window.heard.filter(([name]) => name === "close").length), 0);
  });
});
