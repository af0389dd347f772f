// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";

import { language } from "./language.svelte";
import {
  date,
  dayName,
  duration,
  endOf,
  midnight,
  relative,
  span,
  timestamp,
  today,
} from "./times";

const NOON = new Date(2026, 10, 21, 12, 0, 0).getTime();
const MINUTE = 60_000;

beforeEach(() => language.choose("en"));

test("within a day the age is told, then the date", () => {
  expect(relative(NOON - 30_000, NOON)).toBe("just now");
  expect(relative(NOON - 5 * MINUTE, NOON)).toMatch(/^5 min/);
  expect(relative(NOON - 119 * MINUTE, NOON)).toMatch(/^1 hr/);
  expect(relative(NOON - 48 * 60 * MINUTE, NOON)).toMatch(/Nov.*19|19.*Nov/);
  expect(relative(new Date(2024, 0, 5).getTime(), NOON)).toMatch(/2024/);
});

test("a clock that is ahead does not make posts of the future", () => {
  expect(relative(NOON + 10 * MINUTE, NOON)).toBe("just now");
});

test("times follow the language", () => {
  language.choose("de");
  expect(relative(NOON - 5 * MINUTE, NOON)).toBe("vor 5 Min.");
  expect(dayName(NOON, NOON)).toBe("Heute");
});

test("days have names", () => {
  const day = 24 * 60 * MINUTE;
  expect(dayName(midnight(NOON), NOON)).toBe("Today");
  expect(dayName(midnight(NOON) - 1, NOON)).toBe("Yesterday");
  expect(dayName(NOON - 3 * day, NOON)).toMatch(/Wednesday/);
});

test("a day lasts until midnight where the reader is, and none has no end", () => {
  expect(endOf("2026-12-24")).toBe(new Date(2026, 11, 24, 23, 59, 59).toISOString());
  expect(endOf("")).toBeUndefined();
  expect(Date.parse(endOf(today()) ?? "")).toBeGreaterThanOrEqual(Date.now() - 1000);
  expect(today()).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test("durations have one unit", () => {
  expect(duration(12_900)).toMatch(/^12 sec/);
  expect(duration(3 * MINUTE)).toMatch(/^3 min/);
  expect(duration(125 * MINUTE)).toMatch(/^2 hr/);
});

test("what still takes a while takes no longer than is said", () => {
  expect([1, 37, 60, 119.2].map(span)).toEqual([
    ...["1 second", "37 seconds", "60 seconds", "120 seconds"],
  ]);
  expect([120, 121, 7_199].map(span)).toEqual(["2 minutes", "3 minutes", "120 minutes"]);
  expect(span(7_201)).toBe("3 hours");
  language.choose("de");
  expect(span(300)).toBe("5 Minuten");
});

test("a timestamp is RFC 3339", () => {
  expect(timestamp(0)).toBe("1970-01-01T00:00:00.000Z");
});

test("a day is written out", () => {
  language.choose("en");
  expect(date("2026-12-05T10:00:00Z")).toMatch(/December.*2026|2026.*December/);
  language.choose("de");
  expect(date("2026-12-05T10:00:00Z")).toContain("Dezember 2026");
});
