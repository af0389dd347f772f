/** The groups that I am a member of, and what is unread in them. */

import { SvelteMap } from "svelte/reactivity";

import type { Api } from "../client/api";
import { isPostType, LEVELS, type Level } from "../protocol/activities";
import type {
  GroupAnswer,
  GroupChange,
  MemberAnswer,
  NewGroup,
  Role,
  StreamState,
} from "../protocol/answers";
import type { ActivityMessage, Positions } from "../protocol/messages";
import { t } from "./language.svelte";

export type Group = Omit<GroupAnswer, "streams">;

type Stream = StreamState & { group: string };

/** The names of shared threads begin with it. */
const THREAD_MARK = "~";

function isThread({ kind }: GroupAnswer): boolean {
  return kind === "thread";
}

function isMine({ role, streams }: GroupAnswer): boolean {
  return role !== undefined || Boolean(streams?.length);
}

export class Groups {
  isLoaded = $state(false);
  /** Threads of groups that I am not in. */
  threads = $state.raw<Group[]>([]);
  items = $state.raw<Group[]>([]);
  /** Those that I may know of without being in them. */
  others = $state.raw<Group[]>([]);
  readonly #streams = new SvelteMap<string, Stream>();

  constructor(
    private readonly api: Pick<
      Api,
      | "groups"
      | "createGroup"
      | "oneGroup"
      | "changeGroup"
      | "members"
      | "putMember"
      | "dropMember"
      | "markRead"
    >,
    private readonly me: string,
  ) {}

  /** Raises ProblemError and NetworkError. */
  async load(): Promise<void> {
    const { items } = await this.api.groups();
    // A copy for this call alone; nothing shows it.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    const known = new Map(this.#streams);
    this.#streams.clear();
    for (const group of items) {
      for (const state of group.streams ?? []) {
        this.#streams.set(state.stream, newer(known.get(state.stream), state, group.name));
      }
    }
    this.threads = items.filter(isThread);
    this.items = items.filter((group) => isMine(group) && !isThread(group));
    this.others = items.filter((group) => !isMine(group));
    this.isLoaded = true;
  }

  /** Make one of my own; its name as the server gives it. Raises ProblemError and NetworkError. */
  async create(group: NewGroup): Promise<string> {
    const { name } = await this.api.createGroup(group);
    // It is there, even where it cannot be asked about: the live connection tells of it, too.
    await this.load().catch(() => undefined);
    return name;
  }

  /** Raises ProblemError and NetworkError. */
  async change(name: string, change: GroupChange): Promise<void> {
    this.#renew(await this.api.changeGroup(name, change));
  }

  /** See what somebody else has made of it; where that cannot be asked, the next load tells. */
  async look(name: string): Promise<void> {
    await this.api.oneGroup(name).then(
      (group) => this.#renew(group),
      () => undefined,
    );
  }

  #renew(group: GroupAnswer): void {
    this.items = this.items.map((one) => (one.name === group.name ? group : one));
  }

  async members(group: string): Promise<MemberAnswer[]> {
    return (await this.api.members(group)).items;
  }

  /** Another role; how far they read and until when stays. Raises ProblemError, NetworkError. */
  async setRole(group: string, member: MemberAnswer, role: Role): Promise<void> {
    const { clearance, expires } = member;
    await this.api.putMember(group, { subject: subjectOf(member), role, clearance, expires });
  }

  /** End a membership, one's own too. Raises ProblemError and NetworkError. */
  async drop(group: string, member: MemberAnswer): Promise<void> {
    await this.api.dropMember(group, subjectOf(member));
  }

  get(name: string): Group | undefined {
    return [...this.items, ...this.threads].find((group) => group.name === name);
  }

  titleOf(name: string | undefined): string {
    if (name === undefined) return "";
    const found = this.get(name) ?? this.others.find((group) => group.name === name);
    if (name.startsWith(THREAD_MARK)) return found?.title || t("group.thread");
    return found?.title ?? name;
  }

  /** The levels that I read there, and thus may write at, lowest first. */
  levelsOf(name: string): Level[] {
    const mine = this.#of(name).map((state) => state.level);
    return LEVELS.filter((level) => mine.includes(level));
  }

  unread(name: string): number {
    return this.#of(name).reduce((sum, state) => sum + state.unread, 0);
  }

  get unreadTotal(): number {
    return [...this.#streams.values()].reduce((sum, state) => sum + state.unread, 0);
  }

  unreadOf(stream: string): number {
    return this.#streams.get(stream)?.unread ?? 0;
  }

  arrived({ stream, seq, activity }: ActivityMessage): void {
    const state = this.#streams.get(stream);
    if (!state || seq <= state.head) return;
    const counts = isPostType(activity.type) && activity.actor.id !== this.me;
    this.#streams.set(stream, { ...state, head: seq, unread: state.unread + (counts ? 1 : 0) });
  }

  passed(heads: Positions): void {
    for (const [stream, seq] of Object.entries(heads)) {
      const state = this.#streams.get(stream);
      if (state && seq > state.head) this.#streams.set(stream, { ...state, head: seq });
    }
  }

  /** Everything in the group that is known of here has been seen. */
  async readGroup(name: string): Promise<void> {
    const unread = this.#of(name).filter((state) => state.unread > 0);
    await Promise.all(unread.map((state) => this.readUpTo(state.stream, state.head)));
  }

  /** A mark that does not arrive is no loss: the next one covers it, and a reload shows it. */
  async readUpTo(stream: string, seq: number): Promise<void> {
    const state = this.#streams.get(stream);
    if (!state || seq <= state.read) return;
    const unread = seq >= state.head ? 0 : state.unread;
    this.#streams.set(stream, { ...state, read: seq, unread });
    await this.api.markRead(stream, seq).catch(() => this.#unmark(stream, state));
  }

  #unmark(stream: string, { read, unread }: StreamState): void {
    const state = this.#streams.get(stream);
    if (state)
      this.#streams.set(stream, { ...state, read, unread: Math.max(unread, state.unread) });
  }

  #of(name: string): StreamState[] {
    return [...this.#streams.values()].filter((state) => state.group === name);
  }
}

/** What came in live while an answer was on its way is newer than the answer. */
function newer(known: Stream | undefined, state: StreamState, group: string): Stream {
  return known && known.head > state.head ? known : { ...state, group };
}

/** How the API calls them: teams are members as a whole. */
function subjectOf({ type, handle, team, name }: MemberAnswer): string {
  return type === "team" ? `team:${team ?? name}` : (handle ?? name);
}
