// The editors' pages in a real browser against the desk in memory: what was asked in vain, a sentence to try, the draft and
// its releases.
import assert from "node:assert/strict";

import { check, clean, enter, logIn, until } from "./page.mjs";

const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
const SMALL = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };
const EDITOR = { role: "editor" };

const calls = (desk, method, path) => desk.seen.calls.filter((call) => call.method === method && (typeof path === "string" ? call.path === path : path.test(call.path)));
const heading = (page) => page.locator("#gap-title");
const focused = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim().slice(0, 60));
const draftOf = (desk) => desk.bench.state.draft?.files ?? {};
const toast = (page, text) => page.locator(".toast", { hasText: text });

async function begin(page, desk) {
  await enter(page, desk);
  await page.locator(".gap").waitFor();
}

async function go(page, hash, seen) {
  await page.evaluate((to) => (location.hash = to), hash);
  await page.locator(seen).first().waitFor();
}

/** Something in the draft, by a colleague or oneself. */
function drafted(desk, by = { id: "a1", name: "Mara Koch" }) {
  const { live, draft } = desk.bench.state;
  const text = draft?.files["intents/delivery.yaml"] ?? live["intents/delivery.yaml"];
  desk.bench.write(by, "intents/delivery.yaml", text.replace("      - parcel lost at the neighbours", "      - parcel lost at the neighbours\n      - It says delivered but there is nothing at my door\n      - Laut DHL zugestellt, hier ist aber nichts"));
}

/** Nothing wider than the screen, nothing cut off at its side. */
async function fits(page, what) {
  const wide = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) return "the page";
    const out = [...document.querySelectorAll(".bench button, .bench input, .bench select, .bench textarea, .bench h3, .bench h4")].find((one) => {
      const { right, left, width: own } = one.getBoundingClientRect();
      return own > 0 && (right > width + 1 || left < -1) && !one.closest(".parts, .diff, .try-recent");
    });
    return out?.outerHTML.slice(0, 120);
  });
  assert.equal(wide, undefined, `${what} does not leave the screen`);
}

