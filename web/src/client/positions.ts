/** Where a client stands in each stream, and what that says of the next entry. */

import type { Positions as Snapshot } from "../protocol/messages";

export type Verdict = "next" | "duplicate" | "gap";

export class Positions {
  readonly #heads = new Map<string, number>();

  get size(): number {
    return this.#heads.size;
  }

  has(stream: string): boolean {
    return this.#heads.has(stream);
  }

  /** Where a stream starts; a position that is known already stays as it is. */
  start(stream: string, head: number): void {
    if (!this.#heads.has(stream)) this.#heads.set(stream, head);
  }

  /** Complete up to `seq`; never goes back. */
  raise(stream: string, seq: number): void {
    const known = this.#heads.get(stream);
    if (known === undefined || seq > known) this.#heads.set(stream, seq);
  }

  /**
   * What entry `seq` is to a reader whose view has `prev` before it. A stream seen for the first
   * time has no gap: there is nothing it could be behind of.
   */
  judge(stream: string, seq: number, prev: number = seq - 1): Verdict {
    const known = this.#heads.get(stream);
    if (known === undefined) return "next";
    if (seq <= known) return "duplicate";
    return prev > known ? "gap" : "next";
  }

  forget(stream: string): void {
    this.#heads.delete(stream);
  }

  forgetAll(): void {
    this.#heads.clear();
  }

  snapshot(): Snapshot {
    return Object.fromEntries(this.#heads);
  }
}
