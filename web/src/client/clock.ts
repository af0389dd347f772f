/** Time as an argument, so that tests own it. All durations are milliseconds. */

export interface Clock {
  now(): number;
  /** Runs `action` once after `delay`; the answer takes that back. */
  after(delay: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay, action) {
    const handle = setTimeout(action, delay);
    return () => clearTimeout(handle);
  },
};
