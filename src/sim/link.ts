/**
 * What a link between two nodes can do besides being late, lossless and endless: the shapes that
 * the scenario's `network:` and the network faults share.
 */
import { defineParams } from './params.ts';

/**
 * How a link carries messages. A `datagram` may be lost, doubled and overtaken. A `connection`
 * keeps order and doubles nothing; a loss costs it a retransmission, and what breaks it takes
 * everything under way along.
 */
export type Transport = 'datagram' | 'connection';

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
