// The Markdown that answers and agents use, as a tree. Pure: text in, values out; HTML in the text stays text.
// Bold, italic, code, fences, lists, quotes, links, line breaks; headings become bold lines, images their words.

export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "strong" | "em"; readonly children: readonly Inline[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "link"; readonly href: string; readonly children: readonly Inline[] }
  | { readonly type: "break" };

export type Block =
  | { readonly type: "paragraph"; readonly children: readonly Inline[] }
  | { readonly type: "fence"; readonly text: string; readonly language: string }
  | { readonly type: "quote"; readonly children: readonly Block[] }
  /** `start` is null for bullets, else the first number. */
  | { readonly type: "list"; readonly start: number | null; readonly items: readonly (readonly Block[])[] };

/** What a single line end means: a new line, as people type in a chat, or a space, as in a wrapped article. */
export type LineEnds = "break" | "space";

/** Deeper nesting is shown as the text it is. */
const DEEPEST = 6;

const FENCE = /^ {0,3}(```+|~~~+)\s*([\w+-]*)\s*$/;
const HEADING = /^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$/;
const BULLET = /^( {0,3})([-*+])([ \t]+)(?=\S)/;
const NUMBER = /^( {0,3})(\d{1,9})([.)])([ \t]+)(?=\S)/;
const QUOTE = /^ {0,3}> ?/;

export function parseMarkdown(text: string, lineEnds: LineEnds = "break"): readonly Block[] {
  return blocks(text.replace(/\r\n?/g, "\n").split("\n"), lineEnds, 0);
}

/** The address if it may be followed: http, https, mailto, tel, or a path on the site itself. Else null. */
export function safeHref(href: string): string | null {
  // A browser drops tabs and line ends and takes `\` for `/`, so "/\t/evil" would be another host.
  if (/[\u0000-\u0020\\\u007f]/.test(href)) return null;
  if (/^https?:\/\/[^/]/i.test(href) || /^(?:mailto|tel):./i.test(href)) return href;
  return /^\/(?!\/)/.test(href) ? href : null;
}

/** Only the words: for previews, titles and the transcript. */
export function plainText(text: string, lineEnds: LineEnds = "break"): string {
  const words = (nodes: readonly Inline[]): string =>
    nodes.map((node) => (node.type === "break" ? "\n" : "children" in node ? words(node.children) : node.text)).join("");
  const lines = (nodes: readonly Block[]): string =>
    nodes
      .map((node) => {
        if (node.type === "paragraph") return words(node.children);
        if (node.type === "fence") return node.text;
        if (node.type === "quote") return lines(node.children);
        return node.items.map((item, at) => `${node.start === null ? "-" : `${node.start + at}.`} ${lines(item)}`).join("\n");
      })
      .join("\n");
  return lines(parseMarkdown(text, lineEnds));
}

function blocks(lines: readonly string[], lineEnds: LineEnds, depth: number): Block[] {
  const out: Block[] = [];
  let paragraph: string[] = [];
  const flush = (): void => {
    if (paragraph.length > 0) out.push({ type: "paragraph", children: inlines(joinLines(paragraph, lineEnds), 0) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    const fence = FENCE.exec(line);
    if (fence) {
      flush();
      const close = (fence[1] ?? "```").slice(0, 3);
      const body: string[] = [];
      at += 1;
      while (at < lines.length && !(lines[at] ?? "").trimStart().startsWith(close)) body.push(lines[at++] ?? "");
      at += 1;
      out.push({ type: "fence", text: body.join("\n"), language: fence[2] ?? "" });
      continue;
    }
    if (line.trim() === "") {
      flush();
      at += 1;
      continue;
    }
    const heading = HEADING.exec(line);
    if (heading) {
      flush();
      out.push({ type: "paragraph", children: [{ type: "strong", children: inlines(heading[1] ?? "", 0) }] });
      at += 1;
      continue;
    }
    if (depth < DEEPEST && QUOTE.test(line)) {
      flush();
      const body: string[] = [];
      while (at < lines.length && QUOTE.test(lines[at] ?? "")) body.push((lines[at++] ?? "").replace(QUOTE, ""));
      out.push({ type: "quote", children: blocks(body, lineEnds, depth + 1) });
      continue;
    }
    const marker = depth < DEEPEST ? listMarker(line) : null;
    // "2020. A good year" inside a paragraph is prose; only 1 may interrupt one, as in CommonMark.
    if (marker && (paragraph.length === 0 || marker.start === null || marker.start === 1)) {
      flush();
      const end = listEnd(lines, at, marker.start !== null);
      out.push(list(lines.slice(at, end), marker.start, lineEnds, depth));
      at = end;
      continue;
    }
    paragraph.push(line);
    at += 1;
  }
  flush();
  return out;
}

