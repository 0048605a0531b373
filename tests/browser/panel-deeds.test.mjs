// What a visitor can do beside writing, each by the button that is there for it, and what comes of it on the server.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";

import { agentAt, deskbell, focused, frames, person, startBrowser, startServer, until, widgetOf } from "./support.mjs";

const LENA = { email: "lena@shop.example", name: "Lena Moser", password: "correct horse battery staple" };
const WISH = "I want to talk to a person";

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function open(t, server) {
  const context = await person(t, browser);
  const page = await context.newPage();
  const line = frames(page);
  await page.goto(server.url);
  const chat = page.locator("deskbell-chat");
  const widget = widgetOf(page);
  await widget.launcher.click();
  await widget.dialog.getByRole("list").first().waitFor();
  const button = (name) => chat.getByRole("button", { name, exact: true });
  const menu = async (name) => {
    await button("Menu").click();
    await chat.getByRole("menuitem", { name }).click();
  };
  return { context, page, line, chat, widget, button, menu };
}

describe("deeds", { concurrency: 3, timeout: 120_000 }, () => {
  test("out of the line by the menu, to the end by the foot, and the talk is saved", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const agent = await agentAt(t, server, LENA);
    const { page, widget, chat, button, menu, context } = await open(t, server);
    const kinds = async () => (await server.log()).map((entry) => entry.kind);
    await widget.say(WISH);
    await chat.getByRole("heading", { name: /in line$/ }).waitFor();
    await menu("Leave the line");
    await widget.log.getByText(/^You left the line/).waitFor();
    await button("Talk to a person").click();
    const c = await agent.claim(() => true);
    await agent.say(c, "Hello, **Lena** here.");
    await widget.log.getByText("Lena here").or(widget.log.getByText(/here\./)).first().waitFor();
    await button("End conversation").click();
    assert.equal((await focused(page)).name, "Keep it", "nothing ends by a second tap on the same place");
    await button("Keep it").click();
    assert.ok(!(await kinds()).includes("closed"));
    await button("End conversation").click();
    await button("End it").click();
    await widget.log.getByText(/^You ended the conversation/).waitFor();
    assert.equal((await server.log(c)).find((entry) => entry.kind === "closed").author, "visitor");
    const [file] = await Promise.all([page.waitForEvent("download"), button("Save conversation").click()]);
    const text = readFileSync(await file.path(), "utf8");
    assert.match(text, /You: I want to talk to a person[^]+Lena Moser: Hello, Lena here\./);
    // On with it: the same person's queue, the same log.
    await button("Continue your conversation").click();
    await chat.getByRole("heading", { name: /in line$/ }).waitFor();
    assert.equal(await agent.claim(() => true), c, "who comes has the whole story");
    await widget.say("One more thing");
    await agent.say(c, "Gladly.");
    await widget.log.getByText("Gladly.").waitFor();
    await button("End conversation").click();
    await button("End it").click();
    await button("Start over").click();
    await widget.say("when are you open");
    await until("it is answered", async () => (await widget.transcript()).length === 2);
    await menu("End conversation");
    await widget.log.getByText(/^You ended the conversation/).waitFor();
    assert.equal((await kinds()).filter((kind) => kind === "closed").length, 3);
    assert.deepEqual(context.trouble(), []);
  });

  test("what was refused is tried again by its button, under the same name, and thrown away by the other", async (t) => {
    const server = await startServer(t);
    const { page, widget, line, button } = await open(t, server);
    await widget.say("when are you open");
    await until("it is answered", async () => (await widget.transcript()).length === 2);
    // Nothing at all: the box does not send it, a page may.
    await page.evaluate(() => window.deskbell("ask", "  "));
    await widget.log.getByText(/^Not sent: not accepted/).waitFor();
    const sent = () => line.of("send").filter((frame) => frame.body?.text === "  ").map((frame) => frame.cmid);
    assert.equal(sent().length, 1);
    await button("Try again").click();
    await line.heard("nack", 2);
    assert.equal(sent().length, 2);
    assert.equal(new Set(sent()).size, 1);
    await widget.log.getByText(/^Not sent: not accepted/).waitFor();
    await button("Delete").click();
    await widget.log.getByText(/^Not sent/).waitFor({ state: "detached" });
    await page.reload();
    await until("the talk is back", async () => (await widget.transcript()).length === 2);
    assert.equal(await widget.log.getByText(/^Not sent/).count(), 0);
  });

  test("how many came while nobody looked stands on the button, in the title and in its name, until they are read", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const agent = await agentAt(t, server, LENA);
    const { page, widget, chat, button } = await open(t, server);
    const title = await page.title();
    await widget.say(WISH);
    const c = await agent.claim(() => true);
    await agent.say(c, "read at once");
    await widget.log.getByText("read at once").waitFor();
    await button("Close").click();
    assert.equal(await chat.locator(".badge").count(), 0);
    for (const [at, words] of ["one", "two"].entries()) {
      await agent.say(c, words);
      await chat.locator(".launch").getByText(String(at + 1), { exact: true }).waitFor();
      await until("it is said", async () => (await widget.launcher.getAttribute("aria-label")).startsWith(`Open chat, ${at + 1} unread`));
      assert.equal(await page.title(), `(${at + 1}) ${title}`);
    }
    await widget.launcher.click();
    await widget.log.getByText("two", { exact: true }).waitFor();
    await button("Close").click();
    await until("all is read", async () => (await page.title()) === title && (await chat.locator(".badge").count()) === 0);
    assert.equal(await widget.launcher.getAttribute("aria-label"), "Open chat");
  });

  test("who reads further up is not moved by what arrives, is told of it, and comes to it by one button", async (t) => {
    const server = await startServer(t);
    await server.addUser(LENA);
    const agent = await agentAt(t, server, LENA);
    const { widget, chat, button } = await open(t, server);
    await widget.say(WISH);
    const c = await agent.claim(() => true);
    await agent.say(c, "line\n\n".repeat(40));
    await widget.log.getByText("line").nth(39).waitFor();
    const scroll = chat.locator(".scroll");
    const fromEnd = () => scroll.evaluate((box) => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight));
    await until("the end is followed", async () => (await fromEnd()) < 2);
    assert.equal(await button("New messages").count(), 0);
    await scroll.hover();
    await chat.page().mouse.wheel(0, -400);
    await until("it is scrolled", async () => (await fromEnd()) > 300);
    const before = await scroll.evaluate((box) => box.scrollTop);
    await agent.say(c, "the newest");
    await button("New messages").waitFor();
    assert.equal(await scroll.evaluate((box) => box.scrollTop), before);
    await button("New messages").click();
    await until("the end", async () => (await fromEnd()) < 2);
    await button("New messages").waitFor({ state: "detached" });
    await agent.say(c, "one more");
    await widget.log.getByText("one more").waitFor();
    await until("the end is followed again", async () => (await fromEnd()) < 2);
  });

  test("a notice is read on every screen, goes when its time is over, and one that was put away does not come back", async (t) => {
    const server = await startServer(t);
    const set = (text, until) => deskbell(["notice", "set", "--data", server.data, "--text", `en=${text}`, "--until", until]);
    const context = await person(t, browser);
    await context.clock.install();
    const page = await context.newPage();
    await page.goto(server.url);
    const widget = widgetOf(page);
    await widget.launcher.click();
    await set("Cards do not work.", "2h");
    const bar = (words) => widget.dialog.getByRole("status").filter({ hasText: words });
    await bar("Cards do not work.").waitFor();
    await widget.dialog.getByRole("button", { name: "Search the help articles" }).click();
    await bar("Cards do not work.").waitFor();
    await page.clock.fastForward("02:00:01");
    await bar("Cards do not work.").waitFor({ state: "detached" });
    await set("The shop is closed.", "9h");
    await bar("The shop is closed.").waitFor();
    await widget.dialog.getByRole("button", { name: "Dismiss" }).click();
    await bar("The shop is closed.").waitFor({ state: "detached" });
    await widget.dialog.getByRole("button", { name: "Back", exact: true }).click();
    await widget.dialog.getByRole("button", { name: "Search the help articles" }).waitFor();
    assert.equal(await bar("The shop is closed.").count(), 0);
  });

  test("a notice that was set while the line was away is there when it is back, and one that was taken away is not", async (t) => {
    const server = await startServer(t);
    const { widget, context } = await open(t, server);
    context.expect(/WebSocket|ERR_/);
    const bar = widget.dialog.getByText("Cards do not work.");
    await server.kill();
    await deskbell(["notice", "set", "--data", server.data, "--text", "en=Cards do not work.", "--until", "2h"]);
    await server.restart();
    await bar.waitFor();
    await server.kill();
    await deskbell(["notice", "clear", "--data", server.data]);
    await server.restart();
    await bar.waitFor({ state: "detached" });
  });

  test("no tone where the site did not ask for one, and whoever muted it is not asked again", async (t) => {
    for (const sound of [false, true]) {
      const server = await startServer(t, { widget: sound ? "sound = true" : "" });
      await server.addUser(LENA);
      const agent = await agentAt(t, server, LENA);
      const { page, widget, chat, button, context } = await open(t, server);
      await context.addInitScript(() => {
        window.notes = 0;
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (...at) {
          window.notes += 1;
          return start.apply(this, at);
        };
      });
      await widget.say(WISH);
      const c = await agent.claim(() => true);
      await button("Menu").click();
      await chat.getByRole("menu").waitFor();
      const item = chat.getByRole("menuitemcheckbox", { name: "Sound" });
      assert.equal(await item.count(), sound ? 1 : 0);
      if (sound) await item.click();
      else await chat.getByRole("menuitem").first().press("Escape");
      await page.reload();
      await widget.log.getByText(/^Lena joined/).waitFor();
      await button("Close").click();
      await agent.say(c, "one");
      await chat.locator(".badge").waitFor();
      await widget.launcher.click();
      await widget.log.getByText("one", { exact: true }).waitFor();
      assert.equal(await page.evaluate(() => window.notes), 0);
      if (sound) {
        await button("Menu").click();
        assert.equal(await item.getAttribute("aria-checked"), "false");
      }
    }
  });
});
