/** What happened to people, in a sentence. */

import type { Activity } from "../protocol/activities";
import { t } from "../stores/language.svelte";

/** `group` is the title of the group in which it happened. */
export function newsText(activity: Activity, group: string): string {
  const { actor, object, source, type } = activity;
  const { name } = actor;
  const named = typeof object === "object" ? object : undefined;
  const whom = named?.name ?? name;
  if (activity.thread !== undefined) return ofThread(activity, whom);
  switch (type) {
    case "Like":
      return t("quiet.thanks", { name, whom });
    case "Leave":
      return t("quiet.left", { name: whom, group });
    case "Add":
      return isOne(activity)
        ? t("quiet.added", { name, whom, group })
        : t("quiet.added.many", { name, group });
    case "Remove":
      if (source === "expiry")
        return isOne(activity)
          ? t("quiet.expired", { whom, group })
          : t("quiet.expired.many", { group });
      return isOne(activity)
        ? t("quiet.removed", { name, whom, group })
        : t("quiet.removed.many", { name, group });
    case "Offer":
      if (!named) return t("quiet.proposed.somebody", { name, group });
      return named.id === actor.id
        ? t("quiet.asked", { name, group })
        : t("quiet.proposed", { name, whom, group });
    case "Invite":
      return t("quiet.invited", { name, whom, group });
    case "Reject":
      return named && named.id !== actor.id
        ? t("quiet.rejected", { name, whom, group })
        : t("quiet.declined", { name, group });
    default:
      return t("quiet.joined", { name: whom, group });
  }
}

/** A conversation is shared, or is not any more. */
function ofThread({ actor: { name }, type }: Activity, whom: string): string {
  switch (type) {
    case "Add":
      return t("quiet.shared", { name, whom });
    case "Offer":
      return t("quiet.share_proposed", { name, whom });
    case "Reject":
      return t("quiet.share_rejected", { name, whom });
    case "Leave":
      return t("quiet.share_left", { name });
    default:
      return t("quiet.unshared", { name, whom });
  }
}

/** Whether it tells who; a change of many members at once tells the group itself. */
function isOne({ object, target }: Activity): boolean {
  if (typeof object !== "object") return false;
  return object.type !== "Group" || object.handle !== target;
}
