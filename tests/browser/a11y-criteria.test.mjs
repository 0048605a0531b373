// Criteria of WCAG 2.2 A and AA that take a story each: what time, hovering, dragging and being asked twice do, where help
// stands, whether something lies over the focus, whether a region was there before its words. See a11y.test.mjs for the rest.

import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { pages, visit, walk } from "./a11y/states.mjs";
import { agentAt, begins, consoleOf, deskbell, focused, person, PHONE, startBrowser, startServer, startSite, until, visitorAt, widgetOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const ASKED = "can I return a lamp I already put up?";
const MAIL = "mara@mail.example";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** A server with an agent, a page of another site, and a visitor on it. */
async function world(t, { config = "", prepare, context: options = {}, ...settings } = {}) {
  const site = await pages(t);
  const server = await startServer(t, { ...settings, config: `${config}\n[socket]\nmessage_burst = 100\n[[sites]]\nname = "shop"\norigins = ["${site.site}"]\n${settings.identity ?? ""}` });
  site.of(server);
  await server.addUser({ ...LENA, capacity: 50 });
  const name = `c${Math.random().toString(36).slice(2)}`;
  const at = await visit(t, { newContext: async (more) => prepare?.(await browser.newContext(more)) ?? (await browser.newContext(more)) }, site.url("en", name), options);
  return { ...at, server, name, url: site.url("en", name) };
}

async function open({ widget }) {
  await widget.launcher.click();
  await widget.dialog.getByRole("list").first().waitFor();
}

describe("over all states", { concurrency: 3, timeout: 120_000 }, () => {
  test("1.4.13: nothing shows itself to a pointer or the focus alone, so there is nothing to dismiss", async (t) => {
    const at = await world(t);
    const agent = await agentAt(t, at.server, LENA);
    const { page } = at;
    const faults = [];
    /** What can be seen in the widget: words, and what a browser shows as a tooltip. */
    const shown = () =>
      page.evaluate(() => {
        const root = document.querySelector("deskbell-chat").shadowRoot;
        const all = [document.querySelector("deskbell-chat"), ...root.querySelectorAll("*")];
        const made = all.flatMap((one) => ["::before", "::after"].map((of) => getComputedStyle(one, of).content).filter((content) => !/^(none|normal|"")$/.test(content)));
        const seen = all.filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }));
        const words = seen.flatMap((one) => [...one.childNodes].filter((node) => node.nodeType === 3 && node.data.trim() !== "").map((node) => node.data));
        return { tips: all.filter((one) => one.hasAttribute("title") || one.localName === "title").map((one) => one.outerHTML), look: JSON.stringify([words, made, seen.filter((one) => one.getBoundingClientRect().width > 1).length]) };
      });
    await walk({ ...at, agent }, async (state) => {
      await page.mouse.move(1, 1);
      await page.emulateMedia({ reducedMotion: "reduce" });
      const before = await shown();
      faults.push(...before.tips.map((tip) => `${state}: a tooltip ${tip}`));
      // A menu goes when something else takes the focus: that is no news.
      const focus = state === "menu" ? "[role=menuitem]" : "button, a[href], input, textarea, [tabindex='0'], label";
      for (const one of await page.locator("deskbell-chat").locator(focus).all()) {
        if (!(await one.isVisible())) continue;
        const name = (await one.getAttribute("aria-label")) ?? (await one.innerText());
        for (const [what, come, go] of [
          ["hovering over", () => one.hover({ force: true }), () => page.mouse.move(1, 1)],
          ["the focus on", () => one.focus(), () => one.blur()],
        ]) {
          if (state === "menu" && what === "the focus on") continue;
          // What stays has come by itself meanwhile; what comes by itself and goes does not do so each time.
          let shows = true;
          for (let n = 0; n < 3 && shows; n += 1) {
            await come();
            const there = await shown();
            await go();
            const gone = await shown();
            shows = there.look !== gone.look && there.look !== before.look;
          }
          if (shows) faults.push(`${state}: ${what} ${name} shows something`);
        }
      }
      if (state === "menu") await page.locator("deskbell-chat").getByRole("menuitem").first().focus();
    });
    assert.deepEqual(faults, []);
  });

  test("2.5.7: nothing listens to a drag, and all of it is done without one", async (t) => {
    const at = await world(t, {
      prepare: async (context) => {
        await context.addInitScript(() => {
          window.__heard = [];
          const listen = EventTarget.prototype.addEventListener;
          EventTarget.prototype.addEventListener = function (type, ...more) {
            if (/^(drag|touch(start|move)|pointermove|mousemove|gesture)/.test(type) && /\/widget/.test(new Error().stack)) window.__heard.push(`${type} on ${this.localName ?? this}`);
            return listen.call(this, type, ...more);
          };
        });
        return context;
      },
    });
    const agent = await agentAt(t, at.server, LENA);
    await walk({ ...at, agent }, () => undefined);
    assert.deepEqual(await at.page.evaluate(() => window.__heard), []);
    assert.equal(await at.page.locator("deskbell-chat").locator("[draggable=true], [type=range], dialog[popover]").count(), 0);
  });

  test("4.1.3: every region is there before its words, so that they are read out", async (t) => {
    const at = await world(t, {
      prepare: async (context) => {
        await context.addInitScript(() => {
          const attach = Element.prototype.attachShadow;
          window.__late = [];
          Element.prototype.attachShadow = function (init) {
            const root = attach.call(this, init);
            new MutationObserver((records) => {
              for (const node of records.flatMap((record) => [...record.addedNodes])) {
                if (node.nodeType !== 1) continue;
                for (const one of [node, ...node.querySelectorAll("*")]) {
                  if (/^(status|alert)$/.test(one.role ?? "") && one.textContent.trim() !== "") window.__late.push(`${one.role}: ${one.textContent.trim()}`);
                }
              }
            }).observe(root, { childList: true, subtree: true });
            return root;
          };
        });
        return context;
      },
    });
    const agent = await agentAt(t, at.server, LENA);
    const { page, widget, words, server } = at;
    const late = () => page.evaluate(() => window.__late);
    await walk({ ...at, agent }, async (state) => {
      assert.deepEqual(await late(), [], state);
      if (state === "thumb-down") {
        await widget.dialog.getByRole("radio", { name: words.why_wrong }).check({ force: true });
        await widget.dialog.getByRole("button", { name: words.send }).first().click();
        await widget.dialog.getByRole("status").filter({ hasText: words.thanks }).waitFor();
      }
      if (state === "agent") {
        await widget.composer.fill("x".repeat(4_001));
        await widget.dialog.getByRole("status").filter({ hasText: words.tooLong }).waitFor();
        await widget.composer.fill("");
      }
    });
    await widget.dialog.getByRole("status").filter({ hasText: words.rateThanks }).waitFor();
    await deskbell(["notice", "set", "--data", server.data, "--text", "en=Cards do not work right now.", "--until", "2h"]);
    await widget.dialog.getByRole("status").filter({ hasText: "Cards do not work" }).waitFor();
    await widget.dialog.getByRole("button", { name: words.back }).click();
    await widget.dialog.getByRole("button", { name: words.searchHelp }).click();
    await widget.dialog.getByRole("searchbox").fill("zzxxqqy");
    await widget.dialog.getByRole("status").filter({ hasText: words.foundNothing }).waitFor();
    await page.keyboard.press("Escape");
    await widget.dialog.getByRole("button", { name: words.menu }).click();
    await widget.dialog.getByRole("menuitem", { name: words.eraseData }).click();
    await widget.dialog.getByRole("button", { name: words.eraseYes }).click();
    await widget.dialog.getByRole("status").filter({ hasText: words.wasErased }).waitFor();
    assert.deepEqual(await late(), []);
  });
});

