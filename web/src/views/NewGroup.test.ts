// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";

import { ProblemError } from "../client/http";
import { language } from "../stores/language.svelte";
import { router } from "../stores/router.svelte";
import { renderIn } from "../testing/rendering";
import { QUALITY, workspaceOf } from "../testing/workspaces";
import NewGroup from "./NewGroup.svelte";

const api = { createGroup: vi.fn(), groups: vi.fn() };
const onclose = vi.fn();

async function fill(name: string, value: string): Promise<void> {
  const field = screen.getByTestId(`new-group-${name}`);
  await fireEvent.input(field, { target: { value } });
}

function name(): string {
  return screen.getByTestId<HTMLInputElement>("new-group-name").value;
}

beforeEach(() => {
  language.choose("en");
  location.hash = "#/";
  onclose.mockReset();
  api.createGroup.mockReset().mockResolvedValue({ ...QUALITY, name: "pruefstand" });
  api.groups.mockReset().mockResolvedValue({ items: [] });
  renderIn(workspaceOf(api), NewGroup, { onclose });
});

test("it is made as said, and its members are shown next", async () => {
  await fill("title", " Prüfstand ");
  await fireEvent.submit(screen.getByTestId("new-group-title"));
  expect(api.createGroup).toHaveBeenCalledWith({
    name: "pruefstand",
    title: "Prüfstand",
    kind: "team",
    visibility: "open",
  });
  await waitFor(() => expect(onclose).toHaveBeenCalled());
  await waitFor(() => expect(router.place).toMatchObject({ group: "pruefstand", members: true }));
});

test("the short name follows the title until somebody writes one", async () => {
  await fill("title", "Test Stand");
  expect(name()).toBe("test-stand");
  await fill("name", "stand");
  await fill("title", "Test Stand 2");
  expect(name()).toBe("stand");
  await fill("name", "");
  expect(name()).toBe("test-stand-2");
});

test("a name that is taken is said so, and the form stays as it is", async () => {
  api.createGroup.mockRejectedValue(
    new ProblemError({
      type: "urn:headrace:problem:conflict",
      code: "conflict",
      title: "",
      status: 409,
      detail: "",
      retry: false,
    }),
  );
  await fill("title", "Quality");
  await fireEvent.submit(screen.getByTestId("new-group-title"));
  expect((await screen.findByTestId("new-group-error")).textContent).toContain("already");
  expect(onclose).not.toHaveBeenCalled();
  expect(name()).toBe("quality");
});
