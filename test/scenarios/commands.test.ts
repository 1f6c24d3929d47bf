/** Commands of an operator, spare members, and members that join and leave. */
import { expect, test } from 'vitest';
import { renderActions } from '../../src/report/actions.ts';
import { createInk } from '../../src/report/ink.ts';
import type { Result } from '../../src/scenarios/result.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { withGhost } from '../../src/scenarios/verdict/twin.ts';
import type { Flow } from '../../src/sim/call.ts';
import { constant } from '../../src/sim/distribution.ts';
import { World } from '../../src/sim/kernel/world.ts';
import { type Service, serve } from '../../src/sim/service.ts';
import { complaintsOf, roleCatalogue } from '../support/role-catalogue.ts';
import { fastLink, placeOf } from '../support/stage.ts';
import { scenarioOf } from './small-catalogue.ts';

function text(entries: string, bank = ''): string {
  return `
duration: 3s
nodes:
  bank: { kind: ledger, copy: { count: 2, spare: 2 }${bank} }
clients:
  load: { workload: register, target: bank, count: 2, rate: 50/s }
faults:
${entries}
expect: ['operations > 0']
`;
}

function run(entries: string, bank = ''): Result {
  const scenario = scenarioOf(text(entries, bank), { catalogue: roleCatalogue });
  return simulate(scenario, { checkInvariants: true });
}

const notes = ({ facts }: Result, label: string) =>
  facts.notes.filter((note) => note.label === label);

