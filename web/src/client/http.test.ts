import { describe, expect, test, vi } from "vitest";

import { HttpClient, mayRetry, NetworkError, ProblemError } from "./http";

function serving(status: number, body: unknown) {
  const text = body === undefined ? null : JSON.stringify(body);
  return vi.fn<typeof fetch>(() => Promise.resolve(new Response(text, { status })));
}

function calledWith(fetching: ReturnType<typeof serving>): [string, RequestInit] {
  const [url, init] = fetching.mock.calls[0] ?? [];
  return [String(url), init ?? {}];
}

describe("request", () => {
  test("gives the body back", async () => {
    const client = new HttpClient(serving(200, { items: [] }));
    expect(await client.request("GET", "/groups")).toEqual({ items: [] });
  });

  test("has no body for 204", async () => {
    const client = new HttpClient(serving(204, undefined));
    expect(await client.request("DELETE", "/session")).toBeUndefined();
  });

  test("leaves out what is not asked for", async () => {
    const fetching = serving(200, {});
    const query = { limit: 5, before: undefined, filter: "" };
    await new HttpClient(fetching).request("GET", "/home", { query });
    expect(calledWith(fetching)[0]).toBe("/api/v1/home?limit=5");
  });

  test("encodes a query", async () => {
    const fetching = serving(200, {});
    await new HttpClient(fetching).request("GET", "/home", { query: { filter: 'a&b "c"' } });
    expect(calledWith(fetching)[0]).toBe("/api/v1/home?filter=a%26b+%22c%22");
  });

  test("sends JSON with its headers", async () => {
    const fetching = serving(201, {});
    const headers = { "Idempotency-Key": "k" };
    await new HttpClient(fetching).request("POST", "/x", { body: { content: "ä" }, headers });
    const [, init] = calledWith(fetching);
    expect(init).toMatchObject({ method: "POST", body: '{"content":"ä"}' });
    expect(init.headers).toMatchObject({ "Content-Type": "application/json", ...headers });
  });
});

describe("failures", () => {
  test("a problem keeps its code", async () => {
    const client = new HttpClient(serving(404, { code: "not_found", detail: "nothing" }));
    const error = await client.request("GET", "/x").catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ProblemError);
    expect((error as ProblemError).problem.code).toBe("not_found");
    expect(mayRetry(error)).toBe(false);
  });

  test("what a proxy says is a problem too, and passes", async () => {
    const answer = () => Promise.resolve(new Response("<h1>Bad gateway</h1>", { status: 502 }));
    const error = await new HttpClient(answer)
      .request("GET", "/x")
      .catch((cause: unknown) => cause);
    expect(mayRetry(error)).toBe(true);
  });

  test("no answer is a network error", async () => {
    const client = new HttpClient(() => Promise.reject(new TypeError("refused")));
    const error = await client.request("GET", "/x").catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(NetworkError);
    expect(mayRetry(error)).toBe(true);
  });

  test("an answer that breaks off is a network error", async () => {
    const body = new ReadableStream({ start: (stream) => stream.error(new TypeError("reset")) });
    const client = new HttpClient(() => Promise.resolve(new Response(body)));
    await expect(client.request("GET", "/x")).rejects.toBeInstanceOf(NetworkError);
  });

  test("giving up is no network error", async () => {
    const abort = new AbortController();
    abort.abort(new Error("enough"));
    const client = new HttpClient((_, init) => Promise.reject(init?.signal?.reason as Error));
    await expect(client.request("GET", "/x", { signal: abort.signal })).rejects.toThrow("enough");
  });
});

describe("follow", () => {
  test("asks for the next page as it stands", async () => {
    const fetching = serving(200, { items: [] });
    await new HttpClient(fetching).follow("/api/v1/home?before=1");
    expect(calledWith(fetching)[0]).toBe("/api/v1/home?before=1");
  });

  test.each(["https://evil.example/api/v1/home", "//evil.example/", "/other", "/api/v1"])(
    "does not follow %s",
    async (next) => {
      const fetching = serving(200, {});
      await expect(new HttpClient(fetching).follow(next)).rejects.toThrow(TypeError);
      expect(fetching).not.toHaveBeenCalled();
    },
  );
});
