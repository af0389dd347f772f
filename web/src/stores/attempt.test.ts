// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { NetworkError } from "../client/http";
import { Attempt } from "./attempt.svelte";

test("is busy until it is over, and tells whether it went well", async () => {
  const attempt = new Attempt();
  let end = () => {};
  const made = attempt.make(() => new Promise<void>((resolve) => (end = resolve)));
  expect(attempt.isBusy).toBe(true);
  end();
  expect([await made, attempt.isBusy, attempt.failure]).toEqual([true, false, null]);
});

test("keeps what went wrong until the next one", async () => {
  const attempt = new Attempt();
  expect(await attempt.make(() => Promise.reject(new NetworkError(null)))).toBe(false);
  expect([attempt.isBusy, attempt.failure?.code]).toEqual([false, "network"]);
  await attempt.make(() => Promise.resolve());
  expect(attempt.failure).toBeNull();
});

test("does not swallow a mistake of ours", async () => {
  const attempt = new Attempt();
  await expect(attempt.make(() => Promise.reject(new TypeError("oops")))).rejects.toThrow("oops");
  expect(attempt.isBusy).toBe(false);
});
