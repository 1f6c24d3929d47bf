/** The proxy before a store by hand: what it lets pass, waits for, redirects and refuses. */
import { describe, expect, test } from 'vitest';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { answering } from '../../../../test/support/services.ts';
import { Stage } from '../../../../test/support/stage.ts';
import register from '../../../interfaces/register.ts';
import several from '../multi-primary/index.ts';
import system from './index.ts';

/** A proxy p before two members of a store, whose answers rest on these versions, one after another. */
function scene(params: object, versions: readonly (readonly [number, number])[]): Stage {
  const stage = new Stage();
  stage.addSystem('p', system, {
    params: { target: ['m1', 'm2'], 'ask-again': 10, 'wait-max': 100, ...params },
    place: { answers: [register] },
  });
  let answered = 0;
  for (const id of ['m1', 'm2']) {
    stage.add(id, () =>
      answering(0, ({ type }) => {
        const version = versions[Math.min(answered, versions.length - 1)] ?? [1, 0];
        answered++;
        return { type: `${type}_ok`, value: `at ${version[1]}`, context: { version } };
      }),
    );
  }
  return stage;
}

const token = (read: number, written: number) => ({ read: [1, read], written: [1, written] });

function ask(stage: Stage, type: string, context: object): unknown {
  const id = stage.ask('p', { type, key: 'x', value: 1, context }, 1000);
  return stage.step(400).answers().get(id);
}

describe('a read', () => {
  test('passes if it is not older than what the session has seen, and the token grows', () => {
    const got = ask(scene({}, [[1, 9]]), 'read', token(7, 8));
    expect(got).toMatchObject({ value: 'at 9', context: token(9, 8) });
  });

  test('waits until the replica has it', () => {
    const stage = scene({ 'on-behind': 'wait' }, [
      [1, 3],
      [1, 5],
      [1, 8],
    ]);
    expect(ask(stage, 'read', token(0, 8))).toMatchObject({ value: 'at 8' });
    const asked = stage.sent.filter(({ from, message }) => from === 'p' && message.type === 'read');
    expect(new Set(asked.map(({ to }) => to)).size).toBe(1);
  });

  test('or goes to another one, or is refused', () => {
    const redirected = scene({ 'on-behind': 'redirect' }, [
      [1, 3],
      [1, 8],
    ]);
    expect(ask(redirected, 'read', token(0, 8))).toMatchObject({ value: 'at 8' });
    const asked = redirected.sent.filter(
      ({ from, message }) => from === 'p' && message.type === 'read',
    );
    expect(new Set(asked.map(({ to }) => to)).size).toBe(2);
    const refused = scene({ 'on-behind': 'refuse' }, [
      [1, 3],
      [1, 8],
    ]);
    expect(ask(refused, 'read', token(0, 8))).toMatchObject({ code: 'temporarily-unavailable' });
  });

  test('of a version that is lost is refused in the end', () => {
    const stage = scene({}, [[1, 3]]);
    expect(ask(stage, 'read', token(0, 8))).toMatchObject({ code: 'temporarily-unavailable' });
  });

  test('counts a later epoch as later, whatever the number', () => {
    expect(ask(scene({}, [[2, 1]]), 'read', token(0, 8))).toMatchObject({ value: 'at 1' });
  });

  test('is held to what is promised alone', () => {
    const own = scene({ guarantees: ['ryw'] }, [[1, 3]]);
    expect(ask(own, 'read', token(9, 2))).toMatchObject({ value: 'at 3' });
    const none = scene({ guarantees: [] }, [[1, 3]]);
    expect(ask(none, 'read', token(9, 9))).toMatchObject({ value: 'at 3' });
  });
});

test('a write passes, and the token holds its version', () => {
  expect(ask(scene({}, [[1, 4]]), 'write', token(7, 2))).toMatchObject({ context: token(7, 4) });
});

describe('before a store with several primaries', () => {
  const vector = { a: 2, b: 1 };

  test('a write goes on with what its session needs, and a member that lacks it refuses', () => {
    const stage = new Stage();
    const members = ['m1', 'm2'];
    for (const id of members) {
      stage.addSystem(id, several, { params: { deps: true }, place: { members } });
    }
    stage.step(5);
    const write = (to: string, context: object) =>
      stage.step(5).ask(to, { type: 'write', key: 'x', value: 1, context });
    const first = write('m1', { '/needs': {} });
    const second = write('m2', { '/needs': { 'm1:1': 9 } });
    const answers = stage.step(50).answers();
    expect(answers.get(first)).toMatchObject({ context: { version: { 'm1:1': 1 } } });
    expect(answers.get(second)).toMatchObject({ code: 'temporarily-unavailable' });
  });

  test.each([
    [['mw'], { a: 2 }],
    [['wfr'], { b: 1 }],
    [['mw', 'wfr'], vector],
    [['ryw', 'mr'], {}],
  ])('%s: a write needs %o', (guarantees, needs) => {
    const stage = scene({ guarantees }, []);
    ask(stage, 'write', { read: { b: 1 }, written: { a: 2 } });
    const { message } = stage.sent.find(({ from }) => from === 'p') ?? {};
    expect(message).toMatchObject({ context: { '/needs': needs } });
  });

  test.each(['[mr, mw, wfr]', '[ryw, mw, wfr]', '[ryw, mr, wfr]', '[ryw, mr, mw]'])(
    '%s is less than all four',
    async (guarantees) => {
      const sets = [`nodes.front.guarantees=${guarantees}`, 'expect=[session-guarantees]'];
      const wrong = await runLaidOver({ file: 'scenarios/sessions.yaml', sets });
      expect(violatedIn(wrong)).toEqual(['session-guarantees']);
    },
  );

  test('ignore-needs', async () => {
    const sets = ['expect=[session-guarantees]', 'nodes.db.bug=ignore-needs'];
    const wrong = await runLaidOver({ file: 'scenarios/sessions.yaml', sets });
    expect(violatedIn(wrong)).toEqual(['session-guarantees']);
  });
});

describe('mistakes', () => {
  test.each([
    ['forget-writes', 'read-your-writes', '[ryw]'],
    ['forget-reads', 'session-guarantees', '[ryw, mr]'],
  ])('%s', { timeout: 30_000 }, async (bug, caughtBy, guarantees) => {
    const file = 'scenarios/lag-reads.yaml';
    const sets = [`expect=[${caughtBy}]`, `nodes.front.guarantees=${guarantees}`];
    expect(violatedIn(await runLaidOver({ file, sets }))).toEqual([]);
    const wrong = await runLaidOver({ file, sets: [...sets, `nodes.front.bug=${bug}`] });
    expect(violatedIn(wrong)).toEqual([caughtBy]);
  });
});
