/** WCAG 2.2, success criterion 1.4.3: text has a contrast of at least 4.5 to what it stands on. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

const TOKENS = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");
const LEAST = 4.5;

/** A colour in light and in dark. */
function pair(name: string): [light: string, dark: string] {
  const found = new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`, "v").exec(TOKENS);
  if (!found?.[1] || !found[2]) throw new Error(`there is no colour ${name}`);
  return [found[1], found[2]];
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

const GROUNDS = ["ground", "surface", "raised", "sunken"];
const TEXTS = ["ink", "ink-2", "ink-3", "water", "brass", "brick"];
const TINTS = ["water", "brass", "slate", "brick", "moss", "plum"];

test.each([
  ...GROUNDS.flatMap((ground) => TEXTS.map((text) => [text, ground] as const)),
  ...TINTS.map((tint) => [tint, `${tint}-soft`] as const),
  ["water-ink", "water"],
  ["water-ink", "water-strong"],
] as const)("%s can be read on %s, in light and in dark", (text, ground) => {
  const [light, dark] = [0, 1].map((at) => contrast(pair(text)[at] ?? "", pair(ground)[at] ?? ""));
  expect(light).toBeGreaterThanOrEqual(LEAST);
  expect(dark).toBeGreaterThanOrEqual(LEAST);
});
