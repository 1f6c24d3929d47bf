/**
 * The nemesis on Raft: its budget, its rhythm, its swarm, and that what it did can be written down.
 */
import { describe, expect, test } from 'vitest';
import { parseFiles, smallCatalogue } from '../../../test/scenarios/small-catalogue.ts';
import { allFaults } from '../../../test/support/all-faults.ts';
import { times } from '../../../test/support/long.ts';
import type { FaultFact, NemesisFact } from '../../checks/checker.ts';
import linearizable from '../../checks/linearizable/index.ts';
import { faults as listed } from '../../faults/index.ts';
import { selectorWords } from '../../faults/parts/select.ts';
import raft from '../../nodes/consensus/raft/index.ts';
import type { Plain } from '../../sim/node.ts';
import register from '../../workloads/register.ts';
import type { Result } from '../result.ts';
import type { Scenario } from '../scenario.ts';
import type { Catalogue, Shelf } from '../sections/catalogue.ts';
import { simulate } from '../simulate.ts';
import { renderDiagnostics } from '../text/diagnostic.ts';
import { moves } from './repertoire.ts';
import { unroll } from './unroll.ts';

const LINEARIZABLE = [
  {
    text: 'linearizable',
    position: null,
    kind: 'check' as const,
    checker: linearizable,
  },
];

type Written = { readonly [key: string]: Plain };

function shelf<T extends { readonly name: string; readonly summary: string }>(
  ...items: readonly T[]
): Shelf<T> {
  return {
    summaries: new Map(items.map(({ name, summary }) => [name, summary])),
    items: new Map(items.map((item) => [item.name, item])),
  };
}

const catalogue: Catalogue = {
  ...smallCatalogue,
  systems: shelf(raft),
  faults: shelf(...allFaults.values()),
  workloads: shelf(register),
  selectorWords,
};

/** Five Raft servers and a client for each, under these entries of `faults:`. */
function scenarioOf(faults: readonly Plain[], seed: string, duration = '8s'): Scenario {
  const text = JSON.stringify({
    seed,
    duration,
    nodes: { kv: { kind: 'raft', count: 5, disk: { sync: '1ms' } } },
    network: { latency: '1ms..5ms' },
    clients: { load: { workload: 'register', target: 'kv', 'per-node': 1, rate: '60/s' } },
    faults,
  });
  const { scenario, diagnostics } = parseFiles({ 'a.yaml': text }, { catalogue });
  if (scenario === null) throw new Error(renderDiagnostics(diagnostics));
  return scenario;
}

const FAST: Written = { between: '200ms', lasts: '300ms', quiet: '20ms', calm: '0%', swarm: false };

function under(nemesis: Written, seed: string, duration = '8s'): Result {
  return simulate(scenarioOf([{ nemesis }], seed, duration));
}

function onlyNemesis(result: Result): NemesisFact {
  const [fact] = result.facts.nemeses;
  if (fact === undefined) throw new Error('there is no nemesis');
  return fact;
}

function seeds(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => String(i + 1));
}

/** The nodes that a strike keeps from the others, by the parameters that say so. */
const LOSES: { readonly [kind: string]: string } = {
  crash: 'nodes',
  pause: 'nodes',
  restart: 'nodes',
  'disk-full': 'nodes',
  'one-way': 'nodes',
  flapping: 'nodes',
  partition: 'isolate',
};

function lostTo(fault: FaultFact, entry: Plain | undefined): readonly string[] {
  const param = LOSES[fault.kind];
  const given = (entry as Written | undefined)?.[fault.kind] as Written | undefined;
  return param === undefined ? [] : ((given?.[param] ?? []) as readonly string[]);
}

/** The most members that were lost at once, by the windows of the strikes. */
function mostLost(result: Result): number {
  const { strikes } = onlyNemesis(result);
  const spans = result.facts.faults.map((fault, i) => ({
    fromUs: fault.injectedAtUs ?? Infinity,
    untilUs: fault.healedAtUs ?? Infinity,
    nodes: lostTo(fault, strikes[i]),
  }));
  const most = spans.map(({ fromUs }) => {
    const held = spans.filter((span) => span.fromUs <= fromUs && fromUs < span.untilUs);
    return new Set(held.flatMap(({ nodes }) => nodes)).size;
  });
  return Math.max(0, ...most);
}

