import { expect, test } from "vitest";

import { NAME_PATTERN, nameOf } from "./naming";

test.each([
  ["Qualität & Prüfung", "qualitaet-pruefung"],
  ["Fundição Duarte", "fundicao-duarte"],
  ["  ISO 9001 · 2026 ", "iso-9001-2026"],
  ["Straße", "strasse"],
  ["محمد", ""],
])("of %s is made %s", (title, name) => {
  expect(nameOf(title)).toBe(name);
});

test("however long the title, the server takes the name", () => {
  const name = nameOf(`${"a".repeat(63)} ${"b".repeat(90)}`);
  expect(name).toHaveLength(63);
  expect(name).toMatch(new RegExp(`^${NAME_PATTERN}$`, "v"));
});
