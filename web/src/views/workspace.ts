/** The workspace of whoever is signed in, for all components below the shell. */

import { createContext } from "svelte";

import type { Workspace } from "../stores/workspace.svelte";

export const [useWorkspace, provideWorkspace] = createContext<Workspace>();
