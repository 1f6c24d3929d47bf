/** What an operator may tell a member. Whoever does not lead passes it on to the leader. */
import type { ParamSpec } from '../../../sim/params.ts';
import type { Command } from '../../../sim/system.ts';

const server = {
  type: 'nodes',
  doc: 'The members, any number at once.',
} as const satisfies ParamSpec;

export const commands = {
  add: { doc: 'Gives further members a vote.', params: { server }, shorthand: 'server' },
  remove: {
    doc: 'Takes votes away; a leader that loses its vote steps down when the others have theirs.',
    params: { server },
    shorthand: 'server',
  },
  change: {
    doc: 'Says who votes from now on, all at once.',
    params: { voters: { type: 'nodes', doc: 'All voters.' } },
  },
  transfer: {
    doc: 'Lets the leader hand over to a voter; without one, to any of them.',
    params: { to: { type: 'nodes', optional: true, doc: 'The next leader.' } },
    shorthand: 'to',
  },
} as const satisfies { readonly [name: string]: Command };
