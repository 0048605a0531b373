// The tree of `markdown.ts` as elements. Text goes in as text nodes only; there is no way to an HTML sink from here.

import type { ComponentChildren, VNode } from "preact";

import { parseMarkdown, type Block, type Inline, type LineEnds } from "./markdown.ts";

export interface MarkdownProps {
  readonly text: string;
  readonly lineEnds?: LineEnds;
  /** Makes an address absolute where the page it is shown on is not the one it was written for. */
  readonly resolve?: (href: string) => string;
}

export function Markdown({ text, lineEnds = "break", resolve = same }: MarkdownProps): VNode {
  return <>{parseMarkdown(text, lineEnds).map((block, at) => blockView(block, at, resolve))}</>;
}

function same(href: string): string {
  return href;
}

function blockView(block: Block, key: number, resolve: (href: string) => string): VNode {
  switch (block.type) {
    case "paragraph":
      return <p key={key}>{inlineViews(block.children, resolve)}</p>;
    case "fence":
      return (
        <pre key={key} tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote key={key}>{block.children.map((child, at) => blockView(child, at, resolve))}</blockquote>;
    case "list": {
      const items = block.items.map((item, at) => <li key={at}>{itemView(item, resolve)}</li>);
      return block.start === null ? <ul key={key}>{items}</ul> : <ol key={key} start={block.start}>{items}</ol>;
    }
  }
}

/** An item of one paragraph needs no paragraph of its own. */
function itemView(item: readonly Block[], resolve: (href: string) => string): ComponentChildren {
  return item.map((block, at) => (block.type === "paragraph" && at === 0 ? inlineViews(block.children, resolve) : blockView(block, at, resolve)));
}

function inlineViews(nodes: readonly Inline[], resolve: (href: string) => string): ComponentChildren {
  return nodes.map((node, key) => {
    switch (node.type) {
      case "text":
        return node.text;
      case "strong":
        return <strong key={key}>{inlineViews(node.children, resolve)}</strong>;
      case "em":
        return <em key={key}>{inlineViews(node.children, resolve)}</em>;
      case "code":
        return <code key={key}>{node.text}</code>;
      case "break":
        return <br key={key} />;
      case "link":
        return (
          <a key={key} href={resolve(node.href)} target="_blank" rel="noopener noreferrer nofollow">
            {inlineViews(node.children, resolve)}
          </a>
        );
    }
  });
}
