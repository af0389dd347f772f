/** What a live subscription is, and what it reports. */

import type { Level } from "../protocol/activities";
import type {
  ActivityMessage,
  ErrorMessage,
  Positions as Snapshot,
  Presence,
} from "../protocol/messages";

export type LiveState =
  | "idle"
  | "connecting"
  | "subscribing"
  | "catching_up"
  | "live"
  | "waiting"
  | "offline"
  | "stopped";

export interface LiveStatus {
  state: LiveState;
  /** When this client was live for the last time, or started; null while it is live or idle. */
  since: number | null;
  /** When the next attempt is made, if one is. */
  retryAt: number | null;
  /** Name of the close code or error that stopped it. */
  reason: string | null;
}

export type LiveEvent =
  | { kind: "status"; status: LiveStatus }
  /** Complete where nothing was lost since the former subscription; else read history. */
  | { kind: "subscribed"; complete: boolean }
  | { kind: "activity"; message: ActivityMessage }
  | { kind: "checkpoint"; streams: Snapshot }
  | { kind: "granted"; stream: string; group: string | null }
  | { kind: "revoked"; stream: string; group: string | null; level: Level | null }
  /** Who is there in a group. Void when the connection ends. */
  | { kind: "presence"; message: Presence }
  /** What happened meanwhile will not be delivered: after the next "subscribed", read history. */
  | { kind: "lost" }
  /** The server will not take this subscription as it is. */
  | { kind: "refused"; error: ErrorMessage }
  /** A connection failed before the welcome; the session may have ended. */
  | { kind: "unreachable" };

export interface Interest {
  groups: "home" | string[];
  filter: string;
  inbox: boolean;
  readonly presence?: "shown" | "hidden";
}
