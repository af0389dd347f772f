/** What went wrong, in the reader's language. */

import { NetworkError, ProblemError } from "../client/http";
import { columnOf } from "../protocol/problems";
import { isTextKey, t } from "./language.svelte";

export interface Failure {
  /** The server's stable code, or `network`. */
  code: string;
  /** What the server said, in its own words. */
  detail: string;
  /** Where in a filter, from 1. */
  column: number | null;
}

/** Raises what is no failure of a request but a mistake of ours. */
export function asFailure(error: unknown): Failure {
  if (error instanceof NetworkError) return { code: "network", detail: "", column: null };
  if (!(error instanceof ProblemError)) throw error;
  const { code, detail } = error.problem;
  return { code, detail, column: columnOf(error.problem) };
}

/** A sentence for it; for a code of a newer server what the server said. */
export function failureText({ code, detail }: Failure): string {
  const key = `error.${code}`;
  if (isTextKey(key)) return t(key);
  return detail || t("error.error");
}
