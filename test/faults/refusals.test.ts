// What a scenario is told of a fault that makes no sense, before anything runs.
import { expect, test } from 'vitest';
import clockDrift from '../../src/faults/clock-drift.ts';
import clockOffset from '../../src/faults/clock-offset.ts';
import errorRate from '../../src/faults/error-rate.ts';
import hotKey from '../../src/faults/hot-key.ts';
import join from '../../src/faults/join.ts';
import loadRamp from '../../src/faults/load-ramp.ts';
import loadSpike from '../../src/faults/load-spike.ts';
import slowDisk from '../../src/faults/slow-disk.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { briefly, parseText, smallCatalogue } from '../scenarios/small-catalogue.ts';
import { fakeLevers, raftViews } from '../support/fake-levers.ts';

const known: readonly AnyFault[] = [
  clockDrift,
  clockOffset,
  errorRate,
  hotKey,
  join,
  loadRamp,
  loadSpike,
  slowDisk,
];

const catalogue = {
  ...smallCatalogue,
  faults: {
    summaries: new Map(known.map(({ name, summary }) => [name, summary])),
    items: new Map(known.map((fault) => [fault.name, fault])),
  },
};

function told(fault: string, clients = '{ load: { workload: register, target: kv, rate: 9/s } }') {
  const text = `
nodes: { kv: { kind: raft, count: 3 } }
clients: ${clients}
faults: [{ at: 1s, ${fault} }]
expect: [linearizable]
`;
  const { diagnostics } = parseText(text, { catalogue });
  return briefly(diagnostics.filter(({ severity }) => severity === 'error'));
}

test.each([
  'load-spike: 3',
  'load-ramp: { factor: 2, over: 3s, load: load }',
  'hot-key: 90%',
  'join: kv-2',
  'slow-disk: 20ms..40ms',
  'slow-disk: { factor: 3, nodes: kv }',
  'error-rate: { ratio: 5%, stage: after, code: none }',
  'clock-offset: -90s',
  'clock-drift: { ppm: -300ppm, nodes: all }',
])('%s is fine', (fault) => {
  expect(told(fault)).toEqual([]);
});

test('what makes no sense is told in a sentence', () => {
  const all = [
    told('load-spike: { factor: 3, load: laod }'),
    told('hot-key: { share: 50%, load: kv }'),
    told('load-ramp: 2', '{}'),
    told('join: leader'),
    told('join: [kv-1, followers]'),
    told('slow-disk: { nodes: kv-1 }'),
    told('error-rate: { ratio: 10%, stage: after, code: abort }'),
    told('clock-drift: 30%'),
    told('clock-offset: 25h'),
    told('load-spike: -1'),
  ];
  expect(all.flat()).toMatchInlineSnapshot(`
    [
      "DS130 4:20 this fault makes no sense: there is no load laod, only load",
      "DS130 4:20 this fault makes no sense: there is no load kv, only load",
      "DS130 4:20 this fault makes no sense: there is no load to change: the scenario has no clients",
      "DS145 5:10 \`linearizable\` has nothing to judge here",
      "DS130 4:20 this fault makes no sense: join: nobody is leader before the nodes have booted",
      "DS125 4:33 there is no node, group, region, load, client or selecting word \`followers\`",
      "DS130 4:20 this fault makes no sense: slow-disk needs extra or factor",
      "DS130 4:20 this fault makes no sense: error-rate: abort says that nothing happened, and after the work something has; timeout, crash or none do not",
      "DS105 4:33 \`clock-drift\` cannot be 30%",
      "DS105 4:34 \`clock-offset\` cannot be 25h",
      "DS105 4:32 \`load-spike\` cannot be negative",
    ]
  `);
});

test('faults struck by hand with such parameters throw', () => {
  const levers = fakeLevers(raftViews(3, 1));
  expect(() => slowDisk.inject(levers, defaultsOf(slowDisk.params))).toThrow(RangeError);
  const after = { ratio: 1, stage: 'after', code: 'abort' } as const;
  expect(() => errorRate.inject(levers, defaultsOf(errorRate.params, after))).toThrow(RangeError);
});
