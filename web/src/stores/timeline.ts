/**
 * The merge of history and live, by activity id: each activity once, newest first. What changes
 * another activity (Update, Delete, Like, Undo, a reply's count) is applied to it instead of shown.
 */

import { isPostType, type Activity, type ActivityType } from "../protocol/activities";

export type Effect = "added" | "changed" | "none";

export class Timeline {
  readonly #byId = new Map<string, Activity>();
  #order: string[] = [];
  /** Likes, undos and changes that were applied: several streams may bring the same one. */
  readonly #applied = new Set<string>();
  readonly #likes = new Map<string, string>();
  /** Likes that had been taken back before they came, by actor: their undo is still to come. */
  readonly #voided = new Map<string, number>();

  /** Ids that posts had before their level changed: what is left there stands for nothing. */
  readonly #left = new Set<string>();

  constructor(private readonly me: string) {}

  get newest(): string | undefined {
    return this.#order[0];
  }

  get oldest(): string | undefined {
    return this.#order.at(-1);
  }

  get size(): number {
    return this.#order.length;
  }

  /** Newest first. */
  items(): Activity[] {
    return this.#order.flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** History has effects applied already; its newer state replaces what is known. */
  fromHistory(activity: Activity): void {
    if (this.#left.has(activity.id)) return;
    if (isShown(activity)) this.#put(activity);
    else this.#applied.add(activity.id);
  }

  fromLive(activity: Activity): Effect {
    if (isShown(activity)) return this.#arrived(activity);
    return this.#affect(activity);
  }

  /** Likes, edits and deletions of what is here, but nothing new. */
  effectsOf(activity: Activity): Effect {
    return isShown(activity) ? "none" : this.#affect(activity);
  }

  /** Changes an activity that is here, such as by a like that is on its way. */
  change(id: string, change: (activity: Activity) => Activity): Effect {
    const found = this.#byId.get(id);
    if (!found) return "none";
    this.#byId.set(id, change(found));
    return "changed";
  }

  /** Removes everything that the predicate names. */
  drop(which: (activity: Activity) => boolean): void {
    this.#keep((activity) => !which(activity));
  }

  /** Keeps the newest ones only. */
  trim(most: number): void {
    for (const id of this.#order.splice(most)) this.#byId.delete(id);
  }

  #arrived(activity: Activity): Effect {
    if (this.#left.has(activity.id)) return "none";
    if (this.#byId.has(activity.id)) return this.#renew(activity);
    this.#put(activity);
    if (activity.type !== "Tombstone") this.#countReply(activity, 1);
    return "added";
  }

  /** A second arrival tells nothing new, unless the activity has been deleted since. */
  #renew(activity: Activity): Effect {
    return activity.type === "Tombstone" ? this.#delete(activity.id, () => activity) : "none";
  }

  #put(activity: Activity): void {
    if (activity.formerly !== undefined) this.#leave(activity.formerly);
    if (!this.#byId.has(activity.id)) {
      const at = this.#order.findIndex((id) => id < activity.id);
      this.#order.splice(at === -1 ? this.#order.length : at, 0, activity.id);
    }
    this.#byId.set(activity.id, activity);
  }

  #leave(id: string): void {
    this.#left.add(id);
    const found = this.#byId.get(id);
    if (!found) return;
    if (found.type !== "Tombstone") this.#countReply(found, -1);
    this.drop((activity) => activity.id === id);
  }

  /** A conversation's answers are counted at its first activity, as the server does. */
  #countReply({ inReplyTo, thread = inReplyTo }: Activity, by: 1 | -1): void {
    if (inReplyTo === undefined || thread === undefined) return;
    this.change(thread, (found) => ({ ...found, replies: Math.max(0, (found.replies ?? 0) + by) }));
  }

  #affect(activity: Activity): Effect {
    const { object } = activity;
    if (this.#applied.has(activity.id)) return "none";
    this.#applied.add(activity.id);
    if (activity.formerType === "Like") this.#void(activity.actor.id, 1);
    if (typeof object !== "string") return "none";
    switch (activity.type) {
      case "Like":
        return this.#like(activity, object);
      case "Undo":
        return this.#undo(activity, object);
      case "Update":
        return this.change(object, (found) => updated(found, activity));
      case "Delete":
        return this.#delete(object, (found) => deleted(found, activity.published));
      default:
        return "none";
    }
  }

  #like(like: Activity, object: string): Effect {
    this.#likes.set(like.id, object);
    return this.change(object, (found) => liked(found, like.actor.id === this.me));
  }

  /** An Undo names the like, or the activity that was liked. */
  #undo(undo: Activity, object: string): Effect {
    if (this.#void(undo.actor.id, -1)) return "none";
    const id = this.#likes.get(object) ?? object;
    return this.change(id, (found) => unliked(found, undo.actor.id === this.me));
  }

  /** Notes a like that never counted, or finds one to which an undo belongs. */
  #void(actor: string, by: 1 | -1): boolean {
    const count = this.#voided.get(actor) ?? 0;
    if (count + by < 0) return false;
    this.#voided.set(actor, count + by);
    return true;
  }

  #delete(id: string, bury: (activity: Activity) => Activity): Effect {
    const found = this.#byId.get(id);
    if (!found || found.type === "Tombstone") return "none";
    this.#countReply(found, -1);
    return this.change(id, bury);
  }

  #keep(which: (activity: Activity) => boolean): void {
    for (const [id, activity] of [...this.#byId]) if (!which(activity)) this.#byId.delete(id);
    this.#order = this.#order.filter((id) => this.#byId.has(id));
  }
}

const EFFECTS: readonly ActivityType[] = ["Like", "Undo", "Update", "Delete"];

const NEWS_OF_PEOPLE: readonly ActivityType[] = [
  "Join",
  "Leave",
  "Add",
  "Remove",
  "Offer",
  "Invite",
  "Reject",
];

/** Posts, what remains of them, and news about people; the rest are effects. */
function isShown({ type, object, formerType = "Create" }: Activity): boolean {
  if (isPostType(type)) return true;
  if (type === "Tombstone") return !EFFECTS.includes(formerType);
  if (type === "Like") return typeof object === "object";
  return NEWS_OF_PEOPLE.includes(type);
}

/** One more like; a like of one's own is counted once, however often one hears of it. */
export function liked(activity: Activity, mine: boolean): Activity {
  if (mine && activity.liked) return activity;
  const likes = (activity.likes ?? 0) + 1;
  return { ...activity, likes, liked: mine || (activity.liked ?? false) };
}

export function unliked(activity: Activity, mine: boolean): Activity {
  if (mine && !activity.liked) return activity;
  const likes = Math.max(0, (activity.likes ?? 0) - 1);
  return { ...activity, likes, liked: mine ? false : (activity.liked ?? false) };
}

export function updated(activity: Activity, update: Activity): Activity {
  const { content, tags, mentions, attachment } = update;
  return {
    ...activity,
    attachment: attachment ?? [],
    ...(content === undefined ? {} : { content }),
    tags: tags ?? [],
    mentions: mentions ?? [],
    updated: update.updated ?? update.published,
  };
}

/** What remains of a deleted activity: its place, and nothing it said. */
export function deleted(activity: Activity, at: string): Activity {
  const { id, type, actor, target, level, published, inReplyTo, thread, replies } = activity;
  return {
    ...{ id, actor, level, published, type: "Tombstone", formerType: type, deleted: at },
    ...(target === undefined ? {} : { target }),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    ...(thread === undefined ? {} : { thread }),
    ...(replies === undefined ? {} : { replies }),
  };
}
