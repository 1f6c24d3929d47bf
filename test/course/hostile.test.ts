/**
 * Submissions that cheat, break out, or break down: none wins a test, none hangs, and each is named.
 * Those that only a process of their own can contain are in `test-process.test.ts`.
 */
import { describe, expect, test } from 'vitest';
import type { RunOutcome } from '../../src/course/job.ts';
import { isWon, runJob } from '../../src/course/trial.ts';
import { ANSWER, jobOf } from './attempt.ts';

/** CommonJS of a node whose handlers do what is given. */
function nodeOf({ top = '', start = '', receive = '', timeout = '', more = '' }): string {
  return `${top}\nexports.default = class {\n  start(ctx) { this.ctx = ctx; ${start} }\n  timeout(ctx) { ${timeout} }\n  ${more}\n  receive(ctx, from, m) { ${receive} }\n};`;
}

interface Tried {
  readonly isWon: boolean;
  readonly words: string;
}

/** Runs a script in the first test of the exercise, on one seed. */
async function attempt(code: string, fault?: string): Promise<Tried> {
  const job = await jobOf(code, fault);
  let outcome: RunOutcome | null = null as RunOutcome | null;
  let refused = '';
  await runJob({ ...job, budget: { ...job.budget, events: 20_000 }, nonce: '' }, (frame) => {
    if (frame.type === 'run') outcome = frame.outcome;
    else if (frame.type === 'refused') refused = frame.message;
  });
  if (outcome === null) return { isWon: false, words: refused };
  return { isWon: isWon(outcome), words: outcome.story?.what ?? '' };
}

test('an honest one wins', async () => {
  expect(await attempt(nodeOf({ receive: ANSWER }))).toEqual({ isWon: true, words: '' });
});

describe('what a node may not have is refused by name', () => {
  test.each([
    ['globalThis.process.exit(0)', 'process.exit is out of bounds'],
    ['process.getBuiltinModule("fs")', 'process.getBuiltinModule is out of bounds'],
    ['process.binding("fs")', 'process.binding is out of bounds'],
    ['process.mainModule.require("fs")', 'process.mainModule is out of bounds'],
    ['require("fs")', "require('fs') is out of bounds"],
    ['Date.now()', 'Date.now() is out of bounds: use ctx.now()'],
    ['new Date()', 'new Date() is out of bounds'],
    ['Math.random()', 'Math.random() is out of bounds: use ctx.random'],
    ['setTimeout(() => {}, 1)', 'setTimeout() is out of bounds: use ctx.setTimer()'],
    ['queueMicrotask(() => {})', 'queueMicrotask() is out of bounds'],
    ['fetch("http://localhost")', 'fetch() is out of bounds'],
    ['crypto.randomUUID()', 'crypto.randomUUID is out of bounds'],
    ['performance.now()', 'performance.now is out of bounds'],
    ['new Promise(() => {})', 'a promise is out of bounds'],
    ['Promise.resolve(1).then(() => {})', 'a promise is out of bounds'],
    ['eval("1")', 'eval() is out of bounds'],
    ['new Function("return process")()', 'Code generation from strings disallowed'],
    ['(() => {}).constructor("return process")()', 'Code generation from strings disallowed'],
    ['["b", "a"].sort((a, b) => a.localeCompare(b))', 'localeCompare() is out of bounds'],
    ['(5).toLocaleString()', 'toLocaleString() is out of bounds'],
    ['new Intl.DateTimeFormat()', 'Intl is not defined'],
    ['new SharedArrayBuffer(8)', 'SharedArrayBuffer is not defined'],
    ['WebAssembly.compile', 'WebAssembly is not defined'],
    ['require("net").createServer().listen(0)', "require('net') is out of bounds"],
    ['new WebSocket("ws://127.0.0.1")', 'WebSocket is not defined'],
    ['new (require("worker_threads").Worker)("x")', "require('worker_threads') is out of bounds"],
    ['new MessageChannel()', 'MessageChannel is not defined'],
    ['Atomics.wait(new Int32Array(4), 0, 0)', 'Atomics is not defined'],
    ['new FinalizationRegistry(() => {})', 'FinalizationRegistry is not defined'],
    ['new WeakRef({})', 'WeakRef is not defined'],
    ['structuredClone({})', 'structuredClone is not defined'],
    ['process.env.HOME', 'process.env is out of bounds'],
    ['process.stdout.write("{}")', 'process.stdout is out of bounds'],
    ['process.send({})', 'process.send is out of bounds'],
    ['process.kill(1)', 'process.kill is out of bounds'],
    ['globalThis.constructor.constructor("return process")()', 'Code generation from strings'],
    ['(function* () {}).constructor("yield 1")()', 'Code generation from strings'],
    ['setImmediate(() => {})', 'setImmediate() is out of bounds'],
    // What Node 20 has not.
    ['Array.fromAsync([])', 'fromAsync is not a function'],
    ['new AsyncDisposableStack()', 'AsyncDisposableStack is not defined'],
    ['Object.groupBy([], String)', 'groupBy is not a function'],
    ['new Set().union(new Set())', 'union is not a function'],
    ['[].values().map(String)', 'map is not a function'],
  ])('%s', async (statement, words) => {
    const tried = await attempt(nodeOf({ start: `${statement};`, receive: ANSWER }));
    expect(tried).toEqual({ isWon: false, words: expect.stringContaining(words) });
  });
});

