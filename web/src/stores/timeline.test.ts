import { beforeEach, describe, expect, test } from "vitest";

import { activity, actor, idOf } from "../testing/activities";
import { Timeline } from "./timeline";

const ME = actor("mia");

let timeline: Timeline;

beforeEach(() => (timeline = new Timeline(ME.id)));

function ids(): string[] {
  return timeline.items().map(({ id }) => id);
}

function item(number: number) {
  return timeline.items().find(({ id }) => id === idOf(number));
}

describe("the merge", () => {
  test("is newest first, whatever the order of arrival", () => {
    for (const number of [3, 1, 5]) timeline.fromHistory(activity(number));
    for (const number of [4, 2, 6]) timeline.fromLive(activity(number));
    expect(ids()).toEqual([6, 5, 4, 3, 2, 1].map(idOf));
  });

  test("shows once what arrives through several streams, live and in history", () => {
    expect(timeline.fromLive(activity(1))).toBe("added");
    expect(timeline.fromLive(activity(1, { target: "kitchen" }))).toBe("none");
    timeline.fromHistory(activity(1));
    expect(ids()).toEqual([idOf(1)]);
  });

  test("takes history's counts over what was counted live", () => {
    timeline.fromLive(activity(1));
    timeline.fromHistory(activity(1, { likes: 4, replies: 2 }));
    expect(item(1)).toMatchObject({ likes: 4, replies: 2 });
  });

  test("knows its ends, and can be cut", () => {
    for (const number of [1, 2, 3, 4]) timeline.fromHistory(activity(number));
    timeline.trim(3);
    timeline.drop(({ id }) => id === idOf(3));
    expect([timeline.newest, timeline.oldest, timeline.size]).toEqual([idOf(4), idOf(2), 2]);
  });
});

describe("what is shown", () => {
  test.each(["Join", "Leave", "Add", "Remove"] as const)("%s is news about people", (type) => {
    timeline.fromLive(activity(1, { type, object: actor("tom") }));
    expect(ids()).toEqual([idOf(1)]);
  });

  test("thanks to a person are shown, a like of a post is not", () => {
    timeline.fromLive(activity(1, { type: "Like", object: actor("tom") }));
    timeline.fromLive(activity(2, { type: "Like", object: idOf(9) }));
    expect(ids()).toEqual([idOf(1)]);
  });

  test("effects in history are not applied a second time", () => {
    timeline.fromHistory(activity(1, { likes: 1 }));
    timeline.fromHistory(activity(2, { type: "Like", object: idOf(1) }));
    expect(timeline.fromLive(activity(2, { type: "Like", object: idOf(1) }))).toBe("none");
    expect(item(1)?.likes).toBe(1);
  });
});

