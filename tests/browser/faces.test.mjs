// What visitors and agents meet: accessibility, keyboard, announcements, strict pages of others, other languages, phones.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { bare, consoleOf, focused, moving, person, PHONE, startBrowser, startServer, startSite, tabTo, until, violations, widgetOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const JONAS = { email: "jonas@shop.example", name: "Jonas Brandt", password: "another long password" };
const ASKED = "can I return a lamp I already put up?";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** The page `/` with the widget open, in a context of its own. */
async function openWidget(t, server, options = {}, path = "/") {
  const context = await person(t, browser, options);
  const page = await context.newPage();
  const widget = widgetOf(page);
  await page.goto(server.url + path);
  await widget.launcher.click();
  await widget.dialog.waitFor();
  return { context, page, widget };
}

/** A visitor who was answered and asks for a person all the same. */
async function answeredAndInLine(t, server) {
  const { widget } = await openWidget(t, server);
  await widget.say(ASKED);
  await widget.log.getByText("30 days").waitFor();
  await inLine(widget);
  return widget;
}

async function inLine(widget) {
  await widget.say("I want to talk to a person");
  await widget.dialog.getByRole("heading", { name: /in line$/ }).waitFor();
}

async function openConsole(t, server, options = {}) {
  const context = await person(t, browser, options);
  // The page asks who is logged in; the browser notes the plain "nobody" as an error.
  context.expect(/status of 401 .*\/api\/v1\/(me|login)/);
  const page = await context.newPage();
  await page.goto(`${server.url}/console/`);
  const desk = consoleOf(page);
  await desk.email.waitFor();
  return { context, page, desk };
}

async function clean(page, what) {
  assert.deepEqual(await violations(page), [], what);
}

