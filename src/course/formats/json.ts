/** `grade.json`: the one format that has everything. Equal gradings give equal bytes. */
import type { Grade, TestGrade } from '../grade.ts';

export function gradeDocument(grade: Grade) {
  const { dsim, exercise, exerciseVersion, submission, keyFingerprint } = grade;
  const { points, max, reason, audit, tests, leaderboard } = grade;
  return {
    format: 'dsim-grade',
    version: 1,
    dsim,
    exercise,
    exerciseVersion,
    submission,
    keyFingerprint,
    points,
    max,
    reason,
    audit,
    tests: tests.map(testDocument),
    leaderboard,
  };
}

function testDocument(test: TestGrade) {
  const { id, kind, points, max, status, hidden, seeds, lostOn } = test;
  const { what, because, rule, picture, next, why, hint, measured } = test;
  return {
    id,
    kind,
    points,
    max,
    status,
    hidden,
    seeds,
    lostOn,
    what,
    because,
    rule,
    picture,
    next,
    why,
    hint,
    measured,
  };
}

export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