describe('budget', () => {
  test('never more members lost at once than leave a quorum, and as many at times', () => {
    const most = seeds(times(8, 60)).map((seed) => {
      const result = under(FAST, seed);
      expect([seed, onlyNemesis(result).beyond]).toEqual([seed, []]);
      return mostLost(result);
    });
    expect(Math.max(...most)).toBe(2);
  });

  test('what it says is what it is: one, none, or all', () => {
    const kinds = ['crash', 'pause', 'partition', 'hunt'];
    for (const [down, most] of [
      [1, 1],
      ['none', 0],
      ['all', 5],
    ] as const) {
      const found = seeds(times(3, 24)).map((seed) => {
        return mostLost(under({ ...FAST, kinds, budget: { down } }, seed));
      });
      expect([down, Math.max(...found)]).toEqual([down, most]);
    }
  });

  test('a group is torn in one way at a time', () => {
    const kinds = ['bridge', 'majorities-ring'];
    const torn = seeds(6).map((seed) => {
      const { facts } = under({ ...FAST, kinds }, seed);
      const spans = facts.faults.map(({ injectedAtUs, healedAtUs }) => {
        return { fromUs: injectedAtUs ?? Infinity, untilUs: healedAtUs ?? Infinity };
      });
      const together = spans.map(({ fromUs }) => {
        return spans.filter((span) => span.fromUs <= fromUs && fromUs < span.untilUs).length;
      });
      expect([seed, spans.length > 3]).toEqual([seed, true]);
      return Math.max(...together);
    });
    expect(torn).toEqual([1, 1, 1, 1, 1, 1]);
    const beyond = onlyNemesis(under({ ...FAST, kinds, beyond: true }, '1')).beyond;
    expect(beyond.join()).toContain('kv is torn in two ways at once');
  });

  test('disks that were lost count forever', () => {
    for (const copies of [1, 2]) {
      const lost = seeds(5).map((seed) => {
        const result = under({ ...FAST, kinds: ['amnesia'], budget: { copies } }, seed);
        const nodes = result.facts.faults.flatMap(({ detail }) => detail['nodes'] as string[]);
        expect(onlyNemesis(result).beyond).toEqual([]);
        return new Set(nodes).size;
      });
      expect(Math.max(...lost)).toBe(copies);
    }
  });

  test('beyond the budget only when asked, and then it reports from when on', () => {
    const nemesis = { ...FAST, kinds: ['amnesia', 'crash'], beyond: true };
    const beyond = onlyNemesis(under(nemesis, '3')).beyond;
    expect(beyond[0]).toMatch(
      /^\d\.\d{3}s: \d of 5 (disks|members) of kv .*claims to survive [02]$/,
    );
    expect(beyond.some((text) => /^\S+ [345] of 5 disks of kv lost/.test(text))).toBe(true);
  });

  test('a violation beyond the budget is called that', () => {
    const nemesis = { ...FAST, kinds: ['amnesia'], beyond: true };
    const found = seeds(12).flatMap((seed) => {
      const scenario = { ...scenarioOf([{ nemesis }], seed), expect: LINEARIZABLE };
      const { judged } = simulate(scenario);
      return judged.filter(({ state }) => state === 'violated').map(({ because }) => because);
    });
    expect(found.length).toBeGreaterThan(0);
    for (const because of found)
      expect(because).toMatch(/ \(beyond the budget since \d\.\d{3}s\)$/);
  });

  test('clocks stay within the bound, however often they leap', () => {
    for (const seed of seeds(8)) {
      const kinds = ['clock-jump', 'clock-offset', 'clock-drift', 'ntp-step'];
      const result = under({ ...FAST, kinds, budget: { clock: '40ms' } }, seed);
      const byNode = new Map<string, number>();
      for (const { kind, detail } of result.facts.faults) {
        if (kind !== 'clock-jump') continue;
        const [node = ''] = detail['nodes'] as string[];
        byNode.set(node, (byNode.get(node) ?? 0) + Math.abs(detail['byMs'] as number));
      }
      for (const ms of byNode.values()) expect(ms).toBeLessThanOrEqual(40);
      expect(onlyNemesis(result).beyond).toEqual([]);
    }
  });
});

