/** Gossip against the analysis of epidemics, and by hand. */
import { describe, expect, test } from 'vitest';
import { handFacts, handHistory } from '../../../../test/support/hand-history.ts';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { isLong, times } from '../../../../test/support/long.ts';
import { fastLink, placeOf, Stage, worldNode } from '../../../../test/support/stage.ts';
import noLostWrites from '../../../checks/no-lost-writes/index.ts';
import { World } from '../../../sim/kernel/world.ts';
import { defaultsOf } from '../../../sim/params.ts';
import type { TraceEvent } from '../../../sim/trace.ts';
import system from './index.ts';

const INTERVAL_MS = 100;
/** More than any epidemic here takes, and than any rumour is spoken of. */
const ROUNDS_MAX = 50;

/** One rumour among n nodes in common rounds: until all know it, or if they stop, until the end. */
function epidemic(n: number, set: object, seed: number, loss = 0) {
  const members = Array.from({ length: n }, (_, i) => `n${i + 1}`);
  const params = defaultsOf(system.params, {
    interval: INTERVAL_MS,
    phase: 'synchronous',
    ...set,
  } as never);
  const nodes = members.map((id) =>
    worldNode(id, () => system.create(params, placeOf(id, { members }), null) as never, {
      members,
    }),
  );
  let known = 0;
  let lastMs = 0;
  const event = (one: TraceEvent) => {
    if (one.type !== 'note' || one.label !== 'learns') return;
    known++;
    lastMs = one.atUs / 1000;
  };
  const spec = { seed: String(seed), nodes, link: () => ({ ...fastLink, loss }) };
  const world = new World({ ...spec, invariants: new Map() }, { sink: { event } });
  world.run(0);
  const [host] = world.hosts;
  if (host === undefined) throw new Error('nobody is there');
  const head = { id: 1, session: 's', serial: 1, attempt: 1, timeoutMs: null };
  const rumour = { ...head, type: 'broadcast', message: 1 };
  world.handle(host, () => host.node?.receive(host, 'n2', rumour as never));
  const lasts = 'stop' in set;
  for (let round = 1; round <= ROUNDS_MAX && (lasts || known < n); round++) {
    world.run((round + 0.5) * INTERVAL_MS * 1000);
  }
  const sent = world.recorder.measured.series.filter(({ name }) => name === 'items-sent');
  const copies = sent.flatMap(({ values, length }) => [...values.subarray(0, length)]);
  return {
    rounds: Math.floor(lastMs / INTERVAL_MS),
    residue: 1 - known / n,
    traffic: copies.reduce((sum, count) => sum + count, 0) / n,
  };
}

function runsOf(runs: number, n: number, set: object, loss = 0) {
  return Array.from({ length: runs }, (_, i) => epidemic(n, set, i + 1, loss));
}

function meanOver(runs: number, n: number, set: object, loss = 0) {
  const all = runsOf(runs, n, set, loss);
  const mean = (of: 'rounds' | 'residue' | 'traffic') =>
    all.reduce((sum, one) => sum + one[of], 0) / runs;
  return { rounds: mean('rounds'), residue: mean('residue'), traffic: mean('traffic') };
}

/** Three standard errors, and a hair. */
const within = (sd: number, runs: number) => (3 * sd) / Math.sqrt(runs) + 0.05;

function expectNear(value: number, wanted: number, tolerance: number) {
  expect(Math.abs(value - wanted), `${value} against ${wanted}`).toBeLessThanOrEqual(tolerance);
}

const PATIENCE = { timeout: 3_600_000 };

/** Rows of facts end with how often they run, here and in the long suite: those that run at all. */
function ofToday<R extends readonly [...unknown[], short: number, long: number]>(
  rows: readonly R[],
) {
  return rows.flatMap((row) => {
    const [short, long] = row.slice(-2) as [number, number];
    const runs = times(short, long);
    return runs === 0 ? [] : [[...row.slice(0, -2), runs] as const];
  });
}

