/** Files that are attached to something being written: on their way, there, or refused. */

import type { Api } from "../client/api";
import { MAX_ATTACHMENTS, type Attachment } from "../protocol/activities";
import type { FileAnswer } from "../protocol/answers";
import { asFailure, type Failure } from "./failure";

export type UploadState = "sending" | "there" | "failed";

/** One file. `file` is what the server knows of it, once it is there. */
export class Upload {
  state = $state<UploadState>("sending");
  /** From 0 to 1. */
  progress = $state(0);
  failure = $state.raw<Failure | null>(null);
  file = $state.raw<Attachment | null>(null);
  readonly abort = new AbortController();

  constructor(
    readonly key: number,
    readonly name: string,
    readonly size: number | undefined,
  ) {}
}

export class Uploads {
  items = $state.raw<Upload[]>([]);
  /** Whether more were given than a post takes. */
  isFull = $state(false);
  #keys = 0;

  /** `changed` is told whenever another set of files is attached. */
  constructor(
    private readonly api: Pick<Api, "upload" | "discard">,
    private readonly changed: () => void,
    there: Attachment[] = [],
  ) {
    this.items = there.map((file) => this.#there(file));
  }

  get isBusy(): boolean {
    return this.items.some(({ state }) => state === "sending");
  }

  get hasFailed(): boolean {
    return this.items.some(({ state }) => state === "failed");
  }

  /** What is attached. */
  get files(): Attachment[] {
    return this.items.flatMap(({ file }) => file ?? []);
  }

  /** What is attached, as a post names it: uploads by id, links whole. */
  get references(): (string | Attachment)[] {
    return this.files.map((file) => file.id ?? file);
  }

  add(files: Iterable<File>): void {
    const given = [...files];
    const taken = given.slice(0, MAX_ATTACHMENTS - this.items.length);
    this.isFull = taken.length < given.length;
    const uploads = taken.map((file) => new Upload(++this.#keys, file.name, file.size));
    this.items = [...this.items, ...uploads];
    uploads.forEach((upload, at) => void this.#send(upload, taken[at] as File));
  }

  /** Takes one out. An upload that no post has carried is taken back; else the server sweeps it. */
  remove(upload: Upload): void {
    upload.abort.abort();
    this.items = this.items.filter((item) => item !== upload);
    this.isFull = false;
    if (upload.file) this.changed();
    if (isFresh(upload.file)) void this.api.discard(upload.file.id).catch(() => undefined);
  }

  clear(): void {
    this.items = [];
    this.isFull = false;
  }

  async #send(upload: Upload, file: File): Promise<void> {
    const progress = (part: number) => (upload.progress = part);
    try {
      upload.file = await this.api.upload(file, { progress, signal: upload.abort.signal });
      upload.state = "there";
      if (this.items.includes(upload)) this.changed();
    } catch (error) {
      if (upload.abort.signal.aborted) return;
      upload.state = "failed";
      upload.failure = asFailure(error);
    }
  }

  #there(file: Attachment): Upload {
    const upload = new Upload(++this.#keys, file.name ?? file.url, file.size);
    upload.state = "there";
    upload.file = file;
    return upload;
  }
}

/** Whether it was uploaded just now, and not taken from a post. */
function isFresh(file: Attachment | null): file is FileAnswer {
  return file !== null && "sha256" in file;
}
