/** Demands of many seeds, from seeds made by hand. */
import { describe, expect, test } from 'vitest';
import type { ExpectationState } from '../result.ts';
import type { SeedDemand } from '../scenario.ts';
import { judgeDemands, type SeededExpectations } from './demands.ts';

function runs(
  over: SeedDemand,
  states: readonly ExpectationState[],
): readonly SeededExpectations[] {
  return states.map((state, i) => {
    const one = { text: 'it', state, measured: '', line: 7, over };
    const isShare = over.kind === 'share';
    return {
      seed: String(i + 1),
      expectations: isShare ? [] : [one],
      shares: isShare ? [one] : [],
    };
  });
}

function judge(
  over: SeedDemand,
  held: number,
  of: number,
  others: readonly ExpectationState[] = [],
) {
  const states = Array.from({ length: of }, (_, i): ExpectationState => {
    return i < held ? 'held' : 'violated';
  });
  const [judged] = judgeDemands(runs(over, [...states, ...others]));
  return [judged?.state, judged?.sentence, judged?.seed];
}

describe('in all of so many seeds', () => {
  const all: SeedDemand = { kind: 'all', seeds: 1000 };

  test('held in as many as are demanded', () => {
    expect(judge(all, 1000, 1000)).toEqual([
      'held',
      // Wilson's interval of 0 failures in 1,000.
      'held in all 1,000 seeds; of all seeds at least 99.61% hold (95% confidence)',
      null,
    ]);
  });

  test('too few seeds prove nothing, and what they do say is said', () => {
    expect(judge(all, 50, 50)).toEqual([
      'unknown',
      'held in all 50 seeds; of all seeds at least 92.86% hold (95% confidence); 1,000 are demanded',
      null,
    ]);
  });

  test('one seed breaks it, however few there are', () => {
    expect(judge(all, 49, 50)).toEqual([
      'violated',
      'held in 49 of 50 seeds; of all seeds 89.50% to 99.65% hold (95% confidence)',
      '50',
    ]);
  });

  test('a seed that tells nothing is none of those demanded', () => {
    const two: SeedDemand = { kind: 'all', seeds: 2 };
    const [state, sentence] = judge(two, 1, 1, ['never exercised']);
    expect([state, sentence]).toEqual(['unknown', expect.stringContaining('1 told nothing')]);
    expect(judge(two, 0, 0, ['never exercised'])[0]).toBe('never exercised');
    expect(judge(two, 0, 0, ['never exercised', 'unknown'])[0]).toBe('unknown');
  });
});

describe('in a share of the seeds', () => {
  const most: SeedDemand = { kind: 'share', share: 0.95 };

  test.each([
    [19, 20, 'held'],
    [18, 20, 'violated'],
    [95, 100, 'held'],
    [94, 100, 'violated'],
    // Fewer cannot tell 95% from all.
    [19, 19, 'unknown'],
    [1, 1, 'unknown'],
    // So few can still tell what is out of all reach: at most 56% hold if none of three did.
    [0, 3, 'violated'],
  ])('%d of %d: %s', (held, of, state) => {
    expect(judge(most, held, of)[0]).toBe(state);
  });

  test('says what the seeds that ran say of all seeds', () => {
    expect(judge(most, 98, 100)[1]).toBe(
      'held in 98 of 100 seeds (98.00%); of all seeds 92.99% to 99.45% hold (95% confidence)',
    );
  });

  test('of all seeds is every seed', () => {
    const every: SeedDemand = { kind: 'share', share: 1 };
    expect(judge(every, 3, 3)[0]).toBe('held');
    expect(judge(every, 2, 3)[0]).toBe('violated');
  });
});

test('what demands nothing of many seeds is not judged by them', () => {
  const [run] = runs({ kind: 'all', seeds: 1 }, ['held']);
  if (run === undefined) throw new Error('there is one');
  const plain = { text: 'it', state: 'held', measured: '', line: 1, over: null } as const;
  expect(judgeDemands([{ ...run, expectations: [plain] }])).toEqual([]);
});
