/**
 * Whether anybody is at the other end. Silence is asked about by a ping; a ping that is not
 * answered in time ends the connection. Durations are milliseconds.
 */

import type { Clock } from "./clock";

const PROBE_WITHIN = 3_000;
/** Silence, in heartbeats, after which a connection counts as dead. */
const PATIENCE = 2.5;

export interface PulseOwner {
  ping(): void;
  /** Nobody answers, or not what was asked for: this connection is over. */
  giveUp(): void;
  /** Whether something else was asked so long ago that no answer will come. */
  isOverdue(): boolean;
}

export class Pulse {
  #heartbeat = 0;
  #lastHeard = 0;
  /** Frames heard: a clock is too coarse to tell an answer from what came just before. */
  #heard = 0;
  #lastPing = 0;
  #disarm: () => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly owner: PulseOwner,
  ) {}

  /** Something came. */
  heard(): void {
    this.#lastHeard = this.clock.now();
    this.#heard += 1;
  }

  /** Watches from now on; the other end promises a sign of life each `heartbeat`. */
  start(heartbeat: number): void {
    this.#heartbeat = heartbeat;
    this.#watch();
  }

  stop(): void {
    this.#disarm();
  }

  /** Asks for a sign of life within seconds instead of heartbeats. */
  probe(): void {
    const heard = this.#heard;
    this.#ping();
    this.#arm(PROBE_WITHIN, () => (this.#heard > heard ? this.#watch() : this.owner.giveUp()));
  }

  #watch(): void {
    this.#arm(this.#heartbeat / 2, () => this.#tick());
  }

  #tick(): void {
    const silent = this.clock.now() - this.#lastHeard;
    if (this.owner.isOverdue()) return this.owner.giveUp();
    if (silent >= this.#heartbeat * PATIENCE) return this.#tooSilent();
    if (silent >= this.#heartbeat) this.#ping();
    this.#watch();
  }

  /** A background tab's timers are late: silence without a question proves nothing. */
  #tooSilent(): void {
    if (this.#lastPing > this.#lastHeard) this.owner.giveUp();
    else this.probe();
  }

  #ping(): void {
    this.#lastPing = this.clock.now();
    this.owner.ping();
  }

  #arm(delay: number, action: () => void): void {
    this.#disarm();
    this.#disarm = this.clock.after(delay, action);
  }
}
