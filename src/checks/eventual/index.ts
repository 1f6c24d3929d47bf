/**
 * `eventual`: when the load has ended and all is healed, every client reads the same of every key.
 * See `eventual/convergence.ts`.
 */
import register from '../../interfaces/register.ts';
import { type Checker, NO_ARGUMENTS } from '../checker.ts';
import { judgedBy } from '../judged-loads.ts';
import { checkEventual, EVENTUAL } from './convergence.ts';

const eventual: Checker = {
  name: EVENTUAL,
  summary: 'When nobody writes any more, every process reads the same last value of each key.',
  sources: [
    'Vogels: Eventually Consistent (CACM 2009)',
    'Terry et al.: Session Guarantees for Weakly Consistent Replicated Data (PDIS 1994)',
  ],
  judges: [register],
  ...NO_ARGUMENTS,
  check(history, facts) {
    const { operations, objectOf } = judgedBy(eventual, history, facts);
    return checkEventual(operations, { objectOf }, { afterUs: facts.durationUs });
  },
};

export default eventual;