describe("accessibility rules", { timeout: 240_000 }, () => {
  for (const colorScheme of ["light", "dark"]) {
    test(`the widget at every step, ${colorScheme}`, async (t) => {
      const server = await startServer(t);
      const { context, page, widget } = await openWidget(t, server, { colorScheme });
      await clean(page, "first screen");
      await widget.say(ASKED);
      await widget.log.getByText("30 days").waitFor();
      await clean(page, "an answer with its source");
      await widget.log.getByRole("button", { name: "No, this did not help" }).click();
      await widget.log.getByRole("group", { name: /What was not right/ }).waitFor();
      await clean(page, "a thumb down");
      await inLine(widget);
      await clean(page, "in line");
      await widget.dialog.getByRole("button", { name: "Leave my e-mail instead" }).click();
      await widget.dialog.getByLabel("Your e-mail").fill("mara@");
      await page.keyboard.press("Enter");
      await widget.dialog.getByRole("alert").getByText("This address looks unfinished.").waitFor();
      await clean(page, "an address with a fault");
      await widget.dialog.getByRole("button", { name: "Dismiss" }).click();
      await widget.dialog.getByRole("button", { name: "Menu" }).click();
      await widget.dialog.getByRole("menu").waitFor();
      await clean(page, "the menu");
      await widget.dialog.getByRole("menuitem", { name: "End conversation" }).click();
      await widget.dialog.getByText("How did this go for you?").waitFor();
      await clean(page, "after the end");
      assert.deepEqual(context.trouble(), []);
    });
  }

  test("choices, and out of hours", async (t) => {
    const server = await startServer(t, { hours: "closed" });
    const { page, widget } = await openWidget(t, server);
    await widget.say("lamp delivery price");
    await until("an answer or a question back", async () => (await widget.transcript()).length > 1);
    await clean(page, "after a vague question");
    await widget.say("I want to talk to a person");
    await widget.dialog.getByLabel("Your e-mail").waitFor();
    await clean(page, "nobody is there");
  });

  test("the chat as a page, the help pages", async (t) => {
    const server = await startServer(t);
    for (const colorScheme of ["light", "dark"]) {
      const context = await person(t, browser, { colorScheme });
      const page = await context.newPage();
      const widget = widgetOf(page);
      await page.goto(`${server.url}/chat`);
      await widget.composer.waitFor();
      await clean(page, `/chat, ${colorScheme}`);
      await widget.say(ASKED);
      await widget.log.getByText("30 days").waitFor();
      await clean(page, `/chat with an answer, ${colorScheme}`);
      await page.goto(`${server.url}/help/`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await clean(page, `/help, ${colorScheme}`);
      await page.goto(`${server.url}/help/en/returns/returning-an-item`);
      await page.getByRole("heading", { name: "What you can return" }).waitFor();
      await clean(page, `an article, ${colorScheme}`);
      assert.deepEqual(context.trouble(), []);
    }
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`the console, ${colorScheme}`, async (t) => {
      const server = await startServer(t);
      await server.addUser(LENA);
      await server.addUser(JONAS);
      const { widget } = await openWidget(t, server);
      await widget.say(ASKED);
      await widget.log.getByText("30 days").waitFor();
      await inLine(widget);
      const { context, page, desk } = await openConsole(t, server, { colorScheme, viewport: { width: 1440, height: 900 } });
      await clean(page, "login");
      await desk.logIn(LENA.email, "wrong");
      await page.getByRole("alert").getByText("E-mail and password do not match").waitFor();
      await clean(page, "a wrong password");
      await desk.logIn(LENA.email, LENA.password);
      await desk.list.getByRole("option").first().waitFor();
      await clean(page, "inbox");
      await desk.list.getByRole("option").first().click();
      await desk.packet.waitFor();
      await clean(page, "a waiting chat with its packet");
      await page.getByRole("button", { name: "Claim" }).click();
      await desk.say("Hello, Lena here.");
      await widget.log.getByText("Hello, Lena here.").waitFor();
      await desk.log.getByText("What the bot thought").first().click({ force: true });
      await clean(page, "a claimed chat");
      for (const [open, name] of [["Transfer", "Transfer"], ["Resolve", "Resolve"], ["Settings", "Settings"], ["Keyboard shortcuts", "Keyboard shortcuts"]]) {
        await page.getByRole("button", { name: open }).first().click();
        await page.getByRole("dialog", { name }).waitFor();
        await clean(page, `the dialog ${name}`);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog", { name }).waitFor({ state: "hidden" });
      }
      await page.getByRole("button", { name: /Lena Moser, Online/ }).first().click();
      await page.getByRole("radio", { name: /Away/ }).waitFor();
      await clean(page, "the presence menu");
      assert.deepEqual(context.trouble(), []);
    });
  }
});

describe("by keyboard alone", { timeout: 120_000 }, () => {
  test("the widget", async (t) => {
    const server = await startServer(t);
    const context = await person(t, browser);
    const page = await context.newPage();
    const widget = widgetOf(page);
    await page.goto(server.url);
    await widget.launcher.waitFor();
    await tabTo(page, /^Open chat/);
    await page.keyboard.press("Enter");
    await widget.dialog.waitFor();
    await until("the box has the focus", async () => (await focused(page)).name === "Message");
    await page.keyboard.type("how do I return a lamp");
    await page.keyboard.press("Enter");
    const option = widget.log.getByRole("button", { name: "When do I get my money?" });
    await option.waitFor();
    assert.equal((await focused(page)).name, "Message", "an answer takes no focus");
    await tabTo(page, /When do I get my money/, { key: "Shift+Tab" });
    await page.keyboard.press("Enter");
    await widget.log.getByText("5 working days").waitFor();
    await tabTo(page, /^Message$/);
    // Beside the page the panel is no trap: Tab leads out of it again.
    await tabTo(page, /^$|^Deskbell|help|lamp/i, { most: 12 });
    await widget.composer.focus();
    await page.keyboard.press("Escape");
    await widget.dialog.waitFor({ state: "hidden" });
    assert.match((await focused(page)).name, /^Open chat/, "the focus is back where it came from");
    assert.deepEqual(context.trouble(), []);
  });

  test("the page's own shortcuts do not hear what is typed in the widget", async (t) => {
    const server = await startServer(t);
    const { page, widget } = await openWidget(t, server);
    await page.evaluate(() => {
      window.__heard = [];
      addEventListener("keydown", (event) => window.__heard.push(event.key));
    });
    await widget.composer.pressSequentially("s/k");
    assert.equal(await widget.composer.inputValue(), "s/k");
    assert.deepEqual(await page.evaluate(() => window.__heard), []);
  });

  test("the console: log in, claim, reply, resolve", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const widget = await answeredAndInLine(t, server);

    const { context, page, desk } = await openConsole(t, server);
    await until("the first field has the focus", async () => (await focused(page)).name === "E-mail");
    await page.keyboard.type(LENA.email);
    await tabTo(page, /^Password$/);
    await page.keyboard.type(LENA.password);
    await tabTo(page, /^Log in$/);
    await page.keyboard.press("Enter");
    await desk.list.getByRole("option").first().waitFor();
    await until("the list has the focus or can be reached", async () => (await focused(page)).role === "listbox" || (await tabTo(page, /^listbox$/)));
    await page.keyboard.press("ArrowDown");
    await desk.packet.waitFor();
    await tabTo(page, /^Claim/);
    await page.keyboard.press("Enter");
    await desk.composer.waitFor();
    await until("the reply box has the focus", async () => (await focused(page)).name === "Write to the visitor");
    await page.keyboard.type("Hello from the keyboard, cer?");
    await page.keyboard.press("Enter");
    await widget.log.getByText("Hello from the keyboard, cer?").waitFor();
    assert.equal(await page.getByRole("dialog").count(), 0, "letters in the box are no shortcuts");
    await tabTo(page, /^Resolve/, { key: "Shift+Tab" });
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Resolve" });
    await dialog.waitFor();
    await tabTo(page, /^Answered$/);
    await page.keyboard.press("ArrowDown");
    await tabTo(page, /^Resolve$/);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ state: "hidden" });
    await widget.log.getByText(/^Lena ended the conversation/).waitFor();
    assert.deepEqual(context.trouble(), []);
  });

  test("the console by its single keys, which can be switched off", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const { widget } = await openWidget(t, server);
    await inLine(widget);
    const { page, desk } = await openConsole(t, server);
    await desk.logIn(LENA.email, LENA.password);
    await desk.list.getByRole("option").first().waitFor();
    await page.keyboard.press("j");
    await desk.packet.waitFor();
    await page.keyboard.press("c");
    await until("the reply box has the focus", async () => (await focused(page)).name === "Write to the visitor");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await help.waitFor();
    await help.getByRole("switch", { name: /Single-key shortcuts/ }).focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "hidden" });
    await page.keyboard.press("e");
    await page.keyboard.press("?");
    // The key that does something in any case shows that the two before it were heard and did nothing.
    await tabTo(page, /^Resolve/);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Resolve" }).waitFor();
    assert.equal(await page.getByRole("dialog").count(), 1);
  });
});

