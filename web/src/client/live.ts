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

import { closeName, reactionTo } from "../protocol/codes";
import type {
  ActivityMessage,
  ClientMessage,
  ErrorMessage,
  Granted,
  Positions as Snapshot,
  ServerMessage,
  StreamStart,
  Subscribe,
  Subscribed,
  Welcome,
} from "../protocol/messages";
import { decode, encode } from "../protocol/messages";
import type { Interest, LiveEvent, LiveState, LiveStatus } from "./events";
import { Positions } from "./positions";
import { Pulse } from "./pulse";
import { Retries } from "./retries";
import type { Socket, Surroundings } from "./surroundings";

const WELCOME_WITHIN = 10_000;
const SUBSCRIBED_WITHIN = 30_000;
/** A connection that was live this long has earned an immediate second try. */
const SETTLED = 10_000;
/** Gaps in a row, without one accepted entry between them, that end a connection. */
const MOST_GAPS = 3;

export class LiveClient {
  #status: LiveStatus = { state: "idle", since: null, retryAt: null, reason: null };
  #socket: Socket | null = null;
  #disarm: () => void = () => undefined;
  #epoch: string | null = null;
  #lastSubscribe = 0;
  #liveSince = 0;
  #gaps = 0;
  #hasNetwork = true;
  /** Every attempt has an id of its own, so that a late answer to a former one is known as such. */
  #subscription = 0;
  /** Whether a former subscription has to be ended once this one stands. */
  #installed: string | null = null;
  #isResuming = false;
  /** Whether everything since the former subscription is being delivered. */
  #isComplete = false;
  readonly #pulse: Pulse;
  readonly #retries: Retries;
  readonly #positions = new Positions();
  readonly #streams = new Map<string, StreamStart>();

  constructor(
    private readonly around: Surroundings,
    private readonly interest: Interest,
    private readonly report: (event: LiveEvent) => void,
  ) {
    this.#retries = new Retries(around.random);
    this.#pulse = new Pulse(around.clock, {
      ping: () => this.#send({ op: "ping" }),
      giveUp: () => this.#giveUp(),
      isOverdue: () => this.#isOverdue(),
    });
  }

  get status(): LiveStatus {
    return this.#status;
  }

  // What the application says

  start(): void {
    if (this.#status.state !== "idle" && this.#status.state !== "stopped") return;
    this.#retries.forget();
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
    this.#pulse.stop();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #giveUp(): void {
    this.#closed(1006, "");
  }

  #closed(code: number, reason: string): void {
    const beforeWelcome = this.#status.state === "connecting";
    if (this.#status.state === "live" && this.#lived() >= SETTLED) this.#retries.forget();
    this.#drop();
    const reaction = reactionTo(code);
    if (reaction === "stay_away") this.#enter("stopped", null, closeName(code));
    else this.#retryIn(this.#retries.next(reaction, reason));
    if (beforeWelcome && reaction === null) this.report({ kind: "unreachable" });
  }

  #lived(): number {
    return this.around.clock.now() - this.#liveSince;
  }

  #retryIn(delay: number): void {
    const retryAt = this.around.clock.now() + delay;
    this.#enter(this.#hasNetwork ? "waiting" : "offline", retryAt);
    this.#arm(delay, () => this.#connect());
  }

  // What the server says

  #receive(frame: string): void {
    this.#pulse.heard();
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
    this.#disarm();
    this.#pulse.start(message.heartbeat * 1000);
    const restored = this.#epoch !== null && this.#epoch !== message.epoch;
    this.#epoch = message.epoch;
    if (restored) this.#forgetAll();
    this.#subscribe();
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

  #isOverdue(): boolean {
    const asked = this.around.clock.now() - this.#lastSubscribe;
    return this.#status.state === "subscribing" && asked >= SUBSCRIBED_WITHIN;
  }

  #probe(): void {
    const { state } = this.#status;
    if (state === "live" || state === "catching_up" || state === "subscribing") this.#pulse.probe();
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
