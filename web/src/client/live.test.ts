import { beforeEach, describe, expect, test } from "vitest";

import type { ActivityMessage, ErrorMessage, StreamStart } from "../protocol/messages";
import { activity } from "../testing/activities";
import { FakeClock } from "../testing/clock";
import { FakeSockets } from "../testing/sockets";
import type { Interest, LiveEvent } from "./events";
import { LiveClient } from "./live";

const HEARTBEAT = 20_000;
const STREAMS: Record<string, StreamStart> = {
  a: { group: "quality", level: "internal", head: 10 },
  b: { group: "kitchen", level: "public", head: 3 },
};

let clock: FakeClock;
let sockets: FakeSockets;
let events: LiveEvent[];
let chance: number;
let client: LiveClient;

beforeEach(() => {
  clock = new FakeClock();
  sockets = new FakeSockets();
  events = [];
  chance = 1;
  client = make({ groups: "home", filter: "", inbox: true });
});

function make(interest: Interest): LiveClient {
  const around = { connect: sockets.connect, clock, random: () => chance };
  return new LiveClient(around, interest, (event) => events.push(event));
}

function welcome(epoch = "e1"): void {
  sockets.last.says({ op: "welcome", person: "p", epoch, heartbeat: HEARTBEAT / 1000 });
}

function subscribed(streams: Record<string, StreamStart> = STREAMS): void {
  sockets.last.says({ op: "subscribed", id: sockets.last.subscription.id, streams });
}

function caughtUp(): void {
  sockets.last.says({ op: "caught_up", id: sockets.last.subscription.id });
}

function entry(stream: string, seq: number, prev?: number): ActivityMessage {
  const base = { op: "activity", stream, seq, activity: activity(seq) } as const;
  return prev === undefined ? base : { ...base, prev };
}

function goLive(): void {
  client.start();
  welcome();
  subscribed();
}

/** Back after a break: connected again, with the positions sent. */
function resume(): void {
  clock.advance(60_000);
  welcome();
  subscribed();
}

function delivered(): string[] {
  return events.flatMap((event) =>
    event.kind === "activity" ? [`${event.message.stream}${event.message.seq}`] : [],
  );
}

function kinds(): string[] {
  return events.map(({ kind }) => kind).filter((kind) => kind !== "status");
}

describe("connecting", () => {
  test("goes from idle through subscribing to live", () => {
    client.start();
    welcome();
    subscribed();
    const states = events.flatMap((event) => (event.kind === "status" ? [event.status.state] : []));
    expect(states).toEqual(["connecting", "subscribing", "live"]);
  });

  test("asks for what it is interested in, without positions the first time", () => {
    goLive();
    expect(sockets.last.subscription).toEqual({
      op: "subscribe",
      id: "1",
      groups: "home",
      inbox: true,
    });
  });

  test("sends its filter", () => {
    client = make({ groups: ["quality"], filter: "type:Question", inbox: false });
    goLive();
    expect(sockets.last.subscription).toEqual({
      op: "subscribe",
      id: "1",
      groups: ["quality"],
      filter: "type:Question",
    });
  });

  test("starting twice connects once", () => {
    client.start();
    client.start();
    expect(sockets.all).toHaveLength(1);
  });

  test("a server that says nothing is given up after ten seconds", () => {
    client.start();
    clock.advance(10_000);
    expect(client.status.state).toBe("waiting");
    expect(sockets.last.isClosed).toBe(true);
    expect(kinds()).toEqual(["unreachable"]);
  });

  test("a subscription that is never answered is given up, though pings are", () => {
    client.start();
    welcome();
    for (let seconds = 0; seconds < 30; seconds += 1) {
      expect(client.status.state).toBe("subscribing");
      clock.advance(1000);
      if (client.status.state === "subscribing") sockets.last.says({ op: "pong" });
    }
    expect(client.status.state).toBe("waiting");
  });

  test("a refused handshake is told, since the session may be over", () => {
    client.start();
    sockets.last.closes(1006);
    expect(kinds()).toEqual(["unreachable"]);
  });

  test("stopping closes the socket and leaves no timer", () => {
    goLive();
    client.stop();
    expect(sockets.last.isClosed).toBe(true);
    expect(clock.timers).toBe(0);
    expect(client.status.state).toBe("idle");
  });

  test("what a dropped socket still says is not heard", () => {
    goLive();
    client.stop();
    sockets.last.says(entry("a", 11));
    sockets.last.closes(4200);
    expect(delivered()).toEqual([]);
    expect(client.status.state).toBe("idle");
  });
});

