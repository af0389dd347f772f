/** Activities that others on the page refer to and that are not on it themselves. */

import { SvelteMap } from "svelte/reactivity";

import type { Api } from "../client/api";
import type { Activity } from "../protocol/activities";
import { deleted, updated } from "./timeline";

export class Quotes {
  readonly #known = new SvelteMap<string, Activity | null>();

  constructor(private readonly api: Pick<Api, "activity">) {}

  /** Undefined while it is fetched; null where it is not mine to read. */
  get(id: string): Activity | null | undefined {
    return this.#known.get(id);
  }

  async fetch(id: string): Promise<void> {
    const found = await this.api.activity(id).catch(() => null);
    this.#known.set(id, found);
  }

  /** What is edited or deleted must not live on in a quotation. */
  take({ type, object, ...rest }: Activity): void {
    const found = typeof object === "string" ? this.#known.get(object) : null;
    if (!found) return;
    if (type === "Update") this.#known.set(found.id, updated(found, { type, ...rest }));
    if (type === "Delete") this.#known.set(found.id, deleted(found, rest.published));
  }

  drop(which: (activity: Activity) => boolean): void {
    for (const [id, activity] of this.#known) {
      if (activity && which(activity)) this.#known.set(id, null);
    }
  }
}
