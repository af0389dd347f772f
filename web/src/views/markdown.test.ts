import { describe, expect, test } from "vitest";

import { inOneLine, isRich, parse, type Block, type Inline } from "./markdown";

const text = (content: string): Inline => ({ kind: "text", text: content });

function paragraph(...content: Inline[]): Block {
  return { kind: "paragraph", content };
}

/** All addresses that a text leads to. */
function addresses(content: string): string[] {
  return [...JSON.stringify(parse(content)).matchAll(/"href":"([^"]*)"/g)].map(
    ([, href = ""]) => href,
  );
}

describe("blocks", () => {
  test("are paragraphs and fenced code", () => {
    expect(parse("one\n\ntwo\n```py\nx = 1\n\ny = 2\n```\nthree")).toEqual([
      paragraph(text("one")),
      paragraph(text("two")),
      { kind: "code", language: "py", text: "x = 1\n\ny = 2" },
      paragraph(text("three")),
    ]);
  });

  test("an open fence runs to the end", () => {
    expect(parse("```\nx")).toEqual([{ kind: "code", language: "", text: "x" }]);
  });

  test("are lists, in each other too", () => {
    expect(parse("3. a\n   - b\n4. c")).toEqual([
      {
        kind: "list",
        start: 3,
        items: [
          [paragraph(text("a")), { kind: "list", start: null, items: [[paragraph(text("b"))]] }],
          [paragraph(text("c"))],
        ],
      },
    ]);
  });

  test("are headings, quotes, rules and tables", () => {
    expect(parse("## Plan\n\n> said\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |")).toEqual([
      { kind: "heading", depth: 2, content: [text("Plan")] },
      { kind: "quote", content: [paragraph(text("said"))] },
      { kind: "rule" },
      { kind: "table", head: [[text("a")], [text("b")]], rows: [[[text("1")], [text("2")]]] },
    ]);
  });

  test("what is no formatting in a conversation stays as it was written", () => {
    expect(parse("    indented")).toEqual([paragraph(text("indented"))]);
    expect(parse("one\n---")).toEqual([paragraph(text("one")), { kind: "rule" }]);
    expect(parse("&lt; &amp;")).toEqual([paragraph(text("&lt; &amp;"))]);
    expect(parse("[x]: https://example.org")[0]).toMatchObject({ kind: "paragraph" });
    expect(parse("snake_case_name 2*3*4")[0]).toEqual(
      paragraph(text("snake_case_name 2"), { kind: "emphasis", content: [text("3")] }, text("4")),
    );
  });

  test("no text has none", () => {
    expect(parse(" \n\n ")).toEqual([]);
  });
});

describe("inline", () => {
  test("is strong, emphasised, struck, code, and in each other", () => {
    expect(parse("**a _b_** ~~c~~ `*d*`")).toEqual([
      paragraph(
        { kind: "strong", content: [text("a "), { kind: "emphasis", content: [text("b")] }] },
        text(" "),
        { kind: "struck", content: [text("c")] },
        text(" "),
        { kind: "code", text: "*d*" },
      ),
    ]);
  });

  test("mentions and hashtags are found in all of it, but not in code or links", () => {
    const found = JSON.stringify(parse("- **@mia** #audit\n\n`@jonas` [@olga](https://x.org)"));
    expect(found).toContain('"handle":"mia"');
    expect(found).toContain('"tag":"audit"');
    expect(found).not.toMatch(/"handle":"(jonas|olga)"/);
  });

  test("a line ends where it ends", () => {
    expect(parse("a\nb")).toEqual([paragraph(text("a"), { kind: "break" }, text("b"))]);
  });

  test("a hashtag at the beginning is no heading", () => {
    expect(parse("#audit today")[0]?.kind).toBe("paragraph");
  });
});

describe("links", () => {
  test.each([
    ["[plan](https://example.org/a_b)", ["https://example.org/a_b"]],
    ["see https://example.org/__init__.py.", ["https://example.org/__init__.py"]],
    ["(https://example.org/x)", ["https://example.org/x"]],
    ["https://de.example.org/wiki/Gleis_(Bahn)", ["https://de.example.org/wiki/Gleis_(Bahn)"]],
    ["<https://example.org>", ["https://example.org"]],
    ["[mail](mailto:a@example.org)", ["mailto:a@example.org"]],
    ["![picture](https://example.org/x.png)", ["https://example.org/x.png"]],
  ])("%s leads to %j", (content, found) => {
    expect(addresses(content)).toEqual(found);
  });

  test.each([
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//example.org)",
    "[x](/api/v1/session)",
    "[x](#/inbox)",
    "<javascript:alert(1)>",
    "javascript:alert(1)",
    "ftp://example.org",
    "//example.org",
    "www.example.org",
    "a@example.org",
  ])("%s leads nowhere", (content) => {
    expect(addresses(content)).toEqual([]);
  });
});

test("HTML is text", () => {
  const content = "<b onclick=alert(1)>x</b> <img src=x onerror=alert(1)>";
  expect(parse(content)).toEqual([paragraph(text(content))]);
});

test("only what looks other when rendered needs a preview", () => {
  expect(["plain", "two\nlines"].map(isRich)).toEqual([false, false]);
  const rich = ["@mia", "#x", "`x`", "a\n\nb", "```\nx\n```", "https://x.org", "- x", "**x**"];
  expect(rich.map(isRich)).toEqual(rich.map(() => true));
});

/** Each of these takes other libraries minutes. */
test.each([
  "*a_".repeat(20_000),
  "*a ".repeat(20_000),
  "[".repeat(60_000),
  "> ".repeat(30_000),
  "- ".repeat(30_000),
  "`".repeat(60_000),
  "[a](".repeat(15_000),
  "*".repeat(60_000),
  "```\n".repeat(15_000),
  "\n".repeat(60_000),
  "@".repeat(60_000),
  "https://".repeat(7_000),
  `|a${"|a".repeat(10_000)}\n|-${"|-".repeat(10_000)}\n`,
])("long input does not take long (%#)", (content) => {
  const started = performance.now();
  parse(content);
  expect(performance.now() - started).toBeLessThan(3_000);
});

describe("one line of a text", () => {
  test("has its words and none of its marks", () => {
    const rich =
      "# Plan\nBitte die **Prüfung** _ansehen_ #audit `x=1`\n\n- eins\n- [zwei](https://x.de)";
    expect(inOneLine(rich)).toBe("Plan Bitte die Prüfung ansehen #audit x=1 eins zwei");
    expect(inOneLine("```py\nx = 1\ny = 2\n```")).toBe("x = 1 y = 2");
    expect(inOneLine("| a | b |\n|---|---|\n| 1 | 2 |")).toBe("a b 1 2");
  });

  test("keeps what is no mark, and is bounded", () => {
    expect(inOneLine("2 * 3 < <b>7</b> @mia https://x.de")).toBe(
      "2 * 3 < <b>7</b> @mia https://x.de",
    );
    expect(inOneLine("word ".repeat(10_000)).length).toBeLessThanOrEqual(400);
    expect(inOneLine("")).toBe("");
  });
});
