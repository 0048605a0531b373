// What people put into the box that nobody thought of: it is shown harmlessly, or refused with words, and nothing moves sideways.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { cut } from "./a11y/checks.mjs";
import { person, PHONE, startBrowser, startServer, startSite, until, widgetOf, wordsOf } from "./support.mjs";

const words = wordsOf("en");
const LIMIT = 4_000;
const HTML = "<b>bold</b> <img src=x onerror=window.__ran=1><script>window.__ran=1</script> &amp; &lt;i&gt;";
const INPUTS = {
  "one very long word": "Donaudampfschifffahrtsgesellschaftskapitaen".repeat(20),
  "a long address": `https://shop.example/${"a/b-c_d~e".repeat(60)}?${"q=1&".repeat(60)}`,
  "4,000 characters": "four thousand characters of words ".repeat(120).slice(0, LIMIT - 1) + "!",
  "nothing but emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇳🇴🙂".repeat(20),
  "a letter with a tower of marks": `Z${"\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307".repeat(12)}algo`,
  "zero width": "in\u200bvis\u200cib\u200dle\ufeff and\u2060 more",
  "bidi controls": "\u202egnp.exe\u202c and \u2066left\u2069 and \u2067right\u2069 \u202dthe end",
  "right to left": "هل يمكنني إرجاع مصباح ركبته بالفعل؟ Fjell 3000 K",
  "many lines": Array.from({ length: 60 }, (_, n) => `line ${n}`).join("\n"),
  "a table of tabs": "a\tb\tc\td\te\tf\tg\th\ti\tj\tk\tl\tm\tn\to\tp",
  "HTML as text": HTML,
};

let browser, server;
const undo = [];
before(async () => {
  browser = await startBrowser();
  server = await startServer({ after: (run) => undo.push(run) }, { config: "[socket]\nmessage_burst = 1000\n" });
});
after(async () => {
  for (const run of undo) await run();
  await browser.close();
});

async function opened(t, options) {
  const context = await person(t, browser, { ...options, reducedMotion: "reduce", permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  const widget = widgetOf(page);
  await page.goto(server.url);
  await widget.launcher.click();
  await widget.composer.waitFor();
  return { context, page, widget };
}

/** Copies text, and markup where there is some, on a page of somebody else's, and pastes it into the box as a person does. */
async function paste(t, page, widget, text, html) {
  const other = await page.context().newPage();
  await other.goto(await startSite(t, () => ({ body: "<!doctype html><title>Other</title>" })));
  await other.bringToFront();
  await other.evaluate(([text, html]) => navigator.clipboard.write([new ClipboardItem({ "text/plain": new Blob([text], { type: "text/plain" }), ...(html ? { "text/html": new Blob([html], { type: "text/html" }) } : {}) })]), [text, html]);
  await other.close();
  await page.bringToFront();
  await widget.composer.focus();
  await page.keyboard.press("Control+v");
}

const quiet = async (page, context) => {
  assert.equal(await page.evaluate(() => window.__ran), undefined);
  assert.deepEqual(context.trouble(), []);
};
/** Boxes that nobody scrolls sideways, before and after something was sent. */
const sideways = async (page) => (await cut(page)).filter((fault) => /too wide|outside|page is/.test(fault));

describe("strange input", { concurrency: 3, timeout: 120_000 }, () => {
  for (const [size, options] of [["a desk", {}], ["320 pixels", { viewport: { width: 320, height: 640 } }], ["a phone", PHONE]]) {
    test(`is shown as it is, on ${size}`, async (t) => {
      const { context, page, widget } = await opened(t, options);
      const faults = [];
      let sent = 0;
      for (const [what, text] of Object.entries(INPUTS)) {
        await widget.composer.fill(text);
        faults.push(...(await sideways(page)).map((fault) => `${what}, in the box: ${fault}`));
        const box = await widget.composer.boundingBox();
        const send = await widget.dialog.getByRole("button", { name: words.send }).last().boundingBox();
        if (box.height > 200 || send.x + send.width > page.viewportSize().width || box.y < 0) faults.push(`${what}: the box is ${JSON.stringify(box)}`);
        await widget.composer.press("Enter");
        sent += 1;
        await until(`${what} is in the log`, async () => (await widget.transcript()).filter(({ who }) => who === "visitor").length >= sent);
        const shown = (await widget.transcript()).filter(({ who }) => who === "visitor").at(-1).text;
        const plain = (text) => text.replace(/\r\n?/g, "\n").trim();
        if (plain(shown) !== plain(text)) faults.push(`${what}: shown as ${JSON.stringify(shown.slice(0, 80))}`);
        faults.push(...(await sideways(page)).map((fault) => `${what}: ${fault}`));
      }
      await until("all are taken", async () => (await widget.log.getByText(words.sending).count()) === 0);
      assert.deepEqual(faults, []);
      await quiet(page, context);
    });
  }
});

// One after the other: all pages of a browser paste from one clipboard.
describe("pasted", { timeout: 120_000 }, () => {
  test("HTML that is pasted is its words", async (t) => {
    const { context, page, widget } = await opened(t, {});
    await paste(t, page, widget, "bold and a picture", HTML);
    await until("its words are in the box", async () => (await widget.composer.inputValue()) === "bold and a picture");
    await widget.composer.press("Enter");
    await widget.log.getByText("bold and a picture").waitFor();
    assert.equal(await widget.log.evaluate((log) => log.querySelectorAll("img, b b, script").length), 0);
    await quiet(page, context);
  });

  for (const [size, options] of [["a desk", {}], ["320 pixels", { viewport: { width: 320, height: 640 } }]]) {
    test(`10,000 characters are not sent, with words for it, on ${size}`, async (t) => {
      const { context, page, widget } = await opened(t, options);
      const text = "ten thousand characters ".repeat(500).slice(0, 10_000);
      await paste(t, page, widget, text);
      await until("all of it is there, or what fits", async () => (await widget.composer.inputValue()).length >= LIMIT);
      await widget.dialog.getByText(words.tooLong).waitFor();
      assert.equal(await widget.composer.getAttribute("aria-invalid"), "true");
      await widget.composer.press("Enter");
      assert.equal(await widget.log.count(), 0, "it stays in the box");
      assert.equal((await widget.composer.inputValue()).length, 10_000, "and nothing of it is lost");
      assert.deepEqual(await sideways(page), []);
      await widget.composer.fill(text.slice(0, LIMIT - 1).trim());
      await widget.dialog.getByText(words.tooLong).waitFor({ state: "hidden" });
      await widget.composer.press("Enter");
      await until("what fits is sent", async () => (await widget.transcript()).length > 0);
      await quiet(page, context);
    });
  }
});
