/**
 * Logs, as Kafka has them: each key is an append-only log; records have offsets, and consumers
 * commit how far they have come. Fields after Maelstrom's workload `kafka` (doc/workloads.md);
 * operations in the form of Jepsen's Kafka test.
 */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'log',
  summary: 'Values are appended to logs, read from an offset on, and consumers commit offsets.',
  requests: {
    send: {
      doc: 'Appends a value to a log; the answer is its offset.',
      // After how many copies the answer comes, as Kafka's `acks`.
      fields: {
        key: 'text',
        value: 'plain',
        acks: { optional: { words: ['none', 'leader', 'all'] } },
      },
      reply: { offset: 'integer' },
      writes: true,
      recorded: {
        input: '[["send", key, value], ...]',
        output: '[["send", key, [offset, value]], ...]',
      },
    },
    poll: {
      doc: 'The records of each log from its offset on, in their order; some or all that there are.',
      fields: { offsets: { map: 'integer' } },
      reply: { records: { map: { list: { tuple: ['integer', 'plain'] } } } },
      harmless: true,
      reads: true,
      recorded: {
        input: '[["poll"], ...]',
        output: '[["poll", { key: [[offset, value], ...] }], ...]',
      },
    },
    txn: {
      doc: 'Appends values and commits offsets, all or nothing.',
      fields: {
        sends: { list: { tuple: ['text', 'plain'] } },
        offsets: { optional: { map: 'integer' } },
        producer: { optional: 'text' },
      },
      reply: { offsets: { list: 'integer' } },
      writes: true,
      errors: ['abort', 'txn-conflict'],
      recorded: { input: 'sends and polls', output: 'the same with answers' },
    },
    assign: {
      doc: 'The asker reads these logs from now on.',
      fields: { keys: { list: 'text' } },
      reply: {},
      harmless: true,
      recorded: { input: '[key, ...]', output: 'ignored' },
    },
    subscribe: {
      doc: 'The asker becomes, or stays, a member of a group that shares these logs; the answer says which are its own.',
      fields: { keys: { list: 'text' }, group: { optional: 'text' }, member: { optional: 'text' } },
      reply: { keys: { list: 'text' }, generation: { optional: 'integer' } },
      harmless: true,
      recorded: { input: '[key, ...]', output: 'ignored' },
    },
    commit: {
      doc: 'Everything before these offsets is done, for the group; refused from a member of an earlier generation.',
      fields: {
        offsets: { map: 'integer' },
        group: { optional: 'text' },
        generation: { optional: 'integer' },
      },
      reply: {},
      harmless: true,
      errors: ['precondition-failed'],
    },
    committed: {
      doc: 'The offsets committed for these logs; a log without one is left out.',
      fields: { keys: { list: 'text' }, group: { optional: 'text' } },
      reply: { offsets: { map: 'integer' } },
      harmless: true,
    },
  },
});
