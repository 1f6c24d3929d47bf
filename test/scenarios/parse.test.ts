/** What a valid scenario means. */
import { describe, expect, test } from 'vitest';
import { briefly, parseText, scenarioOf } from './small-catalogue.ts';

/** A scenario around the lines that a test is about. */
function around(...lines: readonly string[]): string {
  const text = lines.join('\n');
  const needs = (key: string, line: string): string =>
    new RegExp(`^${key}:`, 'm').test(text) ? '' : `${line}\n`;
  return (
    needs('nodes', 'nodes: { kv: { kind: raft, count: 5 } }') +
    needs('clients', 'clients: { load: { workload: register, target: kv, rate: 100/s } }') +
    needs('expect', 'expect: [linearizable]') +
    `${text}\n`
  );
}

const scenario = (...lines: readonly string[]) => scenarioOf(around(...lines));
const group = (...lines: readonly string[]) => scenario(...lines).groups[0];
const load = (...lines: readonly string[]) => scenario(...lines).loads[0];
const said = (...lines: readonly string[]) => briefly(parseText(around(...lines)).diagnostics);

describe('the top', () => {
  test('defaults', () => {
    const { name, summary, seed, durationUs, file, drawn } = scenario();
    expect({ name, summary, seed, durationUs, file, drawn }).toEqual({
      name: 'a',
      summary: '',
      seed: '1',
      durationUs: 30_000_000,
      file: 'a.yaml',
      drawn: [],
    });
  });

  test.each([
    ['42', '42'],
    ['0x10', '16'],
    ['007', '7'],
    ["'007'", '7'],
    ["'é'", 'é'],
    ['run one', 'run one'],
    ["'9007199254740993'", '9007199254740993'],
    ['9007199254740991', '9007199254740991'],
  ])('seed: %s is %s', (written, seed) => {
    expect(scenario(`seed: ${written}`).seed).toBe(seed);
  });

  test.each(['-1', '1.5', 'true', "''", '9007199254740992', '[1]', '~'])(
    'seed: %s is refused',
    (written) => {
      expect(parseText(around(`seed: ${written}`)).scenario).toBeNull();
    },
  );

  test('a number is one seed, however it is written', () => {
    for (const written of ['1', '01', "'001'"]) expect(scenario(`seed: ${written}`).seed).toBe('1');
    for (const seed of ['1', '01', '0001']) {
      expect(scenarioOf(around('seed: 42'), { seed }).seed).toBe('1');
    }
    expect(scenarioOf(around(''), { seed: '00' }).seed).toBe('0');
    expect(parseText(around('seed: 1e308')).diagnostics.map(({ message }) => message)).toEqual([
      '`1e308` is no seed: it is more than 2^53-1',
    ]);
  });

  test('a seed from outside wins', () => {
    expect(scenarioOf(around('seed: 42'), { seed: '7' }).seed).toBe('7');
  });
});

