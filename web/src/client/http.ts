/** HTTP with JSON, and failures as two exceptions. */

import { readProblem, type Problem } from "../protocol/problems";

/** The server answered that it will not. */
export class ProblemError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ProblemError";
  }
}

/** No answer: whether the server got the request is unknown. */
export class NetworkError extends Error {
  constructor(cause: unknown) {
    super("no answer", { cause });
    this.name = "NetworkError";
  }
}

/** Whether the same request, unchanged, may succeed later. */
export function mayRetry(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  return error instanceof ProblemError && error.problem.retry;
}

export type Fetch = typeof fetch;
export type Query = Record<string, string | number | undefined>;

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export class HttpClient {
  constructor(
    private readonly fetch: Fetch,
    private readonly base = "/api/v1",
  ) {}

  /** The answer's body; undefined where there is none. Raises ProblemError and NetworkError. */
  async request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const answer = await this.#send(method, this.base + path + encodeQuery(options.query), options);
    return (await readBody(answer)) as T;
  }

  /** A following page: `next` is an address on this server, and nothing else is followed. */
  async follow<T>(next: string): Promise<T> {
    if (!next.startsWith(`${this.base}/`)) throw new TypeError(`not an address of ours: ${next}`);
    return (await readBody(await this.#send("GET", next, {}))) as T;
  }

  async #send(method: string, url: string, options: RequestOptions): Promise<Response> {
    try {
      return await this.fetch(url, initOf(method, options));
    } catch (cause) {
      if (options.signal?.aborted) throw cause;
      throw new NetworkError(cause);
    }
  }
}

function initOf(method: string, { body, headers, signal }: RequestOptions): RequestInit {
  const json = body === undefined ? {} : { "Content-Type": "application/json" };
  return {
    method,
    headers: { Accept: "application/json", ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  };
}

function encodeQuery(query: Query = {}): string {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  if (entries.length === 0) return "";
  return `?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString()}`;
}

async function readBody(answer: Response): Promise<unknown> {
  const text = await textOf(answer);
  const body = parsed(text);
  if (!answer.ok) throw new ProblemError(readProblem(answer.status, body));
  return body;
}

/** A connection can break in the middle of a body too. */
async function textOf(answer: Response): Promise<string> {
  try {
    return await answer.text();
  } catch (cause) {
    throw new NetworkError(cause);
  }
}

function parsed(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
