/**
 * One node's own `vm` context: the facade, the student's bundle, and the host's side of the border
 * between them. Made again at every boot.
 *
 * Every call across returns a text, a number or nothing. What else might come out of the context is
 * dropped unseen: it could be an object of the guest whose getters run when somebody looks.
 */
import { compileFunction, constants, createContext, Script } from 'node:vm';
import type { DistributionSpec } from '../../sim/distribution.ts';
import {
  type Context,
  type Detail,
  type Log,
  type Message,
  type NodeId,
  type Plain,
  type Random,
  type Storage,
  StorageError,
} from '../../sim/node.ts';
import type { Place } from '../../sim/system.ts';
import { type Enter, FACADE, type GuestError, type HostCall, type Primitive } from './facade.ts';
import type { Traffic } from './traffic.ts';

/** What a bundle is called in stacks; `OwnStack` finds its places by it. */
export const BUNDLE_NAME = 'submission.cjs';

/** Longer texts of one message or one stored value are refused. */
const TEXT_MAX = 1024 * 1024;

const facadeScript = new Script(FACADE, { filename: 'dsim-facade.js' });

const NAMES = ['exports', 'require', 'module'] as const;

/**
 * A bundle that is ready to be evaluated in any number of contexts. Throws SyntaxError for what is
 * no body of a function: it could close the function around it, and run before the facade.
 */
export function compileBundle(code: string): Script {
  compileFunction(code, [...NAMES]);
  // On one line with it, or the places in the bundle would not be those of its map.
  return new Script(`(function (${NAMES.join(', ')}) {${code}\n})`, { filename: BUNDLE_NAME });
}

/** What the host does for one guest; it may throw, and the guest gets the error's words. */
export type Operations = (operation: string, a: Primitive, b: Primitive, c: Primitive) => Primitive;

/** Makes a node's life: in this process, or in another one that has no kernel. */
export type MakeGuest = (operations: Operations, self: NodeId) => Enter;

/** Makes the context of one life of one node. Throws what compiling throws, never what runs. */
export function makeGuest(bundle: Script, operations: Operations): Enter {
  const context = createContext(constants.DONT_CONTEXTIFY, {
    name: 'node',
    codeGeneration: { strings: false, wasm: false },
    microtaskMode: 'afterEvaluate',
  });
  const facade = facadeScript.runInContext(context) as (host: HostCall, body: unknown) => Enter;
  return facade(hostOf(operations), bundle.runInContext(context));
}

/** Operations that never throw. */
export function hostOf(operations: Operations): HostCall {
  return (operation, a, b, c) => {
    try {
      return operations(operation, a, b, c);
    } catch (error) {
      return `!${JSON.stringify(wordsOf(error))}`;
    }
  };
}

function wordsOf(error: unknown): GuestError {
  if (!(error instanceof Error)) return { name: 'Error', message: '', stack: '', code: null };
  const { name, message } = error;
  return { name, message, stack: '', code: error instanceof StorageError ? error.code : null };
}

/** What a call into a guest gave. */
export type Answer =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'data'; readonly data: Plain }
  | { readonly kind: 'error'; readonly error: GuestError };

const UNREADABLE: GuestError = {
  name: 'Error',
  message: 'it ended in an error that cannot be read: the stack may be too deep',
  stack: '',
  code: null,
};

/** Calls a guest, and reads what it gives without touching anything but texts. */
export function call(enter: Enter, operation: string, a?: Primitive, b?: Primitive): Answer {
  let answer: Primitive;
  try {
    answer = enter(operation, a, b);
  } catch {
    return { kind: 'error', error: UNREADABLE };
  }
  if (typeof answer !== 'string') return { kind: 'nothing' };
  try {
    const data: Plain = JSON.parse(answer.slice(1));
    if (answer[0] === '=') return { kind: 'data', data };
    return { kind: 'error', error: guestError(data) };
  } catch {
    return { kind: 'error', error: UNREADABLE };
  }
}

/** The guest may have written anything. */
function guestError(data: Plain): GuestError {
  const from = (data ?? {}) as { readonly [field: string]: unknown };
  const text = (field: string) => String(from[field] ?? '').slice(0, 4000);
  const { code } = from;
  return {
    name: text('name'),
    message: text('message'),
    stack: text('stack'),
    code: typeof code === 'string' ? code : null,
  };
}

/** The kernel's context as operations. `current` is the context of the node's life. */
export function operationsOf(current: () => Context, place: Place, traffic: Traffic): Operations {
  return (operation, a, b, c) => {
    if (operation.startsWith('place.')) return callPlace(place, operation, a, b);
    const ctx = current();
    if (operation.startsWith('disk.')) return callStorage(ctx.storage, operation, a, b);
    if (operation.startsWith('log.')) return callLog(ctx.storage.log(String(a)), operation, b);
    if (operation.startsWith('random.')) return callRandom(ctx.random, operation, a, b);
    return callContext(ctx, operation, [a, b, c], { self: place.self, traffic });
  };
}

