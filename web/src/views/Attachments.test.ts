// @vitest-environment happy-dom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";

import type { Attachment } from "../protocol/activities";
import { language } from "../stores/language.svelte";
import Attachments from "./Attachments.svelte";

const IMAGE: Attachment = {
  type: "Image",
  id: "1",
  url: "/api/v1/files/1",
  name: "hall.jpg",
  size: 2_400_000,
  width: 4_000,
  height: 3_000,
  preview: "/api/v1/files/1/preview",
};

beforeEach(() => language.choose("en"));

function shown(...items: Attachment[]): HTMLElement {
  return render(Attachments, { items }).container;
}

test("an image shows its small one, at a size known beforehand", () => {
  const image = shown(IMAGE).querySelector("img");
  expect(image?.getAttribute("src")).toBe(IMAGE.preview);
  expect([image?.getAttribute("width"), image?.getAttribute("height")]).toEqual(["360", "270"]);
  expect(image?.getAttribute("alt")).toBe("hall.jpg");
});

test("an image opens whole, and the next one follows", async () => {
  HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  shown(IMAGE, { ...IMAGE, id: "2", url: "/api/v1/files/2", name: "roof.jpg" });
  await fireEvent.click(screen.getAllByTestId("image")[0] as HTMLElement);
  const viewer = screen.getByTestId("viewer");
  expect(viewer.querySelector("img")?.getAttribute("src")).toBe("/api/v1/files/1");
  await fireEvent.keyDown(viewer, { key: "ArrowRight" });
  expect(viewer.querySelector("img")?.getAttribute("src")).toBe("/api/v1/files/2");
  await fireEvent.keyDown(viewer, { key: "ArrowRight" });
  expect(viewer.textContent).toContain("1 / 2");
});

test("what is attached twice is shown twice, and breaks nothing", () => {
  const video: Attachment = { type: "Video", id: "3", url: "/api/v1/files/3" };
  const link: Attachment = { type: "Link", url: "https://example.org/x" };
  const element = shown(IMAGE, IMAGE, video, video, link, link);
  expect(element.querySelectorAll("img, video, a")).toHaveLength(6);
});

test("a film has controls, and does not come before it is wanted", () => {
  const video = shown({ type: "Video", id: "3", url: "/api/v1/files/3" }).querySelector("video");
  expect(video?.hasAttribute("controls")).toBe(true);
  expect(video?.getAttribute("preload")).toBe("metadata");
});

test("a document is saved under its name, and says how large it is", () => {
  const file = shown({ type: "Document", id: "4", url: "/x", name: "plan.pdf", size: 1_500 });
  const link = file.querySelector("a");
  expect(link?.getAttribute("download")).toBe("plan.pdf");
  expect(link?.textContent).toContain("1.5 kB");
});

test("what only says that it is an image is a link, and is not fetched", () => {
  const element = shown({ type: "Image", url: "https://example.org/spy.png", preview: "/x" });
  expect(element.querySelector("img")).toBeNull();
  expect(element.querySelector("a")?.getAttribute("href")).toBe("https://example.org/spy.png");
});

test.each([
  "javascript:alert(1)",
  "data:text/html,x",
  "//example.org/x",
  "blob:x",
  " javascript:x",
])("%s is not shown at all", (url) => {
  expect(shown({ url, id: "1", type: "Image", preview: "/x" }).textContent.trim()).toBe("");
});
