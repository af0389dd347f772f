// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from "vitest";

import { NetworkError, ProblemError } from "../client/http";
import type { Pending } from "../protocol/answers";
import { actor } from "../testing/activities";
import { Entrance } from "./entrance.svelte";
import type { Group } from "./groups.svelte";

const OPEN: Group = { name: "lunch", title: "Lunch", kind: "community", visibility: "open" };
const CLOSED: Group = { ...OPEN, name: "board", title: "The board", visibility: "closed" };

function pending(state: Pending["state"], group: string): Pending {
  const times = { created: "2026-11-21T10:00:00Z", expires: "2026-12-05T10:00:00Z" };
  return { id: `${state}-${group}`, group, title: group, state, inviter: actor("mia"), ...times };
}

const api = {
  join: vi.fn(),
  askToJoin: vi.fn(),
  joinRequests: vi.fn(),
  acceptRequest: vi.fn(),
  dropRequest: vi.fn(),
  invitations: vi.fn(),
  acceptInvitation: vi.fn(),
  declineInvitation: vi.fn(),
  invite: vi.fn(),
  putMember: vi.fn(),
  invited: vi.fn(),
  approveInvitation: vi.fn(),
  revokeInvitation: vi.fn(),
};
let entrance: Entrance;

beforeEach(() => {
  for (const call of Object.values(api)) call.mockReset().mockResolvedValue(undefined);
  entrance = new Entrance(api, "olga");
});

describe("coming in", () => {
  test("is joining, where the group is open", async () => {
    await entrance.enter(OPEN);
    expect(api.join).toHaveBeenCalledWith("lunch", "olga");
    expect(api.askToJoin).not.toHaveBeenCalled();
  });

  test("is asking, where it is closed, until that is withdrawn", async () => {
    const asked = pending("asked", "board");
    api.askToJoin.mockResolvedValue(asked);
    await entrance.enter(CLOSED);
    expect(entrance.hasAsked("board")).toBe(true);
    expect(entrance.hasAsked("lunch")).toBe(false);
    await entrance.withdraw("board");
    expect(api.dropRequest).toHaveBeenCalledWith(asked);
    expect(entrance.hasAsked("board")).toBe(false);
  });
});

describe("an invitation", () => {
  const offered = pending("offered", "board");

  beforeEach(async () => {
    api.invitations.mockResolvedValue({ items: [offered, pending("asked", "lunch")] });
    await entrance.load();
  });

  test("is there beside what one has asked for", () => {
    expect(entrance.invitations).toEqual([offered]);
    expect(entrance.hasAsked("lunch")).toBe(true);
  });

  test.each([
    [true, "acceptInvitation"],
    [false, "declineInvitation"],
  ] as const)("is answered with %s, and gone", async (accept, call) => {
    await entrance.answer(offered, accept);
    expect(api[call]).toHaveBeenCalledWith(offered);
    expect(entrance.invitations).toEqual([]);
  });

  test("stays where the answer did not arrive", async () => {
    api.acceptInvitation.mockRejectedValue(new NetworkError("offline"));
    await expect(entrance.answer(offered, true)).rejects.toThrow();
    expect(entrance.invitations).toEqual([offered]);
  });
});

describe("those who ask", () => {
  const request = pending("asked", "board");

  test("are answered", async () => {
    api.joinRequests.mockResolvedValue({ items: [request] });
    expect(await entrance.requests("board")).toEqual([request]);
    await entrance.answerRequest(request, true);
    expect(api.acceptRequest).toHaveBeenCalledWith(request);
    await entrance.answerRequest(request, false);
    expect(api.dropRequest).toHaveBeenCalledWith(request);
  });

  test("are nobody to those who do not answer", async () => {
    const forbidden = { status: 403, code: "forbidden" } as ConstructorParameters<
      typeof ProblemError
    >[0];
    api.joinRequests.mockRejectedValue(new ProblemError(forbidden));
    expect(await entrance.requests("board")).toEqual([]);
  });
});

describe("inviting others", () => {
  const proposed = pending("consent", "board");

  test("is as something, and for good or not", async () => {
    api.invite.mockResolvedValue(proposed);
    const wanted = { subject: "olga", role: "moderator", expires: "2026-12-24T22:59:59Z" } as const;
    expect(await entrance.invite("board", wanted)).toEqual(proposed);
    expect(api.invite).toHaveBeenLastCalledWith("board", wanted);
  });

  test("takes a team in at once, which has nobody to answer", async () => {
    const problem = {
      type: "",
      title: "",
      status: 409,
      code: "conflict",
      detail: "",
      retry: false,
    };
    api.invite.mockRejectedValue(new ProblemError({ ...problem, errors: { reason: "team" } }));
    const wanted = { subject: "team:core", role: "guest" } as const;
    expect(await entrance.invite("board", wanted)).toBeNull();
    expect(api.putMember).toHaveBeenCalledWith("board", wanted);
    api.invite.mockRejectedValue(new ProblemError(problem));
    await expect(entrance.invite("board", wanted)).rejects.toThrow(ProblemError);
    expect(api.putMember).toHaveBeenCalledTimes(1);
  });

  test("is listed, agreed to and taken back", async () => {
    api.invited.mockResolvedValue({ items: [proposed] });
    expect(await entrance.invited("board")).toEqual([proposed]);
    await entrance.approve(proposed);
    expect(api.approveInvitation).toHaveBeenCalledWith(proposed);
    await entrance.revoke(proposed);
    expect(api.revokeInvitation).toHaveBeenCalledWith(proposed);
  });
});