describe('what others did counts too', () => {
  const nemesis = { ...FAST, kinds: ['partition', 'crash', 'pause'], budget: { down: 1 } };
  const isolate = { at: '0s', partition: { isolate: 'kv-1' } };

  test.each<[string, readonly Plain[]]>([
    ['a partition', [isolate]],
    ['cuts of links', [{ at: '0s', 'one-way': { nodes: 'kv-1' } }]],
    ['links that lose all', [{ at: '0s', loss: { ratio: '100%', nodes: 'kv-1' } }]],
    [
      'links that flap, up or down',
      [{ at: '0s', flapping: { nodes: 'kv-1', up: '400ms', down: '1ms', shortest: '1ms' } }],
    ],
    [
      'a node that dies again and again',
      [{ at: '0s', 'restart-loop': { nodes: 'kv-1', up: '400ms', down: '1ms' } }],
    ],
  ])('%s has cost the one member that may be lost', (_, before) => {
    const { facts } = simulate(scenarioOf([...before, { at: '10ms', nemesis }], '1'));
    const [fact] = facts.nemeses;
    expect(fact).toMatchObject({ strikes: [], beyond: [] });
    expect(fact?.withheld).toBeGreaterThan(5);
  });

  test('a member beside the one that is cut off may be lost if two may', () => {
    const two = { ...nemesis, budget: { down: 2 } };
    const { facts } = simulate(scenarioOf([isolate, { at: '10ms', nemesis: two }], '1'));
    const strikes = facts.nemeses[0]?.strikes ?? [];
    expect(strikes.length).toBeGreaterThan(5);
    expect(JSON.stringify(strikes)).not.toMatch(/"(nodes|isolate)":\["kv-1"\]/);
  });

  test('a ring goes with no member that an entry has cut off', () => {
    const ring = { ...FAST, kinds: ['bridge', 'majorities-ring'], budget: { down: 2 } };
    const { facts } = simulate(scenarioOf([isolate, { at: '10ms', nemesis: ring }], '1'));
    expect(facts.nemeses[0]?.strikes).toEqual([]);
  });

  test('two nemeses have one budget: never two members lost at once where one may be', () => {
    const kinds = ['partition', 'crash', 'pause', 'one-way', 'flapping'];
    const each = { ...FAST, kinds, budget: { down: 1 } };
    for (const seed of seeds(4)) {
      const entries = [
        { name: 'a', nemesis: each },
        { name: 'b', nemesis: each },
      ];
      const { facts } = simulate(scenarioOf(entries, seed));
      const written = facts.nemeses.flatMap(({ strikes }) => strikes);
      const spans = facts.faults.map((fault, i) => ({
        name: fault.name,
        fromUs: fault.injectedAtUs ?? Infinity,
        untilUs: fault.healedAtUs ?? Infinity,
        nodes: lostTo(fault, written[i]),
      }));
      expect(new Set(spans.map(({ name }) => name))).toEqual(new Set(['a', 'b']));
      for (const { fromUs } of spans) {
        const held = spans.filter((span) => span.fromUs <= fromUs && fromUs < span.untilUs);
        expect(new Set(held.flatMap(({ nodes }) => nodes)).size).toBeLessThanOrEqual(1);
      }
    }
  });

  test('a clock that an entry has set off, or that is wrong of its own', () => {
    const kinds = ['clock-offset', 'clock-jump'];
    const clocks = { ...FAST, kinds, budget: { clock: '100ms' } };
    const off = { at: '0s', 'clock-offset': { nodes: 'all', by: '-90ms' } };
    const { facts } = simulate(scenarioOf([off, { at: '10ms', nemesis: clocks }], '2'));
    const strikes = facts.faults.filter(({ name }) => name !== 'clock-offset');
    expect(strikes.length).toBeGreaterThan(0);
    for (const { detail } of strikes) {
      expect(Math.abs(detail['byMs'] as number)).toBeLessThanOrEqual(10);
    }
  });

  test('a disk that an entry has wiped', () => {
    const wiped = { at: '0s', restart: { nodes: 'kv-1', after: '100ms', disk: 'lost' } };
    const amnesia = { ...FAST, kinds: ['amnesia', 'latency'], budget: { copies: 1 } };
    const { facts } = simulate(scenarioOf([wiped, { at: '500ms', nemesis: amnesia }], '1'));
    const kinds = new Set(
      facts.faults.slice(1).flatMap(({ kind, detail }) => {
        return kind === 'restart' ? (detail['nodes'] as string[]) : [kind];
      }),
    );
    // Only that disk may be lost once more; latency costs nothing.
    expect([...kinds].filter((kind) => !['kv-1', 'latency'].includes(kind))).toEqual([]);
    expect(kinds.has('latency')).toBe(true);
  });
});

