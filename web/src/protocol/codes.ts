/**
 * Close codes and error codes, from the one table that the server generates.
 *
 * RFC 6455, section 7.4.2, leaves 4000 to 4999 to applications. The range says what to do, so
 * that codes added to the server later are understood by a client built today.
 */

import table from "../../../schemas/codes.json";

export type Reaction = "stay_away" | "pause" | "resume";

export interface CloseCode {
  code: number;
  name: string;
  meaning: string;
  reaction: Reaction;
}

export interface ErrorCode {
  code: string;
  status: number;
  retry: boolean;
  message: string;
}

/** What can be wrong with a filter. */
export interface FilterFault {
  reason: string;
  message: string;
}

export const CLOSE_CODES = table.close as readonly CloseCode[];
export const ERROR_CODES = table.errors as readonly ErrorCode[];
export const FILTER_FAULTS = table.filter as readonly FilterFault[];

/** What a close asks of the client; null where it is no code of ours and thus an accident. */
export function reactionTo(code: number): Reaction | null {
  const known = CLOSE_CODES.find((row) => row.code === code);
  if (known) return known.reaction;
  if (code >= 4000 && code < 4100) return "stay_away";
  if (code >= 4100 && code < 4200) return "pause";
  if (code >= 4200 && code < 4300) return "resume";
  return null;
}

/** The stable name of a close code, for texts and logs. */
export function closeName(code: number): string {
  return CLOSE_CODES.find((row) => row.code === code)?.name ?? `close_${code}`;
}

/** Seconds to stay away, from a close reason such as `{"retry_after": 5}`; null where absent. */
export function retryAfter(reason: string): number | null {
  try {
    const parsed: unknown = JSON.parse(reason);
    const seconds = (parsed as { retry_after?: unknown } | null)?.retry_after;
    return typeof seconds === "number" && seconds >= 0 ? seconds : null;
  } catch {
    return null;
  }
}
