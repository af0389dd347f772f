// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { activity, actor } from "../testing/activities";
import { byDay } from "./days";

function at(number: number, published: Date, isNews = false) {
  const news = isNews ? ({ type: "Join", object: actor("tom") } as const) : {};
  return activity(number, { published: published.toISOString(), ...news });
}

test("posts are parted by the days of the reader's own clock", () => {
  const days = byDay([
    at(3, new Date(2026, 10, 21, 0, 1)),
    at(2, new Date(2026, 10, 20, 23, 59)),
    at(1, new Date(2026, 10, 20, 0, 0)),
  ]);
  expect(days.map(({ rows }) => rows.length)).toEqual([1, 2]);
});

test("news in a row is one row, and posts part it", () => {
  const noon = new Date(2026, 10, 21, 12);
  const [day] = byDay([
    at(5, noon, true),
    at(4, noon, true),
    at(3, noon),
    at(2, noon, true),
    activity(1, { type: "Tombstone", published: noon.toISOString() }),
  ]);
  expect(day?.rows.map(({ kind, activities }) => [kind, activities.length])).toEqual([
    ["news", 2],
    ["post", 1],
    ["news", 1],
    ["post", 1],
  ]);
});

test("a day that comes twice, by a clock that was set back, is told apart", () => {
  const today = new Date(2026, 10, 21, 0, 0, 1);
  const days = byDay([at(3, today), at(2, new Date(2026, 10, 20, 23, 59)), at(1, today)]);
  expect(days).toHaveLength(3);
  expect(new Set(days.map(({ id }) => id)).size).toBe(3);
});

test("nothing has no days", () => {
  expect(byDay([])).toEqual([]);
});
