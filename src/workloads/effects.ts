/**
 * Effects that must happen once each: every operation asks for an effect with an id of its own, and
 * at the end everybody reads which effects there were.
 */
import effects from '../interfaces/effects.ts';
import type { ReplyOf } from '../sim/interface.ts';
import type { Plain } from '../sim/node.ts';
import { defineParams } from '../sim/params.ts';
import { FinalPositions } from './parts/final-positions.ts';
import { defineWorkload } from './workload.ts';

const params = defineParams({
  'first-value': {
    type: 'integer',
    doc: 'The number in the id of the first effect, `e1`; the next are one more each.',
    default: 1,
  },
});

export default defineWorkload({
  name: 'effects',
  summary: 'Requests with an effect each, and a last read of all effects that there were.',
  params,
  asks: effects,
  generator(given) {
    let effect = given['first-value'];
    const finals = new FinalPositions(1);
    return {
      next() {
        const own = `e${effect++}`;
        return { f: 'apply', key: null, input: own, request: { type: 'apply', effect: own } };
      },
      last: (process) =>
        finals.next(process) === null
          ? null
          : { f: 'read', key: null, input: null, request: { type: 'read' } },
    };
  },
  outputOf: (f, reply) =>
    f === 'read' ? (reply as ReplyOf<typeof effects, 'read'>).effects : null,
  tell(f, input, output) {
    if (f === 'apply') return `apply ${input}`;
    return Array.isArray(output) ? `read ${listText(output)}` : 'read';
  },
});

/** Lists up to this length are shown whole; of longer ones, what is in them more than once. */
const WHOLE_MAX = 12;
const TOLD_MAX = 4;

function listText(list: readonly Plain[]): string {
  if (list.length <= WHOLE_MAX) return list.length === 0 ? 'nothing' : list.join(', ');
  const counts = new Map<Plain, number>();
  for (const each of list) counts.set(each, (counts.get(each) ?? 0) + 1);
  const several = [...counts].filter(([, times]) => times > 1);
  const told = several.slice(0, TOLD_MAX).map(([each, times]) => `, ${each} ${times} times`);
  const more = several.length - told.length;
  return `${counts.size} effects${told.join('')}${more > 0 ? ` and ${more} more` : ''}`;
}
