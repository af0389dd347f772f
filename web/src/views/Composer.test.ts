// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { ProblemError } from "../client/http";
import { language } from "../stores/language.svelte";
import type { Workspace } from "../stores/workspace.svelte";
import { activity } from "../testing/activities";
import { renderIn } from "../testing/rendering";
import { QUALITY, workspaceOf } from "../testing/workspaces";
import Composer from "./Composer.svelte";

const api = {
  groups: vi.fn(),
  members: vi.fn(),
  publish: vi.fn(),
  activity: vi.fn(),
  audience: vi.fn(),
  preview: vi.fn(),
};
let workspace: Workspace;

beforeEach(async () => {
  localStorage.clear();
  language.choose("en");
  api.groups.mockReset().mockResolvedValue({ items: [QUALITY] });
  api.members.mockReset().mockResolvedValue({
    items: [{ type: "person", name: "Jonas Brandt", handle: "jonas", role: "member" }],
  });
  api.publish.mockReset().mockResolvedValue({ id: "1", stream: "s", seq: 1, published: "" });
  api.activity.mockReset().mockResolvedValue(activity(1));
  const readers = { owner: 1, member: 3 };
  api.audience.mockReset().mockResolvedValue({
    items: [
      {
        group: "quality",
        level: "public",
        readers: { ...readers, guest: 1 },
        externals: [{ name: "Gus Gast", handle: "gus" }],
      },
      { group: "quality", level: "internal", readers },
    ],
  });
  api.preview.mockReset().mockResolvedValue({
    level: "confidential",
    raised: [{ rule: "pay", group: "quality" }],
    audience: [{ group: "quality", level: "confidential", readers: { owner: 1 } }],
    inbox: ["jonas"],
    unreached: ["olga"],
  });
  workspace = workspaceOf(api);
  await workspace.groups.load();
});

function field(): HTMLTextAreaElement {
  return screen.getByTestId<HTMLTextAreaElement>("composer-text");
}

async function type(text: string): Promise<void> {
  field().setSelectionRange(text.length, text.length);
  await fireEvent.input(field(), { target: { value: text } });
  field().setSelectionRange(text.length, text.length);
  await fireEvent.keyUp(field());
}

function options(testid: string): string[] {
  return [...screen.getByTestId<HTMLSelectElement>(testid).options].map(({ value }) => value);
}

describe("a post", () => {
  beforeEach(() => renderIn(workspace, Composer, { group: "quality" }));

  test("goes out with Ctrl+Enter, and the field is empty again", async () => {
    await type("hello #audit");
    await fireEvent.keyDown(field(), { key: "Enter", ctrlKey: true });
    await waitFor(() => expect(field().value).toBe(""));
    const body = { type: "Create", content: "hello #audit", level: "internal" };
    expect(api.publish).toHaveBeenCalledWith("quality", body, "key");
  });

  test("goes out with its kind and level", async () => {
    await type("who?");
    await fireEvent.change(screen.getByTestId("composer-type"), { target: { value: "Question" } });
    await fireEvent.change(screen.getByTestId("composer-level"), { target: { value: "public" } });
    await fireEvent.click(screen.getByTestId("composer-send"));
    const body = { type: "Question", content: "who?", level: "public" };
    expect(api.publish).toHaveBeenCalledWith("quality", body, "key");
  });

  test("that is refused keeps its text and says why", async () => {
    const problem = { type: "", title: "", status: 403, code: "level_not_allowed", detail: "" };
    api.publish.mockRejectedValueOnce(new ProblemError({ ...problem, retry: false }));
    await type("hello");
    await fireEvent.click(screen.getByTestId("composer-send"));
    const error = await screen.findByTestId("composer-error");
    expect(error.textContent).toContain("You may not write at that level here.");
    expect(field().value).toBe("hello");
  });

  test("without text cannot be sent", async () => {
    await type("   ");
    await fireEvent.focusIn(field());
    expect(screen.getByTestId<HTMLButtonElement>("composer-send").disabled).toBe(true);
    await fireEvent.keyDown(field(), { key: "Enter", ctrlKey: true });
    expect(api.publish).not.toHaveBeenCalled();
  });

  test("is previewed as soon as it looks other than it is written", async () => {
    await type("plain");
    expect(screen.queryByTestId("preview")).toBeNull();
    await type("with `code`");
    expect(screen.getByTestId("preview").querySelector("code")?.textContent).toBe("code");
  });

  test("is not changed while it is being sent", async () => {
    api.publish.mockReturnValueOnce(new Promise(() => undefined));
    await type("hello");
    await fireEvent.click(screen.getByTestId("composer-send"));
    expect(field().readOnly).toBe(true);
  });

  test("can be completed with a member's handle", async () => {
    await type("hi @jo");
    const people = await screen.findByRole("listbox");
    expect(people.textContent).toContain("Jonas Brandt");
    await fireEvent.keyDown(field(), { key: "Enter" });
    expect(field().value).toBe("hi @jonas ");
    expect(api.publish).not.toHaveBeenCalled();
  });
});