check("an editor lands on what is unanswered, and reads no chats", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await page.getByRole("heading", { name: "Unanswered" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Inbox" }).count(), 0);
  assert.equal(await page.getByRole("link", { name: "Live board" }).count(), 0);
  await page.getByRole("link", { name: "Team" }).click();
  await page.getByRole("link", { name: "For the editors" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Canned replies" }).count(), 0);
  await page.goBack();
  await page.locator(".gap").waitFor();
  await page.keyboard.press("Control+k");
  await page.locator(".cmd input").fill("draft");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Draft & releases" }).waitFor();
  assert.equal(desk.seen.frames.filter(({ type }) => ["presence", "look"].includes(type)).length, 0, "nothing is said of chats");
});

check("agents have none of it; administrators reach it from the same rail and the command bar", { role: "admin" }, async (page, desk) => {
  await logIn(page, desk);
  await page.getByRole("link", { name: "Unanswered" }).click();
  await page.locator(".gap").waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("On Unanswered and Try it").waitFor();
  await clean(page, "shortcuts");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.locator(".cmd input").fill("try");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Try it" }).waitFor();
  await page.getByRole("link", { name: "Inbox" }).click();
  await page.locator(".cv").first().waitFor();
});

check("agents see nothing of the editors' pages", {}, async (page, desk) => {
  await logIn(page, desk);
  assert.equal(await page.getByRole("link", { name: "Unanswered" }).count(), 0);
  await page.keyboard.press("Control+k");
  await page.locator(".cmd input").fill("unanswered");
  await page.getByText("Nothing fits").or(page.locator(".cmd .none")).waitFor();
});

check("add as example by the keyboard alone: chosen texts, the nearest answer, into the draft", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await page.getByRole("checkbox", { name: /delivered to who/ }).uncheck();
  await heading(page).focus();
  await page.keyboard.press("a");
  await until("the search has the focus", () => page.evaluate(() => document.activeElement?.getAttribute("role") === "combobox"));
  await page.getByRole("option", { name: /Delivered, not here/, selected: true }).waitFor();
  await clean(page, "add as example");
  await page.keyboard.press("ArrowDown");
  await page.getByRole("option", { name: /When will it arrive/, selected: true }).waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await toast(page, "4 questions added to Delivered, not here").waitFor();
  const sent = calls(desk, "POST", /^workshop\/gaps\/5f3a91c0\/add/)[0].body;
  assert.deepEqual(sent, { rev: null, to: "parcel-missing", texts: ["It says delivered but there is nothing at my door", "pakken er levert men jeg har ikke fått den", "tracking shows handed over, I was at home all day", "Laut DHL zugestellt, hier ist aber nichts"] });
  assert.match(draftOf(desk)["intents/delivery.yaml"], /neighbours\n {6}- It says delivered but there is nothing at my door\n/);
  await page.getByText("In the draft: it is part of “Delivered, not here”").waitFor();
  await until("the focus is back at the group", async () => (await focused(page)) === "gap-title");
  await page.getByText("1 change in the draft").waitFor();
  await clean(page, "drafted");
  // The next change says which draft it is about.
  await page.keyboard.press("k");
  await until("the last one to do", async () => (await heading(page).textContent()) === "Gift card not accepted");
  await page.keyboard.press("a");
  await page.getByRole("combobox", { name: "To which answer" }).fill("invoice");
  await page.keyboard.press("Enter");
  await until("both are in the draft", () => calls(desk, "POST", /\/add/)[1]?.body.rev === 1);
  await page.getByText("2 changes in the draft").waitFor();
  await heading(page).focus();
  await page.keyboard.press("r");
  await page.getByText("2 changes in 2 files.").waitFor();
});

check("Escape leaves a form and gives the focus back to what opened it", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await page.getByRole("button", { name: /^New answer/ }).click();
  await page.getByRole("textbox", { name: "Title" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Title" }).waitFor({ state: "detached" });
  await until("back at the card", async () => (await focused(page)).startsWith("New answer"));
});

check("a new answer: its name from the title, an answer in each language, as visitors see it", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await heading(page).focus();
  await page.keyboard.press("n");
  await until("the title has the focus", () => page.evaluate(() => document.activeElement?.closest("label")?.textContent.startsWith("Title")));
  await page.keyboard.type("Zugestellt, aber nicht da (Tür)");
  const name = page.getByRole("textbox", { name: "Name in the files" });
  assert.equal(await name.inputValue(), "zugestellt-aber-nicht-da-tuer");
  await page.getByRole("button", { name: /^Make this answer/ }).click();
  await page.getByText("Write the answer in one language at least.").waitFor();
  await page.getByRole("textbox", { name: "Answer in English" }).fill("Couriers scan **early**.\n\n- wait <b>until</b> tonight");
  await page.locator(".preview").first().locator("strong", { hasText: "early" }).waitFor();
  await page.locator(".preview").first().locator("li", { hasText: "wait <b>until</b> tonight" }).waitFor();
  await page.getByRole("textbox", { name: "Answer in German" }).fill("Bitte warten Sie bis heute Abend.");
  await clean(page, "new answer");
  await name.fill("parcel-missing");
  await page.getByText("There is an entry of this name already.").first().waitFor();
  await name.press("Enter");
  await page.getByRole("alert").filter({ hasText: "There is an entry of this name already." }).waitFor();
  assert.equal(calls(desk, "POST", /\/new/).length, 0, "the server is not asked");
  await name.fill("marked-delivered");
  await page.getByRole("button", { name: /^Make this answer/ }).click();
  await toast(page, "is in the draft").waitFor();
  const { body } = calls(desk, "POST", /\/new/)[0];
  assert.deepEqual([body.id, body.title, body.texts.length, Object.keys(body.answer)], ["marked-delivered", "Zugestellt, aber nicht da (Tür)", 5, ["en", "de"]]);
  assert.match(draftOf(desk)["intents/delivery.yaml"], /- id: marked-delivered/);
});

check("covered by an article: its questions get the words", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await page.keyboard.press("j");
  await until("the second group", async () => (await heading(page).textContent()) === "Lamp hums with a dimmer");
  await page.keyboard.press("l");
  await page.getByRole("option", { name: /Dimmers that fit/, selected: true }).waitFor();
  assert.equal(await page.getByRole("option", { name: /Delivered, not here/ }).count(), 0, "articles alone");
  await page.keyboard.press("Enter");
  await toast(page, "3 questions added to Dimmers that fit").waitFor();
  assert.match(draftOf(desk)["knowledge/en/dimmers.md"], / {2}- my lamp flickers with a dimmer\n {2}- Lamp hums with a dimmer\n/);
});

check("ignore for good, and back", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await page.keyboard.press("x");
  await toast(page, "Ignored").waitFor();
  await until("the next one is read", async () => (await heading(page).textContent()) === "Lamp hums with a dimmer" && (await focused(page)) === "gap-title");
  assert.equal(await page.locator("#gap-5f3a91c0").count(), 0);
  await page.getByRole("link", { name: /^Ignored/ }).click();
  await page.getByText("Mara Koch ·").waitFor();
  await clean(page, "ignored");
  await page.getByRole("button", { name: /Bring back “It says delivered/ }).click();
  await page.getByText("Nothing is ignored").waitFor();
  await until("the focus stays on the page", async () => (await focused(page)) === "ignored");
  await clean(page, "nothing ignored");
  await page.getByRole("link", { name: "Open", exact: true }).click();
  await page.locator("#gap-5f3a91c0").waitFor();
});

