// When a fault strikes: once, every so often, when something comes true; and what ends it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fault, Levers } from '../../src/sim/fault.ts';
import { Injection, type Trigger } from '../../src/sim/kernel/injection.ts';
import type { InjectionSpec } from '../../src/sim/kernel/injection-spec.ts';
import type { World } from '../../src/sim/kernel/world.ts';
import { lines, worldOf } from '../support/stage.ts';

/** Crashes `b`, unless `finds` says that nobody is there. */
function crashing(finds: (levers: Levers) => boolean = () => true, lastsMs?: number): Fault {
  return {
    name: 'crashing',
    summary: '',
    family: 'process',
    params: {},
    shorthand: null,
    inject(levers) {
      if (!finds(levers)) return null;
      levers.crash('b');
      return { label: 'b', sides: [], detail: {}, ...(lastsMs === undefined ? {} : { lastsMs }) };
    },
  };
}

function world(seed = '1'): World {
  return worldOf({ a: () => ({}), b: () => ({}) }, { seed });
}

function inject(
  on: World,
  given: Partial<InjectionSpec>,
  trigger: Trigger | null = null,
  chaosUs?: number,
): Injection {
  const spec = {
    name: 'storm',
    fault: crashing(),
    params: {},
    of: ['a', 'b'],
    atUs: 0,
    forUs: null,
  };
  return new Injection(on, { ...spec, ...given }, trigger, chaosUs);
}

function every(minMs: number, maxMs = minMs, waitsFirst = false) {
  return { minUs: minMs * 1000, maxUs: maxMs * 1000, waitsFirst };
}

function strikesMs({ strikes }: Injection): (readonly [number, number | null])[] {
  return strikes.map(({ injectedAtUs, healedAtUs }) => [
    (injectedAtUs ?? 0) / 1000,
    healedAtUs === null ? null : healedAtUs / 1000,
  ]);
}

test('every: from the first strike on, each for its time, until until', () => {
  const on = world();
  const storm = inject(on, {
    atUs: 100_000,
    forUs: 20_000,
    repeat: every(100),
    untilUs: 400_000,
  });
  on.run(1_000_000);
  expect(strikesMs(storm)).toEqual([
    [100, 120],
    [200, 220],
    [300, 320],
  ]);
  expect(storm.strikes.map(({ number }) => number)).toEqual([1, 2, 3]);
  expect(storm.missed).toBeNull();
  expect(lines(on, ({ type }) => type === 'crash')).toHaveLength(3);
  expect(on.hosts[1]?.node).not.toBeNull();
});

test('without at the first strike comes after one wait', () => {
  const on = world();
  const storm = inject(on, { forUs: 20_000, repeat: every(100, 100, true) });
  on.run(250_000);
  expect(strikesMs(storm)).toEqual([
    [100, 120],
    [200, 220],
  ]);
});

test('a range is drawn again each time, from the stream of the fault alone', () => {
  const gaps = (seed: string, others: number) => {
    const on = world(seed);
    for (let i = 0; i < others; i++) inject(on, { name: `other-${i}`, repeat: every(3, 9) });
    const storm = inject(on, { forUs: 1_000, repeat: every(10, 50) });
    on.run(10_000_000);
    const at = strikesMs(storm).map(([atMs]) => atMs);
    return at.slice(1).map((atMs, i) => atMs - (at[i] ?? 0));
  };
  const drawn = gaps('1', 0);
  expect(drawn.length).toBeGreaterThan(200);
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...drawn)).toBeLessThanOrEqual(50);
  const mean = drawn.reduce((sum, gap) => sum + gap, 0) / drawn.length;
  // The mean of n draws from 10..50 has a deviation of 11.5 / sqrt(n).
  expect(Math.abs(mean - 30)).toBeLessThan((4 * 11.55) / Math.sqrt(drawn.length));
  expect(gaps('1', 2)).toEqual(drawn);
  expect(gaps('2', 0)).not.toEqual(drawn);
});

test('a late strike keeps the next one waiting until it has healed', () => {
  const on = world();
  // Nobody is there until 180 ms.
  const fault = crashing(() => on.now >= 180_000);
  const storm = inject(on, { fault, atUs: 100_000, forUs: 90_000, repeat: every(100) });
  on.run(400_000);
  expect(strikesMs(storm)).toEqual([
    [180, 270],
    [280, 370],
    [380, null],
  ]);
});

test('who finds nobody by the time of the next strike is tried again then', () => {
  const on = world();
  let tries = 0;
  const fault = crashing(() => {
    tries++;
    return on.now >= 235_000;
  });
  const storm = inject(on, { fault, forUs: 1_000, repeat: every(100) });
  on.run(245_000);
  expect(strikesMs(storm)).toEqual([[240, 241]]);
  expect(tries).toBe(25);
});

