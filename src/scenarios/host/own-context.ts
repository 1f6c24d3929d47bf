/**
 * The context that a user's own node gets: the kernel's, behind a wall. What it hands out leads
 * nowhere but to what `Context` promises, and what goes in is plain data: a message that JSON
 * cannot hold would stop a run that writes a trace, and no other.
 */
import { types } from 'node:util';
import type {
  Context,
  Detail,
  Log,
  Machines,
  Message,
  NodeId,
  Plain,
  Random,
  Storage,
} from '../../sim/node.ts';

/** Deeper data ends the stack of those who write it down. */
const DEPTH_MAX = 500;

export class OwnContext implements Context {
  readonly self: NodeId;
  readonly peers: readonly NodeId[];
  readonly life: number;
  readonly random: Random;
  readonly storage: Storage;
  readonly #context: Context;
  #machines: Machines | null = null;

  constructor(context: Context) {
    this.#context = context;
    this.self = context.self;
    this.peers = Object.freeze([...context.peers]);
    this.life = context.life;
    this.random = wallOff(context.random, RANDOM);
    this.storage = new OwnStorage(context.storage);
    Object.freeze(this);
  }

  now(): number {
    return this.#context.now();
  }

  elapsed(): number {
    return this.#context.elapsed();
  }

  send(to: NodeId, message: Message): void {
    checkMessage('ctx.send', message);
    this.#context.send(to, message);
  }

  sendNow(to: NodeId, message: Message): void {
    checkMessage('ctx.sendNow', message);
    this.#context.sendNow(to, message);
  }

  broadcast(message: Message): void {
    checkMessage('ctx.broadcast', message);
    this.#context.broadcast(message);
  }

  setTimer(tag: string, afterMs: number, key?: number): void {
    checkText('ctx.setTimer', 'a tag', tag);
    this.#context.setTimer(tag, afterMs, key);
  }

  cancelTimer(tag: string, key?: number): void {
    this.#context.cancelTimer(tag, key);
  }

  compute(tag: string, ms: number, key?: number): void {
    checkText('ctx.compute', 'a tag', tag);
    this.#context.compute(tag, ms, key);
  }

  cancelCompute(tag: string, key?: number): void {
    this.#context.cancelCompute(tag, key);
  }

  get machines(): Machines {
    this.#machines ??= wallOff(this.#context.machines, MACHINES);
    return this.#machines;
  }

  note(label: string, detail?: Detail): void {
    checkText('ctx.note', 'a label', label);
    if (detail === undefined) return this.#context.note(label);
    if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) {
      throw new TypeError('ctx.note: a detail is an object, such as `{ keys: 3 }`');
    }
    this.#context.note(label, copied('ctx.note', detail));
  }

  measure(name: string, value?: number, of?: string): void {
    this.#context.measure(name, value, of);
  }
}

class OwnStorage implements Storage {
  readonly #storage: Storage;
  readonly #logs = new Map<string, Log>();

  constructor(storage: Storage) {
    this.#storage = storage;
    Object.freeze(this);
  }

