/**
 * Sagas: chains of steps that a system does all, or undoes as far as it came (Garcia-Molina & Salem
 * 1987). At the end clients ask what the participants did, in order.
 *
 * Who keeps that record need not be who carries out sagas, and should not be believed if it is the
 * system under test: then two loads of one `object` share the work, and one of them only audits.
 */
import saga from '../interfaces/saga.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Plain } from '../sim/node.ts';
import { defineParams } from '../sim/params.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { defineWorkload } from './workload.ts';

const params = defineParams({
  steps: {
    type: 'list',
    of: { type: 'text', doc: 'A step.' },
    doc: 'The steps of each saga, in their order; more of them fail more often half-way.',
    default: ['order', 'stock', 'payment'],
  },
  'first-saga': {
    type: 'integer',
    doc: 'The number in the id of the first saga, `s1`; the next are one more each.',
    default: 1,
  },
  makes: {
    type: 'choice',
    options: ['both', 'sagas', 'audits'],
    doc: 'Sagas, audits at the end, or both: audits can ask another target, under one `object`.',
    default: 'both',
  },
});

interface Begun {
  readonly id: string;
  readonly steps: readonly string[];
}

export default defineWorkload({
  name: 'saga',
  summary: 'Sagas of a few steps each, and at the end an audit of what was done and undone.',
  params,
  asks: saga,
  operations: ['saga', 'audit'],
  refuse: ({ steps }) =>
    new Set(steps).size === steps.length && steps.length > 0
      ? null
      : '`steps` has to name one step at least, and each once',
  generator(given) {
    let number = given['first-saga'];
    const { steps, makes } = given as { steps: readonly string[]; makes: string };
    const finals = new FinalPositions(1);
    return {
      next() {
        if (makes === 'audits') return null;
        const id = `s${number++}`;
        const input = { id, steps };
        return { f: 'saga', key: null, input, request: { type: 'saga', saga: id, steps } };
      },
      last: (process) =>
        makes === 'sagas' || finals.next(process) === null
          ? null
          : { f: 'audit', key: null, input: null, request: { type: 'audit' } },
    };
  },
  outputOf: (f, reply) => (f === 'audit' ? (reply as ReplyOf<typeof saga, 'audit'>).entries : null),
  tell(f, input, output) {
    if (f === 'saga') {
      const { id, steps } = input as unknown as Begun;
      return `saga ${id}: ${steps.join(', ')}`;
    }
    return Array.isArray(output) ? `audit ${tally(output)}` : 'audit';
  },
});

/** `41 done, 6 compensated`. */
function tally(entries: readonly Plain[]): string {
  const undone = entries.filter((entry) => Array.isArray(entry) && entry[2] === 'compensated');
  return `${entries.length - undone.length} done, ${undone.length} compensated`;
}
