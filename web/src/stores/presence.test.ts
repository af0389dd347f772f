// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";

import { Presences } from "./presence.svelte";

beforeEach(() => localStorage.clear());

test("the last word about a group holds, and an empty group is not worth a word", () => {
  const presences = new Presences();
  presences.heard({ op: "presence", group: "quality", count: 2, people: ["jonas", "mia"] });
  presences.heard({ op: "presence", group: "kitchen", count: 612 });
  expect(presences.of("quality")?.people).toEqual(["jonas", "mia"]);
  presences.heard({ op: "presence", group: "quality", count: 0, people: [] });
  expect(presences.of("quality")).toBeNull();
  expect(presences.of("kitchen")?.count).toBe(612);
  presences.forget("kitchen");
  expect(presences.of("kitchen")).toBeNull();
});

test("nothing is known once the connection is gone", () => {
  const presences = new Presences();
  presences.heard({ op: "presence", group: "quality", count: 1, people: ["mia"] });
  presences.clear();
  expect(presences.of("quality")).toBeNull();
});

test("who hides stays hidden on this device", () => {
  expect(new Presences().wish).toBe("shown");
  new Presences().choose(false);
  expect(new Presences().wish).toBe("hidden");
});
