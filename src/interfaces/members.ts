/** Who is a member, as the node asked believes. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'members',
  summary: 'The members of a group and their states, as the node asked believes.',
  requests: {
    members: {
      doc: 'Every member that the node knows, with its state; a higher incarnation is newer.',
      fields: {},
      reply: {
        members: {
          list: { fields: { member: 'text', state: 'text', incarnation: 'integer' } },
        },
      },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: '[{ member, state, incarnation }, ...]' },
    },
  },
});
