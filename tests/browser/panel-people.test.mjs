// Whether somebody is there: the panel tells one truth in all its places, whatever the queue, the hours and the agents do.
// And the ends of a talk: the rating on a phone, and an old conversation that goes on.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { agentAt, frames, person, PHONE, startBrowser, startServer, until, violations, visitorAt, widgetOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const WISH = "I want to talk to a person";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function open(t, server, options = {}) {
  const context = await person(t, browser, options);
  const page = await context.newPage();
  const line = frames(page);
  await page.goto(server.url);
  const chat = page.locator("deskbell-chat");
  const widget = { ...widgetOf(page), chat };
  await widget.launcher.click();
  await widget.dialog.getByRole("list").first().waitFor();
  return { context, page, line, widget, chat };
}

const ONE = { config: "[queue]\ncapacity = 1\n" };
/** What each word on the panel claims. */
const CLAIMS = { here: /Finding someone|Usually/, nobody: /Nobody is here/, full: /No place in line|A lot of people/, closed: /Closed now|not (at the desk|here)|We’re back/, until: /people until/ };
const HERE = { said: /called for a colleague/, head: "Finding someone for you", card: /in line$/, foot: "Leave the line", may: ["here"], home: [/^Open today/, /Usually/] };
const NOBODY = { said: /called for a colleague/, head: "Nobody is here right now", card: /in line$/, foot: "Leave the line", may: ["nobody"], home: [/^Nobody is here/, /Leave a message/] };
const FULL = { said: /waiting/, head: "No place in line yet", card: "No place in line yet", asks: true, may: ["full"] };

const CASES = [
  ["somebody is online", { agent: "online" }, HERE],
  ["everybody is busy", { agent: "online", busy: true }, HERE],
  ["nobody is online in hours", {}, NOBODY],
  ["everybody has a break", { agent: "away" }, NOBODY],
  ["who is there takes what colleagues pass on, and nothing else", { agent: "transfer_only" }, NOBODY],
  ["the line is full", { agent: "online", ...ONE }, { ...FULL, home: [/^Open today/, /Usually/] }],
  ["the line is full and nobody is online", ONE, { ...FULL, home: [/^Nobody is here/, /Leave a message/] }],
  ["it is out of hours", { hours: "closed" }, { said: /not (at the desk|here) right now/, head: "Closed now", card: /^(We’re back|Nobody is here)/, asks: true, foot: "Withdraw my request", may: ["closed", "nobody"], home: [/^(We’re back|Nobody is here)/, /Leave a message/] }],
  ["it is out of hours, and somebody is online", { hours: "closed", agent: "online" }, { said: /not (at the desk|here) right now/, head: "Closed now", card: /^(We’re back|Nobody is here)/, asks: true, foot: "Withdraw my request", may: ["closed", "nobody"], home: [/^(We’re back|Nobody is here)/, /Leave a message/] }],
];

