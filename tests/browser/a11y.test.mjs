// The widget by the criteria of WCAG 2.2 A and AA: every state in every light, size and language by rules and measures, and
// what needs hands, eyes and ears one by one. `UPDATE=1` rewrites the golden files beside a11y/.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { cut, edgeless, pale, small, unnamed } from "./a11y/checks.mjs";
import { pages, visit, walk } from "./a11y/states.mjs";
import { agentAt, begins, focused, languages, moving, PHONE, ROOT, startBrowser, startServer, tabTo, until, violations } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const GOLDEN = join(ROOT, "tests/browser/a11y");
const ASKED = "can I return a lamp I already put up?";

let browser, server, agent, site;
const undo = [];
before(async () => {
  browser = await startBrowser();
  const t = { after: (run) => undo.push(run) };
  site = await pages(t);
  server = await startServer(t, { config: `[[sites]]\nname = "shop"\norigins = ["${site.site}"]\n[socket]\nmessage_burst = 100\n[queue]\nper_address = 0\n` });
  site.of(server);
  await server.addUser({ ...LENA, capacity: 50 });
  agent = await agentAt(t, server, LENA);
});
after(async () => {
  for (const run of undo) await run();
  await browser.close();
});

/** What depends on the clock and on who else waits is not part of what is compared. */
const steady = (text) =>
  text
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, "SERVER")
    .replace(/\b\d{1,2}:\d{2}(?:\s?[AP]M)?/g, "TIME")
    .replace(/Good (morning|afternoon|evening)\./g, "GREETING")
    .replace(/\b\d+(st|nd|rd|th) in line/g, "PLACE in line")
    .replace(/Usually [\w ]+minutes?|We’ll be with you as soon as we can|Usually under a minute/g, "WAIT")
    .replace(/\[active\]\s?/g, "")
    .replace(/[ \t]+$/gm, "");

function golden(name, text) {
  const path = join(GOLDEN, name);
  if (process.env["UPDATE"]) writeFileSync(path, text);
  else assert.equal(text, existsSync(path) ? readFileSync(path, "utf8") : "", `${name}: UPDATE=1 node --test tests/browser/a11y.test.mjs`);
}

let visits = 0;
async function visitor(t, options = {}, language = "en") {
  const name = `visit${(visits += 1)}`;
  const at = await visit(t, browser, site.url(language, name), options, language);
  return { ...at, name, language, agent };
}

async function opened(t, options = {}) {
  const at = await visitor(t, options);
  await at.widget.launcher.click();
  await at.widget.dialog.waitFor();
  // The shop's own words have come.
  await at.widget.dialog.getByRole("list").first().waitFor();
  return at;
}

/** Asked for a person, and taken by Lena. */
async function taken(t, options = {}) {
  const at = await opened(t, options);
  await at.widget.dialog.getByRole("button", { name: begins(at.words.talkToPerson) }).first().click();
  await at.widget.dialog.getByRole("heading", { name: at.words.place }).waitFor();
  const c = await agent.claim((chat) => chat.visitor?.page?.url?.endsWith(`name=${at.name}`));
  await at.widget.dialog.getByRole("heading", { name: LENA.name }).waitFor();
  return { ...at, c };
}

