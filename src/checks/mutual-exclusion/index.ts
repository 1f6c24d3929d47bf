/**
 * Locks. `mutual-exclusion`: no two processes surely hold a lock at a time, and fencing tokens only
 * grow. `fenced`: a lock may have two holders for a while, but what it guards accepts no older
 * token after a newer one. The workload makes `acquire` and `release` on a key, and `write` with a
 * token, as the judge documents them.
 */
import lock from '../../interfaces/lock.ts';
import { msToUs } from '../../sim/units.ts';
import type { AnyChecker } from '../checker.ts';
import { checkerOver, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { crashesOf, judgeLock } from './mutual-exclusion.ts';

export const judge = defineJudge({
  name: 'mutex',
  summary: 'A lock that one process holds at a time, and fencing tokens that only grow.',
  sources: ['Kleppmann: How to do distributed locking (2016)'],
  operations: [
    {
      f: 'acquire',
      input: '"shared" of readers, who may hold it together; anything else: alone',
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
    judgeLock(partsOf(history), asked('mutex', consistency === 'fencing', { lease, reentrant })),
});

const { sources } = judge;

const NO_LEASE = { lease: undefined, reentrant: false };

const checkers: readonly AnyChecker[] = [
  checkerOver({
    name: 'mutual-exclusion',
    summary: judge.summary,
    sources,
    judges: [lock],
    params: judge.params,
    judge: (parts, args, facts) => {
      const options = asked('mutual-exclusion', false, args);
      return judgeLock(parts, { ...options, crashAfterUs: crashesOf(facts) });
    },
  }),
  checkerOver({
    name: 'fenced',
    summary: 'What a lock guards accepts no older fencing token after a newer one.',
    sources,
    judges: [lock],
    judge: (parts) => judgeLock(parts, asked('fenced', true, NO_LEASE)),
  }),
];

export default checkers;

function asked(
  checker: string,
  fencingOnly: boolean,
  { lease, reentrant }: { readonly lease: number | undefined; readonly reentrant: boolean },
) {
  const leaseUs = lease === undefined ? null : msToUs(lease);
  return { checker, fencingOnly, leaseUs, reentrant };
}
