/** How much of what is directed at me is new since I looked last. */

import { SvelteSet } from "svelte/reactivity";

import { isPostType, type Activity } from "../protocol/activities";
import { keep, kept } from "./keeping";

export class Inbox {
  readonly #new = new SvelteSet<string>();
  #head = 0;
  readonly #key: string;

  constructor(private readonly me: string) {
    this.#key = `inbox.${me}`;
  }

  get unread(): number {
    return this.#new.size;
  }

  /** Number of the newest entry that was heard of. */
  get head(): number {
    return this.#head;
  }

  /** The newest page of the inbox. */
  loaded(items: Activity[]): void {
    const seen = kept(this.#key);
    // In a browser that sees this inbox for the first time, nothing is old or new.
    if (seen === null) this.read(items);
    else for (const activity of items) this.#count(activity, seen);
  }

  arrived(activity: Activity, seq: number): void {
    this.#head = Math.max(this.#head, seq);
    this.#count(activity, kept(this.#key) ?? "");
  }

  /** Everything up to the newest of these has been looked at. */
  read(items: Activity[]): void {
    const newest = items[0]?.id;
    if (newest !== undefined && newest > (kept(this.#key) ?? "")) keep(this.#key, newest);
    this.#new.clear();
  }

  #count({ id, type, actor }: Activity, seen: string): void {
    if (id > seen && isPostType(type) && actor.id !== this.me) this.#new.add(id);
  }
}
