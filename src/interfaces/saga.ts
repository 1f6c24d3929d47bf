/**
 * Sagas: steps that are all done, or all undone by their compensations (Garcia-Molina & Salem
 * 1987).
 */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'saga',
  summary: 'Chains of steps of which all are done, or those that were done are undone.',
  requests: {
    saga: {
      doc: 'Does all steps; the error abort says that nothing of them lasts.',
      fields: { saga: 'text', steps: { list: 'plain' } },
      reply: {},
      writes: true,
      errors: ['abort'],
      recorded: { input: '{ id, steps: [...] }', output: 'ignored' },
    },
    results: {
      doc: 'How far a saga has come.',
      fields: { saga: 'text' },
      reply: { state: { words: ['unknown', 'open', 'done', 'undone'] } },
      harmless: true,
    },
    audit: {
      doc: 'What the participants did, in order.',
      fields: {},
      reply: {
        entries: { list: { tuple: ['text', 'plain', { words: ['done', 'compensated'] }] } },
      },
      harmless: true,
      reads: true,
      recorded: { input: 'null', output: '[[id, step, "done" | "compensated"], ...]' },
    },
  },
});
