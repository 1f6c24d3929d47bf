/** Groups with roles: names, counts, parameters, targets, selectors, metrics, invariants. */
import { expect, test } from 'vitest';
import queue from '../../src/interfaces/queue.ts';
import type { Result } from '../../src/scenarios/result.ts';
import { declarationProblem } from '../../src/scenarios/sections/declaration.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { ledger } from '../support/ledger.ts';
import { complaintsOf, roleCatalogue } from '../support/role-catalogue.ts';
import { scenarioOf } from './small-catalogue.ts';

/** A scenario of one group `bank`, with what else is given. */
function text(bank: string, rest = ''): string {
  return `
duration: 3s
nodes:
  bank: { kind: ledger${bank} }
clients:
  load: { workload: register, target: bank, count: 2, rate: 50/s }
${rest === '' ? "expect: ['operations > 0']" : rest}
`;
}

const scenario = (bank: string, rest = '') =>
  scenarioOf(text(bank, rest), { catalogue: roleCatalogue });
const complaints = (bank: string, rest = '') => complaintsOf(text(bank, rest));
const run = (bank: string, rest = '', options = {}): Result =>
  simulate(scenario(bank, rest), { checkInvariants: true, ...options });

test('a role that can only be one names its node after itself, others count', () => {
  const names = (bank: string) => scenario(bank).groups[0]?.nodes;
  expect(names('')).toEqual(['bank-primary', 'bank-copy-1', 'bank-copy-2']);
  expect(names(', copy: 1')).toEqual(['bank-primary', 'bank-copy-1']);
  expect(names(', primary: 1, copy: { count: 3, delay: 2ms }')).toHaveLength(4);
});

test('members have the parameters of their kind, of their role, and what is given to them alone', () => {
  const { groups } = scenario(
    ', resend: 30ms, bug: runs-ahead, copy: { count: 3, delay: 4ms, disk: { sync: 2ms } }, only: { bank-copy-2: { version: v2, resend: 5ms, clock: { drift: 9ppm } } }',
  );
  const [bank] = groups;
  const of = (node: string) => bank?.different?.get(node);
  expect(bank?.params).toEqual({ resend: 30 });
  expect(of('bank-primary')?.params).toEqual({ resend: 30 });
  expect(of('bank-copy-1')?.params).toEqual({ resend: 30, delay: 4, version: 'v1' });
  expect(of('bank-copy-2')).toEqual({
    params: { resend: 5, delay: 4, version: 'v2' },
    disk: { sync: { kind: 'constant', value: 2 } },
    clock: { offsetUs: 0, driftPpm: 9 },
  });
});

test('a load asks the roles that serve it, and a role may be named', () => {
  expect(scenario('').loads[0]?.targets).toEqual(['bank-primary']);
  const named = (target: string) =>
    complaintsOf(text('').replace('target: bank', `target: ${target}`));
  expect(named('bank-primary')).toEqual([]);
  expect(named('bank-copy')).toEqual(['DS129 `bank-copy` does not answer `register`']);
  expect(named('bank-copies')).toEqual(['DS125 there is no node or group `bank-copies`']);
});

test.each([
  [', count: 3', 'DS133 `count` does not say of which role'],
  [', primary: 2', 'DS128 there cannot be 2 of the role `primary`'],
  [', copy: { count: 8, spare: 2 }', 'DS128 there cannot be 8 and 2 spare of the role `copy`'],
  [', copy: 6', 'DS130 `bank` makes no sense: more than 5 copies to begin with'],
  [', copies: 2', 'DS102 unknown key `copies` in `nodes.bank`'],
  [', copy: { sped: 2ms }', 'DS102 unknown key `sped` in `copy`'],
  [', copy: { bug: none }', 'DS124 `ledger` has no bug `none`'],
  [', only: { bank-copy-3: {} }', 'DS125 `bank-copy-3` is no member of this group'],
  [', only: { bank-primary: { delay: 1ms } }', 'DS102 unknown key `delay` in `bank-primary`'],
  [', labels: { role: a }', 'DS126 `role` is a reserved word and cannot name a label'],
  [", labels: { rack: ['a b'] }", 'DS126 `a b` cannot be the value of a label'],
])('refuses %s', (bank, complaint) => {
  expect(complaints(bank)).toEqual([complaint]);
});

