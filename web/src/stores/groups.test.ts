// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from "vitest";

import { NetworkError } from "../client/http";
import type { GroupAnswer, MemberAnswer, StreamState } from "../protocol/answers";
import type { ActivityMessage } from "../protocol/messages";
import { activity, actor } from "../testing/activities";
import { Groups } from "./groups.svelte";
import { language } from "./language.svelte";

const ME = actor("mia");

function stream(name: string, level: StreamState["level"], head: number, unread = 0): StreamState {
  return { stream: name, level, head, read: head - unread, unread };
}

const QUALITY: GroupAnswer = {
  name: "quality",
  title: "Quality",
  kind: "team",
  visibility: "closed",
  role: "member",
  streams: [stream("qi", "internal", 10, 2), stream("qp", "public", 4)],
};
const OTHERS: GroupAnswer = { name: "others", title: "Others", kind: "team", visibility: "open" };

const api = {
  groups: vi.fn(),
  createGroup: vi.fn(),
  oneGroup: vi.fn(),
  changeGroup: vi.fn(),
  members: vi.fn(),
  putMember: vi.fn(),
  dropMember: vi.fn(),
  markRead: vi.fn(),
};
let groups: Groups;

beforeEach(async () => {
  api.groups.mockReset().mockResolvedValue({ items: [QUALITY, OTHERS] });
  api.markRead.mockReset().mockResolvedValue(undefined);
  groups = new Groups(api, ME.id);
  await groups.load();
});

function entry(stream: string, seq: number, change = {}): ActivityMessage {
  return { op: "activity", stream, seq, activity: activity(seq, change) };
}

describe("a group that I make", () => {
  const MINE: GroupAnswer = { ...QUALITY, name: "mine-k3ys", title: "Mine" };
  const asked = { name: "mine", title: "Mine", kind: "team", visibility: "secret" } as const;

  beforeEach(() => {
    api.createGroup.mockReset().mockResolvedValue(MINE);
  });

  test("is among mine at once, by the name that it got", async () => {
    api.groups.mockResolvedValue({ items: [QUALITY, MINE] });
    expect(await groups.create(asked)).toBe("mine-k3ys");
    expect(api.createGroup).toHaveBeenCalledWith(asked);
    expect(groups.titleOf("mine-k3ys")).toBe("Mine");
  });

  test("is made although nothing can be asked about it", async () => {
    api.groups.mockRejectedValue(new NetworkError("cut"));
    expect(await groups.create(asked)).toBe("mine-k3ys");
  });
});

describe("a group that changes", () => {
  const NOW: GroupAnswer = { ...QUALITY, title: "Quality and more", visibility: "open" };

  test("by me is at once what the server made of it, and keeps its counts", async () => {
    api.changeGroup.mockResolvedValue(NOW);
    await groups.change("quality", { title: " Quality and more " });
    expect(api.changeGroup).toHaveBeenCalledWith("quality", { title: " Quality and more " });
    expect(groups.get("quality")?.visibility).toBe("open");
    expect(groups.titleOf("quality")).toBe("Quality and more");
    expect(groups.unread("quality")).toBe(2);
  });

  test("by others is looked at, and stays as it is where that fails", async () => {
    api.oneGroup.mockResolvedValueOnce(NOW);
    await groups.look("quality");
    expect(groups.titleOf("quality")).toBe("Quality and more");
    api.oneGroup.mockRejectedValueOnce(new NetworkError("cut"));
    await groups.look("quality");
    expect(groups.titleOf("quality")).toBe("Quality and more");
  });

  test("is not mine for being looked at", async () => {
    api.oneGroup.mockResolvedValue({ ...OTHERS, title: "Others, too" });
    await groups.look("others");
    expect(groups.items.map(({ name }) => name)).toEqual(["quality"]);
  });
});