describe("one truth on the whole panel", { concurrency: 3, timeout: 120_000 }, () => {
  for (const [what, { agent: presence, busy, ...settings }, { said, head, card, asks = false, foot, may, home }] of CASES) {
    test(what, async (t) => {
      const server = await startServer(t, settings);
      await server.addUser({ ...LENA, capacity: 1 });
      if (presence) {
        const agent = await agentAt(t, server, LENA);
        if (presence !== "online") {
          agent.tell({ type: "presence", state: presence });
          // What a line is told is done in order: the answer to this comes after it.
          await agent.call({ type: "watch", view: "all" });
        }
        if (busy) {
          await (await visitorAt(t, server)).call({ type: "handoff" });
          await agent.claim(() => true);
        }
      }
      if (settings.config) await (await visitorAt(t, server)).call({ type: "handoff" });
      const { widget, chat } = await open(t, server);
      await chat.locator(".hours").getByText(home[0]).waitFor();
      await chat.getByRole("button", { name: /^Talk to a person/ }).getByText(home[1]).waitFor();
      await widget.say(WISH);
      await chat.locator(".head").getByText(head, { exact: true }).waitFor();
      await chat.locator(".card").getByRole("heading", { name: card }).waitFor();
      await widget.log.getByText(said).waitFor();
      // With a card that asks for the address there is nothing else to do at the foot.
      const feet = await chat.locator(".foot .under").getByRole("button").allInnerTexts();
      assert.deepEqual(feet.map((one) => one.trim()), foot ? [foot] : []);
      const panel = await chat.locator(".w:not(.nudge)").innerText();
      assert.deepEqual(Object.keys(CLAIMS).filter((name) => CLAIMS[name].test(panel) && !may.includes(name)), [], panel);
      // One way to leave an address at a time.
      assert.equal(await chat.getByLabel("Your e-mail").count(), asks ? 1 : 0);
      assert.equal(await chat.getByRole("button", { name: /Leave my e-mail/ }).count(), asks ? 0 : 1);
      assert.deepEqual(await violations(chat.page()), []);
    });
  }

  test("who comes and goes while one waits is told as it happens", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const agent = await agentAt(t, server, LENA);
    const { widget, chat } = await open(t, server);
    await widget.say(WISH);
    const head = (words) => chat.locator(".head").getByText(words, { exact: true }).waitFor();
    await head("Finding someone for you");
    agent.tell({ type: "presence", state: "away" });
    await head("Nobody is here right now");
    assert.equal(await chat.getByText(/^Usually/).count(), 0);
    agent.tell({ type: "presence", state: "online" });
    await head("Finding someone for you");
    await chat.getByText(/^Usually/).waitFor();
  });

  test("no place in line: an address instead of a person, in one place at a time, and then a place", async (t) => {
    const server = await startServer(t, ONE);
    const first = await visitorAt(t, server);
    const { c } = await first.call({ type: "handoff" });
    const { widget, chat } = await open(t, server);
    const person = chat.getByRole("button", { name: /^Talk to a person/ });
    const leave = chat.getByRole("button", { name: "Leave my e-mail instead" });
    const field = chat.getByLabel("Your e-mail");
    await widget.say(WISH);
    await field.waitFor();
    assert.deepEqual([await person.count(), await leave.count()], [0, 0]);
    // Whoever goes on with the bot may leave it later.
    await widget.say("when are you open");
    await leave.waitFor();
    assert.deepEqual([await person.count(), await field.count()], [0, 0]);
    await chat.getByRole("button", { name: "Menu" }).click();
    await chat.getByRole("menu").waitFor();
    assert.equal(await chat.getByRole("menuitem", { name: "Talk to a person" }).count(), 0);
    await chat.getByRole("menuitem").first().press("Escape");
    // From the first screen too.
    await chat.getByRole("button", { name: "Back", exact: true }).click();
    await person.click();
    await field.waitFor();
    assert.equal(await leave.count(), 0);
    await chat.getByRole("button", { name: "Dismiss" }).click();
    await leave.click();
    await field.fill("mara@mail.example");
    await field.press("Enter");
    await widget.log.getByText("mara@mail.example").first().waitFor();
    await field.waitFor({ state: "detached" });
    assert.deepEqual([await person.count(), await leave.count()], [0, 0], "left once is enough");
    assert.equal((await server.log()).filter((entry) => entry.kind === "handoff").length, 1, "nobody was asked again");
    await first.call({ type: "handoff", c, on: false });
    await chat.getByRole("heading", { name: "1st in line" }).waitFor();
    await chat.locator(".foot").getByRole("button", { name: "Leave the line" }).waitFor();
  });
});