describe('rounds until all of n know, in common rounds', () => {
  // Means and standard deviations of the synchronous model (Karp et al. 2000, recomputed). A pull
  // needs both of its messages: loss hurts it twice.
  test.each(
    ofToday([
      ['push', 1, 100, 0, 12.31, 1.33, 12, 200],
      ['pull', 1, 100, 0, 9.83, 1.4, 12, 200],
      ['push-pull', 1, 100, 0, 6.52, 0.57, 6, 200],
      ['push', 1, 1000, 0, 18.14, 1.36, 1, 200],
      ['pull', 1, 1000, 0, 13.81, 1.36, 0, 200],
      ['push-pull', 1, 1000, 0, 9.14, 0.5, 1, 200],
      ['push', 1, 10_000, 0, 23.65, 1.23, 0, 200],
      ['pull', 1, 10_000, 0, 17.67, 1.49, 0, 200],
      ['push-pull', 1, 10_000, 0, 11.62, 0.51, 0, 200],
      ['push', 2, 1000, 0, 10.66, 0.69, 0, 400],
      ['push', 3, 1000, 0, 8.16, 0.4, 1, 400],
      ['push-pull', 2, 1000, 0, 6.17, 0.38, 0, 400],
      ['push', 1, 1000, 0.2, 21.93, 1.5, 0, 400],
      ['pull', 1, 1000, 0.2, 23, 1.5, 0, 400],
      ['push-pull', 1, 1000, 0.2, 12.78, 0.7, 1, 400],
    ]),
  )('%s, fan-out %i, n = %i, loss %f: %f', PATIENCE, (...row) => {
    const [mode, fanOut, n, loss, mean, sd, runs] = row as unknown as [string, ...number[]];
    const { rounds } = meanOver(runs as number, n as number, { mode, 'fan-out': fanOut }, loss);
    const long = runs === 400 ? 0.2 : 0.3;
    expectNear(rounds, mean as number, isLong ? long : within(sd as number, runs as number));
  });
});

describe('rumour mongering: Demers et al. 1987, tables 1 to 3', () => {
  // Standard deviations over runs of 1000 sites are below 15% of the residue for small k. Last: the
  // round in which the last site learns it, of which the blind tables say nothing.
  test.each(
    ofToday([
      ['push', 'feedback', 1, 0.174, 1.74, 16.8, 2, 40],
      ['push', 'feedback', 2, 0.0364, 3.3, 17, 0, 40],
      ['push', 'feedback', 3, 0.0106, 4.54, 17.3, 1, 40],
      ['push', 'feedback', 4, 0.0036, 5.64, 17.6, 0, 40],
      ['push', 'feedback', 5, 0.0012, 6.68, 17.6, 0, 40],
      ['push', 'blind', 1, 0.96, 0.04, null, 8, 200],
      ['push', 'blind', 2, 0.203, 1.6, null, 2, 40],
      ['push', 'blind', 3, 0.061, 2.8, null, 0, 40],
      ['push', 'blind', 4, 0.02, 3.9, null, 0, 40],
      ['push', 'blind', 5, 0.0068, 4.9, null, 0, 40],
      ['pull', 'feedback', 1, 0.032, 2.7, 17.5, 0, 40],
      ['pull', 'feedback', 2, 0.00062, 4.48, 15.2, 0, 40],
      ['pull', 'feedback', 3, 0.000001, 6.09, 14, 0, 40],
    ]),
  )('%s, %s, k = %i: residue %f, traffic %f a site', PATIENCE, (...row) => {
    const [mode, stop, ...numbers] = row as unknown as [string, string, ...number[]];
    const [k, residue, traffic, last, runs] = numbers as [number, number, number, number, number];
    const found = meanOver(runs, 1000, { mode, stop, 'stop-after': k });
    // One coin: a chain of first contacts, whose length differs by half from run to run.
    const chain = k === 1 && stop === 'blind' ? (3 * 0.021) / Math.sqrt(runs) : 0;
    const spread = k === 1 && stop === 'blind' ? 0 : (0.6 * residue) / Math.sqrt(runs);
    expectNear(found.residue, residue, chain + spread + times(0.006, 0.001));
    expectNear(found.traffic, traffic, chain + times(0.1, 0.03) * traffic);
    if (last !== null && isLong) expectNear(found.rounds, last, 0.8);
    // s = e^-m for push, whatever the variant.
    if (mode === 'push') expectNear(found.residue, Math.exp(-found.traffic), 0.025);
  });

  const once = (f: number) => ({ mode: 'push', 'fan-out': f, stop: 'transmits', 'stop-after': f });

  /** The share x that is reached solves 1 - x = e^(-f (1 - loss) x). */
  const reached = (f: number, loss: number): number => {
    let x = 0.5;
    for (let i = 0; i < 200; i++) x = 1 - Math.exp(-f * (1 - loss) * x);
    return x;
  };

  test.each(
    ofToday([
      [2, 0, 0.797, 0.025, 2, 400],
      [3, 0, 0.94, 0.011, 1, 150],
      [4, 0, 0.98, 0.006, 0, 100],
      [5, 0, 0.993, 0.004, 0, 100],
      [3, 0.2, 0.879, 0.02, 0, 100],
    ]),
  )('infect %i nodes once and stop, loss %f: %f are reached', PATIENCE, (...row) => {
    const [f, loss, share, sd, runs] = row as unknown as [number, number, number, number, number];
    expectNear(share, reached(f, loss), 0.0006);
    // With loss one in a hundred dies out at once: the law is that of the others.
    const begun = runsOf(runs, 1000, once(f), loss).filter(({ residue }) => residue < 0.5);
    expect(begun.length).toBeGreaterThan(0.95 * runs);
    const found = begun.reduce((sum, { residue }) => sum + 1 - residue, 0) / begun.length;
    expectNear(found, share, isLong ? 0.005 : (3 * sd) / Math.sqrt(runs) + 0.002);
  });

  // exp(-n e^-f) is the law for large n; a simulation of the model gave .093 for f = 6.
  test.runIf(isLong).each([
    [6, 0.093],
    [8, 0.715],
  ])('all 1000 are reached by %i at once with a chance of %f', PATIENCE, (f, chance) => {
    const runs = 900;
    const whole = runsOf(runs, 1000, once(f)).filter(({ residue }) => residue === 0).length;
    expectNear(whole / runs, chance, 3 * Math.sqrt((chance * (1 - chance)) / runs));
  });
});

