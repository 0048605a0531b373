// What the browser tests stand on: the real program, a real Chromium, and waits that end when something happens.
// Nothing here sleeps for a fixed time, and whatever a test starts is stopped by its process id, also when the test fails.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import WebSocket from "ws";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const BIN = resolve(process.env["DESKBELL_BIN"] ?? join(ROOT, "target/release/deskbell"));

/** Longest wait for anything that should happen, ms. Generous: the machine may be busy. */
export const PATIENCE = 20_000;

// ---------------------------------------------------------------- processes

/** Nothing from this shell may configure the program: all `DESKBELL_*` are settings of it. */
const ENV = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("DESKBELL_")));

const running = new Set();
process.on("exit", () => {
  for (const child of running) {
    try {
      process.kill(child.pid, "SIGKILL");
    } catch {
      // gone already
    }
  }
});

/** Runs the program once and gives what it printed. `expect`: the code that it ends with; null: any. */
export async function deskbell(args, { input = "", expect = 0 } = {}) {
  const child = spawn(BIN, args, { stdio: ["pipe", "pipe", "pipe"], env: ENV });
  running.add(child);
  const out = [];
  const err = [];
  child.stdout.on("data", (chunk) => out.push(chunk));
  child.stderr.on("data", (chunk) => err.push(chunk));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const code = await new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", done);
  });
  running.delete(child);
  if (expect !== null && code !== expect) throw new Error(`deskbell ${args.join(" ")} ended with ${code}:\n${Buffer.concat(err)}`);
  return Buffer.concat(out).toString();
}

/** The shipped content with other opening hours, so that a test does not depend on the time of day: `open` or `closed`; `more`: lines of `[widget]`; `routing`: of `[routing]`. */
export function contentWith(folder, hours, more = "", routing = "") {
  for (const name of ["canned", "intents", "knowledge"]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  const days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
  const blocks = readFileSync(join(ROOT, "deskbell.toml"), "utf8").split(/^(?=\[)/m);
  const kept = blocks.filter((block) => !block.startsWith("[hours]") && !block.startsWith("[[holidays]]"));
  const week = days.map((day) => `${day} = ${hours === "open" ? '["00:00-24:00"]' : "[]"}`).join("\n");
  writeFileSync(join(folder, "deskbell.toml"), `${kept.join("")}\n[hours]\n${week}\n${more && `\n[widget]\n${more}\n`}${routing && `\n[routing]\n${routing}\n`}`);
  return folder;
}

/**
 * Starts the program on a free port with data of its own and stops it when the test ends.
 * `hours`: `open` (default), `closed`, or `shop` for the content as it is shipped. `config`: lines of a configuration file; `widget`, `routing`: of the content's sections.
 */
export async function startServer(t, { hours = "open", config = "", widget = "", routing = "" } = {}) {
  if (!existsSync(BIN)) throw new Error(`${BIN} is not there: cargo build --release, or set DESKBELL_BIN`);
  const home = mkdtempSync(join(tmpdir(), "deskbell-browser-"));
  const data = join(home, "data");
  mkdirSync(data);
  let content = ROOT;
  if (hours !== "shop") {
    content = join(home, "content");
    mkdirSync(content);
    contentWith(content, hours, widget, routing);
  }
  const file = join(home, "server.toml");
  writeFileSync(file, config);

  let child = null;
  let port = 0;

  async function start() {
    const args = ["serve", "--config", file, "--content", content, "--data", data, "--listen", `127.0.0.1:${port}`, "--admin-listen", "127.0.0.1:0"];
    const started = spawn(BIN, args, { stdio: ["ignore", "pipe", "pipe"], cwd: home, env: ENV });
    child = started;
    running.add(started);
    let out = "";
    started.stderr.on("data", (chunk) => server.stderr.push(chunk.toString()));
    const url = await new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`the server did not say that it listens:\n${server.stderr.join("")}`)), PATIENCE);
      started.on("error", fail);
      started.on("exit", (code, signal) => fail(new Error(`the server ended with ${code ?? signal}:\n${server.stderr.join("")}`)));
      started.stdout.on("data", (chunk) => {
        out += chunk;
        const found = /^listening on (http:\/\/\S+)$/m.exec(out);
        if (!found) return;
        clearTimeout(timer);
        done(found[1]);
      });
    });
    port = Number(new URL(url).port);
    server.url = url;
    return url;
  }

  async function end(signal) {
    const old = child;
    if (!old) return undefined;
    child = null;
    const ended = old.exitCode !== null || old.signalCode !== null ? Promise.resolve() : new Promise((done) => old.once("exit", done));
    if (old.exitCode === null && old.signalCode === null) process.kill(old.pid, signal);
    await ended;
    running.delete(old);
    return old.exitCode;
  }

  const server = {
    url: "",
    data,
    content,
    stderr: [],
    /** Power cut: no draining, no goodbye. */
    kill: () => end("SIGKILL"),
    /** Ends it as an operator would; gives the exit code. */
    stop: () => end("SIGTERM"),
    /** Starts it again, on the same port with the same data. */
    restart: start,
    addUser: ({ email, name, role = "agent", password, departments = [], capacity = 5 }) =>
      deskbell(["user", "add", "--data", data, "--email", email, "--name", name, "--role", role, "--capacity", String(capacity), ...departments.flatMap((one) => ["--department", one]), "--password-stdin"], { input: `${password}\n` }),
    /** Every durable event, in order, of one conversation or all. */
    log: async (c) => {
      const text = await deskbell(["log", "--data", data, ...(c ? ["--conversation", c] : [])]);
      return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    },
  };
  afterwards(t, async () => {
    await end("SIGKILL");
    rmSync(home, { recursive: true, force: true });
  });
  await start();
  return server;
}

