// What is another between two texts, by words; and how many places of a draft changed. No DOM.

import type { Draft } from "./wire.ts";

export type Piece = { op: "same" | "add" | "del"; text: string };

/** Pairs of words beyond which two texts are shown whole: nobody reads such a difference. */
const MOST = 250_000;

/** Words and what stands between them, by their longest common part; neighbours of one kind in one piece. */
export function wordDiff(before: string, after: string): Piece[] {
  const [a, b] = [split(before), split(after)];
  if (a.length * b.length > MOST) return joined([...a.map(piece("del")), ...b.map(piece("add"))]);
  const width = b.length + 1;
  const long = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => long[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) long[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const pieces: Piece[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i], b[j]];
    if (x !== undefined && x === y) {
      pieces.push({ op: "same", text: x });
      i += 1;
      j += 1;
    } else if (x !== undefined && (y === undefined || at(i + 1, j) >= at(i, j + 1))) {
      pieces.push({ op: "del", text: x });
      i += 1;
    } else if (y !== undefined) {
      pieces.push({ op: "add", text: y });
      j += 1;
    }
  }
  return joined(pieces);
}

function split(text: string): string[] {
  return text.match(/[\p{L}\p{N}]+|\s+|[^\p{L}\p{N}\s]/gu) ?? [];
}

function piece(op: Piece["op"]): (text: string) => Piece {
  return (text) => ({ op, text });
}

/** What went stands before what came, and a lone space between two changed words belongs to them. */
function joined(pieces: readonly Piece[]): Piece[] {
  const all: Piece[] = [];
  let [del, add] = ["", ""];
  const same = (text: string) => {
    const last = all[all.length - 1];
    if (last?.op === "same") last.text += text;
    else if (text) all.push({ op: "same", text });
  };
  const flush = () => {
    // The space at the end of both is no difference.
    const end = del && add ? (/\s*$/.exec(del)?.[0] ?? "") : "";
    const shared = end !== "" && add.endsWith(end) ? end : "";
    del = del.slice(0, del.length - shared.length);
    add = add.slice(0, add.length - shared.length);
    if (del) all.push({ op: "del", text: del });
    if (add) all.push({ op: "add", text: add });
    same(shared);
    [del, add] = ["", ""];
  };
  pieces.forEach((one, n) => {
    const next = pieces[n + 1];
    if (one.op === "del") del += one.text;
    else if (one.op === "add") add += one.text;
    else if ((del || add) && /^\s+$/.test(one.text) && next && next.op !== "same") {
      del += one.text;
      add += one.text;
    } else {
      flush();
      same(one.text);
    }
  });
  flush();
  return all;
}

/** Places where a draft differs: lines that follow one another are one change. */
export function changesOf(draft: Pick<Draft, "files"> | null | undefined): number {
  let n = 0;
  for (const { diff } of draft?.files ?? []) diff.forEach((row, at) => (n += row.op !== "same" && (at === 0 || diff[at - 1]?.op === "same") ? 1 : 0));
  return n;
}

/** An id that a file may have, made from a title: `Delivered, not here` is `delivered-not-here`. */
export function idFrom(title: string): string {
  return title
    .toLocaleLowerCase("en")
    .replaceAll("ß", "ss")
    .replaceAll("ä", "ae")
    .replaceAll("ö", "oe")
    .replaceAll("ü", "ue")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60)
    .replace(/-+$/, "");
}