describe("a member", () => {
  const OLGA: MemberAnswer = { type: "person", name: "Olga", handle: "olga", role: "member" };
  const CREW: MemberAnswer = { type: "team", name: "The crew", team: "crew", role: "member" };

  test("keeps with another role how far they read and until when", async () => {
    const terms = { clearance: "confidential", expires: "2999-12-24T23:00:00Z" } as const;
    await groups.setRole("quality", { ...OLGA, ...terms }, "moderator");
    expect(api.putMember).toHaveBeenCalledWith("quality", {
      subject: "olga",
      role: "moderator",
      ...terms,
    });
  });

  test("that is a team is named as one", async () => {
    await groups.drop("quality", CREW);
    expect(api.dropMember).toHaveBeenCalledWith("quality", "team:crew");
  });
});

describe("threads that are shared with me", () => {
  const THREAD: GroupAnswer = {
    name: "~1",
    title: "The first line",
    kind: "thread",
    visibility: "secret",
    role: "member",
    streams: [stream("ti", "internal", 3, 1)],
    thread: { firstPost: "first", replies: true },
  };

  beforeEach(async () => {
    language.choose("en");
    api.groups.mockResolvedValue({
      items: [QUALITY, THREAD, { ...THREAD, name: "~2", title: "", streams: [] }],
    });
    await groups.load();
  });

  test("are not among my groups, but counted and read as these are", () => {
    expect(groups.items.map(({ name }) => name)).toEqual(["quality"]);
    expect(groups.threads.map(({ name }) => name)).toEqual(["~1", "~2"]);
    expect(groups.get("~1")?.thread).toEqual({ firstPost: "first", replies: true });
    expect(groups.unread("~1")).toBe(1);
  });

  test("are called by their first line, where there is one", () => {
    expect(groups.titleOf("~1")).toBe("The first line");
    expect(groups.titleOf("~2")).toBe("Shared conversation");
    expect(groups.titleOf("~of others")).toBe("Shared conversation");
  });
});

describe("the list", () => {
  test("has the groups that I am in", () => {
    expect(groups.items.map(({ name }) => name)).toEqual(["quality"]);
    expect(groups.titleOf("quality")).toBe("Quality");
    expect(groups.titleOf("others")).toBe("Others");
    expect(groups.titleOf("unknown")).toBe("unknown");
    expect(groups.others.map(({ name }) => name)).toEqual(["others"]);
  });

  test("knows the levels that I read, lowest first", () => {
    expect(groups.levelsOf("quality")).toEqual(["public", "internal"]);
    expect(groups.levelsOf("others")).toEqual([]);
  });
});

describe("unread posts", () => {
  test("add up over a group's streams", () => {
    groups.arrived(entry("qi", 11));
    groups.arrived(entry("qp", 5, { type: "Question" }));
    expect(groups.unread("quality")).toBe(4);
    expect(groups.unreadTotal).toBe(4);
  });

  test("are neither my own nor reactions, nor counted twice", () => {
    groups.arrived(entry("qi", 11, { actor: ME }));
    groups.arrived(entry("qi", 12, { type: "Like", object: "x" }));
    groups.arrived(entry("qi", 10));
    expect(groups.unread("quality")).toBe(2);
  });

  test("that came in while the list was fetched are not forgotten", async () => {
    groups.arrived(entry("qi", 11));
    await groups.load();
    expect(groups.unread("quality")).toBe(3);
  });
});

describe("reading", () => {
  test("a group marks each stream that has something unread, up to its head", async () => {
    groups.arrived(entry("qi", 11));
    groups.passed({ qi: 13 });
    await groups.readGroup("quality");
    expect(api.markRead.mock.calls).toEqual([["qi", 13]]);
    expect(groups.unread("quality")).toBe(0);
  });

  test("a mark is not sent twice, and never goes back", async () => {
    await groups.readUpTo("qi", 10);
    await groups.readUpTo("qi", 10);
    await groups.readUpTo("qi", 9);
    expect(api.markRead).toHaveBeenCalledTimes(1);
  });

  test("a mark that did not arrive is taken back, so that the next one covers it", async () => {
    api.markRead.mockRejectedValueOnce(new Error("no answer"));
    await groups.readGroup("quality");
    expect(groups.unread("quality")).toBe(2);
    await groups.readGroup("quality");
    expect(groups.unread("quality")).toBe(0);
  });
});
