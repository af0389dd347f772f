/** Mia, who is signed in, with her groups and what she works in. */

import type { Api } from "../client/api";
import { KeyError, type Keys } from "../client/keys";
import type { GroupAnswer, Me } from "../protocol/answers";
import { Session } from "../stores/session.svelte";
import { Workspace } from "../stores/workspace.svelte";
import { FakeClock } from "./clock";
import { FakeSockets } from "./sockets";

export const ME: Me = {
  id: "p-mia",
  email: "mia@example.org",
  handle: "mia",
  name: "Mia",
  kind: "employee",
  admin: false,
  inbox: "inbox",
  epoch: "e1",
};

const LEVELS = ["public", "internal", "confidential"] as const;

/** A group of which she reads all levels; each is a stream of that name. */
export const QUALITY: GroupAnswer = {
  name: "quality",
  title: "Quality",
  kind: "team",
  visibility: "closed",
  role: "member",
  streams: LEVELS.map((level) => ({ stream: level, level, head: 0, read: 0, unread: 0 })),
};

/** A browser that knows no security keys. */
export const NO_KEYS: Keys = {
  areThere: false,
  create: () => Promise.reject(new KeyError("key_elsewhere", null)),
  sign: () => Promise.reject(new KeyError("key_elsewhere", null)),
};

/** Her session; `api` answers the calls that a test expects. */
export function sessionOf(api: object): Session {
  const patience = { clock: new FakeClock(), random: () => 1 };
  const session = new Session(api as Api, patience, NO_KEYS);
  session.me = ME;
  session.state = "signed_in";
  return session;
}

/** Her workspace, likewise. */
export function workspaceOf(
  api: object,
  { connect } = new FakeSockets(),
  session = sessionOf(api),
): Workspace {
  const around = { connect, clock: new FakeClock(), random: () => 1 };
  return new Workspace(ME, { api: api as Api, around, session, newKey: () => "key" });
}
