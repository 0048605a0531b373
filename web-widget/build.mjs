// Builds dist/ from src/, locales/ and pages/. The same input gives the same bytes, so the result can be committed and checked.
//   node build.mjs          writes dist/
//   node build.mjs --size   prints the sizes of what is in dist/ and fails above the hard budget
//   node build.mjs --check  fails when dist/ is not what the sources give
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build, transform } from "esbuild";
import { minify } from "terser";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

/** The server puts its settings here. */
const PLACEHOLDER = '"__DESKBELL_SETTINGS__"';

/** Bytes after brotli: what to aim at, and what fails. */
const BUDGETS = [
  { name: "loader", files: ["loader.js"], target: 2_000, hard: 3_000 },
  { name: "loader with a pinned address", files: ["pinned.js"], target: 2_000, hard: 3_000 },
  { name: "full page", files: ["chat.js"], target: 2_000, hard: 3_000 },
  { name: "one line for all tabs", files: ["shared.js"], target: 2_000, hard: 5_000 },
  { name: "without sockets", files: ["stream.js"], target: 2_000, hard: 5_000 },
  { name: "frame, page's side", files: ["frame.js"], target: 2_000, hard: 5_000 },
  { name: "frame, its own side", files: ["inner.js"], target: 2_000, hard: 5_000 },
  { name: "notice", files: ["notice.js"], target: 1_000, hard: 5_000 },
  { name: "messages that come by themselves", files: ["proactive.js"], target: 2_000, hard: 5_000 },
  { name: "panel + one language", files: ["panel.js"], target: 20_000, hard: 25_000 },
  { name: "a conversation", files: ["talk.js"], target: 3_000, hard: 5_000 },
  { name: "its rows", files: ["rows.js"], target: 4_000, hard: 5_000 },
  { name: "the other side's words", files: ["theirs.js"], target: 4_000, hard: 5_000 },
  { name: "queue, address, ratings", files: ["cards.js"], target: 4_000, hard: 5_000 },
  { name: "what is asked first", files: ["forms.js"], target: 3_000, hard: 5_000 },
  { name: "menu", files: ["menu.js"], target: 3_000, hard: 5_000 },
  { name: "articles", files: ["help.js"], target: 3_000, hard: 5_000 },
  { name: "past conversations", files: ["past.js"], target: 3_000, hard: 5_000 },
];

/** Style sheets as text, shortened but not lowered: `light-dark()` and relative colours must stay what they are. */
export const cssText = {
  name: "css-text",
  setup(on) {
    on.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true, target: "esnext" });
      // What custom properties hold is left as it was written, spaces and all.
      const short = code.trim().replace(/, /g, ",").replace(/(--[\w-]+): /g, "$1:");
      return { contents: `export const css = ${JSON.stringify(short)};`, loader: "js" };
    });
  },
};

/** The files that are fetched when they are needed, each from the view of its name. */
const PARTS = ["talk", "rows", "theirs", "cards", "forms", "menu", "help", "past", "notice"];

/** Which file holds a module; all others lie in `panel.js`, or in the one part that needs them. */
const HOLDERS = [
  [/^(preact|\.\/(composer|icons|lazy|log|outbox|said|settings|status|texts|view|wait)\.)/, "panel"],
  [/^\.\/(face|rows|timeline)\./, "rows"],
  [/^\.\/(theirs|markdown|markdown-view)\./, "theirs"],
];

/** What another file holds already comes from there: one Preact, one set of drawings, one reader of Markdown. */
const fromOthers = (part) => ({
  name: "from-others",
  setup(on) {
    for (const [filter, holder] of HOLDERS) if (holder !== part) on.onResolve({ filter }, ({ kind }) => (kind === "entry-point" ? undefined : { path: `./${holder}.js`, external: true }));
  },
});

