/** What follows from it when a group is found by others than before, in words. */

import type { Visibility } from "../protocol/answers";
import type { Group } from "../stores/groups.svelte";
import { t, tn } from "../stores/language.svelte";

/** Null where it stays as it is. */
export function consequence(group: Group, wanted: Visibility): string | null {
  const { visibility, history = "all" } = group;
  if (wanted === visibility) return null;
  if (wanted === "secret") return t("group.change.secret");
  if (wanted === "closed")
    return t(visibility === "open" ? "group.change.closed.open" : "group.change.closed.secret");
  if (typeof history === "number") return tn("group.change.open.days", history);
  return t(history === "all" ? "group.change.open.all" : "group.change.open.since_join");
}