interface Talk {
  readonly self: NodeId;
  readonly traffic: Traffic;
}

function callContext(
  ctx: Context,
  operation: string,
  [a, b, c]: readonly [Primitive, Primitive, Primitive],
  talk: Talk,
): Primitive {
  switch (operation) {
    case 'now':
      return ctx.now();
    case 'elapsed':
      return ctx.elapsed();
    case 'send':
      return void ctx.send(String(a), messageOf(talk, String(a), b, 1));
    case 'sendNow':
      return void ctx.sendNow(String(a), messageOf(talk, String(a), b, 1));
    case 'broadcast':
      return void ctx.broadcast(messageOf(talk, null, a, ctx.peers.length));
    case 'setTimer':
      return void ctx.setTimer(String(a), b as number, keyOf(c));
    case 'cancelTimer':
      return void ctx.cancelTimer(String(a), keyOf(b));
    case 'compute':
      return void ctx.compute(String(a), b as number, keyOf(c));
    case 'cancelCompute':
      return void ctx.cancelCompute(String(a), keyOf(b));
    case 'note':
      return void ctx.note(String(a), b === undefined ? undefined : (plainOf(b) as Detail));
    case 'measure':
      return void ctx.measure(String(a), keyOf(b), c === undefined ? undefined : String(c));
    default:
      throw new TypeError(`there is no ${operation}`);
  }
}

function callStorage(storage: Storage, operation: string, a: Primitive, b: Primitive): Primitive {
  switch (operation) {
    case 'disk.get':
      return dataText(storage.get(String(a)));
    case 'disk.set':
      return void storage.set(String(a), plainOf(b));
    case 'disk.delete':
      return void storage.delete(String(a));
    case 'disk.keys':
      return dataText(storage.keys());
    default:
      return void storage.sync(String(a), keyOf(b));
  }
}

function callLog(log: Log, operation: string, b: Primitive): Primitive {
  switch (operation) {
    case 'log.end':
      return log.end;
    case 'log.start':
      return log.start;
    case 'log.at':
      return dataText(log.at(b as number));
    case 'log.append':
      return void log.append(plainOf(b));
    case 'log.truncate':
      return void log.truncate(b as number);
    case 'log.dropBefore':
      return void log.dropBefore(b as number);
    default:
      return log.dropTorn();
  }
}

function callRandom(random: Random, operation: string, a: Primitive, b: Primitive): Primitive {
  switch (operation) {
    case 'random.int':
      return random.int(a as number, b as number);
    case 'random.between':
      return random.between(a as number, b as number);
    case 'random.chance':
      return random.chance(a as number);
    case 'random.pick':
      return random.pick(places(a));
    case 'random.shuffle':
      return dataText(random.shuffle(places(a)));
    case 'random.exponential':
      return random.exponential(a as number);
    case 'random.normal':
      return random.normal();
    default:
      return random.draw(plainOf(a) as unknown as DistributionSpec);
  }
}

function callPlace(place: Place, operation: string, a: Primitive, b: Primitive): Primitive {
  switch (operation) {
    case 'place.of':
      return dataText(place.of(String(a)));
    case 'place.regionOf':
      return dataText(place.regionOf(String(a)));
    case 'place.resolve':
      return dataText(place.resolve(String(a)));
    default:
      return dataText(place.label(String(a), String(b)));
  }
}

function messageOf(
  { self, traffic }: Talk,
  to: NodeId | null,
  text: Primitive,
  copies: number,
): Message {
  traffic.sent(self, to, within(text), copies);
  if (traffic.spent !== null) throw new RangeError(`the budget of ${traffic.spent} is used up`);
  return JSON.parse(text as string) as Message;
}

function dataText(value: unknown): string | undefined {
  return value === undefined ? undefined : `=${JSON.stringify(value)}`;
}

function plainOf(text: Primitive): Plain {
  return JSON.parse(within(text)) as Plain;
}

function keyOf(value: Primitive): number | undefined {
  return value as number | undefined;
}

const LIST_MAX = 1_000_000;

/** 0, 1, … as many as a list has: the same draws as of the list itself. */
function places(length: Primitive): readonly number[] {
  if (typeof length !== 'number' || !(length >= 0 && length <= LIST_MAX)) {
    throw new RangeError('ctx.random: it takes a list');
  }
  return Array.from({ length }, (_item, index) => index);
}

function within(text: Primitive): string {
  if (typeof text !== 'string') throw new TypeError('it takes plain data');
  if (text.length <= TEXT_MAX) return text;
  throw new RangeError(
    `a message or a value of ${text.length} characters: at most ${TEXT_MAX} are allowed`,
  );
}
