/** Ways into groups: joining, asking, being invited; and answering those who ask. */

import type { Api } from "../client/api";
import { ProblemError } from "../client/http";
import type { NewInvitation, Pending } from "../protocol/answers";
import type { Group } from "./groups.svelte";

type Calls = Pick<
  Api,
  | "join"
  | "askToJoin"
  | "joinRequests"
  | "acceptRequest"
  | "dropRequest"
  | "invitations"
  | "acceptInvitation"
  | "declineInvitation"
  | "invite"
  | "putMember"
  | "invited"
  | "approveInvitation"
  | "revokeInvitation"
>;

/** All that ask the server raise ProblemError and NetworkError. */
export class Entrance {
  #mine = $state.raw<Pending[]>([]);

  constructor(
    private readonly api: Calls,
    private readonly handle: string,
  ) {}

  async load(): Promise<void> {
    this.#mine = (await this.api.invitations()).items;
  }

  get invitations(): Pending[] {
    return this.#mine.filter((pending) => pending.state === "offered");
  }

  hasAsked(group: string): boolean {
    return this.#mine.some((pending) => pending.group === group && pending.state === "asked");
  }

  /** Join an open group, or ask a closed one. */
  async enter(group: Group): Promise<void> {
    if (group.visibility === "open") return this.api.join(group.name, this.handle);
    const asked = await this.api.askToJoin(group.name);
    this.#mine = [...this.#mine.filter(({ id }) => id !== asked.id), asked];
  }

  async withdraw(group: string): Promise<void> {
    const asked = this.#mine.find(
      (pending) => pending.group === group && pending.state === "asked",
    );
    if (!asked) return;
    await this.api.dropRequest(asked);
    this.#forget(asked);
  }

  async answer(invitation: Pending, accept: boolean): Promise<void> {
    await (accept ? this.api.acceptInvitation(invitation) : this.api.declineInvitation(invitation));
    this.#forget(invitation);
  }

  /** Who asks to join; nobody, for those who do not answer that. */
  async requests(group: string): Promise<Pending[]> {
    try {
      return (await this.api.joinRequests(group)).items;
    } catch (error) {
      if (error instanceof ProblemError) return [];
      throw error;
    }
  }

  async answerRequest(request: Pending, accept: boolean): Promise<void> {
    await (accept ? this.api.acceptRequest(request) : this.api.dropRequest(request));
  }

  /**
   * Invite an address, a handle or `team:NAME`; null where they are in at once: a team has nobody
   * who would answer.
   */
  async invite(group: string, invitation: NewInvitation): Promise<Pending | null> {
    try {
      return await this.api.invite(group, invitation);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.errors?.["reason"] !== "team")
        throw error;
      await this.api.putMember(group, invitation);
      return null;
    }
  }

  async invited(group: string): Promise<Pending[]> {
    return (await this.api.invited(group)).items;
  }

  /** Agree, as an owner, to what a member has proposed. */
  async approve(invitation: Pending): Promise<void> {
    await this.api.approveInvitation(invitation);
  }

  async revoke(invitation: Pending): Promise<void> {
    await this.api.revokeInvitation(invitation);
  }

  #forget(gone: Pending): void {
    this.#mine = this.#mine.filter(({ id }) => id !== gone.id);
  }
}
