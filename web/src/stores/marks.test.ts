import { expect, test } from "vitest";

import { Marks } from "./marks";

const MARK = { activity: "a", offset: -12 };

test("a mark is kept until somebody is at the top again", () => {
  const marks = new Marks();
  marks.keep(1, MARK);
  expect(marks.at(1)).toEqual(MARK);
  marks.keep(1, null);
  expect(marks.at(1)).toBeUndefined();
});

test("of very many the oldest go", () => {
  const marks = new Marks();
  for (let visit = 0; visit < 60; visit++) marks.keep(visit, MARK);
  expect([marks.at(0), marks.at(9), marks.at(10)]).toEqual([undefined, undefined, MARK]);
});
