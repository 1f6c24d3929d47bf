/** Machines: nodes on one host fail together, share cores, and are meant by its name. */
import { expect, test } from 'vitest';
import { selectorWords } from '../../src/faults/parts/select.ts';
import { build } from '../../src/scenarios/run/build.ts';
import type { Catalogue, Shelf } from '../../src/scenarios/sections/catalogue.ts';
import { simulate } from '../../src/scenarios/simulate.ts';
import { defineParams } from '../../src/sim/params.ts';
import { type AnySystem, defineSystem, type Place } from '../../src/sim/system.ts';
import { allFaults } from '../support/all-faults.ts';
import { briefly, parseText, smallCatalogue } from './small-catalogue.ts';

const MS = 1000;
const log: string[] = [];
const places = new Map<string, Place>();

/** Computes 10 ms at the time `at`, and writes down when it is done, and its messages. */
const worker = defineSystem({
  name: 'worker',
  title: 'Worker',
  summary: 'Computes.',
  sources: [],
  answers: [],
  claims: [],
  params: defineParams({ at: { type: 'duration', doc: 'When.', default: 0 } }),
  bugs: {},
  invariants: [],
  create: ({ at }, place) => {
    places.set(place.self, place);
    return {
      start: (ctx) => ctx.setTimer('begin', at),
      receive: (ctx, from) => void log.push(`${ctx.self} hears ${from}`),
      timeout(ctx, tag) {
        if (tag === 'begin') ctx.compute('work', 10);
        else log.push(`${ctx.self} ${ctx.elapsed()}`);
      },
    };
  },
});

/** Stops what it operates after 5 ms. */
const boss = (operates: 'machine' | { readonly of: 'staff' }) =>
  defineSystem({
    name: 'boss',
    title: 'Boss',
    summary: 'Stops others.',
    sources: [],
    answers: [],
    claims: [],
    params: defineParams({ staff: { type: 'nodes', doc: 'What it operates.', optional: true } }),
    bugs: {},
    invariants: [],
    operates,
    create: () => ({
      start: (ctx) => ctx.setTimer('stop', 5),
      receive: () => undefined,
      timeout(ctx) {
        log.push(ctx.machines.nodes.join(' '));
        for (const node of ctx.machines.nodes) ctx.machines.stop(node);
      },
    }),
  });

function shelf<T extends { readonly name: string; readonly summary: string }>(
  ...items: readonly T[]
): Shelf<T> {
  return {
    items: new Map(items.map((item) => [item.name, item])),
    summaries: new Map(items.map((item) => [item.name, item.summary])),
  };
}

const catalogueWith = (operates: 'machine' | { readonly of: 'staff' }): Catalogue => ({
  ...smallCatalogue,
  systems: shelf<AnySystem>(worker, boss(operates)),
  faults: shelf(...allFaults.values()),
  selectorWords,
});
const catalogue = catalogueWith('machine');

function world(text: string, using = catalogue) {
  log.length = 0;
  places.clear();
  const { scenario, diagnostics } = parseText(text, { catalogue: using });
  if (scenario === null) throw new Error(briefly(diagnostics).join('\n'));
  return build(scenario).world;
}

const TWO = 'machines: { m: { count: 2, region: eu, labels: { rack: [a, b] } } }';

test('members go round the machines, and have their region and labels', () => {
  const { nodes } = world(`${TWO}\nnodes: { w: { kind: worker, count: 3, runs-on: m } }`);
  expect(nodes.map(({ id, machine, region, labels }) => [id, machine, region, labels])).toEqual([
    ['w-1', 'm-1', 'eu', { rack: 'a', machine: 'm-1' }],
    ['w-2', 'm-2', 'eu', { rack: 'b', machine: 'm-2' }],
    ['w-3', 'm-1', 'eu', { rack: 'a', machine: 'm-1' }],
  ]);
});

test('nodes of one machine share its cores, and know their machine', () => {
  const text = (cores: number) =>
    `machines: { m: { cores: ${cores} } }\nnodes: { w: { kind: worker, count: 3, runs-on: m } }`;
  world(text(1)).run(50 * MS);
  expect(log).toEqual(['w-1 10', 'w-2 20', 'w-3 30']);
  expect(places.get('w-2')?.machine).toBe('m');
  world(text(2)).run(50 * MS);
  expect(log).toEqual(['w-1 10', 'w-2 10', 'w-3 20']);
});

test('without a machine each node has its own, of as many cores as it says', () => {
  world('nodes: { w: { kind: worker, count: 3 } }').run(50 * MS);
  expect(log).toEqual(['w-1 10', 'w-2 10', 'w-3 10']);
  expect(places.get('w-1')?.machine).toBeNull();
  const { nodes } = world('nodes: { w: { kind: worker, cpu: { cores: 4 } } }');
  expect(nodes[0]?.cores).toBe(4);
});

