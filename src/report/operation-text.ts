/**
 * Operations in words, by their name and values, for any workload. The small operations of a
 * transaction follow one another.
 */
import { jsonText } from '../sim/exact-number.ts';
import type { Operation } from './result-parts.ts';

type Value = Operation['input'];

/** Values longer than this are cut where they stand for people. */
const VALUE_CHARS_MAX = 60;

/** `write 3`, `read → 5`, `x: cas [1,2]`, `append x 2, r y → [1]`; `sharedKey` is not repeated. */
export function operationText(operation: Operation, sharedKey: string | null = null): string {
  const { f, key, input, output, outcome, error } = operation;
  const head = key === null || key === sharedKey ? '' : `${cutText(key)}: `;
  const ending = outcome === 'ok' ? '' : ` (${cutText(error ?? outcome)})`;
  const seen = outcome === 'ok' ? output : null;
  // What a refused transaction had read by then is shown too.
  const parts = isTransaction(output) ? output : isTransaction(input) ? input : null;
  if (parts !== null) {
    return `${head}${transactionText(f, parts, outcome === 'ok')}${ending}`;
  }
  const given = input === null ? '' : ` ${valueText(input)}`;
  return `${head}${f}${given}${answerText(input, seen, outcome === 'ok')}${ending}`;
}

/** What came back, unless it says what was given. */
function answerText(input: Value, output: Value, answered: boolean): string {
  if (!answered) return '';
  // Asked for nothing in particular: the answer is what matters, even if it is null.
  if (input === null) return ` → ${valueText(output)}`;
  if (output === null || jsonText(output) === jsonText(input)) return '';
  return ` → ${valueText(output)}`;
}

type MicroOperation = readonly Value[];

function isTransaction(value: Value): value is readonly MicroOperation[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each: Value) => Array.isArray(each) && typeof each[0] === 'string')
  );
}

/** The name is shown where it says more than that it is a transaction. */
function transactionText(f: string, parts: readonly MicroOperation[], answered: boolean): string {
  const head = f === 'txn' || parts.some(([name]) => name === f) ? '' : `${f} `;
  return head + parts.map((part) => partText(part, answered)).join(', ');
}

function partText([name, key, value]: MicroOperation, answered: boolean): string {
  const words = [String(name), ...(key === undefined ? [] : [valueText(key)])].join(' ');
  if (value === undefined) return words;
  if (name !== 'r') return `${words} ${valueText(value)}`;
  return answered ? `${words} → ${valueText(value)}` : words;
}

function valueText(value: Value): string {
  if (typeof value === 'string' && /^[\w.-]{1,60}$/.test(value) && !/^-?\d/.test(value)) {
    return isWord(value) ? value : jsonText(value);
  }
  return cutText(jsonText(value) ?? 'null');
}

function cutText(text: string): string {
  // No character has more than two units.
  const characters = Array.from(text.slice(0, 2 * VALUE_CHARS_MAX + 1));
  if (characters.length <= VALUE_CHARS_MAX) return text;
  return `${characters.slice(0, VALUE_CHARS_MAX - 1).join('')}…`;
}

/** Not to be taken for another value. */
function isWord(text: string): boolean {
  return text !== 'null' && text !== 'true' && text !== 'false';
}
