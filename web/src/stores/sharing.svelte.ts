/** Who reads a thread from outside its group. */

import type { Api } from "../client/api";
import { isAtLeast, type Activity, type Level } from "../protocol/activities";
import type { NewShare, Share, Shares } from "../protocol/answers";

export class Sharing {
  #found = $state.raw<Shares>({ items: [], mayShare: false });

  constructor(private readonly api: Pick<Api, "sharing" | "share" | "unshare">) {}

  get items(): Share[] {
    return this.#found.items;
  }

  get mayShare(): boolean {
    return this.#found.mayShare;
  }

  /** Those who read it already. */
  get readers(): Share[] {
    return this.items.filter(({ waits }) => !waits);
  }

  /** Those of them who get an answer at that level: nothing above the first post's goes out, and
   * to guests nothing but what is public. */
  readersAt(level: Level, root: Level): Share[] {
    return this.readers.filter(({ kind }) => isAtLeast(kind === "guest" ? "public" : root, level));
  }

  /** Raises ProblemError and NetworkError. */
  async load(thread: string): Promise<void> {
    this.#found = await this.api.sharing(thread);
  }

  /** Raises ProblemError and NetworkError. */
  async put(thread: string, person: string, share: NewShare): Promise<void> {
    this.#found = await this.api.share(thread, person, share);
  }

  /** Raises ProblemError and NetworkError. */
  async drop(thread: string, person: string): Promise<void> {
    await this.api.unshare(thread, person);
    const items = this.items.filter((share) => share.person.handle !== person);
    this.#found = { ...this.#found, items };
  }
}

/** Whether it tells that a thread is shared, or no longer is. */
export function isNewsOfSharing({ type, inReplyTo }: Activity): boolean {
  return inReplyTo === undefined && ["Add", "Remove", "Leave"].includes(type);
}