/** A small site of somebody else, on an origin of its own. `page(request)` gives `{headers, body}`. */
export async function startSite(t, page) {
  const site = createServer((request, response) => {
    const { status = 200, headers = {}, body = "" } = page(request);
    response.writeHead(status, { "content-type": "text/html; charset=utf-8", ...headers });
    response.end(body);
  });
  await new Promise((done) => site.listen(0, "127.0.0.1", done));
  afterwards(t, () => new Promise((done) => (site.closeAllConnections(), site.close(done))));
  return `http://127.0.0.1:${site.address().port}`;
}

/** A line to the server that can be cut at any moment, for all who use its `url`. It cuts connections, not the server's data. */
export async function startRelay(t, server) {
  const lines = new Set();
  let whole = true;
  const relay = createTcpServer((client) => {
    if (!whole) return void client.destroy();
    const there = connect(Number(new URL(server.url).port), "127.0.0.1");
    const end = () => {
      client.destroy();
      there.destroy();
      lines.delete(end);
    };
    lines.add(end);
    for (const side of [client, there]) side.on("error", end).on("close", end);
    client.pipe(there).pipe(client);
    return undefined;
  });
  await new Promise((done) => relay.listen(0, "127.0.0.1", done));
  const cut = () => {
    for (const end of [...lines]) end();
  };
  afterwards(t, () => new Promise((done) => (cut(), relay.close(done))));
  return {
    url: `http://127.0.0.1:${relay.address().port}`,
    /** Everything that is connected is not any more; what connects anew is. */
    cut,
    /** Nothing gets through until `mend`. */
    close: () => {
      whole = false;
      cut();
    },
    mend: () => {
      whole = true;
    },
  };
}

// ---------------------------------------------------------------- browser

const ARGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

export async function startBrowser() {
  return chromium.launch({ executablePath: EXECUTABLE, args: ARGS });
}

