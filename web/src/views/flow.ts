/** How the water runs: the wheel of the logo shows the connection's state. */

import type { LiveState } from "../client/events";

/** What people are told of the connection, coarser than what it knows of itself. */
export type Condition = "live" | "connecting" | "catching_up" | "offline" | "stopped";

export function conditionOf(state: LiveState): Condition {
  switch (state) {
    case "live":
    case "offline":
    case "stopped":
      return state;
    case "subscribing":
    case "catching_up":
      return "catching_up";
    case "idle":
    case "connecting":
    case "waiting":
      return "connecting";
  }
}

export function flowOf(state: LiveState): "still" | "calm" | "strong" {
  const condition = conditionOf(state);
  if (condition === "live") return "calm";
  return condition === "catching_up" ? "strong" : "still";
}
