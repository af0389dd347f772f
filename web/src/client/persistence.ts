/** Trying again until it is done, refused or given up. */

import { backoff, type Random } from "./backoff";
import type { Clock } from "./clock";
import { mayRetry } from "./http";

export interface Patience {
  clock: Clock;
  random: Random;
  signal: AbortSignal;
  /** Told before every wait. */
  waiting: () => void;
}

/**
 * The result of `task`, tried again as long as that can help. The task has to be safe to repeat.
 * Raises what cannot be mended by trying again, and the signal's reason once it is aborted.
 */
export async function persist<T>(task: () => Promise<T>, patience: Patience): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    patience.signal.throwIfAborted();
    try {
      return await task();
    } catch (error) {
      if (!mayRetry(error)) throw error;
      patience.waiting();
      await pause(backoff(attempt, patience.random), patience);
    }
  }
}

function pause(delay: number, { clock, signal }: Patience): Promise<void> {
  return new Promise((resolve, reject) => {
    const disarm = clock.after(delay, resolve);
    const abort = () => {
      disarm();
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
