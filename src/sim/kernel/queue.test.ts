import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventQueue, MAX_TIME_US } from './queue.ts';

/**
 * The reference: a binary heap over typed arrays that compares (time, insertion number) throughout.
 */
class ReferenceHeap {
  size = 0;
  at = 0;
  seq = 0;
  private next = 0;
  private ats = new Float64Array(64);
  private seqs = new Float64Array(64);

  push(at: number): void {
    if (this.size === this.ats.length) {
      const wider = new Float64Array(this.size * 2);
      wider.set(this.ats);
      this.ats = wider;
      const widerSeqs = new Float64Array(this.size * 2);
      widerSeqs.set(this.seqs);
      this.seqs = widerSeqs;
    }
    let i = this.size++;
    this.ats[i] = at;
    this.seqs[i] = this.next++;
    while (i > 0 && this.before(i, (i - 1) >> 1)) {
      this.swap(i, (i - 1) >> 1);
      i = (i - 1) >> 1;
    }
  }

  pop(): boolean {
    if (this.size === 0) return false;
    this.at = this.ats[0]!;
    this.seq = this.seqs[0]!;
    this.swap(0, --this.size);
    for (let i = 0; ; ) {
      let first = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < this.size && this.before(child, first)) first = child;
      }
      if (first === i) return true;
      this.swap(i, first);
      i = first;
    }
  }

  peekAt(): number {
    return this.size === 0 ? Infinity : this.ats[0]!;
  }

  private before(i: number, j: number): boolean {
    const earlier = this.ats[i]! - this.ats[j]!;
    return earlier < 0 || (earlier === 0 && this.seqs[i]! < this.seqs[j]!);
  }

  private swap(i: number, j: number): void {
    const at = this.ats[i]!;
    const seq = this.seqs[i]!;
    this.ats[i] = this.ats[j]!;
    this.seqs[i] = this.seqs[j]!;
    this.ats[j] = at;
    this.seqs[j] = seq;
  }
}

/** A queue and the reference side by side. Every pop compares the two, payload included. */
class Pair {
  readonly queue = new EventQueue();
  readonly heap = new ReferenceHeap();
  private pushed = 0;

  push(delay: number): void {
    const at = Math.min(this.queue.at + delay, MAX_TIME_US);
    const n = this.pushed++;
    this.queue.push(at, n & 255, n | 0, ~n, n * 7);
    this.heap.push(at);
  }

  pop(): void {
    const { queue, heap } = this;
    const popped = heap.pop();
    if (queue.pop() !== popped) throw new Error(`pop() should say ${popped}`);
    if (!popped) return;
    const n = queue.seq;
    const right =
      queue.at === heap.at &&
      n === heap.seq &&
      queue.kind === (n & 255) &&
      queue.a === n &&
      queue.b === ~n &&
      queue.c === n * 7 &&
      queue.size === heap.size;
    if (!right) {
      throw new Error(`popped #${n} at ${queue.at}, the heap #${heap.seq} at ${heap.at}`);
    }
  }

  peek(): void {
    if (this.queue.peekAt() !== this.heap.peekAt()) {
      throw new Error(`peeked ${this.queue.peekAt()}, the heap ${this.heap.peekAt()}`);
    }
  }

  drain(): void {
    while (this.heap.size > 0) this.pop();
    this.pop();
    this.peek();
  }
}

