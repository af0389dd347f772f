import { beforeEach, expect, test, vi } from "vitest";

import { FakeClock } from "../testing/clock";
import { Pulse } from "./pulse";

const HEARTBEAT = 20_000;
const owner = { ping: vi.fn(), giveUp: vi.fn(), isOverdue: vi.fn() };
let clock: FakeClock;
let pulse: Pulse;

beforeEach(() => {
  owner.ping.mockReset();
  owner.giveUp.mockReset();
  owner.isOverdue.mockReset().mockReturnValue(false);
  clock = new FakeClock();
  pulse = new Pulse(clock, owner);
  pulse.heard();
  pulse.start(HEARTBEAT);
});

test("while the other end keeps its promise nothing is asked", () => {
  for (let beat = 0; beat < 5; beat++) {
    clock.advance(HEARTBEAT - 1);
    pulse.heard();
  }
  expect([owner.ping.mock.calls, owner.giveUp.mock.calls]).toEqual([[], []]);
});

test("silence is asked about, and ends it when nobody answers", () => {
  clock.advance(HEARTBEAT);
  expect(owner.ping).toHaveBeenCalled();
  expect(owner.giveUp).not.toHaveBeenCalled();
  clock.advance(1.5 * HEARTBEAT);
  expect(owner.giveUp).toHaveBeenCalledOnce();
});

test("a probe wants an answer within seconds", () => {
  pulse.probe();
  clock.advance(2_999);
  pulse.heard();
  clock.advance(1);
  expect(owner.giveUp).not.toHaveBeenCalled();
  pulse.probe();
  clock.advance(3_000);
  expect(owner.giveUp).toHaveBeenCalledOnce();
});

test("timers that were late prove nothing: it is asked first", () => {
  clock.sleep(10 * HEARTBEAT);
  clock.advance(0);
  expect(owner.ping).toHaveBeenCalledOnce();
  expect(owner.giveUp).not.toHaveBeenCalled();
});

test("what is overdue otherwise ends it too", () => {
  owner.isOverdue.mockReturnValue(true);
  clock.advance(HEARTBEAT / 2);
  expect(owner.giveUp).toHaveBeenCalledOnce();
});

test("who stopped asks nothing any more", () => {
  pulse.stop();
  clock.advance(10 * HEARTBEAT);
  expect(clock.timers).toBe(0);
  expect(owner.ping).not.toHaveBeenCalled();
});
