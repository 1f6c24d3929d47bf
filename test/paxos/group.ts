/** Paxos in a hostile world, as its searches have it. */
import agreement from '../../src/checks/agreement/index.ts';
import system from '../../src/nodes/consensus/paxos/index.ts';
import propose from '../../src/workloads/propose.ts';
import type { HostileOptions } from '../support/hostile.ts';

export const group: Omit<HostileOptions, 'seed' | 'bug'> = {
  system,
  role: 'member',
  members: 3,
  workload: propose,
  load: { rivals: 6 },
  // Each key takes three flushes one after the other, and its proposer gives up with the client.
  patienceUs: (syncMs) => (syncMs < 60 ? 0 : 15_000 * syncMs),
  params: (random) => ({
    retry: random.pick([
      { minMs: 5, maxMs: 15 },
      { minMs: 10, maxMs: 30 },
      { minMs: 50, maxMs: 150 },
    ]),
    nacks: random.chance(0.5),
    distinguished: random.chance(0.5),
    ...random.pick([{}, {}, {}, { 'phase1-quorum': 3, 'phase2-quorum': 1 }]),
  }),
};

export const checkers = [agreement];

/** The first seed that shows each bug. */
export const kept: { readonly [bug: string]: number } = {
  'promise-not-durable': 15,
  'accept-below-promise': 1,
  'own-value-always': 1,
  'commonest-value': 3,
  'count-value-across-ballots': 1,
  'reuse-ballot': 254,
  'quorums-apart': 1,
};
