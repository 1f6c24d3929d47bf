/** A counter that only grows. */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'counter',
  summary: 'Additions to one number, none of them negative, and reads of the sum.',
  requests: {
    add: {
      doc: 'Adds to the counter; `delta` is not negative.',
      fields: { delta: 'integer' },
      reply: {},
      writes: true,
      recorded: { input: 'a number, not negative', output: 'ignored' },
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
