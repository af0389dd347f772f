/** One stream as it is shown: pages of history merged with what comes in live. */

import type { Activity } from "../protocol/activities";
import type { Activities } from "../protocol/answers";
import { asFailure, type Failure } from "./failure";
import { Timeline, type Effect } from "./timeline";

/** The newest page, or the page that ends before an activity. */
export type History = (before?: string) => Promise<Activities>;

export type FeedState = "loading" | "ready" | "failed";

/** Shown at once; beyond it the oldest go, and come back from history when scrolled to. */
const MOST = 400;
/** Pages that are worth reading to bring somebody back to where they were. */
const FAR = 10;

export class Feed {
  items = $state.raw<Activity[]>([]);
  /** Posts that came in while somebody reads further down. */
  waiting = $state(0);
  state = $state<FeedState>("loading");
  failure = $state.raw<Failure | null>(null);
  hasOlder = $state(false);
  isLoadingOlder = $state(false);

  #isHeld = $state(false);
  // What is shown is `items`; this only says what of it waits.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #held = new Set<string>();
  readonly #timeline: Timeline;
  #before: string | undefined;
  #loading = 0;
  #latest = Promise.resolve();
  /** The newest activity before something may be missing. */
  #holeAfter: string | undefined;

  constructor(
    private readonly history: History,
    private readonly me: string,
    private readonly most = MOST,
  ) {
    this.#timeline = new Timeline(me);
  }

  /** The newest page, merged with what is here. */
  load(): Promise<void> {
    this.#latest = this.#read(++this.#loading);
    return this.#latest;
  }

  async #read(turn: number): Promise<void> {
    try {
      const page = await this.history();
      if (turn === this.#loading) this.#loaded(page);
    } catch (error) {
      if (turn === this.#loading) this.#failed(asFailure(error));
    }
  }

  /** Live lost its thread: from here on only the next load tells what happened. */
  interrupted(): void {
    this.#holeAfter ??= this.#timeline.newest;
  }

  async loadOlder(): Promise<void> {
    if (!this.hasOlder || this.isLoadingOlder) return;
    this.isLoadingOlder = true;
    try {
      this.#append(await this.history(this.#before));
      this.failure = null;
    } catch (error) {
      this.failure = asFailure(error);
    } finally {
      this.isLoadingOlder = false;
    }
  }

  /** Page after page until an activity is there; whether it is, for it may be gone or too far. */
  async reach(id: string): Promise<boolean> {
    await this.#latest;
    for (let pages = 1; pages < FAR && !this.#has(id) && this.hasOlder; pages++) {
      await this.loadOlder();
      if (this.failure) break;
    }
    return this.#has(id);
  }

  #has(id: string): boolean {
    return this.items.some((activity) => activity.id === id);
  }

  /** Somebody reads further down: what is new waits instead of moving the page. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    if (this.#held.size > 0) this.#show();
  }

  take(activity: Activity): Effect {
    const effect = this.#timeline.fromLive(activity);
    const isOwn = activity.actor.id === this.me;
    if (effect === "added" && this.#isHeld && !isOwn) this.#held.add(activity.id);
    this.#show(effect);
    return effect;
  }

  /** For a filtered feed: what changes the posts in it does not pass the filter itself. */
  takeEffects(activity: Activity): void {
    this.#show(this.#timeline.effectsOf(activity));
  }

  change(id: string, change: (activity: Activity) => Activity): void {
    this.#show(this.#timeline.change(id, change));
  }

  drop(which: (activity: Activity) => boolean): void {
    this.#timeline.drop(which);
    this.#show();
  }

  #loaded(page: Activities): void {
    const newest = this.#timeline.newest;
    const isFirst = this.state !== "ready" || newest === undefined;
    if (newest !== undefined && this.#isHeld) this.#holdNewer(page, newest);
    for (const activity of page.items) this.#timeline.fromHistory(activity);
    if (this.#dropBeyondHole(page) || isFirst) this.#continueAfter(page);
    this.state = "ready";
    this.failure = null;
    this.#show();
  }

  #holdNewer(page: Activities, newest: string): void {
    for (const { id } of page.items) if (id > newest) this.#held.add(id);
  }

  /** What lies below a hole that the page does not reach across comes back by scrolling. */
  #dropBeyondHole(page: Activities): boolean {
    const from = this.#holeAfter;
    const reached = page.items.at(-1)?.id;
    this.#holeAfter = undefined;
    if (from === undefined || reached === undefined || !page.next || reached <= from) return false;
    this.#timeline.drop(({ id }) => id < reached);
    return true;
  }

  #append(page: Activities): void {
    for (const activity of page.items) this.#timeline.fromHistory(activity);
    this.#continueAfter(page);
    this.#show();
  }

  #continueAfter(page: Activities): void {
    this.#before = page.items.at(-1)?.id;
    this.hasOlder = page.next !== undefined && this.#before !== undefined;
  }

  #failed(failure: Failure): void {
    this.failure = failure;
    if (this.state !== "ready") this.state = "failed";
  }

  #show(effect: Effect = "changed"): void {
    if (effect === "none") return;
    if (!this.#isHeld) this.#settle();
    const all = this.#timeline.items();
    this.items = all.filter((activity) => !this.#held.has(activity.id));
    this.waiting = all.length - this.items.length;
  }

  /** At the top nothing waits, and the far end may go. */
  #settle(): void {
    this.#held.clear();
    if (this.state !== "ready") return;
    if (this.#timeline.size <= this.most) return;
    this.#timeline.trim(this.most);
    this.#before = this.#timeline.oldest;
    this.hasOlder = true;
  }
}