check("filters, search and period; arrows walk the list and Enter opens", EDITOR, async (page, desk) => {
  await begin(page, desk);
  const rows = page.locator(".gap-row");
  assert.equal(await rows.count(), 6);
  await page.getByRole("combobox", { name: "Language" }).selectOption("pt");
  await until("one language", async () => (await rows.count()) === 1);
  await page.getByRole("combobox", { name: "Language" }).selectOption("");
  await page.getByRole("combobox", { name: "Sign" }).selectOption("suggested");
  await until("one sign", async () => (await rows.count()) === 1);
  await page.getByRole("combobox", { name: "Sign" }).selectOption("");
  await heading(page).focus();
  await page.keyboard.press("/");
  await page.keyboard.type("made?");
  await until("found", async () => (await rows.count()) === 1 && (await heading(page).textContent()) === "Where is it made?");
  await page.keyboard.type("xyz");
  await page.getByText("Nothing fits. Change the words").waitFor();
  await clean(page, "nothing fits");
  await page.getByRole("searchbox").fill("");
  await page.getByRole("combobox", { name: "Period" }).selectOption("7");
  await until("asked for a week", () => calls(desk, "GET", /gaps\?days=7/).length === 1);
  await page.locator("#gap-5f3a91c0").focus();
  await page.keyboard.press("ArrowDown");
  await until("the next row", async () => (await focused(page)) === "gap-a1c77e02");
  await page.keyboard.press("Enter");
  await until("read", async () => (await focused(page)) === "gap-title");
  assert.match(page.url(), /#unanswered\/a1c77e02$/);
  await page.reload();
  await until("the address is kept", async () => (await heading(page).textContent().catch(() => "")) === "Lamp hums with a dimmer");
});

check("shortcuts that are switched off are off here too", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await page.keyboard.press("?");
  await page.getByRole("switch", { name: /shortcuts/i }).uncheck({ force: true });
  await page.keyboard.press("Escape");
  await heading(page).focus();
  await page.keyboard.press("x");
  await page.keyboard.press("a");
  assert.equal(await page.locator(".deed-form").count(), 0);
  assert.equal(calls(desk, "POST", /ignore/).length, 0);
});

check("a group whose words are withheld says why and takes no examples", EDITOR, async (page, desk) => {
  Object.assign(desk.bench.clusters[0], { samples: [], visitors: 1 });
  await begin(page, desk);
  await page.getByRole("heading", { name: "Near “Delivered, not here”" }).waitFor();
  await page.getByText("So few visitors wrote this").waitFor();
  assert.ok(await page.getByRole("button", { name: /^Add as example/ }).isDisabled());
  await page.keyboard.press("a");
  assert.equal(await page.locator(".deed-form").count(), 0);
  await clean(page, "withheld");
});

check("answers that did not help, and those that nobody used", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await page.getByText("Answers that a person often followed").click();
  await page.getByText("17 of 41 went on to a person (41 %)").waitFor();
  await page.getByText("Never used").click();
  await page.getByText("intents/returns.yaml:11").waitFor();
  await clean(page, "aside");
});

