/**
 * Everything one signed-in person works with. One connection follows all groups and the inbox and
 * keeps counts and conversations right; a filter gets a second one, since only the server knows
 * what passes it.
 */

import type { Api } from "../client/api";
import type { LiveEvent, LiveStatus } from "../client/events";
import type { Surroundings } from "../client/surroundings";
import { isOfGroup, isPostType, type Activity, type Level } from "../protocol/activities";
import type { Activities, ActivityChange, Me, NewActivity, Receipt } from "../protocol/answers";
import type { Audience, Explanation, LevelChange, Preview } from "../protocol/audience";
import type { ActivityMessage } from "../protocol/messages";
import { Channel } from "./channel.svelte";
import { Conversation } from "./conversation.svelte";
import { Draft, type Parent } from "./draft.svelte";
import { asFailure, type Failure } from "./failure";
import { Feed, type History } from "./feed.svelte";
import { Entrance } from "./entrance.svelte";
import { Groups } from "./groups.svelte";
import { Inbox } from "./inbox.svelte";
import { Marks } from "./marks";
import type { Place } from "./place";
import { Presences } from "./presence.svelte";
import { Quotes } from "./quotes.svelte";
import { Reading } from "./reading";
import type { Session } from "./session.svelte";
import { deleted, liked, unliked, updated } from "./timeline";
import { timestamp } from "./times";
import { Uploads } from "./uploads.svelte";

const PAGE = 40;

export interface WorkspaceContext {
  api: Api;
  around: Surroundings;
  session: Session;
  newKey: () => string;
}

export class Workspace {
  readonly groups: Groups;
  readonly entrance: Entrance;
  readonly inbox: Inbox;
  readonly presences = new Presences();
  readonly marks = new Marks();
  feed = $state.raw<Feed | null>(null);
  conversation = $state.raw<Conversation | null>(null);
  /** What went wrong with something small, such as a like. */
  notice = $state.raw<Failure | null>(null);
  /** The newest post of somebody else, for those who listen instead of look. */
  latest = $state.raw<Activity | null>(null);
  /** How many such posts came in. */
  arrivals = $state(0);
  #filtered = $state.raw<Channel | null>(null);
  readonly #channel: Channel;
  readonly #reading = new Reading();
  readonly #quotes: Quotes;
  // Drafts are made once a place; the map itself is never shown.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #drafts = new Map<string, Draft>();
  #shown: Place | null = null;

  constructor(
    readonly me: Me,
    private readonly context: WorkspaceContext,
  ) {
    this.groups = new Groups(context.api, me.id);
    this.entrance = new Entrance(context.api, me.handle);
    this.inbox = new Inbox(me.id);
    this.#quotes = new Quotes(context.api);
    const { presences } = this;
    const interest = {
      groups: "home",
      filter: "",
      inbox: true,
      get presence() {
        return presences.wish;
      },
    } as const;
    this.#channel = new Channel(context.around, interest, (event) => this.#heard(event));
  }

  start(): void {
    this.#channel.start();
    void this.#refresh();
    void this.#loadInbox();
  }

  stop(): void {
    this.#channel.stop();
    this.#filtered?.stop();
  }

  /** Of two connections the one that is worse off. */
  get status(): LiveStatus {
    const filtered = this.#filtered?.status;
    const isWorse = filtered && filtered.state !== "stopped" && filtered.state !== "live";
    return isWorse && this.#channel.status.state === "live" ? filtered : this.#channel.status;
  }

  reconnect(): void {
    this.#channel.retry();
    this.#filtered?.retry();
  }

  /** Whether others see that I am here: a new subscription tells the server. */
  appear(isShown: boolean): void {
    this.presences.choose(isShown);
    this.#channel.stop();
    this.#channel.start();
  }

  // Places

  show(place: Place): void {
    if (!isSameStream(this.#shown, place)) this.#open(place);
    if (this.conversation?.id !== (place.thread ?? undefined)) this.#converse(place.thread);
    this.#shown = place;
  }

  #open(place: Place): void {
    this.#filtered?.stop();
    this.#filtered = null;
    this.feed = isWithoutFeed(place) ? null : this.#feedOf(place);
    if (place.query !== "" && place.page !== "search") this.#filter(place);
    void this.feed?.load();
  }

  #feedOf(place: Place): Feed {
    // A search cannot be continued from any activity but its page's last, so nothing is let go.
    const most = place.page === "search" ? Infinity : undefined;
    return new Feed(this.#historyOf(place), this.me.id, most);
  }

  #historyOf({ page, group, query }: Place): History {
    const { api } = this.context;
    const asked = { limit: PAGE, filter: query };
    if (page === "group" && group !== null)
      return (before) => api.group(group, { ...asked, before });
    if (page === "inbox") return (before) => api.inbox({ limit: PAGE, before });
    if (page === "search") return this.#searchFor(query);
    return (before) => api.home({ ...asked, before });
  }