describe('no object of the host is in reach', () => {
  // Each looks for a function of another realm, and says so by an error of its own.
  const hunt = (found: string) => `
    const hunt = (value) => {
      let at;
      try { at = value && value.constructor && value.constructor.constructor; } catch { return; }
      if (typeof at !== 'function') return;
      let host;
      try { host = at('return typeof process === "object" && typeof process.pid')(); } catch { return; }
      if (host === 'number') throw new Error('escaped');
    };
    ${found}`;
  test.each([
    ['ctx', 'hunt(ctx); for (const key of Reflect.ownKeys(ctx)) hunt(ctx[key]);'],
    ['its storage', 'hunt(ctx.storage); hunt(ctx.storage.get); hunt(ctx.storage.log("a"));'],
    [
      'what storage gives',
      'ctx.storage.set("a", { b: [1] }); hunt(ctx.storage.get("a")); hunt(ctx.storage.keys());',
    ],
    ['its chance', 'hunt(ctx.random.shuffle([1, 2])); hunt(ctx.random.int);'],
    [
      'an error of the host',
      'try { ctx.setTimer("t", -1); } catch (e) { hunt(e); } try { ctx.storage.log("l").at(9); } catch (e) { hunt(e); }',
    ],
    [
      'an error of a deep stack',
      'const deep = () => { try { ctx.now(); deep(); } catch (e) { hunt(e); throw e; } }; try { deep(); } catch (e) { hunt(e); }',
    ],
    [
      'frames of a stack',
      'try { Error.prepareStackTrace = (_e, frames) => frames; } catch {} const { stack } = new Error("x"); if (typeof stack !== "string") { hunt(stack); hunt(stack[0]); }',
    ],
    [
      'another Error with frames',
      'try { globalThis.Error = { prepareStackTrace: (_e, f) => f }; } catch {} try { null.x; } catch (e) { if (typeof e.stack !== "string") hunt(e.stack); }',
    ],
    [
      'the global object',
      'for (const key of Reflect.ownKeys(globalThis)) { let value; try { value = globalThis[key]; } catch { continue; } hunt(value); }',
    ],
    ['the caller', 'try { hunt((function f() { return f.caller; })()); } catch {}'],
    [
      'arguments of the border',
      'const { apply } = Function.prototype; Function.prototype.call = function (...a) { hunt(this); for (const x of a) hunt(x); return apply.apply(this, a); }; ctx.now();',
    ],
    ['the console', 'hunt(console); hunt(console.log);'],
    [
      'what turns into a text at the border',
      'const spy = { toString() { hunt(this); hunt(spy.toString.caller); return "t"; }, [Symbol.toPrimitive](hint) { hunt(this); hunt(hint); return 5; } }; for (const call of [() => ctx.setTimer(spy, spy), () => ctx.measure(spy, spy, spy), () => ctx.note(spy), () => ctx.send(spy, {}), () => ctx.random.pick({ length: spy }), () => ctx.storage.get(spy)]) { try { call(); } catch (e) { hunt(e); } }',
    ],
    [
      'a getter that overflows the stack',
      'const deep = { get a() { return JSON.stringify(deep); } }; try { ctx.storage.set("k", deep); } catch (e) { hunt(e); }',
    ],
    [
      'a proxy as a message',
      'const traps = new Proxy({}, { get: (_t, trap) => (...args) => { hunt(args); return Reflect[trap](...args); } }); ctx.storage.set("p", new Proxy({ type: "x" }, traps)); ctx.storage.delete("p");',
    ],
  ])('%s', async (_where, found) => {
    // It wins: the hunt came to its end, and found nothing.
    const code = nodeOf({ start: hunt(found), receive: ANSWER });
    expect(await attempt(code)).toEqual({ isWon: true, words: '' });
  });

  test('the world behind the context is not there', async () => {
    const receive = 'if (ctx.world || ctx._context) throw new Error("escaped");';
    expect((await attempt(nodeOf({ receive }))).words).toContain('never answered');
  });
});

