// What links do besides being late: statistics of each mechanism with tolerances derived from the
// sample, bandwidth and connections exactly, damage, resets, scripts, and draws that nothing shifts.
import { describe, expect, test } from 'vitest';
import { constant } from '../../src/sim/distribution.ts';
import type { LinkChange, MessageScript } from '../../src/sim/fault.ts';
import { damaged } from '../../src/sim/kernel/corruption.ts';
import { Bursts, Chance, FULL, Pipe, sizeOf } from '../../src/sim/kernel/link-effects.ts';
import type { LinkSpec } from '../../src/sim/kernel/network.ts';
import { newTally, type Tally } from '../../src/sim/kernel/network.ts';
import { Streams } from '../../src/sim/kernel/random.ts';
import type { World } from '../../src/sim/kernel/world.ts';
import type { LossBursts } from '../../src/sim/link.ts';
import type { Message } from '../../src/sim/node.ts';
import { type Body, fastLink, lines, type WorldOfOptions, worldOf } from '../support/stage.ts';

interface Tick extends Message {
  readonly type: 'tick';
  readonly n: number;
}

/** What arrived, and when in µs. */
interface Got {
  readonly n: number;
  readonly atUs: number;
}

/** `a` sends a tick to `b` every `everyMs`, the first at `everyMs`; `b` writes down what comes. */
function ticking(count: number, options: WorldOfOptions = {}, everyMs = 1) {
  const got: Got[] = [];
  let n = 0;
  const makers: { [id: string]: () => Body } = {
    a: () => ({
      start: (ctx) => ctx.setTimer('tick', everyMs),
      timeout(ctx) {
        ctx.send('b', { type: 'tick', n: n++ } as Tick);
        if (n < count) ctx.setTimer('tick', everyMs);
      },
    }),
    b: () => ({
      receive(ctx, _from, message) {
        got.push({ n: (message as Tick).n, atUs: Math.round(ctx.now() * 1000) });
      },
    }),
  };
  const world = worldOf(makers, options);
  return { world, got, run: () => world.run((count * everyMs + 60_000) * 1000) };
}

function shaped(count: number, change: LinkChange, link: LinkSpec = fastLink) {
  const { world, got, run } = ticking(count, { link });
  const tally = newTally();
  world.network.shape(0, 1, change, 'x', tally);
  run();
  return { got, tally };
}

/** Five standard deviations of a count of n independent trials of chance p. */
const five = (n: number, p: number) => 5 * Math.sqrt(n * p * (1 - p));

const N = 40_000;

describe('statistics', () => {
  test.each([0.001, 0.05, 0.5])('a chance of %s hits as often, and as far apart', (p) => {
    const chance = new Chance(new Streams('7').get('chance'), p);
    let hits = 0;
    let pairs = 0;
    let before = false;
    for (let i = 0; i < N * 5; i++) {
      const hit = chance.hit();
      if (hit) hits++;
      if (hit && before) pairs++;
      before = hit;
    }
    expect(Math.abs(hits - N * 5 * p)).toBeLessThan(five(N * 5, p));
    // Hits are independent: one follows another as often as chance has it.
    expect(Math.abs(pairs - N * 5 * p * p)).toBeLessThan(five(N * 5, p * p) + 1);
  });

  test('a chance of 1 always hits', () => {
    const chance = new Chance(new Streams('7').get('chance'), 1);
    expect(Array.from({ length: 100 }, () => chance.hit())).not.toContain(false);
  });

  test('loss by a fault', () => {
    const { got, tally } = shaped(N, { loss: 0.1 });
    expect(Math.abs(N - got.length - N * 0.1)).toBeLessThan(five(N, 0.1));
    expect(tally.messagesDropped).toBe(N - got.length);
  });

  test('duplication by a fault', () => {
    const { got, tally } = shaped(N, { duplicate: 0.1 });
    expect(Math.abs(got.length - N - N * 0.1)).toBeLessThan(five(N, 0.1));
    expect(tally.messagesDuplicated).toBe(got.length - N);
    expect(new Set(got.map(({ n }) => n)).size).toBe(N);
  });

  test('jitter: mean, spread and ends of what is added', () => {
    const { got, tally } = shaped(N, { extraLatency: { kind: 'uniform', min: 0, max: 6 } });
    const added = got.map(({ n, atUs }) => atUs / 1000 - (n + 1) - 1);
    const mean = added.reduce((sum, one) => sum + one, 0) / N;
    const square = added.reduce((sum, one) => sum + (one - mean) * (one - mean), 0) / N;
    // A uniform law over 6 ms has a variance of 3 and a fourth central moment of 16.2.
    expect(Math.abs(mean - 3)).toBeLessThan(5 * Math.sqrt(3 / N));
    expect(Math.abs(square - 3)).toBeLessThan(5 * Math.sqrt((16.2 - 9) / N));
    expect(Math.min(...added)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...added)).toBeLessThanOrEqual(6);
    expect(tally.messagesDelayed).toBeGreaterThan(N * 0.999);
  });

  test('corruption: what is noticed is dropped, the rest altered', () => {
    const { got, tally } = shaped(N, { corrupt: 0.2, undetected: 0.25 });
    expect(Math.abs(tally.messagesDropped - N * 0.15)).toBeLessThan(five(N, 0.15));
    expect(Math.abs(tally.messagesCorrupted - N * 0.05)).toBeLessThan(five(N, 0.05));
    expect(got.length).toBe(N - tally.messagesDropped);
    const altered = got.filter(({ n, atUs }) => n !== atUs / 1000 - 2);
    expect(altered.length).toBe(tally.messagesCorrupted);
  });
});

