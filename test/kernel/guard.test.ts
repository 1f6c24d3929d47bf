// The guard of the host's globals, stopped at any place on its way up or down.
import { expect, test } from 'vitest';
import { runInterruptible } from '../../src/cli/interruptible.ts';
import { guardHost, lowerGuard, outsideGuard, withinGuard } from '../../src/sim/kernel/guard.ts';

type Bag = { readonly [name: string]: unknown };
const scope = globalThis as unknown as Bag;
const OWNERS = ['Math', 'crypto', 'Date', 'performance', 'process', 'globalThis'];

/** Every method that the guard may replace, and the objects that have them. */
function globalsNow(): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const name of OWNERS) {
    const owner = scope[name] as Bag;
    found.set(name, owner);
    for (const key of Object.getOwnPropertyNames(owner)) {
      const { value } = Object.getOwnPropertyDescriptor(owner, key) ?? {};
      if (typeof value === 'function') found.set(`${name}.${key}`, value);
    }
  }
  return found;
}

/** Those that are guarded when they are read. */
const readLazy = () => [scope['crypto'], scope['performance'], scope['process']];

/** Only `count` more globals are replaced or put back: then it is stopped. Returns the way back. */
function stopAfter(count: number): () => void {
  const { defineProperty } = Object;
  let done = 0;
  Object.defineProperty = ((...args: Parameters<typeof defineProperty>) => {
    if (done === count) throw new Error('stopped');
    done++;
    return defineProperty(...args);
  }) as typeof defineProperty;
  return () => {
    Object.defineProperty = defineProperty;
  };
}

test('wherever it is stopped, what takes it down puts everything back', () => {
  const before = globalsNow();
  let stops = 0;
  for (let count = 0; ; count++) {
    const release = stopAfter(count);
    try {
      guardHost(readLazy);
      release();
      break;
    } catch (error) {
      release();
      expect((error as Error).message).toBe('stopped');
      stops++;
    }
    // As those do who have stopped a run from outside.
    lowerGuard();
    expect(globalsNow()).toEqual(before);
  }
  // On the way up and on the way down, at nearly all of the methods.
  expect(stops).toBeGreaterThan(50);
  expect(globalsNow()).toEqual(before);
});

test('an error that escapes a piece of work finds the guard down, or it could not be reported', () => {
  const before = globalsNow();
  let release = () => {};
  const work = () => {
    try {
      guardHost(() => {
        // Nothing is put back when the work is over.
        release = stopAfter(0);
      });
    } finally {
      release();
    }
  };
  expect(() => runInterruptible(work, null)).toThrow('stopped');
  expect(globalsNow()).toEqual(before);
  const endless = () => {
    for (;;);
  };
  expect(runInterruptible(() => guardHost(endless), 20).kind).toBe('timeout');
  expect(globalsNow()).toEqual(before);
});

test('within a guard that is up no second one is raised, and the first stays', () => {
  const { random } = Math;
  guardHost(() => {
    expect(withinGuard(() => 7)).toBe(7);
    expect(() => Math.random()).toThrow('use ctx.random');
  });
  expect(() => withinGuard(() => Math.random())).toThrow('use ctx.random');
  expect(Math.random).toBe(random);
});

test('work of dsim itself has the host as it is, and afterwards the guard is up as before', () => {
  const before = globalsNow();
  guardHost(() => {
    expect(() => performance.now()).toThrow('irreproducible');
    expect(outsideGuard(() => [...globalsNow()])).toEqual([...before]);
    expect(() => Date.now()).toThrow('irreproducible');
    expect(() => performance.now()).toThrow('irreproducible');
    expect(() => outsideGuard(() => JSON.parse('{'))).toThrow(SyntaxError);
    expect(() => Math.random()).toThrow('irreproducible');
  });
  expect([...globalsNow()]).toEqual([...before]);
  expect(outsideGuard(() => Math.random())).toBeLessThan(1);
});