/** A browser that gives nothing to third parties: neither cookies nor storage. What `person` takes for a browser. */
export async function startStrictBrowser(t) {
  const home = mkdtempSync(join(tmpdir(), "deskbell-profile-"));
  mkdirSync(join(home, "Default"));
  writeFileSync(join(home, "Default/Preferences"), JSON.stringify({ profile: { cookie_controls_mode: 1, block_third_party_cookies: true } }));
  const context = await chromium.launchPersistentContext(home, { executablePath: EXECUTABLE, args: ARGS, viewport: { width: 1280, height: 800 }, locale: "en-GB", timezoneId: "Europe/Berlin" });
  afterwards(t, async () => {
    await context.close();
    rmSync(home, { recursive: true, force: true });
  });
  return { newContext: async () => context };
}

export const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

const undone = new WeakMap();

/** Undoes the last thing first when the test ends: pages go before the server that they are on. */
function afterwards(t, run) {
  if (!undone.has(t)) {
    const steps = [];
    undone.set(t, steps);
    t.after(async () => {
      for (const step of steps.reverse()) await step();
    });
  }
  undone.get(t).push(run);
}

/** In a page: tells what goes over the socket of another tab that this one shares. */
function tellShared() {
  window.BroadcastChannel = class extends BroadcastChannel {
    #name;
    constructor(name) {
      super(name);
      this.addEventListener("message", ({ data }) => {
        if (this.#name !== undefined && data.text !== undefined && (data.to ?? this.#name) === this.#name && data.from === undefined) void window.__shared("in", data.text);
      });
    }
    postMessage(message) {
      if (message.from !== undefined) this.#name = message.from;
      if (message.from !== undefined && message.text !== undefined) void window.__shared("out", message.text);
      super.postMessage(message);
    }
  };
}

/** What went over the page's line from now on, its own socket or that of another tab, and a way to wait for more of it: `heard("welcome", 2)` ends when two have come. */
export function frames(page) {
  const seen = [];
  const waiting = new Set();
  const note = (way) => ({ payload }) => {
    seen.push({ way, ...JSON.parse(payload.toString()) });
    for (const look of [...waiting]) look();
  };
  let sockets = 0;
  page.on("websocket", (socket) => {
    sockets += 1;
    socket.on("framereceived", note("in")).on("framesent", note("out"));
  });
  page.context().shared?.set(page, (way, payload) => note(way)({ payload }));
  const of = (type) => seen.filter((frame) => frame.type === type);
  return {
    of,
    /** How many the page itself opened. */
    sockets: () => sockets,
    heard: (type, count = 1, patience = PATIENCE) =>
      new Promise((done, fail) => {
        const timer = setTimeout(() => (waiting.delete(look), fail(new Error(`waited ${patience} ms for ${count} × ${type}, got ${of(type).length}`))), patience);
        const look = () => {
          if (of(type).length < count) return;
          clearTimeout(timer);
          waiting.delete(look);
          done(of(type));
        };
        waiting.add(look);
        look();
      }),
  };
}

let people = 0;

/**
 * A browser of its own for one person: a context whose pages report everything that should not happen there.
 * `context.trouble()` lists errors, console errors and violated page rules; `context.expect(pattern)` takes some as part of the test.
 */
export async function person(t, browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
  context.setDefaultTimeout(PATIENCE);
  const seen = [];
  const expected = [];
  /** Who listens to what a page says over another tab's socket. */
  context.shared = new Map();
  await context.exposeBinding("__shared", ({ page }, way, payload) => context.shared.get(page)?.(way, payload));
  await context.addInitScript(tellShared);
  await context.exposeBinding("__violated", (_, words) => seen.push(`policy: ${words}`));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => window.__violated(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`), true);
  });
  context.on("page", (page) => {
    page.on("pageerror", (error) => seen.push(`error: ${error.stack ?? error}`));
    page.on("console", (message) => message.type() === "error" && seen.push(`console: ${message.text()} (${message.location().url})`));
    page.on("crash", () => seen.push("crash"));
  });
  context.expect = (pattern) => expected.push(pattern);
  context.trouble = () => seen.filter((words) => !expected.some((pattern) => pattern.test(words)));
  afterwards(t, async () => {
    // What it looked like says more than a line number.
    if (t.passed === false) for (const [at, page] of context.pages().entries()) await shot(page, `failed ${t.name} ${(people += 1)}.${at}`.replace(/[^\w.]+/g, "-")).catch(() => {});
    await context.close();
  });
  return context;
}

/** Asks again until the answer is truthy, and gives it. For what no locator can wait for. */
export async function until(what, ask, patience = PATIENCE) {
  const deadline = Date.now() + patience;
  let last;
  for (;;) {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`waited ${patience} ms in vain: ${what} (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** The element that has the focus, through shadow roots and frames: its role or tag, and its name. */
export async function focused(page) {
  const at = await inFocus(page);
  if (at.role !== "iframe") return at;
  const inside = await Promise.all(page.frames().slice(1).map((frame) => frame.evaluate(() => document.hasFocus()).then((has) => has && inFocus(frame), () => null)));
  return inside.find(Boolean) ?? at;
}

function inFocus(page) {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!element || element === document.body) return { role: "", name: "" };
    const label = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent ?? "";
    return { role: element.getAttribute("role") ?? element.tagName.toLowerCase(), name: label.replace(/\s+/g, " ").trim() };
  });
}

/** Tabs on until the element whose name matches has the focus; fails when it is not reached. */
export async function tabTo(page, name, { key = "Tab", most = 40 } = {}) {
  const passed = [];
  for (let steps = 0; steps <= most; steps += 1) {
    const at = await focused(page);
    if (steps > 0 && (name.test(at.name) || name.test(at.role))) return passed;
    passed.push(`${at.role} “${at.name.slice(0, 40)}”`);
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not reach ${name}; passed ${passed.join(", ")}`);
}

// ---------------------------------------------------------------- visitors and agents

const LOCALES = join(ROOT, "web-widget/locales");

/** The languages that the widget speaks. */
export const languages = () => readdirSync(LOCALES).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));

/**
 * The widget's words in a language, as patterns that fit a whole name: `words.place` fits "1st in line". A language that
 * there is none of is English, as in the widget.
 */
export function wordsOf(language) {
  const read = (name) => JSON.parse(readFileSync(join(LOCALES, `${name}.json`), "utf8"));
  const table = { ...read("en"), ...(languages().includes(language) ? read(language) : {}) };
  const fits = (text) => text.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")).join("[^]+");
  const pattern = (entry) => new RegExp(`^(?:${(typeof entry === "string" ? [entry] : Object.values(entry)).map(fits).join("|")})$`);
  return Object.fromEntries(Object.entries(table).map(([key, entry]) => [key, pattern(entry)]));
}

/** A name that begins as these words do: what a button says may be followed by more. */
export const begins = (words) => new RegExp(words.source.replace(/\$$/, ""));

/** The widget on a page, by its accessible names. `inside`: the frame that the panel is in, where it is in one. */
export function widgetOf(page, words = wordsOf("en"), inside = page) {
  const panel = inside.locator("deskbell-chat");
  const composer = panel.getByRole("textbox", { name: words.message });
  return {
    launcher: page.getByRole("button", { name: words.open }).or(page.getByRole("button", { name: words.openUnread })),
    dialog: inside.getByRole("dialog", { name: words.dialog }),
    composer,
    log: panel.getByRole("log"),
    say: async (text) => {
      await composer.fill(text);
      await composer.press("Enter");
    },
    /** What stands in the log: who and the words. */
    transcript: () =>
      panel.getByRole("log").evaluate((log) =>
        [...log.querySelectorAll(":scope > .mine, :scope > .turn")].map((turn) => {
          const words = turn.querySelector(turn.classList.contains("mine") ? ".say" : ".md").cloneNode(true);
          for (const hidden of words.querySelectorAll(".vh")) hidden.remove();
          return { who: turn.classList.contains("mine") ? "visitor" : turn.classList.contains("human") ? "agent" : "bot", text: words.textContent };
        }),
      ),
  };
}

/** Somebody on a socket of their own, without a page: `ask(frame, fits)` sends and waits for the answer. */
async function onSocket(t, server, path, hello, { headers = {}, origin = server.url } = {}) {
  const socket = new WebSocket(`${server.url.replace(/^http/, "ws")}${path}`, { origin, headers });
  afterwards(t, () => socket.terminate());
  const waiting = new Set();
  const told = [];
  const note = (frame) => {
    told.push(frame);
    for (const look of [...waiting]) look(frame);
  };
  socket.on("message", (data) => note(JSON.parse(data.toString())));
  socket.on("close", (code) => note({ type: "closed", code }));
  await new Promise((done, fail) => socket.once("open", done).once("error", fail));
  socket.on("error", () => {});
  const wait = (what, fits, patience = PATIENCE) =>
    new Promise((done, fail) => {
      const timer = setTimeout(() => (waiting.delete(look), fail(new Error(`waited ${patience} ms in vain: ${what}; last came ${JSON.stringify(told.slice(-3)).slice(0, 600)}`))), patience);
      const look = (frame) => {
        if (!fits(frame)) return;
        clearTimeout(timer);
        waiting.delete(look);
        done(frame);
      };
      waiting.add(look);
    });
  const ask = (frame, fits) => {
    const answer = wait(`an answer to ${frame.type}`, fits);
    socket.send(JSON.stringify(frame));
    return answer;
  };
  const call = (frame) => {
    const rid = randomUUID();
    return ask({ ...frame, rid }, (one) => one.rid === rid);
  };
  const send = (kind, body, more = {}) => {
    const cmid = more.cmid ?? randomUUID();
    return ask({ type: "send", cmid, kind, body, ...more }, (one) => (one.type === "ack" || one.type === "nack" ? one.cmid === cmid || one.cmid === "" : /^(err|closed)$/.test(one.type)));
  };
  /** The first words on a socket; `err` or `closed` where they are not taken. */
  const greet = (more) => ask({ type: "hello", v: 1, device: randomUUID(), ...more }, (frame) => /^(welcome|err|closed)$/.test(frame.type));
  const welcome = hello && (await greet(hello));
  return { welcome, greet, told, wait, ask, call, send, tell: (frame) => socket.send(JSON.stringify(frame)), end: () => socket.close() };
}

/** A visitor without a page; `hello: null` says nothing yet. `options`: `headers`, and the `origin` of the page that there is none of. */
export const visitorAt = (t, server, hello = {}, options = {}) => onSocket(t, server, "/ws", hello, options);

/** An agent without a page, who is there and takes chats. */
export async function agentAt(t, server, { email, password }) {
  const answer = await fetch(`${server.url}/api/v1/login`, { method: "POST", headers: { "content-type": "application/json", origin: server.url }, body: JSON.stringify({ email, password }) });
  if (!answer.ok) throw new Error(`login: ${answer.status}`);
  const cookie = answer.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
  const line = await onSocket(t, server, "/ws/agent", {}, { headers: { cookie } });
  const chats = new Map();
  const note = (one) => chats.set(one.c, { ...chats.get(one.c), ...one });
  const listed = line.call({ type: "watch", view: "all" });
  line.tell({ type: "presence", state: "online" });
  (await listed).conversations.forEach(note);
  const all = () => (line.told.forEach((frame) => frame.type === "conversation" && note(frame)), [...chats.values()]);
  return {
    ...line,
    /** Takes the chat that fits, as soon as somebody waits there; gives its id. */
    claim: async (fits) => {
      const chat = await until("somebody waits", () => all().find((one) => one.state === "waiting" && fits(one)));
      const taken = await line.call({ type: "claim", c: chat.c, ver: chat.ver });
      if (!taken.ok) throw new Error(`claim: ${taken.code}`);
      note(taken.conversation ?? {});
      return chat.c;
    },
    say: async (c, text) => {
      const told = await line.send("text", { text }, { c });
      if (told.type !== "ack") throw new Error(`say: ${told.code}`);
    },
    version: (c) => (all(), chats.get(c).ver),
  };
}

/** A page with the widget open and connected. */
export async function tab(context, url) {
  const page = await context.newPage();
  const line = frames(page);
  const widget = widgetOf(page);
  await page.goto(url);
  await widget.launcher.click();
  await widget.dialog.waitFor();
  await line.heard("welcome");
  return { page, line, widget };
}

/** The console, by its accessible names. */
export function consoleOf(page) {
  const log = page.getByRole("log", { name: "Messages" });
  return {
    email: page.getByLabel("E-mail"),
    password: page.getByLabel("Password", { exact: true }),
    list: page.getByRole("listbox"),
    composer: page.getByRole("textbox", { name: "Write to the visitor" }),
    packet: page.getByRole("article", { name: "Hand-off packet" }),
    log,
    logIn: async (email, password) => {
      await page.getByLabel("E-mail").fill(email);
      await page.getByLabel("Password", { exact: true }).fill(password);
      await page.keyboard.press("Enter");
    },
    say: async (text) => {
      await page.getByRole("textbox", { name: "Write to the visitor" }).fill(text);
      await page.keyboard.press("Enter");
    },
    transcript: () =>
      log.evaluate((log) =>
        [...log.querySelectorAll(":scope > .turn")].map((turn) => {
          const who = ["visitor", "bot", "agent", "note", "system"].find((name) => turn.classList.contains(name));
          return { who, text: turn.querySelector(".bub").textContent };
        }),
      ),
  };
}

/** The words said in a log, as the two pages should show them. */
export function saidIn(entries) {
  return entries
    .filter((entry) => ["text", "answer", "clarify"].includes(entry.kind))
    .map((entry) => ({ who: entry.author, text: entry.body.text ?? Object.values(entry.body.fields ?? {}).join("\n") }));
}

/** Letters and digits alone: Markdown and its picture on the page are the same then. */
export function bare(turns) {
  return turns.map(({ who, text }) => {
    const words = text.replace(/\]\([^)]*\)/g, "").replace(/^\s*\d+\.\s/gm, "");
    return `${who}: ${words.replace(/[^\p{L}\p{N}]+/gu, " ").trim()}`;
  });
}

/** Words as letters alone: a line's end is a space here and an element there. */
export const letters = (turns) => bare(turns).map((words) => words.replaceAll(" ", ""));

// ---------------------------------------------------------------- accessibility

/** How many animations run, the widget's own root included. */
export function moving(page) {
  return page.evaluate(() => [document, ...[...document.querySelectorAll("*")].flatMap((element) => element.shadowRoot ?? [])].flatMap((root) => root.getAnimations()).filter((one) => one.playState === "running").length);
}

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Violations of WCAG 2.2 A and AA that a program can find, one line each. */
export async function violations(page) {
  // A colour that is on its way to another is measured when it has arrived, and what appears meanwhile appears whole.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await until("nothing moves any more", async () => (await moving(page)) === 0);
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  await page.emulateMedia({ reducedMotion: null });
  return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.flat(3).join(" ")} – ${node.any.concat(node.all, node.none)[0]?.message ?? rule.help}`));
}

// ---------------------------------------------------------------- pictures

let shots = null;

/** Where pictures go: `$SHOTS`, or a folder for this run, whose name is printed. */
export function shotsFolder() {
  if (shots) return shots;
  shots = process.env["SHOTS"] ?? mkdtempSync(join(tmpdir(), "deskbell-shots-"));
  mkdirSync(shots, { recursive: true });
  console.error(`pictures: ${shots}`);
  return shots;
}

export async function shot(page, name) {
  const path = join(shotsFolder(), `${name}.png`);
  await page.screenshot({ path });
  return path;
}