describe('loss in bursts', () => {
  const byMessage = (burst: number, gap: number, inside = 1, outside = 0): LossBursts => {
    return { unit: 'message', burst, gap, inside, outside };
  };

  function losses(spec: LossBursts, count: number, everyUs = 1000): readonly boolean[] {
    const bursts = new Bursts(new Streams('11').get('bursts'), spec);
    return Array.from({ length: count }, (_, i) => bursts.loses(i * everyUs));
  }

  /** Lengths of runs of losses; the first and last are cut off. */
  function runs(lost: readonly boolean[], of: boolean): readonly number[] {
    const lengths: number[] = [];
    let length = 0;
    for (const one of lost) {
      if (one === of) length++;
      else if (length > 0) {
        lengths.push(length);
        length = 0;
      }
    }
    return lengths.slice(1);
  }

  test('the share lost is that of the bad state', () => {
    const lost = losses(byMessage(5, 45, 0.8, 0.01), N * 5).filter((one) => one).length;
    const p = 0.1 * 0.8 + 0.9 * 0.01;
    // Neighbours go together: the variance grows by about the burst's length, twice.
    expect(Math.abs(lost - N * 5 * p)).toBeLessThan(five(N * 5, p) * Math.sqrt(2 * 5));
  });

  test('runs of losses are geometric with the mean asked for, and so are the gaps', () => {
    const lost = losses(byMessage(5, 20), N * 5);
    for (const [of, mean] of [
      [true, 5],
      [false, 20],
    ] as const) {
      const lengths = runs(lost, of);
      const count = lengths.length;
      const measured = lengths.reduce((sum, one) => sum + one, 0) / count;
      expect(Math.abs(measured - mean)).toBeLessThan(5 * Math.sqrt((mean * (mean - 1)) / count));
      for (const k of [1, 2, 5, 10]) {
        const share = (1 - 1 / mean) ** k;
        const longer = lengths.filter((length) => length > k).length;
        expect(Math.abs(longer - count * share)).toBeLessThan(five(count, share));
      }
    }
  });

  test('by time, bursts last as long however many messages are sent', () => {
    const spec: LossBursts = { unit: 'ms', burst: 50, gap: 200, inside: 1, outside: 0 };
    const dense = losses(spec, N * 25, 200);
    const sparse = losses(spec, N * 5, 1000);
    const lengths = runs(dense, true);
    const mean = (lengths.reduce((sum, one) => sum + one, 0) / lengths.length) * 0.2;
    expect(Math.abs(mean - 50)).toBeLessThan((5 * 50) / Math.sqrt(lengths.length));
    // The states are the same ones, seen less often.
    expect(sparse).toEqual(dense.filter((_, i) => i % 5 === 0));
  });

  test('on a link, what bursts lose is lost and counted', () => {
    const { got, tally } = shaped(N, { lossBursts: byMessage(10, 30) });
    expect(tally.messagesDropped).toBe(N - got.length);
    expect(Math.abs(got.length / N - 0.75)).toBeLessThan(0.05);
  });
});

