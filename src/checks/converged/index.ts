/**
 * `converged`: when nobody writes any more, all replicas that were read answer the same, on every
 * key. Every operation but `read` counts as a write; lists in another order are the same.
 */
import broadcast from '../../interfaces/broadcast.ts';
import counter from '../../interfaces/counter.ts';
import pnCounter from '../../interfaces/pn-counter.ts';
import register from '../../interfaces/register.ts';
import set from '../../interfaces/set.ts';
import siblings from '../../interfaces/siblings.ts';
import text from '../../interfaces/text.ts';
import { getsAsReads } from '../findings/final-reads.ts';
import { checkerOver, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeConverged } from './converged.ts';

export const judge = defineJudge({
  name: 'convergence',
  summary: 'When nobody writes any more, all replicas answer the same.',
  sources: [
    'Shapiro, Preguiça, Baquero, Zawirski: Convergent and Commutative Replicated Data Types (2011)',
  ],
  operations: [
    {
      f: 'read',
      input: 'ignored',
      output: 'the state',
      doc: 'Final of its client if it was invoked after the last other operation had ended.',
    },
    { f: '...', input: 'ignored', output: 'ignored', doc: 'Everything else is taken for a write.' },
  ],
  params: {
    ordered: {
      type: 'boolean',
      doc: 'Whether lists in another order are different states.',
      default: false,
    },
  },
  consistencies: ['eventual'],
  judge: (history, { ordered }) =>
    judgeConverged(partsOf(history), { checker: 'convergence', ordered }),
});

const name = 'converged';

export default checkerOver({
  name,
  summary: judge.summary,
  sources: judge.sources,
  judges: [broadcast, counter, pnCounter, register, set, siblings, text],
  params: judge.params,
  judge(parts, { ordered }) {
    const asReads = parts.map((part) => ({ ...part, operations: getsAsReads(part.operations) }));
    return judgeConverged(asReads, { checker: name, ordered });
  },
});
