// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";

import { invitationAddress, invitationSecret, providerAddress, takeRefusal } from "./arrival";

function at(address: string): Location {
  return new URL(address, "https://stream.example") as unknown as Location;
}

test("a refusal is said once", () => {
  const history = { replaceState: vi.fn() };
  expect(takeRefusal(at("/?sign-in-error=no_account&x=1#/inbox"), history)).toBe("no_account");
  expect(history.replaceState).toHaveBeenCalledWith(null, "", "/?x=1#/inbox");
});

test("without one the address stays", () => {
  const history = { replaceState: vi.fn() };
  expect(takeRefusal(at("/?x=1#/inbox"), history)).toBeNull();
  expect(history.replaceState).not.toHaveBeenCalled();
});

test("the provider's button leads back to where one was", () => {
  const address = providerAddress("/api/v1/sign-in/provider", at("/#/groups/qm?q=tag%3Aa"));
  expect(address).toBe("/api/v1/sign-in/provider?next=%2F%23%2Fgroups%2Fqm%3Fq%3Dtag%253Aa");
});

test("an invitation's link is the secret after the page's address", () => {
  const link = invitationAddress("hv_3q2-7w_A", at("/"));
  expect(link).toBe("https://stream.example/#/invitation/hv_3q2-7w_A");
  expect(invitationSecret(at(link).hash)).toBe("hv_3q2-7w_A");
});

test.each(["#/invitation/", "#/invitation/hv_1/x", "#/reset/hp_1", "#/"])("%s is none", (hash) => {
  expect(invitationSecret(hash)).toBeNull();
});
