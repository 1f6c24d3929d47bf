/** Gossip, as a kind of node. */
import broadcast from '../../../interfaces/broadcast.ts';
import register from '../../../interfaces/register.ts';
import { defineSystem } from '../../../sim/system.ts';
import { Gossip } from './gossip.ts';
import {
  type GossipBug,
  gossipBugs,
  gossipMeasures,
  gossipNotes,
  gossipParams,
} from './settings.ts';

export default defineSystem({
  name: 'gossip',
  title: 'Gossip',
  summary: 'Each node contacts a few others at random in each round, until all know what one knew.',
  sources: [
    'Demers et al. 1987, Epidemic Algorithms for Replicated Database Maintenance (PODC)',
    'Karp, Schindelhauer, Shenker, Voecking 2000, Randomized Rumor Spreading (FOCS): push-pull in log3 n + O(ln ln n) rounds',
  ],
  answers: [broadcast, register],
  claims: [],
  params: gossipParams,
  bugs: gossipBugs,
  measures: gossipMeasures,
  notes: gossipNotes,
  invariants: [],
  grows: true,
  mostMembers: 1_000_000,
  refuse: (params, count) => {
    if (count < 2) return 'a node needs another one to gossip with: count must be 2 or more';
    const { stop, phase, mode } = params;
    return stop === 'feedback' && phase === 'own' && mode === 'pull'
      ? 'stop: feedback with mode: pull counts by common rounds: phase must be synchronous'
      : null;
  },
  create: (params, place, bug) => new Gossip(params, place, bug as GossipBug | null),
});
