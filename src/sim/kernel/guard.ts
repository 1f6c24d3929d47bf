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

type Bag = { [name: PropertyKey]: unknown };

/** A built-in object that own code has changed: dsim itself works with it. */
export class BuiltinChangedError extends HostGlobalError {
  constructor(name: string, by: string) {
    super(name, 'leave it as it is');
    this.name = 'BuiltinChangedError';
    this.message = `${name} was changed by ${by}: dsim and every other node work with it, so the run proves nothing; keep what you need in the node`;
  }
}

const clock = 'use ctx.now()';
const timer = 'use ctx.setTimer()';
const chance = 'use ctx.random';
const stop = 'throw an error to stop it';
const message = 'use ctx.send() to talk to other nodes';
const machine = 'a node has its context only';

type Method = readonly [name: PropertyKey, instead: string];
/** Methods and properties of a global object, or of its prototype, and what to use instead. */
export type Guarded = readonly [owner: string, methods: readonly Method[], where?: 'prototype'];
/** Notes a step that takes back the change which follows. */
export type Note = (step: () => void) => void;

const guarded: readonly Guarded[] = [
  ['Math', [['random', chance]]],
  [
    'crypto',
    [
      ['randomUUID', chance],
      ['getRandomValues', chance],
    ],
  ],
  ['Date', [['now', clock]]],
  [
    'performance',
    [
      ['now', clock],
      ['mark', clock],
      ['measure', clock],
      ['toJSON', clock],
      ['eventLoopUtilization', machine],
    ],
  ],
  [
    'process',
    [
      ['hrtime', clock],
      ['uptime', clock],
      ['cpuUsage', clock],
      ['resourceUsage', clock],
      ['memoryUsage', machine],
      ['availableMemory', machine],
      ['nextTick', timer],
      // Ways to everything that may not be imported.
      ['getBuiltinModule', machine],
      ['binding', machine],
      ['_linkedBinding', machine],
      ['dlopen', machine],
      ['mainModule', machine],
      ['chdir', machine],
      ['loadEnvFile', machine],
      ['setUncaughtExceptionCaptureCallback', machine],
      ['on', machine],
      ['once', machine],
      ['addListener', machine],
      ['removeAllListeners', machine],
      ['emit', machine],
      // It would end the process without a word, and with the exit code of success.
      ['exit', stop],
      ['reallyExit', stop],
      ['abort', stop],
      ['kill', stop],
    ],
  ],
  [
    'globalThis',
    [
      ['setTimeout', timer],
      ['setInterval', timer],
      ['setImmediate', timer],
      ['queueMicrotask', timer],
      ['fetch', message],
    ],
  ],
];

function hostGlobal(name: string): Bag | undefined {
  return (globalThis as unknown as Bag)[name] as Bag | undefined;
}

/** Who looks whether a run leaves the machine as it was. */
export interface Watch {
  /** A stretch of a run begins, and the guard is up: no node has changed what is new by now. */
  before(): void;
  /** The stretch is over, and the guard still up. Throws if a node has changed anything. */
  after(): void;
}

const watches = new Set<Watch>();

/** From now on every stretch of a run is watched. */
export function watchRuns(watch: Watch): void {
  watches.add(watch);
}

/** The end of a stretch of a run: throws what one of the watches has found. */
export function afterRun(): void {
  for (const watch of watches) watch.after();
}

/**
 * The steps that take the guard down, the last first; null while none is up. A run may be stopped
 * anywhere, here too, and by means that skip every `finally`: so each step is noted before the
 * change that it takes back, and may be taken twice.
 */
let undo: (() => void)[] | null = null;
/** What others want to be done before that, the last first. */
let others: (() => void)[] = [];

/** What else goes up with the guard, and comes down with it. */
const further = new Set<(note: Note) => void>();

/** From now on this goes up with every guard. */
export function guardAlso(raiseFurther: (note: Note) => void): void {
  further.add(raiseFurther);
}

/** Takes this step when the guard that is up comes down; at once if none is. */
export function whenLowered(step: () => void): void {
  if (undo === null) step();
  else others.push(step);
}

/** Runs `body` with the guard up; synchronous and not nested. */
export function guardHost<T>(body: () => T): T {
  try {
    raise();
    for (const watch of watches) watch.before();
    return body();
  } finally {
    lowerGuard();
  }
}

/** Runs `body` with the guard up: the one that is up already, or one of its own. */
export function withinGuard<T>(body: () => T): T {
  return undo === null ? guardHost(body) : body();
}

