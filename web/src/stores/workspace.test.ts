// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from "vitest";

import { NetworkError } from "../client/http";
import type { Activity } from "../protocol/activities";
import type { GroupAnswer } from "../protocol/answers";
import type { Presence, StreamStart } from "../protocol/messages";
import { activity, actor, idOf } from "../testing/activities";
import { FakeSockets, type FakeSocket } from "../testing/sockets";
import { ME, sessionOf, workspaceOf } from "../testing/workspaces";
import { HOME, type Place } from "./place";
import type { Session } from "./session.svelte";
import type { Workspace } from "./workspace.svelte";

const GROUPS: GroupAnswer[] = ["quality", "kitchen"].map((name) => ({
  name,
  title: name.toUpperCase(),
  kind: "team",
  visibility: "closed",
  role: "member",
  streams: [{ stream: name, level: "internal", head: 0, read: 0, unread: 0 }],
}));
const STREAMS: Record<string, StreamStart> = {
  quality: { group: "quality", level: "internal", head: 0 },
  kitchen: { group: "kitchen", level: "internal", head: 0 },
  inbox: { group: null, level: null, head: 0 },
};

const api = {
  me: vi.fn(),
  signInWays: vi.fn(),
  groups: vi.fn(),
  oneGroup: vi.fn(),
  invitations: vi.fn(),
  home: vi.fn(),
  group: vi.fn(),
  inbox: vi.fn(),
  search: vi.fn(),
  activity: vi.fn(),
  sharing: vi.fn(),
  publish: vi.fn(),
  edit: vi.fn(),
  remove: vi.fn(),
  markRead: vi.fn(),
};
let sockets: FakeSockets;
let session: Session;
let workspace: Workspace;

beforeEach(() => {
  localStorage.clear();
  for (const call of Object.values(api)) call.mockReset().mockResolvedValue({ items: [] });
  api.groups.mockResolvedValue({ items: GROUPS });
  sockets = new FakeSockets();
  session = sessionOf(api);
  workspace = workspaceOf(api, sockets, session);
});

function answer(socket: FakeSocket, streams = STREAMS): void {
  socket.says({ op: "welcome", person: ME.id, epoch: "e1", heartbeat: 20 });
  socket.says({ op: "subscribed", id: socket.subscription.id, streams });
}

async function open(place: Partial<Place> = {}): Promise<FakeSocket> {
  workspace.show({ ...HOME, ...place });
  workspace.start();
  const socket = sockets.last;
  answer(socket);
  await settled();
  return socket;
}

async function settled(): Promise<void> {
  await vi.waitUntil(() => workspace.groups.isLoaded && workspace.feed?.state !== "loading", {
    interval: 1,
  });
}

function says(socket: FakeSocket, stream: string, seq: number, found: Activity): void {
  socket.says({ op: "activity", stream, seq, activity: found });
}

function shown(): string[] {
  return workspace.feed?.items.map(({ id }) => id) ?? [];
}

describe("a group that somebody changes", () => {
  const QUALITY = { id: "quality", type: "Group", name: "Quality 2", handle: "quality" } as const;

  test("is looked at, and is called at once what it is called now", async () => {
    api.oneGroup.mockResolvedValue({ ...GROUPS[0], title: "Quality 2" });
    const socket = await open();
    says(socket, "quality", 1, activity(1, { type: "Update", object: QUALITY }));
    await vi.waitUntil(() => workspace.groups.titleOf("quality") === "Quality 2", { interval: 1 });
    expect(api.oneGroup).toHaveBeenCalledExactlyOnceWith("quality");
    expect(shown()).toEqual([]);
  });

  test("is not one in which somebody has another role, or a post is edited", async () => {
    const socket = await open();
    says(socket, "quality", 1, activity(1, { type: "Update", object: actor("olga") }));
    says(socket, "quality", 2, activity(2, { type: "Update", object: idOf(1) }));
    const team = { ...QUALITY, handle: "crew" };
    says(socket, "quality", 3, activity(3, { type: "Update", object: team }));
    says(socket, "quality", 4, activity(4, { type: "Add", object: QUALITY }));
    expect(api.oneGroup).not.toHaveBeenCalled();
  });
});

describe("home", () => {
  test("shows live what comes in, once, also if it is directed at me", async () => {
    const socket = await open();
    says(socket, "inbox", 1, activity(1, { mentions: ["mia"] }));
    says(socket, "quality", 1, activity(1, { mentions: ["mia"] }));
    says(socket, "kitchen", 1, activity(2, { target: "kitchen" }));
    expect(shown()).toEqual([idOf(2), idOf(1)]);
    expect([workspace.groups.unread("quality"), workspace.inbox.unread]).toEqual([1, 1]);
  });

  test("reads history again after the connection stood, since both may have missed something", async () => {
    workspace.show(HOME);
    await settledCalls(1);
    workspace.start();
    answer(sockets.last);
    await settledCalls(2);
  });

  async function settledCalls(count: number): Promise<void> {
    await vi.waitUntil(() => api.home.mock.calls.length === count, { interval: 1 });
  }

  test("marks what was seen, where nothing unread lies below", async () => {
    const socket = await open();
    says(socket, "quality", 1, activity(1));
    workspace.saw(idOf(1));
    expect(api.markRead).toHaveBeenCalledWith("quality", 1);
  });
});

