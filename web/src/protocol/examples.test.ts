/** The golden examples that the server's tests write and read too. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { ACTIVITY_TYPES, LEVELS, type Activity } from "./activities";
import type { Activities, GroupAnswer, Page } from "./answers";
import { ERROR_CODES } from "./codes";
import { decode, type ClientMessage, type ServerMessage } from "./messages";
import { columnOf, readProblem } from "./problems";

interface Example {
  direction: "client" | "server" | "request" | "answer";
  type: string;
  message: Record<string, unknown>;
}

const FOLDER = join(import.meta.dirname, "../../../schemas/examples");
const FROM_CLIENT: ClientMessage["op"][] = ["subscribe", "unsubscribe", "read", "typing", "ping"];
const FROM_SERVER: ServerMessage["op"][] = [
  "welcome",
  "subscribed",
  "activity",
  "checkpoint",
  "caught_up",
  "granted",
  "revoked",
  "typing",
  "presence",
  "error",
  "pong",
];

function examples(): [string, Example][] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  return names.map((name) => [
    name,
    JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Example,
  ]);
}

/** An absent folder is an empty list here, so that it fails as a test that says why. */
function found(): [string, Example][] {
  try {
    return examples();
  } catch {
    return [];
  }
}

const all = found();

function going(direction: Example["direction"]): [string, Example][] {
  return all.filter(([, example]) => example.direction === direction);
}

function opsOf(direction: Example["direction"]): string[] {
  return [...new Set(going(direction).map(([, { message }]) => String(message["op"])))].sort();
}

function expectActivity(activity: Activity): void {
  expect(ACTIVITY_TYPES).toContain(activity.type);
  expect(LEVELS).toContain(activity.level);
  expect(activity.id).not.toBe("");
  expect(activity.actor.handle).not.toBe("");
  expect(Date.parse(activity.published)).not.toBeNaN();
}

test("there are golden examples", () => {
  expect(all, `no examples in ${FOLDER}`).not.toEqual([]);
});

describe("what the server says live", () => {
  test("is every message that this client knows, and no other", () => {
    expect(opsOf("server")).toEqual([...FROM_SERVER].sort());
  });

  test.each(going("server"))("%s is read as it is written", (_, { message }) => {
    expect(decode(JSON.stringify(message))).toEqual(message);
  });

  const entries = going("server").filter(([, { type }]) => type === "activity");
  test.each(entries)("%s carries a whole activity", (_, { message }) => {
    expectActivity(message["activity"] as Activity);
  });
});

test("what the client says live is what it can say", () => {
  expect(opsOf("client")).toEqual([...FROM_CLIENT].sort());
});

describe("answers", () => {
  function answers(type: string): [string, Example][] {
    return going("answer").filter(([, example]) => example.type === type);
  }

  test.each(answers("Problem"))("%s is read as a problem", (_, { message }) => {
    const known = ERROR_CODES.map(({ code }) => code);
    const problem = readProblem(Number(message["status"]), message);
    expect(problem).toMatchObject(message);
    expect(known).toContain(problem.code);
  });

  test.each(answers("Problem").filter(([, { message }]) => message["code"] === "filter_syntax"))(
    "%s points at a column",
    (_, { message }) => {
      expect(columnOf(readProblem(400, message))).toBeGreaterThan(0);
    },
  );

  test.each(answers("Activities"))("%s is a page of activities", (_, { message }) => {
    const page = message as unknown as Activities;
    expect(page.items.length).toBeGreaterThan(0);
    for (const activity of page.items) expectActivity(activity);
  });

  test.each(answers("Groups"))("%s has streams with levels that are known", (_, { message }) => {
    const streams = (message as unknown as Page<GroupAnswer>).items.flatMap(
      (group) => group.streams ?? [],
    );
    expect(streams.length).toBeGreaterThan(0);
    for (const { level, head, read } of streams) {
      expect(LEVELS).toContain(level);
      expect(head).toBeGreaterThanOrEqual(read);
    }
  });
});
