// @vitest-environment happy-dom
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeEach, describe, expect, test } from "vitest";

import { ACTIVITY_TYPES, LEVELS, POST_TYPES } from "../protocol/activities";
import { CLOSE_CODES, ERROR_CODES, FILTER_FAULTS } from "../protocol/codes";
import { isTextKey, language, t, tn } from "./language.svelte";
import de from "./texts/de";
import en from "./texts/en";

const SOURCE = join(import.meta.dirname, "..");

function sources(): string {
  const names = readdirSync(SOURCE, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => /\.(ts|svelte)$/.test(name) && !/test|texts/.test(name));
  return files.map((name) => readFileSync(join(SOURCE, name), "utf8")).join("\n");
}

/** Whether a key is written in the source, whole, as a count, or as a template's beginning and end. */
function isUsed(key: string, source: string): boolean {
  if (source.includes(`"${key}"`) || source.includes(`'${key}'`)) return true;
  const counted = key.replace(/\.(one|other)$/, "");
  if (counted !== key && source.includes(`"${counted}"`)) return true;
  const templates = source.matchAll(/`([a-z_.]*)\$\{[^`]*?\}([a-z_.]*)`/g);
  return [...templates].some(
    ([, start = "", end = ""]) =>
      start + end !== "" && start.endsWith(".") && key.startsWith(start) && key.endsWith(end),
  );
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
}

describe("the catalogues", () => {
  test("have the same keys, in the same order", () => {
    expect(Object.keys(de)).toEqual(Object.keys(en));
  });

  test("have no key that nothing uses", () => {
    const source = sources();
    expect(Object.keys(en).filter((key) => !isUsed(key, source))).toEqual([]);
  });

  test.each(Object.keys(en).filter(isTextKey))("say %s with the same values", (key) => {
    expect(de[key]).not.toBe("");
    expect(placeholders(de[key])).toEqual(placeholders(en[key]));
  });

  test("have a sentence for every error that the server knows", () => {
    expect(ERROR_CODES.map(({ code }) => `error.${code}`).filter((key) => !isTextKey(key))).toEqual(
      [],
    );
  });

  test("have a sentence for everything that can be wrong with a filter, with the same values", () => {
    for (const { reason, message } of FILTER_FAULTS) {
      const key = `filter.fault.${reason}`;
      const values = placeholders(message).filter((name) => name !== "{hint}");
      expect([key, isTextKey(key) && placeholders(en[key])]).toEqual([key, values]);
    }
  });

  test("have a sentence for every close that the client does not mend", () => {
    const final = CLOSE_CODES.filter(({ reaction }) => reaction === "stay_away");
    expect(final.map(({ name }) => `close.${name}`).filter((key) => !isTextKey(key))).toEqual([]);
  });

  test("have the levels and the kinds of post, which are kinds of activity", () => {
    for (const level of LEVELS) expect(isTextKey(`level.${level}`)).toBe(true);
    for (const type of POST_TYPES) {
      expect(ACTIVITY_TYPES).toContain(type);
      expect(isTextKey(`type.${type}`)).toBe(true);
    }
  });
});

describe("texts", () => {
  beforeEach(() => language.choose("en"));

  test("take values, and leave what they do not get", () => {
    expect(t("quiet.joined", { name: "Mia", group: "Quality" })).toBe("Mia joined Quality");
    expect(t("quiet.joined", { name: "Mia" })).toBe("Mia joined {group}");
  });

  test("a value is never taken for a placeholder's pattern", () => {
    expect(t("quiet.joined", { name: "$&{group}", group: "Q" })).toBe("$&{group} joined Q");
  });

  test("a value written from the right turns round nothing beside it", () => {
    expect(t("quiet.joined", { name: "محمد", group: "Q 7" })).toBe("\u2068محمد\u2069 joined Q 7");
  });

  test("counts have their form and their figures", () => {
    expect([tn("feed.new", 1), tn("feed.new", 3)]).toEqual(["1 new post", "3 new posts"]);
    language.choose("de");
    expect([tn("feed.new", 1), tn("feed.new", 3)]).toEqual(["1 neuer Beitrag", "3 neue Beiträge"]);
  });

  test("the choice is kept and told to the page", () => {
    language.choose("de");
    expect(localStorage.getItem("headrace.language")).toBe("de");
    expect(document.documentElement.lang).toBe("de");
  });
});
