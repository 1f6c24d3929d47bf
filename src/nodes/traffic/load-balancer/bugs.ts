/** Mistakes that load balancers were shipped with, and what catches each. */
import type { KnownBug } from '../../../sim/system.ts';
import type { BalancerBug } from './balancers.ts';

export const balancerBugs = {
  'tie-by-index': {
    doc: 'Of targets that are equally busy it always takes the first.',
    caughtBy: 'picks',
  },
  'errors-are-fast': {
    doc: 'To `ewma` an error is a quick answer: the target that fails at once gets most requests.',
    caughtBy: 'availability',
  },
  'busy-leak': {
    doc: 'A request that is cancelled stays counted as in flight.',
    caughtBy: 'picks',
  },
  'eject-all': {
    doc: 'Whether too many targets are out is asked before one more is ejected, not after.',
    caughtBy: 'ejections',
  },
  'edf-rebuild': {
    doc: 'The schedule of `earliest-deadline` begins again whenever the targets change.',
    caughtBy: 'picks',
  },
  'table-by-index': {
    doc: 'The table of `maglev` is made of positions in the list of targets that are well: with one out, most keys move.',
    caughtBy: 'mean',
  },
  'reports-only': {
    doc: '`least-load` believes the last report alone: until the next one, all requests go to the target that was idle.',
    caughtBy: 'p99',
  },
  'no-spill': {
    doc: 'A zone with a single target left keeps all of its requests.',
    caughtBy: 'availability',
  },
  'no-drain': {
    doc: 'The refusal of a target that is leaving goes to the client, and not to another target.',
    caughtBy: 'errors',
  },
} as const satisfies { readonly [B in BalancerBug]: KnownBug };