describe('nodes', () => {
  test('a count makes numbered members, without it there is one of the same name', () => {
    const { groups } = scenario(
      'nodes: { kv: { kind: raft, count: 3 }, uno: { kind: raft, count: 1 }, solo: { kind: raft } }',
    );
    expect(groups.map(({ nodes }) => nodes)).toEqual([
      ['kv-1', 'kv-2', 'kv-3'],
      ['uno-1'],
      ['solo'],
    ]);
  });

  test('every type of parameter, in ms, per second and bytes', () => {
    const { groups } = scenario(
      'nodes:',
      '  kv: { kind: raft, count: 2, election-timeout: 1s..2s, heartbeat: 20ms, batch-bytes: 1MiB, reads: lease, pre-vote: true }',
      '  lb: { kind: balancer, backends: [kv-2, kv], weights: { kv-1: 2, b: 0.5 }, zones: [a, 5], health: { failures: 5 }, service: 1ms..2ms, sampled: 5%, most: 30/m }',
    );
    expect(groups[0]?.params).toEqual({
      'election-timeout': { minMs: 1000, maxMs: 2000 },
      heartbeat: 20,
      'batch-bytes': 1_048_576,
      reads: 'lease',
      'pre-vote': true,
    });
    expect(groups[1]?.params).toEqual({
      backends: ['kv-2', 'kv-1'],
      weights: { 'kv-1': 2, b: 0.5 },
      zones: ['a', '5'],
      health: { every: 1000, failures: 5 },
      service: { kind: 'uniform', min: 1, max: 2 },
      sampled: 0.05,
      most: 0.5,
      alpha: 0.5,
    });
  });

  test('machines: bug, cpu, disk, clock, regions in turn', () => {
    const given = group(
      'nodes: { kv: { kind: raft, count: 3, bug: commits-old-terms, region: [eu, us], cpu: { message: 20us }, disk: { sync: 1ms..3ms }, clock: { offset: -5ms, drift: -50ppm } } }',
    );
    expect(given).toMatchObject({
      bug: 'commits-old-terms',
      regions: ['eu', 'us', 'eu'],
      cpuMessageUs: 20,
      disk: { sync: { kind: 'uniform', min: 1, max: 3 } },
      clock: { offsetUs: -5000, driftPpm: -50 },
    });
    expect(group()).toMatchObject({
      bug: null,
      regions: [null, null, null, null, null],
      cpuMessageUs: 0,
      disk: { sync: { kind: 'constant', value: 0.5 } },
      clock: { offsetUs: 0, driftPpm: 0 },
    });
  });

  test('policies stand outermost first, whatever the order written', () => {
    const given = group(
      'nodes: { kv: { kind: raft, calls: { kv: { timeout: 50ms, retry: 2 } } } }',
    );
    const calls = given?.calls.get('kv')?.map(({ policy, params }) => [policy.name, params]);
    expect(calls).toEqual([
      ['retry', { attempts: 2 }],
      ['timeout', { after: 50 }],
    ]);
  });

  test('own kinds come from the catalogue by the file that names them', () => {
    expect(group('nodes: { kv: { kind: ./mine.ts, heartbeat: 40ms } }')).toMatchObject({
      kind: './mine.ts',
      params: { heartbeat: 40 },
    });
  });
});

test('settle and verify last as long as they say, and leave a scenario without them as it was', () => {
  const plain = scenario('duration: 5s');
  expect([plain.settleUs, plain.verifyUs]).toEqual([10_000_000, 5_000_000]);
  const long = scenario('duration: 5s', 'settle: 60s', 'verify: 2m');
  expect([long.settleUs, long.verifyUs]).toEqual([60_000_000, 120_000_000]);
  expect(plain.canonical).not.toContain('settle');
  expect(long.canonical).toContain('settle');
});

test('a disk has a page cache if it says when that is written back', () => {
  const disk = (text: string) => group(`nodes: { kv: { kind: raft, disk: ${text} } }`)?.disk;
  expect(disk('{ sync: 1ms }')).toEqual({ sync: { kind: 'constant', value: 1 } });
  expect(disk('{ sync: 1ms, write-back: 30s }')).toMatchObject({ writeBackUs: 30_000_000 });
});

test('a latency by name stands wherever a duration or a range stands', () => {
  const kv = (text: string) => group(`nodes: { kv: { kind: raft, ${text} } }`);
  expect(kv('heartbeat: intercontinental')?.params).toMatchObject({ heartbeat: 75 });
  expect(kv('cpu: { message: send-1kb }')?.cpuMessageUs).toBe(20);
  expect(kv('disk: { sync: disk-seek }')?.disk.sync).toEqual({ kind: 'constant', value: 10 });
  expect(scenario('duration: disk-1mb').durationUs).toBe(30_000);
});

