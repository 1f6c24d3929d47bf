/** The autoscaler in its scenarios: how many members it has, and what they cost. */
import { describe, expect, test } from 'vitest';
import { expectCaught } from '../../../../test/support/bug-cases.ts';
import { runLaidOver } from '../../../../test/support/laid-over.ts';
import { defaultsOf } from '../../../sim/params.ts';
import system from './index.ts';

const file = 'src/nodes/traffic/autoscaler/example.yaml';

async function measured(expectation: string, sets: readonly string[] = []): Promise<string> {
  const { judged } = await runLaidOver({ file, sets: [`expect=["${expectation}"]`, ...sets] });
  return judged[0]?.measured ?? '';
}

/** Metrics, each with a target, and how many requests a server handles at once. */
const METRICS = [
  ['cpu', '0.16', '4'],
  ['queue', '0.9', '4'],
  ['latency', '18', '1'],
] as const;

function setsOf(metric: string, target: string, concurrency: string): string[] {
  return [
    `nodes.scaler.metric=${metric}`,
    `nodes.scaler.target=${target}`,
    `nodes.web.concurrency=${concurrency}`,
  ];
}

describe('the example', () => {
  test('requests go to members that are ready, and to no other', async () => {
    // The sixth member is asked for in the rush, and is ready three seconds later.
    expect(await measured('served(web-6) <= 0 before rush')).toBe('0');
    expect(Number(await measured('served(web-6) >= 1 during rush'))).toBeGreaterThan(100);
  });

  test('members that stop finish what they have', async () => {
    expect(await measured('errors <= 0')).toBe('0');
  });

  test('by requests under way it scales too', async () => {
    const sets = ['nodes.scaler.metric=in-flight', 'nodes.scaler.target=0.4'];
    expect(Number(await measured('max members(scaler) >= 5', sets))).toBeGreaterThanOrEqual(5);
  });

  test.each(METRICS)('by %s it scales too', async (metric, target, concurrency) => {
    const { judged } = await runLaidOver({
      file,
      sets: [
        ...setsOf(metric, target, concurrency),
        'expect=["max members(scaler) >= 5", "max members(scaler) <= 3 before rush"]',
      ],
    });
    expect(judged.map(({ state }) => state)).toEqual(['held', 'held']);
  });

  /** All members hang from 25 s on, in the rush: what nobody says is no reason to stop any. */
  test.each(METRICS)(
    'by %s it stops no member while none gives an answer',
    async (metric, target, concurrency) => {
      const { judged } = await runLaidOver({
        file,
        sets: [
          ...setsOf(metric, target, concurrency),
          'clients.load.timeout=60s',
          'duration=35s',
          'faults=[{ at: 15s, for: 20s, load-spike: 3 }, { at: 25s, for: 10s, pause: web }]',
          'expect=["max members(scaler) >= 5 before pause", "min members(scaler) >= 5 during pause"]',
        ],
      });
      expect(judged.map(({ state }) => state)).toEqual(['held', 'held']);
    },
  );

  test('with a metric that is older than a start takes, it starts members twice', async () => {
    const most = async (lag: string) =>
      Number(await measured('max members(scaler) <= 7', [`nodes.scaler.lag=${lag}`]));
    expect([await most('0s'), await most('5s')]).toEqual([6, 10]);
  });

  test('its decisions are judged: overshoot, seconds short of members, settling', async () => {
    const of = async (startUp: string, more: readonly string[] = []) => {
      const { judged } = await runLaidOver({
        file,
        sets: [
          `nodes.scaler.start-up=${startUp}`,
          'expect=["max overshoot(scaler) <= 0 during rush", "short-seconds(scaler) <= 0", "max settling(scaler) <= 0ms"]',
          ...more,
        ],
      });
      return judged.map(({ measured }) => Number.parseFloat(measured ?? ''));
    };
    const [, shortOfQuick, settlingOfQuick] = await of('0s');
    const [, shortOfSlow, settlingOfSlow] = await of('6s');
    // Members that take six seconds longer: at least two periods more with too few of them.
    expect(shortOfSlow).toBeGreaterThanOrEqual((shortOfQuick ?? 0) + 4);
    expect(settlingOfSlow).toBeGreaterThanOrEqual((settlingOfQuick ?? 0) + 6);
    const [overshoot] = await of('10s');
    const [naive] = await of('10s', ['nodes.scaler.bug=naive-count']);
    expect(naive).toBeGreaterThan((overshoot ?? 0) + 1);
  });

  test('without stabilization a load that comes and goes makes it flap', async () => {
    const square = [
      'clients.load.shape={ burst: { every: 10s, for: 5s, to: 240/s } }',
      'faults=[]',
      'nodes.scaler.start-up=500ms',
    ];
    const reversals = async (ms: string) =>
      Number(await measured('reversals(scaler) <= 0', [...square, `nodes.scaler.stabilize=${ms}`]));
    expect(await reversals('0s')).toBeGreaterThanOrEqual(8);
    expect(await reversals('30s')).toBeLessThanOrEqual(2);
  });
});

test('fewer members than its least are refused', () => {
  const refusal = (given: object) =>
    system.refuse?.(defaultsOf(system.params, { of: ['a', 'b'], ...given } as never), 1, {});
  expect(refusal({ min: 2 })).toBeNull();
  expect(refusal({ min: 3 })).toContain('than there are members');
});

test('naive-count', { timeout: 60_000 }, async () => {
  await expectCaught('naive-count', {
    file,
    node: 'scaler',
    sets: ['nodes.scaler.start-up=10s', 'expect=[max members(scaler) <= 7]'],
    caughtBy: system.bugs['naive-count']?.caughtBy ?? '',
  });
});
