/**
 * A message that was damaged on its way without anybody noticing: a copy with one value changed.
 * The sender's own object is never touched.
 */
import type { Message, Plain } from '../node.ts';
import type { Stream } from './random.ts';

/** Where a value stands: its holder in the copy, and its key there. */
interface Leaf {
  readonly holder: { [key: string]: unknown };
  readonly key: string;
}

/** An integer up to this keeps being one if one of its low bits is flipped. */
const FLIPPED_MAX = 0x3fffffff;
const LOW_BITS = 8;

/**
 * A deep copy with one random leaf changed: an integer by one of its low bits, another number to
 * its half, a text by one letter, a boolean turned round. The type stays, or nobody would take the
 * message at all, and so does the stream of a connection. null if there is nothing to change. Takes
 * two draws.
 */
export function damaged(message: Message, stream: Stream): Message | null {
  const which = stream.unit();
  const how = stream.word() >>> 0;
  const copy = { ...message } as { [key: string]: unknown };
  const leaves: Leaf[] = [];
  for (const key of Object.keys(copy)) {
    if (key !== 'type' && key !== 'stream') copyInto(copy, key, leaves);
  }
  const leaf = leaves[Math.floor(which * leaves.length)];
  if (leaf === undefined) return null;
  leaf.holder[leaf.key] = changed(leaf.holder[leaf.key], how);
  return copy as unknown as Message;
}

/** Puts a copy in the place of what an object holds, and writes down the leaves in it. */
function copyInto(holder: { [key: string]: unknown }, key: string, leaves: Leaf[]): void {
  const value = holder[key];
  if (typeof value === 'object' && value !== null) {
    const copy = (Array.isArray(value) ? [...value] : { ...value }) as { [key: string]: unknown };
    holder[key] = copy;
    for (const inner of Object.keys(copy)) copyInto(copy, inner, leaves);
  } else if (value !== null && value !== undefined) leaves.push({ holder, key });
}

function changed(value: unknown, how: number): unknown {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return changedNumber(value, how);
  if (typeof value !== 'string') return value;
  if (value === '') return '?';
  const at = how % value.length;
  const letter = String.fromCharCode(value.charCodeAt(at) ^ 1);
  return value.slice(0, at) + letter + value.slice(at + 1);
}

function changedNumber(value: number, how: number): number {
  if (Number.isInteger(value) && Math.abs(value) <= FLIPPED_MAX) {
    return value ^ (1 << (how % LOW_BITS));
  }
  return value / 2;
}

/** The record with one value changed; as it is, if it has none. */
export function alteredRecord(record: Plain, stream: Stream): Plain {
  const wrapped: Message & { readonly record: Plain } = { type: 'record', record };
  return (damaged(wrapped, stream) as typeof wrapped | null)?.record ?? record;
}