describe('bandwidth', () => {
  test('one message does not delay the next unless the bandwidth says so', () => {
    // Ten at one instant over 3 ms: all arrive together.
    const at: number[] = [];
    const burst = (link: LinkSpec) => {
      at.length = 0;
      const world = worldOf(
        {
          a: () => ({
            start(ctx) {
              for (let n = 0; n < 10; n++) ctx.send('b', { type: 'tick', bytes: 936 } as never);
            },
          }),
          b: () => ({ receive: (ctx) => void at.push(ctx.now()) }),
        },
        { link },
      );
      world.run(1_000_000);
      return [...at];
    };
    const free: LinkSpec = { ...fastLink, latency: constant(3) };
    expect(burst(free)).toEqual(Array(10).fill(3));
    // 1000 B at 1 MB/s are 1 ms each.
    expect(burst({ ...free, bandwidth: 1_000_000 })).toEqual([4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    // Room for 3000 B: those sent later find it full.
    expect(burst({ ...free, bandwidth: 1_000_000, queue: 3000 })).toEqual([4, 5, 6]);
  });

  test('is felt by messages that it makes later, and by no others', () => {
    const delayed = (bandwidth: number) => {
      const { world } = ticking(20);
      const tally = newTally();
      world.at(0, () => void world.network.shape(0, 1, { bandwidth }, 'f', tally));
      world.run(1_000_000);
      return tally.messagesDelayed;
    };
    expect(delayed(1e6)).toBeGreaterThanOrEqual(20);
    expect(delayed(1e12)).toBe(0);
  });

  test('throughput is exact, over many messages of odd sizes', () => {
    const pipe = new Pipe(777_777, Infinity);
    let bytes = 0;
    let outUs = 0;
    for (let i = 0; i < 100_000; i++) {
      bytes += 65 + (i % 97);
      outUs = pipe.pass(0, 65 + (i % 97));
    }
    expect(Math.abs(outUs - (bytes / 777_777) * 1e6)).toBeLessThan(1e-3);
  });

  test('an empty queue takes a message of any size, a full one none', () => {
    const pipe = new Pipe(1000, 100);
    expect(pipe.pass(0, 500)).toBe(500_000);
    expect(pipe.pass(0, 1)).toBe(FULL);
    expect(pipe.pass(450_000, 50)).toBe(550_000);
    expect(pipe.pass(450_000, 1)).toBe(FULL);
    expect(pipe.pass(450_001, 0.001)).not.toBe(FULL);
  });

  test('the size is 64 bytes and the text, or what the message says of itself', () => {
    expect(sizeOf({ type: 'ab' })).toBe(64 + '{"type":"ab"}'.length);
    expect(sizeOf({ type: 'ab', bytes: 1000 } as Message)).toBe(1064);
  });

  test('what finds no room is dropped as such', () => {
    const link = { ...fastLink, bandwidth: 1000, queue: 100 };
    const { world, run } = ticking(5, { link, keepRows: true });
    run();
    expect(lines(world, ({ type }) => type === 'drop')).toEqual([
      '2.000ms a✕b tick (full)',
      '3.000ms a✕b tick (full)',
      '4.000ms a✕b tick (full)',
      '5.000ms a✕b tick (full)',
    ]);
  });
});

describe('connections', () => {
  const wild: LinkSpec = {
    latency: { kind: 'uniform', min: 1, max: 30 },
    loss: 0.05,
    duplicate: 0.2,
    reorder: 0.3,
    jitter: { kind: 'uniform', min: 0, max: 30 },
    transport: 'connection',
  };

  test('keep order, double nothing, and lose nothing to chance', () => {
    const { got, run } = ticking(3000, { link: wild });
    run();
    expect(got.map(({ n }) => n)).toEqual(Array.from({ length: 3000 }, (_, n) => n));
    const datagrams = ticking(3000, { link: { ...wild, transport: 'datagram' } });
    datagrams.run();
    expect(datagrams.got.map(({ n }) => n)).not.toEqual(got.map(({ n }) => n));
  });

  test('a loss costs a retransmission, and those behind wait', () => {
    const { got, run } = ticking(2000, {
      link: { ...fastLink, loss: 0.01, transport: 'connection' },
    });
    run();
    const lateness = got.map(({ n, atUs }) => atUs - (n + 2) * 1000);
    expect(Math.max(...lateness)).toBeGreaterThanOrEqual(200_000);
    expect(lateness.filter((late) => late > 0 && late < 200_000).length).toBeGreaterThan(100);
  });

  test('break when they are cut: what was under way is lost, either way', () => {
    const link: LinkSpec = { ...fastLink, latency: constant(50), transport: 'connection' };
    const { world, got, run } = ticking(100, { link, keepRows: true });
    const tally = newTally();
    // From 30.5 to 31.5 ms, in the other direction: nothing sent is cut, all under way is lost.
    let heal = () => {};
    world.at(30_500, () => {
      heal = world.network.cut(1, 0, tally);
    });
    world.at(31_500, () => heal());
    run();
    expect(got[0]).toEqual({ n: 30, atUs: 81_000 });
    expect(got).toHaveLength(70);
    expect(tally.messagesDropped).toBe(30);
    expect(lines(world, ({ type }) => type === 'drop')[0]).toBe('51.000ms a✕b tick (reset)');
  });

  test('break when a message is lost time and again', () => {
    const { world, got, run } = ticking(20, {
      link: { ...fastLink, loss: 1, transport: 'connection' },
      keepRows: true,
    });
    run();
    expect(got).toEqual([]);
    const drops = lines(world, ({ type }) => type === 'drop');
    expect(drops).toHaveLength(20);
    expect(drops.every((line) => line.endsWith('a✕b tick (reset)'))).toBe(true);
  });
});

describe('the copies that a link makes', () => {
  const copying = (loss: number, duplicate: number, reorder = 0) => {
    const link: LinkSpec = { ...fastLink, loss, duplicate, reorder };
    const { world, got, run } = ticking(N, { link });
    run();
    return { world, got, through: new Set(got.map(({ n }) => n)).size };
  };

  test('are lost like any message', () => {
    expect(copying(1, 1).through).toBe(0);
    // 50% by itself, or else 50% by its copy, which is made with 50%.
    const { through } = copying(0.5, 0.5);
    expect(Math.abs(through - N * 0.625)).toBeLessThan(five(N, 0.625));
  });

  test('are held back like any message', () => {
    const { got } = copying(0, 1, 0.5);
    const late = got.filter(({ n, atUs }) => atUs - (n + 1) * 1000 === 2000).length;
    expect(got).toHaveLength(2 * N);
    expect(Math.abs(late - N)).toBeLessThan(five(2 * N, 0.5));
  });
});

test.each([
  [{ extraLatency: constant(10) }, { latencyFactor: 2 }],
  [{ latencyFactor: 2 }, { extraLatency: constant(10) }],
] as const)('extra latencies add up and factors multiply the link, in any order', (one, two) => {
  const { world, got, run } = ticking(5, { link: { ...fastLink, jitter: constant(3) } });
  world.network.shape(0, 1, one, 'x', newTally());
  world.network.shape(0, 1, two, 'y', newTally());
  run();
  // 1 ms twice, 10 ms, and the link's own jitter of 3 ms once.
  expect(got.map(({ n, atUs }) => atUs / 1000 - (n + 1))).toEqual([15, 15, 15, 15, 15]);
});

describe('the tries of a message on a connection', () => {
  const connection: LinkSpec = { ...fastLink, transport: 'connection' };
  /** Lateness of each message that arrived, in ms; a message a minute, so that none waits. */
  function lateness(count: number, link: Partial<LinkSpec>, change: LinkChange | null = null) {
    const { world, got } = ticking(count, { link: { ...connection, ...link } }, 60_000);
    const tally = newTally();
    if (change !== null) world.network.shape(0, 1, change, 'x', tally);
    world.run((count + 2) * 60_000_000);
    return { late: got.map(({ n, atUs }) => (atUs - 1000) / 1000 - (n + 1) * 60_000), tally };
  }
  const sums = [0, 200, 600, 1400, 3000, 6200, 12_600];

  test.each([
    ['loss of the link', { loss: 0.5 }, null],
    ['loss of a fault', {}, { loss: 0.5 }],
    ['damage that is noticed', { corrupt: 0.5 }, null],
    [
      'bursts by message',
      {
        lossBursts: { unit: 'message', burst: 10, gap: 10, inside: 0.5, outside: 0.5 },
      },
      null,
    ],
  ] as const)('each take %s anew', (_what, link, change) => {
    const count = 20_000;
    const { late } = lateness(count, link, change);
    for (const [k, sum] of sums.entries()) {
      const p = 0.5 * 0.5 ** k;
      const found = late.filter((ms) => ms === sum).length;
      expect(Math.abs(found - count * p), `${sum} ms`).toBeLessThan(five(count, p));
    }
    expect(late.every((ms) => sums.includes(ms))).toBe(true);
    const lost = 0.5 ** 7;
    expect(Math.abs(count - late.length - count * lost)).toBeLessThan(five(count, lost));
  });

  test('take the loss of the link and that of a fault together: 70% and 70% are 91%', () => {
    const count = 20_000;
    const { late } = lateness(count, { loss: 0.7 }, { loss: 0.7 });
    const arrives = 1 - 0.91 ** 7;
    expect(Math.abs(late.length - count * arrives)).toBeLessThan(five(count, arrives));
    expect(late.every((ms) => sums.includes(ms))).toBe(true);
  });

  test('never get through damage that is always noticed', () => {
    const { late } = lateness(50, { corrupt: 1 });
    expect(late).toEqual([]);
  });

  test('meet a burst by time at the time of the try', () => {
    // One burst from the start, forever: until it ends by chance nothing passes.
    const lossBursts: LossBursts = {
      unit: 'ms',
      burst: 20_000,
      gap: 20_000,
      inside: 1,
      outside: 0,
    };
    const { late } = lateness(3000, { lossBursts });
    // A burst is memoryless: a try k finds it still there with e^(-wait/20 s).
    const lost = 0.5 * Math.exp(-12_600 / 20_000);
    // Other states between the tries cannot save a message from a burst that lasts: the exact
    // chance is a little above, since a second burst may hit a later try.
    const missing = 1 - late.length / 3000;
    expect(missing).toBeLessThan(lost + five(3000, lost) / 3000);
    expect(late.filter((ms) => ms > 1000).length).toBeGreaterThan(100);
    // Passing within the burst would be lateness 200 ms for half of all messages.
    const p200 = 0.5 * (1 - Math.exp(-200 / 20_000));
    expect(late.filter((ms) => ms === 200).length).toBeLessThan(3000 * p200 + five(3000, p200));
  });

  test('leave the first try of every other message alone', () => {
    const first = lateness(2000, { loss: 0.3 });
    const more = lateness(2000, { loss: 0.3 }, { loss: 0.2 });
    // Only what the fault lost itself, at the first try or a later one, comes at another time.
    const before = first.late.filter((ms) => ms === 0).length;
    const p = 0.7 * 0.8;
    expect(more.late.filter((ms) => ms === 0).length).toBeLessThan(before);
    expect(Math.abs(more.late.filter((ms) => ms === 0).length - 2000 * p)).toBeLessThan(
      five(2000, p),
    );
  });

  test('count a message once for a fault that lost tries of it', () => {
    const { late, tally } = lateness(5000, {}, { loss: 0.5 });
    expect(tally.messagesDelayed).toBe(late.filter((ms) => ms > 0).length);
    expect(tally.messagesDropped).toBe(5000 - late.length);
  });

  test('take bandwidth each', () => {
    const link: LinkSpec = { ...connection, loss: 0.5, bandwidth: 1000 };
    const { world, got } = ticking(200, { link }, 60_000);
    world.run(202 * 60_000_000);
    const tries = got.map(({ n, atUs }) => {
      const lateMs = (atUs - 1000) / 1000 - (n + 1) * 60_000;
      const bytes = sizeOf({ type: 'tick', n } as Tick);
      // At 1000 B/s a byte takes 1 ms.
      return sums.findIndex((sum, k) => Math.abs(lateMs - sum - (k + 1) * bytes) < 0.01);
    });
    expect(tries.every((k) => k >= 0)).toBe(true);
    expect(tries.some((k) => k >= 3)).toBe(true);
  });
});

describe('damage', () => {
  const original = Object.freeze({
    type: 'append',
    term: 3,
    ok: true,
    text: 'abc',
    entries: Object.freeze([Object.freeze({ value: 7, none: null })]),
    share: 0.5,
  });

  test('changes one value of a copy, never the type, never the original', () => {
    const stream = new Streams('5').get('damage');
    const before = JSON.stringify(original);
    const differing = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const copy = damaged(original, stream) as typeof original;
      expect(copy.type).toBe('append');
      const flat = (m: typeof original) => [m.term, m.ok, m.text, m.entries[0]?.value, m.share];
      const changes = flat(copy).flatMap((value, at) => (value === flat(original)[at] ? [] : [at]));
      expect(changes).toHaveLength(1);
      differing.add(String(changes));
    }
    expect(differing.size).toBe(5);
    expect(JSON.stringify(original)).toBe(before);
  });

  test('of a message with nothing in it is always noticed', () => {
    const stream = new Streams('5').get('damage');
    expect(damaged({ type: 'ping', none: null, list: [] } as Message, stream)).toBeNull();
    const tally = newTally();
    const world = worldOf({
      a: () => ({ start: (ctx) => ctx.send('b', { type: 'ping' }) }),
      b: () => ({}),
    });
    world.network.shape(0, 1, { corrupt: 1, undetected: 1 }, 'x', tally);
    world.run(100_000);
    expect([tally.messagesDropped, tally.messagesCorrupted]).toEqual([1, 0]);
  });

  test('in a strict run the copy is frozen, and the sender keeps what it sent', () => {
    const sent = { type: 'tick', n: 1 } as Tick;
    const received: Message[] = [];
    const world = worldOf(
      {
        a: () => ({ start: (ctx) => ctx.send('b', sent) }),
        b: () => ({ receive: (_ctx, _from, message) => void received.push(message) }),
      },
      { strict: true },
    );
    world.network.shape(0, 1, { corrupt: 1, undetected: 1 }, 'x', newTally());
    world.run(100_000);
    expect(sent.n).toBe(1);
    expect((received[0] as Tick).n).not.toBe(1);
    expect(Object.isFrozen(received[0])).toBe(true);
  });
});

test('a reset loses what is under way, and nothing that comes after', () => {
  const link: LinkSpec = { ...fastLink, latency: constant(10) };
  const { world, got, run } = ticking(40, { link, keepRows: true });
  const tally = newTally();
  world.at(20_500, () => world.network.reset(0, 1, tally));
  run();
  // Sent at 11 to 20 ms.
  expect(got.map(({ n }) => n)).toEqual(
    Array.from({ length: 40 }, (_, n) => n).filter((n) => n < 10 || n > 19),
  );
  expect(tally.messagesDropped).toBe(10);
  expect(lines(world, ({ type }) => type === 'drop')[0]).toBe('21.000ms a✕b tick (reset)');
});

describe('scripts', () => {
  function scripted(script: Partial<MessageScript>, fromUs = 0) {
    const { world, got, run } = ticking(10);
    const tally = newTally();
    world.network.countMessages(0, 1, 'tick');
    const whole = {
      type: 'tick',
      first: 3,
      last: 3,
      action: 'drop',
      byMs: null,
      ...script,
    } as const;
    world.at(fromUs, () => void world.network.script(0, 1, whole, 'x', tally));
    run();
    return { arrivals: got.map(({ n, atUs }) => `${n + 1}@${atUs / 1000}`).join(' '), tally };
  }
  const touched = ({ messagesDropped, messagesDelayed, messagesDuplicated }: Tally) =>
    [messagesDropped, messagesDelayed, messagesDuplicated].join();

  test('drop, delay and double exactly the message of that number', () => {
    const plain = '1@2 2@3 3@4 4@5 5@6 6@7 7@8 8@9 9@10 10@11';
    expect(scripted({ first: 99, last: 99 }).arrivals).toBe(plain);
    const dropped = scripted({});
    expect(dropped.arrivals).toBe('1@2 2@3 4@5 5@6 6@7 7@8 8@9 9@10 10@11');
    expect(touched(dropped.tally)).toBe('1,0,0');
    const delayed = scripted({ action: 'delay', byMs: 2.5 });
    expect(delayed.arrivals).toBe('1@2 2@3 4@5 5@6 3@6.5 6@7 7@8 8@9 9@10 10@11');
    expect(touched(delayed.tally)).toBe('0,1,0');
    const doubled = scripted({ action: 'duplicate', byMs: 2.5 });
    expect(doubled.arrivals).toBe('1@2 2@3 3@4 4@5 5@6 3@6.5 6@7 7@8 8@9 9@10 10@11');
    expect(touched(doubled.tally)).toBe('0,0,1');
    expect(scripted({ first: 2, last: 4 }).arrivals).toBe('1@2 5@6 6@7 7@8 8@9 9@10 10@11');
  });

  test('count from the start, also while they do not act', () => {
    expect(scripted({ first: 3, last: 4 }, 3500).arrivals).toBe(
      '1@2 2@3 3@4 5@6 6@7 7@8 8@9 9@10 10@11',
    );
  });

  test('count only their type', () => {
    expect(scripted({ type: 'tock' }).arrivals).toContain('3@4');
  });
});

describe('draws', () => {
  const base: LinkSpec = { ...fastLink, latency: { kind: 'exponential', mean: 5, min: 1 } };

  function arrivals(pull: (world: World) => void): ReadonlyMap<number, number> {
    const { world, got, run } = ticking(2000, { link: base });
    pull(world);
    run();
    return new Map(got.map(({ n, atUs }) => [n, atUs]));
  }

  const changes: readonly (readonly [string, LinkChange])[] = [
    ['loss', { loss: 0.1 }],
    ['reorder', { reorder: 0.1 }],
    ['corrupt', { corrupt: 0.1, undetected: 0 }],
    ['jitter', { extraLatency: { kind: 'uniform', min: 0, max: 9 } }],
    ['bursts', { lossBursts: { unit: 'message', burst: 3, gap: 9, inside: 1, outside: 0 } }],
    ['duplicate', { duplicate: 0.3 }],
  ];
  const shape = (world: World, name: string, change: LinkChange) =>
    world.network.shape(0, 1, change, name, newTally());

  test.each(changes)('of a %s fault are the same whatever else holds the link', (name, change) => {
    const others = changes.filter(([other]) => other !== name && other !== 'duplicate');
    const pullOthers = (world: World) => {
      for (const [other, more] of others) shape(world, other, more);
    };
    const alone = arrivals((world) => shape(world, name, change));
    const twin = arrivals(pullOthers);
    const among = arrivals((world) => {
      shape(world, name, change);
      pullOthers(world);
    });
    // What arrives is what this fault lets pass alone and the others let pass without it.
    for (let n = 0; n < 2000; n++) {
      if (change.duplicate === undefined) {
        expect([n, among.has(n)]).toEqual([n, alone.has(n) && twin.has(n)]);
      } else if (twin.has(n)) expect(among.has(n)).toBe(true);
    }
  });

  test('that sit messages out are the same as if they had looked at each', () => {
    // A factor of 1.000001 makes nobody late and everybody look.
    const calm = arrivals((world) => shape(world, 'loss', { loss: 0.05, reorder: 0.05 }));
    const busy = arrivals((world) =>
      shape(world, 'loss', { loss: 0.05, reorder: 0.05, latencyFactor: 1.000000001 }),
    );
    expect(calm).toEqual(busy);
    expect(calm.size).toBeLessThan(1960);
  });

  test('come and go in the midst of a calm without a shift', () => {
    const counts = (extra: boolean) => {
      const { world, got, run } = ticking(2000, { link: base });
      shape(world, 'loss', { loss: 0.02 });
      if (extra) {
        let heal = () => {};
        world.at(500_500, () => {
          heal = shape(world, 'reorder', { reorder: 0.2 });
        });
        world.at(900_500, () => heal());
      }
      run();
      return got.map(({ n }) => n).toSorted((a, b) => a - b);
    };
    expect(counts(true)).toEqual(counts(false));
  });
});
