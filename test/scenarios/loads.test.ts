// What a load may say besides workload and rate: shapes, keys, calls, objects, options, regions.
import { describe, expect, test } from 'vitest';
import { briefly, parseText } from './small-catalogue.ts';

const HEAD =
  'nodes: { kv: { kind: raft, count: 3, region: [eu, us, eu] } }\nexpect: [linearizable]\n';

function read(fields: string, rest = '') {
  return parseText(`${HEAD}clients: { load: { workload: register, ${fields} } }\n${rest}`);
}

function load(fields: string) {
  const { scenario, diagnostics } = read(fields);
  expect(briefly(diagnostics)).toEqual([]);
  const [first] = scenario?.loads ?? [];
  if (first === undefined) throw new Error('there is a load');
  return first;
}

const said = (fields: string, rest = '') => briefly(read(fields, rest).diagnostics);

describe('shape', () => {
  test('in place of a rate; the rate of the load is the highest of it', () => {
    expect(load('shape: { ramp: { from: 10/s, to: 100/s, over: 20s } }').pace).toEqual({
      kind: 'open',
      arrivals: 'poisson',
      perSecond: 100,
      shape: { pieces: [{ forUs: 20_000_000, from: 10, to: 100 }], repeats: false },
    });
    const phases = 'phases: [{ for: 10s, rate: 50/s }, { for: 5s, rate: 0/s, to: 200/s }]';
    expect(load(`arrivals: constant, shape: { ${phases} }`).pace).toMatchObject({
      arrivals: 'constant',
      perSecond: 200,
      shape: {
        pieces: [
          { forUs: 10_000_000, from: 50, to: 50 },
          { forUs: 5_000_000, from: 0, to: 200 },
          { from: 0, to: 0 },
        ],
      },
    });
  });

  test('bursts stand out from the rate', () => {
    expect(
      load('rate: 20/s, shape: { burst: { to: 300/s, for: 1s, every: 10s } }').pace,
    ).toMatchObject({
      perSecond: 300,
      shape: {
        pieces: [
          { forUs: 9_000_000, from: 20, to: 20 },
          { forUs: 1_000_000, from: 300, to: 300 },
        ],
        repeats: true,
      },
    });
  });

  test('what makes no sense is refused', () => {
    const ramp = 'ramp: { from: 1/s, to: 2/s, over: 1s }';
    const burst = 'burst: { to: 9/s, for: 2s, every: 1s }';
    expect([
      said(`rate: 5/s, shape: { ${ramp} }`),
      said(`shape: { ${burst} }`),
      said(`rate: 5/s, shape: { ${burst} }`),
      said(`think: 1ms, shape: { ${ramp} }`),
      said(`shape: { ${ramp}, ${burst} }`),
      said('shape: {}'),
      said('shape: { ramp: { from: 0/s, to: 0/s, over: 1s } }'),
      said('shape: { ramp: { from: 1/s, to: 2/s } }'),
      said('shape: { wave: 3 }'),
    ]).toMatchInlineSnapshot(`
      [
        [
          "DS133 3:51 \`rate\` and this shape exclude each other",
        ],
        [
          "DS133 3:40 a load with bursts lacks the rate between them",
        ],
        [
          "DS133 3:51 a burst is shorter than its period",
        ],
        [
          "DS133 3:52 \`shape\` has no meaning for a closed load",
        ],
        [
          "DS103 3:47 \`shape\` is one shape",
        ],
        [
          "DS103 3:47 \`shape\` is one shape",
        ],
        [
          "DS105 3:47 a load with this shape asks nothing",
        ],
        [
          "DS106 3:55 \`ramp\` lacks \`over\`",
        ],
        [
          "DS102 3:49 unknown key \`wave\` in \`shape\`",
        ],
      ]
    `);
  });
});

describe('keys', () => {
  const keys = (written: string) => load(`rate: 1/s, keys: ${written}`).params['keys'];

  test('a number, or a map', () => {
    expect(keys('7')).toBe(7);
    expect(keys('{ count: 7 }')).toEqual({
      count: 7,
      choose: { kind: 'uniform' },
      missing: 0,
      fresh: 0,
    });
    expect(keys('{ count: 9, choose: zipf(0.8), missing: 30%, fresh: 5% }')).toEqual({
      count: 9,
      choose: { kind: 'zipf', exponent: 0.8 },
      missing: 0.3,
      fresh: 0.05,
    });
  });

  test.each([
    ['zipf', { kind: 'zipf', exponent: 1 }],
    ["'hotspot(20%, 80%)'", { kind: 'hotspot', keys: 0.2, operations: 0.8 }],
    ['latest', { kind: 'latest', fresh: 0.05 }],
    ['latest(10%)', { kind: 'latest', fresh: 0.1 }],
    ['loop', { kind: 'loop' }],
  ])('choose: %s', (written, choose) => {
    expect(keys(`{ count: 7, choose: ${written} }`)).toMatchObject({ choose });
  });

  test('what makes no sense is refused', () => {
    expect(
      [
        '0',
        'many',
        '{ choose: zipf }',
        '{ count: 0 }',
        '{ count: 5, choose: zipf(0) }',
        '{ count: 5, choose: pareto }',
        '{ count: 5, choose: loop(3) }',
        '{ count: 5, choose: { any: [loop, pareto, latest(x)] } }',
        '{ count: 5, choose: hotspot(20%, 80%) }',
        '{ count: 5, missing: 60%, fresh: 60% }',
        '{ count: 5, hot: 3 }',
      ].map((written) => said(`rate: 1/s, keys: ${written}`)),
    ).toMatchInlineSnapshot(`
      [
        [
          "DS105 3:57 \`keys\` cannot be 0",
        ],
        [
          "DS103 3:57 \`many\` is not a whole number",
        ],
        [
          "DS106 3:57 \`keys\` lacks \`count\`",
        ],
        [
          "DS105 3:66 \`count\` cannot be 0",
        ],
        [
          "DS105 3:77 \`choose\` cannot be \`zipf(0)\`",
        ],
        [
          "DS105 3:77 \`choose\` cannot be \`pareto\`",
        ],
        [
          "DS105 3:77 \`choose\` cannot be \`loop(3)\`",
        ],
        [
          "DS105 3:91 \`choose\` cannot be \`pareto\`",
          "DS105 3:99 \`choose\` cannot be \`latest(x)\`",
        ],
        [
          "DS102 3:90 unknown key \`80%)\` in \`keys\`",
        ],
        [
          "DS105 3:57 \`missing\` and \`fresh\` together exceed 100%",
        ],
        [
          "DS102 3:69 unknown key \`hot\` in \`keys\`",
        ],
      ]
    `);
  });
});

