/** What a student is shown of a loss: the mistake by its signature, the next command, the picture. */
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isStub } from '../../src/cli/grade.ts';
import { type Exercise, type PlainTest, readExercise } from '../../src/course/exercise.ts';
import { explain } from '../../src/course/explain.ts';
import type { Grade } from '../../src/course/grade.ts';
import type { RunOutcome } from '../../src/course/job.ts';
import { renderGrade } from '../../src/course/screen.ts';
import { createInk } from '../../src/report/ink.ts';
import { root } from './attempt.ts';

const exerciseOf = (name: string) => readExercise(join(root, 'course', name));

function explained(exercise: Exercise, id: string, lost: readonly string[], finding: string) {
  const test = exercise.tests.find((each) => each.id === id) as PlainTest;
  const story = { what: 'What.', because: 'Because.', picture: [], finding };
  const run = { error: null, story } as unknown as RunOutcome;
  const { scenario } = test;
  return explain({
    exercise,
    test,
    run,
    ended: null,
    words: null,
    scenario,
    seed: '3',
    isSecret: false,
    hasScenario: true,
    program: null,
    lost,
  });
}

describe('the mistake', () => {
  const retry = exerciseOf('07-retry');
  const all = ['lost-request', 'lost-answer', 'crash'];

  test('by the tests that are lost, and by what was found', () => {
    const { because, hint } = explained(retry, 'lost-request', all, 'availability >= 98%');
    expect([because, hint]).toEqual(['Because. It sends an order once.', 1]);
  });

  test('two that look alike are not told apart, but their hint is given', () => {
    const { because, hint } = explained(retry, 'lost-request', all, 'exactly-once');
    expect([because, hint]).toEqual(['Because.', 2]);
  });

  test('tests that no known mistake loses have no words of the author', () => {
    const { because, hint } = explained(
      retry,
      'served',
      ['served', 'crash'],
      'availability >= 98%',
    );
    expect([because, hint]).toEqual(['Because.', null]);
  });
});

test('the next command is one that shows it', () => {
  const { tests } = exerciseOf('18-find-the-bug');
  const bug = exerciseOf('18-find-the-bug');
  const nextOf = (kind: string) => {
    const id = tests.find((each) => each.kind === kind)?.id ?? '';
    return explained(bug, id, [id], '').next;
  };
  expect([nextOf('hunt'), nextOf('answer')]).toEqual([
    'dsim run a.yaml --seeds 1..20',
    'dsim run a.yaml --seed 1',
  ]);
});

test('a cost says what more points want', () => {
  const exercise = exerciseOf('03-gossip');
  const tests = exercise.tests.map(({ id, kind, points }) => ({
    id,
    kind,
    points: id === 'messages' ? 10 : points,
    max: points,
    status: 'won',
    measured: kind === 'cost' ? '17.54' : null,
  }));
  const grade = { points: 95, max: 100, reason: null, tests } as unknown as Grade;
  const ink = createInk({ color: false, ascii: false, width: 100 });
  const lines = renderGrade(grade, exercise, { dsim: 'dsim', folder: '' }, ink);
  expect(lines.at(-1)).toBe(
    '  messages per operation(broadcast) is 17.54: at most 12 is worth 15 points.',
  );
});

test('the next command of a program names its files as they are seen from here', () => {
  const exercise = exerciseOf('02-ids');
  const next = 'dsim run cut.yaml --seed 2 --set "nodes.n.kind={ exec: [python3, node.py] }"';
  const lost = { id: 'cut', kind: 'safety', max: 25, status: 'lost', picture: [], next };
  const tests = [{ ...lost, what: null, because: null, rule: null, hint: null, lostOn: '2' }];
  const grade = { points: 0, max: 100, reason: null, tests } as unknown as Grade;
  const ink = createInk({ color: false, ascii: false, width: 200 });
  const nextIn = (folder: string) =>
    renderGrade(grade, exercise, { dsim: 'd', folder }, ink).at(-1);
  expect(nextIn('a')).toContain(
    'd run a/cut.yaml --seed 2 --set "nodes.n.kind={ exec: [python3, a/node.py] }"',
  );
  expect(nextIn('')).toContain(next.slice('dsim '.length));
});

test('a stub is one until it changes, or a program lies beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-stub-'));
  try {
    const [echo, storm] = [exerciseOf('01-echo'), exerciseOf('08-storm')];
    const own = join(folder, 'node.ts');
    cpSync(join(root, 'course', '01-echo', 'node.ts'), own);
    expect(isStub(folder, echo)).toBe(true);
    writeFileSync(join(folder, 'node.py'), '');
    expect(isStub(folder, echo)).toBe(false);
    rmSync(join(folder, 'node.py'));
    appendFileSync(own, '// Begun, with the first line as it was.');
    expect(isStub(folder, echo)).toBe(false);
    cpSync(join(root, 'course', '08-storm', 'answer.yaml'), join(folder, 'answer.yaml'));
    expect(isStub(folder, storm)).toBe(true);
    writeFileSync(join(folder, 'answer.yaml'), 'x: 1\n');
    expect(isStub(folder, storm)).toBe(false);
    rmSync(join(folder, 'answer.yaml'));
    expect(isStub(folder, storm)).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
