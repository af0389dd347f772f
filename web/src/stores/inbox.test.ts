// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";

import { activity, actor } from "../testing/activities";
import { Inbox } from "./inbox.svelte";

const ME = actor("mia").id;

beforeEach(() => localStorage.clear());

test("in a browser that never saw it nothing is new", () => {
  const inbox = new Inbox(ME);
  inbox.loaded([activity(2), activity(1)]);
  expect(inbox.unread).toBe(0);
});

test("what came in since the last look is new, in this page and after a reload", () => {
  const inbox = new Inbox(ME);
  inbox.loaded([activity(1)]);
  inbox.arrived(activity(2), 8);
  inbox.arrived(activity(2), 8);
  inbox.arrived(activity(3, { actor: actor("mia") }), 9);
  expect([inbox.unread, inbox.head]).toEqual([1, 9]);
  const later = new Inbox(ME);
  later.loaded([activity(4), activity(2), activity(1)]);
  expect(later.unread).toBe(2);
});

test("looking at it makes it old for good", () => {
  const inbox = new Inbox(ME);
  inbox.loaded([activity(1)]);
  inbox.arrived(activity(2), 8);
  inbox.read([activity(2), activity(1)]);
  expect(inbox.unread).toBe(0);
  const later = new Inbox(ME);
  later.loaded([activity(2)]);
  expect(later.unread).toBe(0);
});