describe("time", { concurrency: 3, timeout: 120_000 }, () => {
  test("2.2.1: more than a day in line with half a sentence in the box: the place and the words are there", async (t) => {
    const it = await world(t, { prepare: async (context) => (await context.clock.install(), context) });
    const { page, widget, words, server, context } = it;
    context.expect(/WebSocket/);
    await open(it);
    await widget.say("I want to talk to a person");
    const place = widget.dialog.getByRole("heading", { name: words.place });
    await place.waitFor();
    await widget.composer.fill("half a sen");
    await page.clock.fastForward("26:00:00");
    const agent = await agentAt(t, server, LENA);
    const c = await agent.claim(() => true);
    await agent.say(c, "Still there?");
    await widget.log.getByText("Still there?").waitFor();
    assert.equal(await widget.composer.inputValue(), "half a sen");
    assert.equal(await widget.dialog.getByRole("form").count() + (await widget.dialog.getByRole("alertdialog").count()), 0, "nothing had to be confirmed");
    await page.reload();
    await widget.log.getByText("Still there?").waitFor();
    assert.equal(await widget.composer.inputValue(), "half a sen", "nor does a reload take it");
    await widget.composer.press("Enter");
    await until("it arrives", async () => (await server.log()).some((entry) => entry.body.text === "half a sen"));
    assert.equal(new Set((await server.log()).map((entry) => entry.conversation)).size, 1);
  });

  test("2.2.1: an agent who is lost for good: it is said, the place in line comes back by itself, the words stay", async (t) => {
    const it = await world(t, { config: "[queue]\naway_after_s = 1\nlost_after_s = 2" });
    const { widget, words, server } = it;
    const agent = await agentAt(t, server, LENA);
    await open(it);
    await widget.say("I want to talk to a person");
    await agent.claim(() => true);
    await widget.dialog.getByRole("heading", { name: LENA.name }).waitFor();
    await widget.composer.fill("it is the Skog, and");
    agent.end();
    await widget.log.getByText(words.awayLine).waitFor();
    await widget.dialog.getByRole("heading", { name: words.place }).waitFor();
    assert.equal(await widget.composer.inputValue(), "it is the Skog, and");
    assert.equal((await server.log()).some((entry) => entry.kind === "closed"), false);
  });

  test("2.2.1: a rating may take two hours, and a line that is lost meanwhile takes nothing of it", async (t) => {
    const it = await world(t, { prepare: async (context) => (await context.clock.install(), context) });
    const { page, widget, words, server, context } = it;
    context.expect(/WebSocket|ERR_/);
    const agent = await agentAt(t, server, LENA);
    await open(it);
    await widget.say("I want to talk to a person");
    const c = await agent.claim(() => true);
    await agent.say(c, "Done.");
    await widget.log.getByText("Done.").waitFor();
    await agent.call({ type: "resolve", c, ver: agent.version(c), reason: "answered" });
    const scores = widget.dialog.getByRole("radio");
    await scores.nth(3).check({ force: true });
    await widget.dialog.getByRole("textbox", { name: words.rateMore }).fill("Quick.");
    await page.clock.fastForward("02:00:00");
    await server.kill();
    await server.restart();
    await page.clock.fastForward("00:01:00");
    await widget.dialog.getByText(words.noConnection).waitFor({ state: "detached" });
    assert.equal(await widget.dialog.getByRole("textbox", { name: words.rateMore }).inputValue(), "Quick.");
    await widget.dialog.getByRole("button", { name: words.rateSend }).click();
    await until("it is stored", async () => (await server.log()).some((entry) => entry.kind === "rating" && entry.body.comment === "Quick."));
  });

  test("2.2.2: who writes for a minute moves for a few seconds", async (t) => {
    const it = await world(t);
    const { page, widget, words, server } = it;
    const agent = await agentAt(t, server, LENA);
    await open(it);
    await widget.say("I want to talk to a person");
    const c = await agent.claim(() => true);
    await widget.dialog.getByRole("heading", { name: LENA.name }).waitFor();
    agent.tell({ type: "typing", c, on: true });
    await widget.dialog.getByRole("status").filter({ hasText: words.writing }).waitFor({ state: "attached" });
    const dots = widget.dialog.locator(".dots i");
    await dots.first().evaluate((dot) => (dot.before = true));
    // To its end without waiting for it.
    await page.evaluate(() => document.querySelector("deskbell-chat").shadowRoot.getAnimations().forEach((one) => one.finish()));
    const told = page.waitForEvent("websocket", { timeout: 1 }).catch(() => undefined);
    agent.tell({ type: "typing", c, on: true });
    agent.tell({ type: "typing", c, on: true });
    await told;
    await widget.say("I am reading");
    await widget.log.getByText(words.sent).or(widget.log.getByText(words.seen)).first().waitFor();
    assert.equal(await dots.first().evaluate((dot) => dot.before), true, "the same dots");
    assert.equal(await page.evaluate(() => document.querySelector("deskbell-chat").shadowRoot.getAnimations().filter((one) => one.effect.target.closest?.(".dots") && one.playState === "running").length), 0);
  });
});

