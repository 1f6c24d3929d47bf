/** Effects that are asked for by an id, and counted where they show. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'effects',
  summary: 'Requests with an effect each, and a list of all effects that there were.',
  requests: {
    apply: {
      doc: 'Asks for the effect of this id; a retry has the same one.',
      fields: { effect: 'text' },
      reply: {},
      writes: true,
      errors: ['abort'],
      recorded: { input: 'the id of the effect', output: 'ignored' },
    },
    read: {
      doc: 'The ids of all effects, one entry each time.',
      fields: {},
      reply: { effects: { list: 'text' } },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: 'the list of the ids of all effects' },
    },
  },
});