describe('network', () => {
  test('every form of a distribution', () => {
    const latency = (text: string) => scenario(`network: { latency: ${text} }`).network.latency;
    expect(latency('5ms')).toEqual({ kind: 'constant', value: 5 });
    expect(latency('1ms..3ms')).toEqual({ kind: 'uniform', min: 1, max: 3 });
    expect(latency('same-datacenter')).toEqual({ kind: 'constant', value: 0.25 });
    expect(latency('dns-cold')).toEqual({ kind: 'uniform', min: 20, max: 120 });
    expect(latency('{ table: [[disk-seek, 9], [ssd-1mb, 1]] }')).toEqual({
      kind: 'table',
      values: [
        [10, 9],
        [1, 1],
      ],
    });
    expect(latency('{ constant: { value: 5ms } }')).toEqual({ kind: 'constant', value: 5 });
    expect(latency('{ normal: { mean: 5ms, sd: 1ms } }')).toEqual({
      kind: 'normal',
      mean: 5,
      sd: 1,
    });
    expect(latency('{ lognormal: { median: 2ms, p99: 12ms } }')).toEqual({
      kind: 'lognormal',
      median: 2,
      p99: 12,
    });
    expect(latency('{ exponential: { mean: 2ms } }')).toEqual({
      kind: 'exponential',
      mean: 2,
      min: 0,
    });
    expect(latency('{ exponential: { mean: 2ms, min: 0.5ms } }')).toEqual({
      kind: 'exponential',
      mean: 2,
      min: 0.5,
    });
    expect(latency('{ pareto: { scale: 1ms, shape: 1.5 } }')).toEqual({
      kind: 'pareto',
      scale: 1,
      shape: 1.5,
      max: null,
    });
    expect(latency('{ pareto: { scale: 1ms, shape: 1.5, max: 1s } }')).toEqual({
      kind: 'pareto',
      scale: 1,
      shape: 1.5,
      max: 1000,
    });
    expect(latency('{ table: [[1ms, 9], [10ms, 1]] }')).toEqual({
      kind: 'table',
      values: [
        [1, 9],
        [10, 1],
      ],
    });
    expect(
      latency(
        '{ mixture: [{ weight: 9, of: 2ms }, { weight: 1, of: { uniform: { min: 20ms, max: 80ms } } }] }',
      ),
    ).toEqual({
      kind: 'mixture',
      parts: [
        { weight: 9, of: { kind: 'constant', value: 2 } },
        { weight: 1, of: { kind: 'uniform', min: 20, max: 80 } },
      ],
    });
  });

  test('links: `between` is both directions, `from` and `to` one; ends are nodes, groups, loads and regions', () => {
    const { links } = scenario(
      'nodes: { kv: { kind: raft, count: 2 }, far: { kind: raft, region: moon } }',
      'network:',
      '  links:',
      '    - { between: [kv, far], latency: 1s }',
      '    - { from: load, to: [kv-1, moon], loss: 1% }',
    ).network;
    const slow = { latency: { kind: 'constant', value: 1000 } };
    expect(links).toEqual([
      { from: ['kv-1', 'kv-2'], to: ['far'], link: slow },
      { from: ['far'], to: ['kv-1', 'kv-2'], link: slow },
      { from: ['load'], to: ['kv-1', 'far'], link: { loss: 0.01 } },
    ]);
  });

  test('what a link may have besides is left out unless it is given', () => {
    const plain = scenario('network: { latency: 2ms }').network;
    expect(Object.keys(plain).sort()).toEqual(['duplicate', 'latency', 'links', 'loss', 'reorder']);
    const { network } = scenario(
      'nodes: { kv: { kind: raft, count: 2 } }',
      'network:',
      '  jitter: 0ms..5ms',
      '  loss-bursts: { burst: 50ms, gap: 2s, inside: 90% }',
      '  corrupt: 0.1%',
      '  undetected: 10%',
      '  bandwidth: 8Mbit/s',
      '  queue: 64KiB',
      '  transport: connection',
      '  links:',
      '    - { from: kv-1, to: kv-2, bandwidth: 1KiB/s, loss-bursts: { burst-messages: 3, gap-messages: 50 } }',
    );
    expect(network).toMatchObject({
      jitter: { kind: 'uniform', min: 0, max: 5 },
      lossBursts: { unit: 'ms', burst: 50, gap: 2000, inside: 0.9, outside: 0 },
      corrupt: 0.001,
      undetected: 0.1,
      bandwidth: 1_000_000,
      queue: 65_536,
      transport: 'connection',
    });
    expect(network.links[0]?.link).toEqual({
      bandwidth: 1024,
      lossBursts: { unit: 'message', burst: 3, gap: 50, inside: 1, outside: 0 },
    });
  });

  test('a connection needs no transport beside it, and has defaults', () => {
    const { network } = scenario(
      'network: { connection: { tcp: 1, tls: 2, order: stream, break-after: 3s, idle: 1m } }',
    );
    expect(network.transport).toBe('connection');
    expect(network.connection).toEqual({
      tcp: 1,
      tls: 2,
      order: 'stream',
      'break-after': 3000,
      idle: 60_000,
      'max-age': undefined,
    });
  });

  test('regions: a pair once serves both directions, and may differ by direction; within a region the default holds', () => {
    const { links } = scenario(
      'nodes: { kv: { kind: raft, count: 3, region: [eu, us, ap] } }',
      'network: { regions: { eu: { us: 40ms, ap: 90ms }, us: { ap: 70ms, eu: 45ms, us: 2ms } }, links: [{ between: [kv-1, kv-2], latency: 1ms }] }',
    ).network;
    const table = links.map(
      ({ from, to, link }) =>
        `${from}→${to} ${link.latency?.kind === 'constant' ? link.latency.value : '?'}`,
    );
    expect(table).toEqual([
      'kv-1→kv-2 40',
      'kv-1→kv-3 90',
      'kv-2→kv-1 45',
      'kv-2→kv-2 2',
      'kv-2→kv-3 70',
      'kv-3→kv-1 90',
      'kv-3→kv-2 70',
      'kv-1→kv-2 1',
      'kv-2→kv-1 1',
    ]);
  });
});