describe("who will see it", () => {
  beforeEach(() => renderIn(workspace, Composer, { group: "quality" }));

  test("names externals before anything is sent, at the levels that they read", async () => {
    await type("hello");
    await waitFor(() => expect(api.audience).toHaveBeenCalledWith("quality"));
    expect(screen.queryByTestId("external-notice")).toBeNull();
    await fireEvent.change(screen.getByTestId("composer-level"), { target: { value: "public" } });
    const notice = await screen.findByTestId("external-notice");
    expect(notice.textContent).toContain("Gus Gast");
    expect(api.publish).not.toHaveBeenCalled();
  });

  test("is told on demand, with what rules make of it and whom it will not reach", async () => {
    await type("the pay @olga @jonas");
    await fireEvent.click(screen.getByTestId("ask-audience"));
    const told = await screen.findByTestId("audience-preview");
    expect(told.textContent).toContain("Will be raised to Confidential, because of “pay”.");
    expect(told.textContent).toContain("1 owner");
    expect(told.textContent).toContain("@jonas");
    expect(screen.getByTestId("will-not-reach").textContent).toContain("@olga");
    const body = { type: "Create", content: "the pay @olga @jonas", level: "internal" };
    expect(api.preview).toHaveBeenCalledWith("quality", body);
    await type("the pay");
    expect(screen.queryByTestId("audience-preview")).toBeNull();
  });

  test("is said after sending where a rule raised it", async () => {
    const receipt = { id: "1", stream: "s", seq: 1, published: "", level: "confidential" };
    api.publish.mockResolvedValueOnce({ ...receipt, raised: [{ rule: "pay" }] });
    await type("the pay");
    await fireEvent.click(screen.getByTestId("composer-send"));
    const told = await screen.findByTestId("was-raised");
    expect(told.textContent).toContain("Raised to Confidential, because of “pay”.");
  });

  test("is no question for those whom a rule refuses: they learn its name", async () => {
    const errors = { level: "confidential", raised: [{ rule: "pay" }] };
    const problem = { type: "", title: "", status: 403, code: "above_clearance", detail: "" };
    api.publish.mockRejectedValueOnce(new ProblemError({ ...problem, retry: false, errors }));
    await type("the pay");
    await fireEvent.click(screen.getByTestId("composer-send"));
    expect((await screen.findByTestId("composer-error")).textContent).toContain("“pay” makes this");
    expect(field().value).toBe("the pay");
  });
});

describe("a reply", () => {
  test("is at least as confidential as what it answers", async () => {
    const parent = activity(7, { level: "confidential" });
    renderIn(workspace, Composer, { group: "quality", parent });
    await type("yes");
    expect(options("composer-level")).toEqual(["confidential"]);
    await fireEvent.click(screen.getByTestId("composer-send"));
    expect(api.publish.mock.calls[0]?.[1]).toMatchObject({
      inReplyTo: parent.id,
      level: "confidential",
    });
  });
});

describe("on the home page", () => {
  test("the group is chosen", async () => {
    renderIn(workspace, Composer, { group: null });
    await type("hello");
    expect(options("composer-group")).toEqual(["quality"]);
  });
});
