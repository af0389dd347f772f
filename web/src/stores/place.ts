/** Where in the client somebody is, as the part of the address after #. */

export type Page = "home" | "inbox" | "search" | "account" | "group";

export interface Place {
  page: Page;
  /** Name of the group, on its page. */
  group: string | null;
  /** Filter of a stream, or what is searched for. */
  query: string;
  /** Id of the conversation that is open at the side. */
  thread: string | null;
  /** Whether the group's members are shown at the side. */
  members: boolean;
}

export function readPlace(hash: string): Place {
  const [path = "", search = ""] = hash.replace(/^#/, "").split("?", 2);
  const parameters = new URLSearchParams(search);
  return {
    ...pageOf(path),
    query: parameters.get("q") ?? "",
    thread: parameters.get("thread"),
    members: parameters.has("members"),
  };
}

function pageOf(path: string): Pick<Place, "page" | "group"> {
  const [, first, second] = path.split("/");
  const group = first === "groups" && second ? decoded(second) : null;
  if (group !== null) return { page: "group", group };
  if (first === "inbox" || first === "search" || first === "account") {
    return { page: first, group: null };
  }
  return { page: "home", group: null };
}

/** Null for what no address of ours was. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export function writePlace({ page, group, query, thread, members }: Place): string {
  const path = page === "group" ? `groups/${encodeURIComponent(group ?? "")}` : pathOf(page);
  const parameters = new URLSearchParams();
  if (query !== "") parameters.set("q", query);
  if (thread !== null) parameters.set("thread", thread);
  if (members) parameters.set("members", "");
  const search = parameters.toString();
  return `#/${path}${search && `?${search}`}`;
}

function pathOf(page: Page): string {
  return page === "home" ? "" : page;
}

export const HOME: Place = {
  page: "home",
  group: null,
  query: "",
  thread: null,
  members: false,
};

/** The address of a thread that is shared with me. */
export function addressOfThread(group: string, thread: string): string {
  return writePlace({ ...HOME, page: "group", group, thread });
}

/** The address of a page without anything open at its side. */
export function addressOf(page: Page, group: string | null = null): string {
  return writePlace({ ...HOME, page, group });
}