/** A small generator for the long fixed stories, so that they do not lean on the code next door. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

const DELAYS: Record<string, (u: () => number) => number> = {
  'exponential, mean 1 s': (u) => Math.floor(-1e6 * Math.log(1 - u())),
  'exponential, mean 3 us': (u) => Math.floor(-3 * Math.log(1 - u())),
  uniform: (u) => Math.floor(u() * 2e6),
  constant: () => 1000,
  'all at once': () => 0,
  'now or in a moment': (u) => (u() < 0.5 ? 0 : 1),
  'bimodal, 1000 to 1': (u) => (u() < 0.9 ? 10 : 10_000),
  'bimodal, 10^12 to 1': (u) => (u() < 0.99 ? Math.floor(u() * 100) : 1e14),
  'Pareto, alpha 1.2': (u) => Math.floor(1000 * (1 - u()) ** (-1 / 1.2)),
  'Pareto, alpha 0.3': (u) => Math.min(1e13, Math.floor((1 - u()) ** (-1 / 0.3))),
  'coarse ticks': (u) => 1000 * Math.floor(u() * 10),
  'half ticks, half short': (u) => (u() < 0.5 ? 1e6 : Math.floor(u() * 1e4)),
  'every power of two': (u) => 2 ** Math.floor(u() * 44),
};

describe.each(Object.entries(DELAYS))('delays: %s', (_name, delay) => {
  test.each([5, 90, 110, 3000])('hold model with %i pending', (pending) => {
    const u = dice(pending);
    const pair = new Pair();
    for (let i = 0; i < pending; i++) pair.push(delay(u));
    for (let i = 0; i < 8000; i++) {
      if (i % 7 === 0) pair.peek();
      pair.pop();
      pair.push(delay(u));
    }
    pair.drain();
  });

  test('grows to thousands and shrinks to none, again and again', () => {
    const u = dice(1);
    const pair = new Pair();
    for (let i = 0; i < 12_000; i++) {
      const wave = Math.floor(i / 3000) % 2 === 0 ? 3 : 0;
      for (let pushes = Math.floor(u() * wave * 2); pushes > 0; pushes--) pair.push(delay(u));
      pair.pop();
    }
    pair.drain();
  });
});

describe('bursts', () => {
  const N = 4000;

  test.each([
    ['rising', (i: number) => i],
    ['falling', (i: number) => N - i],
    ['falling, far apart', (i: number) => (N - i) * 1e9],
    ['zigzag', (i: number) => (i % 2 === 0 ? i : 2 * N - i)],
    ['falling blocks of rising times', (i: number) => (40 - Math.floor(i / 100)) * 1e6 + (i % 100)],
    ['up to the end of time', (i: number) => MAX_TIME_US - ((i * 7919) % 1000)],
    ['both ends of time', (i: number) => (i % 3 === 0 ? MAX_TIME_US - i : i)],
  ])('%s, before the first pop and from within a handler', (_name, time) => {
    const outset = new Pair();
    for (let i = 0; i < N; i++) outset.push(time(i));
    outset.drain();

    const within = new Pair();
    for (let i = 0; i < 500; i++) within.push(i * 1e10);
    within.pop();
    for (let i = 0; i < N; i++) {
      within.push(time(i));
      if (i % 97 === 0) within.peek();
      if (i % 1000 === 999) within.pop();
    }
    within.drain();
  });

  test('an event pushed for the present comes after those already there', () => {
    const queue = new EventQueue();
    for (let i = 0; i < 200; i++) queue.push(10, 0, i, 0, 0);
    const order: number[] = [];
    while (queue.pop()) {
      order.push(queue.a);
      if (queue.a < 100) queue.push(queue.at, 0, 1000 + queue.a, 0, 0);
    }
    const first = Array.from({ length: 200 }, (_, i) => i);
    const second = Array.from({ length: 100 }, (_, i) => 1000 + i);
    expect(order).toEqual([...first, ...second]);
  });
});

const delayArb = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 2000 }) },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 1_000_000_000 }) },
  { weight: 1, arbitrary: fc.maxSafeNat() },
);

const stepArb = fc.oneof(
  fc.record({ push: fc.array(delayArb, { maxLength: 300, size: 'max' }) }),
  fc.record({ push: fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 300, size: 'max' }) }),
  fc.record({ pop: fc.integer({ min: 1, max: 250 }) }),
  fc.record({ hold: fc.array(delayArb, { maxLength: 100, size: 'max' }) }),
  fc.constant({ peek: true }),
);

test('any mix of pushes, pops and peeks comes out in the order of the heap', () => {
  let most = 0;
  fc.assert(
    fc.property(fc.array(stepArb, { maxLength: 30, size: 'max' }), (steps) => {
      const pair = new Pair();
      for (const step of steps) {
        if ('push' in step) for (const delay of step.push) pair.push(delay);
        else if ('pop' in step) for (let i = 0; i < step.pop; i++) pair.pop();
        else if ('hold' in step) {
          for (const delay of step.hold) {
            pair.pop();
            pair.push(delay);
          }
        } else pair.peek();
        most = Math.max(most, pair.queue.size);
      }
      pair.drain();
    }),
    { seed: 20_251_121, numRuns: 200 },
  );
  expect(most).toBeGreaterThan(1000);
});

describe('the rows', () => {
  test('insertion numbers go on past 2^32', () => {
    const queue = new EventQueue();
    // Four thousand million pushes take minutes: start the counter just before the turn.
    Reflect.set(queue, 'seqLow', -2);
    for (let i = 0; i < 4; i++) queue.push(5, 200 + i, i, 0, 0);
    const seen: number[][] = [];
    while (queue.pop()) seen.push([queue.seq, queue.kind, queue.a]);
    expect(seen).toEqual([
      [2 ** 32 - 2, 200, 0],
      [2 ** 32 - 1, 201, 1],
      [2 ** 32, 202, 2],
      [2 ** 32 + 1, 203, 3],
    ]);
  });

  test('all bits of the payload survive', () => {
    const queue = new EventQueue();
    queue.push(MAX_TIME_US, 255, -1, -(2 ** 31), 2 ** 31 - 1);
    queue.push(0, 0, 0, 0, 0);
    expect(queue.pop()).toBe(true);
    expect(queue.pop()).toBe(true);
    const { at, kind, a, b, c, seq } = queue;
    expect({ at, kind, a, b, c, seq }).toEqual({
      at: MAX_TIME_US,
      kind: 255,
      a: -1,
      b: -(2 ** 31),
      c: 2 ** 31 - 1,
      seq: 0,
    });
  });

  test('a million pending events take at most 60 bytes each, and their slots are used again', () => {
    const queue = new EventQueue();
    const u = dice(3);
    const hold = (events: number) => {
      for (let i = 0; i < events; i++) {
        queue.pop();
        queue.push(queue.at + Math.floor(u() * 1e9), 1, i, 0, 0);
      }
    };
    for (let i = 0; i < 1_000_000; i++) queue.push(Math.floor(u() * 1e9), 1, i, 0, 0);
    hold(1000);
    expect(queue.bytes / 1_000_000).toBeLessThanOrEqual(60);
    const before = queue.bytes;
    hold(300_000);
    expect(queue.bytes).toBe(before);
  });

  test('a small queue stays small, however long it runs', () => {
    const queue = new EventQueue();
    const u = dice(4);
    const before = queue.bytes;
    for (let i = 0; i < 60; i++) queue.push(Math.floor(u() * 1000), 1, i, 0, 0);
    for (let i = 0; i < 100_000; i++) {
      queue.pop();
      queue.push(queue.at + Math.floor(u() * 1000), 1, i, 0, 0);
    }
    expect(queue.bytes).toBe(before);
  });

  test('clear starts again from nothing', () => {
    const queue = new EventQueue();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 1000; i++) queue.push(1000 - i, 1, i, 0, 0);
      queue.pop();
      expect([queue.at, queue.seq, queue.size]).toEqual([1, 999, 999]);
      queue.clear();
      expect([queue.at, queue.seq, queue.size]).toEqual([0, 0, 0]);
      expect(queue.peekAt()).toBe(Infinity);
      expect(queue.pop()).toBe(false);
    }
  });
});

test('rungs stay few when one handler schedules ever earlier times', () => {
  const pair = new Pair();
  for (let i = 0; i < 200; i++) pair.push(i);
  for (let i = 0; i < 500; i++) pair.push(1e12 + i * 1e10);
  for (let i = 0; i < 200; i++) pair.pop();
  pair.pop();
  let deepest = 0;
  for (let i = 0; i < 20_000; i++) {
    pair.push(1e9 - i * 4e4);
    deepest = Math.max(deepest, Number(Reflect.get(pair.queue, 'depth')));
  }
  pair.drain();
  expect(deepest).toBeGreaterThan(0);
  expect(deepest).toBeLessThan(8);
});

test.each([2 ** 53, 2 ** 60, 1e300, Infinity])(
  'a time of %d is the end of time: never within a run',
  (at) => {
    const queue = new EventQueue();
    queue.push(at, 1, 0, 0, 0);
    queue.push(5, 2, 0, 0, 0);
    expect([queue.pop(), queue.kind]).toEqual([true, 2]);
    expect(queue.pop(MAX_TIME_US - 1)).toBe(false);
    expect([queue.pop(), queue.at]).toEqual([true, MAX_TIME_US]);
  },
);

describe('what it refuses', () => {
  test.each([-1, Number.NaN, 0.5, -Infinity])('the time %d', (at) => {
    const queue = new EventQueue();
    expect(() => queue.push(at, 0, 0, 0, 0)).toThrow(RangeError);
    expect(queue.size).toBe(0);
  });

  test('the past', () => {
    const queue = new EventQueue();
    queue.push(100, 0, 0, 0, 0);
    queue.push(50, 0, 0, 0, 0);
    queue.pop();
    queue.push(50, 0, 0, 0, 0);
    expect(() => queue.push(49, 0, 0, 0, 0)).toThrow('event time 49 is before the present, 50');
  });

  test.each([-1, 256])('the kind %d', (kind) => {
    expect(() => new EventQueue().push(0, kind, 0, 0, 0)).toThrow('is not in 0..255');
  });
});
