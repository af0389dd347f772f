// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from "vitest";

import { NetworkError, ProblemError } from "../client/http";
import type { Activities } from "../protocol/answers";
import { activity, actor, idOf } from "../testing/activities";
import { Feed, type History } from "./feed.svelte";

const ME = actor("mia").id;

let history: ReturnType<typeof vi.fn<History>>;
let feed: Feed;

beforeEach(() => {
  history = vi.fn<History>();
  feed = new Feed(history, ME, 6);
});

function page(numbers: number[], hasMore = false): Activities {
  const items = numbers.map((number) => activity(number));
  return hasMore ? { items, next: "/api/v1/home?before=x" } : { items };
}

function ids(): string[] {
  return feed.items.map(({ id }) => id);
}

async function loaded(numbers: number[], hasMore = false): Promise<void> {
  history.mockResolvedValueOnce(page(numbers, hasMore));
  await feed.load();
}

describe("history", () => {
  test("is loaded, then continued after its last activity", async () => {
    await loaded([9, 8], true);
    expect(feed.hasOlder).toBe(true);
    history.mockResolvedValueOnce(page([7, 6]));
    await feed.loadOlder();
    expect(history).toHaveBeenLastCalledWith(idOf(8));
    expect(ids()).toEqual([9, 8, 7, 6].map(idOf));
    expect(feed.hasOlder).toBe(false);
  });

  test("continues after a like that ends the page", async () => {
    const like = activity(7, { type: "Like", object: idOf(9) });
    history.mockResolvedValueOnce({ items: [activity(9), like], next: "/api/v1/home" });
    await feed.load();
    history.mockResolvedValueOnce(page([]));
    await feed.loadOlder();
    expect(history).toHaveBeenLastCalledWith(idOf(7));
  });

  test("keeps what came in live while it was on its way", async () => {
    history.mockImplementationOnce(() => {
      feed.take(activity(10));
      return Promise.resolve(page([9, 8]));
    });
    await feed.load();
    expect(ids()).toEqual([10, 9, 8].map(idOf));
  });

  test("a late answer to a former request is dropped", async () => {
    let late: (page: Activities) => void = () => undefined;
    history.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
    const first = feed.load();
    await loaded([9]);
    late(page([1]));
    await first;
    expect(ids()).toEqual([idOf(9)]);
  });

  test("a failure keeps what is there and says why", async () => {
    await loaded([9]);
    history.mockRejectedValueOnce(new NetworkError(null));
    await feed.load();
    expect(feed.failure?.code).toBe("network");
    expect([feed.state, ids()]).toEqual(["ready", [idOf(9)]]);
  });

  test("a filter error names its column", async () => {
    const errors = { column: 6 };
    const problem = { type: "", title: "", status: 400, code: "filter_syntax", detail: "", errors };
    history.mockRejectedValueOnce(new ProblemError({ ...problem, retry: false }));
    await feed.load();
    expect(feed.failure).toMatchObject({ code: "filter_syntax", column: 6 });
    expect(feed.state).toBe("failed");
  });

  test("after an interruption that the page bridges, everything stays", async () => {
    await loaded([5, 4, 3], true);
    feed.interrupted();
    await loaded([7, 6, 5], true);
    expect(ids()).toEqual([7, 6, 5, 4, 3].map(idOf));
  });

  test("after an interruption with a hole, nothing is shown across it", async () => {
    await loaded([3, 2, 1], true);
    feed.interrupted();
    feed.take(activity(10));
    await loaded([9, 8, 7], true);
    expect(ids()).toEqual([10, 9, 8, 7].map(idOf));
    history.mockResolvedValueOnce(page([6, 5, 4]));
    await feed.loadOlder();
    expect(history).toHaveBeenLastCalledWith(idOf(7));
  });

  test("is read until the activity that somebody was at, and no further", async () => {
    history.mockResolvedValueOnce(page([9, 8], true));
    history.mockResolvedValueOnce(page([7, 6], true));
    feed.hold();
    void feed.load();
    expect(await feed.reach(idOf(6))).toBe(true);
    expect(history).toHaveBeenCalledTimes(2);
  });

  test("does not go on for ever for an activity that is gone", async () => {
    let newest = 1_000;
    history.mockImplementation(() => Promise.resolve(page([newest--], true)));
    void feed.load();
    expect(await feed.reach("gone")).toBe(false);
    expect(history).toHaveBeenCalledTimes(10);
  });

  test("the far end goes, and comes back when it is scrolled to", async () => {
    await loaded([6, 5, 4, 3]);
    for (const number of [7, 8, 9]) feed.take(activity(number));
    expect(ids()).toEqual([9, 8, 7, 6, 5, 4].map(idOf));
    history.mockResolvedValueOnce(page([3]));
    await feed.loadOlder();
    expect(history).toHaveBeenLastCalledWith(idOf(4));
  });
});

describe("somebody who reads further down", () => {
  beforeEach(async () => {
    await loaded([3, 2, 1]);
    feed.hold();
  });

  test("sees how much is new, and nothing moves", () => {
    feed.take(activity(4));
    feed.take(activity(5));
    expect(feed.waiting).toBe(2);
    expect(ids()).toEqual([3, 2, 1].map(idOf));
  });

  test("gets it on going up", () => {
    feed.take(activity(4));
    feed.release();
    expect(feed.waiting).toBe(0);
    expect(ids()).toEqual([4, 3, 2, 1].map(idOf));
  });

  test("sees an own post and changes at once", () => {
    feed.take(activity(4, { actor: actor("mia") }));
    feed.take(activity(5, { type: "Like", object: idOf(2) }));
    expect(feed.waiting).toBe(0);
    expect(ids()[0]).toBe(idOf(4));
    expect(feed.items.find(({ id }) => id === idOf(2))?.likes).toBe(1);
  });

  test("is not moved by a reload either", async () => {
    await loaded([5, 4, 3]);
    expect(feed.waiting).toBe(2);
    expect(ids()).toEqual([3, 2, 1].map(idOf));
  });
});
