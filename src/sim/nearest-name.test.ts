import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editDistance, nearestName } from './nearest-name.ts';

/** Straight from the definition, without a table. */
function naive(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  const options = [
    naive(a.slice(1), b) + 1,
    naive(a, b.slice(1)) + 1,
    naive(a.slice(1), b.slice(1)) + (a[0] === b[0] ? 0 : 1),
  ];
  if (a.length > 1 && b.length > 1 && a[0] === b[1] && a[1] === b[0]) {
    options.push(naive(a.slice(2), b.slice(2)) + 1);
  }
  return Math.min(...options);
}

describe('nearestName', () => {
  test('the distance is that of the definition', () => {
    const word = fc.stringMatching(/^[abc]{0,5}$/);
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBe(naive(a, b));
      }),
      { seed: 21 },
    );
  });

  const known = ['election-timeout', 'heartbeat', 'latency', 'loss', 'for', 'register'];
  test.each([
    ['election_timeout', 'election-timeout'],
    ['electionTimeout', 'election-timeout'],
    ['Election Timeout', 'election-timeout'],
    ['hartbeat', 'heartbeat'],
    ['latnecy', 'latency'],
    ['fro', 'for'],
    ['reg', 'register'],
    ['timeout', 'election-timeout'],
    ['lsos', 'loss'],
    ['x', null],
    ['', null],
    ['frobnicate', null],
    ['a'.repeat(10_000), null],
  ])('%s is near to %s', (written, expected) => {
    expect(nearestName(written, known)).toBe(expected);
  });

  test('of equals the first', () => {
    expect(nearestName('kc', ['ka', 'kb'])).toBe('ka');
    expect(nearestName('kc', ['kb', 'ka'])).toBe('kb');
  });
});
