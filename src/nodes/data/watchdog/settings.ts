/** The knobs of a watchdog. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  watch: {
    type: 'nodes',
    doc: 'The group that it watches: one primary, and replicas that can take its place.',
  },
  interval: {
    type: 'duration',
    doc: 'How often each node is asked whether it is well.',
    default: 1000,
    min: 1,
  },
  timeout: {
    type: 'duration',
    doc: 'How long an answer may take before the question counts as failed.',
    default: 500,
    min: 1,
  },
  fall: {
    type: 'integer',
    doc: 'Failed questions in a row after which a node is taken for dead; more are slower and wrong less often.',
    default: 3,
    min: 1,
    max: 1000,
  },
  rise: {
    type: 'integer',
    doc: 'Answers in a row after which it is taken for alive again.',
    default: 2,
    min: 1,
    max: 1000,
  },
  quorum: {
    type: 'integer',
    doc: 'How many watchers must take the primary for dead. A majority of all watchers then elects who acts.',
    default: 1,
    min: 1,
    max: 100,
  },
  fence: {
    type: 'choice',
    options: ['none', 'epoch', 'lease', 'stonith', 'shared-lock'],
    doc: 'What stops the old primary: nothing; a later epoch, once heard of; a lease that runs out; its power, cut off; a lock, without which nobody serves.',
    default: 'epoch',
  },
  lease: {
    type: 'duration',
    doc: 'With `fence: lease`, for how long after an answer a primary may serve, and nobody is promoted before it is over; with `shared-lock`, for how long the lock is asked.',
    default: 2000,
    min: 1,
  },
  lock: {
    type: 'nodes',
    doc: 'With `fence: shared-lock`, any group that answers `lock`.',
    optional: true,
  },
  revive: {
    type: 'boolean',
    doc: 'With `fence: stonith`, whether the old primary is started again after the fail-over; it comes back as a replica.',
    default: true,
  },
  failback: {
    type: 'boolean',
    doc: 'Whether the first node of `watch` becomes primary again when it is back: the primary of then hands over, as for a planned switch, once the `cool-down` is over.',
    default: false,
  },
  'cool-down': {
    type: 'duration',
    doc: 'No fail-over begins earlier than so long after the last one.',
    default: 0,
    min: 0,
  },
});

export type Settings = Params<typeof params>;

/** What makes no sense together, as a sentence; null if all does. */
export function refuseSettings(given: Settings, members: number): string | null {
  if (given.quorum > members) {
    return `quorum: ${given.quorum} needs as many watchers, and there are ${members}`;
  }
  if (given.fence === 'lease' && members > 1) {
    return 'fence: lease needs a single watcher: a lease of one binds no other';
  }
  const isShared = given.fence === 'shared-lock';
  if (isShared !== (given.lock !== undefined)) return 'fence: shared-lock and lock need each other';
  if (isShared && given.lease <= given.interval) {
    return 'with fence: shared-lock the lease must be longer than the interval';
  }
  return null;
}
