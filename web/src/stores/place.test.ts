import { expect, test } from "vitest";

import { addressOf, HOME, readPlace, writePlace, type Place } from "./place";

test.each<[string, Place]>([
  ["#/", HOME],
  ["#/inbox", { ...HOME, page: "inbox" }],
  ["#/search?q=tag%3Aaudit", { ...HOME, page: "search", query: "tag:audit" }],
  ["#/groups/quality", { ...HOME, page: "group", group: "quality" }],
  [
    "#/groups/quality?q=%22a+b%22&thread=0193",
    { ...HOME, page: "group", group: "quality", query: '"a b"', thread: "0193" },
  ],
])("%s is read and written", (hash, place) => {
  expect(readPlace(hash)).toEqual(place);
  expect(writePlace(place)).toBe(hash);
});

test.each(["", "#", "#/nowhere", "#/groups/"])("%s is home", (hash) => {
  expect(readPlace(hash)).toEqual(HOME);
});

test("the members' list is part of the address", () => {
  const hash = writePlace({ ...HOME, page: "group", group: "quality", members: true });
  expect(readPlace(hash).members).toBe(true);
});

test("a page's address has nothing open at its side", () => {
  expect(addressOf("group", "a b")).toBe("#/groups/a%20b");
});

test("a broken address is home, not an exception", () => {
  expect(readPlace("#/groups/%E0%A4%A")).toEqual(HOME);
});
