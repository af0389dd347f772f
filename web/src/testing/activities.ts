/** Activities for tests: ids sort as their numbers do. */

import type { Activity, Actor } from "../protocol/activities";
import type { FileAnswer } from "../protocol/answers";

export function actor(handle: string): Actor {
  return { id: `p-${handle}`, type: "Person", name: handle.toUpperCase(), handle };
}

export function idOf(number: number): string {
  return `0193-${String(number).padStart(6, "0")}`;
}

export function activity(number: number, change: Partial<Activity> = {}): Activity {
  return {
    id: idOf(number),
    type: "Create",
    actor: actor("jonas"),
    target: "quality",
    level: "internal",
    published: new Date(Date.UTC(2026, 10, 21, 10, 0, number)).toISOString(),
    content: `post ${number}`,
    ...change,
  };
}

export function uploaded(name: string): FileAnswer {
  const id = `id of ${name}`;
  const about = { mediaType: "application/pdf", size: 7, sha256: "00" };
  return { id, type: "Document", name, url: `/api/v1/files/${id}`, ...about };
}
