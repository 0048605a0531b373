import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import type { Calls, Deskbell, Events } from "../npm/index.d.ts";

// The runner stands in the widget's folder.
const read = (name: string): string => readFileSync(name, "utf8");

test("the package names every call of the loader, and the document every call and event", () => {
  const types = read("npm/index.d.ts");
  const named = /for \(const name of "([a-z ]+)"/.exec(read("src/loader.ts"))?.[1]?.split(" ") ?? [];
  const calls = [...(/interface Calls \{([\s\S]*?)\n\}/.exec(types)?.[1] ?? "").matchAll(/^ {2}(\w+)[(<]/gm)].map(([, name]) => name);
  assert.deepEqual([...calls].sort(), [...named].sort());
  const events = [...(/interface Events \{([\s\S]*?)\n\}/.exec(types)?.[1] ?? "").matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
  assert.equal(events.length, 11);
  const document = read("../docs/widget-api.md");
  for (const name of [...calls, ...events]) assert.ok(document.includes(`\`${name}\``), `docs/widget-api.md lacks ${name}`);
});

test("what is published is there, in the version of the widget", () => {
  const own = JSON.parse(read("npm/package.json")) as { version: string; files: string[] };
  assert.equal(own.version, (JSON.parse(read("package.json")) as { version: string }).version);
  for (const file of own.files) assert.ok(read(`npm/${file}`).length > 0, file);
});

test("the types fit the two ways to call", () => {
  // Read by the compiler alone.
  const use = (deskbell: Deskbell): void => {
    deskbell("open");
    deskbell.ask("where");
    const off: () => void = deskbell.on("unread", (n: Events["unread"]) => n + 1);
    deskbell("on", "message", ({ from }) => from);
    deskbell("set", { attributes: { plan: "gold" } });
    // @ts-expect-error there is no such call
    deskbell("opne");
    // @ts-expect-error nor such an event
    deskbell.on("opened", off);
  };
  assert.equal(typeof use, "function");
  assert.ok({} as Calls);
});
