import { expect, test } from "vitest";

import { columnOf, readProblem } from "./problems";

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

test.each([
  [502, "unavailable", true],
  [429, "unavailable", true],
  [418, "error", false],
])("a proxy's own %i becomes %s", (status, code, retry) => {
  for (const body of [undefined, "<html>", { message: "x" }]) {
    expect(readProblem(status, body)).toMatchObject({ status, code, retry });
  }
});
