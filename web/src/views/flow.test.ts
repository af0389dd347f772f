import { expect, test } from "vitest";

import type { LiveState } from "../client/events";
import { conditionOf, flowOf } from "./flow";

test.each<[LiveState, string, string]>([
  ["idle", "connecting", "still"],
  ["connecting", "connecting", "still"],
  ["waiting", "connecting", "still"],
  ["subscribing", "catching_up", "strong"],
  ["catching_up", "catching_up", "strong"],
  ["live", "live", "calm"],
  ["offline", "offline", "still"],
  ["stopped", "stopped", "still"],
])("%s is told as %s, and the wheel is %s", (state, condition, flow) => {
  expect(conditionOf(state)).toBe(condition);
  expect(flowOf(state)).toBe(flow);
});
