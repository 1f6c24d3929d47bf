/**
 * Stores that keep concurrent values side by side (DeCandia et al. 2007, Dynamo, section 4.4). A
 * read gives all of them with a context; a write with that context replaces what the read saw.
 */
import { defineInterface } from '../sim/interface.ts';

/** When the client made the write, by its own clock: `stamps` of a load sets it. */
const stampMs = { optional: 'number' } as const;

export default defineInterface({
  name: 'siblings',
  summary: 'Reads that give all concurrent values, and writes that say what they have seen.',
  requests: {
    get: {
      doc: 'All values of a key that no other one replaces, and the context that says which they are.',
      fields: { key: 'text' },
      reply: { values: { list: 'plain' }, context: 'plain' },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: 'the list of values' },
    },
    put: {
      doc: 'Replaces the values that the context has seen; without a context, none.',
      fields: { key: 'text', value: 'plain', context: { optional: 'plain' }, stampMs },
      reply: { context: 'plain' },
      writes: true,
      recorded: { input: 'the value', output: 'ignored' },
    },
    delete: {
      doc: 'Takes away the values that the context has seen.',
      fields: { key: 'text', context: { optional: 'plain' }, stampMs },
      reply: { context: 'plain' },
      writes: true,
      recorded: { input: 'null', output: 'ignored' },
    },
  },
});
