/** What went wrong, in the reader's language. */

import { NetworkError, ProblemError } from "../client/http";
import { KeyError } from "../client/keys";
import { columnOf, rulesOf } from "../protocol/problems";
import { isTextKey, t } from "./language.svelte";

export interface Failure {
  /** The server's stable code, `network`, or what became of a security key. */
  code: string;
  /** What the server said, in its own words. */
  detail: string;
  /** Where in a filter, from 1. */
  column: number | null;
  /** The rules that stand against it. */
  rules?: string[];
}

/** Raises what is no failure of a request but a mistake of ours. */
export function asFailure(error: unknown): Failure {
  if (error instanceof NetworkError) return { code: "network", detail: "", column: null };
  if (error instanceof KeyError) return { code: error.code, detail: "", column: null };
  if (!(error instanceof ProblemError)) throw error;
  const { code, detail } = error.problem;
  const rules = rulesOf(error.problem);
  const failure = { code, detail, column: columnOf(error.problem) };
  return rules.length > 0 ? { ...failure, rules } : failure;
}

/** A sentence for it; for a code of a newer server what the server said. */
export function failureText({ code, detail, rules }: Failure): string {
  const key = `error.${code}`;
  if (code === "above_clearance" && rules)
    return t("error.above_clearance.rules", {
      rules: rules.map((rule) => t("audience.rule", { rule })).join(", "),
    });
  if (isTextKey(key)) return t(key);
  return detail || t("error.error");
}
