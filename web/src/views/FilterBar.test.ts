// @vitest-environment happy-dom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";

import type { Failure } from "../stores/failure";
import { language } from "../stores/language.svelte";
import { readPlace } from "../stores/place";
import FilterBar from "./FilterBar.svelte";

beforeEach(() => {
  language.choose("en");
  location.hash = "#/";
});

function show(query: string, failure: Failure | null = null): void {
  render(FilterBar, { query, failure });
}

function queried(): string {
  return readPlace(location.hash).query;
}

test("a chip switches its term on and off", async () => {
  show("");
  await fireEvent.click(screen.getByTestId("filter-type:Question"));
  expect(queried()).toBe("type:Question");
});

test("a chip that is on is switched off, and the rest stays", async () => {
  show("tag:audit mention:me");
  const chip = screen.getByTestId("filter-mention:me");
  expect(chip.getAttribute("aria-pressed")).toBe("true");
  await fireEvent.click(chip);
  expect(queried()).toBe("tag:audit");
});

test("terms are shown in words", () => {
  show('level:confidential -from:@ci "four eyes" has:link');
  expect(
    screen.getAllByTestId("filter-term").map(({ textContent }) => textContent?.trim()),
  ).toEqual(["Level: Confidential", "not From: @ci", "“four eyes”", "Has: Link"]);
});

test("a term that is written twice is one chip, and goes as one", async () => {
  show("tag:audit tag:audit level:public");
  expect(screen.getAllByTestId("filter-term")).toHaveLength(2);
  await fireEvent.click(screen.getByLabelText("Remove Tag: audit"));
  expect(queried()).toBe("level:public");
});

test("a term is removed by its cross", async () => {
  show("tag:audit level:public");
  await fireEvent.click(screen.getByLabelText("Remove Tag: audit"));
  expect(queried()).toBe("level:public");
});

test("a tag is added, quoted where it must be", async () => {
  show("level:public");
  await fireEvent.click(screen.getByTestId("filter-add"));
  await fireEvent.click(screen.getByTestId("filter-add-tag"));
  await fireEvent.input(screen.getByTestId("filter-value"), { target: { value: "#two words" } });
  await fireEvent.submit(screen.getByTestId("filter-value"));
  expect(queried()).toBe('level:public tag:"two words"');
});

test("the query can be edited as text", async () => {
  show("tag:audit");
  await fireEvent.click(screen.getByTestId("filter-as-text"));
  const field = screen.getByTestId<HTMLInputElement>("filter-text");
  expect(field.value).toBe("tag:audit");
  await fireEvent.input(field, { target: { value: " tag:audit -ci " } });
  await fireEvent.submit(field);
  expect(queried()).toBe("tag:audit -ci");
});

test("an error marks its column, counted in characters, and says what the server said", () => {
  show("🦫 type:Qestion", { code: "filter_syntax", detail: "no such type", column: 8 });
  const error = screen.getByTestId("filter-error");
  expect(error.querySelector("mark")?.textContent).toBe("Q");
  expect(error.textContent).toContain("Column 8.");
  expect(error.textContent).toContain("This filter cannot be read.");
  expect(error.textContent).toContain("no such type");
  expect(screen.getByTestId("filter-text").getAttribute("aria-invalid")).toBe("true");
});

test("what is wrong with it is said in the reader's language, and not twice", () => {
  language.choose("de");
  const values = { column: 6, value: "Qestion", choices: "Question, Create" };
  const fault = { reason: "unknown_type", values: { ...values, nearest: "Question" } };
  const detail = "there is no type “Qestion” (did you mean “Question”?) (column 6)";
  show("type:Qestion", { code: "filter_syntax", detail, column: 6, fault });
  const said = screen.getByTestId("filter-error").querySelectorAll("p");
  expect([...said].map(({ textContent }) => textContent)).toEqual([
    "Eine Art „Qestion“ gibt es nicht. Meinten Sie „Question“? Spalte 6.",
  ]);
});

test("a reason that only a newer server knows leaves its own words", () => {
  const fault = { reason: "of_tomorrow", values: {} };
  show("a", { code: "filter_syntax", detail: "not on Sundays", column: 1, fault });
  expect(screen.getByTestId("filter-error").textContent).toContain("not on Sundays");
});

test("another failure is not the filter's", () => {
  show("tag:audit", { code: "network", detail: "", column: null });
  expect(screen.queryByTestId("filter-error")).toBeNull();
});
