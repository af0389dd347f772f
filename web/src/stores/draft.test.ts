// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from "vitest";

import { NetworkError, ProblemError } from "../client/http";
import { FakeClock } from "../testing/clock";
import { uploaded } from "../testing/activities";
import { Draft, type Parent } from "./draft.svelte";
import type { Upload } from "./uploads.svelte";

const RECEIPT = { id: "1", stream: "s", seq: 1, published: "2026-11-21T10:00:00Z" };
const REFUSED = new ProblemError({
  type: "about:blank",
  title: "",
  status: 403,
  code: "level_not_allowed",
  detail: "",
  retry: false,
});

const publish = vi.fn();
const upload = vi.fn();
const discard = vi.fn();
let clock: FakeClock;
let keys: number;

beforeEach(() => {
  localStorage.clear();
  clock = new FakeClock();
  keys = 0;
  publish.mockReset().mockResolvedValue(RECEIPT);
  upload.mockReset().mockImplementation((file: File) => Promise.resolve(uploaded(file.name)));
  discard.mockReset().mockResolvedValue(undefined);
});

function draft(place = "p.quality", parent: Parent | null = null): Draft {
  const patience = { clock, random: () => 1 };
  const api = { publish, upload, discard };
  return new Draft({ api, patience, newKey: () => `key${++keys}` }, place, parent);
}

async function timer(): Promise<void> {
  await vi.waitUntil(() => clock.timers > 0, { interval: 1 });
}

describe("keeping", () => {
  test("a draft survives a reload, with its kind, level and group", () => {
    const first = draft();
    first.text = "half a sentence";
    first.type = "Question";
    first.level = "public";
    first.group = "quality";
    const second = draft();
    expect([second.text, second.type, second.level, second.group]).toEqual([
      "half a sentence",
      "Question",
      "public",
      "quality",
    ]);
  });

  test("each place has a draft of its own", () => {
    draft().text = "one";
    expect(draft("p.kitchen").text).toBe("");
  });

  test("what is emptied is not kept", () => {
    const first = draft();
    first.text = "x";
    first.text = " ";
    expect(localStorage.length).toBe(0);
  });

  test("what cannot be read is an empty draft", () => {
    localStorage.setItem("headrace.draft.p.quality", "{");
    expect(draft().text).toBe("");
  });
});

describe("sending", () => {
  test("publishes the trimmed text and empties the draft", async () => {
    const first = draft();
    first.text = "  hello\n";
    expect(await first.send("quality", "internal")).toEqual(RECEIPT);
    const body = { type: "Create", content: "hello", level: "internal" };
    expect(publish).toHaveBeenCalledWith("quality", body, "key1");
    expect([first.text, first.state, localStorage.length]).toEqual(["", "writing", 0]);
  });

  test("an empty draft is not sent", async () => {
    expect(await draft().send("quality", "internal")).toBeNull();
    expect(publish).not.toHaveBeenCalled();
  });

  test("a reply names what it answers", async () => {
    const reply = draft("p.reply.7", { id: "7", level: "internal" });
    reply.text = "yes";
    await reply.send("quality", "internal");
    expect(publish.mock.calls[0]?.[1]).toMatchObject({ inReplyTo: "7" });
  });

  test("a lost connection is waited for, under the same key", async () => {
    publish.mockRejectedValueOnce(new NetworkError(null));
    const first = draft();
    first.text = "hello";
    const sent = first.send("quality", "internal");
    await timer();
    expect([first.state, first.isBusy, first.text]).toEqual(["waiting", true, "hello"]);
    clock.advance(1000);
    await sent;
    expect(publish.mock.calls.map(([, , key]: unknown[]) => key)).toEqual(["key1", "key1"]);
  });

  test("giving up keeps the text, and the key for the next try", async () => {
    publish.mockRejectedValueOnce(new NetworkError(null));
    const first = draft();
    first.text = "hello";
    const sent = first.send("quality", "internal");
    await timer();
    first.cancel();
    expect(await sent).toBeNull();
    expect([first.state, first.text]).toEqual(["writing", "hello"]);
    await first.send("quality", "internal");
    expect(publish.mock.calls.map(([, , key]: unknown[]) => key)).toEqual(["key1", "key1"]);
  });

  test("a page reloaded before the answer sends again under the same key", async () => {
    publish.mockReturnValueOnce(new Promise(() => undefined));
    const first = draft();
    first.text = "hello";
    void first.send("quality", "internal");
    await draft().send("quality", "internal");
    expect(publish.mock.calls.map(([, , key]: unknown[]) => key)).toEqual(["key1", "key1"]);
  });

  test("a refusal shows why and loses nothing", async () => {
    publish.mockRejectedValueOnce(REFUSED);
    const first = draft();
    first.text = "hello";
    expect(await first.send("quality", "confidential")).toBeNull();
    expect([first.state, first.failure?.code, first.text]).toEqual([
      "failed",
      "level_not_allowed",
      "hello",
    ]);
  });

  test("another text is another activity, with another key", async () => {
    publish.mockRejectedValueOnce(REFUSED);
    const first = draft();
    first.text = "hello";
    await first.send("quality", "internal");
    first.text = "hello again";
    expect(first.state).toBe("writing");
    await first.send("quality", "internal");
    expect(publish.mock.calls.map(([, , key]: unknown[]) => key)).toEqual(["key1", "key2"]);
  });
});

describe("files", () => {
  test("are uploaded at once and sent by id", async () => {
    const first = draft();
    first.uploads.add([new File(["x"], "a.pdf")]);
    expect([first.isEmpty, first.uploads.isBusy]).toEqual([true, true]);
    await vi.waitUntil(() => !first.uploads.isBusy);
    expect(first.isEmpty).toBe(false);
    await first.send("quality", "internal");
    expect(publish.mock.calls[0]?.[1]).toEqual({
      type: "Create",
      content: "",
      level: "internal",
      attachment: ["id of a.pdf"],
    });
    expect([first.isEmpty, first.uploads.items]).toEqual([true, []]);
    expect(discard).not.toHaveBeenCalled();
  });

  test("survive a reload, and make another activity", async () => {
    const first = draft();
    first.uploads.add([new File(["x"], "a.pdf")]);
    await vi.waitUntil(() => !first.uploads.isBusy);
    const second = draft();
    expect(second.uploads.references).toEqual(["id of a.pdf"]);
    second.uploads.remove(second.uploads.items[0] as Upload);
    expect(discard).toHaveBeenCalledWith("id of a.pdf");
    expect(draft().isEmpty).toBe(true);
  });
});

describe("the level", () => {
  const ALL = ["public", "internal", "confidential"] as const;

  test("is internal unless chosen", () => {
    const first = draft();
    expect(first.levelAmong([...ALL])).toBe("internal");
    first.level = "public";
    expect(first.levelAmong([...ALL])).toBe("public");
  });

  test("is the nearest where the group has no such stream", () => {
    expect(draft().levelAmong(["public"])).toBe("public");
    expect(draft().levelAmong([])).toBeNull();
  });

  test("of a reply is at least its parent's", () => {
    const reply = draft("p.reply.7", { id: "7", level: "confidential" });
    reply.level = "public";
    expect(reply.allowedAmong([...ALL])).toEqual(["confidential"]);
    expect(reply.levelAmong([...ALL])).toBe("confidential");
    const answer = draft("p.reply.8", { id: "8", level: "public" });
    expect(answer.levelAmong([...ALL])).toBe("public");
  });
});
