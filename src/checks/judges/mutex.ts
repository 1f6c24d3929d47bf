/** `dsim check --model mutex`: see `locks/mutual-exclusion.ts`. */
import { msToUs } from '../../sim/units.ts';
import { partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeLock } from '../locks/mutual-exclusion.ts';

export default defineJudge({
  name: 'mutex',
  summary: 'A lock that one process holds at a time, and fencing tokens that only grow.',
  sources: ['Kleppmann: How to do distributed locking (2016)'],
  operations: [
    {
      f: 'acquire',
      input: 'ignored',
      output: 'the fencing token, a number or { token }; anything else: there is none',
      doc: 'Takes the lock of its key for its process.',
    },
    {
      f: 'release',
      input: 'ignored',
      output: 'ignored',
      doc: 'From its invocation on the lock may be free.',
    },
    {
      f: 'write',
      input: '[token, value] or { token, ... }',
      output: 'ignored',
      doc: 'A write that the lock guards; ok if it was accepted.',
    },
    { f: 'read', input: 'ignored', output: 'ignored', doc: 'Says nothing of the lock.' },
  ],
  params: {
    lease: {
      type: 'duration',
      doc: 'For how long an acquire gives the lock at most; where it is not given, until its release.',
      min: 0,
      optional: true,
    },
    reentrant: {
      type: 'boolean',
      doc: 'Whether the holder may acquire it again, to release it as often.',
      default: false,
    },
  },
  /** `fencing`: two may believe that they hold it, as long as no older token is accepted. */
  consistencies: ['mutual-exclusion', 'fencing'],
  judge: (history, { lease, reentrant }, consistency) =>
    judgeLock(partsOf(history), {
      checker: 'mutex',
      fencingOnly: consistency === 'fencing',
      leaseUs: lease === undefined ? null : msToUs(lease),
      reentrant,
    }),
});
