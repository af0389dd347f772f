/** What a group is called in addresses and filters: the mirror of the server's rule for names. */

const LONGEST = 64;
const LETTERS: Record<string, string> = { ä: "ae", ö: "oe", ü: "ue", ß: "ss", æ: "ae", ø: "o" };

/** The pattern that a name matches, as HTML takes it. */
export const NAME_PATTERN = "[a-z0-9]([a-z0-9._\\-]{0,62}[a-z0-9])?";

/** A name made of a title; empty where the title has no letter that names are made of. */
export function nameOf(title: string): string {
  const spelt = title.toLowerCase().replace(/[äöüßæø]/g, (letter) => LETTERS[letter] ?? letter);
  const plain = spelt.normalize("NFD").replace(/\p{Mark}/gu, "");
  const words = plain.match(/[a-z0-9]+/g) ?? [];
  return words.join("-").slice(0, LONGEST).replace(/-$/, "");
}