test('a spare member waits for its join, and the group takes it in by a command', () => {
  const result = run(`
  - { at: 500ms, join: bank-copy-3 }
  - { at: 1s, command: { to: leader, add-copy: bank-copy-3 } }`);
  expect(result.error).toBeNull();
  const absent = result.facts.down.filter(({ node }) => node.startsWith('bank-copy'));
  expect(absent).toEqual([
    { node: 'bank-copy-3', fromUs: 0, untilUs: 500_000 },
    // Nobody ever started it, settling included.
    { node: 'bank-copy-4', fromUs: 0, untilUs: result.facts.endedAtUs },
  ]);
  expect(notes(result, 'copies')).toEqual([
    { atUs: 1_000_000, node: 'bank-primary', label: 'copies', detail: { count: 3 } },
  ]);
  expect(result.facts.liveness[0]).toMatchObject({ state: 'live', quorum: 3, members: 4 });
  // Writes wait for the new member too.
  expect(result.history.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(100);
});

test('a command is an action, and no fault in any count', () => {
  const { facts, scenario, history, judged } = run(
    '  - { at: 1s, every: 500ms, command: { to: leader, set: { resend: 5ms } } }',
  );
  expect(scenario.faults).toEqual([]);
  expect(facts.faults).toEqual([]);
  expect(
    facts.actions?.map(({ name, label, strike, atUs }) => [name, label, strike, atUs]),
  ).toEqual(
    [1, 2, 3, 4].map((n) => ['set', 'set resend=5 to bank-primary', n, 500_000 + n * 500_000]),
  );
  expect(facts.actions?.[0]).toMatchObject({ heard: ['bank-primary'], unheard: [] });
  expect(history.length).toBeGreaterThan(50);
  expect(judged[0]?.state).toBe('held');
});

test('what is set stays set when the node boots again', () => {
  const shown = (entries: string) => {
    const scenario = scenarioOf(text(entries), { catalogue: roleCatalogue });
    const seen: unknown[] = [];
    const { facts } = simulate(scenario, {
      sink: { event: (event) => void (event.type === 'timer' && seen.push(event.atUs)) },
    });
    return { facts, timers: seen.length };
  };
  const crash = '  - { at: 1s, for: 100ms, crash: leader }';
  const set = '  - { at: 500ms, command: { to: leader, set: { resend: 2ms } } }';
  expect(shown(`${set}\n${crash}`).timers).toBeGreaterThan(3 * shown(crash).timers);
});

test('who does not hear a command is reported, with why', () => {
  const { facts } = run(
    `
  - { at: 900ms, for: 1s, pause: bank-copy-1 }
  - { at: 1s, command: { to: [bank-copy-1, bank-copy-2, bank-copy-3], fail: } }
  - { at: 2s, when: leaders(bank) > 1, command: { to: leader, fail: } }`.replace(
      'leaders(bank) > 1',
      'leaders(bank) = 0',
    ),
  );
  expect(facts.actions?.[0]).toMatchObject({
    name: 'fail',
    heard: ['bank-copy-2'],
    unheard: ['bank-copy-1 was paused', 'bank-copy-3 was down'],
  });
  expect(facts.actions?.[1]).toMatchObject({ name: 'fail-2', strike: 1, atUs: null });
  expect(facts.actions?.[1]?.missed).toContain(
    'waited for leaders(bank) = 0, which never came true',
  );
});

test('a handler that its disk fails in kills its node only', () => {
  const result = run(`
  - { at: 900ms, for: 1s, disk-full: role:copy }
  - { at: 900ms, command: { to: role:copy, fail: } }`);
  expect(result.error).toBeNull();
  expect(notes(result, 'command').map(({ node }) => node)).toEqual(['bank-copy-1', 'bank-copy-2']);
  expect(notes(result, 'dies of a storage error').map(({ node }) => node)).toEqual([
    'bank-copy-1',
    'bank-copy-2',
  ]);
  expect(result.facts.faults[0]?.healedAtUs).toBe(1_900_000);
});

test('a fault may be a ghost, and what an operator does stays', () => {
  const entries = `
  - { at: 2s, for: 200ms, leave: bank-copy-2 }
  - { at: 1s, command: { to: leader, set: { resend: 2ms } } }`;
  const scenario = scenarioOf(text(entries), { catalogue: roleCatalogue });
  expect(() => withGhost(scenario, 'set')).toThrow('the scenario has no fault set');
  const { facts } = simulate(withGhost(scenario, 'leave'));
  expect(facts.faults.map(({ name }) => name)).toEqual(['leave']);
  expect(facts.actions?.[0]?.heard).toEqual(['bank-primary']);
});

test('a member that leaves without `for` is gone for good, settling included', () => {
  const { facts } = run('  - { at: 1s, leave: { nodes: bank-copy-2, grace: 0ms } }');
  const gone = facts.down.find(({ node }) => node === 'bank-copy-2');
  expect(gone).toMatchObject({ node: 'bank-copy-2', fromUs: 1_000_000, untilUs: facts.endedAtUs });
  expect(facts.liveness[0]?.state).toBe('unavailable-by-design');
});

test.each([
  ['{ at: 1s, command: { to: leader } }', 'DS138 `command` does not say which'],
  ['{ at: 1s, command: { add-copy: bank-copy-3 } }', 'DS106 `command` lacks `to`'],
  [
    '{ at: 1s, command: { to: leader, ad-copy: bank-copy-3 } }',
    'DS138 there is no command `ad-copy`',
  ],
  ['{ at: 1s, command: { to: leader, add-copy: { copy: bank-copy-9 } } }', 'DS125'],
  ['{ at: 1s, command: { to: leader, set: { resent: 1ms } } }', 'DS102'],
  ['{ at: 1s, command: { to: leader, set: {} } }', 'DS138 `set` changes nothing'],
  ['{ at: 1s, for: 1s, command: { to: leader, fail: } }', 'DS138 a command does not last'],
  [
    '{ at: 1s, may-miss: true, command: { to: leader, fail: } }',
    'DS138 no command has to touch anything',
  ],
  ['{ command: { to: leader, fail: } }', 'DS106'],
  ['{ at: 1s, command: leader }', 'DS103'],
  ['{ at: 1s, command: { to: leader, fail: , add-copy: bank-copy-3 } }', 'DS102'],
])('refuses %s', (entry, complaint) => {
  const [first = '', ...others] = complaintsOf(text(`  - ${entry}`));
  expect(first.startsWith(complaint), first).toBe(true);
  expect(others).toEqual([]);
});

test('a voter group of fixed members takes no spare ones', () => {
  const raft = text('  - { at: 1s, pause: one }').replace(
    /bank: \{.*\}/,
    'bank: { kind: raft, count: 3, spare: 1 }',
  );
  expect(complaintsOf(raft)).toEqual(['DS130 a `raft` cannot have spare members']);
});

test('the screen and JSON tell what an operator did', () => {
  const result = run(`
  - { at: 1s, command: { to: leader, add-copy: bank-copy-2 } }
  - { at: 1s, command: { to: bank-copy-3, fail: } }
  - { at: 2s, when: leaders(bank) = 0, name: never, command: { to: leader, fail: } }`);
  const ink = createInk({ color: false, ascii: false, width: 90 });
  expect(renderActions(result.facts, ink)).toEqual([
    'OPERATOR  1.000s add-copy bank-copy-2 to bank-primary',
    '  ! 1.000s fail to bank-copy-3, and bank-copy-3 was down',
    '  ! never waited for leaders(bank) = 0, which never came true: leaders(bank) was 1 all the',
    '  time',
  ]);
});

test('a service hears commands in a flow of its own; one without a handler does not listen', () => {
  const heard: string[] = [];
  const service = (takes: boolean): Service => ({
    handle: () => ({ type: 'ok' }),
    ...(takes
      ? {
          *command(ctx, name, { n }): Flow {
            yield* ctx.sleep(5);
            heard.push(`${name} ${n} at ${ctx.now()}`);
          },
        }
      : {}),
  });
  const world = new World({
    seed: '1',
    nodes: ['a', 'b'].map((id) => ({
      ...{ id, group: id, members: [id], region: null, client: false, cpuMessageUs: 0 },
      sync: constant(0),
      clock: { offsetUs: 0, driftPpm: 0 },
      create: () => serve(service(id === 'a'), placeOf(id)),
    })),
    link: () => fastLink,
    invariants: new Map(),
  });
  const [a, b] = world.hosts;
  world.run(1000);
  expect(a && world.lives.command(a, 'go', { n: 3 })).toBeNull();
  expect(b && world.lives.command(b, 'go', { n: 3 })).toBe('does not listen to commands');
  world.run(10_000);
  expect(heard).toEqual(['go 3 at 6']);
  expect(world.error).toBeNull();
});