test.each(['crash', 'pause'])('%s of a machine strikes all on it in one instant', (fault) => {
  const run = world(
    `${TWO}\nnodes: { w: { kind: worker, count: 3, runs-on: m } }\n` +
      `faults: [{ at: 20ms, for: 10ms, ${fault}: 'machine:m-1' }]`,
  );
  run.run(40 * MS);
  expect(run.lives.down).toMatchObject([
    { node: 'w-1', fromUs: 20 * MS, untilUs: 30 * MS },
    { node: 'w-3', fromUs: 20 * MS, untilUs: 30 * MS },
  ]);
});

test('a machine that is cut off talks within, and to nobody else', () => {
  const run = world(
    `${TWO}\nnodes: { w: { kind: worker, count: 4, runs-on: m } }\n` +
      `faults: [{ at: 20ms, partition: { isolate: 'machine:m-1' } }]`,
  );
  run.run(30 * MS);
  const isCut = (from: string, to: string) => run.network.isCut(run.indexOf(from), run.indexOf(to));
  expect([isCut('w-1', 'w-2'), isCut('w-4', 'w-3')]).toEqual([true, true]);
  expect([isCut('w-1', 'w-3'), isCut('w-2', 'w-4')]).toEqual([false, false]);
});

test('a kind operates what is on its machine, or what a parameter names; settle starts none', () => {
  const text = `${TWO}\nnodes: { b: { kind: boss, runs-on: m-1, staff: w }, w: { kind: worker, count: 3, runs-on: m } }`;
  const own = world(text);
  own.run(50 * MS);
  expect(log.find((line) => line.startsWith('w-'))).toBe('w-1 w-3');
  expect(own.lives.down.map(({ node }) => node)).toEqual(['w-1', 'w-3']);
  const named = world(text, catalogueWith({ of: 'staff' }));
  named.run(50 * MS);
  expect(named.lives.down.map(({ node, untilUs }) => [node, untilUs])).toEqual([
    ['w-1', Infinity],
    ['w-2', Infinity],
    ['w-3', Infinity],
  ]);
});

test('the name of a machine stands for the nodes on it, wherever a fault takes nodes', () => {
  const faultOf = (fault: string) => {
    const nodes = 'nodes: { w: { kind: worker, count: 3, runs-on: m } }';
    const text = `${TWO}\n${nodes}\nfaults: [{ at: 20ms, for: 10ms, ${fault} }]`;
    const { scenario, diagnostics } = parseText(text, { catalogue });
    const [found] = scenario?.faults ?? [];
    if (found === undefined) throw new Error(briefly(diagnostics).join('\n'));
    return found;
  };
  expect(faultOf('crash: m-1').params).toEqual(faultOf("crash: 'machine:m-1'").params);
  expect(faultOf('crash: m').params).toMatchObject({ nodes: ['machine:m-1', 'machine:m-2'] });
  expect(faultOf('crash: [m-2]').params).toMatchObject({ nodes: ['machine:m-2'] });
  expect(faultOf('of: m-1, crash: one').of).toEqual(['w-1', 'w-3']);
  expect(faultOf('partition: { split: [[m-1], [m-2]] }').params).toMatchObject({
    split: [[['w-1', 'w-3']], [['w-2']]],
  });
});

test('machines share the space of names with groups and nodes', () => {
  const text = `${TWO}\nnodes: { m-1: { kind: worker, runs-on: m } }`;
  expect(briefly(parseText(text, { catalogue }).diagnostics).join()).toContain('DS127');
});

test('a nemesis counts no member as lost that an operator has stopped', () => {
  const strikes = (budget: string) => {
    const text = [
      'duration: 4s',
      'nodes:',
      '  w: { kind: worker, count: 5 }',
      '  b: { kind: boss, staff: [w-1, w-2] }',
      `faults: [{ of: w, nemesis: { kinds: [crash], between: 100ms, lasts: 50ms, swarm: false${budget} } }]`,
    ].join('\n');
    const using = catalogueWith({ of: 'staff' });
    const { scenario, diagnostics } = parseText(text, { catalogue: using });
    if (scenario === null) throw new Error(briefly(diagnostics).join('\n'));
    return simulate(scenario).facts.faults.map(({ detail }) => detail['nodes'] as string[]);
  };
  const seen = strikes('');
  expect(seen.length).toBeGreaterThan(5);
  // Three are left, and one of them is a minority.
  expect(new Set(seen.flat())).toEqual(new Set(['w-3', 'w-4', 'w-5']));
  expect(Math.max(...seen.map((nodes) => nodes.length))).toBe(1);
  expect(Math.max(...strikes(', budget: { down: 2 }').map((nodes) => nodes.length))).toBe(2);
});

test('mistakes name the place and the cure', () => {
  const complaints = (text: string) =>
    briefly(parseText(text, { catalogue }).diagnostics).filter((line) => !line.startsWith('DS147'));
  expect(complaints('nodes: { w: { kind: worker, runs-on: n } }')[0]).toContain(
    'there is no machine `n`',
  );
  expect(
    complaints(`${TWO}\nnodes: { w: { kind: worker, runs-on: m, cpu: { cores: 2 } } }`)[0],
  ).toContain('`cores` beside `runs-on` makes no sense');
  expect(complaints(`machines: { m: { cores: 0 } }\nnodes: { w: { kind: worker } }`)[0]).toContain(
    'DS105',
  );
});