test('clients are answered, copies follow, and metrics know roles', () => {
  const result = run(
    ', copy: 3',
    `expect: [ 'availability(bank-primary) >= 99%', 'operations(bank) > 50', 'leaders(bank-copy) <= 9' ]
faults: [ { at: 1s, for: 300ms, crash: role:copy } ]`,
  );
  expect(result.error).toBeNull();
  expect(result.facts.groups[0]?.roles?.map(({ name }) => name)).toEqual([
    'bank-primary',
    'bank-copy',
  ]);
  expect(result.facts.faults[0]?.label).toBe('bank-copy-1 bank-copy-2 bank-copy-3');
  expect(result.judged.slice(0, 2).map(({ state }) => state)).not.toContain('never exercised');
  expect(result.history.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(100);
});

test('an invariant over the roles of a group sees all of them', () => {
  const { error } = run(', bug: runs-ahead');
  expect(error?.kind).toBe('invariant');
  expect(error?.message).toMatch(/copies-follow .*bank-copy-\d has version 2, and bank-primary/);
});

test('an invariant over two groups sees both, after events of either', () => {
  const guarded = text('').replace(
    'clients:',
    '  guard: { kind: lock, store: bank-primary }\nclients:',
  );
  const { error } = simulate(scenarioOf(guarded, { catalogue: roleCatalogue }), {
    checkInvariants: true,
  });
  expect(error?.message).toContain('bank-primary has 4 writes and only 3 were granted');
});

test('leads: the words for leaders mean whatever role leads in a kind', () => {
  const faults = (entry: string) => `faults: [ ${entry} ]\nexpect: ['operations > 0']`;
  const label = (entry: string) => run('', faults(entry)).facts.faults[0]?.label;
  expect(label('{ at: 1s, for: 100ms, pause: leader }')).toBe('bank-primary');
  expect(label('{ at: 1s, for: 100ms, pause: all-but leader }')).toBe('bank-copy-1 bank-copy-2');
  expect(label('{ when: leaders(bank) >= 1, for: 100ms, pause: leaders }')).toBe('bank-primary');
});

test('labels select: a whole rack fails in the same microsecond', () => {
  const labelled = ', copy: 4, labels: { rack: [a, b], zone: eu }';
  const rest = (entry: string) => `faults: [ ${entry} ]\nexpect: ['operations > 0']`;
  const { facts } = run(labelled, rest('{ at: 1s, for: 100ms, crash: rack:b }'));
  expect(facts.faults[0]?.label).toBe('bank-copy-2 bank-copy-4');
  expect(new Set(facts.down.map(({ fromUs }) => fromUs))).toEqual(new Set([1_000_000]));
  const cut = run(
    labelled,
    rest('{ at: 1s, for: 100ms, partition: { split: [[rack:a], [rack:b]] } }'),
  );
  expect(cut.facts.faults[0]?.label).toBe(
    'bank-primary bank-copy-1 bank-copy-3 | bank-copy-2 bank-copy-4',
  );
  expect(complaints(labelled, rest('{ at: 1s, crash: rack:c }'))).toEqual([
    'DS125 there is no node, group, region, load, client or selecting word `rack:c`',
  ]);
});

test('what a kind declares must be writable', () => {
  const { roles, params } = ledger;
  const problem = (given: object) => declarationProblem({ ...ledger, ...given } as never);
  const { primary } = roles as NonNullable<typeof roles>;
  expect(problem({})).toBeNull();
  expect(problem({ roles: { count: primary } })).toBe(
    'a role `count`, which is a key that every group has already',
  );
  expect(problem({ roles: { resend: primary } })).toBe('a role `resend`, which is a parameter too');
  expect(problem({ roles: { a: { ...primary, params } } })).toBe(
    'a role `a` with a parameter `resend`, which every member has already',
  );
  expect(problem({ roles: { a: { ...primary, count: [2, 1] } } })).toContain('a count of 2 to 1');
  expect(problem({ roles: { a: { ...primary, answers: [queue] } } })).toContain('answers `queue`');
  expect(problem({ commands: { set: { doc: '', params: {} } } })).toContain('a command `set`');
  expect(problem({ changeable: ['speed'] })).toContain('`speed`, which is no parameter');
});