describe("what was asked for while the server was away", () => {
  test("is asked for again when the connection is back, though nothing was missed live", async () => {
    const socket = await open();
    api.activity.mockRejectedValueOnce(new NetworkError("cut"));
    api.group.mockRejectedValueOnce(new NetworkError("cut"));
    socket.closes(1006);
    workspace.show({ ...HOME, page: "group", group: "quality", thread: idOf(1) });
    await vi.waitUntil(() => workspace.feed?.failure && workspace.conversation?.failure);
    api.group.mockResolvedValue({ items: [activity(1)] });
    api.activity.mockResolvedValue(activity(1));
    workspace.reconnect();
    answer(sockets.last);
    await vi.waitUntil(() => workspace.feed?.state === "ready");
    expect(shown()).toEqual([idOf(1)]);
    await vi.waitUntil(() => workspace.conversation?.state === "ready");
  });

  test("is not asked for again where it is there", async () => {
    const socket = await open();
    const before = api.home.mock.calls.length;
    socket.closes(1006);
    workspace.reconnect();
    answer(sockets.last);
    expect(api.home.mock.calls).toHaveLength(before);
  });
});

describe("a group's page", () => {
  test("shows what is in the group and counts the rest", async () => {
    const socket = await open({ page: "group", group: "quality" });
    says(socket, "quality", 1, activity(1));
    says(socket, "kitchen", 1, activity(2, { target: "kitchen" }));
    expect(shown()).toEqual([idOf(1)]);
    expect(workspace.groups.unread("kitchen")).toBe(1);
  });
});

describe("the inbox", () => {
  test("shows what is directed at me", async () => {
    const socket = await open({ page: "inbox" });
    says(socket, "quality", 1, activity(1));
    says(socket, "inbox", 1, activity(2));
    expect(shown()).toEqual([idOf(2)]);
    workspace.readInbox();
    expect(api.markRead).toHaveBeenCalledWith("inbox", 1);
  });
});

describe("what I do myself", () => {
  const joined = { type: "Join", actor: actor("mia"), object: actor("mia") } as const;

  test("is no news in the inbox, but what somebody else does to me is", async () => {
    const socket = await open({ page: "inbox" });
    says(socket, "inbox", 1, activity(1, joined));
    says(socket, "inbox", 2, activity(2, { ...joined, type: "Add", actor: actor("jonas") }));
    says(socket, "inbox", 3, activity(3, { ...joined, type: "Remove", source: "expiry" }));
    expect(shown()).toEqual([idOf(3), idOf(2)]);
  });

  test("is news in the group", async () => {
    const socket = await open({ page: "group", group: "quality" });
    says(socket, "quality", 1, activity(1, joined));
    expect(shown()).toEqual([idOf(1)]);
  });
});

describe("a filter", () => {
  const PLACE = { page: "group", group: "quality", query: "tag:audit" } as const;

  test("asks history and a connection of its own", async () => {
    workspace.show({ ...HOME, ...PLACE });
    expect(api.group).toHaveBeenCalledWith(
      "quality",
      expect.objectContaining({ filter: "tag:audit" }),
    );
    answer(sockets.last, { quality: { group: "quality", level: "internal", head: 0 } });
    expect(sockets.last.subscription).toMatchObject({ groups: ["quality"], filter: "tag:audit" });
    await settledFeed();
    says(sockets.last, "quality", 3, activity(3));
    expect(shown()).toEqual([]);
  });

  test("lets through what passes it, and likes of that from everywhere", async () => {
    workspace.show({ ...HOME, ...PLACE });
    const filtered = sockets.last;
    answer(filtered, { quality: { group: "quality", level: "internal", head: 0 } });
    workspace.start();
    const all = sockets.last;
    answer(all);
    await settled();
    says(all, "quality", 1, activity(1));
    says(all, "quality", 2, activity(2));
    says(filtered, "quality", 1, activity(1));
    says(all, "quality", 3, activity(3, { type: "Like", object: idOf(1) }));
    expect(shown()).toEqual([idOf(1)]);
    expect(workspace.feed?.items[0]?.likes).toBe(1);
    expect(workspace.groups.unread("quality")).toBe(2);
  });

  test("ends with its page", () => {
    workspace.show({ ...HOME, ...PLACE });
    const filtered = sockets.last;
    workspace.show(HOME);
    expect(filtered.isClosed).toBe(true);
  });

  async function settledFeed(): Promise<void> {
    await vi.waitUntil(() => workspace.feed?.state === "ready", { interval: 1 });
  }
});

