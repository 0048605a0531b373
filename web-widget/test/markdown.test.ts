import assert from "node:assert/strict";
import { test } from "node:test";

import { parseMarkdown, plainText, safeHref, type Block, type Inline, type LineEnds } from "../src/markdown.ts";

/** A short notation for the tree, so that a table can be read. */
function show(blocks: readonly Block[]): string {
  return blocks
    .map((block) => {
      if (block.type === "paragraph") return `p(${words(block.children)})`;
      if (block.type === "fence") return `fence:${block.language}(${block.text})`;
      if (block.type === "quote") return `quote(${show(block.children)})`;
      return `${block.start === null ? "ul" : `ol${block.start}`}(${block.items.map((item) => `li(${show(item)})`).join(" ")})`;
    })
    .join(" ");
}

function words(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      if (node.type === "text") return node.text;
      if (node.type === "break") return "⏎";
      if (node.type === "code") return `code(${node.text})`;
      if (node.type === "link") return `a[${node.href}](${words(node.children)})`;
      return `${node.type === "strong" ? "b" : "i"}(${words(node.children)})`;
    })
    .join("");
}

const cases: [text: string, tree: string, lineEnds?: LineEnds][] = [
  ["plain", "p(plain)"],
  ["", ""],
  ["a **b** c", "p(a b(b) c)"],
  ["a __b__ *c* _d_", "p(a b(b) i(c) i(d))"],
  ["**a *b* c**", "p(b(a i(b) c))"],
  ["*a **b** c*", "p(i(a b(b) c))"],
  ["2 * 3 * 4 and snake_case_name", "p(2 * 3 * 4 and snake_case_name)"],
  ["**open", "p(**open)"],
  ["***", "p(***)"],
  ["\\*not\\* \\_it\\_", "p(*not* _it_)"],
  ["`a * b` and ``c ` d``", "p(code(a * b) and code(c ` d))"],
  ["`open", "p(`open)"],
  ["line\nbreak", "p(line⏎break)"],
  ["line\nwrapped", "p(line wrapped)", "space"],
  ["hard  \nbreak", "p(hard⏎break)", "space"],
  ["a\n\nb\r\n\r\nc", "p(a) p(b) p(c)"],
  ["# Title\ntext", "p(b(Title)) p(text)"],
  ["- a\n- b **c**", "ul(li(p(a)) li(p(b b(c))))"],
  ["1. a\n2. b", "ol1(li(p(a)) li(p(b)))"],
  ["3) a\n4) b", "ol3(li(p(a)) li(p(b)))"],
  ["- a\n  - b\n  - c\n- d", "ul(li(p(a) ul(li(p(b)) li(p(c)))) li(p(d)))"],
  ["Text:\n- a\n- b\n\nAfter", "p(Text:) ul(li(p(a)) li(p(b))) p(After)"],
  ["In\n2020. it was", "p(In⏎2020. it was)"],
  ["- a\n1. b", "ul(li(p(a))) ol1(li(p(b)))"],
  ["> quoted\n> more\n\nnot", "quote(p(quoted⏎more)) p(not)"],
  ["```rust\nfn a() {}\n\n**b**\n```\nend", "fence:rust(fn a() {}\n\n**b**) p(end)"],
  ["```\nopen", "fence:(open)"],
  ["[a](https://x.y/z)", "p(a[https://x.y/z](a))"],
  ["[**a** b](/help/x#y 'title')", "p(a[/help/x#y](b(a) b))"],
  ["[a](https://x.y/(z))", "p(a[https://x.y/(z)](a))"],
  ["[a](javascript:alert(1))", "p(a)"],
  ["[a](JaVaScRiPt&colon;alert(1))", "p(a)"],
  ["[a](data:text/html,x) [b](vbscript:x) [c](file:///x)", "p(a b c)"],
  ["[a](//evil.example)", "p(a)"],
  ["[a](/\\evil.example)", "p(a)"],
  ["[a] (b) [c]", "p([a] (b) [c])"],
  ["![a lamp](https://x.y/l.png)", "p(a[https://x.y/l.png](a lamp))"],
  ["see https://x.y/a_b_c, or (https://x.y).", "p(see a[https://x.y/a_b_c](https://x.y/a_b_c), or (a[https://x.y](https://x.y)).)"],
  ["<https://x.y> <me@x.y>", "p(a[https://x.y](https://x.y) a[mailto:me@x.y](me@x.y))"],
  ["<script>alert(1)</script> <img src=x onerror=y>", "p(<script>alert(1)</script> <img src=x onerror=y>)"],
  ["a &amp; &lt;b&gt;", "p(a &amp; &lt;b&gt;)"],
  ["[a [b](https://x.y) c](https://z.y)", "p(a[https://z.y](a b c))"],
];

for (const [text, tree, lineEnds] of cases) {
  test(`markdown: ${JSON.stringify(text)}`, () => assert.equal(show(parseMarkdown(text, lineEnds)), tree));
}

test("addresses that may be followed", () => {
  for (const href of ["https://x.y", "HTTP://x.y/a?b#c", "mailto:a@b.c", "tel:+49123", "/", "/help/a#b"]) assert.equal(safeHref(href), href);
  for (const href of ["", "x", "//x.y", "/\\x.y", "\\\\x", "/\t/x.y", "java\nscript:x", " https://x.y", "https:x", "https:///x", "blob:x", "javascript:x", "mailto:", "\u0000https://x.y", "ws://x"]) {
    assert.equal(safeHref(href), null, JSON.stringify(href));
  }
});

test("words alone", () => {
  assert.equal(plainText("**a** [b](https://x.y)\n- c\n- `d`\n> e"), "a b\n- c\n- d\ne");
});

test("hostile text ends in time", () => {
  for (const text of ["*".repeat(4_000), "[".repeat(4_000), "_a".repeat(2_000), "`a``".repeat(1_000), "> ".repeat(2_000), "- ".repeat(2_000) + "x", "**a".repeat(1_300), "[a](".repeat(1_000), "https://".repeat(500), "\\".repeat(4_000)]) {
    const from = performance.now();
    parseMarkdown(text);
    assert.ok(performance.now() - from < 500, text.slice(0, 8));
  }
});
