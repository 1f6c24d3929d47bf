/** The picture of a broadcast that a node lacks: its lines in the order of time. */
import { expect, test } from 'vitest';
import type { CheckResult } from '../../checks/checker.ts';
import { broadcastPicture } from './broadcast-picture.ts';
import type { Lost } from './lost.ts';

/** Arrivals of the value 1 at n-2, in ms; n-1 acknowledged it at 50 ms. */
function picture(...arrivalsMs: readonly number[]): readonly string[] {
  const history = [
    { f: 'broadcast', input: 1, outcome: 'ok', node: 'n-1', completedAtUs: 50_000 },
    { f: 'read', node: 'n-2', outcome: 'ok' },
  ];
  const again: Lost['again'] = (_scenario, options) => {
    for (const ms of arrivalsMs) {
      const ends = { from: 'n-3', to: 'n-2', kind: 'gossip', message: { values: [1] } };
      options?.sink?.event({ type: 'deliver', atUs: ms * 1000, ...ends } as never);
    }
    return undefined as never;
  };
  const lost = { result: { scenario: { loads: [] }, history }, again } as unknown as Lost;
  const lines = broadcastPicture(lost, { evidence: [0, 1] } as unknown as CheckResult);
  return lines.map((line) => line.split(/ {2}/, 1)[0] ?? '').filter((head) => head !== 'n-2');
}

test('what came before it was acknowledged stands before that', () => {
  expect(picture(40, 60)).toEqual(['0.040s', 'n-1', '0.060s']);
  expect(picture(60)).toEqual(['n-1', '0.060s']);
});

test('also where lines in the middle are left out', () => {
  const lines = picture(...Array.from({ length: 40 }, (_, i) => i + 1));
  expect(lines.at(-1)).toBe('n-1');
  expect(lines.at(-2)).toBe('0.040s');
});
