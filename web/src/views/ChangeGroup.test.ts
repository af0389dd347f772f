// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";

import { ProblemError } from "../client/http";
import { readProblem } from "../protocol/problems";
import { language } from "../stores/language.svelte";
import type { Workspace } from "../stores/workspace.svelte";
import { renderIn } from "../testing/rendering";
import { QUALITY, workspaceOf } from "../testing/workspaces";
import ChangeGroup from "./ChangeGroup.svelte";

const api = { groups: vi.fn(), changeGroup: vi.fn() };
const onclose = vi.fn();
let workspace: Workspace;

const title = () => screen.getByTestId<HTMLInputElement>("change-group-title");
const button = () => screen.getByTestId("change-group-submit");
const follows = () => screen.getByTestId("consequence").textContent;

async function choose(visibility: string): Promise<void> {
  await fireEvent.change(screen.getByTestId("change-group-visibility"), {
    target: { value: visibility },
  });
}

beforeEach(async () => {
  language.choose("en");
  onclose.mockReset();
  api.groups.mockReset().mockResolvedValue({ items: [QUALITY] });
  api.changeGroup.mockReset().mockResolvedValue({ ...QUALITY, title: "Quality 2" });
  workspace = workspaceOf(api);
  await workspace.groups.load();
  renderIn(workspace, ChangeGroup, { group: QUALITY, onclose });
});

test("a title is changed and nothing else, and nothing follows from it", async () => {
  expect([title().value, button().textContent, follows()]).toEqual(["Quality", "Save", ""]);
  await fireEvent.input(title(), { target: { value: " Quality 2 " } });
  await fireEvent.submit(title());
  expect(api.changeGroup).toHaveBeenCalledExactlyOnceWith("quality", { title: "Quality 2" });
  await waitFor(() => expect(onclose).toHaveBeenCalled());
  expect(workspace.groups.titleOf("quality")).toBe("Quality 2");
});

test("what follows from it is said before a group is opened, and the button says what it does", async () => {
  await choose("open");
  expect(follows()).toContain("All employees will find the group");
  expect(button().textContent).toBe("Save and make it open");
  await choose("closed");
  expect([follows(), button().textContent]).toEqual(["", "Save"]);
  await choose("secret");
  expect(button().textContent).toBe("Save and make it secret");
  expect(api.changeGroup).not.toHaveBeenCalled();
  await fireEvent.submit(title());
  expect(api.changeGroup).toHaveBeenCalledExactlyOnceWith("quality", { visibility: "secret" });
});

test("where nothing is another one, nothing is asked of the server", async () => {
  await fireEvent.submit(title());
  await waitFor(() => expect(onclose).toHaveBeenCalled());
  expect(api.changeGroup).not.toHaveBeenCalled();
});

test.each([
  [403, "forbidden", "you own this one no more"],
  [422, "invalid", "one line with something to read"],
  [404, "not_found", "nothing here"],
])("a refusal %i says what it means, and what was written stays", async (status, code, said) => {
  api.changeGroup.mockRejectedValue(new ProblemError(readProblem(status, { code })));
  await fireEvent.input(title(), { target: { value: "Quality 2" } });
  await fireEvent.submit(title());
  expect((await screen.findByTestId("change-group-error")).textContent).toContain(said);
  expect(title().value).toBe("Quality 2");
  expect(onclose).not.toHaveBeenCalled();
});
