/** A node that keeps keys on its disk, as a kind of node: what others need to know of it. */

import register from '../../interfaces/register.ts';
import { defineSystem } from '../../sim/system.ts';
import { Keeper, keeperParams } from './keeper.ts';

export default defineSystem({
  name: 'keeper',
  title: 'Keeper',
  summary: 'One node that keeps keys on its disk, and answers reads, writes and compare-and-sets.',
  sources: ['Kingsbury, Maelstrom, doc/protocol.md (the requests and their errors)'],
  answers: [register],
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  params: keeperParams,
  bugs: {
    forgetful: {
      doc: 'Keeps values in memory only, so that a crash loses what was acknowledged.',
      caughtBy: 'linearizable',
    },
  },
  invariants: [],
  measures: {
    answered: { sort: 'count', doc: 'Requests that it answered.' },
  },
  notes: {
    'still here': {
      doc: 'Every `report-every`.',
      detail: { requests: 'How many requests it has answered.' },
    },
  },
  refuse: (_params, members) => (members === 1 ? null : 'keeps keys alone: count must be 1'),
  create: (params, _place, bug) => new Keeper(params, bug),
});
