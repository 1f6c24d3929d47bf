/**
 * `eventual`: when the load has ended and all is healed, every client reads the same of every key.
 * See `eventual/convergence.ts`.
 */
import type { Checker } from '../checker.ts';
import {
  REGISTER_WORKLOAD,
  registerOf,
  registerOperations,
} from '../hierarchy/register-operations.ts';
import { checkEventual, EVENTUAL } from './convergence.ts';

const eventual: Checker = {
  name: EVENTUAL,
  summary: 'When nobody writes any more, every process reads the same last value of each key.',
  sources: [
    'Vogels: Eventually Consistent (CACM 2009)',
    'Terry et al.: Session Guarantees for Weakly Consistent Replicated Data (PDIS 1994)',
  ],
  judges: [REGISTER_WORKLOAD],
  check: (history, facts) =>
    checkEventual(
      registerOperations(history, facts),
      { objectOf: registerOf(facts) },
      { afterUs: facts.durationUs },
    ),
};

export default eventual;