describe('what is checked is what is sent', () => {
  // A field that is harmless at the first look, and something else at the second.
  const twice = (field: string, later: string) =>
    `const o = { type: 'echo_ok', inReplyTo: m.id }; let looks = 0; Object.defineProperty(o, '${field}', { enumerable: true, get: () => (looks++ === 0 ? undefined : ${later}) }); ctx.send(from, o);`;
  test.each([
    ['toJSON', '() => null', 'a function is in it'],
    ['payload', 'new Map()', 'echo_ok lacks `payload`'],
    ['payload', 'BigInt(1)', 'echo_ok lacks `payload`'],
  ])('%s: %s', async (field, later, words) => {
    const tried = await attempt(nodeOf({ receive: twice(field, later) }));
    expect(tried).toEqual({ isWon: false, words: expect.stringContaining(words) });
  });

  test('no key of a message or of a record is a way to a prototype', async () => {
    const start = `const evil = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'); ctx.send('n-1', { type: 'x', ...evil, evil }); for (const key of ['__proto__', 'constructor', 'toString']) { ctx.storage.set(key, evil); ctx.storage.log(key).append(evil); ctx.note(key, evil); ctx.setTimer(key, 5); } if (ctx.storage.get('valueOf') !== undefined) throw new Error('inherited'); if (ctx.storage.get('__proto__').constructor.prototype.polluted !== 1) throw new Error('lost');`;
    const receive = `if (m.type === 'echo') { ${ANSWER} } else if (!Object.hasOwn(m.evil, '__proto__') || m.polluted !== undefined) throw new Error('polluted');`;
    expect(await attempt(nodeOf({ start, receive }))).toEqual({ isWon: true, words: '' });
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test('a measure of its own is not that of the test', async () => {
    const code = `exports.default = class { static measures = { throughput: { sort: 'gauge', unit: 'count', doc: '' } }; start(ctx) { ctx.measure('throughput', 1e9); } receive() {} };`;
    expect((await attempt(code)).isWon).toBe(false);
  });

  test('a file declares parameters and measures, whatever JSON says of it', async () => {
    const code = `Array.prototype.toJSON = Object.prototype.toJSON = () => ({ claims: 5, invariants: 5, roles: 5 }); exports.default = class { start() {} receive() {} };`;
    expect((await attempt(code)).isWon).toBe(false);
  });
});

describe('nothing is shared between nodes, or outlives a crash', () => {
  test('variables of the file', async () => {
    const top = 'let first = null;';
    const receive = `first ??= ctx.self; if (first !== ctx.self) throw new Error('shared'); ${ANSWER}`;
    expect(await attempt(nodeOf({ top, receive }))).toEqual({ isWon: true, words: '' });
  });

  test('the global object and its prototypes', async () => {
    const receive = `const of = Array.prototype; of.seen ??= ctx.self; if (of.seen !== ctx.self) throw new Error('shared'); globalThis.kept ??= ctx.self; if (globalThis.kept !== ctx.self) throw new Error('shared'); ${ANSWER}`;
    expect(await attempt(nodeOf({ receive }))).toEqual({ isWon: true, words: '' });
  });

  test('patched built-ins hurt nobody else', async () => {
    const start =
      "if (ctx.self === 'n-1') { Array.prototype.push = () => 0; Map.prototype.get = () => 7; JSON.parse = () => null; JSON.stringify = () => '{}'; Object.keys = () => []; }";
    expect(await attempt(nodeOf({ start, receive: ANSWER }))).toEqual({ isWon: true, words: '' });
  });

  test('a message is a copy', async () => {
    const receive = `const sent = { type: 'echo_ok', inReplyTo: m.id, payload: m.payload }; ctx.send(from, sent); sent.payload = 'changed';`;
    expect(await attempt(nodeOf({ receive }))).toEqual({ isWon: true, words: '' });
  });
});

describe('what breaks down is contained and named', () => {
  test.each([
    ['silence', '', '', 'requests were never answered'],
    ['a storm', '', "ctx.broadcast({ type: 'x' });", 'A storm of messages'],
    [
      'a storm of large messages',
      '',
      "const text = 'x'.repeat(1e6); ctx.broadcast({ type: 'large', text });",
      'the budget of bytes was used up',
    ],
    [
      'a storm in one handler, whose errors are caught',
      '',
      "for (let i = 0; i < 3e5; i++) { try { ctx.send('n-1', { type: 'x' }); } catch {} }",
      'the budget of messages was used up',
    ],
    [
      'huge texts',
      '',
      "ctx.send(from, { type: 'x', text: 'x'.repeat(2 ** 30) });",
      'string length',
    ],
    ['lists that are none', "Array.prototype.filter = () => 'inspect';", '', 'never answered'],
    ['recursion', '', 'const f = () => f(); f();', 'call stack'],
    ['a thrown text', '', "throw 'text';", 'text was thrown: throw an Error'],
    ['a hostile error', '', 'throw { get message() { throw 1; } };', 'was thrown: throw an Error'],
    [
      'a proxy thrown',
      '',
      'throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } });',
      'cannot be read',
    ],
    [
      'a message of 10 MB',
      '',
      "ctx.send(from, { type: 'echo_ok', text: 'x'.repeat(1e7) });",
      'at most 1048576 are allowed',
    ],
    [
      'a message that holds itself',
      '',
      "const a = { type: 'x' }; a.a = a; ctx.send(from, a);",
      'holds itself',
    ],
    [
      'a Map in a message',
      '',
      "ctx.send(from, { type: 'echo_ok', inReplyTo: m.id, payload: new Map() });",
      'a Map is in it',
    ],
    [
      'a function in a message',
      '',
      "ctx.send(from, { type: 'x', f() {} });",
      'a function is in it',
    ],
    [
      'NaN in a message',
      '',
      "ctx.send(from, { type: 'echo_ok', inReplyTo: NaN });",
      'NaN is in it',
    ],
    [
      'an answer of another type',
      '',
      "ctx.send(from, { type: 'nonsense', inReplyTo: m.id });",
      'answered echo with nonsense',
    ],
    [
      'an answer without its fields',
      '',
      "ctx.send(from, { type: 'echo_ok', inReplyTo: m.id });",
      'echo_ok lacks `payload`',
    ],
    [
      'refusing everything',
      '',
      "ctx.send(from, { type: 'error', inReplyTo: m.id, code: 'precondition-failed' });",
      'throughput',
    ],
    [
      'no request named',
      '',
      "ctx.send(from, { type: 'echo_ok', payload: m.payload });",
      'named no request',
    ],
    [
      'the wrong request',
      '',
      "ctx.send(from, { type: 'echo_ok', inReplyTo: m.id + 1000, payload: m.payload });",
      'had not made',
    ],
    [
      'answers to all but the one who asked',
      '',
      "if (m.type === 'echo') ctx.broadcast({ type: 'echo_ok', inReplyTo: m.id, payload: m.payload });",
      'answers went to nodes and not to the client that waits',
    ],
    ['an async handler', '', 'return { then() {} };', 'receive is async'],
    ['a generator', '', 'return (function* () {})();', 'receive is async, or a generator'],
  ])('%s', async (_name, start, receive, words) => {
    const tried = await attempt(nodeOf({ start, receive }));
    expect(tried).toEqual({ isWon: false, words: expect.stringContaining(words) });
  });

  test.each([
    ['exports nothing', 'exports.x = 1;', 'expected `export default class'],
    [
      'throws while it is loaded',
      'throw new TypeError("boo");',
      'fails when it is loaded: TypeError: boo',
    ],
    ['is no program', 'exports.default = class {', 'does not compile'],
    ['closes the wrapper', '}); process.exit(0); (function () {', 'does not compile'],
  ])('a file that %s', async (_what, code, words) => {
    expect(await attempt(code)).toEqual({ isWon: false, words: expect.stringContaining(words) });
  });

  test('a storm of timers', async () => {
    const again = "ctx.setTimer('t', 0);";
    const tried = await attempt(nodeOf({ start: again, timeout: again, receive: ANSWER }));
    expect(tried).toEqual({
      isWon: false,
      words: 'A storm: stopped after 20,000 events, the budget of a run.',
    });
  });

  test('a view that throws', async () => {
    const more = 'inspect() { throw new Error("no view"); }';
    // To know who leads is to look.
    const tried = await attempt(nodeOf({ more, receive: ANSWER }), '{ at: 1s, crash: leader }');
    expect(tried).toEqual({ isWon: false, words: expect.stringContaining('no view') });
  });

  test('what is printed, wherever, goes nowhere', async () => {
    const print = "for (let i = 0; i < 1000; i++) console.log('x'.repeat(100));";
    const more = `constructor() { ${print} }`;
    const code = nodeOf({ top: print, more, start: print, receive: ANSWER });
    expect(await attempt(code)).toEqual({ isWon: true, words: '' });
  });
});
