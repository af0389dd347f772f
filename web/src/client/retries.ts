/** When to come again after a connection has ended. */

import { retryAfter, type Reaction } from "../protocol/codes";
import { backoff, nudge, spread, type Random } from "./backoff";

export class Retries {
  #attempt = 0;

  constructor(private readonly random: Random) {}

  /** It went well: the next wait is a first one again. */
  forget(): void {
    this.#attempt = 0;
  }

  /** Milliseconds to wait after a connection that closed with this reason. */
  next(reaction: Reaction | null, reason: string): number {
    const attempt = this.#attempt++;
    const asked = reaction === "pause" ? retryAfter(reason) : null;
    if (asked !== null) return spread(asked * 1000, this.random);
    // Twice in a row is no longer a hiccup, whatever the code says.
    if (reaction === "resume" && attempt === 0) return nudge(this.random);
    return backoff(attempt, this.random);
  }
}