  get(key: string): Plain | undefined {
    return copied('ctx.storage.get', this.#storage.get(key));
  }

  /** A copy is kept: what a node does to its own afterwards is memory, and not on the disk. */
  set(key: string, value: Plain): void {
    checkText('ctx.storage.set', 'a key', key);
    this.#storage.set(key, copied('ctx.storage.set', value));
  }

  delete(key: string): void {
    this.#storage.delete(key);
  }

  keys(): readonly string[] {
    return this.#storage.keys();
  }

  log<R extends Plain = Plain>(name: string): Log<R> {
    checkText('ctx.storage.log', 'a name', name);
    let log = this.#logs.get(name);
    if (log === undefined) {
      log = new OwnLog(this.#storage.log(name));
      this.#logs.set(name, log);
    }
    return log as Log<R>;
  }

  sync(tag: string, key?: number): void {
    this.#storage.sync(tag, key);
  }
}

class OwnLog implements Log {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
    Object.freeze(this);
  }

  get end(): number {
    return this.#log.end;
  }

  get start(): number {
    return this.#log.start;
  }

  at(index: number): Plain {
    return copied('log.at', this.#log.at(index));
  }

  append(record: Plain): void {
    this.#log.append(copied('log.append', record));
  }

  truncate(end: number): void {
    this.#log.truncate(end);
  }

  dropBefore(start: number): void {
    this.#log.dropBefore(start);
  }

  dropTorn(): number {
    return this.#log.dropTorn();
  }
}

const RANDOM = [
  'int',
  'between',
  'chance',
  'pick',
  'shuffle',
  'exponential',
  'normal',
  'draw',
] as const;
const MACHINES = ['start', 'stop', 'kill', 'state'] as const;

/** These methods of an object, without the object; of machines their `nodes` too. */
function wallOff<T extends object>(of: T, methods: readonly (keyof T)[]): T {
  const walled = {} as { [method: PropertyKey]: unknown };
  for (const method of methods) {
    const call = of[method] as (...args: unknown[]) => unknown;
    walled[method] = (...args: unknown[]) => call.apply(of, args);
  }
  if ('nodes' in of) Object.defineProperty(walled, 'nodes', { get: () => of.nodes });
  return Object.freeze(walled) as T;
}

// --- Plain data --------------------------------------------------------------------------------

function checkText(where: string, what: string, text: unknown): void {
  if (typeof text === 'string') return;
  throw new TypeError(`${where}: ${what} is a text, and not ${typeof text}`);
}

function checkMessage(where: string, message: unknown): void {
  if (typeof message !== 'object' || message === null) {
    throw new TypeError(`${where}: a message is an object with a \`type\`, and not ${message}`);
  }
  const wrong = whatIsNotPlain(message, 0);
  if (wrong !== null) throw new TypeError(`${where}: ${wrong}: messages are plain data`);
  checkText(where, 'the `type` of a message', (message as { readonly type?: unknown }).type);
}

/** A copy of plain data. Throws TypeError for what JSON cannot hold. */
function copied<T>(where: string, value: T): T {
  const wrong = whatIsNotPlain(value, 0);
  if (wrong !== null) throw new TypeError(`${where}: ${wrong}: it takes plain data`);
  return copyOf(value) as T;
}

function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  const copy: { [field: string]: unknown } = {};
  for (const field of Object.keys(value)) {
    const inner = copyOf((value as { readonly [field: string]: unknown })[field]);
    if (field === '__proto__') {
      Object.defineProperty(copy, field, { value: inner, enumerable: true, writable: true });
    } else copy[field] = inner;
  }
  return copy;
}

/** What holds more than its own fields, which is all that would be left of it. */
const HOLDERS: readonly (readonly [is: (value: object) => boolean, name: string])[] = [
  [types.isMap, 'a Map'],
  [types.isSet, 'a Set'],
  [types.isWeakMap, 'a WeakMap'],
  [types.isWeakSet, 'a WeakSet'],
  [types.isPromise, 'a Promise'],
  [types.isRegExp, 'a RegExp'],
  [types.isNativeError, 'an Error'],
  [types.isAnyArrayBuffer, 'an ArrayBuffer'],
  [types.isBoxedPrimitive, 'a boxed value'],
];

/** What keeps a value from being written down, in words; null if nothing does. */
function whatIsNotPlain(value: unknown, depth: number): string | null {
  switch (typeof value) {
    case 'bigint':
      return 'a BigInt is in it';
    case 'function':
      return 'a function is in it';
    case 'symbol':
      return 'a symbol is in it';
    case 'object':
      return value === null ? null : whatIsNotPlainIn(value, depth);
    default:
      return null;
  }
}

function whatIsNotPlainIn(value: object, depth: number): string | null {
  if (depth > DEPTH_MAX) return `it goes deeper than ${DEPTH_MAX} levels, or holds itself`;
  if (types.isProxy(value)) return 'a Proxy is in it';
  if (types.isArrayBufferView(value)) return 'bytes are in it';
  const kind: unknown = Object.getPrototypeOf(value);
  const isUsual = kind === Object.prototype || kind === Array.prototype || kind === null;
  const holder = isUsual ? undefined : HOLDERS.find(([is]) => is(value));
  if (holder !== undefined) return `${holder[1]} is in it`;
  for (const field of Object.keys(value)) {
    const own = Object.getOwnPropertyDescriptor(value, field);
    if (own === undefined) continue;
    if (own.get !== undefined || own.set !== undefined) return `\`${field}\` is computed`;
    const wrong = whatIsNotPlain(own.value, depth + 1);
    if (wrong !== null) return wrong;
  }
  if (typeof (value as { readonly toJSON?: unknown }).toJSON === 'function') {
    return 'it writes itself down by `toJSON`';
  }
  return null;
}
