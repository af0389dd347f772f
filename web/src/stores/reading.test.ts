import { beforeEach, expect, test } from "vitest";

import { activity, idOf } from "../testing/activities";
import { Reading } from "./reading";

let reading: Reading;
let unread: Record<string, number>;

beforeEach(() => {
  reading = new Reading();
  unread = { a: 0, b: 0 };
});

function arrives(stream: string, seq: number, number = seq): void {
  reading.arrived({ op: "activity", stream, seq, activity: activity(number) });
  unread[stream] = (unread[stream] ?? 0) + 1;
}

function saw(number: number) {
  return reading.saw(idOf(number), (stream) => unread[stream] ?? 0);
}

test("the only unread post of a stream is marked when it is seen", () => {
  arrives("a", 11);
  expect(saw(11)).toEqual([{ stream: "a", seq: 11 }]);
});

test("a post above unread ones does not mark them", () => {
  unread["a"] = 3;
  arrives("a", 11);
  expect(saw(11)).toEqual([]);
});

test("the highest is marked once all were seen, in any order", () => {
  arrives("a", 11);
  arrives("a", 12);
  expect(saw(12)).toEqual([]);
  expect(saw(11)).toEqual([{ stream: "a", seq: 12 }]);
});

test("a post in two streams is read in both", () => {
  arrives("a", 11, 5);
  arrives("b", 4, 5);
  expect(saw(5)).toEqual([
    { stream: "a", seq: 11 },
    { stream: "b", seq: 4 },
  ]);
});

test("history has no numbers to mark", () => {
  expect(saw(1)).toEqual([]);
});
