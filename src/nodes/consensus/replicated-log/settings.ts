/** The knobs of a replicated log, declared for people and YAML. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  acks: {
    type: 'choice',
    options: ['all', 'leader', 'none'],
    default: 'all',
    doc: 'When a record is acknowledged, unless its request says: `all`, once a majority has it on disk; `leader`, once the leader has; `none`, at once, from memory.',
  },
  reads: {
    type: 'choice',
    options: ['leader', 'any'],
    default: 'leader',
    doc: 'Who answers polls: the leader, or each member up to the high-water mark that it knows.',
  },
  idempotence: {
    type: 'boolean',
    default: true,
    doc: 'Whether the log remembers the last request of each producer, so that a retry adds nothing.',
  },
  'election-timeout': {
    type: 'duration-range',
    min: 1,
    default: { minMs: 300, maxMs: 600 },
    doc: 'A follower that hears no leader for a time drawn from here asks whether the others would vote for it.',
  },
  'fetch-wait': {
    type: 'duration',
    min: 1,
    default: 100,
    doc: 'How long a leader keeps a fetch that it has nothing new for. It must be shorter than the least election timeout.',
  },
  'fetch-records': {
    type: 'integer',
    min: 1,
    default: 500,
    doc: 'The most records in the answer to a fetch.',
  },
  'poll-records': {
    type: 'integer',
    min: 1,
    default: 500,
    doc: 'The most records of each log in the answer to a poll.',
  },
});

export type LogParams = Params<typeof params>;
