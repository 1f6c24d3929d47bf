/** What others need to know of it: a kind of node. */

import register from '../../../interfaces/register.ts';
import { defineSystem } from '../../../sim/system.ts';
import { TemplateName, templateNameParams } from './template-name.ts';

export default defineSystem({
  name: 'template-name',
  title: 'Template name',
  summary: 'One node that answers requests from its disk: say here in one sentence what it is.',
  sources: ['Kingsbury, Maelstrom, doc/protocol.md (the shape of requests, answers and errors)'],
  answers: [register],
  // only register
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  // else
  // claims: [],
  // end
  params: templateNameParams,
  // only register
  bugs: {
    forgetful: {
      doc: 'Keeps values in memory only, so that a crash loses what was acknowledged.',
      caughtBy: 'linearizable',
    },
  },
  // else
  // bugs: {},
  // end
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
  refuse: (_params, members) => (members === 1 ? null : 'works alone: count must be 1'),
  create: (params, _place, bug) => new TemplateName(params, bug),
});
