/** When faults strike, as written and as read. */
import { expect, test } from 'vitest';
import restart from '../../src/faults/restart.ts';
import type { AnyFault } from '../../src/sim/fault.ts';
import { briefly, parseFiles, parseText, scenarioOf, smallCatalogue } from './small-catalogue.ts';

function scenario(faults: string, rest = ''): string {
  return `
duration: 30s
nodes:
  kv: { kind: raft, count: 5 }
clients:
  load: { workload: register, rate: 100/s }
faults:
${faults}
expect: [linearizable]
${rest}`;
}

function schedulesOf(faults: string) {
  return scenarioOf(scenario(faults)).faults.map(
    ({ name, atUs, forUs, repeat, untilUs, when }) => ({
      name,
      at: atUs / 1e6,
      for: forUs === null ? null : forUs / 1e6,
      ...(repeat == null
        ? {}
        : { every: [repeat.minUs / 1e6, repeat.maxUs / 1e6], waits: repeat.waitsFirst }),
      ...(untilUs == null ? {} : { until: untilUs / 1e6 }),
      ...(when == null ? {} : { when: when.text }),
    }),
  );
}

test('every form of a schedule', () => {
  expect(
    schedulesOf(`
  - { at: 1s, crash: one }
  - { at: 1s, every: 5s, for: 2s, crash: one }
  - { every: 2s..8s, until: 20s, crash: one }
  - { at: 3s, when: leaders(kv) > 1, crash: one }
  - { when: term(kv) >= 3 and up(kv) < 5, every: 1s, for: 100ms, until: 20s, crash: one }
`),
  ).toMatchInlineSnapshot(`
    [
      {
        "at": 1,
        "for": null,
        "name": "crash",
      },
      {
        "at": 1,
        "every": [
          5,
          5,
        ],
        "for": 2,
        "name": "crash-2",
        "waits": false,
      },
      {
        "at": 0,
        "every": [
          2,
          8,
        ],
        "for": null,
        "name": "crash-3",
        "until": 20,
        "waits": true,
      },
      {
        "at": 3,
        "for": null,
        "name": "crash-4",
        "when": "leaders(kv) > 1",
      },
      {
        "at": 0,
        "every": [
          1,
          1,
        ],
        "for": 0.1,
        "name": "crash-5",
        "until": 20,
        "waits": false,
        "when": "term(kv) >= 3 and up(kv) < 5",
      },
    ]
  `);
});

test('what a condition speaks of is resolved', () => {
  const [fault] = scenarioOf(
    scenario(
      '  - { when: "role(kv-2, candidate) = 1 or not held(crash) > 0 or noted(\'x\', kv-1) > 2 and elapsed >= 10s", crash: one }',
    ),
  ).faults;
  expect(fault?.when?.root).toMatchInlineSnapshot(`
    {
      "kind": "or",
      "of": [
        {
          "comparison": "=",
          "kind": "compare",
          "measured": {
            "kind": "role",
            "nodes": [
              "kv-2",
            ],
            "role": "candidate",
          },
          "text": "role(kv-2, candidate)",
          "value": 1,
        },
        {
          "kind": "not",
          "of": {
            "comparison": ">",
            "kind": "compare",
            "measured": {
              "fault": "crash",
              "kind": "held",
            },
            "text": "held(crash)",
            "value": 0,
          },
        },
        {
          "kind": "and",
          "of": [
            {
              "comparison": ">",
              "kind": "compare",
              "measured": {
                "kind": "noted",
                "label": "x",
                "nodes": [
                  "kv-1",
                ],
              },
              "text": "noted('x', kv-1)",
              "value": 2,
            },
            {
              "comparison": ">=",
              "kind": "compare",
              "measured": {
                "kind": "elapsed",
              },
              "text": "elapsed",
              "value": 10000000,
            },
          ],
        },
      ],
    }
  `);
});

