/**
 * Locks with fencing tokens, and what they guard: a store that refuses a token older than one that
 * it has seen (Burrows 2006, Chubby, section 2.4: sequencers).
 */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'lock',
  summary: 'Locks that hand out tokens, and writes that show the token.',
  requests: {
    acquire: {
      doc: 'Takes the lock; the error lock-held if another has it, at once or after `waitMs`. The token grows with each holder. With `shared` others that read may hold it too, where the service knows that; elsewhere the holder is alone.',
      fields: {
        key: 'text',
        waitMs: { optional: 'number' },
        leaseMs: { optional: 'number' },
        shared: { optional: 'boolean' },
      },
      reply: { token: 'integer', leaseMs: { optional: 'number' } },
      writes: true,
      errors: ['lock-held'],
      recorded: {
        input: 'null, or "shared" of readers that hold it together',
        output: 'the token',
      },
    },
    renew: {
      doc: 'The holder of this token keeps the lock for another lease.',
      fields: { key: 'text', token: 'integer' },
      reply: { leaseMs: { optional: 'number' } },
      harmless: true,
      errors: ['precondition-failed'],
    },
    release: {
      doc: 'Gives the lock back; precondition-failed if this token does not hold it.',
      fields: { key: 'text', token: 'integer' },
      reply: {},
      writes: true,
      errors: ['precondition-failed'],
      recorded: { input: 'null', output: 'ignored' },
    },
    write: {
      doc: 'A write that the lock guards; precondition-failed if a later token was seen.',
      fields: { key: 'text', token: 'integer', value: 'plain' },
      reply: {},
      writes: true,
      errors: ['precondition-failed'],
      recorded: { input: '[token, value]', output: 'ignored' },
    },
    read: {
      doc: 'The value that was written last.',
      fields: { key: 'text' },
      reply: { value: 'plain' },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: 'the value' },
    },
  },
});
