// From a question that nobody answers to one that is answered, and back, with the real program: the visitor in the widget, the
// editor in the console.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";

import { consoleOf, deskbell, person, startBrowser, startServer, until, violations, widgetOf } from "./support.mjs";

const LEA = { email: "lea@shop.example", name: "Lea Novak", role: "editor", password: "correct horse battery staple" };

/** Chromium's own words for an answer that is not a success: nobody is logged in yet. */
const REFUSED = /console: Failed to load resource: the server responded with a status of 401/;

/** Asked in words that the shipped content does not understand, and the entry that is to answer it. */
const QUESTION = "could I come and look at the lamps on a Saturday";
const TARGET = "showroom-visit";
const ANSWER = /showroom/i;

let browser;
before(async () => (browser = await startBrowser()));
after(() => browser.close());

async function editor(t, server) {
  const context = await person(t, browser, { viewport: { width: 1440, height: 900 } });
  context.expect(REFUSED);
  const page = await context.newPage();
  await page.goto(`${server.url}/console/`);
  await consoleOf(page).logIn(LEA.email, LEA.password);
  await page.getByRole("heading", { name: "Unanswered" }).waitFor();
  return { page, context };
}

async function visitor(t, server) {
  const context = await person(t, browser);
  const page = await context.newPage();
  const widget = widgetOf(page);
  await page.goto(server.url);
  await page.evaluate(() => (window.__same = true));
  await widget.launcher.click();
  await widget.dialog.waitFor();
  /** There is no log before the first word. */
  const bot = async () => ((await widget.log.count()) === 0 ? [] : (await widget.transcript()).filter(({ who }) => who === "bot"));
  /** What the bot says to it. */
  const ask = async (text) => {
    const before = (await bot()).length;
    await widget.say(text);
    return until(`an answer to “${text}”`, async () => (await bot()).slice(before).map((turn) => turn.text).join("\n"));
  };
  return { page, context, ask };
}

/** The release that visitors are answered by. */
const inForce = (page, name) => until(`${name} is in force`, () => page.evaluate(async (wanted) => (await (await fetch("../api/v1/workshop")).json()).release?.name === wanted, name));

const clean = async (page, what) => assert.deepEqual(await violations(page), [], what);

/** The question goes to an answer by the page *Unanswered*. */
async function addAsExample(page) {
  await page.getByRole("button", { name: new RegExp(QUESTION) }).click();
  await page.getByRole("heading", { name: QUESTION }).waitFor();
  await clean(page, "unanswered");
  await page.keyboard.press("a");
  const picker = page.getByRole("combobox", { name: "To which answer" });
  await picker.fill(TARGET);
  await page.getByRole("option", { name: new RegExp(TARGET), selected: true }).waitFor();
  await clean(page, "add as example");
  await page.keyboard.press("Enter");
  await page.getByText("1 change in the draft").waitFor();
  await page.getByText(/^In the draft: it is part of/).waitFor();
}

test("asked in vain, added, planned, published, answered; rolled back, not answered", { timeout: 180_000 }, async (t) => {
  const server = await startServer(t, { config: 'follow = "releases"\n' });
  await server.addUser(LEA);
  await deskbell(["publish", "--content", server.content, "--data", server.data, "--name", "opening", "--message", "As the folder has it"]);
  const guest = await visitor(t, server);
  assert.doesNotMatch(await guest.ask(QUESTION), ANSWER);

  const { page, context } = await editor(t, server);
  await addAsExample(page);

  // ---- the draft answers it, what is live does not
  await page.getByRole("link", { name: "Try it" }).click();
  await page.getByRole("textbox", { name: "What a visitor writes" }).fill(QUESTION);
  await page.getByText(/^Newly answered in the draft, by/).first().waitFor();
  await page.getByRole("region", { name: /^Live/ }).getByText("would not know").waitFor();
  await page.getByRole("region", { name: /^Draft/ }).getByText("would answer").waitFor();
  await clean(page, "try it");

  // ---- the plan names it
  await page.getByRole("button", { name: "Review draft" }).click();
  await page.locator(".d-add", { hasText: QUESTION }).waitFor();
  await page.getByRole("button", { name: "Make the plan" }).click();
  await page.getByRole("button", { name: /newly answered/ }).waitFor();
  await page.locator(".change", { hasText: QUESTION }).getByText("newly answered").waitFor();
  await clean(page, "draft with its plan");

  // ---- published: the visitor's page is the same one, and is answered
  await page.getByRole("textbox", { name: "Name of the release" }).fill("saturdays");
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.getByText("There is no draft").waitFor();
  await clean(page, "nothing drafted");
  await inForce(page, "saturdays");
  assert.match(await guest.ask(QUESTION), ANSWER);

  // ---- and back
  await page.getByRole("link", { name: "Releases", exact: true }).click();
  const live = (name) => page.locator(".release", { hasText: name }).getByText("live", { exact: true });
  await live("saturdays").waitFor();
  await clean(page, "releases");
  await page.getByRole("button", { name: "Roll back to this: opening" }).click();
  const question = page.getByRole("dialog", { name: "Roll back to opening?" });
  await clean(page, "the question before it");
  await question.getByRole("button", { name: "Roll back to this" }).click();
  await live("opening").waitFor();
  await inForce(page, "opening");
  // Whoever asks the same for the third time is not asked for other words again.
  assert.doesNotMatch(await guest.ask(QUESTION), ANSWER);
  assert.ok(await guest.page.evaluate(() => window.__same === true), "the visitor never loaded the page again");
  assert.deepEqual(guest.context.trouble(), []);
  assert.deepEqual(context.trouble(), []);
});

test("a draft as a commit on a branch, the checkout untouched", { timeout: 180_000 }, async (t) => {
  const server = await startServer(t);
  await server.addUser(LEA);
  const git = (...args) => execFileSync("git", ["-C", server.content, "-c", "user.name=Lea", "-c", "user.email=lea@shop.example", ...args], { encoding: "utf8" }).trim();
  git("init", "--quiet", "--initial-branch=main");
  git("add", ".");
  git("commit", "--quiet", "--message", "The content");
  const head = git("rev-parse", "HEAD");
  const guest = await visitor(t, server);
  await guest.ask(QUESTION);

  const { page, context } = await editor(t, server);
  await addAsExample(page);
  await page.getByRole("button", { name: "Review draft" }).first().click();
  await page.getByText("This server follows its content folder").waitFor();
  assert.equal(await page.getByRole("button", { name: "Publish", exact: true }).count(), 0);
  await page.getByRole("textbox", { name: "Name of the branch" }).fill("saturdays");
  await page.getByRole("textbox", { name: "What is it about?", exact: true }).fill("The showroom on Saturdays");
  await page.getByRole("button", { name: "Commit to a branch" }).click();
  await page.getByText(/^Committed as [0-9a-f]{8} on \S*saturdays\./).waitFor();
  await clean(page, "committed");
  const branch = git("for-each-ref", "--format=%(refname:short)", "refs/heads").split("\n").find((name) => name.includes("saturdays"));
  assert.equal(git("rev-parse", `${branch}^`), head, "on top of what was checked out");
  assert.match(git("show", branch), new RegExp(`^\\+.*${QUESTION}$`, "m"));
  assert.match(git("log", "-1", "--format=%an %s", branch), /^Lea Novak The showroom on Saturdays$/);
  assert.equal(git("status", "--porcelain"), "");
  assert.equal(git("rev-parse", "HEAD"), head);
  assert.deepEqual(context.trouble(), []);

  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download as patch" }).click()]);
  git("apply", "--check", await file.path());
});
