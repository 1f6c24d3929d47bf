/**
 * `regular`: no read returns a value that had been replaced, for certain, before the read began.
 * Less than linearizability: while a write goes on, one read may return its value and a later one
 * still the value before. This is what two quorums that share a copy give (see
 * `../bounded-staleness/staleness.ts` for what "for certain" means with several writers).
 */
import register from '../../interfaces/register.ts';
import { checkStaleness } from '../bounded-staleness/bound.ts';
import { type Checker, NO_ARGUMENTS } from '../checker.ts';
import { judgedBy } from '../judged-loads.ts';

const regular: Checker = {
  name: 'regular',
  summary: 'No read returns a value that had been replaced before the read began.',
  sources: ['Lamport: On Interprocess Communication (Distributed Computing 1986)'],
  judges: [register],
  ...NO_ARGUMENTS,
  check(history, facts) {
    const { operations, objectOf } = judgedBy(regular, history, facts);
    const found = checkStaleness(operations, { withinUs: 0 }, { objectOf });
    return { ...found, checker: regular.name };
  },
};

export default regular;
