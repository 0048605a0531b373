// A floor with several people at once, in contexts of their own, against the real program: who wins, who sees what, and
// what stands on a screen after its line was gone.

import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { after, before, describe, test } from "node:test";

import { consoleOf, person, startBrowser, startRelay, startServer, until, visitorAt } from "./support.mjs";

const PASSWORD = "correct horse battery staple";
const LENA = { email: "lena@shop.example", name: "Lena Moser", password: PASSWORD };
const JONAS = { email: "jonas@shop.example", name: "Jonas Berg", password: PASSWORD };
const INES = { email: "ines@shop.example", name: "Ines Sousa", password: PASSWORD };
const RUTH = { email: "ruth@shop.example", name: "Ruth Amsel", role: "supervisor", password: PASSWORD };

/** Chromium's own words: for nobody logged in yet, and for a line that a test cut. */
const REFUSED = /console: Failed to load resource: the server responded with a status of 401/;
const CUT = /ERR_|WebSocket connection to/;

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

/** Somebody at the console, logged in and connected. `hold` keeps back what the server says until it is let through. */
async function desk(t, url, who, { holds = false } = {}) {
  const context = await person(t, browser, { viewport: { width: 1440, height: 900 } });
  context.expect(REFUSED);
  const page = await context.newPage();
  const gate = { shut: false, kept: [], open: () => {} };
  if (holds) {
    await page.routeWebSocket(/\/ws\/agent$/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => (gate.shut ? gate.kept.push(message) : socket.send(message)));
      gate.open = () => {
        gate.shut = false;
        for (const message of gate.kept.splice(0)) socket.send(message);
      };
    });
  }
  await page.goto(`${url}/console/`);
  const face = consoleOf(page);
  await face.logIn(who.email, who.password);
  await page.locator(".app").waitFor();
  await page.getByRole("button", { name: `${who.name}, Online` }).first().waitFor();
  return {
    who,
    page,
    face,
    context,
    gate,
    dialog: (name) => page.getByRole("dialog", { name }),
    row: (c) => page.locator(`#cv-${c}`),
    says: (words) => page.locator(".turn .bub").getByText(words, { exact: true }),
    /** The keys go to the conversation, not to a box. */
    key: async (...keys) => {
      await page.locator("#conversation").focus();
      for (const key of keys) await page.keyboard.press(key);
    },
  };
}

async function waiting(t, server, words) {
  const visitor = await visitorAt(t, server);
  const { c } = await visitor.send("text", { text: words });
  const asked = await visitor.call({ type: "handoff", c });
  if (!asked.ok) throw new Error(`handoff: ${asked.code}`);
  return { ...visitor, c, writes: (text) => visitor.send("text", { text }, { c }) };
}

const entries = async (server, c, kind) => (await server.log(c)).filter((entry) => entry.kind === kind);
const took = (server, c, count = 1) => until(`claimed ${count} times`, async () => ((all) => all.length >= count && all)(await entries(server, c, "claimed")));
const calm = (...desks) => assert.deepEqual(desks.flatMap((one) => one.context.trouble()), []);

async function floor(t, people, options) {
  const server = await startServer(t, options);
  for (const who of people) await server.addUser(who);
  return server;
}

/** A line that can fall silent without ending, as that of a laptop that sleeps; whom the other side gave up meanwhile hears of it on waking. */
async function startSleeper(t, server) {
  const lines = new Set();
  let asleep = false;
  const relay = createServer((client) => {
    if (asleep) return void client.destroy();
    const there = connect(Number(new URL(server.url).port), "127.0.0.1");
    const one = { client, there, given: false };
    lines.add(one);
    const end = () => {
      one.given = true;
      there.destroy();
      if (!asleep) client.destroy();
    };
    for (const side of [client, there]) side.on("error", end).on("close", end);
    client.on("data", (data) => asleep || there.write(data));
    there.on("data", (data) => asleep || client.write(data));
    return undefined;
  });
  await new Promise((done) => relay.listen(0, "127.0.0.1", done));
  t.after(() => new Promise((done) => (lines.forEach(({ client, there }) => (client.destroy(), there.destroy())), relay.close(done))));
  return {
    url: `http://127.0.0.1:${relay.address().port}`,
    sleep: () => (asleep = true),
    wake: () => {
      asleep = false;
      for (const one of lines) if (one.given) one.client.destroy();
    },
    givenUp: () => [...lines].every((one) => one.given),
  };
}

