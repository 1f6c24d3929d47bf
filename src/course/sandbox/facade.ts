/**
 * What runs inside a node's own context before the student's code: it takes the host's clock,
 * chance and promises away, and gives the node a `ctx` that is made of objects of that context.
 *
 * Only texts, numbers and booleans cross the border, in both directions: an object of the host is a
 * way to everything of the host. `facade` becomes the text of a script, so it may name nothing that
 * stands outside of it. It keeps the functions that it needs before the student's code can change
 * them.
 */

import type { Context } from '../../sim/node.ts';
import { takeAway } from './language.ts';

export type Primitive = string | number | boolean | null | undefined;

/** One call of the host. It never throws: a text that begins with `!` is an error as JSON. */
export type HostCall = (
  operation: string,
  a?: Primitive,
  b?: Primitive,
  c?: Primitive,
) => Primitive;

/**
 * One call of the node. Returns nothing, `=` and JSON, or `!` and the JSON of an error, see
 * `GuestError`.
 */
export type Enter = (operation: string, a?: Primitive, b?: Primitive) => Primitive;

/** An error that left a node: plain texts. */
export interface GuestError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Of a `StorageError`. */
  readonly code: string | null;
}

type Body = (exports: object, require: unknown, module: object) => void;

// biome-ignore lint/suspicious/noExplicitAny: what a student's file exports may be anything.
type Anything = any;

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: its text is a script, and must stand alone.
function facade(host: HostCall, body: Body): Enter {
  const { parse, stringify } = JSON;
  const { create, freeze, defineProperty, keys: keysOf } = Object;
  const { apply, construct } = Reflect;
  const { isArray } = Array;
  const isFinite = Number.isFinite;
  const textOf = String;
  const PlainError = Error;
  const PlainTypeError = TypeError;

  class HostGlobalError extends PlainError {
    constructor(name: string, instead: string) {
      super(`${name} is out of bounds: ${instead}`);
      this.name = 'HostGlobalError';
    }
  }
  class StorageError extends PlainError {
    readonly code: string;
    constructor(code: string, message: string) {
      super(message);
      this.name = 'StorageError';
      this.code = code;
    }
  }

  // --- What a node may not have -----------------------------------------------------------------

  const scope = globalThis as Anything;
  const refuse = (name: string, instead: string) => () => {
    throw new HostGlobalError(name, instead);
  };
  const put = (owner: object, name: string, value: unknown) =>
    defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: false });
  const clock = 'use ctx.now()';
  const timer = 'use ctx.setTimer()';
  const machine = 'a node has its context only';
  for (const [name, instead] of [
    ['setTimeout', timer],
    ['setInterval', timer],
    ['setImmediate', timer],
    ['queueMicrotask', timer],
    ['fetch', 'use ctx.send() to talk to other nodes'],
    ['eval', 'code is in files'],
  ] as const) {
    put(scope, name, refuse(`${name}()`, instead));
  }
  const nothing = (name: string) =>
    new Proxy(
      {},
      {
        get: (_of, key) => refuse(typeof key === 'symbol' ? name : `${name}.${key}`, machine)(),
      },
    );
  for (const name of ['process', 'performance', 'crypto']) put(scope, name, nothing(name));
  put(Math, 'random', refuse('Math.random()', 'use ctx.random'));
  const RealDate = Date;
  put(RealDate, 'now', refuse('Date.now()', clock));
  const GuardedDate: unknown = new Proxy(RealDate, {
    construct(target, args, newTarget) {
      if (args.length === 0) throw new HostGlobalError('new Date()', clock);
      return construct(target, args, newTarget) as object;
    },
    apply: refuse('Date()', clock),
  });
  put(RealDate.prototype, 'constructor', GuardedDate);
  put(scope, 'Date', GuardedDate);
  // Async functions were translated into what makes a promise by its name.
  const noPromise = refuse(
    'a promise',
    'a handler runs to completion; to wait, set a timer, or write a service',
  );
  class NoPromise {
    constructor() {
      noPromise();
    }
  }
  for (const name of [
    'all',
    'allSettled',
    'any',
    'race',
    'reject',
    'resolve',
    'try',
    'withResolvers',
  ]) {
    put(NoPromise, name, noPromise);
  }
  put(Promise.prototype, 'constructor', NoPromise);
  put(scope, 'Promise', NoPromise);
  const byLanguage = 'it depends on the language of the machine; compare with < and >';
  for (const owner of [String.prototype, Number.prototype, Array.prototype, RealDate.prototype]) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      if (name === 'localeCompare' || name.startsWith('toLocale')) {
        put(owner, name, refuse(`${name}()`, byLanguage));
      }
    }
  }
  // The frames of a stack would lead to the functions of the host.
  for (const [name, value] of [
    ['prepareStackTrace', undefined],
    ['stackTraceLimit', 12],
  ] as const) {
    defineProperty(PlainError, name, { value, writable: false, configurable: false });
  }
  defineProperty(scope, 'Error', { value: PlainError, writable: false, configurable: false });

  // --- The border -------------------------------------------------------------------------------

  /** Calls the host; throws its error as one of this context. */
  const ask = (operation: string, a?: Primitive, b?: Primitive, c?: Primitive): Primitive => {
    let answer: Primitive;
    try {
      answer = host(operation, a, b, c);
    } catch {
      // Whatever it is, it is an object of the host, and nobody gets to see it.
      throw new PlainError(`${operation}: the stack is too deep`);
    }
    if (typeof answer !== 'string' || answer[0] !== '!') return answer;
    const { name, message, code } = parse(sliced(answer)) as GuestError;
    if (code !== null) throw new StorageError(code, message);
    const error = new PlainTypeError(message);
    error.name = name;
    throw error;
  };
  const slice = String.prototype.slice;
  const sliced = (text: string) => apply(slice, text, [1]) as string;
  /** Data that the host gives: `=` and JSON, or nothing. */
  const dataOf = (answer: Primitive): Anything =>
    typeof answer === 'string' ? parse(sliced(answer)) : undefined;
  /** Data as JSON. Throws TypeError for what JSON would drop or change. */
  const written = (where: string, value: unknown): string => stringify(plainCopy(where, value, 0));
  /**
   * A copy whose every field was read once: getters cannot give one thing to the checks and another
   * to JSON, and no `toJSON` is called.
   */
  const plainCopy = (where: string, value: unknown, depth: number): unknown => {
    const type = typeof value;
    if (type === 'bigint' || type === 'function' || type === 'symbol') {
      throw new PlainTypeError(
        `${where}: a ${type} is in it: messages and what is stored are plain data`,
      );
    }
    if (type === 'number' && !isFinite(value as number)) {
      throw new PlainTypeError(`${where}: ${value} is in it, which JSON cannot hold`);
    }
    if (type !== 'object' || value === null) return value;
    if (depth > 200) {
      throw new PlainTypeError(`${where}: it goes deeper than 200 levels, or holds itself`);
    }
    const object = value as Anything;
    if (typeof object.toJSON === 'function') {
      throw new PlainTypeError(`${where}: it writes itself down by \`toJSON\``);
    }
    if (object instanceof Map || object instanceof Set) {
      throw new PlainTypeError(
        `${where}: a ${object instanceof Map ? 'Map' : 'Set'} is in it, which JSON would empty: make it a list, as [...it]`,
      );
    }
    if (!isArray(object)) {
      const copy = create(null);
      const keys = keysOf(object);
      // No `for … of`: lists may have another iterator by now.
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i] as string;
        copy[key] = plainCopy(where, object[key], depth + 1);
      }
      return copy;
    }
    const { length } = object;
    // A proxy may say that it has any length.
    if (length > LENGTH_MAX) throw new PlainTypeError(`${where}: a list of ${length} items`);
    const copy: unknown[] = [];
    for (let i = 0; i < length; i++) copy[i] = plainCopy(where, object[i], depth + 1);
    return defineProperty(copy, 'toJSON', NOTHING);
  };
  const LENGTH_MAX = 1_000_000;
  const NOTHING = freeze({ __proto__: null, value: undefined });
  const number = (value: unknown): Primitive =>
    typeof value === 'number' || value === undefined ? value : textOf(value);

  const random = freeze({
    int: (min: number, max: number) => ask('random.int', number(min), number(max)),
    between: (min: number, max: number) => ask('random.between', number(min), number(max)),
    chance: (probability: number) => ask('random.chance', number(probability)),
    pick: (items: Anything) => items[ask('random.pick', number(items.length)) as number],
    shuffle: (items: Anything) =>
      (dataOf(ask('random.shuffle', number(items.length))) as number[]).map(
        (index) => items[index],
      ),
    exponential: (mean: number) => ask('random.exponential', number(mean)),
    normal: () => ask('random.normal'),
    draw: (spec: unknown) => ask('random.draw', written('ctx.random.draw', spec)),
  });
  const log = (name: string) =>
    freeze({
      get end() {
        return ask('log.end', name);
      },
      get start() {
        return ask('log.start', name);
      },
      at: (index: number) => dataOf(ask('log.at', name, number(index))),
      append: (record: unknown) => void ask('log.append', name, written('log.append', record)),
      truncate: (end: number) => void ask('log.truncate', name, number(end)),
      dropBefore: (start: number) => void ask('log.dropBefore', name, number(start)),
      dropTorn: () => ask('log.dropTorn', name),
    });
  const storage = freeze({
    get: (key: unknown) => dataOf(ask('disk.get', textOf(key))),
    set: (key: unknown, value: unknown) =>
      void ask('disk.set', textOf(key), written('ctx.storage.set', value)),
    delete: (key: unknown) => void ask('disk.delete', textOf(key)),
    keys: () => dataOf(ask('disk.keys')),
    log: (name: unknown) => log(textOf(name)),
    sync: (tag: unknown, key?: number) => void ask('disk.sync', textOf(tag), number(key)),
  });
  const message = (where: string, to: unknown, sent: Anything): string => {
    if (typeof to !== 'string')
      throw new PlainTypeError(`${where}: a node's name is a text, and not ${to}`);
    const copy = plainCopy(where, sent, 0) as Anything;
    if (typeof copy !== 'object' || copy === null || typeof copy.type !== 'string') {
      throw new PlainTypeError(`${where}: a message is an object with a \`type\`, which is a text`);
    }
    return stringify(copy);
  };
  const makeContext = ({ self, peers, life }: Pick<Context, 'self' | 'peers' | 'life'>) =>
    freeze({
      self,
      peers: freeze(peers),
      life,
      random,
      storage,
      now: () => ask('now'),
      elapsed: () => ask('elapsed'),
      send: (to: string, sent: unknown) => void ask('send', to, message('ctx.send', to, sent)),
      sendNow: (to: string, sent: unknown) =>
        void ask('sendNow', to, message('ctx.sendNow', to, sent)),
      broadcast: (sent: unknown) => void ask('broadcast', message('ctx.broadcast', '', sent)),
      setTimer: (tag: unknown, afterMs: number, key?: number) =>
        void ask('setTimer', textOf(tag), number(afterMs), number(key)),
      cancelTimer: (tag: unknown, key?: number) =>
        void ask('cancelTimer', textOf(tag), number(key)),
      compute: (tag: unknown, ms: number, key?: number) =>
        void ask('compute', textOf(tag), number(ms), number(key)),
      cancelCompute: (tag: unknown, key?: number) =>
        void ask('cancelCompute', textOf(tag), number(key)),
      note: (label: unknown, detail?: unknown) =>
        void ask(
          'note',
          textOf(label),
          detail === undefined ? undefined : written('ctx.note', detail),
        ),
      measure: (name: unknown, value?: number, of?: string) =>
        void ask('measure', textOf(name), number(value), of === undefined ? of : textOf(of)),
    });

  const shown = (value: unknown): string => {
    if (typeof value === 'string') return value;
    try {
      return (typeof value === 'object' ? stringify(value) : undefined) ?? textOf(value);
    } catch {
      return 'something that has no text';
    }
  };
  // A grade has no place for what a node prints; `dsim run` shows it.
  const console: Anything = {};
  for (const name of keysOf(scope.console)) console[name] = () => {};
  put(scope, 'console', freeze(console));

  // --- The node ---------------------------------------------------------------------------------

  const failure = (error: Anything): string => {
    const read = (field: string, otherwise: string): string => {
      try {
        const value: unknown = error?.[field];
        return typeof value === 'string' ? value : otherwise;
      } catch {
        return otherwise;
      }
    };
    const isError = error instanceof PlainError;
    const text = isError ? 'an error without words' : `${shown(error)} was thrown: throw an Error`;
    const words: GuestError = {
      name: isError ? read('name', 'Error') : 'Error',
      message: isError ? read('message', text) : text,
      stack: isError ? read('stack', '') : '',
      code: error instanceof StorageError ? read('code', '') : null,
    };
    return `!${stringify(words)}`;
  };
  const EXPECTED =
    'expected `export default class MyNode` with a method `receive(ctx, from, message)`, or `export default defineSystem({ create })`';
  const exported = (): Anything => {
    const module = { exports: {} as Anything };
    const require = (name: unknown) =>
      refuse(
        `require('${textOf(name)}')`,
        'a graded node can import `dsim` and files of its own',
      )();
    body(module.exports, require, module);
    const value = module.exports?.default ?? module.exports;
    const isClass = typeof value === 'function' && typeof value.prototype?.receive === 'function';
    if (!isClass && typeof value?.create !== 'function') throw new PlainTypeError(EXPECTED);
    return value;
  };
  const declared = (): string => {
    const value = exported();
    const { params, measures } = value;
    return stringify({ params, measures });
  };
  let node: Anything = null;
  let ctx: Anything = null;
  const boot = (given: string): string => {
    const { params, place, bug } = parse(given);
    for (const name of ['of', 'regionOf', 'label', 'resolve'] as const) {
      place[name] = (a: unknown, b?: unknown) =>
        dataOf(ask(`place.${name}`, textOf(a), b === undefined ? undefined : textOf(b)));
    }
    // Policies are functions of the host: a graded service calls without any.
    place.policiesFor = () => [];
    place.policyNameOf = (target: unknown) => target;
    freeze(place);
    const value = exported();
    node =
      typeof value === 'function'
        ? new value(place, params, bug)
        : value.create(params, place, bug);
    if (typeof node !== 'object' || typeof node?.receive !== 'function') {
      throw new PlainTypeError(
        typeof node?.handle === 'function'
          ? '`create` returned a service: return serve(it, place)'
          : '`create` returned no node: a node is an object with receive(ctx, from, message)',
      );
    }
    return stringify(
      ['inspect', 'leave', 'connected', 'disconnected', 'command'].filter(
        (name) => typeof node[name] === 'function',
      ),
    );
  };
  const done = (handler: string, returned: Anything): undefined => {
    if (typeof returned !== 'object' || returned === null) return;
    if (typeof returned.then === 'function' || typeof returned.next === 'function') {
      throw new PlainTypeError(
        `${handler} is async, or a generator: a handler is a plain method that runs to completion; to wait, set a timer, or write a service`,
      );
    }
  };
  const run = (operation: string, a: Primitive, b: Primitive): Primitive => {
    switch (operation) {
      case 'declare':
        return `=${declared()}`;
      case 'boot':
        return `=${boot(a as string)}`;
      case 'start':
        ctx = makeContext(parse(a as string));
        return done('start', node.start?.(ctx));
      case 'receive':
        return done('receive', node.receive(ctx, a, parse(b as string)));
      case 'timeout':
        if (typeof node.timeout !== 'function') {
          throw new PlainTypeError(
            `timer '${a}' has come due, but there is no method timeout(ctx, tag)`,
          );
        }
        return done('timeout', node.timeout(ctx, a, b));
      case 'inspect':
        return `=${written('inspect', node.inspect() ?? {})}`;
      case 'command':
        return done('command', node.command(ctx, a, parse(b as string)));
      default:
        return done(operation, node[operation](ctx, a, b));
    }
  };
  return (operation, a, b) => {
    try {
      const answer = run(operation, a, b);
      return typeof answer === 'string' ? answer : undefined;
    } catch (error) {
      try {
        return failure(error);
      } catch {
        return '!{"name":"Error","message":"an error that cannot be read was thrown","stack":"","code":null}';
      }
    }
  };
}

/** The script whose value is the function above. */
export const FACADE = `'use strict';(${takeAway.toString()})();(${facade.toString()})`;
