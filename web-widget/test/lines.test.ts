import assert from "node:assert/strict";
import { test } from "node:test";

import { createLines } from "../src/lines.ts";
import type { Owner } from "../src/shared.ts";
import * as shared from "../src/shared.ts";
import type { WebSocketLike } from "../src/socket.ts";
import { createWorld, FakeSocket } from "./world.ts";

type Held = (lock: object | null) => Promise<void> | undefined;

/** A browser: locks with a queue, channels, and one clock. */
function browser() {
  const world = createWorld();
  const holders = new Map<string, object>();
  const queue: { name: string; tab: object; run: Held; signal: AbortSignal | undefined }[] = [];
  const channels = new Map<string, Set<{ tab: object; onmessage: ((event: { data: unknown }) => void) | null }>>();
  const dead = new Set<object>();

  function grant(name: string, tab: object, run: Held): void {
    holders.set(name, tab);
    const done = (): void => {
      if (holders.get(name) !== tab) return;
      holders.delete(name);
      const at = queue.findIndex((one) => one.name === name && !one.signal?.aborted && !dead.has(one.tab));
      const [next] = at < 0 ? [] : queue.splice(at, 1);
      if (next) grant(name, next.tab, next.run);
    };
    Promise.resolve(run({})).then(done, done);
  }

  function tab(about: Owner["about"] = () => ({ conversation: null, told: [] })) {
    const self = {};
    const sockets: FakeSocket[] = [];
    const streams: FakeSocket[] = [];
    const request = (name: string, options: { ifAvailable?: boolean; signal?: AbortSignal }, run: Held): Promise<void> => {
      queueMicrotask(() => {
        if (!holders.has(name)) grant(name, self, run);
        else if (options.ifAvailable) void run(null);
        else queue.push({ name, tab: self, run, signal: options.signal });
      });
      return Promise.resolve();
    };
    const channel = (name: string) => {
      const all = channels.get(name) ?? new Set();
      channels.set(name, all);
      const end = {
        tab: self,
        onmessage: null as ((event: { data: unknown }) => void) | null,
        postMessage: (data: unknown) => {
          for (const other of [...all]) if (other !== end) queueMicrotask(() => all.has(other) && !dead.has(other.tab) && other.onmessage?.({ data: structuredClone(data) }));
        },
        close: () => void all.delete(end),
      };
      all.add(end);
      return end as unknown as BroadcastChannel;
    };
    let reachable = true;
    const open = createLines({
      key: "k",
      base: "https://chat.example/",
      deps: {
        setTimeout: (run, ms) => world.deps.setTimeout(() => dead.has(self) || run(), ms),
        clearTimeout: world.deps.clearTimeout,
        open: () => {
          const socket = new FakeSocket();
          sockets.push(socket);
          return socket;
        },
      },
      locks: { request } as unknown as LockManager,
      channel,
      about,
      shared: () => Promise.resolve(shared),
      stream: () =>
        reachable
          ? Promise.resolve({
              openStream: (): WebSocketLike => {
                const stream = new FakeSocket();
                streams.push(stream);
                return stream;
              },
            })
          : Promise.reject(new Error("down")),
    });
    /** A line with what came of it. */
    const connect = (hello: object = {}) => {
      const line = open("wss://chat.example/ws");
      const got: Record<string, unknown>[] = [];
      let closed: number | undefined;
      line.onopen = () => line.send(JSON.stringify({ type: "hello", v: 1, device: "d", ...hello }));
      line.onmessage = (event: { data: string }) => got.push(JSON.parse(event.data) as Record<string, unknown>);
      line.onclose = (event: { code: number }) => (closed = event.code);
      return { line, got, closed: () => closed, of: (type: string) => got.filter((frame) => frame["type"] === type) };
    };
    /** Gone without a word. */
    const dies = (): void => {
      dead.add(self);
      for (const [name, owner] of [...holders]) {
        if (owner !== self) continue;
        holders.delete(name);
        const at = queue.findIndex((one) => one.name === name && !one.signal?.aborted && !dead.has(one.tab));
        const [next] = at < 0 ? [] : queue.splice(at, 1);
        if (next) grant(name, next.tab, next.run);
      }
    };
    /** Put to sleep by the browser: holds its locks and hears nothing. */
    const sleeps = (): void => void dead.add(self);
    return { connect, sockets, streams, dies, sleeps, down: () => (reachable = false) };
  }
  return { tab, pass: world.pass };
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 60; i += 1) await Promise.resolve();
  await new Promise((done) => setImmediate(done));
};