describe('clients', () => {
  test('per-node: so many for each node of the target, each pinned, the nodes in turn', () => {
    const given = load(
      'clients: { load: { workload: register, target: kv, per-node: 2, rate: 100/s } }',
    );
    expect(given?.clients).toEqual(Array.from({ length: 10 }, (_, i) => `load-${i + 1}`));
    expect(given?.pinned).toEqual([
      'kv-1',
      'kv-2',
      'kv-3',
      'kv-4',
      'kv-5',
      'kv-1',
      'kv-2',
      'kv-3',
      'kv-4',
      'kv-5',
    ]);
  });

  test.each([
    ['count: 2', [null, null]],
    ['count: 2, pin: true', ['kv-1', 'kv-2']],
    ['count: 3, pin: [kv-4, kv-2]', ['kv-4', 'kv-2', 'kv-4']],
    ['pin: kv-3', ['kv-3']],
    ['per-node: 1, pin: false', [null, null, null, null, null]],
  ])('%s is pinned to %j', (fields, pinned) => {
    expect(
      load(`clients: { load: { workload: register, target: kv, rate: 5/s, ${fields} } }`)?.pinned,
    ).toEqual(pinned);
  });

  test('open and closed loads', () => {
    const pace = (fields: string) =>
      load(`clients: { load: { workload: register, ${fields} } }`)?.pace;
    expect(pace('rate: 100/s')).toEqual({ kind: 'open', arrivals: 'poisson', perSecond: 100 });
    expect(pace('rate: 30/m, arrivals: constant')).toEqual({
      kind: 'open',
      arrivals: 'constant',
      perSecond: 0.5,
    });
    expect(pace('think: 10ms')).toEqual({ kind: 'closed', think: { kind: 'constant', value: 10 } });
    expect(pace('pace: closed')).toEqual({ kind: 'closed', think: { kind: 'constant', value: 0 } });
  });

  test('times, limits, and the only server as target', () => {
    expect(
      load(
        'clients: { load: { workload: register, rate: 5/s, keys: 7, timeout: 300ms, start: 1s, stop: 9s, operations: 50 } }',
      ),
    ).toMatchObject({
      target: 'kv',
      targets: ['kv-1', 'kv-2', 'kv-3', 'kv-4', 'kv-5'],
      params: { keys: 7 },
      timeoutUs: 300_000,
      startUs: 1_000_000,
      stopUs: 9_000_000,
      operationsMax: 50,
    });
    expect(load()).toMatchObject({
      timeoutUs: 1_000_000,
      startUs: 0,
      stopUs: 30_000_000,
      operationsMax: Infinity,
    });
  });

  test('a node may be the target', () => {
    expect(
      load('clients: { load: { workload: register, target: kv-3, per-node: 2, rate: 5/s } }'),
    ).toMatchObject({
      target: 'kv-3',
      clients: ['load-1', 'load-2'],
      pinned: ['kv-3', 'kv-3'],
    });
  });
});

