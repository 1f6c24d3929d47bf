/** Sagas by number, the audit at the end, who asks for which, and both judged as one object. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fixedRandom } from '../../test/support/fixed-random.ts';
import { loadScenario } from '../scenarios/host/load.ts';
import { simulate } from '../scenarios/simulate.ts';
import { defaultsOf } from '../sim/params.ts';
import saga from './saga.ts';

type Given = Parameters<typeof defaultsOf<typeof saga.params>>[1];

const root = join(import.meta.dirname, '..', '..');
const generatorOf = (given: Given = {}) => saga.generator(defaultsOf(saga.params, given));
const random = fixedRandom(1);

test('each saga has a number of its own and all the steps; each process audits once', () => {
  const both = generatorOf({ steps: ['a', 'b'], 'first-saga': 7 });
  expect(both.next(0, random)).toEqual({
    f: 'saga',
    key: null,
    input: { id: 's7', steps: ['a', 'b'] },
    request: { type: 'saga', saga: 's7', steps: ['a', 'b'] },
  });
  expect(both.next(1, random)?.input).toEqual({ id: 's8', steps: ['a', 'b'] });
  expect([both.last(0, random)?.f, both.last(0, random), both.last(1, random)?.f]).toEqual([
    'audit',
    null,
    'audit',
  ]);
});

test('a load makes only sagas, or only audits', () => {
  const sagas = generatorOf({ makes: 'sagas' });
  expect([sagas.next(0, random)?.f, sagas.last(0, random)]).toEqual(['saga', null]);
  const audits = generatorOf({ makes: 'audits' });
  expect([audits.next(0, random), audits.last(0, random)?.f]).toEqual([null, 'audit']);
});

test('steps are named, and each once', () => {
  const refusal = (steps: readonly string[]) => saga.refuse?.(defaultsOf(saga.params, { steps }));
  expect(refusal(['a', 'b'])).toBeNull();
  expect([refusal([]), refusal(['a', 'a'])]).toEqual([
    expect.stringContaining('each once'),
    expect.stringContaining('one step at least'),
  ]);
});

test('what people read of it', () => {
  expect(saga.tell?.('saga', { id: 's1', steps: ['a', 'b'] }, undefined)).toBe('saga s1: a, b');
  const entries = ['done', 'done', 'compensated'].map((action) => ['s1', 'a', action]);
  expect(saga.tell?.('audit', null, entries)).toBe('audit 2 done, 1 compensated');
  expect(saga.tell?.('audit', null, undefined)).toBe('audit');
});

test('sagas of one target are judged by the audit of another, under one object', async () => {
  const judged = async (patch: string) => {
    const { scenario, diagnostics } = await loadScenario('course/16-saga/fails.yaml', {
      cwd: root,
      sets: ['nodes.agency.kind=./course/16-saga/.solution/node.ts', ...patch.split(';')],
      library: () => import('../index.ts'),
    });
    if (scenario === null) throw new Error(JSON.stringify(diagnostics));
    return simulate(scenario).judged.map(({ state }) => state);
  };
  expect(await judged('duration=2s')).toEqual(['held']);
  expect(await judged('duration=2s;clients.audit.object=partners')).toEqual(['violated']);
});
