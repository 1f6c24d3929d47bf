/**
 * What is typed into the find field: words, and `node: from: to: kind: lost: key: t:10..11`. All of
 * them must hold. Words are looked for in the type and the body of a message, whatever their case.
 */

export interface Query {
  readonly words: readonly string[];
  readonly node: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly kind: string | null;
  /** null: lost or not; empty: for whatever reason. */
  readonly lost: string | null;
  readonly key: string | null;
  /** In seconds; null without. */
  readonly within: readonly [number, number] | null;
}

/** A message as a query sees it. */
export interface Findable {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
  /** Why it was lost; null if it was not. */
  readonly lost: string | null;
  readonly atUs: number;
}

/** null for a field that is empty. */
export function parseQuery(typed: string): Query | null {
  const words: string[] = [];
  const fields = new Map<string, string>();
  for (const word of typed.trim().split(/\s+/)) {
    if (word === '') continue;
    const [, name, value] = /^(node|from|to|kind|lost|key|t):(.*)$/.exec(word) ?? [];
    if (name === undefined || value === undefined) words.push(word.toLowerCase());
    else fields.set(name, value);
  }
  if (words.length === 0 && fields.size === 0) return null;
  const field = (name: string) => fields.get(name) ?? null;
  return {
    words,
    node: field('node'),
    from: field('from'),
    to: field('to'),
    kind: field('kind'),
    lost: field('lost'),
    key: field('key'),
    within: rangeOf(field('t')),
  };
}

function rangeOf(value: string | null): readonly [number, number] | null {
  const [, from, until] = /^([\d.]+)\.\.([\d.]+)$/.exec(value ?? '') ?? [];
  return from === undefined || until === undefined ? null : [Number(from), Number(until)];
}

/** Whether a query needs the bodies of messages. */
export function needsBodies({ words, key }: Query): boolean {
  return words.length > 0 || key !== null;
}

export function matches(query: Query, message: Findable, body: string): boolean {
  const { node, from, to, kind, lost, key, within, words } = query;
  if (node !== null && message.from !== node && message.to !== node) return false;
  if (from !== null && message.from !== from) return false;
  if (to !== null && message.to !== to) return false;
  if (kind !== null && !message.kind.toLowerCase().startsWith(kind.toLowerCase())) return false;
  if (lost !== null && (message.lost === null || !message.lost.startsWith(lost))) return false;
  if (within !== null) {
    const seconds = message.atUs / 1_000_000;
    if (seconds < within[0] || seconds > within[1]) return false;
  }
  if (key !== null && !` ${body} `.includes(` key=${key} `)) return false;
  if (words.length === 0) return true;
  const said = `${message.kind} ${body}`.toLowerCase();
  return words.every((word) => said.includes(word));
}