describe('faults', () => {
  test('names: as written, else the kind, numbered from the second', () => {
    const { faults } = scenario(
      'faults:',
      '  - { at: 1s, crash: one }',
      '  - { at: 2s, name: crash-2, crash: one }',
      '  - { at: 3s, crash: one }',
      '  - { at: 4s, name: big-one, partition: leader }',
    );
    expect(faults.map(({ name, fault }) => `${name} ${fault.name}`)).toEqual([
      'crash crash',
      'crash-2 crash',
      'crash-3 crash',
      'big-one partition',
    ]);
  });

  test('times, shorthand, defaults, `of` beside or inside, all nodes without it', () => {
    const { faults } = scenario(
      'nodes: { kv: { kind: raft, count: 2 }, db: { kind: raft } }',
      'faults:',
      '  - { at: 1.5s, for: 10ms, crash: leader }',
      '  - { at: 2s, of: kv, partition: { isolate: 1 } }',
      '  - { at: 3s, name: both, partition: { isolate: [kv-1, db], with: 1, of: [db, kv-1] } }',
      '  - { at: 4s, crash: {} }',
    );
    expect(faults.map(({ atUs, forUs, params, of }) => ({ atUs, forUs, params, of }))).toEqual([
      { atUs: 1_500_000, forUs: 10_000, params: { nodes: 'leader' }, of: ['kv-1', 'kv-2', 'db'] },
      { atUs: 2_000_000, forUs: null, params: { isolate: 1, with: 0 }, of: ['kv-1', 'kv-2'] },
      {
        atUs: 3_000_000,
        forUs: null,
        params: { isolate: ['kv-1', 'db'], with: 1 },
        of: ['db', 'kv-1'],
      },
      { atUs: 4_000_000, forUs: null, params: { nodes: 'one' }, of: ['kv-1', 'kv-2', 'db'] },
    ]);
    expect(faults[1]?.position).toEqual({ file: 'a.yaml', line: 6, column: 5 });
  });
});

describe('expectations', () => {
  test('values are in the unit of the metric', () => {
    const { expect: given } = scenario(
      'faults: [{ at: 1s, for: 2s, partition: leader }]',
      'expect:',
      '  - linearizable',
      '  - availability(majority) >= 90% during partition',
      '  - p99(write, read) < 1.5s after faults',
      '  - leaders per term <= 1',
      '  - throughput(load) > 30/m',
      "  - sometimes 'became leader' outside partition",
      '  - felt',
      '  - felt partition',
      '  - live',
      '  - live kv',
    );
    expect(
      given.map((each) => {
        const { kind } = each;
        if (kind === 'check') return each.checker.name;
        if (kind === 'felt') return ['felt', each.fault];
        if (kind === 'live') return ['live', each.group];
        if (kind === 'sometimes') return [each.label, each.window];
        if (kind === 'recovers') return [each.withinUs, each.args, each.window];
        if (kind === 'never') return ['never', each.condition.text];
        if (kind === 'tradeoff') return each.label;
        return [each.metric.name, each.args, each.comparison, each.value, each.window];
      }),
    ).toEqual([
      'linearizable',
      ['availability', ['majority'], '>=', 0.9, { when: 'during', of: 'partition' }],
      ['p99', ['write', 'read'], '<', 1500, { when: 'after', of: 'faults' }],
      ['leaders per term', [], '<=', 1, { when: 'run', of: null }],
      ['throughput', ['load'], '>', 0.5, { when: 'run', of: null }],
      ['became leader', { when: 'outside', of: 'partition' }],
      ['felt', null],
      ['felt', 'partition'],
      ['live', null],
      ['live', 'kv'],
    ]);
    expect(given[1]).toMatchObject({
      text: 'availability(majority) >= 90% during partition',
      position: { line: 6, column: 5 },
    });
  });

  test('sides are known only where a fault can make them', () => {
    expect(
      said('faults: [{ at: 1s, crash: one }]', 'expect: [availability(majority) >= 90%]'),
    ).toEqual(['DS142 4:23 `availability` cannot be narrowed by `majority` here']);
  });

  test('a place inside a quoted or filled-in text', () => {
    expect(said('expect:', "  - 'p98 < 5ms'")).toEqual(['DS141 4:6 there is no metric `p98`']);
    expect(said('vars: { m: p98 }', 'expect:', '  - $(m) < 5ms')).toEqual([
      'DS141 5:5 there is no metric `p98`',
    ]);
    expect(said('expect:', '  - >', '    p98 <', '    5ms')).toEqual([
      'DS141 4:5 there is no metric `p98`',
    ]);
  });
});

