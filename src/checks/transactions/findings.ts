/** Anomalies that are no cycles: how many of each, and the first of each in words. */
import { jsonText } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';

export interface Finding {
  readonly name: string;
  readonly count: number;
  /** The transactions that show it, in the order in which the sentence names them. */
  readonly transactions: readonly number[];
  readonly sentence: string;
}

export class Findings {
  readonly #found = new Map<string, { count: number; finding: Omit<Finding, 'count'> }>();

  /** Counts all findings of a name, and keeps the sentence of the first. */
  add(name: string, transactions: readonly number[], tell: () => string): void {
    const before = this.#found.get(name);
    if (before !== undefined) before.count++;
    else this.#found.set(name, { count: 1, finding: { name, transactions, sentence: tell() } });
  }

  all(): readonly Finding[] {
    return Array.from(this.#found.values(), ({ count, finding }) => ({ ...finding, count }));
  }
}

/** A key as it is said: `x`, `5`, `{"a":1}`. */
export function keyText(key: Plain): string {
  return typeof key === 'string' && /^[\w.:/-]+$/.test(key) ? key : jsonText(key);
}

const TEXT_MAX = 48;

/** A value as it is said; of a long list the end, which is what matters. */
export function valueText(value: Plain): string {
  const text = jsonText(value);
  if (text.length <= TEXT_MAX) return text;
  if (!Array.isArray(value)) return `${text.slice(0, TEXT_MAX - 3)}...`;
  return `[...${text.slice(text.indexOf(',', text.length - TEXT_MAX) + 1)}`;
}
