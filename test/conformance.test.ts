// Every system, one contract: what a folder under src/nodes promises by being there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import crash from '../src/faults/crash.ts';
import pause from '../src/faults/pause.ts';
import { systems } from '../src/nodes/index.ts';
import { loadScenario } from '../src/scenarios/host/load.ts';
import { build } from '../src/scenarios/run/build.ts';
import type { FaultSpec, GroupSpec, Scenario } from '../src/scenarios/scenario.ts';
import { simulate } from '../src/scenarios/simulate.ts';
import { constant } from '../src/sim/distribution.ts';
import type { AnyFault } from '../src/sim/fault.ts';
import { Streams } from '../src/sim/kernel/random.ts';
import type { Context, Message, Node, NodeId } from '../src/sim/node.ts';
import { defaultsOf } from '../src/sim/params.ts';
import { defineSystem } from '../src/sim/system.ts';

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

/** The example of a system, shortened: the contract is about every system, not about long runs. */
async function exampleOf(folder: string, seconds = Infinity): Promise<Scenario> {
  const { scenario, diagnostics } = await loadScenario(join(folder, 'example.yaml'), { cwd: root });
  if (scenario === null) throw new Error(diagnostics.map((d) => d.message).join('\n'));
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

test('there are systems', () => {
  expect(systems.size).toBeGreaterThan(4);
});

describe.each([...systems])('%s', (name, listed) => {
  const folder = join(root, 'src', 'nodes', listed.family, name);

  test('is documented: sources, parameters with defaults or required, a README with its messages', async () => {
    const { default: system } = await listed.load();
    expect(system.name).toBe(name);
    expect(system.sources.length).toBeGreaterThan(0);
    for (const spec of Object.values(system.params)) {
      expect((spec as { doc: string }).doc.length).toBeGreaterThan(15);
    }
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const found = [...readme.matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    expect(found).toEqual(headings);
    expect(messageTypesOf(folder).filter((type) => !readme.includes(`\`${type}\``))).toEqual([]);
    for (const param of Object.keys(system.params)) expect(readme).toContain(`\`${param}\``);
    for (const bug of Object.keys(system.bugs)) expect(readme).toContain(`\`${bug}\``);
    expect(existsSync(join(folder, `${name}.test.ts`))).toBe(true);
  });

  test('its example holds', async () => {
    const result = simulate(await exampleOf(folder), { strict: true, checkInvariants: true });
    expect(result.error).toBeNull();
    expect(result.judged.length).toBeGreaterThan(0);
    expect(result.judged.filter((judged) => judged.state !== 'held')).toEqual([]);
  });

  test('same seed, same digests; another seed, others; looking changes nothing', async () => {
    const scenario = await exampleOf(folder, 3);
    const first = simulate(scenario);
    expect(simulate(scenario).digests).toEqual(first.digests);
    expect(simulate(scenario, { checkInvariants: true }).digests).toEqual(first.digests);
    const other = simulate({ ...scenario, seed: `${scenario.seed}1` });
    expect(other.digests.messages).not.toBe(first.digests.messages);
  });

  test('a bystander group disturbs nobody', async () => {
    const scenario = await exampleOf(folder, 3);
    const alone = simulate(scenario);
    const together = simulate(withBystanders(scenario));
    expect(together.facts.messages.byType.get('talk')).toBeGreaterThan(100);
    expect(together.digests.history).toBe(alone.digests.history);
  });

  test.each([crash, pause])('survives $name at random moments', async (fault) => {
    const result = simulate(troubled(await exampleOf(folder, 5), fault), {
      strict: true,
      checkInvariants: true,
    });
    expect(result.error).toBeNull();
    expect(result.facts.faults.filter((fact) => fact.injectedAtUs !== null)).toHaveLength(20);
  });

  test('disregards messages that it does not know', async () => {
    const scenario = await exampleOf(folder, 2);
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
