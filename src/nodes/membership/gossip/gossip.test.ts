/** Gossip against the analysis of epidemics, and by hand. */
import { describe, expect, test } from 'vitest';
import { handFacts, handHistory } from '../../../../test/support/hand-history.ts';
import { runLaidOver, violatedIn } from '../../../../test/support/laid-over.ts';
import { fastLink, placeOf, Stage, worldNode } from '../../../../test/support/stage.ts';
import noLostWrites from '../../../checks/no-lost-writes/index.ts';
import { World } from '../../../sim/kernel/world.ts';
import { defaultsOf } from '../../../sim/params.ts';
import type { TraceEvent } from '../../../sim/trace.ts';
import system from './index.ts';

const INTERVAL_MS = 100;
const ROUNDS_MAX = 80;

/** One rumour among n nodes in common rounds, until all know it or nobody speaks of it any more. */
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
  for (let round = 1; round <= ROUNDS_MAX && known < n; round++) {
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

function meanOver(runs: number, n: number, set: object, loss = 0) {
  const all = Array.from({ length: runs }, (_, i) => epidemic(n, set, i + 1, loss));
  const mean = (of: 'rounds' | 'residue' | 'traffic') =>
    all.reduce((sum, one) => sum + one[of], 0) / runs;
  return { rounds: mean('rounds'), residue: mean('residue'), traffic: mean('traffic') };
}

/** Three standard errors, and a hair. */
const within = (sd: number, runs: number) => (3 * sd) / Math.sqrt(runs) + 0.05;

function expectNear(value: number, wanted: number, tolerance: number) {
  expect(Math.abs(value - wanted), `${value} against ${wanted}`).toBeLessThanOrEqual(tolerance);
}

describe('rounds until all of n know, in common rounds', () => {
  // Means and standard deviations of the synchronous model (Karp et al. 2000, recomputed).
  test.each([
    ['push', 1, 100, 12.31, 1.33, 30],
    ['pull', 1, 100, 9.83, 1.4, 30],
    ['push-pull', 1, 100, 6.52, 0.57, 30],
    ['push', 1, 1000, 18.14, 1.36, 3],
    ['push-pull', 1, 1000, 9.14, 0.5, 3],
    ['push', 3, 1000, 8.16, 0.4, 2],
    ['push-pull', 2, 1000, 6.17, 0.38, 2],
  ])('%s, fan-out %i, n = %i: %f', { timeout: 30_000 }, (mode, fanOut, n, mean, sd, runs) => {
    const { rounds } = meanOver(runs, n, { mode, 'fan-out': fanOut });
    expectNear(rounds, mean, within(sd, runs));
  });

  test('a loss of 20% hurts pull more than push: both of its messages must arrive', {
    timeout: 30_000,
  }, () => {
    const of = (mode: string) =>
      meanOver(10, 100, { mode }, 0.2).rounds - meanOver(10, 100, { mode }).rounds;
    expect(of('pull')).toBeGreaterThan(of('push'));
  });
});

describe('rumour mongering: Demers et al. 1987, tables 1 to 3', () => {
  // Standard deviations over runs of 1000 sites are below 15% of the residue for these k.
  test.each([
    ['feedback', 1, 0.18, 1.7],
    ['feedback', 2, 0.037, 3.3],
    ['blind', 2, 0.2, 1.6],
  ])(
    'push, %s, k = %i: residue %f, traffic %f a site',
    { timeout: 30_000 },
    (stop, k, residue, traffic) => {
      const found = meanOver(4, 1000, { mode: 'push', stop, 'stop-after': k });
      expectNear(found.residue, residue, 0.2 * residue + 0.006);
      expectNear(found.traffic, traffic, 0.1 * traffic);
      // s = e^-m, whatever the variant.
      expectNear(found.residue, Math.exp(-found.traffic), 0.025);
    },
  );

  test('infect f nodes once and stop: the share x that is reached solves 1 - x = e^(-f x)', () => {
    const { residue } = meanOver(4, 1000, {
      mode: 'push',
      'fan-out': 3,
      stop: 'transmits',
      'stop-after': 3,
    });
    expectNear(1 - residue, 0.94, 0.02);
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
  ])('%s', { timeout: 30_000 }, async (bug, sets, caught) => {
    const file = 'src/nodes/membership/gossip/example.yaml';
    expect(violatedIn(await runLaidOver({ file, sets }))).toEqual([]);
    const wrong = await runLaidOver({ file, sets: [...sets, `nodes.n.bug=${bug}`] });
    expect(violatedIn(wrong)).toEqual([caught]);
  });
});