describe("delivery", () => {
  beforeEach(goLive);

  test("entries in order come through, each stream by itself", () => {
    sockets.last.says(entry("a", 11), entry("b", 4), entry("a", 12));
    expect(delivered()).toEqual(["a11", "b4", "a12"]);
  });

  test("a duplicate is dropped", () => {
    sockets.last.says(entry("a", 11), entry("a", 11), entry("a", 10));
    expect(delivered()).toEqual(["a11"]);
  });

  test("prev says what a filter left out, which is no gap", () => {
    sockets.last.says(entry("a", 15, 10), entry("a", 19, 15));
    expect(delivered()).toEqual(["a15", "a19"]);
  });

  test("a checkpoint moves the position on", () => {
    sockets.last.says({ op: "checkpoint", streams: { a: 14 } }, entry("a", 14), entry("a", 15));
    expect(delivered()).toEqual(["a15"]);
    expect(kinds()).toContain("checkpoint");
  });

  test("typing, pongs and messages of a newer server change nothing", () => {
    sockets.last.says({ op: "typing", group: "quality", handle: "mia" }, { op: "pong" });
    sockets.last.saysRaw('{"op":"weather","sun":true}');
    expect(client.status.state).toBe("live");
  });

  test("what is no message ends the connection, which comes back", () => {
    sockets.last.saysRaw("{");
    expect(client.status.state).toBe("waiting");
  });
});

describe("a gap", () => {
  beforeEach(goLive);

  test("is answered by subscribing again from the positions, and nothing is lost or doubled", () => {
    sockets.last.says(entry("a", 11), entry("a", 13));
    expect(sockets.last.subscription).toMatchObject({ id: "2", from: { a: 11, b: 3 } });
    expect(sockets.last.sent.at(-1)).toEqual({ op: "unsubscribe", id: "1" });
    sockets.last.says(entry("a", 14), entry("b", 4));
    subscribed();
    expect(client.status.state).toBe("catching_up");
    sockets.last.says(entry("a", 12), entry("a", 13), entry("b", 4), entry("a", 14));
    caughtUp();
    expect(delivered()).toEqual(["a11", "a12", "a13", "b4", "a14"]);
    expect(client.status.state).toBe("live");
  });

  test("by prev is noticed in a filtered stream", () => {
    sockets.last.says(entry("a", 20, 15));
    expect(delivered()).toEqual([]);
    expect(sockets.last.subscriptions).toHaveLength(2);
  });

  test("a checkpoint of the former subscription does not hide it", () => {
    sockets.last.says(entry("a", 13), { op: "checkpoint", streams: { a: 13 } });
    subscribed();
    sockets.last.says(entry("a", 11), entry("a", 12), entry("a", 13));
    expect(delivered()).toEqual(["a11", "a12", "a13"]);
  });

  test("is asked for once, however many entries show it", () => {
    sockets.last.says(entry("a", 13), entry("a", 14), entry("a", 15));
    expect(sockets.last.subscriptions).toHaveLength(2);
  });

  test("that does not close ends the connection instead of asking for ever", () => {
    for (let round = 0; round < 3; round += 1) {
      sockets.last.says(entry("a", 13));
      if (client.status.state === "subscribing") subscribed();
    }
    expect(client.status.state).toBe("waiting");
  });
});