describe("effects", () => {
  beforeEach(() => timeline.fromHistory(activity(1, { tags: ["old"] })));

  test("an update changes the text and its tags", () => {
    const update = activity(2, { type: "Update", object: idOf(1), content: "new", tags: ["new"] });
    expect(timeline.fromLive(update)).toBe("changed");
    expect(item(1)).toMatchObject({ content: "new", tags: ["new"], updated: update.published });
    expect(item(1)?.published).toBe(activity(1).published);
  });

  test("a deletion leaves a place and no text", () => {
    timeline.fromLive(activity(2, { type: "Delete", object: idOf(1) }));
    expect(item(1)).toMatchObject({ type: "Tombstone", formerType: "Create" });
    expect(item(1)).not.toHaveProperty("content");
    expect(item(1)).not.toHaveProperty("tags");
  });

  test("a tombstone in place of the activity deletes it too", () => {
    const tombstone = activity(1, { type: "Tombstone", formerType: "Create" });
    expect(timeline.fromLive(tombstone)).toBe("changed");
    expect(item(1)?.type).toBe("Tombstone");
  });

  test("likes count up and down, each once", () => {
    const like = activity(2, { type: "Like", object: idOf(1) });
    timeline.fromLive(like);
    timeline.fromLive(like);
    expect(item(1)).toMatchObject({ likes: 1, liked: false });
    timeline.fromLive(activity(3, { type: "Undo", object: idOf(1) }));
    expect(item(1)?.likes).toBe(0);
  });

  test("an undo may name the like instead of what was liked", () => {
    timeline.fromLive(activity(2, { type: "Like", object: idOf(1) }));
    timeline.fromLive(activity(3, { type: "Undo", object: idOf(2) }));
    expect(item(1)?.likes).toBe(0);
  });

  test("my own like, shown before it was sent, is not counted again", () => {
    timeline.change(idOf(1), (found) => ({ ...found, likes: 1, liked: true }));
    timeline.fromLive(activity(2, { type: "Like", object: idOf(1), actor: ME }));
    expect(item(1)).toMatchObject({ likes: 1, liked: true });
  });

  test("a reply counts for what it answers and for the conversation", () => {
    timeline.fromLive(activity(2, { inReplyTo: idOf(1), thread: idOf(1) }));
    timeline.fromLive(activity(3, { inReplyTo: idOf(2), thread: idOf(1) }));
    expect(item(1)?.replies).toBe(2);
    expect(item(2)?.replies).toBeUndefined();
  });

  test("a deleted reply counts no more, however its deletion is told", () => {
    for (const number of [2, 3]) {
      timeline.fromLive(activity(number, { inReplyTo: idOf(1), thread: idOf(1) }));
    }
    timeline.fromLive(activity(4, { type: "Delete", object: idOf(2) }));
    const buried = { type: "Tombstone", inReplyTo: idOf(1), thread: idOf(1) } as const;
    timeline.fromLive(activity(2, buried));
    timeline.fromLive(activity(3, buried));
    expect(item(1)?.replies).toBe(0);
  });

  test("a reply that comes deleted was never counted", () => {
    timeline.fromLive(activity(2, { type: "Tombstone", inReplyTo: idOf(1), thread: idOf(1) }));
    expect(item(1)?.replies).toBeUndefined();
  });

  test("a like that comes taken back does not make its undo take back another", () => {
    timeline.fromLive(activity(2, { type: "Like", object: idOf(1), actor: actor("tom") }));
    timeline.fromLive(activity(3, { type: "Tombstone", formerType: "Like" }));
    timeline.fromLive(activity(4, { type: "Undo", object: idOf(1) }));
    expect(item(1)?.likes).toBe(1);
    timeline.fromLive(activity(5, { type: "Undo", object: idOf(1), actor: actor("tom") }));
    expect(item(1)?.likes).toBe(0);
  });

  test.each(["Like", "Undo", "Update", "Delete"] as const)("a deleted %s is not shown", (type) => {
    timeline.fromLive(activity(2, { type: "Tombstone", formerType: type }));
    timeline.fromHistory(activity(3, { type: "Tombstone", formerType: type }));
    expect(ids()).toEqual([idOf(1)]);
  });

  test("about what is not here change nothing", () => {
    expect(timeline.fromLive(activity(2, { type: "Like", object: idOf(7) }))).toBe("none");
  });

  test("can be taken alone, without what is new", () => {
    expect(timeline.effectsOf(activity(5))).toBe("none");
    expect(timeline.effectsOf(activity(2, { type: "Like", object: idOf(1) }))).toBe("changed");
    expect(ids()).toEqual([idOf(1)]);
  });
});

describe("a post whose level changed", () => {
  const old = activity(1);
  const gone = activity(5, { type: "Delete", object: idOf(1) });
  const now = activity(2, { level: "confidential", formerly: idOf(1) });

  test("takes the place of what it was, whichever comes first", () => {
    for (const order of [
      [old, gone, now],
      [old, now, gone],
      [now, old, gone],
    ]) {
      timeline = new Timeline(ME.id);
      for (const one of order) timeline.fromLive(one);
      expect(ids()).toEqual([idOf(2)]);
    }
  });

  test("leaves no tombstone in history for those who read it still", () => {
    timeline.fromHistory(now);
    timeline.fromHistory(activity(1, { type: "Tombstone", formerType: "Create" }));
    expect(ids()).toEqual([idOf(2)]);
  });

  test("is deleted for those who do not", () => {
    timeline.fromLive(old);
    timeline.fromLive(gone);
    expect(item(1)).toMatchObject({ type: "Tombstone" });
  });

  test("counts once as an answer", () => {
    timeline.fromHistory(activity(0, { replies: 1 }));
    const thread = { inReplyTo: idOf(0), thread: idOf(0) };
    timeline.fromHistory({ ...old, ...thread });
    timeline.fromLive({ ...now, ...thread });
    timeline.fromLive(gone);
    expect(item(0)).toMatchObject({ replies: 1 });
  });
});
