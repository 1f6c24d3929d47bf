// Every system, one contract: what a folder under src/nodes promises by being there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkers } from '../src/checks/index.ts';
import { metrics } from '../src/checks/metrics/index.ts';
import crash from '../src/faults/crash.ts';
import pause from '../src/faults/pause.ts';
import { systems } from '../src/nodes/index.ts';
import { loadScenario } from '../src/scenarios/host/load.ts';
import type { Result } from '../src/scenarios/result.ts';
import { build } from '../src/scenarios/run/build.ts';
import type { FaultSpec, GroupSpec, Scenario } from '../src/scenarios/scenario.ts';
import { declarationProblem } from '../src/scenarios/sections/declaration.ts';
import { simulate } from '../src/scenarios/simulate.ts';
import { constant } from '../src/sim/distribution.ts';
import type { AnyFault } from '../src/sim/fault.ts';
import type { Interface } from '../src/sim/interface.ts';
import { Streams } from '../src/sim/kernel/random.ts';
import { measuresProblem } from '../src/sim/measure.ts';
import type { Context, Message, Node, NodeId } from '../src/sim/node.ts';
import { defaultsOf } from '../src/sim/params.ts';
import { type AnySystem, defineSystem } from '../src/sim/system.ts';

const root = resolve(import.meta.dirname, '..');
const headings = [
  'What it is',
  'Messages',
  'States',
  'Knobs',
  'What to watch',
  'Try it',
  'Exercises',
  'Sources',
];

/** Simulated seconds in which every protocol of the examples has begun, and answers. */
const SHORT = 2;

/** The example of a system, as its file says; read once. */
const examples = new Map<string, Promise<Scenario>>();
function exampleOf(folder: string): Promise<Scenario> {
  const known = examples.get(folder);
  if (known !== undefined) return known;
  const loading = loadScenario(join(folder, 'example.yaml'), { cwd: root }).then(
    ({ scenario, diagnostics }) => {
      if (scenario === null) throw new Error(diagnostics.map((d) => d.message).join('\n'));
      return scenario;
    },
  );
  examples.set(folder, loading);
  return loading;
}

/** The example, shortened: the contract is about every system, not about long runs. */
async function shortExample(folder: string, seconds: number): Promise<Scenario> {
  const scenario = await exampleOf(folder);
  const durationUs = Math.min(scenario.durationUs, seconds * 1_000_000);
  const loads = scenario.loads.map((load) => ({
    ...load,
    stopUs: Math.min(load.stopUs, durationUs),
  }));
  return {
    ...scenario,
    durationUs,
    loads,
    faults: scenario.faults.filter((f) => f.atUs < durationUs),
  };
}

/** The shortened example, as it runs with nobody looking; run once. */
const plainRuns = new Map<string, Promise<Result>>();
function plainRun(folder: string): Promise<Result> {
  const known =
    plainRuns.get(folder) ?? shortExample(folder, SHORT).then((short) => simulate(short));
  plainRuns.set(folder, known);
  return known;
}

/** Twenty crashes or pauses of random servers at random moments. */
function troubled(scenario: Scenario, fault: AnyFault): Scenario {
  const random = new Streams(scenario.seed).get('trouble');
  const servers = scenario.groups.flatMap((group) => group.nodes);
  const faults = Array.from(
    { length: 20 },
    (_, i): FaultSpec => ({
      name: `${fault.name}-${i}`,
      fault,
      params: defaultsOf(fault.params, { nodes: random.pick(servers) }),
      of: servers,
      atUs: random.int(0, scenario.durationUs),
      forUs: random.int(1000, 500_000),
      position: null,
    }),
  );
  return { ...scenario, faults };
}

/** Two nodes that talk to each other all the time and to nobody else. */
function withBystanders(scenario: Scenario): Scenario {
  const chatter = defineSystem({
    name: 'chatter',
    title: 'Chatter',
    summary: 'Talks.',
    sources: [],
    answers: [],
    claims: [],
    params: {},
    bugs: {},
    invariants: [],
    create: (): Node => ({
      start: (ctx: Context) => ctx.setTimer('talk', ctx.random.between(1, 9)),
      receive: () => {},
      timeout(ctx: Context) {
        ctx.broadcast({ type: 'talk' });
        ctx.setTimer('talk', ctx.random.between(1, 9));
      },
    }),
  });
  const group: GroupSpec = {
    name: 'bystander',
    kind: 'chatter',
    system: chatter,
    params: {},
    nodes: ['bystander-1', 'bystander-2'],
    regions: [null, null],
    bug: null,
    disk: { sync: constant(1) },
    cpuMessageUs: 0,
    clock: { offsetUs: 0, driftPpm: 0 },
    calls: new Map(),
  };
  // First, so that it would shift whatever depends on positions.
  return { ...scenario, groups: [group, ...scenario.groups] };
}

function messageTypesOf(folder: string): string[] {
  const files = readdirSync(folder).filter((f) => f.endsWith('.ts') && !f.endsWith('.test.ts'));
  const text = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
  const types = [...text.matchAll(/readonly type: ((?:'[\w-]+'(?: \| )?)+)/g)];
  return [
    ...new Set(
      types.flatMap((m) => [...(m[1] ?? '').matchAll(/'([\w-]+)'/g)].map((t) => t[1] ?? '')),
    ),
  ];
}