describe('rhythm', () => {
  /** Of strikes that are one move each. */
  const single = { ...FAST, kinds: ['crash', 'pause', 'loss', 'latency'] };

  test('quiet: no strike sooner after any change', () => {
    for (const seed of seeds(8)) {
      const { faults } = under({ ...single, quiet: '150ms' }, seed).facts;
      for (const { injectedAtUs: atUs } of faults) {
        const changes = faults.flatMap(({ injectedAtUs, healedAtUs }) => [
          injectedAtUs,
          healedAtUs,
        ]);
        const before = changes.filter((us) => us !== null && us < (atUs ?? 0)) as number[];
        expect((atUs ?? 0) - Math.max(-Infinity, ...before)).toBeGreaterThanOrEqual(150_000);
      }
    }
  });

  test.each([0.3, 0.7])('calm: a share of %d of the time it holds nothing', (calm) => {
    for (const seed of seeds(8)) {
      const { faults, durationUs } = under({ ...single, calm }, seed).facts;
      let heldUs = 0;
      let untilUs = 0;
      for (const { injectedAtUs, healedAtUs } of faults) {
        const fromUs = Math.max(untilUs, injectedAtUs ?? 0);
        untilUs = Math.max(untilUs, healedAtUs ?? durationUs);
        heldUs += Math.max(0, untilUs - fromUs);
      }
      expect(faults.length).toBeGreaterThan(2);
      expect(1 - heldUs / untilUs).toBeGreaterThanOrEqual(calm - 1e-9);
    }
  });

  test('at and until bound when it strikes; at the end of chaos all is healed', () => {
    const entry = { at: '2s', until: '5s', nemesis: { ...single, lasts: '4s' } };
    const result = simulate(scenarioOf([entry], '1'));
    const { faults, durationUs } = result.facts;
    for (const { injectedAtUs, healedAtUs } of faults) {
      expect(injectedAtUs).toBeGreaterThanOrEqual(2_000_000);
      expect(injectedAtUs).toBeLessThan(5_000_000);
      expect(healedAtUs).toBeLessThanOrEqual(durationUs);
    }
    expect(faults.some(({ healedAtUs }) => healedAtUs === durationUs)).toBe(true);
  });

  test('how often and how long are near the means', () => {
    const nemesis = { ...single, kinds: ['loss'], between: '100ms', lasts: '200ms', quiet: '0s' };
    const { faults } = under(nemesis, '1', '60s').facts;
    const lasted = faults.map((f) => (f.healedAtUs ?? 0) - (f.injectedAtUs ?? 0));
    const mean = lasted.reduce((sum, us) => sum + us, 0) / lasted.length;
    // Of 600 gaps with deviation 100 ms; durations are cut off at 20 ms and four times the mean.
    expect(Math.abs(faults.length - 600)).toBeLessThan(4 * Math.sqrt(600));
    expect(Math.abs(mean - 198_000)).toBeLessThan((4 * 190_000) / Math.sqrt(faults.length));
  });
});

test('swarm: each seed draws about half of the kinds, and its own rates', () => {
  const drawn = seeds(60).map((seed) => onlyNemesis(under({ swarm: true }, seed, '100ms')));
  const all = onlyNemesis(under({ swarm: false }, '1', '100ms'));
  for (const kind of all.kinds) {
    const share = drawn.filter(({ kinds }) => kinds.includes(kind)).length / drawn.length;
    // Four deviations of 60 throws of a coin.
    expect(Math.abs(share - 0.5)).toBeLessThan(0.26);
  }
  expect(new Set(drawn.map(({ kinds }) => kinds.join())).size).toBe(60);
  expect(new Set(drawn.map(({ betweenUs }) => betweenUs))).toEqual(new Set([5e5, 1e6, 2e6]));
  expect(new Set(drawn.map(({ lastsUs }) => lastsUs))).toEqual(new Set([5e5, 1e6, 2e6]));
  expect(all.kinds.length).toBeGreaterThan(28);
});

test('the strikes written down as entries make the same run', () => {
  for (const seed of seeds(times(4, 40))) {
    const drawn = under(FAST, seed);
    const { strikes } = onlyNemesis(drawn);
    expect(strikes.length).toBeGreaterThan(8);
    const written = simulate(scenarioOf(strikes, seed));
    const unrolled = simulate(unroll(drawn.scenario, drawn.struck));
    expect([seed, unrolled.digests.order]).toEqual([seed, written.digests.order]);
    // To whoever judges it is the nemesis still.
    expect(unrolled.facts.faults).toEqual(drawn.facts.faults);
    expect([seed, written.digests.messages]).toEqual([seed, drawn.digests.messages]);
    expect([seed, written.digests.history]).toEqual([seed, drawn.digests.history]);
    expect(written.facts.faults.map(({ label }) => label)).toEqual(
      drawn.facts.faults.map(({ label }) => label),
    );
  }
});

