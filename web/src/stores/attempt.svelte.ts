/** Something that a form asks of the server: whether it is under way, and what went wrong. */

import { asFailure, type Failure } from "./failure";

export class Attempt {
  isBusy = $state(false);
  failure = $state.raw<Failure | null>(null);

  /** Does it; whether that went well. Raises what is no failure of a request but a mistake of ours. */
  async make(work: () => Promise<unknown>): Promise<boolean> {
    this.isBusy = true;
    this.failure = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.failure = asFailure(error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
