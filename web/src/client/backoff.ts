/** How long to wait before trying again. Durations are milliseconds. */

export type Random = () => number;

const FIRST = 500;
const LONGEST = 30_000;
const NUDGE = 250;

/**
 * Exponential with "equal jitter": half of the wait is fixed, half random, so that neither all
 * clients of a lost node return together nor one of them at once. `attempt` begins at 0.
 */
export function backoff(attempt: number, random: Random): number {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 16));
  return ceiling / 2 + (ceiling / 2) * random();
}

/** Hardly a wait: enough to spread the clients of one node. */
export function nudge(random: Random): number {
  return NUDGE * random();
}

/** The pause that a server asked for, and up to a quarter more. */
export function spread(pause: number, random: Random): number {
  return pause * (1 + random() / 4);
}