describe("what is withdrawn", () => {
  test("disappears from stream and conversation at once", async () => {
    api.home.mockResolvedValue({ items: [activity(2, { target: "kitchen" }), activity(1)] });
    api.activity.mockResolvedValue(activity(1));
    api.group.mockResolvedValue({ items: [] });
    const socket = await open({ thread: idOf(1) });
    await vi.waitUntil(() => workspace.conversation?.state === "ready", { interval: 1 });
    socket.says({ op: "revoked", stream: "quality", group: "quality", reason: "revoked" });
    expect(shown()).toEqual([idOf(2)]);
    expect(workspace.conversation?.items).toEqual([]);
  });

  test("by edit or deletion does not live on in quotations", async () => {
    api.activity.mockResolvedValue(activity(1));
    const socket = await open();
    await workspace.quote(idOf(1));
    says(socket, "quality", 1, activity(2, { type: "Delete", object: idOf(1) }));
    expect(workspace.quoted(idOf(1))).toMatchObject({ type: "Tombstone" });
    expect(workspace.quoted(idOf(1))).not.toHaveProperty("content");
  });
});

describe("reactions", () => {
  beforeEach(() => api.home.mockResolvedValue({ items: [activity(1, { likes: 2 })] }));

  function liked() {
    const { likes, liked: mine } = workspace.feed?.items[0] ?? {};
    return [likes, mine];
  }

  test("a like shows at once, and once", async () => {
    const socket = await open();
    void workspace.toggleLike(activity(1, { likes: 2 }));
    expect(liked()).toEqual([3, true]);
    says(socket, "quality", 1, activity(2, { type: "Like", object: idOf(1), actor: actor("mia") }));
    expect(liked()).toEqual([3, true]);
    expect(api.publish.mock.calls[0]).toEqual([
      "quality",
      { type: "Like", object: idOf(1) },
      "key",
    ]);
  });

  test("a like that did not arrive is taken back and said", async () => {
    await open();
    api.publish.mockRejectedValueOnce(new NetworkError(null));
    await workspace.toggleLike(activity(1, { likes: 2 }));
    expect(liked()).toEqual([2, false]);
    expect(workspace.notice?.code).toBe("network");
  });
});

describe("writing", () => {
  const RECEIPT = {
    level: "internal" as const,
    id: idOf(1),
    stream: "quality",
    seq: 1,
    published: "",
  };

  test("an own post is fetched only where live will not bring it", async () => {
    await open();
    await workspace.sent(RECEIPT);
    expect(api.activity).not.toHaveBeenCalled();
    sockets.last.closes(1006);
    api.activity.mockResolvedValue(activity(1, { actor: actor("mia") }));
    await workspace.sent(RECEIPT);
    expect(shown()).toEqual([idOf(1)]);
  });

  test("a place has one draft", () => {
    expect(workspace.draftFor("quality")).toBe(workspace.draftFor("quality"));
    expect(workspace.draftFor("quality")).not.toBe(workspace.draftFor(null));
  });
});

describe("the connection", () => {
  test("shows the one that is worse off", async () => {
    const socket = await open();
    expect(workspace.status.state).toBe("live");
    workspace.show({ ...HOME, query: "tag:audit" });
    expect(workspace.status.state).toBe("connecting");
    answer(sockets.last);
    expect(workspace.status.state).toBe("live");
    socket.closes(1006);
    expect(workspace.status.state).toBe("waiting");
  });

  test("that ends the session signs out", async () => {
    const socket = await open();
    socket.closes(4002);
    expect([session.state, session.ended]).toEqual(["signed_out", "account_closed"]);
  });
});

describe("who is there", () => {
  const online: Presence = {
    op: "presence",
    group: "quality",
    count: 2,
    people: ["jonas", "mia"],
  };

  test("is asked for, told of, and void with the connection", async () => {
    const socket = await open();
    expect(socket.subscription.presence).toBe("shown");
    socket.says(online);
    expect(workspace.presences.of("quality")).toEqual(online);
    socket.closes(1006);
    workspace.reconnect();
    expect(workspace.presences.of("quality")).toBeNull();
  });

  test("who wants to be hidden says so to the server at once, and goes on where they were", async () => {
    await open();
    workspace.appear(false);
    const socket = sockets.last;
    answer(socket);
    expect(socket.subscription.presence).toBe("hidden");
    expect(socket.subscription.from).toBeDefined();
  });

  test("whoever loses a group no longer sees who is there", async () => {
    const socket = await open();
    socket.says(online);
    socket.says({ op: "revoked", stream: "quality", group: "quality", reason: "revoked" });
    expect(workspace.presences.of("quality")).toBeNull();
  });
});
