/** Identifiers, each handed out once. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'ids',
  summary: 'Identifiers, each of them new.',
  requests: {
    generate: {
      doc: 'A new identifier.',
      fields: {},
      reply: { value: 'plain' },
      // An identifier that nobody hears of is none that is handed out twice.
      harmless: true,
      errors: ['temporarily-unavailable'],
      recorded: { input: 'null', output: 'the identifier' },
    },
  },
});
