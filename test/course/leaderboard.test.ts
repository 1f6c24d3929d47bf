/** Ranks of grades. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type RankedGrade, rank } from '../../src/course/leaderboard.ts';
import { TestCli } from '../support/cli-host.ts';

const grade = (submission: string, bytes: string | null): RankedGrade => ({
  exercise: 'gossip',
  submission,
  leaderboard: bytes === null ? [] : [{ name: 'bytes', value: bytes, order: 'asc' }],
});

test('equal values have equal rank, the next one skips; who lost a safety test is not in it', () => {
  const { rows } = rank([
    grade('a', '2 kB'),
    grade('b', '900 B'),
    grade('c', '2 kB'),
    grade('d', null),
    grade('e', '3 kB'),
  ]);
  expect(rows.map((row) => row.rank)).toEqual([1, 2, 2, 4]);
  expect(rows[0]?.values).toEqual(['900 B']);
});

test('pseudonyms belong to submissions, and are nobody’s name', () => {
  const [first] = rank([grade('ada-lovelace', '1 kB')]).rows;
  expect(first?.pseudonym).toMatch(/^[a-z]+-[a-z]+-[0-9a-f]{4}$/);
  expect(rank([grade('ada-lovelace', '1 kB')]).rows).toEqual([first]);
});

test('grades of two exercises do not compare', () => {
  expect(() => rank([grade('a', '1 kB'), { ...grade('b', '1 kB'), exercise: 'counter' }])).toThrow(
    'do not compare',
  );
});

test('grades are found in the folders of students too', async () => {
  const cli = new TestCli();
  try {
    for (const student of ['ada', 'bob', 'node_modules']) {
      mkdirSync(join(cli.folder, 'grades', student), { recursive: true });
      const made = { format: 'dsim-grade', ...grade(student, '1 kB') };
      writeFileSync(join(cli.folder, 'grades', student, 'grade.json'), JSON.stringify(made));
    }
    const { code, out } = await cli.run(['leaderboard', 'grades']);
    expect([code, out.match(/ 1 kB/g)?.length]).toEqual([0, 2]);
  } finally {
    cli.close();
  }
});
