import assert from "node:assert/strict";
import { test } from "node:test";

import type { ServerFrame } from "../src/protocol.ts";
import { backoff, comesBack, createSocket, type SocketState } from "../src/socket.ts";
import { createWorld } from "./world.ts";

const WELCOME = { type: "welcome", session: "s", epoch: "e", now: 0, heartbeat_ms: 25_000, conversations: [], limits: {} };

function world() {
  const base = createWorld();
  const states: SocketState[] = [];
  const frames: ServerFrame[] = [];
  const socket = createSocket({
    url: "ws://x/ws",
    hello: () => ({ type: "hello", v: 1, device: "d" }),
    onState: (state) => states.push(state),
    onFrame: (frame) => frames.push(frame),
    deps: base.deps,
  });
  const live = (): void => {
    socket.start();
    base.last().opened();
    base.last().says(WELCOME);
  };
  return { ...base, socket, states, frames, live };
}

test("says hello first and is live after the welcome", () => {
  const w = world();
  w.socket.start();
  assert.equal(w.socket.state().type, "connecting");
  assert.equal(w.socket.send({ type: "ping", n: 1 }), false);
  w.last().opened();
  assert.deepEqual(w.last().sent, [{ type: "hello", v: 1, device: "d" }]);
  w.last().says(WELCOME);
  assert.equal(w.socket.state().type, "live");
  assert.equal(w.frames[0]?.type, "welcome");
});

test("the close-code table", () => {
  for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4000, 4003, 4005, 4008, 4499]) assert.ok(comesBack(code), String(code));
  for (const code of [1002, 1003, 1007, 1009, 4500, 4501, 4502, 4503, 4504, 4505, 4506, 4507, 4508, 4509, 4999]) assert.ok(!comesBack(code), String(code));
});