describe("coming back", () => {
  beforeEach(goLive);

  test("resumes where it was, without gap or duplicate", () => {
    sockets.last.says(entry("a", 11), entry("a", 12));
    sockets.last.closes(1006);
    clock.advance(1000);
    welcome();
    expect(sockets.last.subscription.from).toEqual({ a: 12, b: 3 });
    subscribed({ ...STREAMS, a: { group: "quality", level: "internal", head: 14 } });
    sockets.last.says(entry("a", 12), entry("a", 13), entry("a", 14));
    expect(client.status.state).toBe("catching_up");
    caughtUp();
    sockets.last.says(entry("a", 15));
    expect(delivered()).toEqual(["a11", "a12", "a13", "a14", "a15"]);
    expect(client.status.state).toBe("live");
  });

  test("a break in the middle of catching up resumes from where that had come", () => {
    sockets.last.closes(1006);
    resume();
    sockets.last.says(entry("a", 11));
    sockets.last.closes(1006);
    clock.advance(60_000);
    welcome();
    expect(sockets.last.subscription.from).toEqual({ a: 11, b: 3 });
  });

  test("says that nothing was lost, so that nobody reads history again", () => {
    sockets.last.closes(1006);
    resume();
    const told = events.flatMap((event) => (event.kind === "subscribed" ? [event.complete] : []));
    expect(told).toEqual([false, true]);
  });

  test("to another epoch forgets all positions and says so", () => {
    sockets.last.closes(1006);
    clock.advance(60_000);
    welcome("e2");
    expect(kinds()).toContain("lost");
    expect(sockets.last.subscription).not.toHaveProperty("from");
    subscribed({ a: { group: "quality", level: "internal", head: 2 } });
    sockets.last.says(entry("a", 3));
    expect(delivered()).toEqual(["a3"]);
    expect(events.findLast(({ kind }) => kind === "subscribed")).toMatchObject({ complete: false });
  });

  test("a late caught_up of a former subscription does not count", () => {
    sockets.last.closes(1006);
    resume();
    sockets.last.says({ op: "caught_up", id: "1" });
    expect(client.status.state).toBe("catching_up");
  });

  test("tells how long it was away", () => {
    const left = clock.now();
    sockets.last.closes(1006);
    clock.advance(5_000);
    expect(client.status.since).toBe(left);
    welcome();
    subscribed();
    expect(client.status.since).toBe(left);
    caughtUp();
    expect(client.status.since).toBeNull();
  });
});

describe("close codes", () => {
  beforeEach(goLive);

  test.each([4000, 4001, 4002, 4003, 4042])("%i stays away", (code) => {
    sockets.last.closes(code);
    clock.advance(3_600_000);
    expect(client.status.state).toBe("stopped");
    expect(sockets.all).toHaveLength(1);
  });

  test("staying away has a reason, and starting again works", () => {
    sockets.last.closes(4003);
    expect(client.status.reason).toBe("session_ended");
    client.start();
    expect(client.status.state).toBe("connecting");
  });

  test("41xx pauses for as long as the server says, and a little more", () => {
    sockets.last.closes(4102, '{"retry_after": 8}');
    expect(client.status.retryAt).toBe(clock.now() + 10_000);
    clock.advance(9_999);
    expect(sockets.all).toHaveLength(1);
    clock.advance(1);
    expect(sockets.all).toHaveLength(2);
  });

  test("41xx without a number backs off", () => {
    sockets.last.closes(4100);
    expect(client.status.retryAt).toBe(clock.now() + 500);
  });

  test("42xx resumes at once", () => {
    clock.advance(10_000);
    sockets.last.closes(4201);
    clock.advance(250);
    welcome();
    expect(sockets.last.subscription.from).toEqual({ a: 10, b: 3 });
  });

  test("42xx again and again backs off", () => {
    const waits = [1, 2, 3].map(() => {
      sockets.last.closes(4200);
      const wait = (client.status.retryAt ?? 0) - clock.now();
      clock.advance(wait);
      welcome();
      subscribed();
      caughtUp();
      return wait;
    });
    expect(waits).toEqual([250, 1000, 2000]);
  });

  test.each([1000, 1001, 1006, 1011, 1012])("%i backs off further each time", (code) => {
    const waits = [1, 2, 3].map(() => {
      sockets.last.closes(code);
      const wait = (client.status.retryAt ?? 0) - clock.now();
      clock.advance(wait);
      return wait;
    });
    expect(waits).toEqual([500, 1000, 2000]);
  });

  test("a connection that held a while starts the backoff anew", () => {
    sockets.last.closes(1006);
    clock.advance(500);
    welcome();
    subscribed();
    caughtUp();
    clock.advance(10_000);
    sockets.last.closes(1006);
    expect(client.status.retryAt).toBe(clock.now() + 500);
  });
});

