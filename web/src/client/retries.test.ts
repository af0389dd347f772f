import { expect, test } from "vitest";

import { Retries } from "./retries";

const PAUSE = JSON.stringify({ retry_after: 7 });

test("who is to resume comes at once, and then waits longer and longer", () => {
  const retries = new Retries(() => 1);
  expect([1, 2, 3].map(() => retries.next("resume", ""))).toEqual([250, 1_000, 2_000]);
});

test("a pause that the server asks for is kept, however often it failed", () => {
  const retries = new Retries(() => 0);
  retries.next(null, "");
  expect(retries.next("pause", PAUSE)).toBe(7_000);
  expect(retries.next("pause", "without a number")).toBe(1_000);
});

test("after it went well the next wait is a first one", () => {
  const retries = new Retries(() => 1);
  retries.next(null, "");
  retries.forget();
  expect(retries.next(null, "")).toBe(500);
});
