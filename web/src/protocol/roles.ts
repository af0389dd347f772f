/** What people are in a group: the mirror of the server's ranks in `model/groups.py`. */

import type { Role } from "./answers";

/** Lowest first. */
const ROLES = ["guest", "member", "moderator", "owner"] as const satisfies readonly Role[];

/** The roles that somebody may give who has that one: none above it. */
export function rolesUpTo(role: Role): Role[] {
  return ROLES.slice(0, ROLES.indexOf(role) + 1);
}

/** Whether it is a higher role than another. */
export function isAbove(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) > ROLES.indexOf(other);
}
