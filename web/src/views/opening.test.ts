// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";

import type { GroupAnswer, Visibility } from "../protocol/answers";
import { language } from "../stores/language.svelte";
import { QUALITY } from "../testing/workspaces";
import { consequence } from "./opening";

function said(visibility: Visibility, wanted: Visibility, history?: GroupAnswer["history"]) {
  return consequence({ ...QUALITY, visibility, ...(history ? { history } : {}) }, wanted);
}

beforeEach(() => language.choose("en"));

test.each(["open", "closed", "secret"] as const)("nothing follows for who stays %s", (as) => {
  expect(said(as, as)).toBeNull();
});

test.each([
  [undefined, "reads all that was ever written in it"],
  ["all", "reads all that was ever written in it"],
  ["since_join", "reads what is written from then on"],
  [1, "in the day before"],
  [30, "in the 30 days before"],
] as const)("whoever opens one with history %s is told what newcomers read", (history, text) => {
  for (const visibility of ["closed", "secret"] as const)
    expect(said(visibility, "open", history)).toContain(text);
});

test("closing an open one and showing a secret one are two things", () => {
  expect(said("open", "closed")).toContain("as before, but have to ask");
  expect(said("secret", "closed")).toContain("will find the group, with its title");
});

test("who makes one secret is told that its name is known", () => {
  for (const visibility of ["open", "closed"] as const)
    expect(said(visibility, "secret")).toContain("has seen its title");
});
