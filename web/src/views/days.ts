/** A stream in rows as it is shown: days, posts, and news about people drawn together. */

import { isPostType, type Activity } from "../protocol/activities";
import { midnight } from "../stores/times";

export interface Row {
  /** Of its first activity. */
  id: string;
  kind: "post" | "news";
  activities: Activity[];
}

export interface Day {
  /** Tells it apart: a clock that was set back may have begun a day twice. */
  id: string;
  midnight: number;
  rows: Row[];
}

export function byDay(items: readonly Activity[]): Day[] {
  const days: Day[] = [];
  for (const activity of items) {
    const day = midnight(Date.parse(activity.published));
    if (days.at(-1)?.midnight !== day) days.push(begun(day, days));
    append(days.at(-1)?.rows ?? [], activity);
  }
  return days;
}

function begun(midnight: number, before: readonly Day[]): Day {
  const times = before.filter((day) => day.midnight === midnight).length;
  return { id: `${midnight}/${times}`, midnight, rows: [] };
}

function append(rows: Row[], activity: Activity): void {
  const isPost = isPostType(activity.type) || activity.type === "Tombstone";
  const last = rows.at(-1);
  if (!isPost && last?.kind === "news") last.activities.push(activity);
  else rows.push({ id: activity.id, kind: isPost ? "post" : "news", activities: [activity] });
}