interface Marker {
  readonly start: number | null;
  /** Where the item's text begins. */
  readonly indent: number;
}

function listMarker(line: string): Marker | null {
  const bullet = BULLET.exec(line);
  if (bullet) return { start: null, indent: bullet[0].length };
  const number = NUMBER.exec(line);
  return number ? { start: Number(number[2]), indent: number[0].length } : null;
}

/** The first line behind the list: one that is neither an item of its kind, nor indented, nor a lazy continuation. */
function listEnd(lines: readonly string[], from: number, ordered: boolean): number {
  let blank = false;
  let at = from;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line.trim() === "") {
      blank = true;
      continue;
    }
    const marker = listMarker(line);
    if (marker && (marker.start !== null) !== ordered && !/^\s{2,}/.test(line)) break;
    if (!marker && !/^\s{2,}/.test(line) && (blank || FENCE.test(line) || HEADING.test(line) || QUOTE.test(line))) break;
    blank = false;
  }
  return at;
}

function list(lines: readonly string[], start: number | null, lineEnds: LineEnds, depth: number): Block {
  const items: string[][] = [];
  let indent = 0;
  for (const line of lines) {
    const spaces = line.length - line.trimStart().length;
    const marker = items.length > 0 && spaces >= indent ? null : listMarker(line);
    if (marker) {
      indent = marker.indent;
      items.push([line.slice(indent)]);
    } else {
      items[items.length - 1]?.push(line.slice(Math.min(spaces, indent)));
    }
  }
  return { type: "list", start, items: items.map((item) => blocks(item, lineEnds, depth + 1)) };
}

/** One string in which "\n" is a break to keep. */
function joinLines(lines: readonly string[], lineEnds: LineEnds): string {
  return lines
    .map((line, at) => {
      if (at === lines.length - 1) return line.trim();
      const hard = lineEnds === "break" || / {2,}$/.test(line) || /(^|[^\\])\\$/.test(line);
      return line.trim().replace(/\\$/, "") + (hard ? "\n" : " ");
    })
    .join("");
}

const SPECIAL = /[\\`*_[!<\n]|https?:\/\//i;
const BARE_LINK = /^https?:\/\/[^\s<>"\\]+/i;
const ANGLE_LINK = /^<((?:https?:\/\/|mailto:|tel:)[^\s<>\\]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)>/i;
const ESCAPABLE = /[!-/:-@[-`{-~]/;

function inlines(text: string, depth: number): Inline[] {
  const out: Inline[] = [];
  const say = (words: string): void => {
    const last = out[out.length - 1];
    if (last?.type === "text") out[out.length - 1] = { type: "text", text: last.text + words };
    else if (words !== "") out.push({ type: "text", text: words });
  };
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const special = SPECIAL.exec(rest);
    if (!special || depth > DEEPEST) {
      say(rest);
      break;
    }
    say(rest.slice(0, special.index));
    at += special.index;
    const taken = inline(text, at, depth);
    if (taken) {
      if (taken.node.type === "text") say(taken.node.text);
      else out.push(taken.node);
      at = taken.end;
    } else {
      say(text[at] ?? "");
      at += 1;
    }
  }
  return out;
}

interface Taken {
  readonly node: Inline;
  readonly end: number;
}

/** What begins at `at`, or null where the character is only itself. */
function inline(text: string, at: number, depth: number): Taken | null {
  const sign = text[at] ?? "";
  if (sign === "\n") return { node: { type: "break" }, end: at + 1 };
  if (sign === "\\") {
    const escaped = text[at + 1] ?? "";
    return ESCAPABLE.test(escaped) ? { node: { type: "text", text: escaped }, end: at + 2 } : null;
  }
  if (sign === "`") return codeSpan(text, at);
  if (sign === "*" || sign === "_") return emphasis(text, at, sign, depth);
  if (sign === "[") return link(text, at, depth);
  if (sign === "!") return text[at + 1] === "[" ? link(text, at + 1, depth) : null;
  if (sign === "<") {
    const angle = ANGLE_LINK.exec(text.slice(at));
    const words = angle?.[1];
    if (!angle || !words) return null;
    const href = safeHref(words.includes(":") ? words : `mailto:${words}`);
    return href === null ? null : { node: { type: "link", href, children: [{ type: "text", text: words }] }, end: at + angle[0].length };
  }
  return bareLink(text, at);
}

