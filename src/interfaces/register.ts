/** Registers: read, write and compare-and-set of the value of a key. */
import { defineInterface, type RequestOf } from '../sim/interface.ts';

/** What a client asks of a store that lets it choose, such as `quorum`; others ignore it. */
const level = { optional: 'text' } as const;
/** When the client made the write, by its own clock: `stamps` of a load sets it. */
const stampMs = { optional: 'number' } as const;

const register = defineInterface({
  name: 'register',
  summary: 'Read, write and compare-and-set of one value for each key.',
  requests: {
    read: {
      doc: 'The value of a key; null if it was never written.',
      fields: { key: 'text', level },
      reply: { value: 'plain' },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: 'the value' },
    },
    write: {
      doc: 'Sets a key.',
      fields: { key: 'text', value: 'plain', level, stampMs },
      reply: {},
      writes: true,
      recorded: { input: 'the value', output: 'ignored' },
    },
    cas: {
      doc: 'Sets a key to `to` if its value is `from`; else the error precondition-failed.',
      fields: { key: 'text', from: 'plain', to: 'plain', level },
      reply: {},
      writes: true,
      errors: ['precondition-failed'],
      recorded: { input: '[from, to]', output: 'ignored' },
    },
  },
});

export default register;

export type RegisterRequest = RequestOf<typeof register>;
