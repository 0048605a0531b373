// One visitor's way through everything that the widget can look like, with a stop at each.

import { begins, person, startSite, until, widgetOf, wordsOf } from "../support.mjs";

const ASKED = { en: ["can I return a lamp I already put up?", "bulb"], de: ["wer zahlt das Porto für die Rücksendung", "Leuchtmittel"] };

/** A page in a language, with a link before and one after the script, on an origin of its own. Gives `url(language, name)`. */
export async function pages(t) {
  let origin = "";
  const site = await startSite(t, (request) => {
    const url = new URL(request.url, "http://site");
    const lang = url.searchParams.get("lang");
    return lang === null ? { status: 204 } : { body: `<!doctype html><html lang="${lang}"><meta name="viewport" content="width=device-width"><title>Lamps</title><a href="#before">Before the chat</a><main><h1>Lamps</h1></main><a href="#after">After it</a><script async src="${origin}/widget.js" data-site="shop"></script></html>` };
  });
  return { site, of: (server) => (origin = server.url), url: (lang, name) => `${site}/?lang=${lang}&name=${name}` };
}

/** A page of one's own with the widget on it, not touched yet. */
export async function visit(t, browser, url, options = {}, language = "en") {
  const context = await person(t, browser, options);
  const page = await context.newPage();
  const words = wordsOf(language);
  const widget = widgetOf(page, words);
  await page.goto(url);
  await widget.launcher.waitFor();
  return { context, page, widget, words };
}

/**
 * Leads a visitor through the states, one after the other, and calls `stop(name)` at each.
 * `agent` takes the chat whose page has `name` in its address.
 */
export async function walk({ page, widget, words, agent, name, language = "en", mail = true }, stop) {
  const [question, vague] = ASKED[language] ?? ASKED.en;
  const button = (key) => widget.dialog.getByRole("button", { name: words[key] });
  const turns = async (least) => until("it is answered", async () => (await widget.transcript()).length >= least);
  await stop("closed");
  await widget.launcher.click();
  await widget.dialog.waitFor();
  await widget.dialog.getByRole("list").first().waitFor();
  await stop("home");
  await widget.say(question);
  await button("helped").waitFor();
  await stop("answer");
  // Whatever asks for a reason then: it is there when there is more to use than before.
  const usable = () => widget.dialog.locator("button, input, textarea, select").count();
  const before = await usable();
  await button("notHelped").click();
  await until("a reason is asked for", async () => (await usable()) > before);
  await stop("thumb-down");
  await widget.say(vague);
  await turns(4);
  await stop("asks-back");
  await button("menu").click();
  await widget.dialog.getByRole("menu").waitFor();
  await stop("menu");
  // Escape closes what has the focus: the menu, once it has it.
  await widget.dialog.getByRole("menuitem").first().focus();
  await page.keyboard.press("Escape");
  // Twice not helped, and the bot may have asked for a person by itself.
  const place = widget.dialog.getByRole("heading", { name: words.place });
  const ask = widget.dialog.getByRole("button", { name: begins(words.talkToPerson) });
  await ask.or(place).first().waitFor();
  if ((await place.count()) === 0) await ask.last().click();
  await place.waitFor();
  await stop("waiting");
  if (mail) {
    await button("leaveEmail").click();
    await widget.dialog.getByRole("textbox", { name: words.email }).fill("mara@");
    await page.keyboard.press("Enter");
    await widget.dialog.getByRole("alert").waitFor();
    await stop("mail-unfinished");
    await button("dismiss").click();
  }
  const c = await agent.claim((chat) => chat.visitor?.page?.url?.includes(`name=${name}`));
  await agent.say(c, "Hello, Lena here. Which lamp is it?");
  await widget.log.getByText("Lena here").waitFor();
  await widget.say("The Skog");
  await widget.log.getByText(words.sent).or(widget.log.getByText(words.seen)).or(widget.log.getByText(words.seenAt)).first().waitFor();
  await stop("agent");
  await agent.call({ type: "resolve", c, ver: agent.version(c), reason: "answered" });
  const scores = widget.dialog.getByRole("group", { name: words.rateTitle }).getByRole("radio");
  await scores.first().waitFor({ state: "attached" });
  await stop("ended");
  await scores.nth(3).check({ force: true });
  const send = widget.dialog.getByRole("button", { name: words.rateSend });
  const thanks = widget.dialog.getByText(words.rateThanks);
  await send.or(thanks).first().waitFor();
  await stop("rating");
  if ((await send.count()) > 0) await send.click();
  await thanks.waitFor();
  await stop("rated");
  return c;
}