function locales() {
  const read = (name) => JSON.parse(readFileSync(join(here, "locales", name), "utf8"));
  const tables = new Map(readdirSync(join(here, "locales")).filter((name) => name.endsWith(".json")).sort().map((name) => [name.slice(0, -5), read(name)]));
  const en = tables.get("en");
  const problems = [];
  const holes = (entry) => new Set((typeof entry === "string" ? [entry] : Object.values(entry)).flatMap((text) => text.match(/\{\w+\}/g) ?? []));
  for (const [language, table] of tables) {
    for (const key of Object.keys(en)) {
      if (!(key in table)) problems.push(`${language}: "${key}" is missing`);
      else if (typeof en[key] === "object" && typeof table[key] === "string" && holes(en[key]).size > 0) problems.push(`${language}: "${key}" needs plural forms`);
      else for (const hole of holes(table[key])) if (!holes(en[key]).has(hole)) problems.push(`${language}: "${key}" has ${hole}, which nothing fills`);
      const forms = new Intl.PluralRules(language, { type: key === "place" ? "ordinal" : "cardinal" });
      // Those that a number of people or minutes can take, and the one for all others.
      if (typeof table[key] === "object") for (const form of new Set(["other", ...Array.from({ length: 120 }, (_, n) => forms.select(n))])) if (!(form in table[key])) problems.push(`${language}: "${key}" has no form "${form}"`);
    }
    for (const key of Object.keys(table)) if (!(key in en)) problems.push(`${language}: "${key}" is unknown`);
  }
  if (problems.length > 0) throw new Error(`locales:\n  ${problems.join("\n  ")}`);
  return tables;
}

