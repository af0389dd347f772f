/** A live subscription and its status as state. */

import type { Interest, LiveEvent, LiveStatus } from "../client/events";
import { LiveClient } from "../client/live";
import type { Surroundings } from "../client/surroundings";

const IDLE: LiveStatus = { state: "idle", since: null, retryAt: null, reason: null };

export class Channel {
  status = $state.raw<LiveStatus>(IDLE);
  readonly #client: LiveClient;

  constructor(around: Surroundings, interest: Interest, listen: (event: LiveEvent) => void) {
    this.#client = new LiveClient(around, interest, (event) => {
      if (event.kind === "status") this.status = event.status;
      listen(event);
    });
  }

  start(): void {
    this.#client.start();
    addEventListener("online", this.#online);
    addEventListener("offline", this.#offline);
    document.addEventListener("visibilitychange", this.#woken);
  }

  stop(): void {
    removeEventListener("online", this.#online);
    removeEventListener("offline", this.#offline);
    document.removeEventListener("visibilitychange", this.#woken);
    this.#client.stop();
  }

  /** For whoever will not wait for the next attempt, or wants to try after all. */
  retry(): void {
    if (this.status.state === "stopped") this.#client.start();
    else this.#client.wake();
  }

  readonly #online = () => this.#client.networkBack();
  readonly #offline = () => this.#client.networkLost();
  readonly #woken = () => {
    if (document.visibilityState === "visible") this.#client.wake();
  };
}
