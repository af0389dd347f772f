/** A clock that stands until a test moves it. */

import type { Clock } from "../client/clock";

interface Due {
  at: number;
  action: () => void;
}

export class FakeClock implements Clock {
  #time = 1_000_000;
  #due: Due[] = [];

  now(): number {
    return this.#time;
  }

  after(delay: number, action: () => void): () => void {
    const entry = { at: this.#time + delay, action };
    this.#due.push(entry);
    return () => (this.#due = this.#due.filter((due) => due !== entry));
  }

  get timers(): number {
    return this.#due.length;
  }

  /** Moves on, and runs in order what falls due on the way. */
  advance(milliseconds: number): void {
    const end = this.#time + milliseconds;
    for (let next = this.#nextUntil(end); next; next = this.#nextUntil(end)) {
      const entry = next;
      this.#due = this.#due.filter((due) => due !== entry);
      this.#time = Math.max(this.#time, entry.at);
      entry.action();
    }
    this.#time = end;
  }

  /** Time goes by while timers do not run, as on a machine that sleeps. */
  sleep(milliseconds: number): void {
    this.#time += milliseconds;
  }

  #nextUntil(end: number): Due | undefined {
    return this.#due.filter((due) => due.at <= end).sort((a, b) => a.at - b.at)[0];
  }
}
