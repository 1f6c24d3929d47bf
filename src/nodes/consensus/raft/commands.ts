/** What an operator may tell a server. Whoever does not lead passes it on to the leader. */
import type { ParamSpec } from '../../../sim/params.ts';
import type { Command } from '../../../sim/system.ts';

const server = {
  type: 'nodes',
  doc: 'The server; several at once need `membership: joint`.',
} as const satisfies ParamSpec;

export const commands = {
  'add-learner': {
    doc: 'Sends the log to a further server, which has no vote.',
    params: { server },
    shorthand: 'server',
  },
  promote: {
    doc: 'Gives a learner a vote, once it has caught up.',
    params: { server },
    shorthand: 'server',
  },
  add: {
    doc: 'Takes in a voter: it is a learner until it has caught up.',
    params: { server },
    shorthand: 'server',
  },
  remove: {
    doc: 'Takes a server out, voter or learner; a leader that is taken out steps down.',
    params: { server },
    shorthand: 'server',
  },
  change: {
    doc: 'Says who votes from now on, and who only learns.',
    params: {
      voters: { type: 'nodes', doc: 'All voters.' },
      learners: { type: 'nodes', optional: true, doc: 'All learners.' },
    },
  },
  transfer: {
    doc: 'Lets the leader hand over to a voter; without one, to the voter that is furthest.',
    params: { to: { type: 'nodes', optional: true, doc: 'The next leader.' } },
    shorthand: 'to',
  },
  snapshot: { doc: 'Writes a snapshot now, and compacts the log.', params: {} },
} as const satisfies { readonly [name: string]: Command };