check("somebody else changed the draft: nothing is written, the page says so and loads it", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await page.keyboard.press("a");
  await page.getByRole("combobox", { name: "To which answer" }).waitFor();
  drafted(desk, { id: "a2", name: "Jonas Berg" });
  await page.keyboard.press("Enter");
  const told = page.getByRole("alert").filter({ hasText: "Somebody else changed the draft." });
  await told.waitFor();
  await clean(page, "outrun");
  assert.ok(await page.getByRole("button", { name: /^Add 5/ }).isDisabled());
  await page.getByRole("button", { name: "Load the draft" }).click();
  await told.waitFor({ state: "detached" });
  await page.getByText("1 change in the draft").waitFor();
  await page.getByRole("button", { name: /^Add 5/ }).click();
  await toast(page, "5 questions added").waitFor();
  assert.equal(calls(desk, "POST", /\/add/)[1].body.rev, 1);
});

check("what the server refuses is said in its words, and what was typed stays", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await page.keyboard.press("n");
  await page.keyboard.type("Courier");
  await page.getByRole("textbox", { name: "Answer in English" }).fill("Soon.");
  // Made meanwhile by somebody else, in the file but not on this page.
  desk.bench.state.live["intents/returns.yaml"] += "\n  - id: courier\n    title: Courier\n";
  await page.getByRole("button", { name: /^Make this answer/ }).click();
  await page.getByText("This was not accepted: “courier” is there already.").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Answer in English" }).inputValue(), "Soon.");
});

check("try it: answers as one types, the last sentence wins, live beside draft in words", EDITOR, async (page, desk) => {
  drafted(desk);
  await begin(page, desk);
  await page.getByRole("link", { name: "Try it" }).click();
  await page.getByText("What would the bot say?").waitFor();
  await clean(page, "nothing tried");
  let let_go;
  desk.bench.state.hold = { path: "workshop/try", until: new Promise((done) => (let_go = done)) };
  const field = page.getByRole("textbox", { name: "What a visitor writes" });
  await field.fill("the glass is cracked");
  await until("the first is asked", () => calls(desk, "POST", "workshop/try").length === 1);
  desk.bench.state.hold = null;
  await field.fill("It says delivered but there is nothing at my door");
  await page.getByText("Newly answered in the draft, by Delivered, not here.").first().waitFor();
  let_go();
  await until("both came", () => calls(desk, "POST", "workshop/try").length === 2);
  const sides = page.locator(".side");
  await sides.first().getByText("would ask back").waitFor();
  await sides.last().getByText("would answer").waitFor();
  await sides.last().getByRole("link", { name: "How a search works" }).waitFor();
  await sides.last().getByText("intents/delivery.yaml:9").waitFor();
  await sides.first().getByText("Why not: sure to 71 %, answers need 75 %").waitFor();
  assert.equal(await page.getByText("Damaged on arrival would").count(), 0, "the first answer came last and is not shown");
  await clean(page, "tried");
  await page.getByRole("combobox", { name: "Language" }).selectOption("de");
  await page.getByRole("textbox", { name: "On page" }).fill("/orders");
  await until("asked with both", () => calls(desk, "POST", "workshop/try").some(({ body }) => body.language === "de" && body.page === "/orders"));
  await page.getByText("Das tut mir leid. Kuriere").waitFor();
  await page.getByRole("button", { name: /^It says delivered/ }).waitFor();
  await field.fill("zzz");
  await page.getByText("would not know").first().waitFor();
  await page.getByRole("button", { name: /^It says delivered/ }).click();
  assert.equal(await field.inputValue(), "It says delivered but there is nothing at my door");
});

check("try it: without a draft one column; a sentence becomes an example", EDITOR, async (page, desk) => {
  await begin(page, desk);
  await page.getByRole("link", { name: "Try it" }).click();
  await page.getByRole("textbox", { name: "What a visitor writes" }).fill("where did you leave my parcel");
  await page.getByText("There is no draft: this is what visitors get.").waitFor();
  assert.equal(await page.locator(".side").count(), 1);
  await page.getByRole("button", { name: "Add as example" }).click();
  await page.getByRole("option", { name: /Delivered, not here/, selected: true }).waitFor();
  await clean(page, "add a sentence");
  await page.keyboard.press("Enter");
  await toast(page, "1 question added to Delivered, not here").waitFor();
  await page.locator(".side").nth(1).getByText("would answer").waitFor();
  await page.getByText("1 change in the draft").waitFor();
  await until("the focus is back", async () => (await focused(page)) === "Add as example");
});

