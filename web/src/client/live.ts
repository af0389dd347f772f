/**
 * One live subscription over a WebSocket, kept alive: a state machine without sockets, timers or
 * randomness of its own. Each activity is reported exactly once and in order per stream, across
 * reconnects, gaps and slow phases; where that cannot be had any more, "lost" says so and history
 * has to be read again.
 *
 *     idle ─ start ─> connecting ─ welcome ─> subscribing ─ subscribed ─> catching_up ─> live
 *                         ^                        ^                           │           │
 *                         │                        └───── a gap, a lost position ──────────┤
 *                         └── waiting | offline <──────── closed, silent ──────────────────┤
 *                                                 stopped <── stay away, or refused ───────┘
 *
 * Durations are milliseconds; the protocol's heartbeat is in seconds.
 */

import type { Level } from "../protocol/activities";
import { closeName, reactionTo, retryAfter } from "../protocol/codes";
import type {
  ActivityMessage,
  ClientMessage,
  ErrorMessage,
  Granted,
  Positions as Snapshot,
  Presence,
  ServerMessage,
  StreamStart,
  Subscribe,
  Subscribed,
  Welcome,
} from "../protocol/messages";
import { decode, encode } from "../protocol/messages";
import { backoff, nudge, spread, type Random } from "./backoff";
import type { Clock } from "./clock";
import { Positions } from "./positions";

export type LiveState =
  | "idle"
  | "connecting"
  | "subscribing"
  | "catching_up"
  | "live"
  | "waiting"
  | "offline"
  | "stopped";

export interface LiveStatus {
  state: LiveState;
  /** When this client was live for the last time, or started; null while it is live or idle. */
  since: number | null;
  /** When the next attempt is made, if one is. */
  retryAt: number | null;
  /** Name of the close code or error that stopped it. */
  reason: string | null;
}

export type LiveEvent =
  | { kind: "status"; status: LiveStatus }
  /** Complete where nothing was lost since the former subscription; else read history. */
  | { kind: "subscribed"; complete: boolean }
  | { kind: "activity"; message: ActivityMessage }
  | { kind: "checkpoint"; streams: Snapshot }
  | { kind: "granted"; stream: string; group: string | null }
  | { kind: "revoked"; stream: string; group: string | null; level: Level | null }
  /** Who is there in a group. Void when the connection ends. */
  | { kind: "presence"; message: Presence }
  /** What happened meanwhile will not be delivered: after the next "subscribed", read history. */
  | { kind: "lost" }
  /** The server will not take this subscription as it is. */
  | { kind: "refused"; error: ErrorMessage }
  /** A connection failed before the welcome; the session may have ended. */
  | { kind: "unreachable" };

export interface Interest {
  groups: "home" | string[];
  filter: string;
  inbox: boolean;
  readonly presence?: "shown" | "hidden";
}

export interface SocketEvents {
  received(frame: string): void;
  closed(code: number, reason: string): void;
}

export interface Socket {
  send(frame: string): void;
  close(): void;
}

export type SocketFactory = (events: SocketEvents) => Socket;

export interface Surroundings {
  connect: SocketFactory;
  clock: Clock;
  random: Random;
}

const WELCOME_WITHIN = 10_000;
const SUBSCRIBED_WITHIN = 30_000;
const PROBE_WITHIN = 3_000;
/** Silence, in heartbeats, after which a connection counts as dead. */
const PATIENCE = 2.5;
/** A connection that was live this long has earned an immediate second try. */
const SETTLED = 10_000;
/** Gaps in a row, without one accepted entry between them, that end a connection. */
const MOST_GAPS = 3;

export class LiveClient {
  #status: LiveStatus = { state: "idle", since: null, retryAt: null, reason: null };
  #socket: Socket | null = null;
  #disarm: () => void = () => undefined;
  #epoch: string | null = null;
  #heartbeat = 0;
  #lastHeard = 0;
  /** Messages heard: a clock is too coarse to tell an answer from what came just before. */
  #heard = 0;
  #lastPing = 0;
  #lastSubscribe = 0;
  #liveSince = 0;
  #attempt = 0;
  #gaps = 0;
  #hasNetwork = true;
  /** Every attempt has an id of its own, so that a late answer to a former one is known as such. */
  #subscription = 0;
  /** Whether a former subscription has to be ended once this one stands. */
  #installed: string | null = null;
  #isResuming = false;
  /** Whether everything since the former subscription is being delivered. */
  #isComplete = false;
  readonly #positions = new Positions();
  readonly #streams = new Map<string, StreamStart>();

  constructor(
    private readonly around: Surroundings,
    private readonly interest: Interest,
    private readonly report: (event: LiveEvent) => void,
  ) {}

  get status(): LiveStatus {
    return this.#status;
  }

  // What the application says

