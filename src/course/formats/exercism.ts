/**
 * `results.json`, version 3, of an Exercism test runner (exercism/docs, test-runners/interface).
 */
import { linesOfTest } from '../compose.ts';
import type { Exercise } from '../exercise.ts';
import type { Grade, TestGrade } from '../grade.ts';
import { plainText } from './text.ts';

const MESSAGE_MAX = 65_535;

export function exercismDocument(grade: Grade, exercise: Exercise) {
  const { reason, tests } = grade;
  if (reason !== null) {
    return { version: 3, status: 'error', message: reason.slice(0, MESSAGE_MAX), tests: [] };
  }
  const isPass = tests.every(({ status }) => status === 'won');
  return {
    version: 3,
    status: isPass ? 'pass' : 'fail',
    tests: tests.map((test) => testDocument(test, exercise)),
  };
}

function testDocument(test: TestGrade, exercise: Exercise) {
  const { id, status } = test;
  const declared = exercise.tests.find((each) => each.id === id);
  const task = declared?.task ?? null;
  return {
    name: id,
    status: status === 'won' ? 'pass' : status === 'error' ? 'error' : 'fail',
    ...(status === 'won' ? {} : { message: plainText(test).slice(0, MESSAGE_MAX) }),
    test_code: codeOf(declared),
    ...(task === null ? {} : { task_id: task }),
  };
}

function codeOf(test: Exercise['tests'][number] | undefined): string {
  if (test === undefined) return '';
  return [`dsim run ${test.scenario}`, ...linesOfTest(test)].join('\n');
}
