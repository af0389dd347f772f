import { expect, test } from "vitest";

import { rolesUpTo } from "./roles";

test("nobody gives a role above their own", () => {
  expect(rolesUpTo("owner")).toEqual(["guest", "member", "moderator", "owner"]);
  expect(rolesUpTo("moderator")).toEqual(["guest", "member", "moderator"]);
  expect(rolesUpTo("member")).toEqual(["guest", "member"]);
});