check("the plan says what changes, by edit and kind; published it is live, and rolled back it is not", EDITOR, async (page, desk) => {
  drafted(desk);
  await begin(page, desk);
  await page.getByRole("link", { name: "Draft & releases" }).click();
  await page.getByText("1 change in 1 file.").waitFor();
  await page.locator(".d-add", { hasText: "It says delivered but there is nothing at my door" }).waitFor();
  await page.getByText("22 tests pass").waitFor();
  await clean(page, "draft");
  await page.getByRole("button", { name: "Make the plan" }).click();
  await page.getByRole("button", { name: /answered, was asked back/ }).waitFor();
  await until("the plan has the focus", async () => (await focused(page)) === "plan-head");
  await page.getByText("example added in Delivered, not here").waitFor();
  const line = page.locator(".change").first();
  await line.getByText("Words of the reply").click();
  await line.locator("ins", { hasText: "Couriers sometimes scan early" }).waitFor();
  await line.locator("del", { hasText: "Did you mean" }).waitFor();
  await clean(page, "plan");
  await page.getByRole("button", { name: /newly answered/ }).click();
  await until("of one kind", async () => (await page.locator(".change .chip").allTextContents()).every((text) => text === "newly answered"));
  const all = await page.locator(".change").count();
  await page.getByRole("button", { name: /change in all/ }).click();
  await until("all again", async () => (await page.locator(".change").count()) > all);
  const side = page.getByRole("complementary", { name: "What to do with the draft" });
  await side.getByText(/^Of \d+ questions:/).waitFor();
  await page.getByRole("textbox", { name: "Name of the release" }).fill("courier-scans");
  await page.getByRole("textbox", { name: "What is it about? (optional)" }).fill("Marked delivered, not here");
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await toast(page, "“courier-scans” is live").waitFor();
  await page.getByText("There is no draft").waitFor();
  await until("the focus is at the top", async () => (await focused(page)) === "Draft & releases");
  assert.deepEqual(calls(desk, "POST", "workshop/publish")[0].body, { rev: 1, name: "courier-scans", message: "Marked delivered, not here" });
  await page.getByRole("link", { name: "Releases", exact: true }).click();
  const first = page.locator(".release").first();
  await first.getByText("courier-scans").waitFor();
  await first.getByText("live", { exact: true }).waitFor();
  await first.getByText(/newly answered/).waitFor();
  await clean(page, "releases");
  await page.getByRole("button", { name: "Roll back to this: 2026-11-17" }).click();
  const asked = page.getByRole("dialog", { name: "Roll back to 2026-11-17?" });
  await asked.getByText("Every visitor is answered by 2026-11-17 again, instead of courier-scans").waitFor();
  await clean(page, "rollback question");
  await page.keyboard.press("Escape");
  await asked.waitFor({ state: "detached" });
  await until("the focus is back at the button", async () => (await focused(page)) === "Roll back to this");
  await page.keyboard.press("Enter");
  await asked.getByRole("button", { name: "Roll back to this" }).click();
  await toast(page, "“2026-11-17” is live again").waitFor();
  await page.locator(".release", { hasText: "2026-11-17" }).getByText("live", { exact: true }).waitFor();
  assert.equal(desk.bench.state.releases.find((one) => one.live).name, "2026-11-17");
});

check("a plan that changes nothing says so; one that is out of date too", EDITOR, async (page, desk) => {
  desk.bench.write({ id: "a1", name: "Mara Koch" }, "intents/returns.yaml", `${desk.bench.state.live["intents/returns.yaml"]}# later\n`);
  await begin(page, desk);
  await go(page, "releases/draft", ".file");
  await page.getByRole("button", { name: "Make the plan" }).click();
  await page.getByText(/Nothing changes: all \d+ questions are replied to as before\./).waitFor();
  await clean(page, "nothing changes");
  await go(page, "unanswered", ".gap");
  await page.keyboard.press("a");
  await page.getByRole("combobox", { name: "To which answer" }).waitFor();
  await page.keyboard.press("Enter");
  await toast(page, "added").waitFor();
});

