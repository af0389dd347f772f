// @vitest-environment happy-dom
import { render } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { tick } from "svelte";

import { language } from "../stores/language.svelte";
import { activity } from "../testing/activities";
import AnnouncerHarness from "../testing/AnnouncerHarness.svelte";

const groups = { titleOf: (name: string) => name.toUpperCase() };

beforeEach(() => {
  vi.useFakeTimers();
  language.choose("en");
});

afterEach(() => {
  vi.useRealTimers();
});

test("one post is announced by name, several in a moment by number, politely", async () => {
  const { container, rerender } = render(AnnouncerHarness, { groups, latest: null, arrivals: 0 });
  const region = container.querySelector('[aria-live="polite"]');
  await rerender({ latest: activity(1), arrivals: 1 });
  expect(region?.textContent).toBe("");
  vi.advanceTimersByTime(1_500);
  await tick();
  expect(region?.textContent).toBe("New post by JONAS in QUALITY");
  await rerender({ latest: activity(3), arrivals: 3 });
  await rerender({ latest: activity(4), arrivals: 4 });
  vi.advanceTimersByTime(1_500);
  await tick();
  expect(region?.textContent).toBe("3 new posts");
});
