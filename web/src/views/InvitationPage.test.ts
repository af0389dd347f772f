// @vitest-environment happy-dom
import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { NetworkError, ProblemError } from "../client/http";
import { language } from "../stores/language.svelte";
import { ME, sessionOf } from "../testing/workspaces";
import InvitationPage from "./InvitationPage.svelte";

const LINK = {
  group: "The board",
  name: "board",
  inviter: "Ida",
  email: "carl@customer.example",
  expires: "2026-12-05T10:00:00Z",
};

const api = {
  lookAtLink: vi.fn(),
  redeemLink: vi.fn(),
  acceptLink: vi.fn(),
  signIn: vi.fn(),
  signOut: vi.fn(),
  signInWays: vi.fn(),
};
const signIn = vi.fn();

function refusal(code: string, status: number): ProblemError {
  const problem = { type: "about:blank", title: "", detail: "", retry: false };
  return new ProblemError({ ...problem, code, status });
}

function open(email: string | null): void {
  const session = sessionOf(api);
  session.me = email === null ? null : { ...ME, email };
  session.state = email === null ? "signed_out" : "signed_in";
  render(InvitationPage, { api, session, token: "hv_1", signIn });
}

beforeEach(() => {
  language.choose("en");
  location.hash = "#/invitation/hv_1";
  for (const call of Object.values(api)) call.mockReset().mockResolvedValue({});
  api.lookAtLink.mockResolvedValue(LINK);
  signIn.mockReset();
});

test("it says who invites into what, and whom", async () => {
  open(null);
  const offer = await screen.findByTestId("offer");
  expect(offer.textContent).toContain("Ida invites you into The board");
  expect(offer.textContent).toContain("carl@customer.example");
  expect(api.lookAtLink).toHaveBeenCalledWith("hv_1");
});

test("whoever is new makes an account, and is in", async () => {
  open(null);
  await fireEvent.input(await screen.findByTestId("link-name"), { target: { value: " Carl " } });
  const password = screen.getByTestId("link-password");
  await fireEvent.input(password, { target: { value: "violet kettle drumming" } });
  await fireEvent.submit(screen.getByTestId("link"));
  await waitFor(() => expect(location.hash).toBe("#/groups/board"));
  expect(api.redeemLink).toHaveBeenCalledWith("hv_1", "Carl", "violet kettle drumming");
  expect(api.signIn).toHaveBeenCalledWith("carl@customer.example", "violet kettle drumming");
});

test("whoever has an account by now is told so, and signs in first", async () => {
  api.redeemLink.mockRejectedValue(refusal("conflict", 409));
  open(null);
  await fireEvent.submit(await screen.findByTestId("link"));
  expect((await screen.findByTestId("link-known")).textContent).toContain("account");
  await fireEvent.click(screen.getByTestId("have-account"));
  expect(signIn).toHaveBeenCalled();
});

test("whoever is signed in with that address accepts", async () => {
  open(LINK.email);
  await fireEvent.submit(await screen.findByTestId("link"));
  await waitFor(() => expect(location.hash).toBe("#/groups/board"));
  expect(api.acceptLink).toHaveBeenCalledWith("hv_1");
});

test("whoever is signed in with another one has to sign out first", async () => {
  open("mia@example.org");
  expect((await screen.findByTestId("link-foreign")).textContent).toContain("mia@example.org");
  await fireEvent.click(screen.getByTestId("sign-out"));
  expect(await screen.findByTestId("link-name")).toBeTruthy();
});

describe("what cannot be used", () => {
  test("gets the same words, whatever is wrong with it", async () => {
    const said = new Set<string | null>();
    for (const [code, status] of [
      ["invitation_unknown", 404],
      ["invitation_expired", 410],
    ] as const) {
      api.lookAtLink.mockRejectedValueOnce(refusal(code, status));
      open(null);
      await screen.findByTestId("link-void");
      said.add(document.body.textContent);
      document.body.replaceChildren();
    }
    expect(said.size).toBe(1);
  });

  test("is no longer offered once it turns out", async () => {
    api.acceptLink.mockRejectedValue(refusal("invitation_unknown", 404));
    open(LINK.email);
    await fireEvent.submit(await screen.findByTestId("link"));
    expect(await screen.findByTestId("link-void")).toBeTruthy();
    expect(screen.queryByTestId("offer")).toBeNull();
  });

  test("waits for an owner, and is looked at again", async () => {
    api.lookAtLink.mockRejectedValueOnce(refusal("consent_needed", 403));
    open(null);
    await screen.findByTestId("link-waiting");
    await fireEvent.click(screen.getByText("Try again"));
    expect(await screen.findByTestId("offer")).toBeTruthy();
  });

  test("a server that does not answer is asked again", async () => {
    api.lookAtLink.mockRejectedValueOnce(new NetworkError(null));
    open(null);
    await screen.findByTestId("link-error");
    await fireEvent.submit(screen.getByTestId("link"));
    expect(await screen.findByTestId("offer")).toBeTruthy();
  });
});
