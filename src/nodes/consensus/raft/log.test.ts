import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diskAlone } from '../../../../test/support/stage.ts';
import { chain, NO_TERM, RaftLog } from './log.ts';
import type { Entry } from './messages.ts';

function entry(term: number, serial = 1): Entry {
  return { term, command: { type: 'write', session: 's', serial, key: 'x', value: serial } };
}

function logOf(terms: readonly number[]): RaftLog {
  const log = new RaftLog(diskAlone());
  for (const [i, term] of terms.entries()) log.append(entry(term, i + 1));
  return log;
}

/** Terms that never fall, as in every log. */
const rising = fc.array(fc.nat(3), { maxLength: 30 }).map((steps) => {
  let term = 1;
  return steps.map((step) => {
    term += step;
    return term;
  });
});

test('indices begin at 1; before the log there is term 0, behind it none', () => {
  const log = logOf([1, 2]);
  expect([log.lastIndex, log.lastTerm]).toEqual([2, 2]);
  expect([log.termAt(0), log.termAt(1), log.termAt(2), log.termAt(3)]).toEqual([0, 1, 2, NO_TERM]);
  expect(() => log.at(3)).toThrow(RangeError);
  const empty = logOf([]);
  expect([empty.lastIndex, empty.lastTerm, empty.hashAt(0)]).toEqual([0, 0, 0]);
});

test('what is on disk is what is in memory, whatever was appended and cut', () => {
  const change = fc.oneof(
    fc.record({ append: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ cut: fc.integer({ min: 1, max: 12 }) }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const disk = diskAlone();
      const log = new RaftLog(disk);
      let naive: Entry[] = [];
      for (const [i, each] of changes.entries()) {
        if ('append' in each) {
          log.append(entry(each.append, i));
          naive.push(entry(each.append, i));
        } else {
          log.truncateFrom(each.cut);
          naive = naive.slice(0, each.cut - 1);
        }
      }
      const again = new RaftLog(disk);
      for (const read of [log, again]) {
        expect(read.slice(1, 99)).toEqual(naive);
        expect(read.lastHashes(99)).toEqual(log.lastHashes(99));
      }
    }),
    { seed: 3, numRuns: 300 },
  );
});

test('the first index of a term, and the last of one, are those that a search from end to end finds', () => {
  fc.assert(
    fc.property(rising, fc.nat(35), fc.nat(40), (terms, at, term) => {
      const log = logOf(terms);
      const upTo = Math.min(at, terms.length);
      expect(log.lastIndexOfTerm(term, at)).toBe(
        term === 0 ? 0 : terms.slice(0, upTo).lastIndexOf(term) + 1,
      );
      if (at >= 1 && at <= terms.length) {
        expect(log.firstIndexOfTermAt(at)).toBe(terms.indexOf(terms[at - 1] ?? 0) + 1);
      }
    }),
    { seed: 4, numRuns: 500 },
  );
});

test('hashes distinguish logs by everything that went before', () => {
  const one = logOf([1, 1, 2]);
  const same = logOf([1, 1, 2]);
  const other = new RaftLog(diskAlone());
  for (const each of [entry(1, 1), entry(1, 9), entry(2, 3)]) other.append(each);
  expect(same.lastHashes(3)).toEqual(one.lastHashes(3));
  expect(other.hashAt(1)).toBe(one.hashAt(1));
  expect(other.hashAt(2)).not.toBe(one.hashAt(2));
  expect(other.hashAt(3)).not.toBe(one.hashAt(3));
  // The chain over what is applied is the same chain.
  let applied = 0;
  for (let index = 1; index <= 3; index++) applied = chain(applied, one.at(index));
  expect(applied).toBe(one.hashAt(3));
  // A chain that was another one before goes on from where it was.
  expect(chain(other.hashAt(2), one.at(3))).toBe(other.hashAt(3));
});

test('the tails are the last entries, oldest first', () => {
  const log = logOf([1, 2, 2, 5]);
  expect(log.lastTerms(2)).toEqual([2, 5]);
  expect(log.lastTerms(9)).toEqual([1, 2, 2, 5]);
  expect(log.lastHashes(2)).toEqual([log.hashAt(3), log.hashAt(4)]);
});
