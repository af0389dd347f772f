/**
 * Activities, in the terms of W3C Activity Streams 2.0: the mirror of the server's
 * `model/activities.py`. Fields with a default are absent on the wire while they have it.
 */

export const LEVELS = ["public", "internal", "confidential"] as const;
export type Level = (typeof LEVELS)[number];

export const ACTIVITY_TYPES = [
  "Create",
  "Announce",
  "Question",
  "Like",
  "Undo",
  "Update",
  "Delete",
  "Join",
  "Leave",
  "Add",
  "Remove",
  "Offer",
  "Invite",
  "Reject",
  "Tombstone",
] as const;
export type ActivityType = (typeof ACTIVITY_TYPES)[number];

/** What counts as something to read. */
export const POST_TYPES = ["Create", "Announce", "Question"] as const;
export type PostType = (typeof POST_TYPES)[number];

export interface Actor {
  id: string;
  type: "Person" | "Service" | "Group";
  name: string;
  handle: string;
}

/** How many of them a post has at most. */
export const MAX_ATTACHMENTS = 16;

/** `id` is there for what was uploaded here; `size` in bytes, `width` and `height` in pixels. */
export interface Attachment {
  url: string;
  name?: string;
  mediaType?: string;
  type?: "Document" | "Image" | "Video" | "Link";
  id?: string;
  size?: number;
  width?: number;
  height?: number;
  /** Address of a small image of it. */
  preview?: string;
}

/** Whether it tells that the group it is in has changed: its title, or who finds it. */
export function isOfGroup({ type, object, target }: Activity): boolean {
  return (
    type === "Update" &&
    typeof object === "object" &&
    object.type === "Group" &&
    object.handle === target
  );
}

export interface Activity {
  id: string;
  type: ActivityType;
  actor: Actor;
  /** Name of the group it is read in; absent where it concerns no group. */
  target?: string;
  level: Level;
  /** RFC 3339. */
  published: string;
  content?: string;
  /** The activity that a Like, Undo, Update or Delete is about, or who joined or left. */
  object?: string | Actor;
  inReplyTo?: string;
  /** Id of the conversation's first activity. */
  thread?: string;
  tags?: string[];
  mentions?: string[];
  attachment?: Attachment[];
  updated?: string;
  deleted?: string;
  formerType?: ActivityType;
  /** The id that it had before its level changed. */
  formerly?: string;
  source?: string;
  likes?: number;
  liked?: boolean;
  replies?: number;
}

export function isPostType(type: ActivityType): type is PostType {
  return (POST_TYPES as readonly string[]).includes(type);
}

/** Whether a reader of `level` reads everything at `floor` too. */
export function isAtLeast(level: Level, floor: Level): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(floor);
}
