// Pages of others that the widget must live on. Each is one entry: add a line and it goes through every check.
//
//   says       what the page is, for the table in docs/widget.md
//   headers    of the page, given the server's origin and a nonce
//   head, body what it holds beside the script; `body` stands before the script
//   html       attributes of <html>
//   script     more attributes of the script
//   frame      where the panel is, if it is in a frame
//   language   of the widget there, where it is not English
//   browser    `strict`: one that gives nothing to third parties
//   offline    its own server is killed on the way: it may complain of the lost line
//   before     in the page, before the widget is touched
//   meanwhile  between the answer and the call for a person
//   after      at the end

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../support.mjs";

const ws = (origin) => origin.replace(/^http/, "ws");
/** Only what stands in docs/widget.md as needed; the images are the page's own icon. */
const strict = (origin, nonce) => ["default-src 'none'", "img-src 'self'", `script-src 'nonce-${nonce}' 'strict-dynamic'`, `connect-src ${origin} ${ws(origin)}`, "style-src 'none'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'", "report-uri /reports"].join("; ");
const nonceOnly = (origin, nonce) => ["default-src 'self'", `script-src 'nonce-${nonce}'`, "style-src 'self'", `connect-src 'self' ${origin} ${ws(origin)}`, "report-uri /reports"].join("; ");

/** What a style sheet can do to everything on a page. The last line is what frameworks do with their own properties. */
const LOUD = `html{font-size:40px}
*{--accent:red!important;--on-accent:red!important;--brand:red!important;--ink:red!important;--surface:red!important;color:red!important;font:italic 700 40px/3 cursive!important;letter-spacing:9px!important;word-spacing:20px!important;text-transform:uppercase!important;text-align:center!important;text-indent:50px!important;margin:30px!important;padding:50px!important;border:9px dotted red!important;float:left!important;position:static!important;visibility:hidden!important;pointer-events:none!important;cursor:none!important;user-select:none!important;opacity:.2!important;animation:none!important;filter:blur(9px)!important;box-sizing:content-box!important;white-space:pre!important;overflow:hidden!important}
div,section,button,textarea,form,header,footer,deskbell-chat{display:none!important}
html,body{filter:none!important;opacity:1!important;display:block!important}`;

const heard = async ({ page }) => assert.deepEqual(await page.evaluate(() => window.__heard), [], "keys that the page heard");

const shown = (widget) => widget.dialog.evaluate((dialog) => {
  const look = [...dialog.querySelectorAll("h2, h3, p, button, textarea")].filter((element) => element.checkVisibility()).map((element) => getComputedStyle(element));
  return { colours: look.map((one) => one.color), spacing: look.map((one) => one.letterSpacing).filter((one) => parseFloat(one) > 1), sizes: look.map((one) => parseFloat(one.fontSize)), font: look.map((one) => one.fontFamily) };
});

