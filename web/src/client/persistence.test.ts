import { beforeEach, expect, test, vi } from "vitest";

import { FakeClock } from "../testing/clock";
import { NetworkError, ProblemError } from "./http";
import { persist, type Patience } from "./persistence";

const AWAY = new NetworkError(null);
const REFUSED = new ProblemError({
  type: "about:blank",
  title: "",
  status: 403,
  code: "forbidden",
  detail: "",
  retry: false,
});

let clock: FakeClock;
let abort: AbortController;
let patience: Patience;

beforeEach(() => {
  clock = new FakeClock();
  abort = new AbortController();
  patience = { clock, random: () => 1, signal: abort.signal, waiting: vi.fn() };
});

/** Until a timer is set: what is awaited before it has run by then. */
async function timer(): Promise<void> {
  await vi.waitUntil(() => clock.timers > 0, { interval: 1 });
}

test("what works at once is not repeated", async () => {
  const task = vi.fn(() => Promise.resolve("done"));
  expect(await persist(task, patience)).toBe("done");
  expect(task).toHaveBeenCalledTimes(1);
  expect(patience.waiting).not.toHaveBeenCalled();
});

test("what may pass is tried again, later each time", async () => {
  const task = vi.fn<() => Promise<string>>();
  task.mockRejectedValueOnce(AWAY).mockRejectedValueOnce(AWAY).mockResolvedValueOnce("done");
  const result = persist(task, patience);
  await timer();
  clock.advance(500);
  await timer();
  clock.advance(999);
  expect(task).toHaveBeenCalledTimes(2);
  clock.advance(1);
  expect(await result).toBe("done");
  expect(patience.waiting).toHaveBeenCalledTimes(2);
});

test("a refusal is final", async () => {
  const task = vi.fn(() => Promise.reject(REFUSED));
  await expect(persist(task, patience)).rejects.toBe(REFUSED);
  expect(task).toHaveBeenCalledTimes(1);
});

test("giving up ends the wait and leaves no timer", async () => {
  const result = persist(() => Promise.reject(AWAY), patience);
  await timer();
  abort.abort(new Error("enough"));
  await expect(result).rejects.toThrow("enough");
  expect(clock.timers).toBe(0);
});
