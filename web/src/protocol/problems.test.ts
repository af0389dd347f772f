import { expect, test } from "vitest";

import { columnOf, faultOf, limitOf, readProblem } from "./problems";

const FILTER = {
  type: "about:blank",
  title: "The filter cannot be read.",
  status: 400,
  code: "filter_syntax",
  detail: "a value is missing (column 6)",
  errors: { column: 6 },
};

test("a problem keeps its code, and retry is no where it is left out", () => {
  expect(readProblem(400, FILTER)).toEqual({ ...FILTER, retry: false });
});

test("the column is there for filter errors alone", () => {
  expect(columnOf(readProblem(400, FILTER))).toBe(6);
  expect(columnOf(readProblem(404, { code: "not_found" }))).toBeNull();
});

test("what is wrong with a filter has a reason and values, lists as one text", () => {
  const errors = {
    column: 6,
    reason: "unknown_level",
    value: "x",
    choices: ["public", "internal"],
  };
  const values = { ...errors, choices: "public, internal" };
  expect(faultOf(readProblem(400, { ...FILTER, errors }))).toEqual({
    reason: "unknown_level",
    values,
  });
  expect(faultOf(readProblem(400, FILTER))).toBeNull();
  expect(faultOf(readProblem(422, { ...FILTER, code: "broken_line", errors }))).toBeNull();
});

test.each([
  [502, "unavailable", true],
  [429, "unavailable", true],
  [418, "error", false],
])("a proxy's own %i becomes %s", (status, code, retry) => {
  for (const body of [undefined, "<html>", { message: "x" }]) {
    expect(readProblem(status, body)).toMatchObject({ status, code, retry });
  }
});

test("a limit of mine says how high it is, and others do not", () => {
  const errors = { limit: "create_group", most: 50, interval: 60, wait: 37 };
  const refused = { code: "rate_limited", errors };
  const { limit: name, ...numbers } = errors;
  expect(limitOf(readProblem(429, refused))).toEqual({ name, ...numbers });
  expect(limitOf(readProblem(429, { code: "rate_limited" }))).toBeNull();
  expect(limitOf(readProblem(429, { ...refused, code: "upload_quota" }))).toBeNull();
  const broken = { ...refused, errors: { ...errors, most: "50" } };
  expect(limitOf(readProblem(429, broken))).toBeNull();
});