export const HOSTS = [
  { name: "plain", says: "nothing but HTML" },
  {
    name: "loud-styles",
    says: "a style sheet that hides, moves, colours and blows up everything with `!important`; `html { font-size: 40px }`",
    head: `<style>${LOUD}</style>`,
    meanwhile: async ({ widget }) => {
      const { colours, spacing, sizes, font } = await shown(widget);
      assert.ok(!colours.includes("rgb(255, 0, 0)"), `colours: ${colours}`);
      assert.deepEqual(spacing, []);
      assert.ok(Math.max(...sizes) <= 24, `sizes: ${sizes}`);
      assert.ok(!font.some((one) => /cursive/.test(one)));
      const box = await widget.dialog.boundingBox();
      assert.ok(box.width > 300 && box.width < 500 && box.height > 400 && box.x > 600, JSON.stringify(box));
    },
  },
  { name: "strict-csp", says: "`script-src` with nonce and `'strict-dynamic'`, `style-src 'none'`, `trusted-types 'none'`", headers: (origin, nonce) => ({ "content-security-policy": strict(origin, nonce) }) },
  { name: "nonce-csp", says: "`script-src` with a nonce alone", headers: (origin, nonce) => ({ "content-security-policy": nonceOnly(origin, nonce) }) },
  {
    name: "swaps-body",
    says: "an application that puts a new `<body>` in the place of the old one and runs its scripts again",
    meanwhile: async ({ page, widget }) => {
      const lines = (await widget.transcript()).length;
      for (let times = 0; times < 3; times += 1) {
        await page.evaluate(() => {
          const script = document.querySelector("script[src]");
          const again = document.createElement("script");
          for (const { name, value } of script.attributes) again.setAttribute(name, value);
          const body = document.createElement("body");
          body.append(Object.assign(document.createElement("h1"), { textContent: "Next page" }), again);
          document.body.replaceWith(body);
        });
        await widget.log.waitFor();
      }
      assert.equal(await page.locator("deskbell-chat").count(), 1, "one widget");
      assert.equal((await widget.transcript()).length, lines);
    },
  },
  {
    name: "history",
    says: "an application of one page that changes its address and title by the history interface",
    meanwhile: async ({ page, widget }) => {
      const lines = (await widget.transcript()).length;
      await page.evaluate(() => {
        history.pushState({}, "", "?lamp=skog");
        document.title = "history: Skog";
        document.querySelector("main").replaceChildren(Object.assign(document.createElement("h1"), { textContent: "Skog" }));
        history.pushState({}, "", "?lamp=fjell");
        history.back();
      });
      await page.waitForURL(/skog/);
      assert.equal((await widget.transcript()).length, lines);
    },
  },
  {
    name: "right-to-left",
    says: "`<html dir=\"rtl\" lang=\"ar\">`",
    html: 'lang="ar" dir="rtl"',
    language: "ar",
    meanwhile: async ({ widget }) => {
      const stick = await widget.dialog.evaluate((dialog) => {
        const panel = dialog.getBoundingClientRect();
        return [...dialog.querySelectorAll("button, textarea, h2, p, a")].filter((one) => one.checkVisibility() && (one.getBoundingClientRect().left < panel.left - 1 || one.getBoundingClientRect().right > panel.right + 1)).map((one) => one.textContent);
      });
      assert.deepEqual(stick, []);
    },
  },
  {
    name: "shortcuts",
    says: "single-key shortcuts and listeners for keys on document and window",
    head: `<script nonce="NONCE">window.__heard = [];
for (const on of [document, window]) for (const type of ["keydown", "keypress", "keyup"]) on.addEventListener(type, (event) => {
  if (event.target.closest?.("input, textarea")) return;
  if (/^.$/.test(event.key)) { window.__heard.push(type + " " + event.key); event.preventDefault(); document.querySelector("#after").focus(); }
});</script>`,
    meanwhile: heard,
    after: heard,
  },
  {
    name: "prototypes",
    says: "`Object`, `Array`, `String`, `Promise` and `Function` with things of its own in their prototypes",
    head: `<script nonce="NONCE">
for (const of of [Object, Array, String, Number, Function, Promise]) {
  of.prototype.extra = "extra";
  of.prototype.each = function () { throw new Error("not yours to call"); };
}
Array.prototype.toJSON = Object.prototype.toJSON = undefined;
Array.prototype.remove = Array.prototype.last = function () { return this[0]; };
String.prototype.format = String.prototype.contains = function () { return "formatted"; };
const then = Promise.prototype.then;
Promise.prototype.then = function (...args) { return then.apply(this, args); };
window.Promise = class extends Promise {};
</script>`,
  },
  {
    name: "dialog",
    says: "a modal `<dialog>`: while it is open the widget rests, and keeps what was written",
    body: `<dialog id="dialog"><p>Do you like cookies?</p><button id="no">No</button></dialog>`,
    before: async ({ page, widget }) => {
      await page.evaluate(() => document.querySelector("#dialog").showModal());
      await widget.launcher.waitFor({ state: "attached" });
      const under = await page.evaluate(() => {
        const { left, top, width, height } = document.querySelector("deskbell-chat").shadowRoot.querySelector("button").getBoundingClientRect();
        return document.elementFromPoint(left + width / 2, top + height / 2)?.localName;
      });
      assert.notEqual(under, "deskbell-chat", "what is modal is above everything");
      await page.evaluate(() => document.querySelector("#dialog").close());
    },
    meanwhile: async ({ page, widget }) => {
      await widget.composer.fill("half a sentence");
      await page.evaluate(() => document.querySelector("#dialog").showModal());
      await page.locator("#no").focus();
      await page.keyboard.press("Escape");
      await page.locator("#dialog").waitFor({ state: "hidden" });
      assert.equal(await widget.dialog.count(), 1, "Escape was for the page's dialog");
      assert.equal(await widget.composer.inputValue(), "half a sentence");
    },
  },
  {
    name: "no-third-party",
    says: "a browser that blocks third-party cookies and storage",
    browser: "strict",
    after: async ({ page }) => {
      // The same site under its other name is a third party here: that the browser is strict is seen there.
      const other = page.url().replace("localhost", "127.0.0.1").replace(/no-third-party.*/, "nothing");
      const attached = page.waitForEvent("frameattached");
      await page.evaluate((src) => document.body.append(Object.assign(document.createElement("iframe"), { src })), other);
      const frame = await attached;
      await frame.waitForURL(other);
      assert.match(await frame.evaluate(() => { try { return String(localStorage.length); } catch (error) { return error.name; } }), /SecurityError/);
    },
  },
  // As soon as the program has the frame.
  ...(existsSync(join(ROOT, "web-widget/dist/embed.html"))
    ? [
        { name: "framed", says: "the panel in a frame of the server's (`data-isolation=\"iframe\"`)", script: 'data-isolation="iframe"', frame: "deskbell-chat iframe" },
        { name: "framed-no-third-party", says: "the same in a browser that blocks third-party cookies and storage", script: 'data-isolation="iframe"', frame: "deskbell-chat iframe", browser: "strict" },
      ]
    : []),
  {
    name: "slow",
    says: "400 kbit/s and 400 ms (“slow 3G”)",
    before: async ({ page }) => {
      const line = await page.context().newCDPSession(page);
      await line.send("Network.emulateNetworkConditions", { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 });
    },
  },
  {
    name: "server-dies",
    says: "the server is killed and comes back while the visitor writes",
    offline: true,
    meanwhile: async ({ widget, server, words }) => {
      await server.kill();
      await widget.dialog.getByText(words.noConnection).waitFor();
      await widget.say("Do you ship to Norway?");
      await widget.log.getByText(words.waitingForLine).first().waitFor();
      await server.restart();
      await widget.log.getByText(words.waitingForLine).first().waitFor({ state: "hidden" });
      const stored = (await server.log()).filter((entry) => entry.body?.text === "Do you ship to Norway?");
      assert.equal(stored.length, 1, "sent once");
    },
  },
];

/** A host as HTML. */
export function pageOf(host, { origin, site, nonce }) {
  const attributes = host.html ?? 'lang="en"';
  const fill = (text = "") => text.replaceAll("NONCE", nonce);
  return `<!doctype html><html ${attributes}><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${host.name}</title>${fill(host.head)}</head>
<body><a id="before" href="#before">Before the chat</a><main><h1>Lamps</h1><p>Made of oak and linen.</p></main>${fill(host.body)}<a id="after" href="#after">After it</a>
<script async nonce="${nonce}" src="${origin}/widget.js" data-site="${site}"${host.script ? ` ${host.script}` : ""}></script></body></html>`;
}
