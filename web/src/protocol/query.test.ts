import { expect, test } from "vitest";

import { add, distinct, field, has, remove, terms, toggle, words } from "./query";

const QUERY = 'type:Create,Announce -from:@ci "exact words" tag:"two words" audit';

test("terms are told apart with their fields, negation and values", () => {
  expect(terms(QUERY)).toEqual([
    { text: "type:Create,Announce", negated: false, field: "type", value: "Create,Announce" },
    { text: "-from:@ci", negated: true, field: "from", value: "@ci" },
    { text: '"exact words"', negated: false, field: null, value: "exact words" },
    { text: 'tag:"two words"', negated: false, field: "tag", value: "two words" },
    { text: "audit", negated: false, field: null, value: "audit" },
  ]);
});

test("a term that is written twice counts once, where it stands first", () => {
  expect(distinct("tag:b tag:a tag:b -tag:b").map(({ text }) => text)).toEqual([
    "tag:b",
    "tag:a",
    "-tag:b",
  ]);
});

test("an escaped quotation mark does not end a phrase", () => {
  expect(terms('"say \\"no\\" now" later').map(({ value }) => value)).toEqual([
    'say "no" now',
    "later",
  ]);
});

test("an unclosed phrase and a lone hyphen are terms too", () => {
  expect(terms('- "open end').map(({ text }) => text)).toEqual(["-", '"open end']);
});

test("adding and removing keeps the rest as it was written", () => {
  expect(remove(QUERY, "-from:@ci")).toBe(
    'type:Create,Announce "exact words" tag:"two words" audit',
  );
  expect(add("audit", "mention:me")).toBe("audit mention:me");
  expect(add("audit", "audit")).toBe("audit");
  expect(add("audit", "")).toBe("audit");
});

test("toggling twice is nothing", () => {
  const once = toggle("audit", "type:Question");
  expect(has(once, "type:Question")).toBe(true);
  expect(toggle(once, "type:Question")).toBe("audit");
});

test.each([
  ["audit", "audit"],
  ["two words", '"two words"'],
  ["8:30", '"8:30"'],
  ["-draft", '"-draft"'],
  ['say "no"', '"say \\"no\\""'],
])("the words %s become the one term %s", (text, term) => {
  expect(words(text)).toBe(term);
  expect(terms(term)).toMatchObject([{ field: null, negated: false, value: text }]);
});

test("a field's value is quoted only where it must be", () => {
  expect(field("tag", "audit")).toBe("tag:audit");
  expect(field("tag", "two words")).toBe('tag:"two words"');
  expect(terms(field("tag", "a,b"))).toMatchObject([{ field: "tag", value: "a,b" }]);
});
