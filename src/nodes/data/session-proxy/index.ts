/** A proxy that keeps session guarantees, as scenarios use it: `kind: session-proxy`. */
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { SessionProxy, type SessionProxyBug, sessionProxyParams } from './session-proxy.ts';

const GUARANTEES = {
  ryw: 'read-your-writes',
  mr: 'monotonic-reads',
  mw: 'monotonic-writes',
  wfr: 'writes-follow-reads',
} as const;

export default defineSystem({
  name: 'session-proxy',
  title: 'Session proxy',
  summary: 'Stands before a store with replicas, and lets no session see less than it has seen.',
  sources: ['Terry et al. 1994, "Session Guarantees for Weakly Consistent Replicated Data"'],
  answers: { of: 'target' },
  claims: [],
  claimsWith: ({ guarantees }) =>
    guarantees.map((one) => ({ checker: GUARANTEES[one], whilePartitioned: 'holds' })),
  params: sessionProxyParams,
  bugs: {
    'forget-writes': {
      doc: 'The token does not hold what the session has written.',
      caughtBy: 'read-your-writes',
    },
    'forget-reads': {
      doc: 'The token does not hold what the session has read.',
      caughtBy: 'session-guarantees',
    },
  },
  invariants: [],
  measures: {
    behind: {
      sort: 'count',
      doc: 'Answers that were not passed on: they rest on too old a version.',
    },
  },
  create: (params, place, bug) =>
    serve(new SessionProxy(params, place.answers, bug as SessionProxyBug | null), place),
});
