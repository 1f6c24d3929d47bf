/**
 * Transactions that write registers and read them, as Elle judges them (Kingsbury & Alvaro 2020).
 * The request is that of Maelstrom's transactional workloads.
 */
import { defineInterface } from '../sim/interface.ts';

export default defineInterface({
  name: 'rw-register',
  summary: 'Transactions that write registers and read them.',
  requests: {
    txn: {
      doc: 'Does all steps as one transaction; the answer has them with what was read.',
      fields: { txn: { list: { tuple: [{ words: ['r', 'w'] }, 'text', 'plain'] } } },
      reply: { txn: { list: { tuple: [{ words: ['r', 'w'] }, 'text', 'plain'] } } },
      reads: true,
      writes: true,
      errors: ['txn-conflict', 'abort'],
      recorded: {
        input: '[["w", key, value], ["r", key, null], ...]',
        output: 'the same, reads filled with values',
      },
    },
  },
});
