/** A quorum store, as scenarios use it: `kind: quorum-store`. */
import register from '../../../interfaces/register.ts';
import set from '../../../interfaces/set.ts';
import siblings from '../../../interfaces/siblings.ts';
import { defineSystem } from '../../../sim/system.ts';
import { type Bug, bugs, measures, notes } from './declared.ts';
import { QuorumStore } from './quorum-store.ts';
import { nodesNeeded, params, promisesOf, refuseSettings } from './settings.ts';

export default defineSystem({
  name: 'quorum-store',
  title: 'Quorum store',
  summary: 'Copies of each key on a ring of equal nodes; r of them answer a read, w a write.',
  sources: [
    'DeCandia et al. 2007, "Dynamo: Amazon\'s Highly Available Key-value Store", section 4',
    'Lakshman & Malik 2010, "Cassandra: A Decentralized Structured Storage System"',
    'Bailis et al. 2012, "Probabilistically Bounded Staleness for Practical Partial Quorums"',
    'Preguiça et al. 2012, "Brief Announcement: Efficient Causality Tracking in Distributed Storage Systems with Dotted Version Vectors"',
    'Attiya, Bar-Noy & Dolev 1995, "Sharing Memory Robustly in Message-Passing Systems"',
  ],
  answers: [register, siblings, set],
  claims: [{ checker: 'eventual', whilePartitioned: 'holds' }],
  claimsWith: promisesOf,
  params,
  bugs,
  invariants: [],
  measures,
  notes,
  commands: {
    decommission: {
      doc: 'The node gives its keys to those that get them, and leaves the ring. It goes on to pass requests on. If fewer than n nodes would be left, it stays.',
      params: {},
    },
    remove: {
      doc: 'Takes a dead node off the ring: the others give what they have of its keys to those that get them. Given to a node that is up; again, if that one dies.',
      params: { node: { type: 'nodes', doc: 'The dead node.' } },
      shorthand: 'node',
    },
  },
  grows: true,
  quorum: (values, members) => nodesNeeded(values, members),
  detectionMs: (values) => values['suspect-after'],
  refuse: refuseSettings,
  create: (values, place, bug) => new QuorumStore(values, place, bug as Bug | null),
});
