/**
 * `results.json` of a Gradescope autograder (Autograder Specifications, output format). No top
 * `score`: it would override the sum of the tests. No `execution_time`: it is not reproducible.
 */
import type { Grade, TestGrade } from '../grade.ts';
import { plainText } from './text.ts';

export function gradescopeDocument(grade: Grade) {
  const { tests, reason, leaderboard, exercise, exerciseVersion, submission } = grade;
  const { keyFingerprint, dsim, audit } = grade;
  return {
    output: reason ?? `${exercise}: ${grade.points} of ${grade.max}`,
    output_format: 'text',
    test_output_format: 'text',
    visibility: 'visible',
    stdout_visibility: 'hidden',
    extra_data: { dsim, exercise, exerciseVersion, submission, keyFingerprint, audit },
    tests: tests.map(testDocument),
    ...(leaderboard.length === 0 ? {} : { leaderboard }),
  };
}

function testDocument(test: TestGrade, place: number) {
  const { id, points, max, status, kind, hidden } = test;
  return {
    score: points,
    max_score: max,
    status: points === max ? 'passed' : 'failed',
    name: id,
    number: String(place + 1),
    output: plainText(test),
    tags: [kind],
    // A test that is not visible would hide the student's total before that.
    visibility: hidden ? 'after_published' : 'visible',
    extra_data: { status },
  };
}
