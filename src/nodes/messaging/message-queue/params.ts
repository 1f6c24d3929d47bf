/** What a scenario may set of a message queue, and how these values fit together. */
import { defineParams, type Params } from '../../../sim/params.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const messageQueueParams = defineParams({
  delivery: {
    type: 'choice',
    options: ['at-least-once', 'at-most-once'],
    default: 'at-least-once',
    doc: 'Whether a delivered message stays until it is acknowledged, or is deleted as it is delivered.',
  },
  visibility: {
    type: 'duration',
    default: 30_000,
    min: 1,
    doc: 'How long a delivered message is hidden from others. Without an acknowledgement it is delivered again then.',
  },
  'max-deliveries': {
    type: 'integer',
    optional: true,
    min: 1,
    doc: 'A message given back after this many deliveries becomes a dead letter. Absent: it is delivered forever.',
  },
  'stale-receipts': {
    type: 'choice',
    options: ['refuse', 'accept'],
    default: 'refuse',
    doc: 'What an acknowledgement does whose delivery is over: nothing, or it deletes the message all the same.',
  },
  order: {
    type: 'choice',
    options: ['fifo', 'unordered'],
    default: 'fifo',
    doc: 'Where a message goes that is given back: to its old place, with groups in order, or to the end.',
  },
  prefetch: {
    type: 'integer',
    optional: true,
    min: 1,
    doc: 'The most messages that one consumer has without acknowledgement, whatever credit it asks for.',
  },
  'consumer-timeout': {
    type: 'duration',
    default: 10_000,
    min: 1,
    doc: 'A consumer that does not ask for deliveries again within this time gets no more.',
  },
  delay: {
    type: 'duration',
    default: 0,
    min: 0,
    doc: 'How long a new message is hidden before its first delivery.',
  },
  retention: {
    type: 'duration',
    default: 4 * DAY_MS,
    min: 1,
    doc: 'A message that has waited so long is deleted. One that a consumer has, and dead letters, stay.',
  },
  'max-length': {
    type: 'integer',
    optional: true,
    min: 1,
    doc: 'The most messages that wait. Those that consumers have, and dead letters, do not count.',
  },
  overflow: {
    type: 'choice',
    options: ['reject', 'drop-oldest'],
    default: 'reject',
    doc: 'With max-length: whether a new message is refused as overloaded, or takes the place of the oldest.',
  },
  'dedup-window': {
    type: 'duration',
    default: 5 * MINUTE_MS,
    min: 0,
    doc: 'A message with a `dedup` that came before within this time is confirmed and not put in again.',
  },
  persistent: {
    type: 'boolean',
    default: true,
    doc: 'Whether messages are on the disk before they are confirmed. Without it a crash loses all of them.',
  },
});

export type MessageQueueParams = Params<typeof messageQueueParams>;

/** A sentence for the user if the parameters make no sense together, or null. */
export function refuse(params: MessageQueueParams, members: number): string | null {
  if (members !== 1) return 'is one broker: count must be 1';
  if (params.delivery === 'at-most-once' && params['max-deliveries'] !== undefined) {
    return 'with `delivery: at-most-once` delivers nothing twice, so `max-deliveries` has no meaning';
  }
  if (params.retention <= params.delay) {
    return 'deletes every message before it can be seen: `retention` must be longer than `delay`';
  }
  return null;
}
