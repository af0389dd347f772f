// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";

import type { SendOptions } from "../client/uploading";
import { ProblemError } from "../client/http";
import { MAX_ATTACHMENTS, type Attachment } from "../protocol/activities";
import { uploaded } from "../testing/activities";
import { Uploads, type Upload } from "./uploads.svelte";

const upload = vi.fn();
const discard = vi.fn();
const changed = vi.fn();

beforeEach(() => {
  changed.mockReset();
  discard.mockReset().mockResolvedValue(undefined);
  upload.mockReset().mockImplementation((file: File) => Promise.resolve(uploaded(file.name)));
});

function uploads(there: Attachment[] = []): Uploads {
  return new Uploads({ upload, discard }, changed, there);
}

function file(name: string): File {
  return new File(["content"], name);
}

function first({ items }: Uploads): Upload {
  return items[0] as Upload;
}

test("a file is on its way, tells how far, and is there", async () => {
  let options: SendOptions | undefined;
  upload.mockImplementation((given: File, wanted: SendOptions) => {
    options = wanted;
    return Promise.resolve(uploaded(given.name));
  });
  const some = uploads();
  some.add([file("a.pdf")]);
  options?.progress(0.4);
  expect([first(some).state, first(some).progress, some.isBusy]).toEqual(["sending", 0.4, true]);
  await vi.waitUntil(() => !some.isBusy);
  expect(first(some).state).toBe("there");
  expect(some.references).toEqual(["id of a.pdf"]);
  expect(changed).toHaveBeenCalledOnce();
});

test("a file that is refused says why and is not attached", async () => {
  const problem = { type: "", title: "", status: 422, code: "archive_bomb", detail: "" };
  upload.mockRejectedValueOnce(new ProblemError({ ...problem, retry: false }));
  const some = uploads();
  some.add([file("a.zip"), file("b.pdf")]);
  await vi.waitUntil(() => !some.isBusy);
  expect([first(some).failure?.code, some.hasFailed]).toEqual(["archive_bomb", true]);
  expect(some.references).toEqual(["id of b.pdf"]);
  some.remove(first(some));
  expect([some.hasFailed, discard.mock.calls.length]).toEqual([false, 0]);
});

test("a file that is removed on its way is not sent on, nor attached when it arrives", async () => {
  let arrive: (value: unknown) => void = () => undefined;
  let signal: AbortSignal | undefined;
  upload.mockImplementation((_: File, options: SendOptions) => {
    signal = options.signal;
    return new Promise((resolve) => (arrive = resolve));
  });
  const some = uploads();
  some.add([file("a.pdf")]);
  some.remove(first(some));
  expect(signal?.aborted).toBe(true);
  arrive(uploaded("a.pdf"));
  await Promise.resolve();
  expect([some.items, changed.mock.calls.length]).toEqual([[], 0]);
});

test("an upload that is removed is taken back; what a post carries is only left out", async () => {
  const link = { url: "https://example.org/x" };
  const some = uploads([{ url: "/api/v1/files/7", id: "7", name: "old.pdf" }, link]);
  expect(some.references).toEqual(["7", link]);
  some.add([file("new.pdf")]);
  await vi.waitUntil(() => !some.isBusy);
  for (const item of [...some.items]) some.remove(item);
  expect(discard.mock.calls).toEqual([["id of new.pdf"]]);
  expect(some.references).toEqual([]);
});

test("a post takes so many and no more", () => {
  const some = uploads();
  some.add(Array.from({ length: MAX_ATTACHMENTS + 1 }, (_, n) => file(`${n}.pdf`)));
  expect([some.items.length, some.isFull]).toEqual([MAX_ATTACHMENTS, true]);
  some.remove(first(some));
  expect(some.isFull).toBe(false);
});
