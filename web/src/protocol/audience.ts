/** Who sees what and why: the mirror of the server's `api/shapes/audience.py`. */

import type { Actor, Level } from "./activities";
import type { Role } from "./answers";
import type { Reason } from "./classification";

/** Somebody who does not belong to the organisation. */
export interface External {
  name: string;
  handle: string;
}

export interface Audience {
  group: string;
  level: Level;
  readers: Partial<Record<Role, number>>;
  externals?: External[];
}

/** What publishing would come to. `unreached` are mentions that would reach nobody. */
export interface Preview {
  level: Level;
  audience: Audience[];
  raised?: Reason[];
  inbox?: string[];
  unreached?: string[];
}

/** How somebody comes to be in a group: through teams, or in person. */
export interface Way {
  teams: string[];
  role: Role;
  clearance?: Level;
}

export interface PlaceExplained {
  group: string;
  level: Level;
  sees: boolean;
  reason: "reads" | "not_a_member" | "level" | "newcomer";
  seq: number;
  head: number;
  role?: Role;
  clearance?: Level;
  ways?: Way[];
  live?: boolean;
  read?: boolean;
  inbox?: boolean;
}

export interface Explanation {
  activity: string;
  person: External;
  sees: boolean;
  /** RFC 3339: when it came to its level. */
  at: string;
  places: PlaceExplained[];
  deleted?: boolean;
  passes?: boolean;
}

export interface LevelChange {
  at: string;
  by: Actor;
  was: Level;
  became: Level;
  reason?: string;
  raised?: Reason[];
  along?: boolean;
}