/** English words by the file that brings them: `panel` has what it says itself, a part what it says beyond that. */
async function wordsOf(en) {
  const sourcesOf = async (name, plugins) => {
    const { metafile } = await build({ entryPoints: [join(here, "src", name)], bundle: true, write: false, metafile: true, format: "esm", jsx: "automatic", jsxImportSource: "preact", define: { LANGUAGES: "[]" }, plugins: [cssText, ...plugins], logLevel: "error" });
    return Object.keys(metafile.inputs).filter((file) => /src\/((?!icons)[^/]+\.tsx|view\.ts)$/.test(file)).map((file) => readFileSync(file, "utf8")).join("");
  };
  // By name, or by the beginning of a name that is put together.
  const says = (text, key) => text.includes(`"${key}"`) || [...text.matchAll(/`(\w{4,})\$\{/g)].some(([, start]) => key !== start && key.startsWith(start));
  const early = await sourcesOf("main.tsx", []);
  const words = new Map([["panel", Object.fromEntries(Object.entries(en).filter(([key]) => says(early, key)))]]);
  for (const part of PARTS) {
    const text = await sourcesOf(`${part}.tsx`, [fromOthers(part)]);
    words.set(part, Object.fromEntries(Object.entries(en).filter(([key]) => !(key in words.get("panel")) && says(text, key))));
  }
  const idle = Object.keys(en).filter((key) => ![...words.values()].some((table) => key in table));
  if (idle.length > 0) throw new Error(`locales: nothing says ${idle.join(", ")}`);
  return words;
}

async function produce() {
  const tables = locales();
  const words = await wordsOf(tables.get("en"));
  const earlyWords = {
    name: "early-words",
    setup(on) {
      on.onLoad({ filter: /en\.json$/ }, () => ({ contents: JSON.stringify(words.get("panel")), loader: "json" }));
    },
  };
  const others = [...tables.keys()].filter((language) => language !== "en");
  const common = { bundle: true, minify: true, target: "es2022", charset: "utf8", legalComments: "none", write: false, plugins: [cssText], logLevel: "warning" };
  const bundle = async (options) => {
    const text = (await build({ ...common, ...options })).outputFiles[0].text;
    // A second pass that knows a few more tricks: two to three in a hundred.
    const { code } = await minify(text, { module: options.format === "esm", ecma: 2020, compress: { passes: 3, unsafe_arrows: true, keep_fargs: false }, format: { ascii_only: false, quote_style: 2 } });
    return `${code}\n`;
  };
  const files = new Map();

  const labels = Object.fromEntries([...tables].map(([language, table]) => [language, table.open]));
  files.set("loader.js", await bundle({ entryPoints: [join(here, "src/loader.ts")], format: "iife", define: { LABELS: JSON.stringify(labels), PINNED: "false" } }));
  files.set("pinned.js", await bundle({ entryPoints: [join(here, "src/loader.ts")], format: "iife", define: { LABELS: JSON.stringify(labels), PINNED: "true" } }));
  files.set("chat.js", await bundle({ entryPoints: [join(here, "src/chat.ts")], format: "esm" }));
  files.set("panel.js", await bundle({ entryPoints: [join(here, "src/main.tsx")], format: "esm", jsx: "automatic", jsxImportSource: "preact", define: { LANGUAGES: JSON.stringify(others) }, plugins: [cssText, earlyWords] }));
  for (const part of PARTS) {
    files.set(`${part}.js`, await bundle({ entryPoints: [join(here, "src", `${part}.tsx`)], format: "esm", jsx: "automatic", jsxImportSource: "preact", define: { WORDS: JSON.stringify(words.get(part)) }, plugins: [cssText, fromOthers(part)] }));
  }
  const dismiss = Object.fromEntries([...tables].map(([language, table]) => [language, table.dismiss]));
  for (const name of ["frame", "inner", "proactive", "shared", "stream"]) files.set(`${name}.js`, await bundle({ entryPoints: [join(here, `src/${name}.ts`)], format: "esm", define: { DISMISS: JSON.stringify(dismiss) } }));
  for (const language of others) files.set(`locales/${language}.js`, `export const texts=${JSON.stringify(tables.get(language))};\n`);
  for (const name of readdirSync(join(here, "pages")).sort()) {
    const text = readFileSync(join(here, "pages", name), "utf8");
    if (name.endsWith(".css")) files.set(name, (await transform(text, { loader: "css", minify: true, target: "esnext" })).code);
    else if (name.endsWith(".ts")) files.set(name.replace(/ts$/, "js"), await bundle({ entryPoints: [join(here, "pages", name)], format: "esm" }));
    else files.set(name, text);
  }
  for (const name of ["loader.js", "chat.js"]) {
    const found = files.get(name).split(PLACEHOLDER).length - 1;
    if (found !== 1) throw new Error(`${name} must hold ${PLACEHOLDER} once, found ${found}`);
  }
  for (const [name, text] of files) {
    // A comment or a string may name them; code that uses one must not get this far.
    if (/\.js$/.test(name) && /\.(innerHTML|outerHTML|srcdoc)\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function\(/.test(text.replace(/dangerouslySetInnerHTML[\s\S]{0,400}/, ""))) {
      throw new Error(`${name} uses an HTML or code sink`);
    }
  }
  return files;
}

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

/** Everything that lies in dist/, by path. */
function pack(files) {
  const out = new Map();
  const manifest = {};
  for (const [name, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = Buffer.from(text);
    const br = brotli(bytes);
    const template = text.includes(PLACEHOLDER);
    manifest[name] = { sha384: `sha384-${createHash("sha384").update(bytes).digest("base64")}`, bytes: bytes.length, brotli: br.length, ...(template ? { template } : {}) };
    out.set(name, bytes);
    out.set(`${name}.br`, br);
    const gz = gzipSync(bytes, { level: 9 });
    gz[9] = 255; // the operating system that zlib was built on
    out.set(`${name}.gz`, gz);
  }
  out.set("manifest.json", Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return out;
}

function sizes() {
  const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
  let failed = false;
  for (const { name, files, target, hard } of BUDGETS) {
    const total = files.reduce((sum, file) => sum + manifest[file].brotli, 0);
    const verdict = total > hard ? "TOO BIG" : total > target ? "above target" : "ok";
    failed ||= total > hard;
    console.log(`${name}: ${total} B brotli (target ${target}, hard ${hard}) ${verdict}`);
  }
  return failed;
}

function listed(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mode = process.argv[2];
  if (mode === "--size") process.exitCode = sizes() ? 1 : 0;
  else {
    const out = pack(await produce());
    if (mode === "--check") {
      const held = listed(dist);
      // Compressed bytes depend on the zlib at hand; what they hold does not.
      const stale = [...out].filter(([name, bytes]) => !/\.(br|gz)$/.test(name) && name !== "manifest.json" && !(held.includes(name) && readFileSync(join(dist, name)).equals(bytes))).map(([name]) => name);
      stale.push(...held.filter((name) => !out.has(name)));
      if (stale.length > 0) {
        console.error(`dist/ lags its sources (npm run build): ${stale.join(", ")}`);
        process.exitCode = 1;
      }
    } else {
      rmSync(dist, { recursive: true, force: true });
      for (const [name, bytes] of out) {
        mkdirSync(dirname(join(dist, name)), { recursive: true });
        writeFileSync(join(dist, name), bytes);
      }
      sizes();
    }
  }
}
