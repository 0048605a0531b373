// How long an update of the list takes with 1,000 open chats and the processor four times slower: `node test/pace.mjs [chats] [updates] [times slower]`.
// Sums what the page's main thread does between one frame of the socket and the next: script, style, layout, paint. It is
// the thread's own time (`tdur`): what it waits for because the machine is busy elsewhere does not count, the slowing does.
import { startDesk } from "./desk.mjs";
import { launch, logIn } from "./page.mjs";

const [chats = 1000, updates = 120, SLOWER = 4] = process.argv.slice(2).map(Number);
const APART = 150;

const desk = await startDesk();
for (let n = 0; n < chats; n += 1) {
  const c = desk.begin({ name: `Visitor ${n}`, ago: n % 60 });
  const waits = n % 2 === 0;
  Object.assign(desk.conversations.get(c), waits ? { state: "waiting", waiting_since: Date.now() - n * 1000, priority: "normal" } : { state: "assigned", agent: { kind: "agent", id: "a2", name: "Jonas Berg" } }, { preview: "hello", labels: ["one", "two"] });
}
const browser = await launch();
const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
await logIn(page, desk);
const cdp = await page.context().newCDPSession(page);
await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
const all = [...desk.conversations.keys()];
const waiting = all.filter((c) => desk.conversations.get(c).state === "waiting").reverse();
// Warm: what is compiled once is no part of an update.
for (let n = 0; n < 20; n += 1) desk.update(waiting[n % 8], `warm ${n}`);
await page.waitForTimeout(1500);

await browser.startTracing(page, { categories: ["devtools.timeline", "toplevel"] });
for (let n = 0; n < updates; n += 1) {
  // Every other one stands on the screen; the rest is anywhere and moves in its order.
  desk.update(n % 2 ? waiting[n % 8] : all[(n * 37) % all.length], `message ${n}`);
  await new Promise((resolve) => setTimeout(resolve, APART));
}
const { traceEvents } = JSON.parse(String(await browser.stopTracing()));
const drawn = await page.locator(".cv").count();
await browser.close();
await desk.stop();

const received = traceEvents.filter((one) => one.name === "WebSocketReceive");
const main = received[0] ? `${received[0].pid} ${received[0].tid}` : "";
const tasks = traceEvents.filter((one) => /RunTask$/.test(one.name) && one.dur && `${one.pid} ${one.tid}` === main);
// The task that brings the frame has begun when the frame is told of.
const starts = received.map((one) => tasks.findLast((task) => task.ts <= one.ts)?.ts ?? one.ts);
const own = (task) => (task.tdur ?? task.dur) / 1000;
const windows = starts.map((from, n) => tasks.filter((task) => task.ts >= from && task.ts < Math.min(starts[n + 1] ?? Infinity, from + APART * 1000)));
const sums = windows.map((some) => some.reduce((sum, task) => sum + own(task), 0));
const longest = windows.map((some) => Math.max(...some.map(own)));
sums.sort((a, b) => a - b);
longest.sort((a, b) => a - b);
const at = (list, share) => list[Math.min(list.length - 1, Math.floor(list.length * share))]?.toFixed(1);
console.log(`${chats} chats, ${drawn} rows drawn, ${sums.length} updates, processor ${SLOWER} times slower`);
console.log(`main thread an update, ms: p50 ${at(sums, 0.5)}, p90 ${at(sums, 0.9)}, p99 ${at(sums, 0.99)}, most ${at(sums, 1)}`);
console.log(`longest task of an update, ms: p50 ${at(longest, 0.5)}, p90 ${at(longest, 0.9)}, p99 ${at(longest, 0.99)}, most ${at(longest, 1)}`);
