// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";

import { ProblemError } from "../client/http";
import { readProblem } from "../protocol/problems";
import { asFailure, failureText } from "./failure";
import { language } from "./language.svelte";

function said(code: string, errors: Record<string, unknown> = {}): string {
  const problem = readProblem(429, { code, detail: "as the server has it", errors });
  return failureText(asFailure(new ProblemError(problem)));
}

beforeEach(() => language.choose("en"));

test("a limit of mine is told with its height and the way out of it", () => {
  const errors = { limit: "create_group", most: 50, interval: 60, wait: 37 };
  expect(said("rate_limited", errors)).toBe(
    "You have made as many groups as one may in a row (50)." +
      " After that, another one is possible every 60 seconds: try again in 37 seconds.",
  );
  language.choose("de");
  expect(said("rate_limited", errors)).toContain("so viele Gruppen angelegt");
  expect(said("rate_limited", errors)).toContain("(50). Danach ist alle 60 Sekunden");
});

test("a limit of a newer server is told with its numbers, too", () => {
  const errors = { limit: "sing", most: 3, interval: 3_600, wait: 180 };
  const text = said("rate_limited", errors);
  expect(text).toContain("in a row (3)");
  expect(text).toContain("every 60 minutes: try again in 3 minutes");
});

test("without a limit it is the sentence of the code, and of unknown codes what the server said", () => {
  expect(said("rate_limited")).toBe("Too many attempts. Wait a little and try again.");
  expect(said("sung_too_often")).toBe("as the server has it");
});
