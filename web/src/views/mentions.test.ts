import { expect, test } from "vitest";

import { completed, matching, mentionAt } from "./mentions";

const PEOPLE = [
  { name: "Mia Keller", handle: "mia" },
  { name: "Jonas Miehle", handle: "jonas" },
  { name: "Build", handle: "ci" },
];

test.each([
  ["hi @mi", 6, { at: 3, end: 6, start: "mi" }],
  ["@", 1, { at: 0, end: 1, start: "" }],
  ["hi @mi there", 6, { at: 3, end: 6, start: "mi" }],
  ["hi @mia there", 10, null],
  ["mail@exa", 8, null],
  ["hi", 2, null],
])("in %s at %i the mention is %o", (text, caret, started) => {
  expect(mentionAt(text, caret)).toEqual(started);
});

test("handles come before names", () => {
  expect(matching(PEOPLE, "mi").map(({ handle }) => handle)).toEqual(["mia", "jonas"]);
  expect(matching(PEOPLE, "").map(({ handle }) => handle)).toEqual(["mia", "jonas", "ci"]);
});

test("a handle that is complete needs no offer", () => {
  expect(matching(PEOPLE, "jonas")).toEqual([]);
});

test("a completion takes the place of what was typed", () => {
  const started = { at: 3, end: 6, start: "mi" };
  expect(completed("hi @mi there", started, "mia")).toEqual({ text: "hi @mia there", caret: 8 });
});
