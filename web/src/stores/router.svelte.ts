/** The current place, kept in the address so that reload, back and bookmarks work. */

import { readPlace, writePlace, type Place } from "./place";

let latest = Date.now();

/** The number of the entry that one is at; a new one gets the next. */
function visited(): number {
  const known = (history.state as { visit?: number } | null)?.visit;
  if (known !== undefined) return known;
  latest += 1;
  history.replaceState({ visit: latest }, "");
  return latest;
}

class Router {
  place = $state.raw<Place>(readPlace(location.hash));
  /** The part of the address after and with #, as it is. */
  hash = $state(location.hash);

  /** Tells entries of the browser's history apart: whoever goes back has an earlier one. */
  visit = $state(visited());

  constructor() {
    addEventListener("hashchange", () => {
      this.visit = visited();
      this.hash = location.hash;
      this.place = readPlace(location.hash);
    });
  }

  /** Another address in place of this one, which held a secret. */
  forget(): void {
    this.replace("#/");
  }

  /** Another address in place of this one, to which one does not go back. */
  replace(address: string): void {
    location.replace(address);
  }

  /** A new entry in the browser's history. */
  go(change: Partial<Place>): void {
    location.hash = writePlace({ ...this.place, ...change });
  }

  /** The address of this place with something changed, for links. */
  with(change: Partial<Place>): string {
    return writePlace({ ...this.place, ...change });
  }
}

export const router = new Router();
