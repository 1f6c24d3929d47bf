/** The store that looks at tokens, by hand and behind a lock whose holders are paused. */
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { Stage } from '../../../../test/support/stage.ts';
import { loadScenario } from '../../../scenarios/host/load.ts';
import { simulate } from '../../../scenarios/simulate.ts';
import system from './index.ts';

/** The client of Kleppmann's example: 33 is paused, 34 writes, 33 wakes. */
function story(bug?: string, crash = false) {
  const more = bug === undefined ? {} : { bug };
  const stage = new Stage({ diskMs: 1 }).addSystem('store', system, more);
  const write = (token: number) => {
    const id = stage.ask('store', { type: 'write', key: 'x', token, value: token });
    stage.step(5);
    return id;
  };
  const written = [write(33), write(34)];
  if (crash) stage.crash('store').boot('store');
  written.push(write(33), write(34));
  const read = stage.ask('store', { type: 'read', key: 'x' });
  stage.step(5);
  const types = written.map((id) => stage.answers().get(id)?.type);
  return [...types, (stage.answers().get(read) as never)['value']];
}

test('an older token is refused, the same one is not, also after a crash', () => {
  const right = ['write_ok', 'write_ok', 'error', 'write_ok', 34];
  expect(story()).toEqual(right);
  expect(story(undefined, true)).toEqual(right);
});

test('each mistake lets the old holder in', () => {
  const wrong = ['write_ok', 'write_ok', 'write_ok', 'write_ok', 34];
  expect(story('no-token-check')).toEqual(wrong);
  expect(story('fence-in-memory', true)).toEqual(wrong);
});

test('it has no locks', () => {
  const stage = new Stage().addSystem('store', system);
  const asked = stage.ask('store', { type: 'acquire', key: 'x' });
  expect(stage.answers().get(asked)).toMatchObject({ code: 'not-supported' });
});

const cwd = resolve(import.meta.dirname, '../../../..');

test.each([
  ['no-token-check', []],
  // The store restarts between the write of the present holder and that of the past one.
  [
    'fence-in-memory',
    [
      'faults=[{ at: 4s, for: 15s, pause: sleeper-1 }, { at: 18s, for: 100ms, name: reboot, crash: store }]',
      'clients.others.stop=17s',
    ],
  ],
])('%s is caught by fenced', { timeout: 30_000 }, async (bug, sets) => {
  const violated = async (more: readonly string[]) => {
    const all = ['expect=[fenced]', ...sets, ...more];
    const file = 'scenarios/paused-lock-holder.yaml';
    const { scenario, diagnostics } = await loadScenario(file, { cwd, sets: all });
    expect(diagnostics).toEqual([]);
    if (scenario === null) throw new Error('it does not load');
    return simulate(scenario).judged.flatMap(({ state, text }) =>
      state === 'violated' ? [text] : [],
    );
  };
  expect(await violated([])).toEqual([]);
  expect(await violated([`nodes.store.bug=${bug}`])).toEqual(['fenced']);
});
