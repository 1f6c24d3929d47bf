/** Final views against who was up, written by hand. */
import { expect, test } from 'vitest';
import { handFacts, handHistory } from '../../../test/support/hand-history.ts';
import type { DownFact } from '../checker.ts';
import { partsOf } from '../findings/parts.ts';
import { judgeViews } from './view.ts';

const groups = [{ name: 'm', kind: 'swim', nodes: ['a', 'b'] }];
const row = (member: string, state: string) => ({ member, state, incarnation: 1 });
const END_MS = 10_000;

function judge(
  output: readonly { member: string; state: string }[],
  down: readonly DownFact[] = [],
  at = END_MS + 1,
) {
  const history = handHistory([
    { at, f: 'members', key: null, node: 'a', output: output as never },
  ]);
  const facts = handFacts({ groups, down, durationUs: END_MS * 1000 });
  return judgeViews(partsOf(history), 'view', facts);
}

const dead: DownFact = { node: 'b', fromUs: 5_000_000, crashedAtUs: 5_000_000, untilUs: Infinity };

test('a view that is as it was passes', () => {
  expect(judge([row('a', 'alive'), row('b', 'alive')])).toMatchObject({
    verdict: 'pass',
    numbers: { judged: 2 },
  });
  expect(judge([row('a', 'alive'), row('b', 'dead')], [dead]).verdict).toBe('pass');
});

test('a dead member that is called alive, and a live one that is suspected or missing, fail', () => {
  expect(judge([row('a', 'alive'), row('b', 'alive')], [dead]).anomalies).toMatchObject([
    { name: 'dead-member-alive' },
  ]);
  expect(judge([row('a', 'alive'), row('b', 'suspect')]).anomalies).toMatchObject([
    { name: 'live-member-missing' },
  ]);
  expect(judge([row('a', 'alive')]).verdict).toBe('fail');
});

test('who changes while the view is on its way is not judged', () => {
  const back: DownFact = { ...dead, untilUs: (END_MS + 1.5) * 1000 };
  expect(judge([row('a', 'alive'), row('b', 'alive')], [back])).toMatchObject({
    verdict: 'pass',
    numbers: { judged: 1 },
  });
});

test('without a view after the load nothing was judged', () => {
  expect(judge([row('a', 'alive')], [], 500).verdict).toBe('unknown');
  expect(judge(['nonsense' as never]).verdict).toBe('unknown');
});
