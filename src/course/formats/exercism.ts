/**
 * `results.json`, version 3, of an Exercism test runner (exercism/docs, test-runners/interface).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
    test_code: declared === undefined ? '' : codeOf(declared, exercise.folder),
    ...(task === null ? {} : { task_id: task }),
  };
}

/** What the test does and demands: its command, the faults and expectations of its file, bounds. */
function codeOf(test: Exercise['tests'][number], folder: string): string {
  const file = readFileSync(join(folder, test.scenario), 'utf8');
  const blocks = file.match(/^(?:faults|expect):.*\n(?: .*\n?)*/gm) ?? [];
  return [
    `dsim run ${test.scenario}`,
    ...blocks.map((one) => one.trimEnd()),
    ...linesOfTest(test),
  ].join('\n');
}
