/**
 * What is marked in a text while it is written, and in the pieces of one that is rendered: links,
 * mentions, hashtags, `code`. It only ever becomes elements and text nodes, so nothing that
 * somebody writes can become markup.
 *
 * What counts as a mention or a hashtag is what the server's `model/activities.py` finds.
 */

export type Token =
  | { kind: "text"; text: string }
  | { kind: "break" }
  | { kind: "code"; text: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "mention"; text: string; handle: string }
  | { kind: "tag"; text: string; tag: string };

const CODE = /`([^`\n]+)`/;
const LINK = /\bhttps?:\/\/[^\s<>"“”`]+/;
const MENTION = /(?<![\p{L}\p{N}_@/])@([A-Za-z0-9][A-Za-z0-9._-]{0,39})/u;
const HASHTAG = /(?<![\p{L}\p{N}_&/#])#([\p{L}\p{N}_][\p{L}\p{N}_-]{0,63})/u;

const TOKEN = new RegExp(
  [CODE, LINK, MENTION, HASHTAG].map(({ source }) => source).join("|"),
  "gu",
);

export function inline(text: string): Token[] {
  const found: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const token = tokenOf(match);
    found.push(...lines(text.slice(end, match.index)), token);
    end = match.index + ("text" in token && token.kind !== "code" ? token.text : match[0]).length;
  }
  return [...found, ...lines(text.slice(end))];
}

function tokenOf([whole, code, mention, tag]: RegExpExecArray): Token {
  if (code !== undefined) return { kind: "code", text: code };
  if (tag !== undefined) return { kind: "tag", text: whole, tag: tag.toLowerCase() };
  if (mention === undefined) return link(whole);
  const handle = mention.replace(/[.\-_]+$/, "");
  return { kind: "mention", text: `@${handle}`, handle: handle.toLowerCase() };
}

/** A sentence's own punctuation after an address is not part of it, nor an unopened bracket. */
function link(whole: string): Token {
  let text = whole.replace(/[.,;:!?'"’…]+$/, "");
  while (text.endsWith(")") && !text.includes("(")) text = text.slice(0, -1);
  return { kind: "link", text, href: text };
}

function lines(text: string): Token[] {
  return text.split("\n").flatMap((line, index) => {
    const here: Token[] = line === "" ? [] : [{ kind: "text", text: line }];
    return index === 0 ? here : [{ kind: "break" }, ...here];
  });
}
