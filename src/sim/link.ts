/**
 * What a link between two nodes can do besides being late, lossless and endless: the shapes that
 * the scenario's `network:` and the network faults share.
 */
import { defaultsOf, defineParams, type Params } from './params.ts';

/**
 * How a link carries messages. A `datagram` may be lost, doubled and overtaken. A `connection`
 * keeps order and doubles nothing; a loss costs it a retransmission, and what breaks it takes
 * everything under way along.
 */
export type Transport = 'datagram' | 'connection';

/** How a connection opens, keeps order, breaks and closes. */
export const CONNECTION_PARAMS = defineParams({
  tcp: {
    type: 'integer',
    doc: 'Round trips before it is open: 1 for TCP, 0 for QUIC or a connection that is kept.',
    default: 0,
    min: 0,
    max: 3,
  },
  tls: {
    type: 'integer',
    doc: 'Further round trips for encryption: 1 for TLS 1.3 and for QUIC, 2 for TLS 1.2, 0 for a resumed one.',
    default: 0,
    min: 0,
    max: 3,
  },
  order: {
    type: 'choice',
    doc: 'connection: nothing overtakes what was sent before, as on TCP. stream: only messages with the same field `stream` keep order, as on QUIC.',
    options: ['connection', 'stream'],
    default: 'connection',
  },
  'break-after': {
    type: 'duration',
    doc: 'A cut that lasts as long breaks it; a shorter one costs the tries that it stops. 0: every cut breaks it.',
    default: 0,
    min: 0,
  },
  idle: {
    type: 'duration',
    doc: 'The end that accepted it closes it when it has neither sent nor got anything for as long.',
    optional: true,
    min: 0.001,
  },
  'max-age': {
    type: 'duration',
    doc: 'The end that accepted it closes it when it has been open for as long.',
    optional: true,
    min: 0.001,
  },
});

export type ConnectionSpec = Params<typeof CONNECTION_PARAMS>;

/** A connection that opens at once, and that every cut breaks. */
export const CONNECTION_DEFAULTS: ConnectionSpec = defaultsOf(CONNECTION_PARAMS);

/**
 * Loss in bursts: a link is in a good state or in a bad one, each with its own chance of loss
 * (Gilbert 1960; Elliott 1963). The state changes from message to message, or with time.
 */
export interface LossBursts {
  /** Mean length of a burst and of what lies between: numbers of messages, or times in ms. */
  readonly unit: 'message' | 'ms';
  readonly burst: number;
  readonly gap: number;
  /** Chance of loss in a burst and between bursts, 0..1. */
  readonly inside: number;
  readonly outside: number;
}

/** The parameters that describe bursts, for faults and for `network:` alike. */
export const LOSS_BURST_PARAMS = defineParams({
  burst: {
    type: 'duration',
    doc: 'Mean length of a burst in time; goes with `gap`.',
    optional: true,
    min: 0.001,
  },
  gap: {
    type: 'duration',
    doc: 'Mean time from the end of a burst to the next.',
    optional: true,
    min: 0.001,
  },
  'burst-messages': {
    type: 'number',
    doc: 'Mean length of a burst in messages of one link, instead of `burst`.',
    optional: true,
    min: 1,
  },
  'gap-messages': {
    type: 'number',
    doc: 'Mean number of messages of one link between bursts, instead of `gap`.',
    optional: true,
    min: 1,
  },
  inside: { type: 'ratio', doc: 'Chance of loss in a burst.', default: 1 },
  outside: { type: 'ratio', doc: 'Chance of loss between bursts.', default: 0 },
});

interface BurstValues {
  readonly burst: number | undefined;
  readonly gap: number | undefined;
  readonly 'burst-messages': number | undefined;
  readonly 'gap-messages': number | undefined;
  readonly inside: number;
  readonly outside: number;
}

/** Why these values describe no bursts, as a sentence for the user; null if they do. */
export function refuseBursts(given: BurstValues): string | null {
  const byTime = given.burst !== undefined || given.gap !== undefined;
  const byMessage = given['burst-messages'] !== undefined || given['gap-messages'] !== undefined;
  if (byTime === byMessage) {
    return 'bursts need burst and gap, or burst-messages and gap-messages';
  }
  if (byTime && (given.burst === undefined || given.gap === undefined)) {
    return 'burst and gap go together';
  }
  if (byMessage && (given['burst-messages'] === undefined || given['gap-messages'] === undefined)) {
    return 'burst-messages and gap-messages go together';
  }
  return given.inside > given.outside ? null : 'inside a burst more is lost than outside';
}

/** The bursts that values describe. Throws RangeError if `refuseBursts` would. */
export function burstsOf(given: BurstValues): LossBursts {
  const refusal = refuseBursts(given);
  if (refusal !== null) throw new RangeError(refusal);
  const { burst, gap, inside, outside } = given;
  return burst !== undefined && gap !== undefined
    ? { unit: 'ms', burst, gap, inside, outside }
    : {
        unit: 'message',
        burst: given['burst-messages'] ?? 1,
        gap: given['gap-messages'] ?? 1,
        inside,
        outside,
      };
}
