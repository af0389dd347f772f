/** What travels over the WebSocket: the mirror of the server's `live/messages.py`. */

import type { Activity, Level } from "./activities";

export const SUBPROTOCOL = "headrace.v1.json";

export type Positions = Record<string, number>;

// Client to server

export interface Subscribe {
  op: "subscribe";
  id: string;
  groups: "home" | string[];
  filter?: string;
  from?: Positions;
  inbox?: boolean;
  /** To be told who is there, and whether others are told of this person. */
  presence?: "shown" | "hidden";
}

export interface Unsubscribe {
  op: "unsubscribe";
  id: string;
}

export interface Read {
  op: "read";
  stream: string;
  seq: number;
}

/** Those who read `level` in the group are told; without it, the level that a post has by default. */
export interface Typing {
  op: "typing";
  group: string;
  level?: Level;
}

export interface Ping {
  op: "ping";
  id?: string;
}

export type ClientMessage = Subscribe | Unsubscribe | Read | Typing | Ping;

// Server to client

export interface Welcome {
  op: "welcome";
  person: string;
  /** Names the log's history: positions of another one are void. */
  epoch: string;
  /** Seconds. */
  heartbeat: number;
}

/** Group and level are null for the inbox. */
export interface StreamStart {
  group: string | null;
  level: Level | null;
  head: number;
}

export interface Subscribed {
  op: "subscribed";
  id: string;
  streams: Record<string, StreamStart>;
}

/** `prev` is the number before it in this filtered view; absent where that is seq - 1. */
export interface ActivityMessage {
  op: "activity";
  stream: string;
  seq: number;
  prev?: number;
  activity: Activity;
}

export interface Checkpoint {
  op: "checkpoint";
  streams: Positions;
}

export interface CaughtUp {
  op: "caught_up";
  id: string;
}

/** `group` and `level` are null for the inbox. */
export interface Granted {
  op: "granted";
  stream: string;
  group: string | null;
  level: Level | null;
  head: number;
}

export interface Revoked {
  op: "revoked";
  stream: string;
  group: string;
  reason: "revoked" | "left" | "expired" | "closed";
}

export interface Typed {
  op: "typing";
  group: string;
  handle: string;
}

/** All that are there and shown, whenever that changes; `people` are handles, absent in a crowd. */
export interface Presence {
  op: "presence";
  group: string;
  count: number;
  people?: string[];
}

export interface ErrorMessage {
  op: "error";
  code: string;
  message: string;
  retry: boolean;
  ref?: string;
  stream?: string;
  column?: number;
  /** Seconds. */
  retry_after?: number;
  /** As in a problem document. */
  errors?: Record<string, unknown>;
}

export interface Pong {
  op: "pong";
  id?: string;
}

export type ServerMessage =
  | Welcome
  | Subscribed
  | ActivityMessage
  | Checkpoint
  | CaughtUp
  | Granted
  | Revoked
  | Typed
  | Presence
  | ErrorMessage
  | Pong;

/** The fields that a message of each kind has for certain, with their types. */
const REQUIRED: Record<ServerMessage["op"], Record<string, string>> = {
  welcome: { person: "string", epoch: "string", heartbeat: "number" },
  subscribed: { id: "string", streams: "object" },
  activity: { stream: "string", seq: "number", activity: "object" },
  checkpoint: { streams: "object" },
  caught_up: { id: "string" },
  granted: { stream: "string", head: "number" },
  revoked: { stream: "string", group: "string", reason: "string" },
  typing: { group: "string", handle: "string" },
  presence: { group: "string", count: "number" },
  error: { code: "string", message: "string", retry: "boolean" },
  pong: {},
};

/**
 * The message in a text frame. Null for an `op` that this client does not know, which a newer
 * server may send. Throws SyntaxError for what is no message at all.
 */
export function decode(frame: string): ServerMessage | null {
  const found: unknown = JSON.parse(frame);
  if (typeof found !== "object" || found === null) throw new SyntaxError("not an object");
  const message = found as Record<string, unknown>;
  const op = message["op"];
  if (typeof op !== "string") throw new SyntaxError("a message without op");
  if (!Object.hasOwn(REQUIRED, op)) return null;
  for (const [field, type] of Object.entries(REQUIRED[op as ServerMessage["op"]])) {
    const value = message[field];
    if (typeof value !== type || value === null) throw new SyntaxError(`${op} without ${field}`);
  }
  return found as ServerMessage;
}

export function encode(message: ClientMessage): string {
  return JSON.stringify(message);
}
