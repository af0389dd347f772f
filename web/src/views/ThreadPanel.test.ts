// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { ProblemError } from "../client/http";
import type { Activity } from "../protocol/activities";
import type { GroupAnswer, Share } from "../protocol/answers";
import { readProblem } from "../protocol/problems";
import { Conversation } from "../stores/conversation.svelte";
import { language } from "../stores/language.svelte";
import type { Workspace } from "../stores/workspace.svelte";
import { activity, actor, idOf } from "../testing/activities";
import { renderIn } from "../testing/rendering";
import { ME, QUALITY, workspaceOf } from "../testing/workspaces";
import ThreadPanel from "./ThreadPanel.svelte";

const FIRST = activity(1);
const ANSWER = activity(2, { inReplyTo: idOf(1), thread: idOf(1) });
const OLGA: Share = { person: actor("olga"), kind: "employee", replies: true };
const GUS: Share = { person: actor("gus"), kind: "guest", replies: false };
const WAITS: Share = { ...GUS, waits: true, inviter: actor("jonas") };
const NEWS = activity(3, { type: "Add", object: actor("olga"), thread: idOf(1) });
const GUEST_LIMIT = readProblem(422, { code: "guest_limit" });
const OUTSIDE: GroupAnswer = {
  ...QUALITY,
  name: "~1",
  kind: "thread",
  streams: [{ stream: "shared", level: "internal", head: 0, read: 0, unread: 0 }],
  thread: { firstPost: idOf(1), replies: true },
};

const api = {
  groups: vi.fn(),
  members: vi.fn(),
  activity: vi.fn(),
  group: vi.fn(),
  audience: vi.fn(),
  sharing: vi.fn(),
  share: vi.fn(),
  unshare: vi.fn(),
};
let workspace: Workspace;
let conversation: Conversation;

beforeEach(() => {
  localStorage.clear();
  language.choose("en");
  for (const call of Object.values(api)) call.mockReset().mockResolvedValue({ items: [] });
  api.groups.mockResolvedValue({ items: [QUALITY, OUTSIDE] });
  api.activity.mockResolvedValue(FIRST);
  api.group.mockResolvedValue({ items: [ANSWER] });
});

async function open(items: Share[], mayShare = true, first: Activity = FIRST): Promise<void> {
  api.sharing.mockResolvedValue({ items, mayShare });
  api.activity.mockResolvedValue(first);
  workspace = workspaceOf(api);
  await workspace.groups.load();
  conversation = new Conversation(workspace["context"].api, first.id, ME.id);
  await conversation.load();
  renderIn(workspace, ThreadPanel, { conversation });
}

async function write(): Promise<void> {
  await fireEvent.focusIn(screen.getByTestId("composer-text"));
}

describe("a conversation that is shared", () => {
  test("says with whom, before one writes and while one does", async () => {
    await open([OLGA]);
    expect(screen.getByTestId("shared-with").textContent).toContain("OLGA");
    await write();
    expect(screen.getByTestId("outside-notice").textContent).toContain("OLGA");
  });

  test("tells a writer of guests where they read what is written", async () => {
    await open([GUS]);
    await write();
    expect(screen.queryByTestId("outside-notice"), "what is internal").toBeNull();
  });

  test("warns of nobody at a level that does not go out", async () => {
    await open([OLGA]);
    expect(conversation.sharing.readersAt("confidential", "internal")).toEqual([]);
    expect(conversation.sharing.readersAt("internal", "internal")).toEqual([OLGA]);
  });

  test("tells of news about it in a line, which is no answer", async () => {
    await open([OLGA]);
    conversation.take(NEWS);
    const line = await screen.findByText(/JONAS shared a conversation with OLGA/u);
    expect(line).toBeTruthy();
    expect(conversation.replies).toBe(1);
    expect(api.sharing).toHaveBeenCalledTimes(2);
  });

  test("has no way to share for those who may not", async () => {
    await open([], false);
    expect(screen.queryByTestId("share")).toBeNull();
  });
});

describe("an answer that cannot be shown", () => {
  const BROKEN = { ...activity(4, { thread: idOf(1), inReplyTo: idOf(1) }), actor: undefined };

  test("says so in its place, and the others are there", async () => {
    const told = vi.spyOn(console, "error").mockReturnValue();
    api.group.mockResolvedValue({ items: [BROKEN, ANSWER] });
    await open([]);
    expect(screen.getByTestId("broken-entry").textContent).toContain("cannot be shown");
    expect(screen.getAllByTestId("post").map(({ dataset }) => dataset["activityId"])).toEqual([
      FIRST.id,
      ANSWER.id,
    ]);
    expect(told).toHaveBeenCalledOnce();
    told.mockRestore();
  });

  test("is tried again on demand", async () => {
    const told = vi.spyOn(console, "error").mockReturnValue();
    api.group.mockResolvedValue({ items: [BROKEN] });
    await open([]);
    conversation.change(BROKEN.id, (found) => ({ ...found, actor: actor("jonas") }));
    await fireEvent.click(screen.getByText("Try again"));
    expect(screen.queryByTestId("broken-entry")).toBeNull();
    expect(screen.getAllByTestId("post")).toHaveLength(2);
    told.mockRestore();
  });
});