  start(): void {
    if (this.#status.state !== "idle" && this.#status.state !== "stopped") return;
    this.#attempt = 0;
    this.#connect();
  }

  stop(): void {
    this.#drop();
    this.#enter("idle");
  }

  /** The browser says that there is no network. It is often wrong, so the server is asked. */
  networkLost(): void {
    this.#hasNetwork = false;
    if (this.#status.state === "waiting") this.#enter("offline", this.#status.retryAt);
    else this.#probe();
  }

  networkBack(): void {
    this.#hasNetwork = true;
    this.wake();
  }

  /** The page is looked at again, or the machine woke up: no time to wait for a timer. */
  wake(): void {
    const { state } = this.#status;
    if (state === "waiting" || state === "offline") this.#connect();
    else this.#probe();
  }

  // Connecting

  #connect(): void {
    this.#disarm();
    this.#installed = null;
    this.#enter("connecting");
    const socket = this.around.connect({
      received: (frame) => this.#isCurrent(socket) && this.#receive(frame),
      closed: (code, reason) => this.#isCurrent(socket) && this.#closed(code, reason),
    });
    this.#socket = socket;
    this.#arm(WELCOME_WITHIN, () => this.#giveUp());
  }

  #isCurrent(socket: Socket): boolean {
    return this.#socket === socket;
  }