describe("asked once", { concurrency: 3, timeout: 120_000 }, () => {
  const field = ({ widget, words }) => widget.dialog.getByRole("textbox", { name: words.email });
  const closed = { hours: "closed" };
  const full = { config: "[queue]\ncapacity = 1" };

  for (const [what, settings] of [["out of hours", closed], ["with no place in line", full]]) {
    test(`3.3.7: an address from before the chat is not asked for ${what}`, async (t) => {
      const it = await world(t, { ...settings, widget: 'prechat = ["email"]\nprechat_when = "start"' });
      if (settings === full) await (await visitorAt(t, it.server)).call({ type: "handoff" });
      await open(it);
      await it.widget.say("when are you open");
      await field(it).fill(MAIL);
      await it.page.keyboard.press("Enter");
      await until("it is answered", async () => (await it.widget.transcript()).some((turn) => turn.who === "bot"));
      await it.widget.say("I want to talk to a person");
      await until("it is answered", async () => (await it.widget.transcript()).filter((turn) => turn.who === "bot").length >= 2);
      assert.equal(await field(it).count(), 0);
      assert.equal(await it.widget.dialog.getByRole("button", { name: it.words.leaveEmail }).count(), 0);
      assert.doesNotMatch((await it.widget.transcript()).at(-1).text, /[Ll]eave (me )?(your|an) e-mail/, "nor in words");
    });

    test(`3.3.7: an address that was said in the chat is not asked for ${what}`, async (t) => {
      const it = await world(t, settings);
      if (settings === full) await (await visitorAt(t, it.server)).call({ type: "handoff" });
      await open(it);
      await it.widget.say(`my address is ${MAIL}`);
      await it.widget.say(MAIL);
      await until("it is answered", async () => (await it.widget.transcript()).filter((turn) => turn.who === "bot").length >= 1);
      await it.widget.say("I want to talk to a person");
      await until("it is answered", async () => (await it.widget.transcript()).filter((turn) => turn.who === "bot").length >= 2);
      assert.equal(await field(it).count(), 0);
    });

    test(`3.3.7: an address that was left is there in the next conversation, ${what}`, async (t) => {
      const it = await world(t, settings);
      if (settings === full) await (await visitorAt(t, it.server)).call({ type: "handoff" });
      const { widget, words, page } = it;
      await open(it);
      await widget.say("I want to talk to a person");
      await field(it).fill(MAIL);
      await page.keyboard.press("Enter");
      await field(it).waitFor({ state: "detached" });
      await widget.dialog.getByRole("button", { name: words.menu }).click();
      await widget.dialog.getByRole("menuitem").filter({ hasText: settings === full ? words.startOver : words.endConversation }).click();
      if (settings !== full) await widget.dialog.getByRole("button", { name: words.startOver }).first().click();
      await widget.dialog.getByRole("button", { name: words.searchHelp }).waitFor();
      await page.reload();
      await widget.launcher.or(widget.dialog).first().waitFor();
      if ((await widget.dialog.count()) === 0) await widget.launcher.click();
      await widget.say("I want to talk to a person");
      await until("it is answered", async () => (await widget.transcript()).some((turn) => turn.who === "bot"));
      // Not asked again, or filled in already.
      if ((await field(it).count()) > 0) assert.equal(await field(it).inputValue(), MAIL);
    });
  }

  test("3.3.7: who the site has signed is not asked for the address in the token", async (t) => {
    const secret = randomUUID() + randomUUID();
    const folder = mkdtempSync(join(tmpdir(), "deskbell-key-"));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "key"), secret);
    const it = await world(t, { ...closed, identity: `identity = { alg = "HS256", key_file = "${join(folder, "key")}" }\n` });
    const now = Math.floor(Date.now() / 1_000);
    const signed = [{ alg: "HS256", typ: "JWT" }, { sub: "mara", aud: "shop", iat: now, exp: now + 600, name: "Mara", email: MAIL }].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
    await it.page.evaluate((jwt) => window.deskbell("identify", jwt), `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`);
    await open(it);
    await it.widget.say("I want to talk to a person");
    await until("it is answered", async () => (await it.widget.transcript()).some((turn) => turn.who === "bot"));
    assert.equal(await field(it).count(), 0);
    assert.doesNotMatch((await it.widget.transcript()).at(-1).text, /[Ll]eave (me )?(your|an) e-mail/, "nor in words");
  });
});