describe("what is read out", { timeout: 120_000 }, () => {
  /** Counts what happens to a log from now on. */
  const watch = (log) =>
    log.evaluate((log) => {
      const seen = { added: [], removed: 0, rewritten: [] };
      log.__seen = seen;
      new MutationObserver((records) => {
        for (const record of records) {
          const element = record.target.nodeType === 1 ? record.target : record.target.parentElement;
          if (record.type === "characterData" && !element?.closest("[aria-live=off]")) seen.rewritten.push(record.target.data);
          if (record.type !== "childList" || record.target !== log) continue;
          for (const node of record.addedNodes) seen.added.push(node.textContent);
          seen.removed += record.removedNodes.length;
        }
      }).observe(log, { childList: true, subtree: true, characterData: true });
    });
  const seen = (log) => log.evaluate((log) => log.__seen);

  test("each finished message once, and history not at all", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const { page, widget } = await openWidget(t, server);
    await widget.say("hello");
    await until("the greeting is answered", async () => (await widget.transcript()).length === 2);
    await until("the log speaks", async () => (await widget.log.getAttribute("aria-live")) === "polite");
    await watch(widget.log);
    await widget.say(ASKED);
    await widget.log.getByText("30 days").waitFor();
    let is = await seen(widget.log);
    assert.equal(is.added.length, 2, `one element for the question, one for the answer: ${JSON.stringify(is.added)}`);
    await widget.say("I want to talk to a person");
    await widget.log.getByText("Passed on to our team", { exact: true }).waitFor();
    const { page: desktop, desk } = await openConsole(t, server);
    await desk.logIn(LENA.email, LENA.password);
    await desk.list.getByRole("option").first().click();
    await until("the console's log speaks", async () => (await desk.log.getAttribute("aria-live")) === "polite");
    await desktop.getByRole("button", { name: "Claim" }).click();
    await desk.composer.waitFor();
    await widget.log.getByText(/^Lena joined/).waitFor();
    await watch(desk.log);
    const before = (await seen(widget.log)).added.length;
    for (const text of ["First line of an answer", "Second line of an answer"]) {
      await desk.say(text);
      await widget.log.getByText(text).waitFor();
    }
    await widget.say("Understood");
    await desk.log.getByText("Understood").waitFor();
    await widget.log.getByText(/^(Sent|Seen)/).first().waitFor();
    is = await seen(widget.log);
    assert.equal(is.added.length - before, 3, `three messages, three elements: ${JSON.stringify(is.added.slice(before))}`);
    assert.equal(is.removed, 0, "what was said stays as it is");
    assert.deepEqual(is.rewritten, [], "no words change after they were said");
    is = await seen(desk.log);
    assert.equal(is.added.length, 3, `in the console as well: ${JSON.stringify(is.added)}`);
    assert.equal(is.removed, 0);

    // After a reload the history stands before the log speaks.
    const lines = (await widget.transcript()).length;
    await page.addInitScript(() => {
      const attach = Element.prototype.attachShadow;
      window.__early = [];
      Element.prototype.attachShadow = function (init) {
        const root = attach.call(this, init);
        new MutationObserver((records) => {
          for (const record of records) {
            if (record.target.getAttribute?.("role") === "log" && record.target.ariaLive === "polite") window.__early.push(...[...record.addedNodes].map((node) => node.textContent));
          }
        }).observe(root, { childList: true, subtree: true });
        return root;
      };
    });
    await page.reload();
    await until("the history is back", async () => (await widget.transcript()).length === lines);
    await until("the log speaks again", async () => (await widget.log.getAttribute("aria-live")) === "polite");
    assert.deepEqual(await page.evaluate(() => window.__early), [], "nothing of the history was read out");
    await desk.say("And a third one");
    await widget.log.getByText("And a third one").waitFor();
    assert.equal((await page.evaluate(() => window.__early)).length, 1, "what is new is");
  });

  test("the region as assistive technology sees it", async (t) => {
    const server = await startServer(t);
    const { page, widget } = await openWidget(t, server);
    await widget.say("hello");
    await until("the log speaks", async () => (await widget.log.getAttribute("aria-live")) === "polite");
    const cdp = await page.context().newCDPSession(page);
    const { nodes } = await cdp.send("Accessibility.getFullAXTree");
    const log = nodes.find((node) => node.role?.value === "log" && !node.ignored);
    const props = Object.fromEntries(log.properties.map((one) => [one.name, one.value.value]));
    assert.equal(props.live, "polite");
    assert.ok(!props.atomic, "only what is new is read");
    assert.notEqual(log.name.value, "");
  });
});

