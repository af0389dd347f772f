import { expect, test, vi } from "vitest";

import { Api } from "./api";
import { HttpClient } from "./http";
import type { Uploader } from "./uploading";

function recording() {
  const fetching = vi.fn<typeof fetch>(() => Promise.resolve(new Response("{}")));
  const calls = () => fetching.mock.calls.map(([url, init]) => `${init?.method} ${String(url)}`);
  const uploading = vi.fn<Uploader>();
  return { api: new Api(new HttpClient(fetching), uploading), fetching, calls, uploading };
}

test("the calls are those of the contract", async () => {
  const { api, calls } = recording();
  await api.signIn("mia@example.org", "secret");
  await api.signOut();
  await api.me();
  await api.groups();
  await api.oneGroup("quality");
  await api.changeGroup("quality", { title: "x" });
  await api.members("quality");
  await api.home({ limit: 40 });
  await api.group("quality", { limit: 40, before: "1", filter: "tag:audit" });
  await api.inbox({ limit: 40 });
  await api.search("audit", 40);
  await api.activity("1");
  await api.publish("quality", { content: "x" }, "key");
  await api.edit("1", { content: "y" });
  await api.discard("f1");
  await api.remove("1");
  await api.markRead("s", 7);
  expect(calls()).toEqual([
    "POST /api/v1/session",
    "POST /api/v1/sign-out",
    "GET /api/v1/me",
    "GET /api/v1/groups",
    "GET /api/v1/groups/quality",
    "PATCH /api/v1/groups/quality",
    "GET /api/v1/groups/quality/members",
    "GET /api/v1/home?limit=40",
    "GET /api/v1/groups/quality/activities?limit=40&before=1&filter=tag%3Aaudit",
    "GET /api/v1/inbox?limit=40",
    "GET /api/v1/search?q=audit&limit=40",
    "GET /api/v1/activities/1",
    "POST /api/v1/groups/quality/activities",
    "PATCH /api/v1/activities/1",
    "DELETE /api/v1/files/f1",
    "DELETE /api/v1/activities/1",
    "PUT /api/v1/streams/s/read",
  ]);
});

test("a name cannot reach another address", async () => {
  const { api, calls } = recording();
  await api.members("../people?x=");
  expect(calls()).toEqual(["GET /api/v1/groups/..%2Fpeople%3Fx%3D/members"]);
});
