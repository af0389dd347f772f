// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { ProblemError } from "../client/http";
import type { Role } from "../protocol/answers";
import { language } from "../stores/language.svelte";
import { activity } from "../testing/activities";
import { renderIn } from "../testing/rendering";
import { QUALITY, workspaceOf } from "../testing/workspaces";
import WhoSees from "./WhoSees.svelte";

const PLACE = {
  group: "quality",
  level: "internal",
  sees: true,
  reason: "reads",
  seq: 4,
  head: 9,
  role: "member",
  ways: [{ teams: ["core"], role: "member" }],
  live: true,
};

const api = {
  groups: vi.fn(),
  explain: vi.fn(),
  audience: vi.fn(),
  levelChanges: vi.fn(),
  changeLevel: vi.fn(),
};
const close = vi.fn();

async function open(role: Role): Promise<void> {
  api.groups.mockReset().mockResolvedValue({ items: [{ ...QUALITY, role }] });
  const workspace = workspaceOf(api);
  await workspace.groups.load();
  renderIn(workspace, WhoSees, { activity: activity(1), onclose: close });
}

beforeEach(() => {
  language.choose("en");
  close.mockReset();
  const person = { name: "Mia", handle: "mia" };
  api.explain
    .mockReset()
    .mockResolvedValue({ activity: "1", person, sees: true, at: "", places: [PLACE] });
  const readers = { owner: 1, member: 2 };
  api.audience
    .mockReset()
    .mockResolvedValue({ items: [{ group: "quality", level: "internal", readers }] });
  api.levelChanges.mockReset().mockResolvedValue({
    items: [
      {
        at: "2026-11-21T10:00:00Z",
        by: { id: "p", type: "Person", name: "Ida", handle: "ida" },
        was: "public",
        became: "internal",
        reason: "not for customers",
      },
      {
        at: "2026-11-21T10:00:00Z",
        by: { id: "p", type: "Person", name: "Ida", handle: "ida" },
        was: "internal",
        became: "confidential",
      },
    ],
  });
  api.changeLevel.mockReset().mockResolvedValue(activity(2));
});

describe("who sees this", () => {
  test("says who reads it, why I do, and how its level changed", async () => {
    await open("member");
    const mine = await screen.findByTestId("explanation");
    expect(mine.textContent).toContain("Sees it in Quality: reads the level Internal there.");
    expect(mine.textContent).toContain("through core · number 4 of 9 · came in live");
    expect(screen.getByTestId("audience").textContent).toContain("2 members");
    const changes = screen.getByTestId("level-changes").textContent;
    expect(changes).toContain("Ida: Public → Internal");
    expect(changes, "at the same moment").toContain("Ida: Internal → Confidential");
    expect(screen.queryByTestId("who-person")).toBeNull();
    expect(screen.queryByTestId("who-level")).toBeNull();
  });

  test("tells moderators of somebody else", async () => {
    await open("moderator");
    await screen.findByTestId("explanation");
    const place = { ...PLACE, sees: false, reason: "level", clearance: "public", ways: [] };
    const person = { name: "Gus Gast", handle: "gus" };
    api.explain.mockResolvedValue({ activity: "1", person, sees: false, at: "", places: [place] });
    await fireEvent.input(screen.getByTestId("who-person"), { target: { value: "gus" } });
    await fireEvent.click(screen.getByTestId("who-ask"));
    const other = await screen.findByTestId("explanation-other");
    expect(other.textContent).toContain("reads Quality up to Public, and this is Internal");
    expect(api.explain).toHaveBeenLastCalledWith(activity(1).id, "gus");
  });

  test("lets moderators lower the level with a reason", async () => {
    await open("moderator");
    await screen.findByTestId("explanation");
    await fireEvent.change(screen.getByTestId("who-level"), { target: { value: "public" } });
    await fireEvent.input(screen.getByTestId("who-reason"), { target: { value: "harmless" } });
    await fireEvent.click(screen.getByTestId("who-change"));
    await waitFor(() => expect(close).toHaveBeenCalled());
    expect(api.changeLevel).toHaveBeenCalledWith(activity(1).id, "public", "harmless");
  });

  test("stays open and says what went wrong", async () => {
    await open("owner");
    await screen.findByTestId("explanation");
    const problem = { type: "", title: "", status: 403, code: "level_not_allowed", detail: "" };
    api.changeLevel.mockRejectedValueOnce(new ProblemError({ ...problem, retry: false }));
    await fireEvent.change(screen.getByTestId("who-level"), { target: { value: "confidential" } });
    await fireEvent.click(screen.getByTestId("who-change"));
    expect((await screen.findByRole("alert")).textContent).toContain("You may not");
    expect(close).not.toHaveBeenCalled();
  });
});