describe("permissions", () => {
  beforeEach(goLive);

  test("a granted stream starts from its head", () => {
    const granted = { stream: "c", group: "board", level: "confidential", head: 7 } as const;
    sockets.last.says({ op: "granted", ...granted }, entry("c", 8));
    expect(delivered()).toEqual(["c8"]);
    expect(events).toContainEqual({ kind: "granted", stream: "c", group: "board" });
  });

  test("a revoked stream is forgotten and not asked for again", () => {
    sockets.last.says({ op: "revoked", stream: "a", group: "quality", reason: "revoked" });
    expect(events).toContainEqual({
      kind: "revoked",
      stream: "a",
      group: "quality",
      level: "internal",
    });
    sockets.last.closes(1006);
    clock.advance(1000);
    welcome();
    expect(sockets.last.subscription.from).toEqual({ b: 3 });
  });

  test("what was revoked while away is known by its absence", () => {
    sockets.last.closes(1006);
    clock.advance(1000);
    welcome();
    subscribed({ b: { group: "kitchen", level: "public", head: 3 } });
    expect(kinds()).toContain("revoked");
    expect(kinds()).not.toContain("lost");
  });

  test("what was granted while away is told, and starts at its head", () => {
    sockets.last.closes(1006);
    clock.advance(1000);
    welcome();
    subscribed({ ...STREAMS, c: { group: "board", level: "confidential", head: 7 } });
    expect(events).toContainEqual({ kind: "granted", stream: "c", group: "board" });
    sockets.last.says(entry("c", 8));
    expect(delivered()).toEqual(["c8"]);
  });
});

describe("errors", () => {
  function error(change: Partial<ErrorMessage>): ErrorMessage {
    return { op: "error", code: "error", message: "", retry: false, ...change };
  }

  /** Back after a break, with positions that the server is about to refuse. */
  beforeEach(() => {
    goLive();
    sockets.last.closes(1006);
    clock.advance(1000);
    welcome();
  });

  test("a position error forgets that stream alone", () => {
    sockets.last.says(error({ code: "position_unknown", stream: "a", ref: "2" }));
    expect(kinds()).toContain("lost");
    expect(sockets.last.subscription).toMatchObject({ id: "3", from: { b: 3 } });
  });

  test("a position error without a stream forgets all", () => {
    sockets.last.says(error({ code: "position_unknown", ref: "2" }));
    expect(sockets.last.subscription).not.toHaveProperty("from");
  });

  test("the answer to the refused subscription is not taken for the new one's", () => {
    sockets.last.says(error({ code: "position_unknown", stream: "a", ref: "2" }));
    const b = { b: { group: "kitchen", level: "public", head: 3 } } as const;
    sockets.last.says({ op: "subscribed", id: "2", streams: b }, { op: "caught_up", id: "2" });
    expect(client.status.state).toBe("subscribing");
    expect(sockets.last.sent.at(-1)).toEqual({ op: "unsubscribe", id: "2" });
    subscribed({ ...STREAMS, a: { group: "quality", level: "internal", head: 6 } });
    sockets.last.says(entry("a", 7));
    expect(delivered()).toEqual(["a7"]);
    expect(kinds()).not.toContain("revoked");
    expect(events.findLast(({ kind }) => kind === "subscribed")).toMatchObject({ complete: false });
  });

  test("a filter that cannot be read stops it and tells the column", () => {
    const problem = error({ code: "filter_syntax", ref: "2", column: 6 });
    sockets.last.says(problem);
    expect(client.status).toMatchObject({ state: "stopped", reason: "filter_syntax" });
    expect(events).toContainEqual({ kind: "refused", error: problem });
  });

  test("an error that may pass is tried again later", () => {
    sockets.last.says(error({ code: "unavailable", retry: true, ref: "2" }));
    expect(client.status.state).toBe("waiting");
  });

  test("an error about something else changes nothing", () => {
    sockets.last.says(error({ code: "malformed_message" }), error({ code: "invalid", ref: "1" }));
    expect(client.status.state).toBe("subscribing");
  });
});

