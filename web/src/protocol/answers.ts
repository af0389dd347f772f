/** What the HTTP API takes and gives: the mirror of the server's `api/shapes`. */

import type { Activity, Actor, Attachment, Level, PostType } from "./activities";
import type { Reason } from "./classification";

export type Role = "owner" | "moderator" | "member" | "guest";
export type PersonKind = "employee" | "guest" | "service";
export type GroupKind = "team" | "project" | "community" | "customer" | "thread";
export type Visibility = "open" | "closed" | "secret";
export type History = "all" | "since_join" | number;

export interface Me {
  id: string;
  email: string;
  handle: string;
  name: string;
  kind: PersonKind;
  admin: boolean;
  /** Name of the stream of what is directed at me. */
  inbox: string;
  epoch: string;
}

/** How one can sign in, beside a password. */
export interface SignInWays {
  provider?: { title: string; address: string };
  /** Whether a link to choose a new password comes by mail. */
  reset?: boolean;
}

/** `network` and `agent` tell from where, no more exactly than one needs to recognise it. */
export interface SessionAnswer {
  id: string;
  created: string;
  lastUsed: string;
  expires: string;
  network: string;
  agent: string;
  current?: boolean;
}

/** `address` is where to go to sign out at the provider too. */
export interface SignedOut {
  address?: string;
}

export interface StreamState {
  stream: string;
  level: Level;
  head: number;
  read: number;
  unread: number;
}

/** `role` and `streams` are there for members only, `thread` for the kind of that name: one thread
 * of a group that I am not in. */
export interface GroupAnswer {
  name: string;
  title: string;
  kind: GroupKind;
  visibility: Visibility;
  parent?: string;
  /** How much of its past newcomers read: all, nothing, or so many days; all where it is not said. */
  history?: History;
  /** Whether members may bring others in. */
  membersInvite?: boolean;
  role?: Role;
  streams?: StreamState[];
  thread?: { firstPost: string; replies: boolean };
}

/** Somebody outside a thread's group who reads it, or would where an owner agrees (`waits`). */
export interface Share {
  person: Actor;
  kind: PersonKind;
  replies: boolean;
  waits?: boolean;
  inviter?: Actor;
  expires?: string;
}

export interface NewShare {
  replies: boolean;
  expires?: string | undefined;
}

export interface Shares {
  items: Share[];
  mayShare: boolean;
}

export interface MemberAnswer {
  type: "person" | "team";
  name: string;
  role: Role;
  handle?: string;
  team?: string;
  clearance?: Level;
  expires?: string;
  kind?: PersonKind;
}

/** A membership that is not there yet; `state` says who has to answer. */
export interface Pending {
  id: string;
  group: string;
  title: string;
  /** asked: owners and moderators; consent: an owner; offered: whom it is for. */
  state: "asked" | "consent" | "offered";
  inviter: Actor;
  whom?: Actor;
  /** Whom a link is for, and its secret, which is told once. */
  email?: string;
  token?: string;
  created: string;
  expires: string;
  /** What they would be, and until when. */
  role?: Role;
  until?: string;
}

/**
 * What is asked of somebody who is to come in; `expires` is when the membership would end. Without
 * a role a guest becomes a guest, and everybody else a member.
 */
export interface NewGroup {
  /** In addresses and filters; that of a secret group gets an ending that nobody guesses. */
  name: string;
  title: string;
  kind: Exclude<GroupKind, "thread">;
  visibility: Visibility;
}

/** What is left out stays as it is. */
export interface GroupChange {
  title?: string;
  visibility?: Visibility;
}

export interface NewInvitation {
  subject: string;
  role?: Role | undefined;
  /** How far up they read, where that is not what the role has. */
  clearance?: Level | undefined;
  expires?: string | undefined;
}

/** What an invitation's link is for: a group by its title and its name. */
export interface Link {
  group: string;
  name: string;
  inviter: string;
  email: string;
  expires: string;
}

export interface NewActivity {
  type?: PostType | "Like" | "Undo";
  content?: string;
  level?: Level;
  inReplyTo?: string;
  object?: string;
  tags?: string[];
  mentions?: string[];
  /** Ids of uploads, and links to things elsewhere. */
  attachment?: (string | Attachment)[];
}

/** What is left out stays as it is. */
export interface ActivityChange {
  content?: string;
  attachment?: (string | Attachment)[];
}

/** An upload; a post carries it by its id. */
export interface FileAnswer {
  id: string;
  type: "Document" | "Image" | "Video";
  name: string;
  mediaType: string;
  size: number;
  sha256: string;
  url: string;
  width?: number;
  height?: number;
  preview?: string;
}

/** `unreached` are mentions that reach nobody who reads this. */
export interface Receipt {
  id: string;
  stream: string;
  seq: number;
  published: string;
  level: Level;
  /** The rules that made the level higher than it was meant to be. */
  raised?: Reason[];
  unreached?: string[];
}

/** A page of a list; `next` is the relative address of the following page. */
export interface Page<T> {
  items: T[];
  next?: string;
}

export type Activities = Page<Activity>;
