/** What the address says of how the browser came here. */

const REFUSAL = "sign-in-error";

/** The code with which a sign-in at the provider ended, if it did; a reload does not say it again. */
export function takeRefusal(here: Location, history: Pick<History, "replaceState">): string | null {
  const parameters = new URLSearchParams(here.search);
  const code = parameters.get(REFUSAL);
  if (code === null) return null;
  parameters.delete(REFUSAL);
  const search = parameters.toString();
  history.replaceState(null, "", here.pathname + (search && `?${search}`) + here.hash);
  return code;
}

/** The secret of a link to choose a new password, if the address is one. */
export function resetSecret(hash: string): string | null {
  return /^#\/reset\/(hp_[\w-]+)$/.exec(hash)?.[1] ?? null;
}

/** The secret of an invitation's link, if the address is one. */
export function invitationSecret(hash: string): string | null {
  return /^#\/invitation\/([\w-]+)$/.exec(hash)?.[1] ?? null;
}

/** The link for an invitation's secret: after #, where no server's log has it. */
export function invitationAddress(
  token: string,
  here: Pick<Location, "origin" | "pathname">,
): string {
  return `${here.origin}${here.pathname}#/invitation/${token}`;
}

/** The address of the provider's button, from which one comes back to where one is. */
export function providerAddress(
  address: string,
  here: Pick<Location, "pathname" | "hash">,
): string {
  return `${address}?${new URLSearchParams({ next: here.pathname + here.hash }).toString()}`;
}