function codeSpan(text: string, at: number): Taken | null {
  const ticks = /^`+/.exec(text.slice(at))?.[0] ?? "`";
  let end = at + ticks.length;
  for (;;) {
    end = text.indexOf(ticks, end);
    if (end < 0) return { node: { type: "text", text: ticks }, end: at + ticks.length };
    const run = /^`+/.exec(text.slice(end))?.[0] ?? "";
    if (run.length === ticks.length) break;
    end += run.length;
  }
  const body = text.slice(at + ticks.length, end).replace(/\n/g, " ");
  const trimmed = /^ .*[^ ].* $/.test(body) ? body.slice(1, -1) : body;
  return { node: { type: "code", text: trimmed }, end: end + ticks.length };
}

function emphasis(text: string, at: number, sign: "*" | "_", depth: number): Taken | null {
  for (const width of [2, 1]) {
    const mark = sign.repeat(width);
    if (!text.startsWith(mark, at)) continue;
    const from = at + width;
    if (!opens(text, at, from, sign)) continue;
    for (let end = text.indexOf(mark, from + 1); end > 0; end = text.indexOf(mark, end + 1)) {
      if (!closes(text, end, end + width, sign)) continue;
      // "*a **b** c*": a double sign inside belongs to what is inside.
      if (width === 1 && (text[end + 1] === sign || text[end - 1] === sign)) continue;
      if (width === 2 && text[end + 2] === sign) continue;
      const children = inlines(text.slice(from, end), depth + 1);
      return { node: { type: width === 2 ? "strong" : "em", children }, end: end + width };
    }
  }
  const run = text[at + 1] === sign ? sign + sign : sign;
  return { node: { type: "text", text: run }, end: at + run.length };
}

function opens(text: string, at: number, from: number, sign: string): boolean {
  return /\S/.test(text[from] ?? " ") && (sign === "*" || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? " "));
}

function closes(text: string, end: number, behind: number, sign: string): boolean {
  return text[end - 1] !== "\\" && /\S/.test(text[end - 1] ?? " ") && (sign === "*" || !/[\p{L}\p{N}]/u.test(text[behind] ?? " "));
}

function link(text: string, at: number, depth: number): Taken | null {
  const close = closing(text, at, "[", "]");
  if (close < 0 || text[close + 1] !== "(") return null;
  const end = closing(text, close + 1, "(", ")");
  if (end < 0) return null;
  const inside = text.slice(close + 2, end).trim();
  const target = /^<?([^\s<>]*)>?(?:\s+["'(].*["')])?$/s.exec(inside)?.[1] ?? "";
  const children = inlines(text.slice(at + 1, close), depth + 1);
  const href = safeHref(target);
  if (href !== null) return { node: { type: "link", href, children: withoutLinks(children) }, end: end + 1 };
  // An address that may not be followed leaves its words.
  return { node: { type: "text", text: flat(children) }, end: end + 1 };
}

function bareLink(text: string, at: number): Taken | null {
  if (/[\p{L}\p{N}]/u.test(text[at - 1] ?? " ")) return null;
  const found = BARE_LINK.exec(text.slice(at))?.[0];
  if (!found) return null;
  // The full stop ends the sentence, not the address.
  let address = found.replace(/[.,;:!?'*_~\]]+$/, "");
  if (address.endsWith(")") && !address.includes("(")) address = address.replace(/\)+$/, "");
  const href = safeHref(address);
  return href === null ? null : { node: { type: "link", href, children: [{ type: "text", text: address }] }, end: at + address.length };
}

function closing(text: string, at: number, open: string, close: string): number {
  let depth = 0;
  // A link is short; a longer search would make a wall of brackets quadratic.
  for (let end = at; end < Math.min(text.length, at + 2_000); end += 1) {
    const sign = text[end];
    if (sign === "\\") end += 1;
    else if (sign === open) depth += 1;
    else if (sign === close && --depth === 0) return end;
  }
  return -1;
}

function flat(nodes: readonly Inline[]): string {
  return nodes.map((node) => (node.type === "break" ? " " : "children" in node ? flat(node.children) : node.text)).join("");
}

function withoutLinks(nodes: readonly Inline[]): Inline[] {
  return nodes.flatMap((node): Inline[] => {
    if (node.type === "link") return withoutLinks(node.children);
    if (node.type === "strong" || node.type === "em") return [{ ...node, children: withoutLinks(node.children) }];
    return [node];
  });
}
