// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { scrolling } from "./scrolling";

/** Tells of sizes when it is asked to, and of what it observes only. */
class Sizes {
  static all: Sizes[] = [];
  private readonly observed: Element[] = [];

  constructor(private readonly changed: () => void) {
    Sizes.all.push(this);
  }

  observe(element: Element): void {
    this.observed.push(element);
  }

  disconnect(): void {
    this.observed.length = 0;
  }

  static of(element: Element): void {
    for (const one of Sizes.all) if (one.observed.includes(element)) one.changed();
  }
}

let text: HTMLElement;
let block: HTMLElement;
let end: () => void;

function measured(content: number, place: number): void {
  Object.defineProperty(block, "scrollWidth", { value: content, configurable: true });
  Object.defineProperty(block, "clientWidth", { value: place, configurable: true });
}

beforeEach(() => {
  text = document.createElement("code");
  block = document.createElement("pre");
  block.append(text);
  vi.stubGlobal("ResizeObserver", Sizes);
  end = scrolling("Wide block of code")(block) as () => void;
});

afterEach(() => {
  end();
  vi.unstubAllGlobals();
  Sizes.all = [];
});

test("what fits its place is no tab stop", () => {
  measured(300, 300);
  Sizes.of(block);
  expect(block.getAttributeNames()).toEqual([]);
});

test("what is cut off is a tab stop that says what it is, until it fits again", () => {
  measured(900, 300);
  Sizes.of(block);
  expect(block.tabIndex).toBe(0);
  expect(block.getAttribute("role")).toBe("group");
  expect(block.getAttribute("aria-label")).toBe("Wide block of code");
  measured(900, 1200);
  Sizes.of(block);
  expect(block.getAttributeNames()).toEqual([]);
});

test("it counts, too, when what it holds grows in the same place", () => {
  measured(900, 300);
  Sizes.of(text);
  expect(block.tabIndex).toBe(0);
});

test("nothing is measured any more once it is gone", () => {
  end();
  measured(900, 300);
  Sizes.of(block);
  Sizes.of(text);
  expect(block.getAttributeNames()).toEqual([]);
});
