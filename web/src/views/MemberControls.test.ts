// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";

import { ProblemError } from "../client/http";
import type { MemberAnswer, Role } from "../protocol/answers";
import { language } from "../stores/language.svelte";
import { router } from "../stores/router.svelte";
import type { Workspace } from "../stores/workspace.svelte";
import { renderIn } from "../testing/rendering";
import { QUALITY, workspaceOf } from "../testing/workspaces";
import MemberControls from "./MemberControls.svelte";

const OLGA: MemberAnswer = {
  type: "person",
  name: "Olga",
  handle: "olga",
  role: "member",
  kind: "employee",
};
const ME: MemberAnswer = { ...OLGA, name: "Mia", handle: "mia" };
const api = { groups: vi.fn(), invitations: vi.fn(), putMember: vi.fn(), dropMember: vi.fn() };
const changed = vi.fn();

async function show(member: MemberAnswer, mine: Role, group = QUALITY): Promise<Workspace> {
  api.groups.mockResolvedValue({ items: [group] });
  const workspace = workspaceOf(api);
  await workspace.groups.load();
  renderIn(workspace, MemberControls, { group: "quality", member, mine, changed });
  return workspace;
}

/** What is offered by the button that gives another role; nothing without one. */
async function roles(): Promise<string[]> {
  const button = screen.queryByTestId("change-role");
  if (!button) return [];
  await fireEvent.click(button);
  return [...screen.getByTestId<HTMLSelectElement>("role-choice").options].map(
    ({ value }) => value,
  );
}

beforeEach(() => {
  language.choose("en");
  for (const mock of [...Object.values(api), changed]) mock.mockReset();
  api.invitations.mockResolvedValue({ items: [] });
});

test.each([
  ["owner", "owner", ["guest", "member", "moderator", "owner"], true],
  ["owner", "member", ["guest", "member", "moderator", "owner"], true],
  ["moderator", "member", ["guest", "member", "moderator"], true],
  ["moderator", "owner", [], false],
  ["member", "member", [], false],
  ["guest", "guest", [], false],
] as const)("a %s may do this about a %s: %s, remove: %s", async (mine, role, offered, removes) => {
  await show({ ...OLGA, role }, mine);
  expect(await roles()).toEqual(offered);
  expect(screen.queryByTestId("remove-member") !== null).toBe(removes);
});

test("who is a guest here stays one", async () => {
  await show({ ...OLGA, kind: "guest", role: "guest" }, "owner");
  expect(await roles()).toEqual([]);
  expect(screen.getByTestId("remove-member").getAttribute("aria-label")).toBe("Remove Olga");
});

test("who does not see until when somebody is in changes nothing about it", async () => {
  await show(OLGA, "moderator", { ...QUALITY, streams: QUALITY.streams?.slice(0, 2) ?? [] });
  expect(await roles()).toEqual([]);
});

test("another role is given, and what has become of it is shown", async () => {
  await show(OLGA, "owner");
  await roles();
  await fireEvent.change(screen.getByTestId("role-choice"), { target: { value: "moderator" } });
  expect(api.putMember).not.toHaveBeenCalled();
  await fireEvent.submit(screen.getByTestId("role"));
  expect(api.putMember).toHaveBeenCalledWith("quality", { subject: "olga", role: "moderator" });
  await waitFor(() => expect(changed).toHaveBeenCalled());
  expect(screen.queryByTestId("role-dialog")).toBeNull();
});

test("why a role was refused is said beside it", async () => {
  const problem = { type: "", title: "", status: 409, detail: "", retry: false };
  api.putMember.mockRejectedValue(new ProblemError({ ...problem, code: "last_owner" }));
  await show({ ...OLGA, role: "owner" }, "owner");
  await roles();
  await fireEvent.submit(screen.getByTestId("role"));
  expect((await screen.findByTestId("role-error")).textContent).toContain("at least one owner");
});

test("nobody is removed without being asked about", async () => {
  await show(OLGA, "owner");
  await fireEvent.click(screen.getByTestId("remove-member"));
  expect(api.dropMember).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByTestId("confirm-drop"));
  expect(api.dropMember).toHaveBeenCalledWith("quality", "olga");
  await waitFor(() => expect(changed).toHaveBeenCalled());
});

test("who leaves is brought home from the group", async () => {
  location.hash = "#/groups/quality?members";
  await show(ME, "member");
  await fireEvent.click(screen.getByTestId("leave"));
  api.groups.mockResolvedValue({ items: [] });
  await fireEvent.click(screen.getByTestId("confirm-drop"));
  await waitFor(() => expect(router.place.page).toBe("home"));
  expect(api.dropMember).toHaveBeenCalledWith("quality", "mia");
});

test("the last owner is told why they stay, and stays where they are", async () => {
  location.hash = "#/groups/quality?members";
  const problem = { type: "", title: "", status: 409, detail: "", retry: false };
  api.dropMember.mockRejectedValue(new ProblemError({ ...problem, code: "last_owner" }));
  const workspace = await show({ ...ME, role: "owner" }, "owner");
  await fireEvent.click(screen.getByTestId("leave"));
  await fireEvent.click(screen.getByTestId("confirm-drop"));
  await waitFor(() => expect(workspace.notice?.code).toBe("last_owner"));
  expect(location.hash).toBe("#/groups/quality?members");
});