test("the delay doubles from half a second to half a minute, with full jitter", () => {
  assert.deepEqual([0, 1, 2, 5, 6, 7, 100].map((attempt) => backoff(attempt, () => 1)), [500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(backoff(5, () => 0), 0);
  assert.equal(backoff(5, () => 0.25), 4_000);
});

test("comes back after a lost line, and starts small again after a welcome", () => {
  const w = world();
  w.live();
  w.last().dies(1006);
  assert.deepEqual(w.socket.state(), { type: "waiting", attempt: 1, until: 250, code: 1006 });
  w.pass(250);
  assert.equal(w.sockets.length, 2);
  w.last().dies(1006);
  assert.deepEqual(w.socket.state(), { type: "waiting", attempt: 2, until: 750, code: 1006 });
  w.pass(500);
  w.last().opened();
  w.last().says(WELCOME);
  w.last().dies(1006);
  assert.deepEqual(w.socket.state(), { type: "waiting", attempt: 1, until: 1_000, code: 1006 });
});

test("a server that restarts or cannot is given a few seconds from the first try on", () => {
  for (const code of [1012, 1013]) {
    const w = world();
    w.live();
    w.last().dies(code);
    assert.deepEqual(w.socket.state(), { type: "waiting", attempt: 1, until: 2_500, code });
    w.pass(2_500);
    w.last().dies(1006);
    assert.deepEqual(w.socket.state(), { type: "waiting", attempt: 2, until: 5_000, code: 1006 }, "refused: still over the same few seconds");
    w.pass(2_500);
    w.last().opened();
    w.last().says(WELCOME);
    w.last().dies(1006);
    assert.deepEqual(w.socket.state(), { type: "waiting", attempt: 1, until: 5_250, code: 1006 }, "and over with the welcome");
  }
});

test("stops for good on 4500 and above, until started again", () => {
  const w = world();
  w.live();
  w.last().dies(4503);
  assert.deepEqual(w.socket.state(), { type: "stopped", code: 4503 });
  w.pass(120_000);
  w.socket.wake();
  assert.equal(w.sockets.length, 1);
  w.socket.start();
  assert.equal(w.sockets.length, 2);
});

test("pings every heartbeat and gives up a line whose pong is 10 s late", () => {
  const w = world();
  w.live();
  w.pass(22_500);
  assert.equal(w.last().of("ping").length, 1);
  w.last().says({ type: "pong", n: 1 });
  w.pass(22_500);
  assert.equal(w.last().of("ping").length, 2);
  const dead = w.last();
  w.pass(9_999);
  assert.equal(w.socket.state().type, "live");
  w.pass(1);
  assert.equal(w.socket.state().type, "waiting");
  assert.equal(dead.closed, 4000, "neither 1000 nor 1001: the server must not take it for a goodbye");
  dead.dies(1006);
  assert.equal(w.socket.state().type, "waiting", "a late close of the old socket changes nothing");
});

test("a line that is cut in one direction at the worst moment is noticed within 35 s, whatever chance says", () => {
  for (const chance of [0, 0.5, 0.999_999]) {
    const base = createWorld();
    let state: SocketState = { type: "idle" };
    const socket = createSocket({ url: "ws://x/ws", hello: () => ({ type: "hello", v: 1, device: "d" }), onState: (now) => (state = now), onFrame: () => undefined, deps: { ...base.deps, random: () => chance } });
    socket.start();
    base.last().opened();
    base.last().says(WELCOME);
    while (base.last().of("ping").length === 0) base.pass(100);
    // The pong comes, then nothing any more; what is sent goes nowhere, and no close ever comes.
    base.last().says({ type: "pong", n: 1 });
    const cut = base.deps.now();
    const isLive = (): boolean => state.type === "live";
    while (isLive()) base.pass(100);
    assert.ok(base.deps.now() - cut <= 35_000, `${base.deps.now() - cut} ms`);
    base.pass(500);
    assert.equal(base.sockets.length, 2, "and it comes back");
  }
});

test("a connection without a welcome is given up after 15 s", () => {
  const w = world();
  w.socket.start();
  w.last().opened();
  w.pass(15_000);
  assert.equal(w.socket.state().type, "waiting");
});

test("waking connects at once when waiting, and asks at once when live", () => {
  const w = world();
  w.live();
  w.socket.wake();
  assert.equal(w.last().of("ping").length, 1);
  w.pass(10_000);
  assert.equal(w.socket.state().type, "waiting");
  w.socket.wake();
  assert.equal(w.socket.state().type, "connecting");
  w.pass(10);
  assert.equal(w.sockets.length, 2, "the retry timer is gone");
});

test("drain: comes back after its own share of the window, not before", () => {
  const w = world();
  w.live();
  w.last().says({ type: "drain", after_ms: 5_000, window_ms: 10_000 });
  w.pass(1_000);
  w.last().dies(1012);
  assert.deepEqual(w.socket.state(), { type: "waiting", attempt: 1, until: 5_000, code: 1012 });
  w.pass(3_999);
  assert.equal(w.sockets.length, 1);
  w.pass(1);
  assert.equal(w.sockets.length, 2);
});

test("drain: a share that finds the server still away tries again over the window, until it is there", () => {
  const w = world();
  w.live();
  w.last().says({ type: "drain", after_ms: 2_000, window_ms: 10_000 });
  w.pass(2_000);
  w.last().dies(1006);
  assert.deepEqual(w.socket.state(), { type: "waiting", attempt: 1, until: 7_000, code: 1006 });
});

test("what wakes the page does not overrule a pause that the server asked for; a person does", () => {
  const w = world();
  w.live();
  w.last().says({ type: "drain", after_ms: 5_000, window_ms: 10_000 });
  w.last().dies(1012);
  w.socket.wake();
  assert.equal(w.sockets.length, 1);
  w.socket.start();
  assert.equal(w.sockets.length, 2);
});

/** A generator of chance that gives the same at every run (mulberry32, Tommy Ettinger, public domain). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const CROWD = 2_000;

/** How many times the mean the fullest second holds, from the first to the last second of `over` ms. */
function crowding(times: readonly number[], over: number): number {
  const seconds = new Array<number>(Math.ceil(over / 1_000)).fill(0);
  for (const at of times) {
    const second = Math.min(seconds.length - 1, Math.floor(at / 1_000));
    seconds[second] = (seconds[second] ?? 0) + 1;
  }
  return Math.max(...seconds) / (times.length / seconds.length);
}

test("2,000 clients at any one try: no second has more than twice the mean", () => {
  const random = chance(1);
  for (const [attempt, window] of [[3, 0], [4, 0], [5, 0], [6, 0], [20, 0], [0, 5_000], [0, 10_000], [2, 60_000]] as const) {
    const over = Math.max(window, Math.min(30_000, 500 * 2 ** attempt));
    const times = Array.from({ length: CROWD }, () => backoff(attempt, random, window));
    assert.ok(crowding(times, over) <= 2, `attempt ${attempt}, window ${window}: ${crowding(times, over)}`);
  }
});

test("2,000 clients of a server that drains and is another one at once, or the same one a second after the last has left", () => {
  const random = chance(2);
  const window = 10_000;
  for (const away of [0, window + 1_000]) {
    const times = Array.from({ length: CROWD }, () => {
      let at = random() * window; // the share that the server draws
      for (let attempt = 1; at < away; attempt += 1) at += backoff(attempt, random, window);
      return at - away;
    });
    const over = Math.max(window, ...times);
    assert.ok(crowding(times, window) <= 2, `away ${away}: ${crowding(times, window)} of the mean over the window; the last came after ${Math.round(over)} ms`);
  }
});

test("drain without a close: moves over by itself", () => {
  const w = world();
  w.live();
  w.last().says({ type: "drain", after_ms: 3_000, window_ms: 10_000 });
  w.pass(3_000);
  assert.equal(w.sockets.length, 2);
  assert.equal(w.sockets[0]?.closed, 1000);
});

test("a refusal for rate holds the return back", () => {
  const w = world();
  w.live();
  w.last().says({ type: "err", code: "rate", after_ms: 8_000 });
  w.last().dies(4008);
  assert.deepEqual(w.socket.state(), { type: "waiting", attempt: 1, until: 8_250, code: 4008 });
});

test("what cannot be read is passed over", () => {
  const w = world();
  w.live();
  w.last().raw("{");
  w.last().raw(new ArrayBuffer(2));
  w.last().says([1]);
  assert.equal(w.frames.length, 1);
});

test("stop closes with 1000 and leaves no timer", () => {
  const w = world();
  w.live();
  const socket = w.last();
  w.socket.stop();
  assert.equal(socket.closed, 1000);
  w.pass(100_000);
  assert.equal(w.sockets.length, 1);
});
