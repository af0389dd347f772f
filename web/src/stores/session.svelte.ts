/** Who is signed in. */

import type { Api } from "../client/api";
import { ProblemError } from "../client/http";
import { persist, type Patience } from "../client/persistence";
import type { Me, SignInWays } from "../protocol/answers";
import { asFailure, type Failure } from "./failure";

export type SessionState = "restoring" | "unreachable" | "signed_out" | "signed_in";

/** Close codes after which nothing but signing in again helps. */
const ENDINGS = ["bad_token", "session_ended", "account_closed"];

export class Session {
  state = $state<SessionState>("restoring");
  me = $state.raw<Me | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** The name of the close code that ended the session, if one did. */
  ended = $state<string | null>(null);
  isBusy = $state(false);
  /** How one can sign in beside a password; nothing until the server said so. */
  ways = $state.raw<SignInWays>({});

  /** What the second step needs, while one is asked for. */
  ticket = $state<string | null>(null);

  constructor(
    private readonly api: Pick<Api, "me" | "signIn" | "signInFurther" | "signInWays" | "signOut">,
    private readonly patience: Pick<Patience, "clock" | "random">,
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
    this.isBusy = true;
    this.failure = null;
    try {
      this.#enter(await this.api.signIn(email, password));
    } catch (error) {
      this.ticket = ticketIn(error);
      if (this.ticket === null) this.failure = asFailure(error);
    } finally {
      this.isBusy = false;
    }
  }

  /** The second step: with a code of the second factor, or one to recover with. */
  async signInFurther(code: string): Promise<void> {
    if (this.ticket === null) return;
    this.isBusy = true;
    this.failure = null;
    try {
      this.#enter(await this.api.signInFurther(this.ticket, code));
    } catch (error) {
      this.failure = asFailure(error);
      if (this.failure.code !== "bad_code" && this.failure.code !== "rate_limited") this.restart();
    } finally {
      this.isBusy = false;
    }
  }

  /** Back to the first step. */
  restart(): void {
    this.ticket = null;
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

  #enter(me: Me): void {
    this.me = me;
    this.ended = null;
    this.failure = null;
    this.ticket = null;
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

/** The ticket for the second step, if that is what somebody was refused for. */
function ticketIn(error: unknown): string | null {
  if (!(error instanceof ProblemError) || error.problem.code !== "second_factor_required") {
    return null;
  }
  const { ticket } = error.problem.errors ?? {};
  return typeof ticket === "string" ? ticket : null;
}
