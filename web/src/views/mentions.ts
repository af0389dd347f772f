/** Completing a mention while it is written. */

export interface Candidate {
  name: string;
  handle: string;
}

/** The beginning of a mention that ends at the caret; `at` is where its @ stands. */
export interface Started {
  at: number;
  end: number;
  start: string;
}

const MOST = 6;

export function mentionAt(text: string, caret: number): Started | null {
  const match = /(?<![\p{L}\p{N}_@/])@([\p{L}\p{N}._-]{0,40})$/u.exec(text.slice(0, caret));
  return match ? { at: match.index, end: caret, start: (match[1] ?? "").toLowerCase() } : null;
}

/** Those whose handle or one of whose names begins so, best first. */
export function matching(people: readonly Candidate[], start: string): Candidate[] {
  const found = people.filter((person) => rank(person, start) !== null);
  const ranked = found.sort((a, b) => (rank(a, start) ?? 0) - (rank(b, start) ?? 0));
  const isDone = ranked.length === 1 && ranked[0]?.handle === start;
  return isDone ? [] : ranked.slice(0, MOST);
}

function rank({ name, handle }: Candidate, start: string): number | null {
  if (handle.startsWith(start)) return 0;
  const words = name.toLowerCase().split(/\s+/);
  return words.some((word) => word.startsWith(start)) ? 1 : null;
}

export function completed(text: string, { at, end }: Started, handle: string) {
  const head = `${text.slice(0, at)}@${handle} `;
  return { text: head + text.slice(end).replace(/^ /, ""), caret: head.length };
}
