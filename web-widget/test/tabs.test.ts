import assert from "node:assert/strict";
import { test } from "node:test";

import { createTabs, ORPHAN_MS, type Tabs } from "../src/tabs.ts";
import { createWorld, memory } from "./world.ts";

/** The browser's locks, as far as they are used: one holder a name, until it lets go or its tab is gone. */
function locksOf(browser: Map<string, object>, tab: object): Pick<LockManager, "request"> {
  const request = (name: string, _options: object, run: (lock: object | null) => Promise<void> | undefined): Promise<void> => {
    if (browser.has(name)) {
      void run(null);
      return Promise.resolve();
    }
    browser.set(name, tab);
    const free = (): void => void (browser.get(name) === tab && browser.delete(name));
    return Promise.resolve(run({})).then(free);
  };
  return { request } as unknown as Pick<LockManager, "request">;
}

interface Tab {
  readonly tabs: Tabs;
  readonly found: string[];
  readonly session: ReturnType<typeof memory>;
  /** Gone without a word, as by a crash. */
  readonly dies: () => void;
}

for (const locked of [true, false]) {
  const named = (words: string): string => `${words} (${locked ? "locks" : "a lease in storage"})`;

  function browser() {
    const world = createWorld(1_000_000);
    const local = memory();
    const held = new Map<string, object>();
    const alive = new Set<object>();
    function tab(session = memory()): Tab {
      const self = {};
      alive.add(self);
      const found: string[] = [];
      const deps = { ...world.deps, setTimeout: (run: () => void, ms: number) => world.deps.setTimeout(() => alive.has(self) && run(), ms) };
      const tabs = createTabs({ key: "k", local, session, locks: locked ? locksOf(held, self) : undefined, deps, onFound: (text) => found.push(text) });
      const dies = (): void => {
        alive.delete(self);
        for (const [name, owner] of held) if (owner === self) held.delete(name);
      };
      return { tabs, found, session, dies };
    }
    /** Locks answer a moment later, time or not. */
    const pass = async (ms: number): Promise<void> => {
      for (let done = 0; done < ms; done += 250) {
        await settled();
        world.pass(250);
      }
      await settled();
    };
    return { tab, pass, local };
  }

  const settled = async (): Promise<void> => {
    for (let n = 0; n < 5; n += 1) await Promise.resolve();
  };
  const enter = (tabs: Tabs): Promise<void> => new Promise((done) => tabs.enter(done));

  test(named("a tab keeps its name through a reload, and finds what it wrote"), async () => {
    const b = browser();
    const one = b.tab();
    await enter(one.tabs);
    one.tabs.keep("unsent");
    one.tabs.leave();
    await settled();
    const again = b.tab(one.session);
    await enter(again.tabs);
    assert.equal(again.tabs.name(), one.tabs.name());
    assert.deepEqual(again.found, ["unsent"]);
    assert.equal(b.local.held.get(`k:outbox:${one.tabs.name()}`), "unsent", "until it is sent");
  });

  test(named("a copied tab takes another name, and leaves the outbox to the first"), async () => {
    const b = browser();
    const one = b.tab();
    await enter(one.tabs);
    one.tabs.keep("unsent");
    const copy = b.tab(memory(one.session.held));
    const entered = enter(copy.tabs);
    await b.pass(500);
    await entered;
    assert.notEqual(copy.tabs.name(), one.tabs.name());
    await b.pass(3 * ORPHAN_MS);
    assert.deepEqual(copy.found, []);
  });

  test(named("what a closed tab left is taken over once, after it was without its tab for a while"), async () => {
    const b = browser();
    const [one, two, three] = [b.tab(), b.tab(), b.tab()];
    for (const { tabs } of [one, two, three]) await enter(tabs);
    one.tabs.keep("unsent");
    await b.pass(2 * ORPHAN_MS);
    assert.deepEqual([...two.found, ...three.found], [], "its tab lives");
    // The others look every ten seconds: this lies between two looks.
    await b.pass(ORPHAN_MS - 3_000);
    one.tabs.leave();
    one.dies();
    await b.pass(ORPHAN_MS - 1_000);
    assert.deepEqual([...two.found, ...three.found], [], "it may only be loading anew");
    await b.pass(2 * ORPHAN_MS);
    assert.deepEqual([...two.found, ...three.found], ["unsent"]);
    assert.equal([...b.local.held.keys()].some((key) => key.startsWith("k:outbox:")), false);
  });

  test(named("what a killed tab left is taken over at the next visit"), async () => {
    const b = browser();
    const one = b.tab();
    await enter(one.tabs);
    one.tabs.keep("unsent");
    one.dies();
    const next = b.tab();
    await enter(next.tabs);
    await b.pass(locked ? 2 * ORPHAN_MS : 20 * ORPHAN_MS);
    assert.deepEqual(next.found, ["unsent"]);
  });

  test(named("a page that was put away and brought back goes on under its name, unless another has it now"), async () => {
    const b = browser();
    const one = b.tab();
    await enter(one.tabs);
    const name = one.tabs.name();
    one.tabs.leave();
    await settled();
    await enter(one.tabs);
    assert.equal(one.tabs.name(), name);
    one.tabs.leave();
    await settled();
    const copy = b.tab(memory(one.session.held));
    await enter(copy.tabs);
    const back = enter(one.tabs);
    await b.pass(500);
    await back;
    assert.notEqual(one.tabs.name(), name);
  });
}

test("where locks may not be used the lease stands in", async () => {
  const world = createWorld(1_000_000);
  const locks = { request: () => Promise.reject(new Error("SecurityError")) } as unknown as Pick<LockManager, "request">;
  const tabs = createTabs({ key: "k", local: memory(), session: memory(), locks, deps: world.deps, onFound: () => undefined });
  await new Promise<void>((done) => tabs.enter(done));
  assert.notEqual(tabs.name(), "");
});
