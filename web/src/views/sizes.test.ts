// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { language } from "../stores/language.svelte";
import { sizeText } from "./sizes";

test("sizes are told in the unit that fits, as the language writes them", () => {
  language.choose("en");
  expect([0, 1, 999, 1_500, 123_456, 2_411_724].map(sizeText)).toEqual([
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1.5 kB",
    "123 kB",
    "2.4 MB",
  ]);
  language.choose("de");
  expect(sizeText(2_411_724)).toBe("2,4 MB");
});
