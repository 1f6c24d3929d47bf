/** The time, as a number or as an interval that holds it (Corbett et al. 2012, TrueTime). */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'timestamp',
  summary: 'Timestamps: a number or text that grows, or an interval that holds the time.',
  requests: {
    now: {
      doc: 'The time at the node asked.',
      fields: {},
      reply: {
        value: {
          either: [
            'number',
            'text',
            { list: { either: ['number', 'text'] } },
            { fields: { earliest: 'number', latest: 'number' } },
          ],
        },
      },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: 'a number, a text, or a list of them' },
    },
  },
});