describe("every state", { concurrency: 4, timeout: 240_000 }, () => {
  const LIGHTS = [
    ["light", {}, 24],
    ["dark", { colorScheme: "dark" }, 24],
    ["forced colours", { forcedColors: "active" }, 24],
    ["320 by 256", { viewport: { width: 320, height: 256 } }, 24],
    ["a phone", PHONE, 44],
    ...languages().filter((one) => one !== "en").map((one) => [one, {}, 24, one]),
  ];
  for (const [what, options, least, language] of LIGHTS) {
    test(what, async (t) => {
      const at = await visitor(t, options, language);
      const faults = [];
      await walk(at, async (state) => {
        const found = await violations(at.page);
        // An animation that begins anew makes everything invisible for a moment.
        await at.page.emulateMedia({ reducedMotion: "reduce" });
        await until("nothing moves", async () => (await moving(at.page)) === 0);
        found.push(...(await pale(at.page)), ...(await small(at.page, least)), ...(await cut(at.page)), ...(await unnamed(at.page)));
        if (options.forcedColors) found.push(...(await edgeless(at.page)));
        if (options.viewport && state !== "closed" && !/^(ended|rat)/.test(state)) {
          const box = await at.widget.composer.boundingBox();
          if (!box || box.y < 0 || box.y + box.height > options.viewport.height) found.push(`the box to write in is out of sight: ${JSON.stringify(box)}`);
        }
        faults.push(...found.map((fault) => `${state}: ${fault}`));
        if (what === "light") golden(`${state}.aria.yml`, `${steady(await at.page.locator("deskbell-chat").ariaSnapshot())}\n`);
      });
      assert.deepEqual(faults, []);
      assert.deepEqual(at.context.trouble(), []);
    });
  }

  test("1.4.12: with more space between letters, words and lines nothing is cut off", async (t) => {
    const at = await visitor(t);
    const faults = [];
    await walk(at, async (state) => {
      await at.page.evaluate(() => {
        const root = document.querySelector("deskbell-chat").shadowRoot;
        const sheet = new CSSStyleSheet();
        sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-block-end: 2em !important }");
        if (!root.spaced) root.adoptedStyleSheets = [...root.adoptedStyleSheets, (root.spaced = sheet)];
      });
      faults.push(...(await cut(at.page)).map((fault) => `${state}: ${fault}`));
    });
    assert.deepEqual(faults, []);
  });

  test("1.4.3: words on 200 colours of a customer's choice, light and dark", async (t) => {
    const at = await taken(t);
    await at.widget.say("The Skog");
    await agent.say(at.c, "A [link](https://shop.example) and `code`");
    await at.widget.log.getByText("code").waitFor();
    const faults = [];
    for (const colorScheme of ["light", "dark"]) {
      await at.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      for (let n = 0; n < 200; n += 1) {
        // Spread over the whole cube: the same 200 each time.
        const accent = `#${((n * 0x9e3779b1) >>> 8).toString(16).padStart(6, "0").slice(-6)}`;
        await at.page.evaluate((accent) => {
          const root = document.querySelector("deskbell-chat").shadowRoot;
          root.accent ??= new CSSStyleSheet();
          root.accent.replaceSync(`:host, :host > * { --brand: ${accent} !important }`);
          if (!root.adoptedStyleSheets.includes(root.accent)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, root.accent];
        }, accent);
        faults.push(...(await pale(at.page)).map((fault) => `${accent} ${colorScheme}: ${fault}`));
      }
    }
    assert.deepEqual(faults.slice(0, 20), [], `${faults.length} faults`);
  });
});

