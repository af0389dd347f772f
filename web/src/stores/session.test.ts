// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";

import { NetworkError, ProblemError } from "../client/http";
import { FakeClock } from "../testing/clock";
import { ME } from "../testing/workspaces";
import { Session } from "./session.svelte";

const api = {
  me: vi.fn(),
  signIn: vi.fn(),
  signInFurther: vi.fn(),
  signInWays: vi.fn(),
  signOut: vi.fn(),
};
const go = vi.fn();
let clock: FakeClock;
let session: Session;

beforeEach(() => {
  clock = new FakeClock();
  api.me.mockReset().mockResolvedValue(ME);
  api.signIn.mockReset().mockResolvedValue(ME);
  api.signInWays.mockReset().mockResolvedValue({});
  api.signOut.mockReset().mockResolvedValue({});
  go.mockReset();
  session = new Session(api, { clock, random: () => 1 }, go);
});

function refusal(code: string): ProblemError {
  const problem = { type: "about:blank", title: "", status: 401, code, detail: "", retry: false };
  return new ProblemError(problem);
}

test("a cookie that holds signs in", async () => {
  await session.restore();
  expect([session.state, session.me]).toEqual(["signed_in", ME]);
});

test("no cookie is no failure", async () => {
  api.me.mockRejectedValueOnce(refusal("unauthenticated"));
  await session.restore();
  expect([session.state, session.failure]).toEqual(["signed_out", null]);
});

test("a server that is away is waited for", async () => {
  api.me.mockRejectedValueOnce(new NetworkError(null));
  const restored = session.restore();
  await vi.waitUntil(() => session.state === "unreachable", { interval: 1 });
  await vi.waitUntil(() => clock.timers > 0, { interval: 1 });
  clock.advance(1000);
  await restored;
  expect(session.state).toBe("signed_in");
});

test("a wrong password says so and can be tried again", async () => {
  api.signIn.mockRejectedValueOnce(refusal("bad_credentials"));
  await session.signIn("mia@example.org", "wrong");
  expect([session.failure?.code, session.isBusy]).toEqual(["bad_credentials", false]);
  await session.signIn("mia@example.org", "right");
  expect([session.state, session.failure]).toEqual(["signed_in", null]);
});

test("signing out leaves, also when the server cannot be told", async () => {
  await session.restore();
  api.signOut.mockRejectedValueOnce(new NetworkError(null));
  await session.signOut();
  expect([session.state, session.me]).toEqual(["signed_out", null]);
});

test("whoever signed in with a provider is led there to sign out", async () => {
  await session.restore();
  api.signOut.mockResolvedValueOnce({ address: "https://id.example/end" });
  await session.signOut();
  expect(go).toHaveBeenCalledWith("https://id.example/end");
});

test("whoever is signed out learns how else to sign in", async () => {
  const ways = { provider: { title: "Example", address: "/api/v1/sign-in/provider" } };
  api.me.mockRejectedValueOnce(refusal("unauthenticated"));
  api.signInWays.mockResolvedValueOnce(ways);
  await session.restore();
  await vi.waitUntil(() => session.ways.provider, { interval: 1 });
  expect(session.ways).toEqual(ways);
});

test("a password works though nobody knows how else to sign in", async () => {
  api.me.mockRejectedValueOnce(refusal("unauthenticated"));
  api.signInWays.mockRejectedValueOnce(new NetworkError(null));
  await session.restore();
  await session.signIn("mia@example.org", "right");
  expect([session.state, session.failure]).toEqual(["signed_in", null]);
});

test("a refusal by the provider is said to whoever is not signed in", async () => {
  api.me.mockRejectedValueOnce(refusal("unauthenticated"));
  await session.restore("no_account");
  expect(session.failure?.code).toBe("no_account");
});

test.each(["bad_token", "session_ended", "account_closed"])("%s ends the session", async (name) => {
  await session.restore();
  session.closedBy(name);
  expect([session.state, session.ended]).toEqual(["signed_out", name]);
});

test.each(["protocol_broken", "filter_syntax", null])("%s does not", async (name) => {
  await session.restore();
  session.closedBy(name);
  expect(session.state).toBe("signed_in");
});

test("an unexplained end is looked into", async () => {
  await session.restore();
  api.me.mockRejectedValueOnce(new NetworkError(null));
  await session.check();
  expect(session.state).toBe("signed_in");
  api.me.mockRejectedValueOnce(refusal("unauthenticated"));
  await session.check();
  expect([session.state, session.ended]).toEqual(["signed_out", "session_ended"]);
});

test("a second factor is asked for in a second step, again after a wrong code", async () => {
  const problem = { type: "about:blank", title: "", status: 401, detail: "", retry: false };
  const asked = { ...problem, code: "second_factor_required", errors: { ticket: "hf_1" } };
  api.signIn.mockRejectedValueOnce(new ProblemError(asked));
  await session.signIn("mia@example.org", "secret");
  expect([session.state === "signed_in", session.ticket, session.failure]).toEqual([
    false,
    "hf_1",
    null,
  ]);
  api.signInFurther.mockRejectedValueOnce(refusal("bad_code"));
  await session.signInFurther("000000");
  expect([session.ticket, session.failure?.code]).toEqual(["hf_1", "bad_code"]);
  api.signInFurther.mockResolvedValueOnce(ME);
  await session.signInFurther("492039");
  expect([session.state, session.ticket]).toEqual(["signed_in", null]);
  expect(api.signInFurther).toHaveBeenLastCalledWith("hf_1", "492039");
});
