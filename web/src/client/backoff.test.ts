import { expect, test } from "vitest";

import { backoff, nudge, spread } from "./backoff";

test("waits double until they are half a minute", () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => backoff(attempt, () => 1));
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
});

test("chance takes away at most half of a wait", () => {
  expect(backoff(3, () => 0)).toBe(2000);
  expect(backoff(3, () => 0.5)).toBe(3000);
});

test("a nudge is hardly a wait, and an asked pause is never cut short", () => {
  expect(nudge(() => 1)).toBe(250);
  expect(spread(4000, () => 0)).toBe(4000);
  expect(spread(4000, () => 1)).toBe(5000);
});
