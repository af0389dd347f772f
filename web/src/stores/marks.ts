/** Where somebody was in the streams that they left, by the entry of the browser's history. */

/** The first activity in sight, and how far its top was below that of the page, in pixels. */
export interface Mark {
  activity: string;
  offset: number;
}

const MOST = 50;

export class Marks {
  readonly #marks = new Map<number, Mark>();

  at(visit: number): Mark | undefined {
    return this.#marks.get(visit);
  }

  /** Null at the top, where every stream begins. */
  keep(visit: number, mark: Mark | null): void {
    this.#marks.delete(visit);
    if (mark === null) return;
    this.#marks.set(visit, mark);
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > MOST && oldest !== undefined) this.#marks.delete(oldest);
  }
}
