/**
 * Probabilistically bounded staleness (Bailis et al. 2012, VLDB 5(8)), measured on the real store:
 * how often a read that begins a time after a write was acknowledged returns that write.
 *
 * Writer and reader are coordinators that keep no copy, so that a message each way is W, A, R or S
 * of the paper's model. The values expected are a recomputation of that model with a million draws;
 * the paper's own differ from it by up to .01. The long suite makes 200,000 samples of each; `DSIM_SAMPLES` says another number.
 */
import { describe, expect, test } from 'vitest';
import { times } from '../../../../test/support/long.ts';
import { Stage } from '../../../../test/support/stage.ts';
import { constant, type DistributionSpec } from '../../../sim/distribution.ts';
import type { Context, Message, NodeId } from '../../../sim/node.ts';
import type { Reply } from '../../../sim/rpc.ts';
import { HashRing } from '../../parts/hash-ring.ts';
import system from './index.ts';

const SAMPLES = Number(process.env['DSIM_SAMPLES'] ?? times(3000, 200_000));
const COPIES = ['n1', 'n2', 'n3'];
// One of each beside each copy; only the model of a WAN needs more than the first.
const WRITERS = ['writer-1', 'writer-2', 'writer-3'];
const READERS = ['reader-1', 'reader-2', 'reader-3'];
const MEMBERS = [...WRITERS, ...READERS, ...COPIES];
const VNODES = 16;
/** A key that writer and reader keep no copy of. */
const KEY = keyKeptBy(COPIES);

function keyKeptBy(nodes: readonly NodeId[]): string {
  const ring = new HashRing(MEMBERS, VNODES);
  for (let i = 0; ; i++) {
    if (ring.replicas(`k${i}`, 3).every((node) => nodes.includes(node))) return `k${i}`;
  }
}

// Their rates are per ms, and the sum of a Pareto and an exponential part is drawn by weight.
const pareto = (scale: number, shape: number): DistributionSpec => ({
  kind: 'pareto',
  scale,
  shape,
  max: Infinity,
});
const exponential = (rate: number): DistributionSpec => ({
  kind: 'exponential',
  mean: 1 / rate,
  min: 0,
});
const either = (share: number, a: DistributionSpec, b: DistributionSpec): DistributionSpec => ({
  kind: 'mixture',
  parts: [
    { weight: share, of: a },
    { weight: 100 - share, of: b },
  ],
});

const ssd = either(91.22, pareto(0.235, 10), exponential(1.66));
const disk = either(38, pareto(1.05, 1.51), exponential(0.183));
const ymmrWrite = either(93.9, pareto(3, 3.35), exponential(0.0028));
const ymmrOther = either(98.2, pareto(1.5, 3.8), exponential(0.0217));

interface Latencies {
  readonly write: DistributionSpec;
  /** A, R and S. */
  readonly other: DistributionSpec;
  /** Added on the way to and from all copies but one, which is drawn for each write and read, in ms. */
  readonly farMs?: number;
}

interface Trial {
  readonly r: number;
  readonly w: number;
  readonly latencies: Latencies;
  /** From the acknowledgement to the begin of the read, in ms. */
  readonly afterMs: number;
  readonly samples?: number;
}

interface Seen {
  readonly fresh: number;
  readonly readMs: readonly number[];
  readonly writeMs: readonly number[];
}

/** Writes, waits, reads, waits until every message has arrived, and again. */
class Prober {
  readonly #afterMs: number;
  readonly #places: number;
  #writes = 0;
  #askedAtMs = 0;
  fresh = 0;
  readonly readMs: number[] = [];
  readonly writeMs: number[] = [];

  constructor(afterMs: number, places: number) {
    this.#afterMs = afterMs;
    this.#places = places;
  }

  start(ctx: Context): void {
    ctx.setTimer('write', 10);
  }