const welcome = { type: "welcome", session: "s", epoch: "e", now: 1, heartbeat_ms: 25_000, token: "t", limits: {}, conversations: [{ c: "old", head: 3, ver: 1, state: "closed", opened_at: 1, updated_at: 1 }] };

/** A tab with a line, and a second one that hangs on it. */
async function two() {
  const { tab, pass } = browser();
  let about: ReturnType<Owner["about"]> = { conversation: null, told: [] };
  const first = tab(() => about);
  const a = first.connect();
  await settled();
  const socket = first.sockets[0]!;
  socket.opened();
  socket.says(welcome);
  const second = tab();
  const join = async (hello: object = { token: "t" }) => {
    const b = second.connect(hello);
    await settled();
    return b;
  };
  return { tab, pass, first, a, socket, second, join, talk: (of: typeof about) => (about = of) };
}

test("the second tab opens no socket and is welcomed", async () => {
  const { second, join, talk, socket } = await two();
  talk({ conversation: { c: "new", head: 7, state: "assigned" }, told: [] });
  const b = await join();
  assert.equal(second.sockets.length, 0);
  assert.equal(socket.of("hello").length, 1, "the server is not greeted twice");
  const [got] = b.of("welcome") as unknown as [{ token?: string; conversations: { c: string; head: number; state: string }[] }];
  assert.equal(got.token, undefined);
  assert.deepEqual(got.conversations.map(({ c, head, state }) => [c, head, state]), [["new", 7, "assigned"], ["old", 3, "closed"]]);
});

test("what a tab missed is replayed, page by page, to it alone", async () => {
  const { socket, a, join } = await two();
  const b = await join({ token: "t", resume: [{ c: "old", epoch: "e", seq: 1 }, { c: "old", epoch: "before", seq: 1 }, { c: "old", epoch: "e", seq: 3 }] });
  const [ask, ...more] = socket.of("fetch") as { rid: string; c: string; after: number }[];
  assert.deepEqual([ask?.c, ask?.after, more.length], ["old", 1, 0]);
  socket.says({ type: "res", rid: ask?.rid, ok: true, more: true, events: [{ c: "old", seq: 2, prev: 1 }] });
  await settled();
  const next = socket.of("fetch")[1] as { rid: string; after: number };
  assert.equal(next.after, 2);
  socket.says({ type: "res", rid: next.rid, ok: true, events: [{ c: "old", seq: 3, prev: 2 }] });
  await settled();
  assert.deepEqual(b.of("ev").map((ev) => ev["seq"]), [2, 3]);
  assert.equal(a.of("ev").length + a.of("res").length, 0);
});

test("news reach all, answers only who asked", async () => {
  const { socket, a, join } = await two();
  const b = await join();
  socket.says({ type: "ev", c: "old", seq: 4, prev: 3 });
  b.line.send(JSON.stringify({ type: "send", cmid: "m", kind: "text", body: { text: "hi" } }));
  b.line.send(JSON.stringify({ type: "fetch", rid: "1", c: "old" }));
  b.line.send(JSON.stringify({ type: "ping", n: 1 }));
  a.line.send(JSON.stringify({ type: "ping", n: 1 }));
  await settled();
  const fetch = socket.of("fetch")[0] as { rid: string };
  const [mine, other] = socket.of("ping").map((ping) => ping["n"] as number).sort((x, y) => x - y);
  assert.notEqual(mine, other);
  socket.says({ type: "pong", n: other });
  socket.says({ type: "ack", cmid: "m", c: "old", seq: 5 });
  socket.says({ type: "res", rid: fetch.rid, ok: true });
  socket.says({ type: "pong", n: 1 });
  socket.says({ type: "ack", cmid: "own", c: "old", seq: 6 });
  socket.says({ type: "drain", after_ms: 5, window_ms: 9 });
  await settled();
  assert.deepEqual(b.got.map((frame) => frame["type"]), ["welcome", "ev", "pong", "ack", "res"]);
  assert.deepEqual([b.of("pong")[0]?.["n"], b.of("res")[0]?.["rid"]], [1, "1"]);
  assert.deepEqual(a.got.map((frame) => frame["type"]), ["welcome", "ev", "pong", "ack", "drain"]);
});

