/** `grade.json`: the one format that has everything. Equal gradings give equal bytes. */
import type { Grade, TestGrade } from '../grade.ts';

/** The order of the keys of a test. */
const TEST_KEYS = [
  'id',
  'kind',
  'points',
  'max',
  'status',
  'hidden',
  'seeds',
  'lostOn',
  'what',
  'because',
  'rule',
  'picture',
  'next',
  'why',
  'hint',
  'measured',
] as const satisfies readonly (keyof TestGrade)[];

export function gradeDocument(grade: Grade) {
  return { format: 'dsim-grade', version: 1, ...grade, tests: grade.tests.map(testDocument) };
}

function testDocument(test: TestGrade) {
  return Object.fromEntries(TEST_KEYS.map((key) => [key, test[key]]));
}

export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
