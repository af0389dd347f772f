/** Who is signed in. */

import type { Api } from "../client/api";
import { ProblemError } from "../client/http";
import type { Keys } from "../client/keys";
import { persist, type Patience } from "../client/persistence";
import type { Me, SignInWays } from "../protocol/answers";
import type { Shown, Way } from "../protocol/factors";
import { asFailure, type Failure } from "./failure";

export type SessionState = "restoring" | "unreachable" | "signed_out" | "signed_in";

/** After these, the second step can be tried again. */
const TRY_AGAIN = [
  "bad_code",
  "bad_key",
  "rate_limited",
  "network",
  "unavailable",
  "key_unanswered",
  "key_elsewhere",
];
/** Close codes after which nothing but signing in again helps. */
const ENDINGS = ["bad_token", "session_ended", "account_closed"];

/** A sign-in that waits for its second step: what that needs, and the ways to go on. */
export interface HalfSignIn {
  ticket: string;
  ways: Way[];
}

type Calls = Pick<Api, "me" | "signIn" | "signInFurther" | "askFurther" | "signInWays" | "signOut">;

export class Session {
  state = $state<SessionState>("restoring");
  me = $state.raw<Me | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** The name of the close code that ended the session, if one did. */
  ended = $state<string | null>(null);
  isBusy = $state(false);
  /** How one can sign in beside a password; nothing until the server said so. */
  ways = $state.raw<SignInWays>({});

  /** The sign-in that waits for its second step, if one does. */
  half = $state.raw<HalfSignIn | null>(null);

  constructor(
    private readonly api: Calls,
    private readonly patience: Pick<Patience, "clock" | "random">,
    private readonly keys: Keys,
    private readonly go = (address: string): void => location.assign(address),
  ) {}

  /**
   * Finds out whether the browser's cookie still holds; waits for a server that is away.
   * `refusal` is the code with which a sign-in at the provider ended, if the browser comes from it.
   */
  async restore(refusal: string | null = null): Promise<void> {
    const { signal } = new AbortController();
    const waiting = () => (this.state = "unreachable");
    try {
      this.#enter(await persist(() => this.api.me(), { ...this.patience, signal, waiting }));
    } catch (error) {
      this.#leave();
      this.failure = isUnauthenticated(error) ? null : asFailure(error);
      if (refusal !== null) this.failure = { code: refusal, detail: "", column: null };
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.#try(
      () => this.api.signIn(email, password),
      (error) => {
        this.half = halfIn(error);
        if (this.half === null) this.failure = asFailure(error);
      },
    );
  }

  /** Whether the second step can be made with a key, in this browser. */
  get takesKey(): boolean {
    return this.keys.areThere && this.half !== null && this.half.ways.includes("key");
  }

  /** The second step: with a code of the second factor, or one to recover with. */
  signInFurther(code: string): Promise<void> {
    return this.#further(() => Promise.resolve({ code }));
  }

  /** The second step: with a security key. */
  signInWithKey(): Promise<void> {
    return this.#further(async (ticket) => {
      return { key: await this.keys.sign(await this.api.askFurther(ticket)) };
    });
  }

  /** Back to the first step. */
  restart(): void {
    this.half = null;
  }

  /** Leaves even where the server cannot be told: the person wants to be away from here. */
  async signOut(): Promise<void> {
    this.#leave();
    this.ended = null;
    try {
      const { address } = await this.api.signOut();
      if (address !== undefined) this.go(address);
    } catch (error) {
      this.failure = asFailure(error);
    }
  }

  /** A connection ended for good; some endings are the session's own. */
  closedBy(reason: string | null): void {
    if (reason === null || !ENDINGS.includes(reason)) return;
    this.#leave();
    this.ended = reason;
  }

  /** A connection failed without saying why: the session may be over. */
  async check(): Promise<void> {
    try {
      await this.api.me();
    } catch (error) {
      if (isUnauthenticated(error)) this.closedBy("session_ended");
    }
  }

  async #further(shown: (ticket: string) => Promise<Shown>): Promise<void> {
    const ticket = this.half?.ticket;
    if (ticket === undefined) return;
    await this.#try(
      async () => this.api.signInFurther(ticket, await shown(ticket)),
      (error) => {
        this.failure = asFailure(error);
        if (!TRY_AGAIN.includes(this.failure.code)) this.restart();
      },
    );
  }

  async #try(work: () => Promise<Me>, refused: (error: unknown) => void): Promise<void> {
    this.isBusy = true;
    this.failure = null;
    try {
      this.#enter(await work());
    } catch (error) {
      refused(error);
    } finally {
      this.isBusy = false;
    }
  }

  #enter(me: Me): void {
    this.me = me;
    this.ended = null;
    this.failure = null;
    this.half = null;
    this.state = "signed_in";
  }

  #leave(): void {
    this.me = null;
    this.state = "signed_out";
    void this.#findWays();
  }

  /** A password works whatever becomes of this. */
  async #findWays(): Promise<void> {
    this.ways = await this.api.signInWays().catch(() => ({}));
  }
}

function isUnauthenticated(error: unknown): boolean {
  return error instanceof ProblemError && error.problem.status === 401;
}

/** What the second step needs, if that is what somebody was refused for. */
function halfIn(error: unknown): HalfSignIn | null {
  if (!(error instanceof ProblemError) || error.problem.code !== "second_factor_required") {
    return null;
  }
  const { ticket, ways } = error.problem.errors ?? {};
  if (typeof ticket !== "string") return null;
  return { ticket, ways: Array.isArray(ways) ? (ways as Way[]) : ["code"] };
}
