/**
 * A post's text as a tree, by CommonMark (https://spec.commonmark.org/) with tables and
 * strikethrough. The library only says what is what; no HTML is made of it, and HTML in a text is
 * text. What is not meant in a conversation is left out: indented code, headings by underlining,
 * images, references, entities. Lines end where they end.
 */

import MarkdownIt, { type Token as Mark } from "markdown-it";

import { inline as tokens, type Token } from "./richtext";

export type Inline =
  | Token
  | { kind: "strong"; content: Inline[] }
  | { kind: "emphasis"; content: Inline[] }
  | { kind: "struck"; content: Inline[] }
  | { kind: "anchor"; href: string; content: Inline[] };

export type Block =
  | { kind: "paragraph"; content: Inline[] }
  | { kind: "heading"; depth: number; content: Inline[] }
  | { kind: "code"; text: string; language: string }
  | { kind: "list"; start: number | null; items: Block[][] }
  | { kind: "quote"; content: Block[] }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

/** How deep lists and quotes may lie in each other; deeper ones are not shown. */
const DEPTH = 24;
const LEFT_OUT = ["code", "lheading", "reference", "image", "entity"];
const SAFE = /^(?:https?:\/\/|mailto:)/i;

const markdown = new MarkdownIt({ linkify: true, maxNesting: DEPTH }).disable(LEFT_OUT);
markdown.validateLink = (address) => SAFE.test(address);
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
for (const scheme of ["ftp:", "//", "mailto:"]) markdown.linkify.add(scheme, null);

export function parse(text: string): Block[] {
  return treeOf(markdown.parse(text, {})).flatMap(blockOf);
}

/** Whether it looks other when rendered than it does while it is written. */
export function isRich(text: string): boolean {
  const [first, ...more] = parse(text);
  if (!first) return false;
  if (more.length > 0 || first.kind !== "paragraph") return true;
  return first.content.some(({ kind }) => kind !== "text" && kind !== "break");
}

/** How much of a text is looked at for a line of it. */
const LINE = 400;

/** A text without its marks, its lines one after the other: for where one line has room. */
export function inOneLine(text: string): string {
  const texts = markdown.parse(text.slice(0, LINE), {}).flatMap(({ type, content, children }) => {
    if (type === "fence") return [content];
    return children ? [children.map(said).join("")] : [];
  });
  return texts.join(" ").replace(/\s+/g, " ").trim();
}

function said({ type, content }: Mark): string {
  return type === "softbreak" || type === "hardbreak" ? " " : content;
}

interface Node {
  mark: Mark;
  children: Node[];
}

/** The library's marks come one after the other: what opens, what is between, what closes. */
function treeOf(marks: Mark[]): Node[] {
  const root: Node[] = [];
  const open = [root];
  for (const mark of marks) {
    if (mark.nesting === -1) {
      open.pop();
      continue;
    }
    const node = { mark, children: [] };
    open.at(-1)?.push(node);
    if (mark.nesting === 1) open.push(node.children);
  }
  return root;
}

function blockOf({ mark, children }: Node): Block[] {
  switch (mark.type) {
    case "paragraph_open":
      return [{ kind: "paragraph", content: contentOf(children) }];
    case "heading_open":
      return [{ kind: "heading", depth: Number(mark.tag.slice(1)), content: contentOf(children) }];
    case "fence":
      return [{ kind: "code", text: mark.content.replace(/\n$/, ""), language: mark.info.trim() }];
    case "bullet_list_open":
      return [{ kind: "list", start: null, items: itemsOf(children) }];
    case "ordered_list_open":
      return [
        { kind: "list", start: Number(mark.attrGet("start") ?? 1), items: itemsOf(children) },
      ];
    case "blockquote_open":
      return [{ kind: "quote", content: children.flatMap(blockOf) }];
    case "table_open":
      return [tableOf(children)];
    case "hr":
      return [{ kind: "rule" }];
    default:
      return [];
  }
}

function itemsOf(nodes: Node[]): Block[][] {
  return nodes.map(({ children }) => children.flatMap(blockOf));
}

function tableOf(parts: Node[]): Block {
  const rows = parts.flatMap(({ children }) => children).map(({ children }) => cellsOf(children));
  return { kind: "table", head: rows[0] ?? [], rows: rows.slice(1) };
}

function cellsOf(nodes: Node[]): Inline[][] {
  return nodes.map(({ children }) => contentOf(children));
}

/** What is in a paragraph, a heading or a cell. */
function contentOf(nodes: Node[]): Inline[] {
  return nodes.flatMap(({ mark }) => inlineOf(treeOf(mark.children ?? [])));
}

function inlineOf(nodes: Node[]): Inline[] {
  return nodes.flatMap(({ mark, children }): Inline[] => {
    switch (mark.type) {
      case "strong_open":
        return [{ kind: "strong", content: inlineOf(children) }];
      case "em_open":
        return [{ kind: "emphasis", content: inlineOf(children) }];
      case "s_open":
        return [{ kind: "struck", content: inlineOf(children) }];
      case "link_open":
        return [{ kind: "anchor", href: String(mark.attrGet("href")), content: plain(children) }];
      case "code_inline":
        return [{ kind: "code", text: mark.content }];
      case "softbreak":
      case "hardbreak":
        return [{ kind: "break" }];
      default:
        return tokens(mark.content);
    }
  });
}

/** The text of a link: no link is in a link, and nobody is mentioned by one. */
function plain(nodes: Node[]): Inline[] {
  return nodes.flatMap(({ mark, children }): Inline[] => {
    if (mark.type === "code_inline") return [{ kind: "code", text: mark.content }];
    if (mark.nesting === 1) return plain(children);
    return mark.content === "" ? [] : [{ kind: "text", text: mark.content }];
  });
}