  /** Search pages by its own address, not by activity. */
  #searchFor(query: string): History {
    let next: string | undefined;
    return async (before) => {
      const { api } = this.context;
      const isFirst = before === undefined || next === undefined;
      const page: Activities = await (isFirst
        ? api.search(query, PAGE)
        : api.page<Activity>(next ?? ""));
      next = page.next;
      return page;
    };
  }

  #filter({ group, query }: Place): void {
    const feed = this.feed;
    const groups = group === null ? ("home" as const) : [group];
    const interest = { groups, filter: query, inbox: false };
    this.#filtered = new Channel(this.context.around, interest, (event) => {
      if (event.kind === "activity") feed?.take(event.message.activity);
      if (event.kind === "lost") feed?.interrupted();
      if (event.kind === "subscribed" && (!event.complete || feed?.failure)) void feed?.load();
    });
    this.#filtered.start();
  }

  #converse(thread: string | null): void {
    const { api } = this.context;
    this.conversation = thread === null ? null : new Conversation(api, thread, this.me.id);
    void this.conversation?.load();
  }

  // What the connection says

  #heard(event: LiveEvent): void {
    switch (event.kind) {
      case "activity":
        return this.#arrived(event.message);
      case "checkpoint":
        return this.groups.passed(event.streams);
      case "subscribed":
        return event.complete ? this.#askAgain() : this.#reload();
      case "granted":
        void this.#refresh();
        return this.#reload();
      case "presence":
        return this.presences.heard(event.message);
      case "revoked":
        void this.#refresh();
        if (event.group !== null) this.presences.forget(event.group);
        return this.#withdraw(event.group, event.level);
      case "lost":
        return this.feed?.interrupted();
      case "status":
        if (event.status.state === "connecting") this.presences.clear();
        return this.context.session.closedBy(event.status.reason);
      case "unreachable":
        return void this.context.session.check();
      case "refused":
        return;
    }
  }

  #arrived(message: ActivityMessage): void {
    const { activity, stream, seq } = message;
    const isInbox = stream === this.me.inbox;
    if (isInbox) this.inbox.arrived(activity, seq);
    if (isInbox && (activity.type === "Invite" || activity.type === "Reject")) void this.#refresh();
    this.groups.arrived(message);
    if (isOfGroup(activity) && activity.target !== undefined)
      void this.groups.look(activity.target);
    if (!isInbox) this.#reading.arrived(message);
    this.conversation?.take(activity);
    this.#quotes.take(activity);
    if (this.#belongs(message)) this.feed?.take(activity);
    else this.feed?.takeEffects(activity);
    if (!isInbox) this.#announce(activity);
  }

  #announce(activity: Activity): void {
    if (!isPostType(activity.type) || activity.actor.id === this.me.id) return;
    this.latest = activity;
    this.arrivals += 1;
  }

  /** Whether an entry of the unfiltered connection belongs to what is on the page. */
  #belongs({ activity, stream }: ActivityMessage): boolean {
    const place = this.#shown;
    if (!place || place.page === "search") return false;
    if (place.page === "inbox") return stream === this.me.inbox && !this.#isMine(activity);
    if (place.query !== "" || stream === this.me.inbox) return false;
    return place.page === "home" || activity.target === place.group;
  }

  /** Whether I did it myself; that my time in a group is over is told in my name, by the clock. */
  #isMine({ actor, source }: Activity): boolean {
    return actor.id === this.me.id && source !== "expiry";
  }

  #reload(): void {
    void this.feed?.load();
    void this.conversation?.load();
    if (this.groups.isLoaded) void this.#refresh();
  }

  /** What could not be fetched while the server was away is, now that it is back. */
  #askAgain(): void {
    if (this.feed?.failure) void this.feed.load();
    if (this.conversation?.failure) void this.conversation.load();
    if (!this.groups.isLoaded) void this.#refresh();
  }

  /** What is no longer mine to read disappears at once. */
  #withdraw(group: string | null, level: string | null): void {
    const which = (activity: Activity) => activity.target === group && activity.level === level;
    this.feed?.drop(which);
    this.conversation?.drop(which);
    this.#quotes.drop(which);
  }

  // Reading

  async #refresh(): Promise<void> {
    await Promise.all([this.groups.load(), this.entrance.load()]).catch((error: unknown) =>
      this.#note(error),
    );
  }

  /** Do something about one's groups, and see what came of it. */
  async through(door: Promise<void>): Promise<void> {
    await door.catch((error: unknown) => this.#note(error));
    await this.#refresh();
  }

  async #loadInbox(): Promise<void> {
    const page = await this.context.api.inbox({ limit: PAGE }).catch(() => null);
    if (page) this.inbox.loaded(page.items);
  }

  saw(activity: string): void {
    const marks = this.#reading.saw(activity, (stream) => this.groups.unreadOf(stream));
    for (const { stream, seq } of marks) void this.groups.readUpTo(stream, seq);
  }

  readInbox(): void {
    if (!this.feed || this.#shown?.page !== "inbox") return;
    this.inbox.read(this.feed.items);
    if (this.inbox.head === 0) return;
    // Only other devices profit from this mark, and the next one covers it.
    void this.context.api.markRead(this.me.inbox, this.inbox.head).catch(() => undefined);
  }

  /** An activity that another one refers to; undefined while it is fetched, null if not mine. */
  quoted(id: string): Activity | null | undefined {
    return this.feed?.items.find((activity) => activity.id === id) ?? this.#quotes.get(id);
  }

  /** Makes `quoted` know it. */
  async quote(id: string): Promise<void> {
    if (this.quoted(id) === undefined) await this.#quotes.fetch(id);
  }

  // Writing

  draftFor(group: string | null, parent: Parent | null = null): Draft {
    const place = `${this.me.id}.${parent ? `reply.${parent.id}` : (group ?? "home")}`;
    const found = this.#drafts.get(place);
    if (found) return found;
    const { api, around, newKey } = this.context;
    const draft = new Draft({ api, patience: around, newKey }, place, parent);
    this.#drafts.set(place, draft);
    return draft;
  }

  /** Shows one's own post where the live connection will not bring it soon. */
  async sent(receipt: Receipt): Promise<void> {
    if (this.#channel.status.state === "live") return;
    const activity = await this.context.api.activity(receipt.id).catch(() => null);
    if (!activity) return;
    const { stream, seq } = receipt;
    if (this.#belongs({ op: "activity", activity, stream, seq })) this.feed?.take(activity);
    this.conversation?.take(activity);
  }

  async toggleLike(activity: Activity): Promise<void> {
    const { id, target, liked: had } = activity;
    if (target === undefined) return;
    const [there, back] = had ? [unliked, liked] : [liked, unliked];
    this.#change(id, (found) => there(found, true));
    const body = { type: had ? "Undo" : "Like", object: id } as const;
    await this.context.api.publish(target, body, this.context.newKey()).catch((error: unknown) => {
      this.#change(id, (found) => back(found, true));
      this.#note(error);
    });
  }

  /** What an edited post carries. */
  attached(activity: Activity): Uploads {
    return new Uploads(this.context.api, () => undefined, activity.attachment);
  }

  /** Raises ProblemError and NetworkError, for the text is still in somebody's hands. */
  async edit(activity: Activity, change: ActivityChange): Promise<void> {
    const edited = await this.context.api.edit(activity.id, change);
    this.#change(activity.id, (found) => updated(found, edited));
  }

  // Who sees it

  async audienceOf(group: string): Promise<Audience[]> {
    return (await this.context.api.audience(group)).items;
  }

  preview(group: string, activity: NewActivity): Promise<Preview> {
    return this.context.api.preview(group, activity);
  }

  /** Why I see it, or somebody else by address or handle. Raises ProblemError, NetworkError. */
  explain(activity: Activity, person = ""): Promise<Explanation> {
    return this.context.api.explain(activity.id, person);
  }

  async levelChanges(activity: Activity): Promise<LevelChange[]> {
    return (await this.context.api.levelChanges(activity.id)).items;
  }

  /** The post goes on under a new id. Raises ProblemError and NetworkError. */
  async changeLevel(activity: Activity, level: Level, reason: string): Promise<void> {
    const moved = await this.context.api.changeLevel(activity.id, level, reason);
    this.conversation?.take(moved);
    const isHere = this.feed?.items.some((one) => one.id === activity.id) ?? false;
    if (isHere) this.feed?.take(moved);
  }

  async remove(activity: Activity): Promise<void> {
    const at = timestamp(this.context.around.clock.now());
    try {
      await this.context.api.remove(activity.id);
      this.#change(activity.id, (found) => deleted(found, at));
    } catch (error) {
      this.#note(error);
    }
  }

  #change(id: string, change: (activity: Activity) => Activity): void {
    this.feed?.change(id, change);
    this.conversation?.change(id, change);
  }

  #note(error: unknown): void {
    this.notice = asFailure(error);
  }
}

function isSameStream(shown: Place | null, place: Place): boolean {
  if (!shown) return false;
  return shown.page === place.page && shown.group === place.group && shown.query === place.query;
}

/** The account has nothing to read, nor has a search for nothing. */
function isWithoutFeed({ page, query }: Place): boolean {
  return page === "account" || (page === "search" && query === "");
}
