import { beforeEach, expect, test } from "vitest";

import { Positions } from "./positions";

let positions: Positions;

beforeEach(() => {
  positions = new Positions();
  positions.start("s", 10);
});

test.each([
  [11, undefined, "next"],
  [12, undefined, "gap"],
  [10, undefined, "duplicate"],
  [3, undefined, "duplicate"],
  [15, 10, "next"],
  [15, 11, "gap"],
  [15, 7, "next"],
  [10, 7, "duplicate"],
] as const)("at 10, number %i after %s is %s", (seq, prev, verdict) => {
  expect(positions.judge("s", seq, prev)).toBe(verdict);
});

test("in a stream seen for the first time everything is next", () => {
  expect(positions.judge("other", 99)).toBe("next");
});

test("a position rises and never falls", () => {
  positions.raise("s", 12);
  positions.raise("s", 11);
  positions.start("s", 5);
  expect(positions.snapshot()).toEqual({ s: 12 });
});

test("what is forgotten can start again", () => {
  positions.forget("s");
  expect(positions.has("s")).toBe(false);
  positions.start("s", 3);
  expect(positions.snapshot()).toEqual({ s: 3 });
  positions.forgetAll();
  expect(positions.size).toBe(0);
});
