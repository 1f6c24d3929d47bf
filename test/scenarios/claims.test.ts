/**
 * What a kind promises with its parameters, held against runs: `claimsWith` is what letters of CAP
 * are judged by, so a promise that is not kept would make a label wrong. Each kind that promises by
 * its parameters is run with each of its choices, without a fault and with its network cut, a
 * client beside each member.
 */
import { describe, expect, test } from 'vitest';
import { systems } from '../../src/nodes/index.ts';
import type { Battery } from '../../src/scenarios/tradeoff/battery.ts';
import { measureTask } from '../../src/scenarios/tradeoff/measure.ts';
import type { ParamTable } from '../../src/sim/params.ts';
import type { AnySystem, Claim } from '../../src/sim/system.ts';
import { isLong, times } from '../support/long.ts';
import { batteryOf, storeText } from '../support/tradeoff.ts';

type Given = { readonly [param: string]: unknown };

/** Kinds that need others beside them; the rest stands alone. */
const grounds: { readonly [kind: string]: (given: string) => string } = {
  'session-proxy': (given) =>
    `db: { kind: primary-replica, count: 3, reads: any, apply: 5ms..30ms }\n  kv: { kind: session-proxy, target: db${given} }`,
};

/** Choices that mean something together only. */
const together: { readonly [kind: string]: readonly Given[] } = {
  'quorum-store': ['none', 'async', 'blocking'].flatMap((repair) =>
    [1, 2, 3].map((r) => ({
      ...{ versions: 'lww', sloppy: false, 'read-repair': repair, r, w: 4 - r },
    })),
  ),
  'primary-replica': [
    { replication: 'sync', reads: 'any' },
    { replication: 'quorum', reads: 'any', apply: '1ms..20ms' },
    { replication: 'semi-sync', reads: 'any', 'semi-sync-timeout': '200ms' },
  ],
};

const promising = (
  await Promise.all([...systems.values()].map(async ({ load }) => (await load()).default))
).filter(({ claimsWith }) => claimsWith !== undefined);

/** The parameters as they come, each other choice alone, and what is said above. */
function variationsOf({ name, params, answers }: AnySystem): readonly Given[] {
  const single = Object.entries(params as ParamTable).flatMap(([param, spec]): Given[] => {
    // What it answers with another machine is no register.
    if (typeof answers === 'object' && 'by' in answers && answers.by === param) return [];
    if (spec.type === 'choice') return spec.options.map((option) => ({ [param]: option }));
    if (spec.type === 'boolean') return [true, false].map((value) => ({ [param]: value }));
    const options = spec.type === 'list' && spec.of.type === 'choice' ? spec.of.options : [];
    return options.map((option) => ({ [param]: [option] }));
  });
  const other = single.filter((one) =>
    Object.entries(one).every(([param, value]) => {
      const { default: usual } = (params as ParamTable)[param] as { readonly default?: unknown };
      return usual !== value;
    }),
  );
  return [{}, ...other, ...(together[name] ?? [])];
}

/** All in the long suite; else the first with each promise that there is. */
function chosenOf(system: AnySystem): readonly Given[] {
  const all = variationsOf(system);
  if (isLong) return all;
  const seen = new Set<string>();
  return all.filter((given) => {
    const usual = Object.entries(system.params as ParamTable).map(([param, spec]) => [
      param,
      spec.default,
    ]);
    const params = { ...Object.fromEntries(usual), ...given };
    const promise = JSON.stringify(system.claimsWith?.(params as never));
    return !seen.has(promise) && seen.add(promise) !== null;
  });
}

async function groundOf(kind: string, given: Given, claims?: readonly Claim[]): Promise<Battery> {
  const settings = Object.entries(given)
    .map(([param, value]) => `, ${param}: ${Array.isArray(value) ? `[${value}]` : value}`)
    .join('');
  const nodes = grounds[kind] ?? ((text: string) => `kv: { kind: ${kind}, count: 3${text} }`);
  const battery = await batteryOf(storeText(nodes(settings), ', cas: 0'), {
    seeds: times(1, 30),
  });
  if (claims === undefined) return battery;
  const groups = battery.subject.groups.map((group) => ({
    ...group,
    system: { ...group.system, claimsWith: () => claims },
  }));
  return { ...battery, subject: { ...battery.subject, groups } };
}

/** Promises that runs did not keep: `linearizable in minority cut off, seed 1.1`. */
function broken(battery: Battery): readonly string[] {
  const claims = battery.subject.groups.flatMap(({ system, params }) =>
    system.claimsWith === undefined ? [] : system.claimsWith(params as never),
  );
  const [deciding] = battery.cells.filter(({ decides }) => decides);
  const tasks = battery.tasks.filter(
    ({ cell, scale, far }) => scale === 1 && far === null && (cell === null || cell === deciding),
  );
  return tasks.flatMap((task) => {
    const sample = measureTask(battery, task);
    const verdicts = new Map(sample.levels);
    return claims
      .filter(({ whilePartitioned }) => task.cell === null || whilePartitioned === 'holds')
      .filter(({ checker }) => verdicts.get(checker) !== 'pass')
      .map(({ checker }) => `${checker} in ${sample.cell || 'calm'}, seed ${sample.seed}`);
  });
}

test('there are kinds that promise by their parameters', () => {
  expect(promising.map(({ name }) => name)).toContain('quorum-store');
  expect(promising.length).toBeGreaterThan(3);
});

describe.each(promising.map((system) => [system.name, system] as const))('%s', (name, system) => {
  test.each(chosenOf(system))('keeps what it promises with %o', async (given) => {
    expect(broken(await groundOf(name, given))).toEqual([]);
  });
});

test('a promise that is too large is found, with a cut and without', async () => {
  const whole: readonly Claim[] = [{ checker: 'linearizable', whilePartitioned: 'holds' }];
  const lagging = { reads: 'any', apply: '5ms..30ms' };
  expect(broken(await groundOf('primary-replica', lagging, whole))).toContainEqual(
    expect.stringContaining('linearizable in calm'),
  );
  expect(broken(await groundOf('raft', { reads: 'local' }, whole))).toContainEqual(
    expect.stringContaining('linearizable in leader in the minority'),
  );
});
