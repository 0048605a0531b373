// One clock and one network for the tests: nothing happens unless a test lets it.

import assert from "node:assert/strict";

import type { Deps, WebSocketLike } from "../src/socket.ts";
import type { StorageLike } from "../src/storage.ts";

export function memory(from: Iterable<[string, string]> = []): StorageLike & { held: Map<string, string> } {
  const held = new Map(from);
  return { held, getItem: (key) => held.get(key) ?? null, setItem: (key, value) => void held.set(key, value), removeItem: (key) => void held.delete(key), keys: () => [...held.keys()] };
}

export class FakeSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  sent: Record<string, unknown>[] = [];
  closed: number | undefined;
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(code?: number): void {
    this.closed = code;
  }
  opened(): void {
    this.onopen?.({} as never);
  }
  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as never);
  }
  raw(data: unknown): void {
    this.onmessage?.({ data } as never);
  }
  dies(code: number): void {
    this.onclose?.({ code } as never);
  }
  /** What was sent of one type. */
  of(type: string): Record<string, unknown>[] {
    return this.sent.filter((frame) => frame["type"] === type);
  }
}

export interface World {
  readonly deps: Deps;
  readonly sockets: FakeSocket[];
  readonly last: () => FakeSocket;
  readonly pass: (ms: number) => void;
}

/** Chance is always one half. */
export function createWorld(start = 0): World {
  let now = start;
  let ids = 0;
  const timers = new Map<number, { at: number; run: () => void }>();
  const sockets: FakeSocket[] = [];
  return {
    sockets,
    deps: {
      open: () => {
        const socket = new FakeSocket();
        sockets.push(socket);
        return socket;
      },
      setTimeout: (run, ms) => {
        ids += 1;
        timers.set(ids, { at: now + ms, run });
        return ids;
      },
      clearTimeout: (timer) => timers.delete(timer as number),
      now: () => now,
      random: () => 0.5,
    },
    last: () => {
      const found = sockets[sockets.length - 1];
      assert.ok(found);
      return found;
    },
    pass: (ms) => {
      const end = now + ms;
      for (;;) {
        const due = [...timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
        if (!due) break;
        timers.delete(due[0]);
        now = due[1].at;
        due[1].run();
      }
      now = end;
    },
  };
}
