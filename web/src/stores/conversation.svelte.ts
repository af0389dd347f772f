/** One thread: its first activity and all answers, oldest first. */

import type { Api } from "../client/api";
import type { Activity } from "../protocol/activities";
import { asFailure, type Failure } from "./failure";
import { isNewsOfSharing, Sharing } from "./sharing.svelte";
import { Timeline } from "./timeline";

const PAGE = 100;

export class Conversation {
  items = $state.raw<Activity[]>([]);
  state = $state<"loading" | "ready" | "failed">("loading");
  failure = $state.raw<Failure | null>(null);
  readonly sharing: Sharing;
  readonly #timeline: Timeline;
  /** The first activity's id by now: it gets another one when its level changes. */
  #first: string;

  constructor(
    private readonly api: Pick<
      Api,
      "activity" | "group" | "page" | "sharing" | "share" | "unshare"
    >,
    readonly id: string,
    me: string,
  ) {
    this.#timeline = new Timeline(me);
    this.#first = id;
    this.sharing = new Sharing(api);
  }

  get root(): Activity | undefined {
    return this.items.find((activity) => activity.id === this.#first);
  }

  /** Answers, and news of with whom it is shared. */
  get rest(): Activity[] {
    return this.items.filter((activity) => activity.id !== this.#first);
  }

  get replies(): number {
    return this.rest.filter((activity) => !isNewsOfSharing(activity)).length;
  }

  async load(): Promise<void> {
    try {
      const root = await this.api.activity(this.#first);
      this.#first = root.id;
      this.#timeline.fromHistory(root);
      this.#show();
      if (root.target !== undefined) await this.#loadReplies(root.target);
      await this.sharing.load(this.#first);
      this.state = "ready";
      this.failure = null;
    } catch (error) {
      this.failure = asFailure(error);
      if (this.state !== "ready") this.state = "failed";
    }
  }

  take(activity: Activity): void {
    if (activity.formerly === this.#first) this.#first = activity.id;
    const belongs = activity.id === this.#first || activity.thread === this.#first;
    const effect = belongs ? this.#timeline.fromLive(activity) : this.#timeline.effectsOf(activity);
    if (effect !== "none") this.#show();
    // Without it, the list is as old as it was; the next news bring it.
    if (belongs && (isNewsOfSharing(activity) || activity.formerly !== undefined))
      void this.sharing.load(this.#first).catch(() => undefined);
  }

  change(id: string, change: (activity: Activity) => Activity): void {
    if (this.#timeline.change(id, change) === "changed") this.#show();
  }

  drop(which: (activity: Activity) => boolean): void {
    this.#timeline.drop(which);
    this.#show();
  }

  async #loadReplies(group: string): Promise<void> {
    let page = await this.api.group(group, { limit: PAGE, filter: `thread:${this.#first}` });
    this.#merge(page.items);
    while (page.next !== undefined) {
      page = await this.api.page<Activity>(page.next);
      this.#merge(page.items);
    }
  }

  #merge(activities: Activity[]): void {
    for (const activity of activities) this.#timeline.fromHistory(activity);
    this.#show();
  }

  #show(): void {
    this.items = this.#timeline.items().reverse();
  }
}
