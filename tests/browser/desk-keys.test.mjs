// The console without a mouse, page by page, and axe on every page and dialog in every look, against the real program.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { ADA, atDesk, everyState, furnish } from "./desk-states.mjs";
import { PHONE, focused, startBrowser, startServer, tabTo, until, violations } from "./support.mjs";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

const entries = async (server, c, kind) => (await server.log(c)).filter((entry) => entry.kind === kind);

/** Who is among the keys: tabs on to what has this name, and presses it. */
async function tabAndPress(page, name, key = "Enter") {
  await tabTo(page, name, { most: 120 });
  await page.keyboard.press(key);
}

test("a whole shift without a mouse", { timeout: 200_000 }, async (t) => {
  const server = await startServer(t);
  const { c, visitor } = await furnish(t, server);
  const { page, context } = await atDesk(t, browser, server, ADA);
  const dialog = (name) => page.getByRole("dialog", { name });

  // The first that waits, taken; the list has the keys from the start.
  await until("the list has the keys", async () => (await focused(page)).role === "listbox");
  for (let n = 0; n < 10 && !(await page.locator(`#cv-${c}.on`).count()); n += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("c");
  await until("claimed", async () => (await entries(server, c, "claimed")).length === 1);
  await until("the box has the keys", async () => /Write to the visitor/.test((await focused(page)).name));

  // A canned reply.
  await page.keyboard.type("/bye");
  await page.getByRole("option", { name: /Goodbye/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await until("the visitor has it", () => visitor.told.some((frame) => frame.type === "ev" && /bright evening/.test(frame.body.text ?? "")));

  // A note that names somebody.
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await page.keyboard.type("@rut");
  await page.getByRole("option", { name: /Ruth Amsel/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.type("please look");
  await page.keyboard.press("Enter");
  await until("noted", async () => (await entries(server, c, "note")).some((entry) => entry.body.mentions?.length === 1));

  // To a department, and back again.
  await page.keyboard.press("Escape");
  await page.keyboard.press("t");
  await dialog("Transfer").waitFor();
  // One tab stop, arrows inside.
  for (let n = 0; n < 8 && !/^Orders/.test((await focused(page)).name); n += 1) await page.keyboard.press("ArrowDown");
  await tabAndPress(page, /^Transfer$/);
  await until("passed on", async () => (await entries(server, c, "transferred")).length === 1);
  await page.locator(".claim-bar").getByRole("button", { name: /^Claim/ }).waitFor();
  await until("the dialog is gone", async () => (await page.locator("dialog[open]").count()) === 0);
  await page.keyboard.press("c");
  await until("taken again", async () => (await entries(server, c, "claimed")).length === 2);

  // Ended.
  await page.getByRole("button", { name: /^Resolve/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  await dialog("Resolve").waitFor();
  await page.keyboard.press("Enter");
  await until("closed", async () => (await entries(server, c, "closed")).length === 1);
  await until("the dialog is gone", async () => (await page.locator("dialog[open]").count()) === 0);

  // By the command bar to every page, and there by Tab.
  const goTo = async (typed, heading) => {
    await page.keyboard.press("Control+k");
    await dialog("Commands").waitFor();
    await page.keyboard.type(typed);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: heading, level: 2 }).waitFor();
    await until(`${heading} says where one is`, async () => (await focused(page)).name === heading);
  };
  await goTo("live board", "Live board");
  await tabAndPress(page, /^Pause Business/);
  await page.getByRole("button", { name: "Resume Business" }).waitFor();
  await tabAndPress(page, /^Jonas Berg/);
  await page.locator(".crew-more:not([hidden])").waitFor();
  await goTo("team", "Team");
  await tabAndPress(page, /^Macros$/);
  await tabAndPress(page, /^Damaged on arrival/);
  await tabTo(page, /^Title/);
  await goTo("administration", "Administration");
  await tabAndPress(page, /^Audit$/);
  await page.locator(".grid tbody tr").first().waitFor();
  await page.keyboard.press("Control+k");
  await dialog("Commands").waitFor();
  await page.keyboard.type("log out");
  await page.keyboard.press("Enter");
  await page.getByText("You are logged out.").waitFor();
  assert.deepEqual(context.trouble(), []);
});

test("every single key of the list does what the list says, and none of them once they are off", { timeout: 120_000 }, async (t) => {
  const server = await startServer(t);
  const { c } = await furnish(t, server);
  const { page, context } = await atDesk(t, browser, server, ADA);
  const open = () => page.locator("dialog[open]");
  const shut = async () => {
    await page.keyboard.press("Escape");
    await until("shut", async () => (await open().count()) === 0);
  };
  const inside = () => page.locator("#conversation").focus();
  const chosen = () => page.locator(".cv.on").getAttribute("id", { timeout: 500 }).catch(() => null);
  const heading = (name) => async () => (await page.getByRole("dialog", { name }).waitFor(), shut());

  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  // Those of the editors' pages are held where these pages are: web-console/test/workshop-pages.mjs.
  const listed = await page.locator(".keys:not(.of-editors) > div").evaluateAll((rows) => rows.map((row) => [row.querySelector("dt").textContent, row.querySelector("kbd").textContent]));
  await shut();
  await page.locator(`#cv-${c}`).click();

  /** What each promises: whether it has come, and back again. */
  const promised = {
    "Next conversation": async () => (await until("another", async () => (await chosen()) !== `cv-${c}`), page.keyboard.press("k")),
    "Previous conversation": async () => (await until("another", async () => (await chosen()) !== `cv-${c}`), page.locator(`#cv-${c}`).click()),
    Claim: async () => (await until("claimed", async () => (await entries(server, c, "claimed")).length === 1), page.getByRole("textbox", { name: "Write to the visitor" }).waitFor()),
    "Write a reply": async () => (await until("the box", async () => (await focused(page)).name === "Write to the visitor"), page.keyboard.press("Escape")),
    "Write a note": async () => (await until("the box", async () => (await focused(page)).name === "Note"), page.keyboard.press("Escape"), page.keyboard.press("r")),
    "Insert the suggested reply": async () => until("inserted", async () => (await page.getByRole("textbox", { name: "Write to the visitor" }).inputValue()).length > 10),
    Transfer: heading("Transfer"),
    Resolve: heading("Resolve"),
    Snooze: heading("Snooze"),
    Labels: heading("Labels"),
    Macros: heading("Macros"),
    "This list": heading("Keyboard shortcuts"),
    "Pick for several at once": async () => (await page.locator(".picked").waitFor(), inside(), page.keyboard.press("x")),
    "Show or hide visitor details": async () => (await until("hidden", async () => (await page.locator(".vis").count()) === 0), inside(), page.keyboard.press("v")),
    "Find in the list": async () => (await until("the field", async () => (await focused(page)).name === "Find in this list"), page.keyboard.press("Escape")),
  };
  const single = listed.filter(([name, key]) => key.length === 1 && name in promised);
  assert.deepEqual(Object.keys(promised).filter((name) => !single.some(([one]) => one === name)), [], "all of them are listed");
  for (const [name, key] of single) {
    await inside();
    await page.keyboard.press(key.toLowerCase());
    await promised[name]().catch((error) => assert.fail(`${key}, “${name}”: ${error.message}`));
  }
  // No key is listed that this test does not know.
  const known = [...Object.keys(promised), "Send", "Insert a suggested answer", "Canned reply, in the reply box", "Mention a colleague, in a note", "Accept or decline an offered chat", "Commands", "Leave the text box"];
  assert.deepEqual(listed.map(([name]) => name).filter((name) => !known.includes(name)), []);

  // Off means off, for all of them.
  await inside();
  await page.keyboard.press("?");
  await page.getByRole("switch", { name: /Single-key shortcuts/ }).focus();
  await page.keyboard.press("Space");
  await shut();
  await page.locator(`#cv-${c}`).click();
  await inside();
  const before = [await chosen(), await page.locator(".vis").count(), (await server.log(c)).length];
  for (const [name, key] of single) {
    await inside();
    await page.keyboard.press(key.toLowerCase());
    assert.deepEqual([(await focused(page)).name === "Write to the visitor", await open().count()], [false, 0], `${key}, “${name}”, does nothing`);
  }
  await page.keyboard.press("Control+k");
  await page.getByRole("dialog", { name: "Commands" }).waitFor();
  assert.equal(await open().count(), 1, "nothing but what was asked for with Control");
  await shut();
  assert.deepEqual([await chosen(), await page.locator(".vis").count(), (await server.log(c)).length], before);
  assert.equal(await page.locator(".picked").count(), 0);
  assert.deepEqual(context.trouble(), []);
});

describe("axe on every page and dialog", { timeout: 290_000 }, () => {
  const LOOKS = {
    "light, dark and forced colours": { each: [{ colorScheme: "light", forcedColors: "none" }, { colorScheme: "dark", forcedColors: "none" }, { colorScheme: "light", forcedColors: "active" }] },
    German: { options: { locale: "de-DE" } },
    "390 pixels": { options: PHONE },
    "320 pixels": { options: { ...PHONE, viewport: { width: 320, height: 640 } } },
  };
  for (const [name, { options = {}, each = [{}] }] of Object.entries(LOOKS)) {
    test(name, async (t) => {
      const server = await startServer(t);
      const { c } = await furnish(t, server);
      const { page, context } = await atDesk(t, browser, server, ADA, { reducedMotion: "reduce", ...options });
      const found = [];
      let states = 0;
      await everyState(page, c, async (state) => {
        states += 1;
        for (const look of each) {
          await page.emulateMedia(look);
          for (const one of await violations(page)) found.push(`${state} ${Object.values(look).join(" ")}: ${one}`);
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) found.push(`${state}: ${wide} pixels too wide`);
      });
      assert.ok(states >= 30, `${states} states`);
      assert.deepEqual(found, []);
      assert.deepEqual(context.trouble(), []);
    });
  }
});