  /** Leaves the connection to its fate: a dead one may take minutes to say so. */
  #drop(): void {
    this.#disarm();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #giveUp(): void {
    this.#closed(1006, "");
  }

  #closed(code: number, reason: string): void {
    const beforeWelcome = this.#status.state === "connecting";
    if (this.#status.state === "live" && this.#lived() >= SETTLED) this.#attempt = 0;
    this.#drop();
    const reaction = reactionTo(code);
    if (reaction === "stay_away") this.#enter("stopped", null, closeName(code));
    else this.#retryIn(this.#waitAfter(reaction, reason));
    if (beforeWelcome && reaction === null) this.report({ kind: "unreachable" });
  }

  #lived(): number {
    return this.around.clock.now() - this.#liveSince;
  }

  #waitAfter(reaction: "pause" | "resume" | null, reason: string): number {
    const { random } = this.around;
    const attempt = this.#attempt++;
    const asked = reaction === "pause" ? retryAfter(reason) : null;
    if (asked !== null) return spread(asked * 1000, random);
    // Twice in a row is no longer a hiccup, whatever the code says.
    if (reaction === "resume" && attempt === 0) return nudge(random);
    return backoff(attempt, random);
  }

  #retryIn(delay: number): void {
    const retryAt = this.around.clock.now() + delay;
    this.#enter(this.#hasNetwork ? "waiting" : "offline", retryAt);
    this.#arm(delay, () => this.#connect());
  }

  // What the server says

  #receive(frame: string): void {
    this.#lastHeard = this.around.clock.now();
    this.#heard += 1;
    try {
      const message = decode(frame);
      if (message) this.#take(message);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#giveUp();
    }
  }

  #take(message: ServerMessage): void {
    switch (message.op) {
      case "welcome":
        return this.#welcomed(message);
      case "subscribed":
        return this.#subscribed(message);
      case "activity":
        return this.#activity(message);
      case "checkpoint":
        return this.#checkpoint(message.streams);
      case "caught_up":
        return this.#caughtUp(message.id);
      case "granted":
        return this.#granted(message);
      case "revoked":
        return this.#closeStream(message.stream);
      case "error":
        return this.#error(message);
      case "presence":
        return this.report({ kind: "presence", message });
      case "pong":
      case "typing":
        return;
    }
  }

  #welcomed(message: Welcome): void {
    this.#heartbeat = message.heartbeat * 1000;
    const restored = this.#epoch !== null && this.#epoch !== message.epoch;
    this.#epoch = message.epoch;
    if (restored) this.#forgetAll();
    this.#subscribe();
    this.#watch();
  }

  #subscribe(): void {
    this.#enter("subscribing");
    this.#lastSubscribe = this.around.clock.now();
    const { groups, filter, inbox, presence } = this.interest;
    const id = String(++this.#subscription);
    const message: Subscribe = { op: "subscribe", id, groups };
    if (filter !== "") message.filter = filter;
    if (inbox) message.inbox = true;
    if (presence) message.presence = presence;
    this.#isResuming = this.#positions.size > 0;
    if (this.#isResuming) message.from = this.#positions.snapshot();
    this.#send(message);
    if (this.#installed !== null) this.#send({ op: "unsubscribe", id: this.#installed });
    this.#installed = null;
  }

  #subscribed({ id, streams }: Subscribed): void {
    if (!this.#isMine(id)) return this.#send({ op: "unsubscribe", id });
    this.#installed = id;
    this.#forgetAbsent(streams);
    for (const [stream, start] of Object.entries(streams)) this.#opened(stream, start);
    this.report({ kind: "subscribed", complete: this.#isComplete });
    this.#isComplete = true;
    if (this.#isResuming) this.#enter("catching_up");
    else this.#enterLive();
  }

  #isMine(id: string | undefined): boolean {
    return id === String(this.#subscription);
  }

  /** What was revoked while this client was away is known by its absence. */
  #forgetAbsent(streams: Record<string, StreamStart>): void {
    for (const stream of [...this.#streams.keys()]) {
      if (!Object.hasOwn(streams, stream)) this.#closeStream(stream);
    }
  }

  #opened(stream: string, start: StreamStart): void {
    const isNew = !this.#streams.has(stream);
    this.#streams.set(stream, start);
    // A position that was sent with the subscription holds: what follows it is still to come.
    this.#positions.start(stream, start.head);
    if (isNew && this.#isResuming) this.report({ kind: "granted", stream, group: start.group });
  }

  #activity(message: ActivityMessage): void {
    // Left over from before a new subscription, which brings it again from its positions.
    if (this.#status.state === "subscribing") return;
    const { stream, seq, prev } = message;
    const verdict = this.#positions.judge(stream, seq, prev);
    if (verdict === "gap") this.#gap();
    if (verdict === "next") this.#accept(message);
  }

  #accept(message: ActivityMessage): void {
    this.#gaps = 0;
    this.#positions.raise(message.stream, message.seq);
    this.report({ kind: "activity", message });
  }

  #gap(): void {
    this.#gaps += 1;
    if (this.#gaps < MOST_GAPS) return this.#subscribe();
    this.#gaps = 0;
    this.#giveUp();
  }

  #checkpoint(streams: Snapshot): void {
    // Belongs to the former subscription: its promise does not cover what was dropped since.
    if (this.#status.state === "subscribing") return;
    for (const [stream, seq] of Object.entries(streams)) this.#positions.raise(stream, seq);
    this.report({ kind: "checkpoint", streams });
  }

  #caughtUp(id: string): void {
    if (this.#isMine(id) && this.#status.state === "catching_up") this.#enterLive();
  }

  #granted({ stream, group, level, head }: Granted): void {
    this.#streams.set(stream, { group, level, head });
    this.#positions.start(stream, head);
    this.report({ kind: "granted", stream, group });
  }

  #closeStream(stream: string): void {
    const start = this.#streams.get(stream);
    this.#streams.delete(stream);
    this.#positions.forget(stream);
    if (start) this.report({ kind: "revoked", stream, group: start.group, level: start.level });
  }

  #error(error: ErrorMessage): void {
    if (error.code === "position_unknown") return this.#positionLost(error.stream);
    // What is wrong with a ping or with nothing in particular ends by its close code, if at all.
    if (!this.#isMine(error.ref)) return;
    if (error.retry) return this.#giveUp();
    this.#drop();
    this.#enter("stopped", null, error.code);
    this.report({ kind: "refused", error });
  }

  #positionLost(stream: string | undefined): void {
    if (stream === undefined || !this.#positions.has(stream)) this.#forgetAll();
    else this.#forget(stream);
    this.#subscribe();
  }

  #forget(stream: string): void {
    this.#positions.forget(stream);
    this.#lost();
  }

  #forgetAll(): void {
    this.#positions.forgetAll();
    this.#lost();
  }

  #lost(): void {
    this.#isComplete = false;
    this.report({ kind: "lost" });
  }

  // Whether anybody is there

  #watch(): void {
    this.#arm(this.#heartbeat / 2, () => this.#tick());
  }

  #tick(): void {
    const now = this.around.clock.now();
    const silent = now - this.#lastHeard;
    const isAsking = this.#status.state === "subscribing";
    if (isAsking && now - this.#lastSubscribe >= SUBSCRIBED_WITHIN) return this.#giveUp();
    if (silent >= this.#heartbeat * PATIENCE) return this.#tooSilent();
    if (silent >= this.#heartbeat) this.#ping();
    this.#watch();
  }

  /** A background tab's timers are late: silence without a question proves nothing. */
  #tooSilent(): void {
    if (this.#lastPing > this.#lastHeard) this.#giveUp();
    else this.#probe();
  }

  #ping(): void {
    this.#lastPing = this.around.clock.now();
    this.#send({ op: "ping" });
  }

  /** Asks for a sign of life within seconds instead of heartbeats. */
  #probe(): void {
    const { state } = this.#status;
    if (state !== "live" && state !== "catching_up" && state !== "subscribing") return;
    const heard = this.#heard;
    this.#ping();
    this.#arm(PROBE_WITHIN, () => (this.#heard > heard ? this.#watch() : this.#giveUp()));
  }

  #send(message: ClientMessage): void {
    this.#socket?.send(encode(message));
  }

  // State changes here and nowhere else

  #enterLive(): void {
    this.#liveSince = this.around.clock.now();
    this.#enter("live");
  }

  #enter(state: LiveState, retryAt: number | null = null, reason: string | null = null): void {
    const settled = state === "live" || state === "idle";
    const since = settled ? null : (this.#status.since ?? this.around.clock.now());
    this.#status = { state, since, retryAt, reason };
    this.report({ kind: "status", status: this.#status });
  }

  #arm(delay: number, action: () => void): void {
    this.#disarm();
    this.#disarm = this.around.clock.after(delay, action);
  }
}
