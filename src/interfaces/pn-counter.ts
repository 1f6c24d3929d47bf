/**
 * A counter that goes up and down. Reads may lag behind; after a time without additions all of them
 * give the sum (Shapiro et al. 2011, PN-Counter).
 */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'pn-counter',
  summary: 'Additions to one number, up and down, and reads of the sum.',
  requests: {
    add: {
      doc: 'Adds to the counter, or takes away.',
      fields: { delta: 'integer' },
      reply: {},
      writes: true,
      recorded: { input: 'an integer', output: 'ignored' },
    },
    read: {
      doc: 'The sum.',
      fields: {},
      reply: { value: 'integer' },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: 'the sum' },
    },
  },
});
