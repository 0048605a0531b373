// What the browser keeps for us, or memory where that is missing, blocked or full.

export interface StorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  /** The names of everything that is kept. */
  keys(): readonly string[];
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

/** Writes into memory until `release`, which writes it down. What lies in `real` already is read, and may be removed. */
export function heldBack(real: StorageLike): StorageLike & { readonly release: () => void } {
  let to = storage(() => {
    throw new Error();
  });
  return {
    getItem: (name) => to.getItem(name) ?? real.getItem(name),
    setItem: (name, value) => to.setItem(name, value),
    removeItem: (name) => {
      to.removeItem(name);
      real.removeItem(name);
    },
    keys: () => [...new Set([...to.keys(), ...real.keys()])],
    release: () => {
      for (const name of to.keys()) real.setItem(name, to.getItem(name) ?? "");
      to = real;
    },
  };
}
