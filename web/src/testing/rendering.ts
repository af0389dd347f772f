/** Components below a workspace, as the shell has them. */

import { render } from "@testing-library/svelte";
import type { Component } from "svelte";

import type { Workspace } from "../stores/workspace.svelte";
import WorkspaceHarness from "./WorkspaceHarness.svelte";

export function renderIn<Given extends object>(
  workspace: Workspace,
  Shown: Component<Given>,
  given: Given,
): void {
  render(WorkspaceHarness<Given>, { workspace, Shown, given });
}
