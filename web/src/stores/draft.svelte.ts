/**
 * Something that is being written: kept across reloads, and sent exactly once. The key under which
 * it is sent stays the same for as long as its text does, also across a reload in between.
 */

import type { Api } from "../client/api";
import { persist, type Patience } from "../client/persistence";
import { isAtLeast, type Attachment, type Level, type PostType } from "../protocol/activities";
import type { NewActivity, Receipt } from "../protocol/answers";
import { asFailure, type Failure } from "./failure";
import { discard, keep, kept } from "./keeping";
import { Uploads } from "./uploads.svelte";

export type DraftState = "writing" | "sending" | "waiting" | "failed";

interface Kept {
  text: string;
  type: PostType;
  level: Level | null;
  group: string | null;
  key: string | null;
  files: Attachment[];
}

const EMPTY: Kept = {
  text: "",
  type: "Create",
  level: null,
  group: null,
  key: null,
  files: [],
};

export interface DraftContext {
  api: Pick<Api, "publish" | "upload" | "discard">;
  patience: Pick<Patience, "clock" | "random">;
  newKey: () => string;
}

/** What a reply answers; it is at least as confidential as that. */
export interface Parent {
  id: string;
  level: Level;
}

export class Draft {
  state = $state<DraftState>("writing");
  failure = $state.raw<Failure | null>(null);
  readonly uploads: Uploads;
  #content: Kept;
  #abort = new AbortController();

  constructor(
    private readonly context: DraftContext,
    private readonly place: string,
    readonly parent: Parent | null = null,
  ) {
    this.#content = $state.raw(restored(place));
    const attached = () => this.#write({ files: this.uploads.files });
    this.uploads = new Uploads(context.api, attached, this.#content.files);
  }

  get text(): string {
    return this.#content.text;
  }

  set text(text: string) {
    this.#write({ text });
  }

  get type(): PostType {
    return this.#content.type;
  }

  set type(type: PostType) {
    this.#write({ type });
  }

  get level(): Level | null {
    return this.#content.level;
  }

  set level(level: Level | null) {
    this.#write({ level });
  }

  get group(): string | null {
    return this.#content.group;
  }

  set group(group: string | null) {
    this.#write({ group });
  }

  get isBusy(): boolean {
    return this.state === "sending" || this.state === "waiting";
  }

  get isEmpty(): boolean {
    return this.text.trim() === "" && this.#content.files.length === 0;
  }

  /** The level it goes out at: the chosen one if it is allowed, else internal or the nearest. */
  levelAmong(levels: Level[]): Level | null {
    const allowed = this.allowedAmong(levels);
    const wish = this.level ?? this.parent?.level ?? "internal";
    return allowed.find((level) => level === wish) ?? allowed[0] ?? null;
  }

  allowedAmong(levels: Level[]): Level[] {
    const { parent } = this;
    return parent ? levels.filter((level) => isAtLeast(level, parent.level)) : levels;
  }

  /** Sends it and empties the draft; null where it was not sent. The text is never lost. */
  async send(group: string, level: Level): Promise<Receipt | null> {
    if (this.isEmpty || this.isBusy) return null;
    this.state = "sending";
    this.failure = null;
    this.#keepKey();
    try {
      return this.#sent(await this.#publish(group, this.activityAt(level)));
    } catch (error) {
      return this.#unsent(error);
    }
  }

  /** Stops trying; whether it has arrived meanwhile is unknown, so the key is kept. */
  cancel(): void {
    this.#abort.abort();
  }

  #publish(group: string, activity: NewActivity): Promise<Receipt> {
    const { api, patience } = this.context;
    const key = this.#content.key ?? this.context.newKey();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const waiting = () => (this.state = "waiting");
    return persist(() => api.publish(group, activity, key), { ...patience, signal, waiting });
  }

  /** What would be sent at that level. */
  activityAt(level: Level): NewActivity {
    const { text, type } = this.#content;
    const attachment = this.uploads.references;
    const files = attachment.length > 0 ? { attachment } : {};
    const base = { type, content: text.trim(), level, ...files };
    return this.parent ? { ...base, inReplyTo: this.parent.id } : base;
  }

  #sent(receipt: Receipt): Receipt {
    const { group, level } = this.#content;
    this.state = "writing";
    this.#content = { ...EMPTY, group, level };
    this.uploads.clear();
    discard(storageKey(this.place));
    return receipt;
  }

  #unsent(error: unknown): null {
    if (this.#abort.signal.aborted) {
      this.state = "writing";
      return null;
    }
    this.state = "failed";
    this.failure = asFailure(error);
    return null;
  }

  #keepKey(): void {
    if (this.#content.key !== null) return;
    this.#content = { ...this.#content, key: this.context.newKey() };
    this.#keep();
  }

  /** Another content is another activity: it gets a key of its own. */
  #write(change: Partial<Kept>): void {
    this.#content = { ...this.#content, ...change, key: null };
    if (this.state === "failed") this.state = "writing";
    this.#keep();
  }

  #keep(): void {
    if (this.isEmpty) discard(storageKey(this.place));
    else keep(storageKey(this.place), JSON.stringify(this.#content));
  }
}

function storageKey(place: string): string {
  return `draft.${place}`;
}

function restored(place: string): Kept {
  try {
    const found: unknown = JSON.parse(kept(storageKey(place)) ?? "{}");
    return { ...EMPTY, ...(found as Partial<Kept>) };
  } catch {
    return EMPTY;
  }
}
