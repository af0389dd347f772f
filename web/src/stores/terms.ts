/** On what terms somebody is, or would be, in a group. */

import type { Role } from "../protocol/answers";
import { t } from "./language.svelte";
import { date } from "./times";

export interface Terms {
  role?: Role;
  /** When the membership ends. */
  until?: string;
}

/** What is special about them, in words: not that somebody is a member for good. */
export function termsInWords({ role, until }: Terms): string[] {
  return [
    ...(role === undefined || role === "member" ? [] : [t(`role.${role}`)]),
    ...(until === undefined ? [] : [t("terms.until", { when: date(until) })]),
  ];
}