describe("by hand", { concurrency: 4, timeout: 120_000 }, () => {
  /** Goes on until the focus has left the widget; the names that it passed. */
  async function through(page, key) {
    const names = [];
    for (let n = 0; n < 60; n += 1) {
      await page.keyboard.press(key);
      const at = await focused(page);
      if (/^(|Before the chat|After it)$/.test(at.name)) return names;
      names.push(at.name);
    }
    throw new Error(`the focus is kept: ${names.join(", ")}`);
  }

  test("2.1.1, 2.1.2, 2.4.3: from the page into the panel and out again, both ways, and back to the button", async (t) => {
    const { page, widget, words, context } = await visitor(t);
    await page.getByRole("link", { name: "After it" }).focus();
    await tabTo(page, words.open, { most: 1 });
    await page.keyboard.press("Shift+Tab");
    assert.equal((await focused(page)).name, "After it");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await until("the box has the focus", async () => words.message.test((await focused(page)).name));
    await page.getByRole("link", { name: "After it" }).focus();
    const there = await through(page, "Tab");
    await page.evaluate(() => document.activeElement.blur());
    const names = new Set(there);
    assert.ok(there.length > 4 && names.size === there.length, there.join(", "));
    await page.getByRole("link", { name: "Before the chat" }).focus();
    await page.keyboard.press("Shift+Tab");
    const back = [(await focused(page)).name, ...(await through(page, "Shift+Tab"))].filter(Boolean);
    assert.deepEqual(back.reverse(), there, "the same way back");
    await widget.composer.focus();
    await page.keyboard.press("Escape");
    await widget.dialog.waitFor({ state: "hidden" });
    assert.match((await focused(page)).name, words.open);
    assert.deepEqual(context.trouble(), []);
  });

  test("2.1.2, 2.4.3: on a phone the panel is modal: the page behind rests, the heading has the focus", async (t) => {
    const { page, widget, words } = await opened(t, PHONE);
    assert.equal(await widget.dialog.getAttribute("aria-modal"), "true");
    await until("the heading has the focus", async () => (await focused(page)).role === "h2");
    const names = await through(page, "Tab").then((names) => names, (error) => [error.message]);
    assert.ok(!names.join().includes("Before the chat"));
    assert.equal(await page.evaluate(() => [...document.body.children].filter((one) => one.localName !== "deskbell-chat").every((one) => one.inert)), true);
    await widget.dialog.getByRole("button", { name: words.close }).click();
    await widget.launcher.waitFor();
    assert.match((await focused(page)).name, words.open);
    assert.equal(await page.locator("[inert]").count(), 0);
  });

  test("2.4.7, 2.4.11: the focus can be seen wherever it is, and nothing lies over it", async (t) => {
    const { page, widget, words } = await opened(t, { reducedMotion: "reduce" });
    await widget.say(ASKED);
    await widget.dialog.getByRole("button", { name: words.helped }).waitFor();
    await until("nothing moves", async () => (await moving(page)) === 0);
    await page.getByRole("link", { name: "After it" }).focus();
    const faults = [];
    for (let n = 0; n < 40; n += 1) {
      await page.keyboard.press("Tab");
      const at = await focused(page);
      if (/^(|Before the chat)$/.test(at.name)) break;
      const { box, obscured } = await page.evaluate(() => {
        const root = document.querySelector("deskbell-chat").shadowRoot;
        const one = root.activeElement;
        const { x, y, width, height } = one.getBoundingClientRect();
        const top = root.elementFromPoint(x + width / 2, y + height / 2);
        return { box: { x, y, width, height }, obscured: !(top && (one.contains(top) || top.contains(one))) };
      });
      if (obscured) faults.push(`${at.name}: something lies over it`);
      const clip = { x: Math.max(0, box.x - 8), y: Math.max(0, box.y - 8), width: box.width + 16, height: box.height + 16 };
      // The caret blinks; a picture has none.
      const on = await page.screenshot({ clip, caret: "hide" });
      await page.evaluate(() => ((window.__held = document.querySelector("deskbell-chat").shadowRoot.activeElement), window.__held.blur()));
      const off = await page.screenshot({ clip, caret: "hide" });
      await page.evaluate(() => window.__held.focus());
      if (on.equals(off)) faults.push(`${at.name}: looks the same with the focus`);
    }
    assert.deepEqual(faults, []);
  });

  test("2.1.4: nothing that is typed in the widget is heard by the page", async (t) => {
    const { page, widget } = await visitor(t);
    await page.evaluate(() => {
      window.__heard = [];
      for (const on of [document, window]) for (const type of ["keydown", "keypress", "keyup"]) on.addEventListener(type, (event) => window.__heard.push(`${type} ${event.key}`));
    });
    await widget.launcher.click();
    await widget.dialog.waitFor();
    await widget.composer.pressSequentially("s/k?");
    await page.keyboard.press("Escape");
    await widget.dialog.waitFor({ state: "hidden" });
    assert.deepEqual(await page.evaluate(() => window.__heard), []);
  });

  test("Escape closes what is innermost", async (t) => {
    const { page, widget, words } = await opened(t);
    await widget.say(ASKED);
    await widget.dialog.getByRole("button", { name: words.menu }).click();
    await widget.dialog.getByRole("menu").waitFor();
    await page.keyboard.press("Escape");
    await widget.dialog.getByRole("menu").waitFor({ state: "hidden" });
    assert.equal(await widget.dialog.count(), 1);
    assert.match((await focused(page)).name, words.menu);
    await page.keyboard.press("Escape");
    await widget.dialog.waitFor({ state: "hidden" });
  });

  test("an input method may finish its word: its Enter and its Escape are its own", async (t) => {
    const { page, widget } = await opened(t);
    await widget.composer.focus();
    const line = await page.context().newCDPSession(page);
    await line.send("Input.imeSetComposition", { text: "にほんご", selectionStart: 4, selectionEnd: 4 });
    for (const key of ["Enter", "Escape"]) {
      await line.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key, code: key, windowsVirtualKeyCode: 229 });
      await line.send("Input.dispatchKeyEvent", { type: "keyUp", key, code: key, windowsVirtualKeyCode: 229 });
    }
    assert.equal(await widget.dialog.count(), 1, "Escape closed nothing");
    assert.equal(await widget.composer.inputValue(), "にほんご");
    await line.send("Input.insertText", { text: "日本語" });
    assert.equal(await widget.composer.inputValue(), "日本語");
    assert.equal(await widget.log.count(), 0, "nothing was sent");
    await page.keyboard.press("Enter");
    await widget.log.getByText("日本語").waitFor();
  });

  test("3.2.1: what arrives moves no focus, and a word beside the button is no dialog", async (t) => {
    const { page, widget, words, c } = await taken(t);
    await widget.dialog.getByRole("button", { name: words.menu }).focus();
    await agent.say(c, "First words");
    await widget.log.getByText("First words").waitFor();
    assert.match((await focused(page)).name, words.menu);
    await page.keyboard.press("Escape");
    await widget.dialog.waitFor({ state: "hidden" });
    await page.getByRole("link", { name: "Before the chat" }).focus();
    await agent.say(c, "Words beside the button");
    await page.getByRole("button", { name: words.openUnread }).waitFor();
    await page.getByRole("status").filter({ hasText: "Words beside the button" }).waitFor({ state: "attached" });
    await page.getByRole("button", { name: /Words beside the button/ }).waitFor();
    assert.equal((await focused(page)).name, "Before the chat");
    assert.equal(await page.getByRole("dialog").count(), 0);
  });

  test("3.3.1: what was not accepted says so in words, with a way out, and belongs to its message", async (t) => {
    const { page, widget, words } = await opened(t);
    await widget.say(ASKED);
    await widget.dialog.getByRole("button", { name: words.helped }).waitFor();
    await page.evaluate(() => window.deskbell("ask", "x".repeat(4_100)));
    const mark = widget.log.getByText(begins(words.tooLongToSend));
    await mark.waitFor();
    const described = await mark.evaluate((mark) => {
      const root = mark.getRootNode();
      const id = mark.closest("[id]")?.id;
      const of = id && root.querySelector(`[aria-describedby~="${CSS.escape(id)}"]`);
      return of ? of.textContent.includes("xxxx") : false;
    });
    assert.ok(described, "linked by aria-describedby");
    await widget.log.getByRole("button", { name: words.delete }).click();
    await mark.waitFor({ state: "hidden" });
  });

  test("1.3.5, 3.3.2: the address has a label and fills itself in", async (t) => {
    const { widget, words } = await opened(t);
    await widget.dialog.getByRole("button", { name: begins(words.talkToPerson) }).first().click();
    await widget.dialog.getByRole("button", { name: words.leaveEmail }).click();
    const field = widget.dialog.getByRole("textbox", { name: words.email });
    assert.equal(await field.getAttribute("autocomplete"), "email");
    assert.equal(await field.getAttribute("type"), "email");
  });

  test("3.1.1, 3.1.2: every part says its language, an answer in another one too", async (t) => {
    const { widget } = await opened(t);
    await widget.say("wer zahlt das Porto für die Rücksendung");
    await until("it is answered", async () => (await widget.transcript()).length >= 2);
    const of = await widget.log.evaluate((log) => [...log.querySelectorAll("*")].filter((one) => /Porto/.test(one.textContent) && one.dir === "auto").map((one) => one.dir));
    assert.ok(of.includes("auto"), "what a visitor writes finds its direction by itself");
    assert.equal(await widget.dialog.evaluate((dialog) => dialog.closest("[lang]").lang), "en");
    const answer = await widget.log.evaluate((log) => log.lastElementChild.querySelector("[lang]")?.lang);
    assert.equal(answer, "de");
  });

  test("2.2.2, 2.3.3: what moves stops within five seconds, and with reduced motion nothing moves", async (t) => {
    for (const reducedMotion of ["no-preference", "reduce"]) {
      const { page, widget, words, c } = await taken(t, { reducedMotion });
      await page.evaluate(() => {
        window.__moved = [];
        const look = () => {
          for (const one of document.querySelector("deskbell-chat").shadowRoot.getAnimations()) window.__moved.push(one.effect.getComputedTiming().endTime);
          requestAnimationFrame(look);
        };
        look();
      });
      await widget.say("The Skog");
      agent.tell({ type: "typing", c, on: true });
      await widget.dialog.getByRole("status").filter({ hasText: words.writing }).waitFor({ state: "attached" });
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const moved = await page.evaluate(() => window.__moved);
      if (reducedMotion === "reduce") assert.deepEqual(moved, []);
      else assert.ok(moved.length > 0 && Math.max(...moved) <= 5_000, `${Math.max(...moved)} ms`);
    }
  });

  test("on paper there is no widget", async (t) => {
    const { page, widget } = await opened(t);
    await page.emulateMedia({ media: "print" });
    assert.equal(await widget.dialog.isVisible(), false);
    assert.equal(await widget.launcher.isVisible(), false);
  });

  test("3.2.6: the way to a person is on the first screen and in the conversation", async (t) => {
    const { widget, words } = await opened(t);
    assert.ok((await widget.dialog.getByRole("button", { name: begins(words.talkToPerson) }).count()) > 0);
    await widget.say(ASKED);
    await widget.dialog.getByRole("button", { name: words.helped }).waitFor();
    assert.equal(await widget.dialog.getByRole("button", { name: words.talkToPerson }).count(), 1);
  });
});

