// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { language } from "./language.svelte";
import { termsInWords } from "./terms";

test("a role and an end are named, a plain membership is not", () => {
  language.choose("de");
  const until = new Date(2026, 11, 24, 23, 59, 59).toISOString();
  expect(termsInWords({ role: "moderator", until })).toEqual([
    "Moderator/in",
    "bis 24. Dezember 2026",
  ]);
  expect(termsInWords({ role: "member" })).toEqual([]);
  expect(termsInWords({ role: "guest" })).toEqual(["Gast"]);
});