check("errors and failing tests: with place and words, and nothing to publish", EDITOR, async (page, desk) => {
  drafted(desk);
  Object.assign(desk.bench.state, { broken: true, failing: true });
  desk.bench.state.draft.stale = true;
  await begin(page, desk);
  await page.getByText("1 test fails").waitFor();
  await go(page, "releases/draft", ".problems");
  await page.getByText("intents/delivery.yaml:12:9").waitFor();
  await page.getByText("What helps: remove one, or join the intents").waitFor();
  await page.getByText("intents/returns.test.md:14").waitFor();
  await page.getByText("Something else went live since").waitFor();
  await page.getByText("It cannot be published while").waitFor();
  await clean(page, "broken");
  // Either is enough.
  for (const [broken, failing] of [[true, true], [true, false], [false, true]]) {
    Object.assign(desk.bench.state, { broken, failing });
    await go(page, "unanswered", ".gap");
    await go(page, "releases/draft", ".file");
    await until("the page knows", async () => (await page.getByText("I014").count()) === Number(broken) && (await page.getByText("1 test fails").count()) === Number(failing));
    await page.getByText("It cannot be published while").waitFor();
    assert.equal(await page.getByRole("button", { name: "Publish", exact: true }).count(), 0);
  }
});

check("it broke meanwhile: publishing is refused, and the page shows why", EDITOR, async (page, desk) => {
  drafted(desk);
  await begin(page, desk);
  await go(page, "releases/draft", ".file");
  desk.bench.state.broken = true;
  await page.getByRole("button", { name: "Publish", exact: true }).click();
  await page.locator(".problems").getByText("the same example is in two intents").waitFor();
  assert.equal(desk.bench.state.releases.length, 3);
});

check("why something cannot be published is said in words", EDITOR, async (page, desk) => {
  drafted(desk);
  desk.bench.state.clash = "intents/delivery.yaml";
  await begin(page, desk);
  await go(page, "releases/draft", ".file");
  await page.getByText("changed by others since").waitFor();
  await page.getByText("Others changed one of these files since it was drafted.").waitFor();
  await clean(page, "clash");
  for (const [status, told, words] of [
    [409, { code: "conflicts", files: ["intents/delivery.yaml"] }, "since they were drafted: intents/delivery.yaml."],
    [409, { code: "taken" }, "There is a release of this name."],
    [409, { code: "moved" }, "Something else went live meanwhile."],
    [422, { code: "name" }, "A name has 1 to 80 characters"],
    [422, { code: "nothing" }, "The draft changes nothing that is live."],
    [422, { code: "new-one", message: "the moon is full" }, "This was not accepted: the moon is full."],
    [503, { code: "busy" }, "The server does not answer."],
  ]) {
    desk.bench.state.refuse = { status, told };
    await page.getByRole("button", { name: "Publish", exact: true }).click();
    await page.getByRole("alert").filter({ hasText: words }).waitFor();
  }
});

check("a commit to a branch, a patch, and the question before the draft goes", EDITOR, async (page, desk) => {
  drafted(desk);
  await begin(page, desk);
  await go(page, "releases/draft", ".file");
  await page.getByText("from main.").waitFor();
  await page.getByRole("textbox", { name: "Name of the branch" }).fill("courier-scans");
  await page.getByRole("textbox", { name: "What is it about?", exact: true }).fill("Marked delivered, not here");
  await page.getByRole("button", { name: "Commit to a branch" }).click();
  await page.getByText("Committed as c0ffee1d on courier-scans.").waitFor();
  assert.deepEqual(calls(desk, "POST", "workshop/branch")[0].body, { rev: 1, name: "courier-scans", message: "Marked delivered, not here" });
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download as patch" }).click()]);
  assert.equal(file.suggestedFilename(), "draft.patch");
  await page.getByRole("button", { name: "Discard", exact: true }).click();
  const asked = page.getByRole("dialog", { name: "Discard the draft?" });
  await asked.getByText("1 change goes, last changed by Mara Koch.").or(asked.getByText("1 change go, last changed by Mara Koch.")).waitFor();
  await until("the way back has the focus", async () => (await focused(page)) === "Cancel");
  await clean(page, "discard");
  await page.keyboard.press("Enter");
  await asked.waitFor({ state: "detached" });
  assert.ok(desk.bench.state.draft);
  await page.getByRole("button", { name: "Discard", exact: true }).click();
  await page.getByRole("button", { name: "Discard the draft" }).click();
  await page.getByText("There is no draft").waitFor();
  assert.equal(desk.bench.state.draft, null);
});