describe("by ear", { concurrency: 2, timeout: 120_000 }, () => {
  /** Writes down from now on, over reloads too, what is added to a log that speaks and what status lines say. */
  const listen = (context) =>
    context.addInitScript(() => {
      const attach = Element.prototype.attachShadow;
      window.__said = { log: [], status: [], rewritten: [] };
      const words = (node) => {
        const copy = node.cloneNode(true);
        for (const mute of copy.querySelectorAll?.("[aria-hidden=true], [aria-live=off]") ?? []) mute.remove();
        return copy.textContent.replace(/\s+/g, " ").trim();
      };
      Element.prototype.attachShadow = function (init) {
        const root = attach.call(this, init);
        new MutationObserver((records) => {
          for (const { type, target, addedNodes } of records) {
            const element = target.nodeType === 1 ? target : target.parentElement;
            const live = element?.closest("[role=log], [role=status], [role=alert], [aria-live]");
            if (!live || live.ariaLive === "off") continue;
            if (live.role === "log") {
              if (target === live) for (const node of addedNodes) window.__said.log.push(words(node));
              else if (type === "characterData") window.__said.rewritten.push(target.data);
            } else if (words(live) !== "") window.__said.status.push(words(live));
          }
        }).observe(root, { childList: true, subtree: true, characterData: true });
        return root;
      };
    });

  test("4.1.3: every finished message is said once, in order; history is not", async (t) => {
    const at = await visitor(t);
    await listen(at.context);
    await at.page.reload();
    const { page, widget, words } = at;
    await widget.launcher.click();
    await widget.say("hello");
    await until("the log speaks", async () => (await widget.log.getAttribute("aria-live")) === "polite");
    await until("it is answered", async () => (await widget.transcript()).length === 2);
    const skipped = (await page.evaluate(() => window.__said.log)).length;
    await widget.say(ASKED);
    await until("that too", async () => (await widget.transcript()).length === 4);
    await widget.dialog.getByRole("button", { name: begins(words.talkToPerson) }).first().click();
    await widget.dialog.getByRole("heading", { name: words.place }).waitFor();
    const c = await agent.claim((chat) => chat.visitor?.page?.url?.endsWith(`name=${at.name}`));
    await widget.dialog.getByRole("heading", { name: LENA.name }).waitFor();
    agent.tell({ type: "typing", c, on: true });
    await widget.dialog.getByRole("status").filter({ hasText: words.writing }).waitFor({ state: "attached" });
    await agent.say(c, "Hello, **Lena** here.\n\n- one\n- two");
    await widget.log.getByText("Lena here").or(widget.log.getByText(/here\./)).first().waitFor();
    await widget.say("Thank you");
    await until("it was taken", async () => (await widget.log.getByText(words.sending).count()) === 0);
    const heard = await page.evaluate(() => window.__said);
    assert.deepEqual(heard.rewritten, [], "no words change after they were said");
    golden("said.txt", `${steady(heard.log.slice(skipped).join("\n"))}\n`);
    assert.equal(heard.status.filter((one) => words.writing.test(one) && /Lena/.test(one)).length, 1, `who writes is said once: ${heard.status}`);
    assert.ok(heard.status.some((one) => /in line/.test(one)), `the place is said: ${heard.status}`);

    const lines = (await widget.transcript()).length;
    await page.reload();
    await until("the history is back", async () => (await widget.transcript()).length === lines);
    await until("the log speaks again", async () => (await widget.log.getAttribute("aria-live")) === "polite");
    assert.deepEqual(await page.evaluate(() => window.__said.log), [], "nothing of the history is said");
    await agent.say(c, "And one more");
    await widget.log.getByText("And one more").waitFor();
    assert.equal((await page.evaluate(() => window.__said.log)).length, 1);
  });

  test("4.1.2: the log, the button and the thumbs as assistive technology sees them", async (t) => {
    const { page, widget, words } = await opened(t);
    await widget.say(ASKED);
    await widget.dialog.getByRole("button", { name: words.helped }).waitFor();
    await until("the log speaks", async () => (await widget.log.getAttribute("aria-live")) === "polite");
    const line = await page.context().newCDPSession(page);
    const tree = async () => (await line.send("Accessibility.getFullAXTree")).nodes.filter((node) => !node.ignored);
    const of = (node) => Object.fromEntries(node.properties.map((one) => [one.name, one.value.value]));
    const log = (await tree()).find((node) => node.role?.value === "log");
    assert.equal(of(log).live, "polite");
    assert.ok(!of(log).atomic);
    assert.notEqual(log.name.value, "");
    await widget.dialog.getByRole("button", { name: words.helped }).click();
    await until("it is pressed", async () => String(of((await tree()).find((node) => words.helped.test(node.name?.value ?? ""))).pressed) === "true");
    await page.keyboard.press("Escape");
    await widget.dialog.waitFor({ state: "hidden" });
    const button = (await tree()).find((node) => words.open.test(node.name?.value ?? ""));
    assert.equal(of(button).expanded, false);
    assert.ok(!(await tree()).some((node) => node.role?.value === "log"), "a closed panel is not read");
  });
});