describe('draws', () => {
  const text = around(
    'nodes:',
    '  kv: { kind: raft, count: { any: [3, 5, 7] }, heartbeat: { any: 20ms..60ms }, pre-vote: { any: [true, false] }, batch-bytes: { any: 1KiB..4KiB } }',
    'network: { latency: { any: [1ms, { lognormal: { median: 2ms, p99: 12ms } }] }, loss: { any: 0..5% } }',
    'faults: [{ at: { any: 5s..10s }, crash: { any: [leader, 2] } }]',
  );
  const run = (seed: string, written = text) => scenarioOf(written, { seed });

  test('are reported, and the values are those drawn', () => {
    const { drawn, groups, faults, network } = run('42');
    const values = new Map(drawn.map(({ path, value }) => [path, value]));
    expect([...values.keys()].sort()).toEqual(
      [
        'faults.crash.at',
        'faults.crash.crash.nodes',
        'network.latency',
        'network.loss',
        'nodes.kv.batch-bytes',
        'nodes.kv.count',
        'nodes.kv.heartbeat',
        'nodes.kv.pre-vote',
      ].sort(),
    );
    expect(values.get('nodes.kv.count')).toBe(String(groups[0]?.nodes.length));
    expect(values.get('nodes.kv.heartbeat')).toBe(`${groups[0]?.params['heartbeat']}ms`);
    expect(values.get('faults.crash.crash.nodes')).toBe(String(faults[0]?.params['nodes']));
    expect(network.loss).toBeLessThanOrEqual(0.05);
  });

  test('repeat with the seed, differ between seeds, and reach every value', () => {
    expect(run('42').drawn).toEqual(run('42').drawn);
    const seeds = Array.from({ length: 60 }, (_, i) => run(String(i)));
    expect(new Set(seeds.map(({ groups }) => groups[0]?.nodes.length))).toEqual(new Set([3, 5, 7]));
    const beats = seeds.map(({ groups }) => groups[0]?.params['heartbeat'] as number);
    expect(Math.min(...beats)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...beats)).toBeLessThanOrEqual(60);
    expect(new Set(beats).size).toBeGreaterThan(50);
  });

  test('each has a stream of its own: one more draw leaves the others as they were', () => {
    const more = text.replace(
      'loss: { any: 0..5% }',
      'loss: { any: 0..5% }, duplicate: { any: 0..5% }',
    );
    for (const seed of ['1', '2', '3']) {
      const before = run(seed).drawn;
      expect(run(seed, more).drawn.filter(({ path }) => path !== 'network.duplicate')).toEqual(
        before,
      );
    }
  });

  test('drawn values can be written down: set outright they give the same run', () => {
    const drawn = run('42');
    const set = drawn.drawn
      .filter(({ path }) => !path.startsWith('faults'))
      .map(({ path, value }) =>
        path === 'network.latency' && value.startsWith('{')
          ? 'seed=42'
          : `${path}=${path === 'network.latency' ? '1ms' : value}`,
      );
    const written = scenarioOf(text, { seed: '42', set });
    expect(written.groups).toEqual(drawn.groups);
    expect(written.network.loss).toBe(drawn.network.loss);
  });

  test.each(['keys: { any: -5..9007199254740991 }', 'keys: { any: 1..9007199254740991 }'])(
    '%s is refused, not thrown over',
    (field) => {
      expect(
        parseText(around(`clients: { load: { workload: register, rate: 5/s, ${field} } }`))
          .scenario,
      ).toBeNull();
    },
  );

  test('validity does not depend on the seed', () => {
    const bad = text.replace('[3, 5, 7]', '[3, 5, 0]').replace('5s..10s', '5s..40s');
    const codes = Array.from({ length: 5 }, (_, i) =>
      parseText(bad, { seed: String(i) }).diagnostics.map(({ code }) => code),
    );
    for (const each of codes) expect(each).toEqual(['DS128', 'DS131']);
  });
});