describe("on pages of others", { timeout: 120_000 }, () => {
  test("nothing before somebody asks for it", async (t) => {
    const server = await startServer(t);
    const context = await person(t, browser);
    const page = await context.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("websocket", (line) => asked.push(line.url()));
    await page.goto(server.url, { waitUntil: "networkidle" });
    await widgetOf(page).launcher.waitFor();
    const named = await page.evaluate(() => [location.href, ...[...document.querySelectorAll("[src], link[href]")].map((element) => element.src || element.href)]);
    assert.ok(asked.includes(`${server.url}/widget.js`));
    assert.deepEqual(asked.filter((url) => !named.includes(url) && !url.endsWith("/favicon.ico")), [], "the page's own files and the loader, nothing else");
    assert.deepEqual(asked.filter((url) => new URL(url).host !== new URL(server.url).host), [], "nobody else hears of it");
    assert.deepEqual(await page.evaluate(() => ({ cookie: document.cookie, local: { ...localStorage }, session: { ...sessionStorage } })), { cookie: "", local: {}, session: {} });
    assert.deepEqual(await context.cookies(), []);
    assert.deepEqual(context.trouble(), []);
  });

  test("under the strictest page rules, from another origin", async (t) => {
    let serverUrl = "";
    const site = await startSite(t, (request) => {
      if (request.url !== "/") return { status: 404 };
      const nonce = randomBytes(16).toString("base64");
      const policy = [
        "default-src 'none'",
        `script-src 'nonce-${nonce}' 'strict-dynamic'`,
        `connect-src ${serverUrl} ${serverUrl.replace(/^http/, "ws")}`,
        "style-src 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ];
      return {
        headers: { "content-security-policy": policy.join("; ") },
        body: `<!doctype html><html lang="en"><title>A strict shop</title><link rel="icon" href="data:,"><h1>Lamps</h1><script async nonce="${nonce}" src="${serverUrl}/widget.js" data-site="strict"></script></html>`,
      };
    });
    const server = await startServer(t, { config: `[[sites]]\nname = "strict"\norigins = ["${site}"]\n` });
    serverUrl = server.url;
    const context = await person(t, browser);
    // The rules of this test forbid even an empty icon.
    context.expect(/favicon|data:,|img-src/);
    const page = await context.newPage();
    const widget = widgetOf(page);
    await page.goto(site);
    await widget.launcher.click();
    await widget.dialog.waitFor();
    await widget.say(ASKED);
    await widget.log.getByText("30 days").waitFor();
    const box = await widget.dialog.boundingBox();
    assert.ok(box.width > 300 && box.width < 500 && box.height > 400, `it has its looks: ${JSON.stringify(box)}`);
    await inLine(widget);
    assert.deepEqual(context.trouble(), []);
  });

  test("a page of a site that is not allowed gets no chat", async (t) => {
    let serverUrl = "";
    const site = await startSite(t, () => ({ body: `<!doctype html><html lang="en"><title>Another</title><h1>Another</h1><script async src="${serverUrl}/widget.js" data-site="other"></script></html>` }));
    const server = await startServer(t);
    serverUrl = server.url;
    const context = await person(t, browser);
    const page = await context.newPage();
    await page.goto(site);
    const refused = page.waitForEvent("websocket").then((line) => line.waitForEvent("socketerror"));
    await widgetOf(page).launcher.click();
    await widgetOf(page).say("hello");
    assert.match(await refused, /403/);
    await widgetOf(page).dialog.getByText("No connection.").waitFor();
    assert.deepEqual(await server.log(), []);
  });

  test("hostile styles of a page stay outside", async (t) => {
    let serverUrl = "";
    const site = await startSite(t, () => ({
      body: `<!doctype html><html lang="en"><title>Loud</title><style>html{font-size:40px}*{color:red!important;font-family:cursive!important;letter-spacing:9px!important}button{display:none!important}</style><h1>Loud</h1><script async src="${serverUrl}/widget.js" data-site="loud"></script></html>`,
    }));
    const server = await startServer(t, { config: `[[sites]]\nname = "loud"\norigins = ["${site}"]\n` });
    serverUrl = server.url;
    const context = await person(t, browser);
    const page = await context.newPage();
    const widget = widgetOf(page);
    await page.goto(site);
    await widget.launcher.click();
    await widget.say(ASKED);
    const answer = widget.log.getByText("30 days");
    await answer.waitFor();
    const look = await answer.evaluate((element) => {
      const { color, letterSpacing, fontSize } = getComputedStyle(element);
      return { color, letterSpacing, fontSize };
    });
    assert.notEqual(look.color, "rgb(255, 0, 0)");
    assert.equal(look.letterSpacing, "normal");
    assert.equal(look.fontSize, "14px");
  });

  test("a page that replaces its body keeps the conversation", async (t) => {
    const server = await startServer(t);
    const { page, widget } = await openWidget(t, server);
    await widget.say(ASKED);
    await widget.log.getByText("30 days").waitFor();
    const before = bare(await widget.transcript());
    await page.evaluate(() => {
      const body = document.createElement("body");
      body.append(Object.assign(document.createElement("h1"), { textContent: "Next page" }));
      document.body.replaceWith(body);
    });
    await widget.log.getByText("30 days").waitFor();
    await widget.say("when are you open");
    await until("it goes on", async () => (await widget.transcript()).length === before.length + 2);
  });

  test("two tabs of one visitor show one conversation", async (t) => {
    const server = await startServer(t);
    const { context, page: first, widget: left } = await openWidget(t, server);
    await left.say(ASKED);
    await left.log.getByText("30 days").waitFor();
    const second = await context.newPage();
    const right = widgetOf(second);
    await second.goto(server.url);
    await right.launcher.click();
    await right.log.getByText("30 days").waitFor();
    await right.say("when are you open");
    await until("both show the same", async () => {
      const [one, two] = [bare(await left.transcript()), bare(await right.transcript())];
      return one.length >= 4 && JSON.stringify(one) === JSON.stringify(two);
    });
    await left.say("thanks");
    await until("and again the other way", async () => {
      const [one, two] = [bare(await left.transcript()), bare(await right.transcript())];
      return one.length >= 6 && JSON.stringify(one) === JSON.stringify(two);
    });
    const entries = await server.log();
    assert.equal(new Set(entries.map((entry) => entry.conversation)).size, 1);
    assert.equal(await first.title(), await second.title(), "nothing is left to read in either");
    assert.deepEqual(context.trouble(), []);
  });
});

describe("languages and sizes", { timeout: 120_000 }, () => {
  test("a German visitor", async (t) => {
    let serverUrl = "";
    // The widget speaks the page's language.
    const site = await startSite(t, () => ({ body: `<!doctype html><html lang="de"><title>Lampen</title><h1>Lampen</h1><script async src="${serverUrl}/widget.js" data-site="lampen"></script></html>` }));
    const server = await startServer(t, { config: `[[sites]]\nname = "lampen"\norigins = ["${site}"]\n` });
    serverUrl = server.url;
    const context = await person(t, browser);
    context.expect(/favicon/);
    const page = await context.newPage();
    const panel = page.locator("deskbell-chat");
    await page.goto(site);
    await page.getByRole("button", { name: /^Chat öffnen/ }).click();
    await panel.getByRole("textbox", { name: "Nachricht" }).fill("wer zahlt das Porto für die Rücksendung");
    await page.keyboard.press("Enter");
    await panel.getByRole("link", { name: /^Aus: / }).waitFor();
    const answer = panel.getByRole("log").locator(".turn .md").first();
    assert.match(await answer.textContent(), /Lampe|kostenlos|Nichts/);
    assert.equal(await answer.evaluate((element) => element.closest("[lang]").getAttribute("lang")), "de");
    await clean(page, "in German");
    const english = await page.evaluate(() => document.querySelector("deskbell-chat").shadowRoot.textContent.match(/Talk to a person|Write a message|Assistant|Send\b/)?.[0]);
    assert.equal(english, undefined, "no English is left");
    assert.deepEqual(context.trouble(), []);
  });

  test("an agent in German", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const context = await person(t, browser, { locale: "de-DE" });
    const page = await context.newPage();
    await page.goto(`${server.url}/console/`);
    await page.getByLabel("E-Mail").fill(LENA.email);
    await page.getByLabel("Passwort", { exact: true }).fill(LENA.password);
    await page.keyboard.press("Enter");
    await page.getByText("Keine offenen Chats").waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
    await clean(page, "the console in German");
  });

  test("right to left", async (t) => {
    const server = await startServer(t);
    const { page, widget } = await openWidget(t, server, { viewport: { width: 900, height: 760 } });
    const ltr = await widget.dialog.boundingBox();
    assert.ok(ltr.x + ltr.width / 2 > 450, "at the right edge");
    await widget.composer.fill("هل يمكنني إرجاع مصباح؟");
    await page.evaluate(() => {
      const root = document.querySelector("deskbell-chat").shadowRoot;
      for (const frame of root.querySelectorAll("[dir=ltr]")) {
        frame.setAttribute("dir", "rtl");
        // Every drawing says again what the language's direction is; no language of ours has this one yet.
        Object.defineProperty(frame, "dir", { set: () => {} });
      }
    });
    await until("at the left edge", async () => {
      const rtl = await widget.dialog.boundingBox();
      return rtl.x + rtl.width / 2 < 450;
    });
    const inside = await page.evaluate(() => {
      const root = document.querySelector("deskbell-chat").shadowRoot;
      const panel = root.querySelector(".w").getBoundingClientRect();
      return [...root.querySelectorAll(".w button, .w textarea, .w h2")].filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 0 && (box.left < panel.left - 1 || box.right > panel.right + 1);
      }).length;
    });
    assert.equal(inside, 0, "nothing sticks out");
  });

  test("on a phone", async (t) => {
    const server = await startServer(t);
    const { context, page, widget } = await openWidget(t, server, PHONE);
    await until("it stands", async () => (await moving(page)) === 0);
    assert.deepEqual(await widget.dialog.evaluate((dialog) => (({ x, y, width, height }) => ({ x, y, width, height }))(dialog.getBoundingClientRect())), { x: 0, y: 0, width: 390, height: 780 });
    assert.equal(await widget.dialog.getAttribute("aria-modal"), "true");
    await widget.say(ASKED);
    await widget.log.getByText("30 days").waitFor();
    assert.equal(await widget.composer.evaluate((box) => getComputedStyle(box).fontSize), "16px", "below 16 px a phone zooms in");
    const small = await page.evaluate(() => {
      const root = document.querySelector("deskbell-chat").shadowRoot;
      return [...root.querySelectorAll(".w button, .w a[href]")]
        .filter((element) => element.checkVisibility() && !element.closest(".md"))
        .map((element) => {
          const box = element.getBoundingClientRect();
          const after = getComputedStyle(element, "::after");
          const grown = after.position === "absolute" ? Math.abs(parseFloat(after.top) || 0) + Math.abs(parseFloat(after.bottom) || 0) : 0;
          return { name: element.ariaLabel ?? element.textContent, width: Math.round(box.width), height: Math.round(box.height + (after.content === "none" ? 0 : grown)) };
        })
        .filter(({ width, height }) => width < 44 || height < 44);
    });
    assert.deepEqual(small, [], "everything can be hit with a thumb");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the screen");
    await clean(page, "on a phone");
    await widget.dialog.getByRole("button", { name: "Close" }).click();
    await widget.launcher.waitFor();
    assert.equal(await page.evaluate(() => document.querySelectorAll("body > [inert]").length), 0, "the page behind is awake again");
    assert.deepEqual(context.trouble(), []);
  });

  test("the console on a phone", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const widget = await answeredAndInLine(t, server);
    const { context, page, desk } = await openConsole(t, server, PHONE);
    await desk.logIn(LENA.email, LENA.password);
    await desk.list.getByRole("option").first().click();
    await page.getByRole("button", { name: "Claim" }).click();
    await desk.say("Hello from the train");
    await widget.log.getByText("Hello from the train").waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the screen");
    await clean(page, "the console on a phone");
    await page.getByRole("button", { name: "Back" }).first().click();
    await desk.list.getByRole("option").first().waitFor();
    assert.deepEqual(context.trouble(), []);
  });

  test("at 320 pixels, and without motion", async (t) => {
    const server = await startServer(t);
    const { page, widget } = await openWidget(t, server, { viewport: { width: 320, height: 256 }, reducedMotion: "reduce" });
    await widget.say(ASKED);
    await widget.log.getByText("30 days").waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    const box = await widget.composer.boundingBox();
    assert.ok(box.y + box.height <= 256, "the box to write in is in sight");
    assert.equal(await moving(page), 0);
  });
});
