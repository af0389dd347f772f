/**
 * The text of a post as a tree: links, mentions, hashtags, `code` and code blocks. It only ever
 * becomes elements and text nodes, so nothing that somebody writes can become markup.
 *
 * What counts as a mention or a hashtag is what the server's `model/activities.py` finds.
 */

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "break" }
  | { kind: "code"; text: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "mention"; text: string; handle: string }
  | { kind: "tag"; text: string; tag: string };

export type Block =
  { kind: "paragraph"; content: Inline[] } | { kind: "code"; text: string; language: string };

const FENCE = /^```([\w+-]*)[ \t]*\n([\s\S]*?)(?:\n```[ \t]*(?:\n|$)|$(?![\s\S]))/gm;

const CODE = /`([^`\n]+)`/;
const LINK = /\bhttps?:\/\/[^\s<>"“”`]+/;
const MENTION = /(?<![\p{L}\p{N}_@/])@([A-Za-z0-9][A-Za-z0-9._-]{0,39})/u;
const HASHTAG = /(?<![\p{L}\p{N}_&/#])#([\p{L}\p{N}_][\p{L}\p{N}_-]{0,63})/u;

const TOKEN = new RegExp(
  [CODE, LINK, MENTION, HASHTAG].map(({ source }) => source).join("|"),
  "gu",
);

export function parse(text: string): Block[] {
  const blocks: Block[] = [];
  let end = 0;
  for (const match of text.matchAll(FENCE)) {
    blocks.push(...paragraphs(text.slice(end, match.index)));
    blocks.push({ kind: "code", language: match[1] ?? "", text: match[2] ?? "" });
    end = match.index + match[0].length;
  }
  return [...blocks, ...paragraphs(text.slice(end))];
}

/** Whether it looks other when rendered than it does while it is written. */
export function isRich(text: string): boolean {
  const [first, ...more] = parse(text);
  if (!first) return false;
  if (more.length > 0 || first.kind === "code") return true;
  return first.content.some(({ kind }) => kind !== "text" && kind !== "break");
}

function paragraphs(text: string): Block[] {
  return text
    .split(/\n[ \t]*\n+/)
    .map((part) => part.replace(/^\n+|\s+$/g, ""))
    .filter((part) => part !== "")
    .map((part) => ({ kind: "paragraph", content: inline(part) }));
}

export function inline(text: string): Inline[] {
  const found: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const token = tokenOf(match);
    found.push(...lines(text.slice(end, match.index)), token);
    end = match.index + ("text" in token && token.kind !== "code" ? token.text : match[0]).length;
  }
  return [...found, ...lines(text.slice(end))];
}

function tokenOf([whole, code, mention, tag]: RegExpExecArray): Inline {
  if (code !== undefined) return { kind: "code", text: code };
  if (tag !== undefined) return { kind: "tag", text: whole, tag: tag.toLowerCase() };
  if (mention === undefined) return link(whole);
  const handle = mention.replace(/[.\-_]+$/, "");
  return { kind: "mention", text: `@${handle}`, handle: handle.toLowerCase() };
}

/** A sentence's own punctuation after an address is not part of it, nor an unopened bracket. */
function link(whole: string): Inline {
  let text = whole.replace(/[.,;:!?'"’…]+$/, "");
  while (text.endsWith(")") && !text.includes("(")) text = text.slice(0, -1);
  return { kind: "link", text, href: text };
}

function lines(text: string): Inline[] {
  return text.split("\n").flatMap((line, index) => {
    const here: Inline[] = line === "" ? [] : [{ kind: "text", text: line }];
    return index === 0 ? here : [{ kind: "break" }, ...here];
  });
}