describe('calls, object, options and region', () => {
  test('are read', () => {
    const read = load(
      'rate: 1/s, count: 3, calls: { kv: { timeout: 50ms } }, object: orders, options: { level: quorum }, region: [eu, us]',
    );
    expect(read).toMatchObject({
      object: 'orders',
      options: { level: 'quorum' },
      regions: ['eu', 'us', 'eu'],
    });
    expect(read.calls?.get('kv')).toMatchObject([{ params: { after: 50 } }]);
    expect(load('rate: 1/s')).toMatchObject({ object: 'kv', options: {}, regions: [null] });
  });

  test('mistakes are reported where they stand', () => {
    expect([
      said('rate: 1/s, calls: { kw: { timeout: 50ms } }'),
      said('rate: 1/s, calls: { kv: { retri: 3 } }'),
      said('rate: 1/s, options: { level: [1] }'),
      said('rate: 1/s, options: 3'),
      said('rate: 1/s, options: { levle: quorum }'),
      said('rate: 1/s, options: { key: x }'),
      said('rate: 1/s, options: { level: 3 }'),
    ]).toMatchInlineSnapshot(`
      [
        [
          "DS125 3:60 there is no node or group \`kw\`",
        ],
        [
          "DS123 3:66 there is no policy \`retri\`",
        ],
        [
          "DS103 3:69 \`level\` is a list",
        ],
        [
          "DS103 3:60 \`options\` is a map of names",
        ],
        [
          "DS102 3:62 requests of \`register\` have no field \`levle\`",
        ],
        [
          "DS102 3:62 \`key\` is set by the workload itself",
        ],
        [
          "DS103 3:69 \`level\` cannot be this",
        ],
      ]
    `);
  });

  test('a load may stamp its requests, if they have a place for it', () => {
    const text = (load: string) => `${HEAD}clients: { load: { ${load}, stamps: true } }`;
    const { scenario, diagnostics } = parseText(text('workload: register, rate: 1/s'));
    expect(briefly(diagnostics)).toEqual([]);
    expect(scenario?.loads[0]?.stamps).toBe(true);
    const refused = parseText(text('workload: http, rate: 1/s'));
    expect(briefly(refused.diagnostics)).toContainEqual(
      expect.stringContaining('carry no time of their client'),
    );
  });

  test('what is drawn for a link depends on its ends, not on the lines before it', () => {
    const latencyOf = (lines: string) => {
      const { scenario, diagnostics } = parseText(
        `${HEAD}clients: { load: { workload: register, rate: 1/s } }
network: { links: [${lines}{ from: kv-1, to: kv-2, latency: { any: 1ms..900ms } }] }`,
      );
      expect(briefly(diagnostics)).toEqual([]);
      return scenario?.network.links.at(-1)?.link.latency;
    };
    const alone = latencyOf('');
    expect(latencyOf('{ between: [kv-2, kv-3], latency: { any: 1ms..900ms } }, ')).toEqual(alone);
    // Of two lines for the same ends each has a draw of its own.
    expect(latencyOf('{ from: kv-1, to: kv-2, latency: { any: 1ms..900ms } }, ')).not.toEqual(
      alone,
    );
  });

  test('a region of clients counts for links, and faults that name it strike its servers', () => {
    const { scenario, diagnostics } = parseText(
      `${HEAD}clients: { load: { workload: register, rate: 1/s, count: 2, region: us } }
network: { regions: { eu: { us: 40ms } } }
faults: [{ at: 1s, of: us, crash: all }]`,
    );
    expect(briefly(diagnostics)).toEqual([]);
    expect(scenario?.network.links[0]).toMatchObject({
      from: ['kv-1', 'kv-3'],
      to: ['kv-2', 'load-1', 'load-2'],
    });
    expect(scenario?.faults[0]?.of).toEqual(['kv-2']);
  });
});

describe('faults', () => {
  const fault = (line: string) => {
    const { scenario, diagnostics } = read('rate: 1/s, count: 2', `faults: [{ at: 1s, ${line} }]`);
    return { of: scenario?.faults[0]?.of, said: briefly(diagnostics) };
  };

  test('may name clients and loads, but go for servers if they do not', () => {
    expect(fault('crash: load-1')).toEqual({ of: ['kv-1', 'kv-2', 'kv-3'], said: [] });
    expect(fault('crash: [load, kv-1]').said).toEqual([]);
    expect(fault('of: load, crash: one')).toEqual({ of: ['load-1', 'load-2'], said: [] });
    expect(fault('of: kv, crash: load-1').said).toEqual([
      expect.stringContaining('`load-1` is not among the nodes of this fault'),
    ]);
    expect(fault('crash: load-3').said).toHaveLength(1);
  });
});
