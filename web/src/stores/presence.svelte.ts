/** Who is there in each group, and whether others see that I am. */

import type { Presence } from "../protocol/messages";
import { keep, kept } from "./keeping";

const KEY = "presence";

export class Presences {
  isShown = $state(kept(KEY) !== "hidden");
  #groups = $state.raw<Record<string, Presence>>({});

  /** For the next subscription. */
  get wish(): "shown" | "hidden" {
    return this.isShown ? "shown" : "hidden";
  }

  choose(isShown: boolean): void {
    this.isShown = isShown;
    keep(KEY, this.wish);
  }

  heard(message: Presence): void {
    this.#groups = { ...this.#groups, [message.group]: message };
  }

  /** What a group was told last; null where nothing is known, or nobody is there. */
  of(group: string): Presence | null {
    const found = this.#groups[group];
    return found && found.count > 0 ? found : null;
  }

  forget(group: string): void {
    this.#groups = Object.fromEntries(
      Object.entries(this.#groups).filter(([name]) => name !== group),
    );
  }

  /** The connection is gone, and with it what it told. */
  clear(): void {
    this.#groups = {};
  }
}
