/** What raised a level, in words. */

import type { Reason } from "../protocol/classification";
import { t } from "../stores/language.svelte";

/** A rule's name, set off from the sentence. */
export function quoted(rule: string): string {
  return t("audience.rule", { rule });
}

export function raisedBy(reasons: Reason[]): string {
  const named = reasons.map(({ rule }) => (rule === null ? t("audience.floor") : quoted(rule)));
  return [...new Set(named)].join(", ");
}