/** What it answers by itself; of several machines, those of the default. Nothing for a proxy. */
function ownAnswers({ answers, params }: AnySystem): readonly Interface[] {
  if (Array.isArray(answers)) return answers;
  if (typeof answers === 'string' || !('by' in answers)) return [];
  return answers.each[(params[answers.by] as { default: string }).default] ?? [];
}

/** What it declares without a sentence on it. */
function thinDocs({ params, measures, notes, roles, commands, bugs }: AnySystem): string[] {
  const tables = { params, measures, notes: notes === 'any' ? {} : notes, roles, commands, bugs };
  return Object.entries(tables).flatMap(([table, declared]) =>
    Object.entries((declared ?? {}) as { readonly [name: string]: { readonly doc: string } })
      .filter(([, { doc }]) => doc.length < 15)
      .map(([name]) => `${table}: ${name}`),
  );
}

test('there are systems', () => {
  expect(systems.size).toBeGreaterThan(4);
});

describe.each([...systems])('%s', (name, listed) => {
  const folder = join(root, 'src', 'nodes', listed.family, name);

  test('is documented: sources, parameters with defaults or required, a README with its messages', async () => {
    const { default: system } = await listed.load();
    expect(system.name).toBe(name);
    expect(system.sources.length).toBeGreaterThan(0);
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const found = [...readme.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    expect(found).toEqual(headings);
    expect(messageTypesOf(folder).filter((type) => !readme.includes(`\`${type}\``))).toEqual([]);
    for (const param of Object.keys(system.params)) expect(readme).toContain(`\`${param}\``);
    for (const bug of Object.keys(system.bugs)) expect(readme).toContain(`\`${bug}\``);
    expect(existsSync(join(folder, `${name}.test.ts`))).toBe(true);
  });

  test('the README has a row for each request that it answers', async () => {
    const { default: system } = await listed.load();
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const messages = readme.slice(readme.indexOf('## Messages'), readme.indexOf('## States'));
    const cells = [...messages.matchAll(/^\| ([^|]+?) +\|/gm)].map(([, cell]) => cell ?? '');
    const types = ownAnswers(system).flatMap(({ requests }) => Object.keys(requests));
    expect(types.filter((type) => !cells.some((cell) => cell.includes(`\`${type}\``)))).toEqual([]);
  });

  test('what it declares can be written in a scenario, and names what there is', async () => {
    const { default: system } = await listed.load();
    expect(declarationProblem(system)).toBeNull();
    expect(measuresProblem(system.measures ?? {})).toBeNull();
    expect(thinDocs(system)).toEqual([]);
    const caught = Object.values(system.bugs).map(({ caughtBy }) => caughtBy);
    const known = [
      'live',
      ...checkers.keys(),
      ...metrics.keys(),
      ...Object.keys(system.measures ?? {}),
      ...system.invariants.map((invariant) => invariant.name),
    ];
    const named = [...system.claims.map((claim) => claim.checker), ...caught];
    expect(named.filter((word) => !known.includes(word))).toEqual([]);
  });

  test('its example holds', async () => {
    const result = simulate(await exampleOf(folder), { strict: true, checkInvariants: true });
    expect(result.error).toBeNull();
    expect(result.judged.length).toBeGreaterThan(0);
    expect(result.judged.filter((judged) => judged.state !== 'held')).toEqual([]);
  });

  test('same seed, same digests, and looking changes nothing', async () => {
    const looked = simulate(await shortExample(folder, SHORT), { checkInvariants: true });
    expect(looked.digests).toEqual((await plainRun(folder)).digests);
  });

  test('another seed, other digests', async () => {
    const scenario = await shortExample(folder, SHORT);
    const other = simulate({ ...scenario, seed: `${scenario.seed}1` });
    expect(other.digests.messages).not.toBe((await plainRun(folder)).digests.messages);
  });

  test('a bystander group disturbs nobody', async () => {
    const together = simulate(withBystanders(await shortExample(folder, SHORT)));
    expect(together.facts.messages.byType.get('talk')).toBeGreaterThan(100);
    expect(together.digests.history).toBe((await plainRun(folder)).digests.history);
  });

  test.each([crash, pause])('survives $name at random moments', async (fault) => {
    const result = simulate(troubled(await shortExample(folder, 3), fault), {
      strict: true,
      checkInvariants: true,
    });
    expect(result.error).toBeNull();
    expect(result.facts.faults.filter((fact) => fact.injectedAtUs !== null)).toHaveLength(20);
  });

  test('disregards messages that it does not know', async () => {
    const scenario = await shortExample(folder, 1);
    const { world } = build(scenario, { strict: true });
    const unheard: Message[] = [{ type: 'unheard-of' }, { type: 'error' }, { type: 'read_ok' }];
    const members: NodeId[] = scenario.groups.flatMap((group) => group.nodes);
    for (const [i, id] of members.entries()) {
      for (const [k, message] of unheard.entries()) {
        world.at(1000 + 300_000 * k + i, () =>
          world.send(world.indexOf(id), world.indexOf(members[0] ?? id), { ...message }),
        );
        world.at(2000 + 300_000 * k + i, () =>
          world.send(world.indexOf(members[0] ?? id), world.indexOf(id), { ...message }),
        );
      }
    }
    world.run(scenario.durationUs);
    expect(world.error).toBeNull();
  });
});
