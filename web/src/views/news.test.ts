// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";

import type { Activity, Actor } from "../protocol/activities";
import { language } from "../stores/language.svelte";
import { activity, actor } from "../testing/activities";
import { newsText } from "./news";

const TEAM: Actor = { id: "g-core", type: "Group", name: "Core", handle: "core" };
const ITSELF: Actor = { id: "g-quality", type: "Group", name: "Quality", handle: "quality" };
const THREAD = { thread: "1", object: actor("mia") };

beforeEach(() => language.choose("en"));

test.each<[string, Partial<Activity>]>([
  ["JONAS added MIA to Quality", { type: "Add", object: actor("mia") }],
  ["JONAS added Core to Quality", { type: "Add", object: TEAM }],
  ["JONAS added members to Quality", { type: "Add", object: ITSELF }],
  ["JONAS added members to Quality", { type: "Add" }],
  ["JONAS removed MIA from Quality", { type: "Remove", object: actor("mia") }],
  ["JONAS removed members from Quality", { type: "Remove", object: ITSELF }],
  ["MIA’s time in Quality is over", { type: "Remove", object: actor("mia"), source: "expiry" }],
  ["JONAS joined Quality", { type: "Join" }],
  ["MIA joined Quality", { type: "Join", object: actor("mia") }],
  ["JONAS left Quality", { type: "Leave" }],
  ["JONAS thanks MIA", { type: "Like", object: actor("mia") }],
  ["JONAS would like to join Quality", { type: "Offer", object: actor("jonas") }],
  ["JONAS shared a conversation with MIA", { ...THREAD, type: "Add" }],
  ["JONAS would like to share a conversation with MIA", { ...THREAD, type: "Offer" }],
  ["JONAS did not agree to share a conversation with MIA", { ...THREAD, type: "Reject" }],
  ["JONAS ended sharing a conversation with MIA", { ...THREAD, type: "Remove" }],
  ["JONAS left a shared conversation", { type: "Leave", thread: "1" }],
])("%s", (sentence, change) => {
  expect(newsText(activity(1, change), "Quality")).toBe(sentence);
});