describe("a dead connection", () => {
  beforeEach(goLive);

  test("is asked after a heartbeat of silence and given up after two and a half", () => {
    clock.advance(HEARTBEAT);
    expect(sockets.last.pings).toBe(1);
    clock.advance(HEARTBEAT * 1.5 - 1);
    expect(client.status.state).toBe("live");
    clock.advance(1);
    expect(client.status.state).toBe("waiting");
    expect(sockets.last.isClosed).toBe(true);
  });

  test("is not one that answers", () => {
    for (let beat = 0; beat < 20; beat += 1) {
      clock.advance(HEARTBEAT);
      sockets.last.says({ op: "pong" });
    }
    expect(client.status.state).toBe("live");
    expect(sockets.all).toHaveLength(1);
  });

  test("is not pinged while it talks", () => {
    for (let seq = 11; seq < 40; seq += 1) {
      clock.advance(HEARTBEAT / 4);
      sockets.last.says(entry("a", seq));
    }
    expect(sockets.last.pings).toBe(0);
  });

  test("is asked before it is given up, where the timers were late", () => {
    clock.sleep(HEARTBEAT * 10);
    clock.advance(1);
    expect(client.status.state).toBe("live");
    expect(sockets.last.pings).toBe(1);
    sockets.last.says({ op: "pong" });
    clock.advance(4_000);
    expect(client.status.state).toBe("live");
  });

  test("is noticed within seconds when the machine wakes up", () => {
    client.wake();
    expect(sockets.last.pings).toBe(1);
    clock.advance(3_000);
    expect(client.status.state).toBe("waiting");
  });
});

describe("the browser's network", () => {
  test("lost is only believed if the server does not answer", () => {
    goLive();
    client.networkLost();
    sockets.last.says({ op: "pong" });
    clock.advance(3_000);
    expect(client.status.state).toBe("live");
  });

  test("lost and silent is offline", () => {
    goLive();
    client.networkLost();
    clock.advance(3_000);
    expect(client.status.state).toBe("offline");
  });

  test("lost while waiting is offline at once, and back connects at once", () => {
    goLive();
    sockets.last.closes(1006);
    client.networkLost();
    expect(client.status.state).toBe("offline");
    client.networkBack();
    expect(client.status.state).toBe("connecting");
  });

  test("offline still tries, since a server on the same machine needs no network", () => {
    goLive();
    client.networkLost();
    clock.advance(3_000);
    clock.advance(500);
    expect(client.status.state).toBe("connecting");
  });

  test("back does not disturb a client that is idle, connecting or stopped", () => {
    client.networkBack();
    expect(client.status.state).toBe("idle");
    client.start();
    client.networkBack();
    expect(sockets.all).toHaveLength(1);
    sockets.last.closes(4000);
    client.networkBack();
    expect(client.status.state).toBe("stopped");
  });
});