test('never struck says why: no target, or no time', () => {
  const on = world();
  const lost = inject(on, {
    fault: crashing(() => false),
    repeat: every(1000),
    untilUs: 3_000_000,
  });
  const late = inject(on, { repeat: every(900, 900, true), untilUs: 800_000 });
  const cut = inject(on, { fault: crashing(() => false), atUs: 4_000_000 });
  on.run(4_500_000);
  for (const each of [lost, late, cut]) each.endChaos();
  expect(lost.missed).toBe('found no target within 1s');
  expect(late.missed).toBe('had no time to strike');
  expect(cut.missed).toBe('found no target before chaos ended');
  expect(
    lines(on, ({ type }) => type === 'fault').filter((l) => l.includes('not-felt')),
  ).toHaveLength(3);
});

test('the end of chaos heals what was to last for a time, and stops the rest', () => {
  const on = world();
  const timed = inject(on, { name: 'timed', forUs: 50_000, repeat: every(60) });
  const lasting = inject(on, { name: 'lasting', atUs: 5_000, repeat: every(70) });
  on.run(100_000);
  timed.endChaos();
  lasting.endChaos();
  on.run(1_000_000);
  expect(strikesMs(timed)).toEqual([
    [0, 50],
    [60, 100],
  ]);
  expect(strikesMs(lasting)).toEqual([
    [5, null],
    [75, null],
  ]);
});

test('a fault that is over by itself counts as one that lasts for a time', () => {
  const on = world();
  const storm = inject(on, { fault: crashing(undefined, 7), repeat: every(50) });
  on.run(60_000);
  expect(strikesMs(storm)).toEqual([
    [0, 7],
    [50, 57],
  ]);
});

test('what is to be prepared is, before any node boots', () => {
  const on = world();
  const seen: (number | boolean)[] = [];
  const fault: Fault = {
    ...crashing(),
    prepare: (levers) =>
      void seen.push(
        on.now,
        levers.of.some(({ up }) => up),
      ),
  };
  inject(on, { fault, atUs: 10_000, forUs: 1_000, repeat: every(20) });
  on.run(100_000);
  expect(seen).toEqual([0, false]);
});

/** True when the function of the time says so; looked at after each event. */
function trigger(on: World, holds: () => boolean, momentsUs: readonly number[] = []): Trigger {
  return { text: 'it', momentsUs, holds: () => holds(), explain: () => `at ${on.now}` };
}

/** A world whose node `a` has an event each ms. */
function busyWorld(): World {
  const a = () => ({
    start: (ctx: { setTimer(tag: string, ms: number): void }) => ctx.setTimer('tick', 1),
    timeout: (ctx: { setTimer(tag: string, ms: number): void }) => ctx.setTimer('tick', 1),
  });
  return worldOf({ a, b: () => ({}) });
}

/** In ms, ends excluded. */
function within(on: World, ...spans: readonly (readonly [number, number])[]): () => boolean {
  return () => spans.some(([from, to]) => on.now >= from * 1000 && on.now < to * 1000);
}

test('a condition strikes at the event that makes it true, once', () => {
  const on = busyWorld();
  const storm = inject(on, { forUs: 5_000 }, trigger(on, within(on, [20, 30], [40, 50])));
  on.run(100_000);
  expect(strikesMs(storm)).toEqual([[20, 25]]);
});

test('at arms it: what holds then counts as coming true, what was over before does not', () => {
  const on = busyWorld();
  const held = inject(
    on,
    { name: 'h', atUs: 25_000, forUs: 1_000 },
    trigger(on, within(on, [20, 30])),
  );
  const over = inject(on, { name: 'o', atUs: 35_000 }, trigger(on, within(on, [20, 30])));
  on.run(100_000);
  over.endChaos();
  expect(strikesMs(held)).toEqual([[25, 26]]);
  expect(over.missed).toBe('waited for it, which never came true: at 100000');
});

test('every arms it again, for when it has been false and comes true again', () => {
  const on = busyWorld();
  const holds = within(on, [10, 12], [14, 16], [30, 60], [80, 81]);
  const storm = inject(on, { forUs: 1_000, repeat: every(10) }, trigger(on, holds));
  on.run(100_000);
  // Not at 14, when it is not yet armed again; not at 40, since it has held ever since.
  expect(strikesMs(storm).map(([atMs]) => atMs)).toEqual([10, 30, 80]);
});

test('until disarms it', () => {
  const on = busyWorld();
  const storm = inject(on, { untilUs: 20_000 }, trigger(on, within(on, [20, 30])));
  const armedLate = inject(
    on,
    { atUs: 20_000, untilUs: 20_000 },
    trigger(on, () => true),
  );
  on.run(100_000);
  expect([strikesMs(storm), strikesMs(armedLate)]).toEqual([[], []]);
});