describe("a floor", { timeout: 280_000 }, () => {
  test("three press Claim for one chat: one has it, the others see who, and a second chat is nobody's yet", async (t) => {
    const server = await floor(t, [LENA, JONAS, INES]);
    const [visitor, other] = [await waiting(t, server, "My lamp flickers"), await waiting(t, server, "Where is my parcel")];
    const desks = await Promise.all([LENA, JONAS, INES].map((who) => desk(t, server.url, who, { holds: true })));
    for (const one of desks) {
      await one.row(visitor.c).click();
      await one.page.getByRole("button", { name: "Claim" }).waitFor();
    }
    // Nobody hears of the others before all have pressed.
    for (const one of desks) one.gate.shut = true;
    await Promise.all(desks.map((one) => one.page.getByRole("button", { name: "Claim" }).click()));
    for (const one of desks) await until("the answer is under way", () => one.gate.kept.some((message) => JSON.parse(message).type === "res"));
    for (const one of desks) one.gate.open();
    const claimed = await took(server, visitor.c);
    assert.equal(claimed.length, 1, "exactly one wins");
    const winner = await until("one has the box", async () => {
      for (const one of desks) if ((await one.face.composer.count()) === 1) return one;
      return undefined;
    });
    await winner.face.composer.waitFor();
    await winner.page.getByText(/^Claimed by you at/).waitFor();
    for (const one of desks.filter((one) => one !== winner)) {
      await one.page.getByText(`${winner.who.name} has this chat.`).waitFor();
      await one.page.getByRole("alert").getByText(/was faster/).waitFor();
      assert.equal(await one.face.composer.count(), 0, "nobody else has the box");
      assert.equal(await one.page.getByRole("button", { name: /^Claim/ }).count(), 0);
      assert.match(await one.row(visitor.c).textContent(), new RegExp(winner.who.name.split(" ")[0]), "the list says whose it is");
      assert.match(await one.row(other.c).textContent(), /Where is my parcel/);
      await one.row(other.c).click();
      await one.page.getByRole("button", { name: "Claim" }).waitFor();
    }
    assert.equal((await entries(server, other.c, "claimed")).length, 0);
    calm(...desks);
  });

  test("a reply on a stale view is stopped and shows what is new; “Send anyway” sends it once", async (t) => {
    const server = await floor(t, [LENA]);
    const visitor = await waiting(t, server, "I want to send two lamps back");
    const lena = await desk(t, server.url, LENA, { holds: true });
    await lena.page.keyboard.press("j");
    await lena.page.keyboard.press("c");
    await lena.face.composer.waitFor();
    await until("the history stands", async () => (await lena.says("I want to send two lamps back").count()) > 0);
    lena.gate.shut = true;
    await visitor.writes("No wait, only one of them");
    await lena.face.say("Both can come back.");
    // The server's answer is among what is kept.
    await until("it was refused", () => lena.gate.kept.some((message) => JSON.parse(message).type === "nack"));
    lena.gate.open();
    await lena.page.getByRole("alert").getByText(/wrote while you were writing/).waitFor();
    await lena.says("No wait, only one of them").waitFor();
    await lena.page.locator(".turn.fresh", { hasText: "only one of them" }).waitFor();
    assert.equal(await lena.face.composer.inputValue(), "Both can come back.", "the words are back in the box");
    assert.ok(!(await entries(server, visitor.c, "text")).some((entry) => entry.body.text === "Both can come back."), "nothing went out");
    await lena.page.getByRole("button", { name: "Send anyway" }).click();
    await until("the visitor has it", () => visitor.told.some((frame) => frame.type === "ev" && frame.body.text === "Both can come back."));
    assert.equal((await entries(server, visitor.c, "text")).filter((entry) => entry.body.text === "Both can come back.").length, 1);
    await until("the stop is gone", async () => (await lena.page.getByText(/wrote while you were writing/).count()) === 0);
    calm(lena);
  });

  test("a transfer with a note: the receiver has the chat with its history and the note, and is told", async (t) => {
    const server = await floor(t, [LENA, JONAS]);
    const visitor = await waiting(t, server, "The blue shade is torn");
    const [lena, jonas] = [await desk(t, server.url, LENA), await desk(t, server.url, JONAS)];
    await lena.page.keyboard.press("j");
    await lena.page.keyboard.press("c");
    await lena.face.composer.waitFor();
    await lena.face.say("I will ask my colleague.");
    await until("said", () => visitor.told.some((frame) => frame.type === "ev" && frame.body.text === "I will ask my colleague."));
    await lena.key("t");
    await lena.dialog("Transfer").getByText("Jonas Berg").click();
    await lena.dialog("Transfer").getByLabel("Note for them").fill("Blue shade, order AB1234, wants a new one.");
    await lena.dialog("Transfer").getByRole("button", { name: "Transfer" }).click();
    // It is his: first among his own, and not with hers any more.
    await jonas.page.getByRole("group", { name: "Mine" }).locator(`#cv-${visitor.c}`).waitFor();
    await jonas.row(visitor.c).click();
    await jonas.face.composer.waitFor();
    const passed = jonas.page.getByRole("region", { name: /^Note from Lena Moser/ });
    await passed.getByText("Blue shade, order AB1234, wants a new one.").waitFor();
    assert.ok((await passed.boundingBox()).y < (await jonas.page.locator(".transcript").boundingBox()).y, "above the transcript");
    await jonas.says("I will ask my colleague.").waitFor();
    await lena.page.getByText("Jonas Berg has this chat.").waitFor();
    assert.ok(!JSON.stringify(visitor.told).includes("AB1234"), "the note stays inside");
    calm(lena, jonas);
  });

  test("a cut line, and the chat changes hands meanwhile: the screen is right again without a reload", async (t) => {
    const server = await floor(t, [LENA, RUTH], { config: "[queue]\naway_after_s = 1\n" });
    const relay = await startRelay(t, server);
    const [visitor, other] = [await waiting(t, server, "My parcel is late"), await waiting(t, server, "Is the Fjell lamp dimmable")];
    const lena = await desk(t, relay.url, LENA);
    lena.context.expect(CUT);
    const ruth = await desk(t, server.url, RUTH);
    await lena.row(visitor.c).click();
    await lena.page.getByRole("button", { name: "Claim" }).click();
    await lena.face.composer.fill("half a thought");
    const born = await lena.page.evaluate(() => performance.timeOrigin);
    relay.close();
    await lena.page.getByText("Connection lost").waitFor();
    await ruth.row(visitor.c).click();
    await ruth.page.getByRole("button", { name: /^Take over/ }).click();
    await ruth.face.composer.waitFor();
    await ruth.face.say("Ruth here, I have found your parcel.");
    await until("said", () => visitor.told.some((frame) => frame.type === "ev" && /found your parcel/.test(frame.body.text ?? "")));
    await other.call({ type: "handoff", c: other.c, on: false });
    await visitor.writes("Oh good");
    relay.mend();
    const from = performance.now();
    await lena.page.getByRole("button", { name: "Try now" }).click({ timeout: 3_000 }).catch(() => {}); // it may have come back by itself
    await lena.says("Oh good").waitFor();
    await lena.page.getByText("Ruth Amsel has this chat.").waitFor();
    await until("the other is with the bot", async () => (await lena.page.getByRole("group", { name: "Waiting" }).locator(`#cv-${other.c}`).count()) === 0);
    t.diagnostic(`from the mended line to a right screen: ${Math.round(performance.now() - from)} ms`);
    assert.equal(await lena.page.evaluate(() => performance.timeOrigin), born, "not loaded anew");
    assert.equal(await lena.face.composer.count(), 0, "it is not hers to answer");
    await lena.page.getByText("half a thought").waitFor();
    assert.equal(await lena.says("Ruth here, I have found your parcel.").count(), 1, "once");
    await lena.page.getByRole("button", { name: "Lena Moser, Online" }).first().waitFor();
    calm(lena, ruth);
  });

  test("a laptop that slept: given up by the server meanwhile, and right again soon after it wakes", async (t) => {
    const server = await floor(t, [LENA, RUTH], { config: "[socket]\nheartbeat_ms = 2000\ngrace_ms = 500\ntick_ms = 200\n\n[queue]\naway_after_s = 1\n" });
    const visitor = await waiting(t, server, "My lamp does not switch on");
    // Somebody without a page beats as a page does.
    const beat = setInterval(() => visitor.tell({ type: "ping", n: 1 }), 1_000);
    t.after(() => clearInterval(beat));
    const line = await startSleeper(t, server);
    const lena = await desk(t, line.url, LENA);
    lena.context.expect(CUT);
    const ruth = await desk(t, server.url, RUTH);
    await lena.row(visitor.c).click();
    await lena.page.getByRole("button", { name: "Claim" }).click();
    await lena.face.composer.waitFor();
    const cdp = await lena.context.newCDPSession(lena.page);
    await cdp.send("Page.setWebLifecycleState", { state: "frozen" });
    line.sleep();
    // Nothing of the page runs and no beat arrives: the server gives her line up.
    await until("the server has given her up", line.givenUp);
    await ruth.row(visitor.c).click();
    await ruth.page.getByRole("button", { name: /^Take over/ }).click();
    await ruth.face.composer.waitFor();
    await ruth.face.say("Ruth here. Is it plugged in?");
    await until("said", () => visitor.told.some((frame) => frame.type === "ev" && /plugged in/.test(frame.body.text ?? "")));
    await visitor.writes("Yes it is");
    const from = performance.now();
    line.wake();
    await cdp.send("Page.setWebLifecycleState", { state: "active" });
    await lena.says("Yes it is").waitFor();
    await lena.page.getByText("Ruth Amsel has this chat.").waitFor();
    await lena.page.getByRole("button", { name: "Lena Moser, Online" }).first().waitFor();
    t.diagnostic(`from waking to a right screen: ${Math.round(performance.now() - from)} ms`);
    assert.equal(await lena.face.composer.count(), 0);
    assert.equal(await lena.says("Ruth here. Is it plugged in?").count(), 1, "once");
    calm(lena, ruth);
  });

  test("a whisper reaches the agent's screen, and no visitor", async (t) => {
    const server = await floor(t, [LENA, RUTH]);
    const visitor = await waiting(t, server, "Can I have a discount");
    const [lena, ruth] = [await desk(t, server.url, LENA), await desk(t, server.url, RUTH)];
    await lena.page.keyboard.press("j");
    await lena.page.keyboard.press("c");
    await lena.face.composer.waitFor();
    await ruth.row(visitor.c).click();
    await ruth.page.getByText("Lena Moser has this chat.").waitFor();
    await ruth.key("n");
    await ruth.page.keyboard.type("Ten percent is fine.");
    await ruth.page.getByRole("button", { name: "Whisper" }).click();
    await lena.page.locator(".turn.note", { hasText: "Ten percent is fine." }).getByText("whispered, for agents only").waitFor();
    await lena.face.say("I can give you ten percent.");
    await until("the visitor has the reply", () => visitor.told.some((frame) => frame.type === "ev" && frame.body.text === "I can give you ten percent."));
    assert.ok(!JSON.stringify(visitor.told).includes("Ten percent is fine"), "the whisper stays inside");
    calm(lena, ruth);
  });

  test("offers: accepted by a key, let pass to the next, and who lets them pass is away and is told why", async (t) => {
    const server = await floor(t, [LENA, JONAS], { routing: 'mode = "offer"\noffer_seconds = 5\nmisses_until_away = 1' });
    const [lena, jonas] = [await desk(t, server.url, LENA), await desk(t, server.url, JONAS)];
    const card = (one) => one.page.getByRole("article", { name: "A chat for you" });
    const offered = (desks) => until("somebody is offered it", async () => {
      for (const one of desks) if ((await card(one).count()) > 0) return one;
      return undefined;
    });
    // Taken by a key.
    const first = await waiting(t, server, "My lamp hums");
    const quick = await offered([lena, jonas]);
    const slow = quick === lena ? jonas : lena;
    assert.equal(await card(slow).count(), 0, "one is asked at a time");
    await quick.page.keyboard.press("a");
    await quick.face.composer.waitFor();
    assert.equal((await took(server, first.c)).length, 1);
    // Declined by a key: the next one has it at once.
    const second = await waiting(t, server, "My lamp is too bright");
    const asked = await offered([lena, jonas]);
    const next = asked === lena ? jonas : lena;
    await asked.page.locator("#conversation").focus();
    await asked.page.keyboard.press("d");
    await card(next).first().waitFor();
    assert.equal(await card(asked).count(), 0);
    // Let pass: it ends by itself, and so does being online.
    await next.page.getByRole("button", { name: `${next.who.name}, Away` }).first().waitFor();
    await next.page.getByText(/^You let .* pass/).waitFor();
    await next.page.getByText("You are Away. New chats do not reach you.").waitFor();
    assert.equal(await card(next).count(), 0);
    assert.equal((await entries(server, second.c, "claimed")).length, 0);
    // A new socket does not undo it.
    await next.page.reload();
    await next.page.getByRole("button", { name: `${next.who.name}, Away` }).first().waitFor();
    await next.page.getByText("You are Away. New chats do not reach you.").waitFor();
    await next.page.getByRole("button", { name: "Go online" }).click();
    await next.page.getByRole("button", { name: `${next.who.name}, Online` }).first().waitFor();
    calm(lena, jonas);
  });

  test("given chats come by themselves, one to each; a snoozed one comes back when its visitor writes; what ended is opened again by its visitor, with its history", async (t) => {
    const server = await floor(t, [LENA, JONAS], { routing: 'mode = "assign"' });
    const [lena, jonas] = [await desk(t, server.url, LENA), await desk(t, server.url, JONAS)];
    const [one, two] = [await waiting(t, server, "The cord is short"), await waiting(t, server, "The cord is long")];
    for (const face of [lena, jonas]) await face.page.getByRole("group", { name: "Mine" }).locator(".cv").first().waitFor();
    for (const { c } of [one, two]) assert.equal((await took(server, c)).length, 1);
    const mine = (await lena.row(one.c).textContent()).includes("Jonas") ? [jonas, lena] : [lena, jonas];
    const has = (await mine[0].page.getByRole("group", { name: "Mine" }).locator(`#cv-${one.c}`).count()) === 1 ? mine[0] : mine[1];
    await has.row(one.c).click();
    await has.face.composer.waitFor();
    await has.face.say("Let me look.");
    await until("said", () => one.told.some((frame) => frame.type === "ev" && frame.body.text === "Let me look."));
    await has.key("z");
    await has.dialog("Snooze").waitFor();
    await has.page.keyboard.press("Enter");
    await has.page.locator(".view", { hasText: "Snoozed" }).getByText("1").waitFor();
    await has.page.getByText(/^Snoozed by|^You put it off|snoozed/i).first().waitFor();
    await one.writes("Hello again");
    await has.page.locator(".view", { hasText: "Snoozed" }).getByText("0").waitFor();
    await has.page.getByRole("group", { name: "Mine" }).locator(`#cv-${one.c}`).waitFor();
    await has.says("Hello again").waitFor();
    await has.key("e");
    await has.dialog("Resolve").waitFor();
    await has.dialog("Resolve").getByRole("button", { name: "Resolve" }).click();
    await until("closed", async () => (await entries(server, one.c, "closed")).length === 1);
    const back = await one.call({ type: "reopen", c: one.c });
    assert.equal(back.ok, true);
    // Who had it has it again, first.
    await has.page.getByRole("group", { name: "Mine" }).locator(`#cv-${one.c}`).waitFor();
    await has.row(one.c).click();
    for (const words of ["The cord is short", "Let me look.", "Hello again"]) assert.equal(await until(words, () => has.says(words).count()), 1);
    await has.face.composer.waitFor();
    calm(lena, jonas);
  });
});