check("a server that follows its folder: no publishing, no rolling back, and why", { ...EDITOR, editors: { follow: "folder", git: null } }, async (page, desk) => {
  drafted(desk);
  await begin(page, desk);
  await go(page, "releases/draft", ".file");
  await page.getByText("This server follows its content folder: what is in the folder is live. Commit").waitFor();
  assert.equal(await page.getByRole("button", { name: "Publish", exact: true }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "Commit to a branch" }).count(), 0);
  await clean(page, "follows a folder");
  await go(page, "releases/history", ".release");
  assert.equal(await page.getByRole("button", { name: /^Roll back/ }).count(), 0);
});

check("nobody asked yet: each page says what it is for", { ...EDITOR, editors: { quiet: true } }, async (page, desk) => {
  await enter(page, desk);
  await page.getByText("Nobody has asked yet").waitFor();
  await clean(page, "no questions");
  await go(page, "releases/draft", ".empty");
  await page.getByRole("button", { name: "See what is unanswered" }).waitFor();
  await clean(page, "no draft");
  await go(page, "releases/history", ".empty");
  await page.getByText("There are no releases yet").waitFor();
  await clean(page, "no releases");
});

for (const [name, options] of [
  ["dark", { colorScheme: "dark" }],
  ["German", { locale: "de-DE" }],
  ["forced colours", { forcedColors: "active" }],
  ["tablet", { viewport: { width: 1024, height: 768 } }],
  ["phone", PHONE],
  ["small and German", { ...SMALL, locale: "de-DE" }],
]) {
  check(`axe and nothing cut off: the editors' pages (${name})`, { ...EDITOR, ...options }, async (page, desk) => {
    drafted(desk);
    await enter(page, desk);
    await page.locator(".gap-row").first().waitFor();
    await clean(page, "unanswered");
    await fits(page, "unanswered");
    await page.locator(".gap-row").first().click();
    for (const deed of [0, 1, 2]) {
      await page.locator(".deed").nth(deed).click();
      await page.locator(".deed-form").waitFor();
      await clean(page, `deed ${deed}`);
      await fits(page, `deed ${deed}`);
    }
    await go(page, "unanswered/ignored", ".empty");
    await clean(page, "ignored");
    await go(page, "try", ".try");
    await page.locator(".try textarea").fill("It says delivered but there is nothing at my door");
    await page.locator(".side").nth(1).waitFor();
    await clean(page, "try");
    await fits(page, "try");
    await page.locator(".try-add").click();
    await page.locator(".deed-form").waitFor();
    await fits(page, "add a sentence");
    await go(page, "releases/draft", ".file");
    await page.locator(".plan-do .btn").click();
    await page.locator(".plan-cards").waitFor();
    await page.locator(".words summary").first().click();
    await clean(page, "draft");
    await fits(page, "draft");
    await go(page, "releases/history", ".release");
    await clean(page, "history");
    await fits(page, "history");
    await page.locator(".release .btn").first().click();
    await page.locator("dialog").waitFor();
    await clean(page, "rollback");
  });
}

check("on a phone: the list, one group, and back; all pages and the way out are at hand", { ...EDITOR, ...PHONE }, async (page, desk) => {
  await enter(page, desk);
  await page.locator(".gap-row").first().click();
  await heading(page).waitFor();
  assert.ok(await page.locator(".gap-list").isHidden());
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.locator(".gap-row").first().waitFor();
  await page.locator(".gap-row").first().click();
  await heading(page).waitFor();
  await page.goBack();
  await page.locator(".gap-row").first().waitFor();
  await page.getByRole("navigation", { name: "Pages of the editors" }).getByRole("link", { name: "Try it" }).click();
  await page.getByRole("heading", { name: "Try it" }).waitFor();
  await page.getByRole("button", { name: "Mara Koch" }).click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.locator("#email").waitFor();
});
