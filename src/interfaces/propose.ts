/** Consensus on one value for each key. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'propose',
  summary: 'Proposals of a value for a key, of which one is chosen forever.',
  requests: {
    propose: {
      doc: 'Proposes a value; the answer is the value that was chosen, this one or another.',
      fields: { key: 'text', value: 'plain' },
      reply: { value: 'plain' },
      harmless: true,
      reads: true,
      writes: true,
      recorded: { input: 'the value', output: 'the value that was chosen' },
    },
  },
});
