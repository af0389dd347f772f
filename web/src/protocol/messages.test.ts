import { expect, test } from "vitest";

import { decode, encode } from "./messages";

test("a message is what its frame says", () => {
  const frame = '{"op":"welcome","person":"p","epoch":"e","heartbeat":20}';
  expect(decode(frame)).toEqual({ op: "welcome", person: "p", epoch: "e", heartbeat: 20 });
});

test("an op of a newer server is no message and no error", () => {
  expect(decode('{"op":"weather","who":"mia"}')).toBeNull();
  expect(decode('{"op":"constructor"}')).toBeNull();
});

test.each([
  "",
  "{",
  "null",
  "7",
  '"welcome"',
  "{}",
  '{"op":7}',
  '{"op":"welcome","person":"p","epoch":"e"}',
  '{"op":"activity","stream":"s","seq":"1","activity":{}}',
  '{"op":"checkpoint","streams":null}',
])("the frame %s is refused", (frame) => {
  expect(() => decode(frame)).toThrow(SyntaxError);
});

test("what is sent is JSON", () => {
  expect(JSON.parse(encode({ op: "ping", id: "1" }))).toEqual({ op: "ping", id: "1" });
});
