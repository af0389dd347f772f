/** What went wrong, in the reader's language. */

import { NetworkError, ProblemError } from "../client/http";
import { KeyError } from "../client/keys";
import { columnOf, faultOf, limitOf, rulesOf, type Fault, type Limit } from "../protocol/problems";
import { isTextKey, t } from "./language.svelte";
import { span } from "./times";

export interface Failure {
  /** The server's stable code, `network`, or what became of a security key. */
  code: string;
  /** What the server said, in its own words. */
  detail: string;
  /** Where in a filter, from 1. */
  column: number | null;
  /** What is wrong with a filter. */
  fault?: Fault;
  /** The rules that stand against it. */
  rules?: string[];
  /** What I have done as often as I may for now. */
  limit?: Limit;
}

/** Raises what is no failure of a request but a mistake of ours. */
export function asFailure(error: unknown): Failure {
  if (error instanceof NetworkError) return { code: "network", detail: "", column: null };
  if (error instanceof KeyError) return { code: error.code, detail: "", column: null };
  if (!(error instanceof ProblemError)) throw error;
  const { code, detail } = error.problem;
  const rules = rulesOf(error.problem);
  const fault = faultOf(error.problem);
  const limit = limitOf(error.problem);
  return {
    code,
    detail,
    column: columnOf(error.problem),
    ...(fault ? { fault } : {}),
    ...(rules.length > 0 ? { rules } : {}),
    ...(limit ? { limit } : {}),
  };
}

/** What is wrong with a filter, and what would not be; null for what a newer server alone knows. */
export function faultText({ fault }: Failure): string | null {
  const key = `filter.fault.${fault?.reason}`;
  if (!fault || !isTextKey(key)) return null;
  const { nearest, choices } = fault.values;
  const sentences = [t(key, fault.values)];
  if (nearest !== undefined) sentences.push(t("filter.nearest", { nearest }));
  else if (choices !== undefined) sentences.push(t("filter.choices", { choices }));
  if (fault.reason === "unknown_field") sentences.push(t("filter.colon"));
  return sentences.join(" ");
}

/** A sentence for it; for a code of a newer server what the server said. */
export function failureText({ code, detail, rules, limit }: Failure): string {
  const key = `error.${code}`;
  if (limit) return limitText(limit);
  if (code === "above_clearance" && rules)
    return t("error.above_clearance.rules", {
      rules: rules.map((rule) => t("audience.rule", { rule })).join(", "),
    });
  if (isTextKey(key)) return t(key);
  return detail || t("error.error");
}

function limitText({ name, most, interval, wait }: Limit): string {
  const key = `limit.${name}`;
  const values = { most, every: span(interval), wait: span(wait) };
  return t(isTextKey(key) ? key : "limit.other", values);
}