describe('the canonical text', () => {
  const canonical = (text: string) => scenarioOf(text).canonical;
  const text = around(
    'faults: [{ at: 1s, for: 2s, partition: { of: kv, isolate: leader } }]',
    'network: { loss: 0.1%, latency: 1ms..2ms }',
  );

  test('does not change with comments, format, order of settings, units, name, seed or defaults written out', () => {
    const same = `# a comment
name: other
summary: words
seed: 99
duration: 0.5m
x-mine: { a: 1 }
vars: { n: 5 }
expect:
  - "linearizable"
faults:
  - for: 2000ms
    partition: { with: 0, isolate: leader }
    of: kv
    at: 1000ms
network:
  latency: { uniform: { max: 2ms, min: 1000us } }
  loss: 0.001
clients:
  load:
    rate: 6000/m
    workload: register
nodes:
  kv: { count: $(n), kind: raft, heartbeat: 0.05s }
`;
    expect(canonical(same)).toBe(canonical(text));
  });

  test.each([
    ['count: 5', 'count: 4'],
    ['100/s', '101/s'],
    ['at: 1s', 'at: 2s'],
    ['0.1%', '0.2%'],
    ['isolate: leader', 'isolate: one'],
    ['[linearizable]', '[linearizable, felt]'],
    ['{ load:', '{ lead:'],
    ['1ms..2ms', '{ any: 1ms..2ms }'],
  ])('changes when %s becomes %s', (from, to) => {
    expect(text).toContain(from);
    expect(canonical(text.replace(from, to))).not.toBe(canonical(text));
  });

  test('is the same for every seed, though draws differ', () => {
    const drawing = text.replace('count: 5', 'count: { any: [3, 5] }');
    const texts = ['1', '2', '3', '4', '5', '6'].map((seed) => scenarioOf(drawing, { seed }));
    expect(new Set(texts.map((each) => each.canonical)).size).toBe(1);
    expect(new Set(texts.map((each) => each.groups[0]?.nodes.length)).size).toBe(2);
  });
});

test('1 where a ratio belongs is 100%, and is asked about', () => {
  const { scenario: given, diagnostics } = parseText(around('network: { loss: 1 }'));
  expect(given?.network.loss).toBe(1);
  expect(briefly(diagnostics)).toEqual(['DS104 4:18 `loss`: 1 means 100%']);
});

test('the same tree can be parsed for many seeds', async () => {
  const { readSourceTree } = await import('../../src/scenarios/text/source-tree.ts');
  const { parseScenario } = await import('../../src/scenarios/parse.ts');
  const { drawStream } = await import('../../src/scenarios/values/draws.ts');
  const { readerOf, smallCatalogue } = await import('./small-catalogue.ts');
  const tree = readSourceTree('a.yaml', readerOf({ 'a.yaml': around('network: { loss: 1 }') }));
  for (const seed of ['1', '2']) {
    expect(
      parseScenario(tree, smallCatalogue, { draw: drawStream, seed }).diagnostics,
    ).toHaveLength(1);
  }
});