// --- By hand -----------------------------------------------------------------------------------

function pair(params: object, bug?: string) {
  const place = { members: ['a', 'b'] };
  const stage = new Stage();
  const options = { params: params as never, place, ...(bug === undefined ? {} : { bug }) };
  return stage.addSystem('a', system, options).addSystem('b', system, options);
}

test('push-pull tells each other what the other lacks, and nothing twice with a digest', () => {
  const stage = pair({ interval: 100, phase: 'synchronous' });
  stage.ask('a', { type: 'write', key: 'x', value: 1 });
  stage.ask('b', { type: 'broadcast', message: 'hello' });
  stage.until(150);
  expect(stage.notes).toEqual([
    'a learns {"item":"x@0"}',
    'b learns {"item":"hello"}',
    'b learns {"item":"x@0"}',
    'a learns {"item":"hello"}',
  ]);
  const read = stage.ask('b', { type: 'read', key: 'x' });
  expect(stage.answers().get(read)).toMatchObject({ value: 1 });
  stage.transcript();
  stage.until(250);
  expect(stage.sent.filter(({ message }) => message.type === 'pulled')).toEqual([]);
});

test('targets of a round are different nodes, and never the node itself', () => {
  const members = ['a', 'b', 'c', 'd'];
  const stage = new Stage();
  const params = { mode: 'push', interval: 100, 'fan-out': 3, phase: 'synchronous' } as never;
  for (const id of members) stage.addSystem(id, system, { params, place: { members } });
  stage.ask('a', { type: 'broadcast', message: 1 });
  for (let round = 1; round <= 20; round++) {
    stage.transcript();
    const before = stage.sent.length;
    stage.until(round * 100 + 50);
    const targets = stage.sent
      .slice(before)
      .filter(({ from, message }) => from === 'a' && message.type === 'push')
      .map(({ to }) => to);
    expect(targets.sort()).toEqual(['b', 'c', 'd']);
  }
});

test('the later stamp wins, and a deletion outlives the old value', () => {
  const story = (bug?: string) => {
    const stage = pair({ interval: 100 }, bug);
    stage.ask('a', { type: 'write', key: 'x', value: 1 });
    stage.until(500);
    stage.ask('a', { type: 'write', key: 'x', value: null });
    stage.until(1000);
    const reads = ['a', 'b'].map((id) => stage.ask(id, { type: 'read', key: 'x' }));
    return reads.map((id) => stage.answers().get(id)).map((reply) => (reply as never)['value']);
  };
  expect(story()).toEqual([null, null]);
  // Forgotten by one, kept by the other: it comes back.
  expect(story('no-tombstone')).toEqual([1, 1]);
});

