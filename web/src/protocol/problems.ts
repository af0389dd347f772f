/** RFC 9457 problem details with the server's stable `code`. */

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  retry: boolean;
  errors?: Record<string, unknown>;
}

/**
 * The problem in an answer's body. What is no problem document, such as a proxy's error page,
 * becomes one by its status alone.
 */
export function readProblem(status: number, body: unknown): Problem {
  const found = (body ?? {}) as Partial<Problem>;
  if (typeof found.code !== "string") return fromStatus(status);
  return {
    type: found.type ?? "about:blank",
    title: found.title ?? found.code,
    status,
    code: found.code,
    detail: found.detail ?? "",
    retry: found.retry ?? false,
    ...(found.errors ? { errors: found.errors } : {}),
  };
}

/** The column (from 1) that a filter error points at; null where it points nowhere. */
export function columnOf(problem: Problem): number | null {
  const column = problem.errors?.["column"];
  return typeof column === "number" ? column : null;
}

/** What is wrong with a filter, by a reason of codes.json and its values. */
export interface Fault {
  reason: string;
  values: Record<string, string | number>;
}

/** Null where it is no filter, or of an older server. */
export function faultOf({ code, errors }: Problem): Fault | null {
  if (code !== "filter_syntax" || typeof errors?.["reason"] !== "string") return null;
  const values: Fault["values"] = {};
  for (const [name, value] of Object.entries(errors)) {
    if (typeof value === "string" || typeof value === "number") values[name] = value;
    else if (Array.isArray(value)) values[name] = value.join(", ");
  }
  return { reason: errors["reason"], values };
}

/** How often I may do something: `most` in a row, then one every `interval` seconds. */
export interface Limit {
  /** What it limits, by the name that the server's setting for it has. */
  name: string;
  most: number;
  interval: number;
  /** Seconds until the next one. */
  wait: number;
}

/** Null where it is no limit of mine, or of an older server. */
export function limitOf({ code, errors }: Problem): Limit | null {
  const { limit: name, most, interval, wait } = errors ?? {};
  if (code !== "rate_limited" || typeof name !== "string") return null;
  if (typeof most !== "number" || typeof interval !== "number" || typeof wait !== "number")
    return null;
  return { name, most, interval, wait };
}

/** The names of the rules that a problem names. */
export function rulesOf(problem: Problem): string[] {
  const raised = problem.errors?.["raised"];
  if (!Array.isArray(raised)) return [];
  return raised.flatMap((reason: { rule?: unknown }) =>
    typeof reason.rule === "string" ? [reason.rule] : [],
  );
}

function fromStatus(status: number): Problem {
  const busy = status >= 500 || status === 429;
  return {
    type: "about:blank",
    title: `HTTP ${status}`,
    status,
    code: busy ? "unavailable" : "error",
    detail: "",
    retry: busy,
  };
}
