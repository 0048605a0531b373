// The tabs of one person in one browser: a name that no two living tabs share, and what a dead one left behind.
//
// A tab holds a lock on its name for as long as it lives, so a name that can be locked belongs to nobody: to a closed
// tab, or to this one before it was loaded again. A tab that was copied finds its name held, and takes another.
// Where the browser has no locks (pages without TLS) a lease in storage stands for them. It may err where two tabs
// look in the same moment; a message sent twice has one `cmid` and is stored once.

import { newCmid } from "./outbox.ts";
import { outboxesOf } from "./settings.ts";
import type { Deps } from "./socket.ts";
import type { StorageLike } from "./storage.ts";

/** An outbox whose tab is not there is taken over by another after this long: a page that loads anew needs a moment. */
export const ORPHAN_MS = 10_000;
/** Renewed in half the time. Timers of a hidden tab may run only once a minute. */
const LEASE_MS = 150_000;
/** The page before this one in the same tab may still hold the name for a moment. */
const HANDOVER_MS = 250;

export interface TabsEnv {
  /** What all keys and locks begin with: one visitor or agent of one site. */
  readonly key: string;
  /** Shared by the tabs. */
  readonly local: StorageLike;
  /** Of this tab; the browser copies it when it copies the tab. */
  readonly session: StorageLike;
  readonly locks: Pick<LockManager, "request"> | undefined;
  readonly deps: Deps;
  /** What an outbox of this tab's own name held, and later those of tabs that are gone. It is removed afterwards. */
  readonly onFound: (outbox: string) => void;
}

export interface Tabs {
  /** Takes a name, unless there is one, and then goes on. */
  readonly enter: (then: () => void) => void;
  /** Gives the name free: the page is put away. */
  readonly leave: () => void;
  /** Leaves, and takes another name the next time. */
  readonly rename: () => void;
  /** The device, as `hello` names it; empty before `enter`. */
  readonly name: () => string;
  /** Keeps what a reload must not lose; nothing to keep: null. */
  readonly keep: (outbox: string | null) => void;
  /** Forgets the outboxes of all tabs. */
  readonly forget: () => void;
}

type Release = () => void;

export function createTabs({ key, local, session, locks, deps, onFound }: TabsEnv): Tabs {
  const device = `${key}:device`;
  const boxes = outboxesOf(key);
  let name = "";
  let release: Release | null = null;
  let waiting: (() => void)[] = [];
  let round: unknown;
  let orphans = new Set<string>();

  function lease(wanted: string, then: (release: Release | null) => void): void {
    const at = `${key}:tab:${wanted}`;
    if (Number(local.getItem(at)) > deps.now()) return then(null);
    let timer: unknown;
    const renew = (): void => {
      local.setItem(at, String(deps.now() + LEASE_MS));
      timer = deps.setTimeout(renew, LEASE_MS / 2);
    };
    renew();
    then(() => {
      deps.clearTimeout(timer);
      local.removeItem(at);
    });
  }

  /** Gives the way to let go of it again, or null where another tab has it. */
  function hold(wanted: string, then: (release: Release | null) => void): void {
    if (!locks) return lease(wanted, then);
    let answered = false;
    void locks
      .request(`${key}:${wanted}`, { ifAvailable: true }, (lock) => {
        answered = true;
        return lock ? new Promise<void>((free) => then(free)) : then(null);
      })
      // A page without an origin of its own has locks and may not use them.
      .catch(() => answered || lease(wanted, then));
  }

  function take(wanted: string, patient: boolean): void {
    hold(wanted, (free) => {
      if (!free) {
        if (patient) deps.setTimeout(() => take(wanted, false), HANDOVER_MS);
        else take(newCmid(), false);
        return;
      }
      if (waiting.length === 0) return free();
      session.setItem(device, wanted);
      name = wanted;
      release = free;
      found(wanted);
      look();
      for (const then of waiting.splice(0)) then();
    });
  }

  function found(owner: string): void {
    const text = local.getItem(boxes + owner);
    if (text === null) return;
    // First into the other outbox, then out of this one: an end in between leaves it in both, under the same names.
    onFound(text);
    if (owner !== name) local.removeItem(boxes + owner);
  }

  /** Takes over what was without its tab the last time too. */
  function look(): void {
    const before = orphans;
    orphans = new Set();
    for (const at of local.keys()) {
      const owner = at.slice(boxes.length);
      if (!at.startsWith(boxes) || owner === name) continue;
      hold(owner, (free) => {
        if (!free) return;
        if (before.has(owner)) found(owner);
        else orphans.add(owner);
        free();
      });
    }
    round = deps.setTimeout(look, ORPHAN_MS);
  }

  function leave(): void {
    waiting = [];
    deps.clearTimeout(round);
    release?.();
    release = null;
  }

  return {
    enter: (then) => {
      if (release) return then();
      waiting.push(then);
      if (waiting.length === 1) take(session.getItem(device) ?? newCmid(), true);
    },
    leave,
    rename: () => {
      leave();
      session.removeItem(device);
    },
    name: () => name,
    keep: (outbox) => {
      if (!release) return;
      if (outbox === null) local.removeItem(boxes + name);
      else local.setItem(boxes + name, outbox);
    },
    forget: () => {
      for (const at of local.keys()) if (at.startsWith(boxes)) local.removeItem(at);
    },
  };
}
