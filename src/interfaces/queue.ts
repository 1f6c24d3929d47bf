/**
 * A message queue with receipts: who takes a message has it for a time, and acknowledges it or
 * gives it back by the receipt of that delivery.
 */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'queue',
  summary: 'Messages are put in and taken out, each taken one to be acknowledged by its receipt.',
  requests: {
    enqueue: {
      doc: 'Puts a message in. Messages of one `group` keep their order; one `dedup` counts once.',
      fields: { value: 'plain', group: { optional: 'text' }, dedup: { optional: 'text' } },
      reply: {},
      writes: true,
      errors: ['rate-limited'],
      recorded: { input: 'the value', output: 'ignored' },
    },
    dequeue: {
      doc: 'Takes a message out, or null when there is none within `waitMs`; `receives` counts its deliveries.',
      fields: { waitMs: { optional: 'number' } },
      reply: {
        value: 'plain',
        receipt: { optional: 'text' },
        receives: { optional: 'integer' },
      },
      writes: true,
      recorded: { input: 'null', output: 'the value; null: it was empty' },
    },
    ack: {
      doc: 'The message of this receipt is done, and is deleted.',
      fields: { receipt: 'text' },
      reply: {},
      harmless: true,
      errors: ['precondition-failed'],
    },
    nack: {
      doc: 'Gives the message of this receipt back, to be delivered again.',
      fields: { receipt: 'text' },
      reply: {},
      harmless: true,
      errors: ['precondition-failed'],
    },
    extend: {
      doc: 'Keeps the message of this receipt for so much longer, from now.',
      fields: { receipt: 'text', forMs: 'number' },
      reply: {},
      harmless: true,
      errors: ['precondition-failed'],
    },
    consume: {
      doc: 'Asks for deliveries without further requests, at most `credit` that are not acknowledged; 0 ends it. A new `consumer` takes the place of the one before on its node.',
      fields: { credit: 'integer', consumer: { optional: 'text' } },
      reply: {},
      harmless: true,
    },
    drain: {
      doc: 'Takes out all that is left: queued, delayed, delivered without acknowledgement, dead-lettered. One `dedup` gets one list.',
      fields: { dedup: { optional: 'text' } },
      reply: { values: { list: 'plain' } },
      writes: true,
      recorded: { input: 'null', output: 'the list of values' },
    },
  },
  messages: {
    delivery: {
      doc: "A message for somebody who consumes. Without a receipt it is the consumer's for good.",
      fields: { value: 'plain', receipt: { optional: 'text' }, receives: 'integer' },
    },
  },
});
