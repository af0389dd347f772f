import { describe, expect, test } from "vitest";

import { CLOSE_CODES, closeName, ERROR_CODES, reactionTo, retryAfter } from "./codes";

describe("the table", () => {
  test("has codes, and each reaction is what its range asks for", () => {
    expect(CLOSE_CODES.length).toBeGreaterThan(0);
    for (const { code, reaction } of CLOSE_CODES) {
      const range = code < 4100 ? "stay_away" : code < 4200 ? "pause" : "resume";
      expect(reaction, String(code)).toBe(range);
    }
  });

  test("has error codes, each once", () => {
    const codes = ERROR_CODES.map((row) => row.code);
    expect(codes).toContain("not_found");
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe("reactionTo", () => {
  test.each([
    [4000, "stay_away"],
    [4099, "stay_away"],
    [4100, "pause"],
    [4199, "pause"],
    [4200, "resume"],
    [4299, "resume"],
    [4300, null],
    [1000, null],
    [1001, null],
    [1006, null],
    [1012, null],
  ])("%i is %s, also for codes of a newer server", (code, reaction) => {
    expect(reactionTo(code)).toBe(reaction);
  });
});

test("a close code has a name, known or not", () => {
  expect(closeName(4000)).toBe("bad_token");
  expect(closeName(4042)).toBe("close_4042");
});

test.each([
  ['{"retry_after": 5}', 5],
  ['{"retry_after": 0.5}', 0.5],
  ['{"retry_after": -1}', null],
  ['{"retry_after": "5"}', null],
  ["null", null],
  ["going down", null],
  ["", null],
])("the pause in the reason %s is %s", (reason, pause) => {
  expect(retryAfter(reason)).toBe(pause);
});