describe("where things are", { concurrency: 3, timeout: 120_000 }, () => {
  for (const [what, options] of [["on a desk", {}], ["320 by 256", { viewport: { width: 320, height: 256 } }], ["on a phone", PHONE]]) {
    test(`2.4.11: whatever has the focus is in sight, both ways through a long talk, ${what}`, async (t) => {
      const it = await world(t, { context: { ...options, reducedMotion: "reduce" } });
      const { page, widget, words, server } = it;
      await deskbell(["notice", "set", "--data", server.data, "--text", "en=Cards do not work right now.", "--until", "2h"]);
      await open(it);
      for (const [at, text] of [ASKED, "how do I clean a lamp shade", "do you ship to Norway", "bulb"].entries()) {
        await widget.say(text);
        await until("it is answered", async () => (await widget.transcript()).filter((turn) => turn.who === "bot").length > at);
      }
      await widget.dialog.getByRole("button", { name: words.notHelped }).first().click();
      const last = widget.dialog.getByRole("button", { name: begins(words.talkToPerson) }).last();
      await last.focus();
      const faults = [];
      let passed = 0;
      for (const key of ["Shift+Tab", "Tab"]) {
        let first = null;
        for (let n = 0; n < 60; n += 1) {
          await page.keyboard.press(key);
          const at = await page.evaluate(() => {
            const root = document.querySelector("deskbell-chat").shadowRoot;
            const one = root.activeElement;
            if (!one) return null;
            one.scrolled ??= Math.random();
            const box = one.getBoundingClientRect();
            // What of it lies in the window and in all that scrolls around it.
            let [left, top, right, bottom] = [Math.max(0, box.left), Math.max(0, box.top), Math.min(innerWidth, box.right), Math.min(innerHeight, box.bottom)];
            for (let up = one.parentElement; up; up = up.parentElement) {
              if (getComputedStyle(up).overflowY === "visible") continue;
              const edge = up.getBoundingClientRect();
              [left, top, right, bottom] = [Math.max(left, edge.left), Math.max(top, edge.top), Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
            }
            const small = box.height <= 60;
            const hit = (x, y) => {
              const over = root.elementFromPoint(x, y);
              return over !== null && (one === over || one.contains(over) || over.contains(one));
            };
            const [x, y] = [(left + right) / 2, (top + bottom) / 2];
            return {
              id: one.scrolled,
              name: one.ariaLabel ?? one.textContent.slice(0, 40),
              // Small things whole, large ones at least in part.
              seen: right - left > 0 && bottom - top >= (small ? box.height - 1 : 24),
              covered: !(hit(x, y) && hit(x, top + 2) && hit(x, bottom - 2)),
            };
          });
          if (at === null || at.id === first) break;
          first ??= at.id;
          passed += 1;
          if (!at.seen) faults.push(`${key}: ${at.name} is out of sight`);
          else if (at.covered) faults.push(`${key}: something lies over ${at.name}`);
        }
        if (key === "Shift+Tab") await widget.dialog.getByRole("button", { name: words.back }).focus();
      }
      assert.deepEqual(faults, []);
      assert.ok(passed > 20, `${passed} stops`);
    });
  }

  test("3.2.6: the button is the last thing on every page, and the way to a person the same on every screen", async (t) => {
    const server = await startServer(t);
    const context = await person(t, browser);
    const page = await context.newPage();
    const widget = widgetOf(page);
    const ways = [];
    for (const [path, page_] of [["/", "the shop"], ["/chat", "the chat alone"]]) {
      await page.goto(server.url + path);
      if (path === "/") {
        await widget.launcher.waitFor();
        await page.keyboard.press("Shift+Tab");
        assert.match((await focused(page)).name, /^Open chat/, page_);
        await widget.launcher.click();
      }
      await widget.composer.waitFor();
      const panel = page.locator("deskbell-chat");
      const way = panel.getByRole("button", { name: /^Talk to a person/ });
      await way.waitFor();
      /** Whether it follows what is said and stands at the foot, in the order of the keyboard and on the screen. */
      const place = () =>
        way.last().evaluate((way) => {
          const root = way.getRootNode();
          const order = [...root.querySelectorAll("button, textarea")];
          const box = way.getBoundingClientRect();
          const panel = root.querySelector(".w:not(.nudge)").getBoundingClientRect();
          return { near: Math.abs(order.indexOf(way) - order.findIndex((one) => one.localName === "textarea")) <= 2, low: box.top - panel.top > panel.height / 2 };
        });
      ways.push(await place());
      if (path === "/") {
        await widget.say(ASKED);
        await panel.getByRole("button", { name: "Yes, this helped" }).waitFor();
        ways.push(await place());
        await panel.getByRole("button", { name: "Menu" }).click();
        await until("the menu has the focus", async () => (await focused(page)).role === "menuitem");
        assert.match(await panel.getByRole("menuitem").first().innerText(), /Talk to a person/, "first in the menu");
        await page.keyboard.press("Escape");
        await panel.getByRole("button", { name: "Back", exact: true }).click();
        await way.waitFor();
        ways.push(await place());
      }
    }
    assert.deepEqual(ways, ways.map(() => ({ near: true, low: true })));
  });

  test("3.3.8: the console's login has no puzzle: a password is pasted, or filled in by a manager", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const context = await person(t, browser, { permissions: ["clipboard-read", "clipboard-write"] });
    context.expect(/status of 401/);
    const page = await context.newPage();
    const desk = consoleOf(page);
    await page.goto(`${server.url}/console/`);
    await desk.email.waitFor();
    assert.deepEqual([await desk.email.getAttribute("autocomplete"), await desk.password.getAttribute("autocomplete")], ["username", "current-password"]);
    assert.equal(await page.locator("form").evaluate((form) => [...form.elements].filter((one) => /^(input|select|textarea|canvas)$/i.test(one.localName)).length), 2, "nothing else is asked");
    assert.equal(await page.locator("form :is(img, canvas, iframe, audio)").count(), 0);
    for (const [field, text] of [[desk.email, LENA.email], [desk.password, LENA.password]]) {
      await page.evaluate((text) => navigator.clipboard.writeText(text), text);
      await field.focus();
      await page.keyboard.press("Control+V");
      assert.equal(await field.inputValue(), text);
    }
    await page.getByRole("button", { name: "Show" }).click();
    assert.equal(await desk.password.getAttribute("type"), "text", "it can be looked at");
    await desk.password.press("Enter");
    await page.getByText("No open chats.").waitFor();
    // And the password manager's way, which tells nobody.
    await context.clearCookies();
    await page.reload();
    await desk.email.waitFor();
    await page.evaluate(({ email, password }) => {
      document.querySelector("[autocomplete=username]").value = email;
      document.querySelector("[autocomplete=current-password]").value = password;
    }, LENA);
    await page.locator("form button.pri").click();
    await page.getByText("No open chats.").waitFor();
  });
});