test('it is looked at at its moments though nothing happens', () => {
  const on = world();
  const storm = inject(
    on,
    {},
    trigger(on, () => on.now === 33_333, [33_333]),
  );
  on.run(100_000);
  expect(strikesMs(storm)).toEqual([[33.333, null]]);
});

test('who looks for a target looks no longer than until', () => {
  const on = world();
  const fault = crashing(() => on.now >= 150_000);
  const storm = inject(on, { fault, atUs: 100_000, repeat: every(1000), untilUs: 130_000 });
  on.run(400_000);
  expect(strikesMs(storm)).toEqual([]);
  expect(storm.missed).toBe('found no target before its `until`');
});

test('no strike begins as chaos ends, by the clock or by a condition', () => {
  const on = world();
  const byClock = inject(on, { forUs: 1_000, repeat: every(100) }, null, 300_000);
  const byState = inject(
    on,
    {},
    trigger(on, () => on.now >= 300_000, [300_000]),
    300_000,
  );
  on.run(300_000);
  expect(strikesMs(byClock)).toEqual([
    [0, 1],
    [100, 101],
    [200, 201],
  ]);
  expect(strikesMs(byState)).toEqual([]);
  expect(byState.missed).toBe('had no time to strike');
});

test('a strike that is over by itself keeps the next one waiting, too', () => {
  const on = world();
  const storm = inject(on, { fault: crashing(() => true, 250), repeat: every(100) });
  on.run(700_000);
  expect(strikesMs(storm)).toEqual([
    [0, 250],
    [260, 510],
    [520, null],
  ]);
});

test('what was seen before a condition is armed says nothing of it', () => {
  const on = busyWorld();
  let forgotten = 0;
  const watched = { ...trigger(on, () => false), forget: () => void forgotten++ };
  inject(on, { atUs: 20_000 }, watched);
  on.run(10_000);
  expect(forgotten).toBe(0);
  on.run(100_000);
  expect(forgotten).toBe(1);
});

test('strikes of one entry never overlap, whatever the times and whenever targets turn up', () => {
  const ms = (min: number, max: number) => fc.integer({ min, max });
  fc.assert(
    fc.property(ms(1, 50), ms(1, 80), ms(0, 40), ms(1, 9), (forMs, more, spread, luck) => {
      const on = world(`${forMs}/${more}`);
      const fault = crashing((levers) => levers.random.int(1, 10) >= luck);
      const minMs = forMs + more;
      const repeat = every(minMs, minMs + spread);
      const storm = inject(on, { fault, forUs: forMs * 1000, repeat });
      on.run(2_000_000);
      const spans = strikesMs(storm);
      expect(spans.length).toBeGreaterThan(1);
      spans.slice(1).forEach(([from], i) => {
        const [before, until] = spans[i] ?? [0, 0];
        expect(from).toBeGreaterThan(until ?? Infinity);
        expect(from - before).toBeGreaterThanOrEqual(Math.min(minMs, forMs + 10));
      });
    }),
    { seed: 11, numRuns: 60 },
  );
});

test('a strike comes before all else of its time, whenever it is planned', () => {
  // Both crash `b` at 300 ms, when a timer of `b` set at 0 ms and a message of `a` are due, too.
  const told = (given: Partial<InjectionSpec>) => {
    const got: string[] = [];
    const on = worldOf({
      a: () => ({
        start: (ctx) => ctx.setTimer('send', 299),
        timeout: (ctx) => ctx.send('b', { type: 'm' }),
      }),
      b: () => ({
        start: (ctx) => ctx.setTimer('tick', 300),
        timeout: () => void got.push('timer'),
        receive: () => void got.push('message'),
      }),
    });
    const storm = inject(on, { ...given, untilUs: 301_000 });
    on.run(1_000_000);
    return { got, at: strikesMs(storm).map(([fromMs]) => fromMs) };
  };
  expect(told({ atUs: 300_000 })).toEqual({ got: [], at: [300] });
  expect(told({ atUs: 0, repeat: every(300, 300, true) })).toEqual({ got: [], at: [300] });
});

test('what opens a time is one event of it, in the order planned, and never in the past', () => {
  const on = worldOf({ a: () => ({ start: (ctx) => ctx.setTimer('t', 5) }) }, { keepRows: true });
  const did: string[] = [];
  on.at(5000, () => void did.push('planned at 0'));
  on.at(1000, () => {
    on.atOpening(7000, () => void did.push('7 ms'));
    on.atOpening(5000, () => {
      did.push(`opens ${on.now}`);
      on.atOpening(5000, () => void did.push('of the present, last'));
    });
    on.atOpening(5000, () => void did.push('second'));
  });
  on.run(4999);
  expect(did).toEqual([]);
  on.run(6000);
  expect(did).toEqual(['opens 5000', 'second', 'planned at 0', 'of the present, last']);
  expect([on.now, on.events]).toEqual([6000, 7]);
  on.run(8000);
  expect(did.at(-1)).toBe('7 ms');
});