  timeout(ctx: Context, tag: string): void {
    this.#askedAtMs = ctx.elapsed();
    const near = (nodes: readonly NodeId[]) => ctx.random.pick(nodes.slice(0, this.#places));
    if (tag === 'read') return ctx.send(near(READERS), this.#request({ type: 'read', key: KEY }));
    this.#writes++;
    const body = { type: 'write', key: KEY, value: this.#writes };
    ctx.send(near(WRITERS), this.#request(body));
  }

  receive(ctx: Context, _from: NodeId, message: Message): void {
    const tookMs = ctx.elapsed() - this.#askedAtMs;
    if (message.type === 'write_ok') {
      this.writeMs.push(tookMs);
      if (this.#afterMs === 0) this.timeout(ctx, 'read');
      else ctx.setTimer('read', this.#afterMs);
    } else if (message.type === 'read_ok') {
      this.readMs.push(tookMs);
      const { value } = message as Reply & { readonly value: number };
      if (value === this.#writes) this.fresh++;
      // The slowest messages of these distributions are over by then.
      ctx.setTimer('write', 30_000);
    }
  }

  #request(body: Message & { readonly [field: string]: unknown }): Message {
    const id = 2 * this.#writes + (body.type === 'read' ? 1 : 0);
    const made = { ...body, id, session: 'p', serial: id, attempt: 1, timeoutMs: null };
    return made;
  }
}

function measure({ r, w, latencies, afterMs, samples = SAMPLES }: Trial): Seen {
  const { farMs = 0 } = latencies;
  const stage = new Stage({
    link: (from, to) => {
      const perfect = { loss: 0, duplicate: 0, reorder: 0 };
      if (from === 'probe' || to === 'probe') return { latency: constant(0), ...perfect };
      const isFar = from.at(-1) !== to.at(-1);
      const jitter = WRITERS.includes(from) ? latencies.write : latencies.other;
      return { latency: constant(isFar ? farMs : 0), jitter, ...perfect };
    },
  });
  const params = {
    ...{ r, w, vnodes: VNODES, versions: 'lww', sloppy: false, hints: false },
    ...{ 'read-repair': 'none', timeout: 25_000, heartbeat: 4e9, 'suspect-after': 5e9 },
    'handoff-every': 4e9,
    'gc-grace': 4e9,
  };
  for (const id of MEMBERS) stage.addSystem(id, system, { params, place: { members: MEMBERS } });
  stage.onSent = () => stage.sent.splice(0);
  const prober = new Prober(afterMs, farMs === 0 ? 1 : COPIES.length);
  stage.add('probe', () => prober as never, { group: 'probe', client: true });
  stage.until(samples * (30_000 + afterMs));
  const { readMs, writeMs } = prober;
  expect(readMs.length).toBeGreaterThan(samples * 0.95);
  return { fresh: prober.fresh / readMs.length, readMs, writeMs };
}

/** Three standard deviations of the share, and what the recomputation is rounded by. */
function within(p: number, samples = SAMPLES): number {
  return 3 * Math.sqrt((p * (1 - p)) / samples) + 0.001;
}

const all: { readonly [name: string]: Latencies } = {
  'LNKD-SSD': { write: ssd, other: ssd },
  'LNKD-DISK': { write: disk, other: ssd },
  YMMR: { write: ymmrWrite, other: ymmrOther },
  WAN: { write: disk, other: ssd, farMs: 75 },
  'exponential, W 0.25 ms': { write: exponential(4), other: exponential(1) },
  'exponential, W 1 ms': { write: exponential(1), other: exponential(1) },
  'exponential, W 10 ms': { write: exponential(0.1), other: exponential(1) },
};

const off = (seen: number, expected: number) => Math.abs(seen / expected - 1);

function slowestOf(times: Iterable<number>): number {
  const sorted = Float64Array.from(times).sort();
  return sorted[Math.floor(sorted.length * 0.999)] ?? 0;
}

/**
 * The 99.9th percentiles by the paper's rule alone (section 5.1: the w-th smallest of W + A, the
 * r-th of R + S), in ms: no message, no node, no code of dsim, and draws of its own.
 */
function slowestOfModel(name: string, r: number, w: number, draws = 1_000_000) {
  let state = 12_345;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 1) / 4_294_967_297;
  };
  const draw = (share: number, scale: number, shape: number, rate: number) =>
    uniform() < share ? scale * uniform() ** (-1 / shape) : -Math.log(uniform()) / rate;
  const fast = () => draw(0.9122, 0.235, 10, 1.66);
  const slow = () => draw(0.38, 1.05, 1.51, 0.183);
  const models: { readonly [model: string]: readonly [() => number, () => number] } = {
    'LNKD-SSD': [fast, fast],
    'LNKD-DISK': [slow, fast],
    YMMR: [() => draw(0.939, 3, 3.35, 0.0028), () => draw(0.982, 1.5, 3.8, 0.0217)],
    WAN: [slow, fast],
  };
  const [there, back] = models[name] as (typeof models)[string];
  const farMs = name === 'WAN' ? 150 : 0;
  const take = (wait: number, first: () => number, second: () => number) => {
    // Which copy is near does not matter: they are alike.
    const times = [0, farMs, farMs].map((far) => far + first() + second());
    return times.sort((a, b) => a - b)[wait - 1] ?? 0;
  };
  const reads = new Float64Array(draws);
  const writes = new Float64Array(draws);
  for (let i = 0; i < draws; i++) {
    writes[i] = take(w, there, back);
    reads[i] = take(r, back, back);
  }
  return { read: slowestOf(reads), write: slowestOf(writes) };
}

test.each([
  ['LNKD-SSD', 0, 0.974],
  ['LNKD-DISK', 0, 0.437],
  ['LNKD-DISK', 10, 0.926],
  ['YMMR', 0, 0.888],
  ['YMMR', 10, 0.9395],
  ['WAN', 0, 0.333],
  ['exponential, W 0.25 ms', 0, 0.943],
  ['exponential, W 1 ms', 0, 0.752],
  ['exponential, W 10 ms', 0, 0.42],
])('R = W = 1, %s: %f ms after the write a share of %f reads it', (name, afterMs, expected) => {
  const latencies = all[name] as Latencies;
  const { fresh } = measure({ r: 1, w: 1, latencies, afterMs });
  expect(Math.abs(fresh - expected)).toBeLessThan(within(expected));
});

test('R + W > N: every read is fresh, at once', () => {
  const latencies = all['YMMR'] as Latencies;
  for (const [r, w] of [
    [2, 2],
    [3, 1],
    [1, 3],
  ] as const) {
    expect(measure({ r, w, latencies, afterMs: 0, samples: 500 }).fresh).toBe(1);
  }
});

test.runIf(SAMPLES >= 100_000)('a thousandth is stale after as long as recomputed', () => {
  // In ms. How far the share may be off follows from the samples; how far the time, from the share.
  for (const [name, r, w, afterMs] of [
    ['LNKD-SSD', 1, 1, 1.95],
    ['LNKD-DISK', 1, 1, 53.1],
    ['LNKD-DISK', 2, 1, 14.1],
    ['YMMR', 1, 1, 1454],
    ['YMMR', 2, 1, 223],
    ['WAN', 1, 1, 115.7],
    ['WAN', 2, 1, 31],
  ] as const) {
    const { fresh } = measure({ r, w, latencies: all[name] as Latencies, afterMs });
    const off = Math.abs(fresh - 0.999) / Math.sqrt((0.001 * 0.999) / SAMPLES);
    expect([name, r, w, off < 3.5]).toEqual([name, r, w, true]);
  }
});

describe.runIf(SAMPLES >= 100_000)('the slowest thousandth of reads and writes', () => {
  // Ms; R and W, then the 99.9th percentiles of reads and writes that the paper has (table 4).
  test.each([
    ['LNKD-SSD', 1, 1, 0.66, 0.66],
    ['LNKD-SSD', 2, 2, 1.62, 1.64],
    ['LNKD-DISK', 1, 2, 0.65, 20.97],
    ['YMMR', 1, 1, 5.58, 10.83],
    ['YMMR', 2, 2, 33.18, 428.11],
    ['WAN', 2, 2, 151.31, 167.72],
  ])('%s, R = %i, W = %i: %f and %f', { timeout: 3_600_000 }, (name, r, w, read, write) => {
    const model = slowestOfModel(name, r, w);
    // The paper's figures come from a sweep of their own: our model differs from them by up to 4%.
    expect([off(model.read, read) < 0.04, off(model.write, write) < 0.04]).toEqual([true, true]);
    const latencies = all[name] as Latencies;
    // A thousandth must be many: of 200 samples beyond, the percentile itself varies by 3%.
    const { readMs, writeMs } = measure({ r, w, latencies, afterMs: 0, samples: 5 * SAMPLES });
    expect(off(slowestOf(readMs), model.read)).toBeLessThan(0.04);
    expect(off(slowestOf(writeMs), model.write)).toBeLessThan(0.04);
  });
});

test('more copies to wait for take longer: the median of the r-th of three answers', () => {
  const latencies = all['exponential, W 1 ms'] as Latencies;
  const medians = [1, 2, 3].map((r) => {
    const { readMs } = measure({ r, w: 1, latencies, afterMs: 0, samples: 1500 });
    return [...readMs].sort((a, b) => a - b)[Math.floor(readMs.length / 2)] ?? 0;
  });
  // R + S of one copy is Gamma(2): 1 - (1 + t) exp(-t) below t. The medians of the first,
  // second and third of three follow; a median of 1500 varies by about 2%.
  for (const [i, expected] of [0.8418, 1.6783, 2.9529].entries()) {
    expect(Math.abs((medians[i] ?? 0) / expected - 1)).toBeLessThan(0.07);
  }
});