test.each([
  ['leaders(kv, kv)', 'leaders'],
  ['up(kv, kv-1)', 'up'],
  ['role(kv)', 'role'],
  ['role(kv, candidate, kv)', 'role'],
  ['most(kv)', 'most'],
  ['most(kv, commit, kv)', 'most'],
  ['least(kv, commit, kv)', 'least'],
  ["noted('steps down', kv, kv)", 'noted'],
  ['held(crash, crash)', 'held'],
  ['elapsed(kv)', 'elapsed'],
])('a condition takes no other number of arguments: %s', (quantity, name) => {
  const { diagnostics } = parseText(scenario(`  - { when: "${quantity} > 1", crash: one }`));
  expect(diagnostics.map(({ code, message }) => [code, message])).toEqual([
    ['DS136', `\`${name}\` does not take these arguments`],
  ]);
});

test('a schedule is part of what the scenario is', () => {
  const canonical = (faults: string) => scenarioOf(scenario(faults)).canonical;
  const forms = [
    '  - { at: 1s, for: 500ms, crash: one }',
    '  - { at: 1s, for: 500ms, every: 5s, crash: one }',
    '  - { at: 1s, for: 500ms, every: 5s..6s, crash: one }',
    '  - { at: 1s, for: 500ms, every: 5s, until: 20s, crash: one }',
    '  - { at: 1s, for: 500ms, when: leaders(kv) > 1, crash: one }',
    '  - { at: 1s, for: 500ms, when: leaders(kv) > 2, crash: one }',
    '  - { at: 1s, nemesis: }',
    '  - { at: 1s, nemesis: { kinds: [crash] } }',
    '  - { at: 1s, nemesis: { budget: { down: 1 } } }',
  ];
  expect(new Set(forms.map(canonical)).size).toBe(forms.length);
  expect(canonical('  - { at: 1s, every: 5s, crash: one }')).toBe(
    canonical('  - { every: 5000ms..5s, crash: one, at: 1000ms }'),
  );
});

test('a nemesis: budgets by group, kinds that there are, and defaults', () => {
  const text = `
nodes:
  kv: { kind: raft, count: 5 }
  lb: { kind: balancer, count: 4, backends: kv }
clients:
  load: { workload: register, target: kv, rate: 100/s }
faults:
  - nemesis:
  - { name: storm, of: kv, nemesis: [crash, hunt] }
  - { name: worse, of: [kv-1, lb], at: 2s, until: 9s, nemesis: { budget: { down: majority, copies: 1, clock: 2s }, swarm: false } }
expect: [linearizable, felt, felt storm, felt hunt, felt crash, availability >= 1% during storm]
`;
  const { scenario: read, diagnostics } = parseText(text);
  expect(briefly(diagnostics)).toEqual(['DS144 11:47 this scenario has no fault `hunt`']);
  expect(read).toBeNull();
  const nemeses = scenarioOf(text.replace('felt hunt, ', '')).nemeses ?? [];
  expect(
    nemeses.map(({ name, of, moves, atUs, untilUs, swarm }) => [
      name,
      of.length,
      moves,
      atUs,
      untilUs,
      swarm,
    ]),
  ).toEqual([
    ['nemesis', 9, ['partition', 'crash', 'swizzle', 'hunt', 'rolling'], 0, null, true],
    ['storm', 5, ['crash', 'hunt'], 0, null, true],
    ['worse', 5, ['partition', 'crash', 'swizzle', 'hunt', 'rolling'], 2e6, 9e6, false],
  ]);
  const budgets = nemeses.map((nemesis) =>
    nemesis.budgets.map(({ group, down, copies, clockMs }) => [group, down, copies, clockMs]),
  );
  // A quorum of five is three; who declares none survives a minority.
  expect(budgets).toEqual([
    [
      ['kv', 2, 0, 500],
      ['lb', 1, 0, 500],
    ],
    [['kv', 2, 0, 500]],
    [
      ['kv', 3, 1, 2000],
      ['lb', 3, 1, 2000],
    ],
  ]);
});