/**
 * Takes the guard down if it is up. For those who stop a run from outside, by means that skip every
 * `finally`.
 */
export function lowerGuard(): void {
  takeAll(others);
  others = [];
  takeAll(undo ?? []);
  undo = null;
}

/**
 * Runs `body`, which is work of dsim itself, with the guard down for so long if it is up. What
 * reads files or starts programs may read the host's clock, where a library has put its own
 * functions into `fs`: graceful-fs, which test runners bring along, does in `closeSync`.
 */
export function outsideGuard<T>(body: () => T): T {
  if (undo === null) return body();
  takeAll(undo);
  try {
    return body();
  } finally {
    raise();
  }
}

function takeAll(steps: readonly (() => void)[]): void {
  for (let i = steps.length - 1; i >= 0; i--) steps[i]?.();
}

function raise(): void {
  const steps: (() => void)[] = [];
  undo = steps;
  const note: Note = (step) => void steps.push(step);
  for (const one of guarded) guardGlobal(one, note);
  guardDate(note);
  for (const more of further) more(note);
}

/**
 * Guards a global object. Node makes some of these objects when they are first read, at the price
 * of a twentieth of a start each: those are guarded when they are read, if ever.
 */
export function guardGlobal(one: Guarded, note: Note): void {
  const [name] = one;
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  if (before?.get === undefined || before.configurable !== true) return guardMethods(one, note);
  let isRead = false;
  const restore = () => {
    // Reading it may have put the object itself there.
    if (!isRead) Object.defineProperty(globalThis, name, before);
  };
  note(restore);
  Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: before.enumerable === true,
    get() {
      restore();
      isRead = true;
      guardMethods(one, note);
      return hostGlobal(name);
    },
  });
}

function guardMethods([ownerName, methods, where]: Guarded, note: Note): void {
  const global = hostGlobal(ownerName);
  if (global === undefined) return;
  const owner = where === undefined ? global : prototypeOf(global);
  const prefix = ownerName === 'globalThis' ? '' : `${ownerName}.`;
  for (const [name, instead] of methods) {
    const before = putBack(owner, name, note);
    // Programs ask which of these there are.
    if (before === undefined && (owner === globalThis || where !== undefined)) continue;
    const label = `${prefix}${typeof name === 'symbol' ? 'toString' : String(name)}`;
    const isCalled = before === undefined || typeof before.value === 'function';
    if (isCalled || owner === globalThis) guardMethod(owner, name, `${label}()`, instead);
    else Object.defineProperty(owner, name, { configurable: true, get: refusal(label, instead) });
  }
}

/** Of a constructor the prototype of what it makes, of another object its own. */
function prototypeOf(global: Bag): Bag {
  if (typeof global === 'function') return (global as { readonly prototype: Bag }).prototype;
  return Object.getPrototypeOf(global) as Bag;
}

/** Notes how to put a property back; returns it as it is. */
function putBack(owner: object, name: PropertyKey, note: Note): PropertyDescriptor | undefined {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  note(() => {
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  });
  return before;
}

/** A plain function: some are called by `new`. */
function refusal(label: string, instead: string): () => never {
  return function refuse() {
    throw new HostGlobalError(label, instead);
  };
}

function guardMethod(owner: Bag, name: PropertyKey, label: string, instead: string): void {
  // Properties of the function, such as `process.hrtime.bigint`, are refused alike.
  const value = new Proxy(refusal(label, instead), {
    get: (of, key) => (key in of ? Reflect.get(of, key) : of),
  });
  Object.defineProperty(owner, name, { configurable: true, writable: true, value });
}

/** Puts this in place of a property that there is, until the guard comes down. */
export function guardBy(
  owner: object,
  name: PropertyKey,
  by: PropertyDescriptor,
  note: Note,
): void {
  const before = putBack(owner, name, note);
  if (before !== undefined) Object.defineProperty(owner, name, { ...before, ...by });
}

/** `new Date()` reads the clock; `new Date(0)` does not. */
function guardDate(note: Note): void {
  const before = globalThis.Date;
  note(() => {
    globalThis.Date = before;
  });
  const guardedDate: DateConstructor = new Proxy(before, {
    construct(target, args, made): object {
      if (args.length === 0) throw new HostGlobalError('new Date()', clock);
      return Reflect.construct(target, args, made === guardedDate ? target : made);
    },
    apply() {
      throw new HostGlobalError('Date()', clock);
    },
  });
  globalThis.Date = guardedDate;
  // `date.constructor` is another way to it.
  guardBy(before.prototype, 'constructor', { value: guardedDate }, note);
}
