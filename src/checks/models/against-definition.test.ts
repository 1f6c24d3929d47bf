/**
 * Every model under the search, its own verdicts and reductions included, against the definition of
 * linearizability: all small histories, and random larger ones. The steps of a model are taken from
 * it; that they are right is the business of its own test.
 */
import { describe, expect, it } from 'vitest';
import { historyOf } from '../../../test/support/histories.ts';
import { times } from '../../../test/support/long.ts';
import {
  asRead,
  asStack,
  drain,
  mess,
  modelCases,
  open,
  put,
  take,
} from '../../../test/support/model-cases.ts';
import { naivelyLinearizable } from '../../../test/support/naive-linearizability.ts';
import { randomOf } from '../../../test/support/simulated-register.ts';
import { type Kind, oneIn, smallHistories } from '../../../test/support/small-histories.ts';
import type { History } from '../../sim/history.ts';
import { checkLinearizable } from '../linearizable/index.ts';
import { callsOf, type SearchModel } from '../search/call.ts';
import { searchOne } from '../search/turns.ts';
import { bagModel } from './bag.ts';
import { queueModel } from './queue.ts';
import { stackModel } from './stack.ts';

interface Tally {
  yes: number;
  no: number;
  readonly different: string[];
}

function compare(histories: Iterable<History>, model: SearchModel): Tally {
  const tally: Tally = { yes: 0, no: 0, different: [] };
  for (const history of histories) {
    const expected = naivelyLinearizable(asRead(history, model), model);
    tally[expected ? 'yes' : 'no']++;
    if (tally.different.length > 2) continue;
    const calls = callsOf(history, model);
    const found = [true, false].map((zones) => searchOne(calls, model, { zones }).outcome);
    if (found.every((outcome) => outcome === (expected ? 'linearizable' : 'not-linearizable'))) {
      continue;
    }
    tally.different.push(`${found}, not ${expected}: ${sketch(history)}`);
  }
  return tally;
}

function sketch(history: History): string {
  return history
    .map(({ f, input, output, outcome, invokedAtUs, endedAtUs }) => {
      const what = `${f} ${JSON.stringify(input)} ${JSON.stringify(output)} ${outcome}`;
      return `${invokedAtUs}..${endedAtUs} ${what}`;
    })
    .join('; ');
}

/** Of these, in the long suite, every history of four operations; of the others, one in eight. */
const thorough = ['queue', 'stack'];
const ONE_IN = { thorough: times(5, 1), others: times(24, 8) };

describe('all small histories', () => {
  it.each(modelCases)(
    'of a $name',
    ({ name, model, kinds, most }) => {
      for (let count = 1; count <= most; count++) {
        const histories = smallHistories(count, count < 4 ? 3 : 2, kinds);
        const step = count < 4 ? 1 : ONE_IN[thorough.includes(name) ? 'thorough' : 'others'];
        const { yes, no, different } = compare(oneIn(step, histories), model);
        expect(different).toEqual([]);
        if (count === most) expect(Math.min(yes, no)).toBeGreaterThan(times(5, 30));
      }
    },
    60_000,
  );
});

describe('random histories', () => {
  it.each(modelCases)('of a $name', ({ model, kinds }) => {
    const random = randomOf(7);
    const histories = Array.from({ length: times(400, 5000) }, () => mess(random, kinds));
    const { yes, no, different } = compare(histories, model);
    expect(different).toEqual([]);
    expect(Math.min(yes, no)).toBeGreaterThan(10);
  });

  const values = [1, 2, 3, 4];
  it.each<[string, SearchModel, readonly Kind[]]>([
    ['queue', queueModel() as SearchModel, []],
    ['bag', bagModel() as SearchModel, []],
    ['stack', stackModel() as SearchModel, []],
  ])('of a %s with values put in once', (name, model) => {
    const random = randomOf(11);
    const int = (below: number) => Math.floor(random() * below);
    const histories = Array.from({ length: times(1200, 10_000) }, () => {
      const chosen = values.slice(0, 1 + int(4));
      const kinds = chosen.flatMap((value) => [
        random() < 0.2 ? open(put(value)) : put(value),
        ...(random() < 0.8 ? [take(value)] : []),
      ]);
      if (random() < 0.4) kinds.push(take(null));
      if (random() < 0.3) kinds.push(open(take(0)));
      if (name !== 'stack' && random() < 0.5) {
        const left = chosen.filter(() => random() < 0.5).reverse();
        kinds.push(drain(left), ...(random() < 0.3 ? [drain([])] : []));
      }
      return historyOf(
        kinds.map((kind, process) => {
          const from = int(14);
          return { ...(name === 'stack' ? asStack(kind) : kind), process, from, to: from + int(8) };
        }),
      );
    });
    const { yes, no, different } = compare(histories, model);
    expect(different).toEqual([]);
    expect(Math.min(yes, no)).toBeGreaterThan(200);
  });
});

describe('the story of every failure', () => {
  it.each(modelCases)('of a $name is a proof by itself, in words', ({ model, kinds }) => {
    const random = randomOf(13);
    let failures = 0;
    for (let i = 0; i < 300; i++) {
      const history = mess(random, kinds, 6);
      const result = checkLinearizable(history, model);
      if (result.verdict !== 'fail') continue;
      failures++;
      expect(result.summary).toMatch(/^[A-Z].*: .*#?\d.*\.$/);
      const shown = asRead(history, model).filter(({ index }) => result.evidence.includes(index));
      expect(naivelyLinearizable(shown, model)).toBe(false);
    }
    expect(failures).toBeGreaterThan(5);
  });
});
