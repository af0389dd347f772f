// @vitest-environment happy-dom
import { render } from "@testing-library/svelte";
import { expect, test } from "vitest";

import PostText from "./PostText.svelte";

function rendered(text: string): HTMLElement {
  return render(PostText, { text, me: "mia" }).container;
}

test("markup that somebody writes stays text", () => {
  const text = "<script>alert(1)</script><img src=x onerror=alert(1)>";
  const element = rendered(text);
  expect(element.querySelector("script, img")).toBeNull();
  expect(element.textContent).toContain(text);
});

test("addresses open elsewhere and tell nothing of here", () => {
  const link = rendered("https://example.org/x").querySelector("a");
  expect(link?.getAttribute("href")).toBe("https://example.org/x");
  expect(link?.getAttribute("rel")).toContain("noopener");
});

test("my own handle is marked, others lead to what they wrote", () => {
  const [mine, other] = rendered("@mia and @jonas").querySelectorAll("a.mention");
  expect(mine?.classList.contains("me")).toBe(true);
  expect(other?.getAttribute("href")).toBe("#/search?q=from%3A%40jonas");
});

test("tags lead to a search", () => {
  expect(rendered("#Audit").querySelector("a")?.getAttribute("href")).toBe(
    "#/search?q=tag%3Aaudit",
  );
});

test("text, breaks and blanks come out as they went in", () => {
  const element = rendered("one `two`, @mia.\nthree");
  expect(element.querySelector("p")?.innerText ?? "").toContain("one two, @mia.");
  expect(element.querySelectorAll("br")).toHaveLength(1);
});

test("formatting becomes elements, in each other too", () => {
  const element = rendered("# Plan\n\n1. **one** _two_\n   - ~~three~~\n\n> four\n\n|a|\n|-|\n|b|");
  const found = [...element.querySelectorAll("h3, ol > li strong, em, ol ul s, blockquote p, td")];
  expect(found.map(({ textContent }) => textContent)).toEqual([
    ...["Plan", "one", "two", "three", "four", "b"],
  ]);
});

test("a link with a text says where it leads", () => {
  const link = rendered("[the plan](https://example.org/plan)").querySelector("a");
  expect(link?.textContent).toBe("the plan");
  expect(link?.title).toBe("https://example.org/plan");
  expect(link?.rel).toContain("noopener");
});

test("a block of code keeps its lines", () => {
  expect(rendered("```\na\n  b\n```").querySelector("pre")?.textContent).toBe("a\n  b");
});

test("each paragraph is written from the side that its own words begin at", () => {
  const element = rendered("مرحبا بالعالم\n\n- one\n\n```\ncode\n```");
  const sides = [...element.querySelectorAll("p, ul, pre")].map((block) =>
    block.getAttribute("dir"),
  );
  expect(sides.slice(0, 2)).toEqual(["auto", "auto"]);
  expect(sides.at(-1)).toBe("ltr");
});
