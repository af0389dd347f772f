// @vitest-environment happy-dom
import { beforeEach, expect, test, vi } from "vitest";

import { NetworkError, ProblemError } from "../client/http";
import { KeyError } from "../client/keys";
import { FakeClock } from "../testing/clock";
import { ME } from "../testing/workspaces";
import { Session } from "./session.svelte";

const api = {
  me: vi.fn(),
  signIn: vi.fn(),
  signInFurther: vi.fn(),
  askFurther: vi.fn(),
  signInWays: vi.fn(),
  signOut: vi.fn(),
};
const keys = { areThere: true, create: vi.fn(), sign: vi.fn() };
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
  session = new Session(api, { clock, random: () => 1 }, keys, go);
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

function asked(...ways: string[]): ProblemError {
  const problem = { type: "about:blank", title: "", status: 401, detail: "", retry: false };
  const errors = { ticket: "hf_1", ways };
  return new ProblemError({ ...problem, code: "second_factor_required", errors });
}

test("a second factor is asked for in a second step, again after a wrong code", async () => {
  api.signIn.mockRejectedValueOnce(asked("code", "recovery"));
  await session.signIn("mia@example.org", "secret");
  expect(session.half).toEqual({ ticket: "hf_1", ways: ["code", "recovery"] });
  expect([session.state === "signed_in", session.failure]).toEqual([false, null]);
  expect(session.takesKey).toBe(false);
  api.signInFurther.mockRejectedValueOnce(refusal("bad_code"));
  await session.signInFurther("000000");
  expect([session.half?.ticket, session.failure?.code]).toEqual(["hf_1", "bad_code"]);
  api.signInFurther.mockResolvedValueOnce(ME);
  await session.signInFurther("492039");
  expect([session.state, session.half]).toEqual(["signed_in", null]);
  expect(api.signInFurther).toHaveBeenLastCalledWith("hf_1", { code: "492039" });
});

test("a key signs what the server asks, again after it was not touched", async () => {
  api.signIn.mockRejectedValueOnce(asked("key", "recovery"));
  await session.signIn("mia@example.org", "secret");
  expect(session.takesKey).toBe(true);
  api.askFurther.mockResolvedValue({ challenge: "AA" });
  keys.sign.mockRejectedValueOnce(new KeyError("key_unanswered", null));
  await session.signInWithKey();
  expect([session.half?.ticket, session.failure?.code]).toEqual(["hf_1", "key_unanswered"]);
  keys.sign.mockResolvedValueOnce({ id: "k" });
  api.signInFurther.mockResolvedValueOnce(ME);
  await session.signInWithKey();
  expect(keys.sign).toHaveBeenLastCalledWith({ challenge: "AA" });
  expect(api.signInFurther).toHaveBeenLastCalledWith("hf_1", { key: { id: "k" } });
  expect(session.state).toBe("signed_in");
});

test("a sign-in that took too long begins anew", async () => {
  api.signIn.mockRejectedValueOnce(asked("key"));
  await session.signIn("mia@example.org", "secret");
  api.askFurther.mockRejectedValueOnce(refusal("sign_in_expired"));
  await session.signInWithKey();
  expect([session.half, session.failure?.code]).toEqual([null, "sign_in_expired"]);
});