test("what two tabs would open a conversation by goes into one", async () => {
  const { socket, a, join, tab } = await two();
  const b = await join();
  const third = tab().connect({ token: "t" });
  await settled();
  const first = (cmid: string): string => JSON.stringify({ type: "send", cmid, kind: "text", body: { text: cmid } });
  const sent = (): unknown[] => socket.of("send").map((frame) => [frame["cmid"], frame["c"]]);
  b.line.send(first("b"));
  await settled();
  a.line.send(first("a"));
  third.line.send(first("third"));
  b.line.send(JSON.stringify({ type: "send", c: "old", cmid: "rating", kind: "rating", body: { score: 5 } }));
  await settled();
  assert.deepEqual(sent(), [["b", undefined], ["rating", "old"]], "one opens, the others wait");
  socket.says({ type: "nack", cmid: "b", code: "rate", retry: "later", after_ms: 5 });
  await settled();
  assert.deepEqual(sent().slice(2), [["a", undefined]], "after a refusal the next one may");
  socket.says({ type: "ack", cmid: "a", c: "new", seq: 1 });
  await settled();
  assert.deepEqual(sent().slice(3), [["third", "new"]]);
  b.line.send(first("b"));
  await settled();
  assert.deepEqual(sent().slice(4), [["b", undefined]], "what comes later opens one of its own");
  assert.deepEqual([a.of("ack").length, b.of("nack").length], [1, 1]);
});

test("what the tab with the line opens right now is known to the others' words too", async () => {
  const { socket, join, talk } = await two();
  talk({ conversation: null, told: [], opening: "a" });
  const b = await join();
  b.line.send(JSON.stringify({ type: "send", cmid: "b", kind: "text", body: { text: "b" } }));
  await settled();
  assert.equal(socket.of("send").length, 0);
  socket.says({ type: "ack", cmid: "a", c: "new", seq: 1 });
  await settled();
  assert.deepEqual(socket.of("send").map((frame) => frame["c"]), ["new"]);
});

test("words that were written before their tab heard of the conversation go into it, unless there is another one", async () => {
  for (const { state, others, into } of [
    { state: "bot", others: [], into: "c1" },
    { state: "closed", others: [], into: undefined },
    { state: "bot", others: [{ c: "c9", state: "waiting" }], into: undefined },
    { state: "bot", others: [{ c: "c9", state: "closed" }, { c: "c1", state: "bot" }], into: "c1" },
  ]) {
    const world = browser();
    let mine: object | null = null;
    const one = world.tab(() => ({ conversation: mine as { c: string } | null, told: [] }));
    const two = world.tab();
    one.connect();
    await settled();
    one.sockets[0]!.opened();
    one.sockets[0]!.says({ ...welcome, conversations: others });
    const b = two.connect();
    await settled();
    // Opened and acked while the other tab composed its own first words.
    mine = { c: "c1", state, head: 2 };
    b.line.send(JSON.stringify({ type: "send", cmid: "m2", kind: "text", body: { text: "b" } }));
    await settled();
    const sent = (): unknown[] => one.sockets[0]!.of("send").map((frame) => frame["c"]);
    assert.deepEqual(sent(), [into], JSON.stringify({ state, others }));
    if (into === undefined) continue;
    // Its end was under way.
    one.sockets[0]!.says({ type: "nack", cmid: "m2", code: "closed", retry: "never" });
    await settled();
    assert.deepEqual([sent(), b.of("nack").length], [[into, undefined], 0]);
    one.sockets[0]!.says({ type: "ack", cmid: "m2", c: "c2", seq: 1 });
    await settled();
    assert.equal(b.of("ack").length, 1);
  }
});

test("a place in the line is told to who comes later", async () => {
  const { join, talk } = await two();
  talk({ conversation: { c: "old" }, told: [{ type: "queue", c: "old", position: 2, wait_s: { low: 1, high: 2 }, staffed: true }] });
  const b = await join();
  assert.deepEqual(b.got.map((frame) => frame["position"]), [undefined, 2]);
});

