// Builds dist/: index.html, the first screen's scripts, the parts that are fetched when they are wanted, app.css, workshop.css, icon.svg,
// each with .br and .gz, and manifest.json with sizes and hashes.
// The same sources give the same bytes. `--check` compares with what is committed, `--size` prints the budget.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

/** Bytes after brotli: what is aimed at, and what fails the build. `first`: every script before the first screen stands. */
const BUDGET = { first: { target: 60_000, hard: 80_000 }, part: { target: 25_000, hard: 30_000 }, "app.css": { target: 10_000, hard: 12_000 }, "workshop.css": { target: 4_000, hard: 6_000 } };

const result = await build({
  absWorkingDir: here,
  // The names of chunks follow from paths: a linked node_modules is where the link is.
  preserveSymlinks: true,
  entryPoints: { app: "src/main.tsx", "app.css": "src/app.css", "workshop.css": "src/workshop.css" },
  outdir: "dist",
  bundle: true,
  write: false,
  splitting: true,
  metafile: true,
  chunkNames: "[name]-[hash]",
  minify: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox125", "safari17.5"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  charset: "utf8",
  logLevel: "warning",
});

const files = new Map();
for (const file of result.outputFiles) {
  const name = basename(file.path);
  // An entry of styles alone leaves an empty script.
  if (!name.endsWith(".css.js")) files.set(name.replace(/\.css\.css$/, ".css"), Buffer.from(file.contents));
}

/** The entry and all that it waits for. */
const first = new Set(["dist/app.js"]);
for (const name of first) for (const { path, kind } of result.metafile.outputs[name].imports) if (kind === "import-statement") first.add(path);
const firstNames = [...first].map((path) => basename(path)).sort();

const page = readFileSync(join(here, "src", "index.html"), "utf8");
// All at once rather than one after the other.
const ahead = firstNames.filter((name) => name !== "app.js").map((name) => `<link rel="modulepreload" href="${name}">\n`);
files.set("index.html", Buffer.from(page.replace("<script type", `${ahead.join("")}<script type`)));
files.set("icon.svg", readFileSync(join(here, "src", "icon.svg")));

const manifest = {};
const out = new Map();
for (const name of [...files.keys()].sort()) {
  const bytes = files.get(name);
  const br = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  const gz = gzipSync(bytes, { level: 9 });
  // RFC 1952 names the system that packed it in byte 9; the result must not depend on it.
  gz[9] = 255;
  out.set(name, bytes).set(`${name}.br`, br).set(`${name}.gz`, gz);
  manifest[name] = { sha384: `sha384-${createHash("sha384").update(bytes).digest("base64")}`, bytes: bytes.length, brotli: br.length };
}
out.set("manifest.json", Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));

/** Two versions of a packer may pack differently: what counts is what comes out. */
function same(name, a, b) {
  if (name === "manifest.json") return JSON.stringify(hashes(a)) === JSON.stringify(hashes(b));
  if (name.endsWith(".br")) return brotliDecompressSync(a).equals(brotliDecompressSync(b));
  if (name.endsWith(".gz")) return gunzipSync(a).equals(gunzipSync(b));
  return a.equals(b);
}

function hashes(bytes) {
  return Object.entries(JSON.parse(bytes)).map(([name, { sha384 }]) => [name, sha384]);
}

let failed = false;
function weigh(name, br, { target, hard }) {
  console.log(`${name}: ${br} bytes brotli (target ${target}, limit ${hard})${br > target ? "  OVER THE TARGET" : ""}`);
  if (br > hard) failed = true;
}
weigh("first screen", firstNames.reduce((sum, name) => sum + manifest[name].brotli, 0), BUDGET.first);
for (const name of ["app.css", "workshop.css"]) weigh(name, manifest[name].brotli, BUDGET[name]);
for (const name of Object.keys(manifest)) if (name.endsWith(".js") && !firstNames.includes(name)) weigh(name, manifest[name].brotli, BUDGET.part);

if (process.argv.includes("--check")) {
  for (const [name, bytes] of out) {
    const path = join(dist, name);
    if (existsSync(path) && same(name, readFileSync(path), bytes)) continue;
    console.error(`dist/${name} is not what the sources give: run \`npm run build -w @deskbell/console\``);
    failed = true;
  }
} else if (!process.argv.includes("--size")) {
  mkdirSync(dist, { recursive: true });
  for (const name of readdirSync(dist)) if (!out.has(name)) rmSync(join(dist, name));
  for (const [name, bytes] of out) writeFileSync(join(dist, name), bytes);
}
process.exit(failed ? 1 : 0);
