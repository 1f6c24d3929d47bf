import { expect, test } from 'vitest';
import { type Findable, matches, needsBodies, parseQuery } from './find.ts';

const message: Findable = {
  from: 'kv-1',
  to: 'kv-2',
  kind: 'requestVote',
  lost: 'partition',
  atUs: 10_300_000,
};
const body = 'term=3 key=k2 entries=[531]';

function finds(typed: string): boolean {
  const query = parseQuery(typed);
  if (query === null) throw new Error('empty');
  return matches(query, message, body);
}

test.each([
  '531',
  'REQUESTvote',
  'node:kv-2',
  'from:kv-1 to:kv-2',
  'kind:requestV',
  'lost:',
  'lost:part',
  'key:k2',
  't:10.2..10.4',
  '531 from:kv-1',
])('%s finds it', (typed) => expect(finds(typed)).toBe(true));

test.each([
  '532',
  'node:kv-3',
  'from:kv-2',
  'kind:append',
  'lost:loss',
  'key:k',
  't:10.4..11',
  '531 from:kv-3',
])('%s does not find it', (typed) => expect(finds(typed)).toBe(false));

test('an empty field asks for nothing, and only words and keys need bodies', () => {
  expect(parseQuery('   ')).toBeNull();
  expect(
    ['531', 'key:k2', 'lost:', 'kind:a'].map((typed) => {
      const query = parseQuery(typed);
      return query !== null && needsBodies(query);
    }),
  ).toEqual([true, true, false, false]);
});
