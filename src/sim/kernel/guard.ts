/**
 * While the world runs, the host's clock, chance, timers and network are out of bounds: using one
 * would make the run irreproducible, so it throws and says what to use instead. Everything is put
 * back when the run ends.
 */

/** Thrown by a guarded global; the run stops and names the node. */
export class HostGlobalError extends Error {
  readonly global: string;
  constructor(name: string, instead: string) {
    super(`${name} would make the run irreproducible; ${instead}`);
    this.name = 'HostGlobalError';
    this.global = name;
  }
}

type Bag = { [name: string]: unknown };

const clock = 'use ctx.now()';
const timer = 'use ctx.setTimer()';
const chance = 'use ctx.random';
const message = 'use ctx.send() to talk to other nodes';

/** What is guarded: where it hangs, its name, and what to use instead. */
const guarded: readonly (readonly [
  owner: () => Bag | undefined,
  name: string,
  label: string,
  instead: string,
])[] = [
  [() => Math as unknown as Bag, 'random', 'Math.random()', chance],
  [() => hostGlobal('crypto'), 'randomUUID', 'crypto.randomUUID()', chance],
  [() => hostGlobal('crypto'), 'getRandomValues', 'crypto.getRandomValues()', chance],
  [() => hostGlobal('Date'), 'now', 'Date.now()', clock],
  [() => hostGlobal('performance'), 'now', 'performance.now()', clock],
  [() => hostGlobal('process'), 'hrtime', 'process.hrtime()', clock],
  [() => globalThis as unknown as Bag, 'setTimeout', 'setTimeout()', timer],
  [() => globalThis as unknown as Bag, 'setInterval', 'setInterval()', timer],
  [() => globalThis as unknown as Bag, 'setImmediate', 'setImmediate()', timer],
  [() => globalThis as unknown as Bag, 'queueMicrotask', 'queueMicrotask()', timer],
  [() => globalThis as unknown as Bag, 'fetch', 'fetch()', message],
];

function hostGlobal(name: string): Bag | undefined {
  return (globalThis as unknown as Bag)[name] as Bag | undefined;
}

/** Puts the globals back while a guard is up. */
let lower: (() => void) | null = null;

/** Runs `body` with the guard up; synchronous and not nested. */
export function guardHost<T>(body: () => T): T {
  raise();
  try {
    return body();
  } finally {
    lowerGuard();
  }
}

/**
 * Takes the guard down if it is up. For those who stop a run from outside, by means that skip every
 * `finally`.
 */
export function lowerGuard(): void {
  lower?.();
  lower = null;
}

function raise(): void {
  const undo: (() => void)[] = [];
  for (const [ownerOf, name, label, instead] of guarded) {
    const owner = ownerOf();
    const before = owner === undefined ? undefined : Object.getOwnPropertyDescriptor(owner, name);
    if (owner === undefined) continue;
    const refuse = () => {
      throw new HostGlobalError(label, instead);
    };
    // What hangs on the function itself, as `process.hrtime.bigint`, is refused alike.
    const value = new Proxy(refuse, { get: (of, key) => (key in of ? Reflect.get(of, key) : of) });
    Object.defineProperty(owner, name, { configurable: true, writable: true, value });
    undo.push(() => {
      if (before === undefined) delete owner[name];
      else Object.defineProperty(owner, name, before);
    });
  }
  undo.push(guardDate());
  lower = () => {
    for (const step of undo.reverse()) step();
  };
}

/** `new Date()` reads the clock; `new Date(0)` does not. */
function guardDate(): () => void {
  const before = globalThis.Date;
  const guardedDate = new Proxy(before, {
    construct(target, args) {
      if (args.length === 0) throw new HostGlobalError('new Date()', clock);
      return Reflect.construct(target, args) as object;
    },
    apply() {
      throw new HostGlobalError('Date()', clock);
    },
  });
  globalThis.Date = guardedDate;
  return () => {
    globalThis.Date = before;
  };
}