test('roles select, in both notations; regions too', () => {
  const text = `
nodes:
  kv: { kind: raft, count: 3, region: [eu, us, eu] }
clients:
  load: { workload: register, rate: 100/s }
faults:
  - { at: 1s, crash: role:candidate }
  - { at: 1s, crash: { nodes: { role: candidate } } }
  - { at: 1s, crash: [kv-1, { role: learner }] }
  - { at: 1s, crash: eu }
  - { at: 1s, name: one-of-us, of: us, crash: one }
expect: [linearizable]
`;
  const { scenario: read, diagnostics } = parseText(text);
  expect(briefly(diagnostics)).toMatchInlineSnapshot(`[]`);
  expect(
    read?.faults.map(({ params, of }) => [params['nodes'], of.join(' ')]) ?? null,
  ).toMatchInlineSnapshot(`
    [
      [
        "role:candidate",
        "kv-1 kv-2 kv-3",
      ],
      [
        "role:candidate",
        "kv-1 kv-2 kv-3",
      ],
      [
        [
          "kv-1",
          "role:learner",
        ],
        "kv-1 kv-2 kv-3",
      ],
      [
        "eu",
        "kv-1 kv-2 kv-3",
      ],
      [
        "one",
        "kv-2",
      ],
    ]
  `);
});

test('an entry strikes no more often than can be kept and told', () => {
  const often = (faults: string) => briefly(parseText(scenario(faults)).diagnostics);
  expect(often('  - { every: 1us, crash: one }')).toMatchInlineSnapshot(`
    [
      "DS134 8:14 it would strike too often",
    ]
  `);
  expect(often('  - { when: up(kv) < 5, every: 0.1ms..1s, crash: one }')).toMatchInlineSnapshot(`
    [
      "DS134 8:32 it would strike too often",
    ]
  `);
  expect(schedulesOf('  - { at: 29s, every: 10us, crash: one }')).toHaveLength(1);
});

test('strikes that are over by themselves must be over before the next', () => {
  const items = new Map<string, AnyFault>([['restart', restart]]);
  const summaries = new Map([['restart', restart.summary]]);
  const catalogue = { ...smallCatalogue, faults: { items, summaries } };
  const said = (entry: string) => {
    return briefly(parseFiles({ 'a.yaml': scenario(`  - ${entry}`) }, { catalogue }).diagnostics);
  };
  const overlap = [expect.stringContaining('its strikes would overlap')];
  expect(said('{ every: 2s, restart: { nodes: kv-1, after: 5s } }')).toEqual(overlap);
  expect(said('{ every: 5s..9s, restart: { nodes: kv-1, after: 5s } }')).toEqual(overlap);
  expect(said('{ every: 6s, restart: { nodes: kv-1, after: 5s } }')).toEqual([]);
  expect(said('{ every: 2s, for: 1s, restart: { nodes: kv-1, after: 5s } }')).toEqual([]);
});

test('a fault may miss only if it says so', () => {
  const read = (fault: string) => scenarioOf(scenario(`  - { ${fault} }`)).faults[0]?.mayMiss;
  const never = 'when: leaders(kv) > 4, crash: one';
  expect([read(never), read(`${never}, may-miss: false`)]).toEqual([undefined, undefined]);
  expect(read(`${never}, may-miss: true`)).toBe(true);
  expect(
    briefly(parseText(scenario(`  - { ${never}, may-miss: maybe }`)).diagnostics),
  ).toHaveLength(1);
});

test('so may a nemesis', () => {
  const read = (fault: string) => scenarioOf(scenario(`  - { ${fault} }`)).nemeses?.[0]?.mayMiss;
  expect([read('nemesis:'), read('nemesis:, may-miss: true')]).toEqual([undefined, true]);
});