test("another person needs a line of their own", async () => {
  const { join, second, a } = await two();
  const b = await join({ token: "somebody else" });
  assert.equal(b.of("welcome").length, 0);
  assert.equal(second.sockets.length, 1);
  second.sockets[0]!.opened();
  assert.equal(second.sockets[0]!.of("hello").length, 1);
  assert.equal(a.closed(), undefined);
});

for (const [how, code] of [["left", 1001], ["crashed", 1001], ["cut by the server", 4003], ["superseded", 1001]] as const) {
  test(`when the tab with the line is ${how}, another takes over`, async () => {
    const { tab, first, a, socket, second, join } = await two();
    const b = await join();
    const third = tab();
    const c = third.connect({ token: "t" });
    await settled();
    if (how === "left") a.line.close(1000);
    else if (how === "crashed") first.dies();
    else socket.dies(how === "superseded" ? 4504 : 4003);
    await settled();
    assert.equal(b.closed(), code);
    const again = await join();
    await settled();
    const socketOf2 = second.sockets[0];
    assert.ok(socketOf2, "it has a socket now");
    socketOf2.opened();
    socketOf2.says(welcome);
    await settled();
    assert.equal(again.of("welcome").length, 1);
    assert.equal(c.closed(), how === "crashed" ? 1001 : code, "the others are told to come");
    const back = third.connect({ token: "t" });
    await settled();
    assert.equal(third.sockets.length, 0, "one line for all");
    assert.equal(back.of("welcome").length, 1);
  });
}

test("a tab whose hub is frozen takes a line of its own", async () => {
  const { tab, pass } = browser();
  const sleeping = tab();
  sleeping.connect();
  await settled();
  sleeping.sleeps();
  const awake = tab();
  const line = awake.connect();
  await settled();
  assert.equal(awake.sockets.length, 0);
  pass(3_000);
  await settled();
  assert.deepEqual([awake.sockets.length, line.closed()], [1, undefined]);
});

test("a socket that is refused twice without a word is followed by HTTP in the same breath", async () => {
  const { tab } = browser();
  const one = tab();
  const a = one.connect();
  await settled();
  one.sockets[0]!.dies(1006);
  await settled();
  assert.deepEqual([a.closed(), one.streams.length], [1006, 0]);
  const b = one.connect();
  await settled();
  one.sockets[1]!.dies(1006);
  await settled();
  assert.deepEqual([b.closed(), one.streams.length], [undefined, 1]);
  one.streams[0]!.opened();
  one.streams[0]!.says(welcome);
  assert.equal(b.of("welcome").length, 1);
  // It ends, and sockets are still refused: no attempt is lost.
  one.streams[0]!.dies(1012);
  assert.equal(b.closed(), 1012);
  const c = one.connect();
  await settled();
  one.sockets[2]!.dies(1006);
  await settled();
  assert.deepEqual([c.closed(), one.streams.length], [undefined, 2]);
});

test("a socket that spoke in between begins the count anew", async () => {
  const one = browser().tab();
  for (let i = 0; i < 6; i += 1) {
    const line = one.connect();
    await settled();
    const socket = one.sockets[i]!;
    socket.opened();
    if (i % 2 === 1) socket.says(welcome);
    socket.dies(1006);
    await settled();
    assert.equal(line.closed(), 1006);
  }
  assert.equal(one.streams.length, 0);
});

test("a server that is away, or says why, is no reason to go another way", async () => {
  const { tab } = browser();
  const one = tab();
  one.down();
  for (let i = 0; i < 3; i += 1) {
    const line = one.connect();
    await settled();
    one.sockets[i]!.dies(1006);
    await settled();
    assert.equal(line.closed(), 1006);
  }
  const other = browser().tab();
  for (let i = 0; i < 3; i += 1) {
    const line = other.connect();
    await settled();
    other.sockets[i]!.opened();
    other.sockets[i]!.dies(4008);
    assert.equal(line.closed(), 4008);
  }
  assert.equal(other.streams.length, 0);
});

test("a socket that opens and stays silent is followed by HTTP", async () => {
  const { tab } = browser();
  const one = tab();
  const a = one.connect();
  await settled();
  one.sockets[0]!.opened();
  a.line.close(4000);
  const b = one.connect();
  await settled();
  assert.deepEqual([one.sockets.length, one.streams.length], [1, 1]);
  b.line.close(1000);
  one.connect();
  await settled();
  assert.equal(one.sockets.length, 2, "and then tried again");
});
