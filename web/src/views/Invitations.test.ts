// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";

import { ProblemError } from "../client/http";
import type { Role } from "../protocol/answers";
import { language } from "../stores/language.svelte";
import { renderIn } from "../testing/rendering";
import { workspaceOf } from "../testing/workspaces";
import Invitations from "./Invitations.svelte";

const OLGA = { id: "p-olga", type: "Person", name: "Olga", handle: "olga" };
const MADE = {
  id: "i-1",
  group: "quality",
  title: "Quality",
  state: "offered",
  inviter: { id: "p-mia", type: "Person", name: "Mia", handle: "mia" },
  whom: OLGA,
  created: "2026-11-22T10:00:00Z",
  expires: "2026-12-06T10:00:00Z",
};

const api = { invite: vi.fn(), invited: vi.fn(), putMember: vi.fn() };
const changed = vi.fn();

async function open(mine: Role): Promise<void> {
  renderIn(workspaceOf(api), Invitations, { group: "quality", mine, changed });
  await fireEvent.click(screen.getByTestId("invite"));
}

async function fill(name: string, value: string): Promise<void> {
  await fireEvent.input(screen.getByTestId(name), { target: { value } });
}

function offered(): string[] {
  return [...screen.getByTestId<HTMLSelectElement>("invite-role").options].map(({ text }) => text);
}

beforeEach(() => {
  language.choose("en");
  changed.mockReset();
  api.putMember.mockReset();
  api.invite.mockReset().mockResolvedValue(MADE);
  api.invited.mockReset().mockResolvedValue({ items: [] });
});

test.each([
  ["member", ["Member (guests stay guests)", "Guest"]],
  ["moderator", ["Member (guests stay guests)", "Guest", "Moderator"]],
  ["owner", ["Member (guests stay guests)", "Guest", "Moderator", "Owner"]],
] as const)("a %s gives no role above their own", async (mine, roles) => {
  await open(mine);
  expect(offered()).toEqual(roles);
});

test("without a choice it is for good, as what suits the person", async () => {
  await open("owner");
  await fill("invite-whom", " olga ");
  await fireEvent.submit(screen.getByTestId("invite-whom"));
  await waitFor(() => expect(screen.getByTestId("invited").textContent).toContain("Olga"));
  expect(api.invite).toHaveBeenCalledWith("quality", { subject: "olga" });
});

test("a role and a last day are chosen, and gone for the next one", async () => {
  await open("owner");
  await fill("invite-whom", "olga");
  const role = screen.getByLabelText("Role");
  await fireEvent.change(role, { target: { value: "moderator" } });
  await fill("invite-until", "2999-12-24");
  await fireEvent.submit(screen.getByTestId("invite-whom"));
  const expires = new Date(2999, 11, 24, 23, 59, 59).toISOString();
  const wanted = { subject: "olga", role: "moderator", expires };
  expect(api.invite).toHaveBeenCalledWith("quality", wanted);
  await screen.findByTestId("invited");
  await fireEvent.click(screen.getByTestId("invite"));
  expect(screen.getByTestId<HTMLSelectElement>("invite-role").value).toBe("");
  expect(screen.getByTestId<HTMLInputElement>("invite-until").value).toBe("");
});

test("a team is in at once, and the members are looked at again", async () => {
  const problem = { type: "", title: "", status: 409, code: "conflict", detail: "", retry: false };
  api.invite.mockRejectedValue(new ProblemError({ ...problem, errors: { reason: "team" } }));
  await open("owner");
  await fill("invite-whom", "team:core");
  await fireEvent.submit(screen.getByTestId("invite-whom"));
  expect((await screen.findByTestId("entered")).textContent).toBe("team:core is in the group now.");
  expect(api.putMember).toHaveBeenCalledWith("quality", { subject: "team:core" });
  expect(changed).toHaveBeenCalledOnce();
});

test.each([
  ["conflict", "invited already"],
  ["guest_limit", "can only be guests"],
  ["not_found", "Nobody has that name"],
  ["rate_limited", "Too many attempts"],
])("a refusal with %s says what that means here", async (code, said) => {
  const problem = { type: "", title: "", status: 409, code, detail: "", retry: false };
  api.invite.mockRejectedValue(new ProblemError(problem));
  await open("owner");
  await fill("invite-whom", "olga");
  await fireEvent.submit(screen.getByTestId("invite-whom"));
  expect((await screen.findByTestId("invite-error")).textContent).toContain(said);
});

test("who is invited is listed with what they would be, and until when", async () => {
  const until = new Date(2999, 11, 24, 23, 59, 59).toISOString();
  api.invited.mockResolvedValue({ items: [{ ...MADE, role: "moderator", until }] });
  await open("owner");
  const list = await screen.findByTestId("pending");
  expect(list.textContent).toMatch(/Moderator · until (24 December|December 24,) 2999 ·/u);
});
