// The guides for agents and editors name buttons and views: what stands in bold there has to stand on the screen.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** From the folder of the package, where its tests are run. */
const read = (path: string): string => readFileSync(path, "utf8");

for (const [guide, files] of [
  ["agents", ["en", "more.en"]],
  ["editors", ["en", "more.en", "workshop.en"]],
] as const) {
  test(`what the ${guide}' guide names is on the screen`, () => {
    const words = new Set(files.flatMap((name) => Object.values(JSON.parse(read(`src/i18n/${name}.json`)) as Record<string, string>)));
    // A key, and the word that says what this is about.
    const keys = new Set(["Enter", "bold"]);
    const named = [...read(`../docs/${guide}.md`).matchAll(/\*\*([^*]+)\*\*/g)].map(([, name]) => name ?? "");
    assert.ok(named.length > 30);
    assert.deepEqual(named.filter((name) => !words.has(name) && !keys.has(name)), []);
  });
}