test('a tombstone is forgotten after its time', () => {
  const stage = pair({ interval: 100, tombstone: 2000 });
  stage.ask('a', { type: 'write', key: 'x', value: null });
  stage.until(1000);
  const known = () => [...stage.views().values()].map((view) => view['known']);
  expect(known()).toEqual([1, 1]);
  stage.until(4000);
  expect(known()).toEqual([0, 0]);
});

test('what does not fit into a message waits, and comes with the next contacts', () => {
  const stage = pair({ interval: 100, mode: 'push', mtu: 100, phase: 'synchronous' });
  for (let i = 0; i < 12; i++) stage.ask('a', { type: 'broadcast', message: i });
  const learned = () => stage.notes.filter((note) => note.startsWith('b learns')).length;
  stage.until(150);
  const first = learned();
  expect(first).toBeGreaterThan(2);
  expect(first).toBeLessThan(12);
  stage.until(650);
  expect(learned()).toBe(12);
});

test('with hashes a digest says the same in fewer words', () => {
  const stage = pair({ interval: 100, digest: 'hashes' });
  stage.ask('a', { type: 'write', key: 'x', value: 1 });
  stage.until(500);
  const read = stage.ask('b', { type: 'read', key: 'x' });
  expect(stage.answers().get(read)).toMatchObject({ value: 1 });
});

test('what was acknowledged spreads after a crash', () => {
  const stage = pair({ interval: 100 });
  stage.ask('a', { type: 'broadcast', message: 1 });
  stage.crash('a').boot('a').until(500);
  expect(stage.notes).toContain('b learns {"item":1}');
});

test('no-lost-writes sees a deletion that was undone', () => {
  const history = (value: number | null) =>
    handHistory([
      { at: 0, f: 'write', input: 1, node: 'a' },
      { at: 500, f: 'write', input: null, node: 'a' },
      { at: 1000, f: 'read', output: value, node: 'a' },
      { at: 1000, f: 'read', output: value, node: 'b' },
    ]);
  const verdict = (value: number | null) => noLostWrites.check(history(value), handFacts()).verdict;
  expect([verdict(null), verdict(1)]).toEqual(['pass', 'fail']);
});

// --- Mistakes ----------------------------------------------------------------------------------

describe('each mistake is caught by the check that is named', () => {
  const rumours = ['nodes.n.mode=push', 'nodes.n.stop=feedback', 'faults=[]', 'network.loss=0%'];
  test.each([
    [
      'drop-after-first-send',
      [...rumours, 'nodes.n.stop-after=10', 'expect=[delivered]'],
      'delivered',
    ],
    [
      'counter-never-reset',
      [
        ...rumours,
        'nodes.n.stop-after=3',
        'nodes.n.phase=synchronous',
        'nodes.n.count=100',
        'clients.load.reads=0%',
        'expect=[residue(n) <= 1.45%]',
      ],
      'residue(n) <= 1.45%',
    ],
    [
      'no-tombstone',
      [
        'clients.load={ workload: register, target: n, per-node: 1, rate: 20/s, keys: 20, cas: 0%, deletes: 30%, stop: 16s }',
        'nodes.n.count=8',
        'expect=[no-lost-writes, converged]',
      ],
      'no-lost-writes',
    ],
    [
      // Nodes that lost interest do not tell their old value to the one that has forgotten it.
      'no-tombstone',
      [
        ...rumours,
        'clients.load={ workload: register, target: n, per-node: 1, rate: 20/s, keys: 20, cas: 0%, deletes: 30%, stop: 16s }',
        'nodes.n.count=8',
        'nodes.n.stop-after=6',
        'expect=[converged]',
      ],
      'converged',
    ],
  ])('%s', { timeout: 30_000 }, async (bug, sets, caught) => {
    const file = 'src/nodes/membership/gossip/example.yaml';
    expect(violatedIn(await runLaidOver({ file, sets }))).toEqual([]);
    const wrong = await runLaidOver({ file, sets: [...sets, `nodes.n.bug=${bug}`] });
    expect(violatedIn(wrong)).toEqual([caught]);
  });
});
