import { describe, expect, test } from "vitest";

import { inline } from "./richtext";

describe("inline", () => {
  test.each([
    ["see https://example.org/a_b?c=d#e.", "https://example.org/a_b?c=d#e"],
    ["(https://example.org/x)", "https://example.org/x"],
    ["https://de.example.org/wiki/Gleis_(Bahn)", "https://de.example.org/wiki/Gleis_(Bahn)"],
    ["„https://example.org“", "https://example.org"],
    ["HTTP is not http://example.org, is it?", "http://example.org"],
  ])("the address in %s is %s", (text, href) => {
    expect(inline(text).filter(({ kind }) => kind === "link")).toEqual([
      { kind: "link", text: href, href },
    ]);
  });

  test.each(["javascript:alert(1)", "data:text/html,x", "ftp://example.org", "//example.org"])(
    "%s is no link",
    (text) => {
      expect(inline(text)).toEqual([{ kind: "text", text }]);
    },
  );

  test("markup is text", () => {
    const text = "<img src=x onerror=alert(1)>";
    expect(inline(text)).toEqual([{ kind: "text", text }]);
  });

  test("a mention is what the server takes for one", () => {
    const handles = (text: string) =>
      inline(text).flatMap((token) => (token.kind === "mention" ? [token.handle] : []));
    expect(handles("@Mia, @jo.nas. and (@ci-bot)")).toEqual(["mia", "jo.nas", "ci-bot"]);
    expect(handles("mail@example.org @@x /@y ä@z")).toEqual([]);
  });

  test("the full stop after a mention stays", () => {
    expect(inline("for @mia.")).toEqual([
      { kind: "text", text: "for " },
      { kind: "mention", text: "@mia", handle: "mia" },
      { kind: "text", text: "." },
    ]);
  });

  test("a hashtag is what the server takes for one", () => {
    const tags = (text: string) =>
      inline(text).flatMap((token) => (token.kind === "tag" ? [token.tag] : []));
    expect(tags("#Audit #prüfung-2 (#x) a#b &#39; ##y")).toEqual(["audit", "prüfung-2", "x"]);
  });

  test("within code nothing else is found", () => {
    expect(inline("`@mia #x https://example.org`")).toEqual([
      { kind: "code", text: "@mia #x https://example.org" },
    ]);
  });

  test("lines end where they end", () => {
    expect(inline("a\nb").map(({ kind }) => kind)).toEqual(["text", "break", "text"]);
  });
});
