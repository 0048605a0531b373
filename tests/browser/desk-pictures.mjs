// Pictures of every page and dialog of the console, from the real program: `SHOTS=folder node tests/browser/desk-pictures.mjs [light|dark|phone|german…]`.

import { after, test } from "node:test";

import { ADA, atDesk, everyState, furnish } from "./desk-states.mjs";
import { PHONE, shot, startBrowser, startServer } from "./support.mjs";

const KINDS = { light: {}, dark: { colorScheme: "dark" }, phone: PHONE, german: { locale: "de-DE" } };

const browser = await startBrowser();
after(() => browser.close());

for (const kind of process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(KINDS)) {
  test(kind, { timeout: 250_000 }, async (t) => {
    const server = await startServer(t);
    const { c } = await furnish(t, server);
    const { page } = await atDesk(t, browser, server, ADA, { reducedMotion: "reduce", ...KINDS[kind] });
    let n = 0;
    await everyState(page, c, async (name) => {
      n += 1;
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await shot(page, `${kind}-${String(n).padStart(2, "0")}-${name}`);
    });
  });
}
