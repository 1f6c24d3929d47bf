/**
 * The time, as a number or as an interval that holds it (Corbett et al. 2012, TrueTime), and the
 * messages by which clocks are kept (Mills 1991, Internet Time Synchronization): four stamps, of
 * which who asks knows two.
 */
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
      recorded: {
        input: 'null',
        output: 'a number, a text, a list of them, or { earliest, latest }',
      },
    },
  },
  messages: {
    'ask-time': {
      doc: 'What time is it? Answered by `tell-time` with the same `poll`.',
      fields: { poll: 'integer' },
    },
    'tell-time': {
      doc: 'When the question was received and the answer sent, by a clock that may be wrong by `errorMs`.',
      fields: { poll: 'integer', receivedMs: 'number', sentMs: 'number', errorMs: 'number' },
    },
  },
});
