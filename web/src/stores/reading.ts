/**
 * What has been seen in streams that are shown mixed. A position marks everything below it as
 * read, so it moves only once all unread posts of a stream were on the screen.
 */

import type { ActivityMessage } from "../protocol/messages";

interface Seat {
  stream: string;
  seq: number;
}

export class Reading {
  readonly #seats = new Map<string, Seat[]>();
  readonly #seen = new Map<string, Set<number>>();

  /** History has no numbers, so only what came in live can be marked post by post. */
  arrived({ stream, seq, activity }: ActivityMessage): void {
    const seats = this.#seats.get(activity.id) ?? [];
    this.#seats.set(activity.id, [...seats, { stream, seq }]);
  }

  /** The positions to mark now that this activity was on the screen. */
  saw(activity: string, unreadOf: (stream: string) => number): Seat[] {
    const seats = this.#seats.get(activity) ?? [];
    this.#seats.delete(activity);
    return seats.flatMap((seat) => this.#mark(seat, unreadOf(seat.stream)) ?? []);
  }

  #mark({ stream, seq }: Seat, unread: number): Seat | null {
    const seen = this.#seen.get(stream) ?? new Set<number>();
    this.#seen.set(stream, seen.add(seq));
    if (seen.size < unread) return null;
    this.#seen.delete(stream);
    return { stream, seq: Math.max(...seen) };
  }
}
