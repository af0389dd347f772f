/**
 * The filter language as text: terms separated by blanks, `field:a,b`, `-` negates, words and
 * "exact phrases". The server alone decides what a query means; here its terms are only told
 * apart, so that chips can add, show and remove them.
 */

export interface Term {
  /** As written, without surrounding blanks. */
  text: string;
  negated: boolean;
  /** Null for words and phrases. */
  field: string | null;
  value: string;
}

const FIELD = /^([a-z]+):(.*)$/s;

/** The terms of a query, in order. An unclosed quotation mark runs to the end. */
export function terms(query: string): Term[] {
  const found = query.match(/(?:"(?:[^"\\]|\\.)*(?:"|$)|[^\s"])+/gs) ?? [];
  return found.map(term);
}

/** The terms of a query, in order, each once: more often, it means the same. */
export function distinct(query: string): Term[] {
  return [...new Map(terms(query).map((found) => [found.text, found])).values()];
}

function term(text: string): Term {
  const negated = text.length > 1 && text.startsWith("-");
  const body = negated ? text.slice(1) : text;
  const match = FIELD.exec(body);
  if (!match) return { text, negated, field: null, value: unquoted(body) };
  return { text, negated, field: match[1] ?? null, value: unquoted(match[2] ?? "") };
}

export function has(query: string, text: string): boolean {
  return terms(query).some((found) => found.text === text);
}

/** The query with one more term at its end; unchanged where it has it already. */
export function add(query: string, text: string): string {
  if (text === "" || has(query, text)) return query;
  return join([...terms(query).map((found) => found.text), text]);
}

/** The query without one term. */
export function remove(query: string, text: string): string {
  return join(
    terms(query)
      .map((found) => found.text)
      .filter((found) => found !== text),
  );
}

export function toggle(query: string, text: string): string {
  return has(query, text) ? remove(query, text) : add(query, text);
}

/** A term for words: quoted where they would otherwise be several terms or another one. */
export function words(text: string): string {
  const plain = text.trim();
  return /[\s":,]|^-/.test(plain) ? quoted(plain) : plain;
}

/** A term for a field's value. */
export function field(name: string, value: string): string {
  const plain = value.trim();
  return `${name}:${/[\s",]/.test(plain) ? quoted(plain) : plain}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function unquoted(text: string): string {
  return text.replace(/"((?:[^"\\]|\\.)*)(?:"|$)/gs, (_, inner: string) =>
    inner.replace(/\\(.)/gs, "$1"),
  );
}

function join(texts: string[]): string {
  return texts.join(" ");
}
