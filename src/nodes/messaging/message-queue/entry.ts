/**
 * A message in the queue: what the broker knows of it, and how it stands on the disk.
 *
 * A message is one record, replaced in one piece. So a crash leaves it in one state, never in two
 * and never in none: among the queued, with a consumer, or among the dead letters.
 */
import type { Plain } from '../../../sim/node.ts';
import type { Consumer } from './takers.ts';

/**
 * `delayed`: not to be seen yet. `ready`: may be delivered. `unacked`: delivered, and the
 * acknowledgement is missing. `dead`: a dead letter. `gone`: no longer in the queue.
 */
export type EntryState = 'delayed' | 'ready' | 'unacked' | 'dead' | 'gone';

export interface Entry {
  /** Over all lives of the broker. */
  readonly id: string;
  /** Of this life of the broker, in the order of arrival: the key of its timer. */
  readonly number: number;
  readonly value: Plain;
  readonly group: string | null;
  /** When it was put in, or this life began: ms on the clock of `ctx.elapsed`. */
  readonly sinceMs: number;
  state: EntryState;
  /** How often it was delivered: SQS's receive count. */
  receives: number;
  /** How long it stays hidden in this state. 0 for `ready`, `dead` and `gone`. */
  hiddenMs: number;
  /** Where it stands among the ready ones; the least is delivered first. */
  place: number;
  /** Who has it by a push; null for one that was asked for. */
  consumer: Consumer | null;
}

/** The key of a message's record begins so; what follows is its id. */
export const MESSAGE = 'message/';

/** What the disk keeps of an entry. */
export function recordOf({ value, group, state, receives, hiddenMs }: Entry): Plain {
  return { value, group, state, receives, hiddenMs };
}

/** An entry out of a record, at the boot of the broker: what hid it begins again in full. */
export function entryOf(id: string, number: number, record: Plain): Entry {
  const { value, group, state, receives, hiddenMs } = record as unknown as Entry;
  return {
    id,
    number,
    value,
    group,
    state,
    receives,
    hiddenMs,
    sinceMs: 0,
    place: number,
    consumer: null,
  };
}

/**
 * A receipt is of one delivery: the message and its count (Amazon SQS Developer Guide, "Queue and
 * message identifiers": a receipt handle is of the act of receiving, not of the message).
 */
export function receiptOf({ id, receives }: Entry): string {
  return `${id}.${receives}`;
}

/** The parts of a receipt; null for a text that is none. */
export function partsOfReceipt(receipt: string): { id: string; receives: number } | null {
  const parts = /^(\d+-\d+)\.(\d+)$/.exec(receipt);
  return parts === null ? null : { id: parts[1] ?? '', receives: Number(parts[2]) };
}
