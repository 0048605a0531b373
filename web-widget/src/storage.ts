// What the browser keeps for us, or memory where that is missing, blocked or full.

export interface StorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  /** The names of everything that is kept. */
  keys(): readonly string[];
}

/** Writes into memory until `release`, which writes it down. What lies in `real` already can be read. */
export function heldBack(real: StorageLike): StorageLike & { readonly release: () => void } {
  let memory: Map<string, string | null> | null = new Map();
  return {
    getItem: (name) => (memory?.has(name) ? (memory.get(name) ?? null) : real.getItem(name)),
    setItem: (name, value) => (memory ? void memory.set(name, value) : real.setItem(name, value)),
    removeItem: (name) => (memory ? void memory.set(name, null) : real.removeItem(name)),
    keys: () => [...new Set([...real.keys(), ...(memory?.keys() ?? [])])].filter((name) => memory?.get(name) !== null),
    release: () => {
      const kept = memory ?? new Map<string, string | null>();
      memory = null;
      for (const [name, value] of kept) if (value === null) real.removeItem(name);
      else real.setItem(name, value);
    },
  };
}

/** Never throws. What could not be written lies in memory, so that this page goes on as if it had been. */
export function storage(of: () => Storage): StorageLike {
  const memory = new Map<string, string>();
  function attempt<T>(run: (real: Storage) => T, otherwise: T): T {
    try {
      return run(of());
    } catch {
      return otherwise;
    }
  }
  return {
    getItem: (name) => memory.get(name) ?? attempt((real) => real.getItem(name), null),
    setItem: (name, value) => {
      memory.set(name, value);
      attempt((real) => {
        real.setItem(name, value);
        memory.delete(name);
      }, undefined);
    },
    removeItem: (name) => {
      memory.delete(name);
      attempt((real) => real.removeItem(name), undefined);
    },
    keys: () => [...memory.keys(), ...attempt((real) => Object.keys(real), [])],
  };
}