describe("at the end", { concurrency: 3, timeout: 120_000 }, () => {
  test("the rating scrolls with the talk, with faces that are seen and hit", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const agent = await agentAt(t, server, LENA);
    for (const [options, least] of [[PHONE, 44], [{}, 44], [{ viewport: { width: 320, height: 256 } }, 24]]) {
      const { widget, chat, context, page } = await open(t, server, options);
      await widget.say(WISH);
      const c = await agent.claim(() => true);
      await agent.say(c, "One\n\ntwo\n\nthree\n\nfour\n\nfive\n\nsix");
      await widget.log.getByText("six").waitFor();
      await agent.call({ type: "resolve", c, ver: agent.version(c), reason: "answered" });
      const score = chat.getByRole("radio", { name: "Good" });
      await score.waitFor({ state: "attached" });
      const faces = await chat.locator(".faces label").evaluateAll((labels) =>
        labels.map((label) => {
          const [hit, drawn] = [label.getBoundingClientRect(), label.querySelector("path").getBoundingClientRect()];
          return { hit: Math.min(hit.width, hit.height), drawn: Math.min(drawn.width, drawn.height) };
        }),
      );
      assert.equal(faces.length, 5);
      for (const { hit, drawn } of faces) assert.ok(hit >= least && drawn >= 24, JSON.stringify(faces));
      await score.check({ force: true });
      const send = chat.getByRole("button", { name: "Send rating" });
      await send.waitFor();
      const { log, panel } = await chat.locator(".scroll").evaluate((box) => ({ log: box.clientHeight, panel: box.closest(".w").clientHeight }));
      assert.ok(log > panel * 0.4, `${log} of ${panel} px are left for the talk`);
      await until("the end is followed", () => chat.locator(".scroll").evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight < 2));
      assert.ok(await send.evaluate((one) => one.getBoundingClientRect().bottom <= one.closest(".scroll").getBoundingClientRect().bottom + 1), "what it is sent with is in sight");
      assert.deepEqual(await violations(page), []);
      await send.click();
      await chat.getByRole("status").filter({ hasText: "Thank you for your rating." }).waitFor();
      await until("it is stored", async () => (await server.log(c)).some((entry) => entry.kind === "rating" && entry.body.score === 4));
      await context.close();
    }
  });

  test("an old conversation that is still open goes on where it was", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const agent = await agentAt(t, server, LENA);
    const { widget, chat, page, line } = await open(t, server);
    await widget.say("can I return a lamp I already put up?");
    await widget.log.getByText("30 days").waitFor();
    await line.heard("ack");
    const old = (await server.log())[0].conversation;
    // The same visitor begins another one, as an older page or another client may.
    const token = await page.evaluate(() => JSON.parse(Object.entries(localStorage).find(([name]) => /^deskbell:[^:]+$/.test(name))[1]).token);
    const other = await visitorAt(t, server, { token, site: "demo" });
    const told = await other.send("text", { text: "do you ship to Norway" });
    assert.equal(told.type, "ack", JSON.stringify(told));
    assert.notEqual(told.c, old, "another conversation");
    await page.reload();
    await line.heard("welcome", 2);
    await until("one of them is shown", async () => (await widget.transcript()).length >= 2);
    await chat.getByRole("button", { name: "Menu" }).click();
    await chat.getByRole("menuitem", { name: "Earlier conversations" }).click();
    await chat.getByRole("button", { name: /^Conversation with the assistant/ }).first().click();
    const shown = await widget.log.innerText();
    const [there, words] = /Norway/.test(shown) ? [told.c, "Norway"] : [old, "30 days"];
    assert.equal(await chat.getByRole("textbox").count(), 0, "to be read first");
    await chat.getByRole("button", { name: "Continue your conversation" }).click();
    await widget.log.getByText(words).first().waitFor();
    await widget.say("and what about bulbs?");
    await until("it goes on there", async () => (await server.log(there)).some((entry) => entry.body.text === "and what about bulbs?"));
    await until("it is answered there", async () => (await widget.transcript()).at(-1).who === "bot");
    // And a person finds it there.
    await widget.say(WISH);
    assert.equal(await agent.claim(() => true), there);
    await page.reload();
    await widget.log.getByText("and what about bulbs?").waitFor();
    await widget.log.getByText(words).first().waitFor();
  });
});