describe("sharing it", () => {
  test("adds a person, who may answer unless one says otherwise", async () => {
    await open([]);
    await fireEvent.click(screen.getByTestId("share"));
    api.share.mockResolvedValue({ items: [OLGA], mayShare: true });
    const field = screen.getByTestId("share-person");
    await fireEvent.input(field, { target: { value: " olga " } });
    await fireEvent.click(screen.getByTestId("share-replies"));
    await fireEvent.submit(field);
    expect(api.share).toHaveBeenCalledWith(FIRST.id, "olga", { replies: false });
    await waitFor(() => expect(screen.getByTestId("shares").textContent).toContain("OLGA"));
  });

  test("goes on until a day is over where one is", async () => {
    await open([]);
    await fireEvent.click(screen.getByTestId("share"));
    api.share.mockResolvedValue({ items: [OLGA], mayShare: true });
    const field = screen.getByTestId("share-person");
    await fireEvent.input(field, { target: { value: "olga" } });
    await fireEvent.input(screen.getByTestId("share-until"), { target: { value: "2999-12-24" } });
    await fireEvent.submit(field);
    const expires = new Date(2999, 11, 24, 23, 59, 59).toISOString();
    expect(api.share).toHaveBeenCalledWith(FIRST.id, "olga", { replies: true, expires });
  });

  test("says until when somebody reads it", async () => {
    await open([{ ...OLGA, expires: "2999-12-05T12:00:00Z" }]);
    await fireEvent.click(screen.getByTestId("share"));
    expect(screen.getByTestId("shares").textContent).toMatch(/until .*2999/u);
  });

  test("says what was refused", async () => {
    await open([]);
    await fireEvent.click(screen.getByTestId("share"));
    api.share.mockRejectedValue(new ProblemError(GUEST_LIMIT));
    const field = screen.getByTestId("share-person");
    await fireEvent.input(field, { target: { value: "gus" } });
    await fireEvent.submit(field);
    expect(await screen.findByRole("alert")).toBeTruthy();
  });

  test("lets an owner agree to what a member proposed, and no longer than that", async () => {
    await open([{ ...WAITS, expires: "2999-12-05T12:00:00Z" }]);
    expect(screen.getByTestId("share-waits")).toBeTruthy();
    expect(screen.queryByTestId("shared-with"), "it is not shared yet").toBeNull();
    await fireEvent.click(screen.getByTestId("share"));
    api.share.mockResolvedValue({ items: [GUS], mayShare: true });
    await fireEvent.click(screen.getByText("Agree"));
    const proposed = { replies: false, expires: "2999-12-05T12:00:00Z" };
    expect(api.share).toHaveBeenCalledWith(FIRST.id, "gus", proposed);
    await waitFor(() => expect(screen.queryByTestId("share-waits")).toBeNull());
  });

  test("ends it", async () => {
    await open([OLGA]);
    await fireEvent.click(screen.getByTestId("share"));
    await fireEvent.click(screen.getByTestId("unshare"));
    expect(api.unshare).toHaveBeenCalledWith(FIRST.id, "olga");
    await waitFor(() => expect(screen.queryByTestId("shared-with")).toBeNull());
  });
});

describe("from outside", () => {
  const SHARED = { ...FIRST, target: "~1" };

  test("one reads who else reads it, and may leave", async () => {
    await open([OLGA, { ...OLGA, person: { ...actor("mia"), id: ME.id } }], false, SHARED);
    expect(screen.getByTestId("shared-with").textContent).toContain("Also shared with OLGA");
    await fireEvent.click(screen.getByTestId("share"));
    expect(screen.getAllByTestId("unshare")).toHaveLength(1);
    await fireEvent.click(screen.getByText("Leave"));
    expect(api.unshare).toHaveBeenCalledWith(FIRST.id, "mia");
  });

  test("one does not answer what one may only read", async () => {
    const thread = { firstPost: FIRST.id, replies: false };
    api.groups.mockResolvedValue({ items: [{ ...OUTSIDE, thread }] });
    await open([OLGA], false, SHARED);
    expect(screen.getByTestId("read-only")).toBeTruthy();
    expect(screen.queryByTestId("composer-text")).toBeNull();
  });
});