test('`of` bounds the nodes that it hurts, not those that they are cut off from', () => {
  const nemesis = { ...FAST, kinds: ['partition', 'one-way', 'crash', 'latency'] };
  const { facts } = simulate(scenarioOf([{ of: ['kv-1', 'kv-4'], nemesis }], '1'));
  const cuts = facts.faults.filter(({ kind }) => kind === 'partition').map(({ label }) => label);
  expect(cuts).toContain('kv-1 | kv-2 kv-3 kv-4 kv-5');
  const hurt = facts.nemeses.flatMap(({ strikes }) =>
    strikes
      .flatMap((entry) => Object.values(entry as Written))
      .flatMap((given) => {
        const { nodes, isolate } = given as { nodes?: string[]; isolate?: string[] };
        return nodes ?? isolate ?? [];
      }),
  );
  expect(new Set(hurt)).toEqual(new Set(['kv-1', 'kv-4']));
});

test('loads that ask others are bystanders', () => {
  const text = JSON.stringify({
    seed: '1',
    duration: '4s',
    nodes: { kv: { kind: 'raft', count: 3 }, by: { kind: 'raft', count: 3 } },
    clients: {
      load: { workload: 'register', target: 'kv', rate: '60/s' },
      aside: { workload: 'register', target: 'by', rate: '60/s' },
    },
    faults: [{ of: 'by', nemesis: { ...FAST, kinds: ['load-spike', 'hot-key'] } }],
  });
  const { scenario } = parseFiles({ 'a.yaml': text }, { catalogue });
  if (scenario === null) throw new Error('it does not load');
  const { facts } = simulate(scenario);
  expect(facts.faults.length).toBeGreaterThan(3);
  for (const { detail } of facts.faults) expect(detail['loads']).toEqual(['aside']);
});

test('one seed, one schedule; another seed, another', () => {
  const schedule = (seed: string) => JSON.stringify(onlyNemesis(under({}, seed)).strikes);
  expect(schedule('1')).toBe(schedule('1'));
  expect(schedule('2')).not.toBe(schedule('1'));
});

test('a nemesis whose first strike would come after the end had no time to strike', () => {
  const late = under({ ...FAST, between: '1h' }, '1');
  expect(late.facts.faults[0]?.missed).toBe('had no time to strike');
});

test('a nemesis that may do nothing here is another run of nobody', () => {
  const quiet = under({ ...FAST, kinds: ['crash'], budget: { down: 'none' } }, '1');
  const plain = simulate(scenarioOf([], '1'));
  expect(quiet.digests.messages).toBe(plain.digests.messages);
  expect(quiet.facts.faults).toHaveLength(1);
  expect(quiet.facts.faults[0]?.missed).toMatch(/^struck nobody: its budget forbade all of \d+/);
});

describe('repertoire', () => {
  const everything = { ...FAST, budget: { copies: 2 } };
  const struck = seeds(25).flatMap((seed) => onlyNemesis(under(everything, seed, '5s')).strikes);

  test('every kind of fault that a move names exists, and is struck with', () => {
    const named = new Set([...moves.values()].flatMap(({ faults }) => faults));
    const kinds = new Set(
      struck.flatMap((entry) => Object.keys(entry as Written).filter((key) => allFaults.has(key))),
    );
    expect([...kinds].sort()).toEqual([...named].sort());
    for (const kind of named) expect([...listed.keys()]).toContain(kind);
  });

  test('what is written down of a strike are parameters of its fault, and make sense', () => {
    const few: Written[] = [];
    const counts = new Map<string, number>();
    for (const entry of struck as readonly Written[]) {
      const kind = Object.keys(entry).find((key) => allFaults.has(key)) ?? '';
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      if (count <= times(8, 100)) few.push(entry);
      const fault = allFaults.get(kind);
      const given = entry[kind] as Written;
      expect(Object.keys(fault?.params ?? {})).toEqual(expect.arrayContaining(Object.keys(given)));
    }
    // All of them load, which also asks each fault whether its parameters make sense together.
    const names = few.map((entry, i) => ({ ...entry, name: `strike-${i}` }));
    expect(scenarioOf(names, '1').faults).toHaveLength(few.length);
  });

  test('a move bears the name of its fault, or of none', () => {
    for (const { name, faults } of moves.values()) {
      if (listed.has(name)) expect(faults[0]).toBe(name);
    }
  });

  test('the faults of the tests are all there are', () => {
    expect([...allFaults.keys()]).toEqual([...listed.keys()]);
  });
});
