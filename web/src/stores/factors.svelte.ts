/** One's own second factors: what there is, and what one is about to do with them. */

import type { Api } from "../client/api";
import type { Keys } from "../client/keys";
import type { Enrolment, KeyAnswer, SecondFactor, Shown } from "../protocol/factors";

type Calls = Pick<
  Api,
  | "secondFactor"
  | "beginApp"
  | "confirmApp"
  | "removeApp"
  | "beginKey"
  | "addKey"
  | "renameKey"
  | "removeKey"
  | "askProof"
  | "renewRecovery"
>;

/** What somebody types to prove that it is them; without a code, a key is asked for. */
export interface Proof {
  password: string;
  code: string;
}

/** All that ask the server raise ProblemError and NetworkError, and with a key KeyError. */
export class Factors {
  /** Null until it is known. */
  found = $state.raw<SecondFactor | null>(null);
  /** An app that has not shown a code yet. */
  enrolment = $state.raw<Enrolment | null>(null);
  /** Codes to recover with, shown this once; none most of the time. */
  codes = $state.raw<string[]>([]);

  constructor(
    private readonly api: Calls,
    private readonly keys: Keys,
  ) {}

  /** Whether this browser can register keys, and use them. */
  get takesKeys(): boolean {
    return this.keys.areThere;
  }

  /** Whether a key of one's own can prove here that it is oneself. */
  get hasKeyHere(): boolean {
    return this.takesKeys && (this.found?.keys ?? []).some((key) => key.usable !== false);
  }

  async load(): Promise<void> {
    this.found = await this.api.secondFactor();
  }

  async beginApp(password: string): Promise<void> {
    this.enrolment = await this.api.beginApp(password);
  }

  async confirmApp(code: string): Promise<void> {
    this.codes = (await this.api.confirmApp(code)).codes;
    this.enrolment = null;
    await this.load();
  }

  async removeApp(proof: Proof): Promise<void> {
    await this.api.removeApp(proof.password, await this.#shown(proof));
    await this.load();
  }

  async addKey(password: string, name: string): Promise<void> {
    const made = await this.keys.create(await this.api.beginKey(password));
    this.codes = (await this.api.addKey(name, made)).codes ?? [];
    await this.load();
  }

  async renameKey(key: KeyAnswer, name: string): Promise<void> {
    await this.api.renameKey(key.id, name);
    await this.load();
  }

  async removeKey(key: KeyAnswer, proof: Proof): Promise<void> {
    await this.api.removeKey(key.id, proof.password, await this.#shown(proof));
    await this.load();
  }

  async renewRecovery(proof: Proof): Promise<void> {
    this.codes = (await this.api.renewRecovery(proof.password, await this.#shown(proof))).codes;
    await this.load();
  }

  async #shown({ code }: Proof): Promise<Shown> {
    if (code !== "" || !this.hasKeyHere) return { code };
    return { key: await this.keys.sign(await this.api.askProof()) };
  }
}
