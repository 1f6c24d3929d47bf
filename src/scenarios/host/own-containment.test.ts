/**
 * What a user's own code cannot do: change dsim, reach the world, share memory between nodes, run
 * on after its handler, or make a verdict depend on who watches.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Disk } from '../../sim/kernel/disk.ts';
import { Host } from '../../sim/kernel/host.ts';
import { World } from '../../sim/kernel/world.ts';
import type { Result } from '../result.ts';
import { type SimulateOptions, simulate } from '../simulate.ts';
import { renderDiagnostics } from '../text/diagnostic.ts';
import { loadScenario } from './load.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-contained-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load(members: string, head = '', more = '') {
  writeFileSync(
    join(folder, 'own.ts'),
    `${head}
import { isRequest } from 'dsim';
export default class Own {
  static notes = 'any';
  receive(ctx: any, from: string, m: any) {
    if (isRequest(m)) ctx.send(from, { type: \`\${m.type}_ok\`, inReplyTo: m.id });
  }
  ${members}
}`,
  );
  writeFileSync(
    join(folder, 's.yaml'),
    `
duration: 2s
nodes: { own: { kind: ./own.ts, count: 2 } }
clients: { load: { workload: request, rate: 20/s, timeout: 200ms } }
expect: [availability >= 10%]
${more}`,
  );
  const library = () => import('../../index.ts');
  const { scenario, diagnostics } = await loadScenario('s.yaml', { cwd: folder, library });
  return { scenario, text: renderDiagnostics(diagnostics) };
}

async function run(members: string, head = '', options: SimulateOptions = {}, more = '') {
  const { scenario, text } = await load(members, head, more);
  if (scenario === null) throw new Error(text);
  return simulate(scenario, options);
}

const outcome = ({ state, error }: Result) => [state, error?.message, error?.node];

describe('a message that cannot be written down', () => {
  test.each([
    ['v: 10n', 'ctx.send: a BigInt is in it: messages are plain data'],
    ['get v() { throw new Error("seen") }', 'ctx.send: `v` is computed: messages are plain data'],
    ['v: new Proxy({}, {})', 'ctx.send: a Proxy is in it: messages are plain data'],
    ['v: new Uint8Array(3)', 'ctx.send: bytes are in it: messages are plain data'],
    ['v: new Map([[1, 2]])', 'ctx.send: a Map is in it: messages are plain data'],
    ['v: [new (class extends Set {})()]', 'ctx.send: a Set is in it: messages are plain data'],
    ['v: new Error("e")', 'ctx.send: an Error is in it: messages are plain data'],
    ['v: Object(1)', 'ctx.send: a boxed value is in it: messages are plain data'],
    ['v: [{ toJSON: 1 }], toJSON() { return 2; }', 'ctx.send: a function is in it'],
    ['v: new Date(0)', 'ctx.send: it writes itself down by `toJSON`'],
    ['v: () => 1', 'ctx.send: a function is in it: messages are plain data'],
    ['type: 5', 'ctx.send: the `type` of a message is a text, and not number'],
  ])('{ %s } stops the run, watched or not', async (field, message) => {
    const members = `start(ctx: any) { ctx.send('own-1', { type: 'b', ${field} }); }`;
    const plain = await run(members);
    expect(plain.error?.message).toContain(message);
    for (const options of [{ sink: { event() {} } }, { strict: true }]) {
      expect(outcome(await run(members, '', options))).toEqual(outcome(plain));
    }
  });

  test('one that holds itself', async () => {
    const members = `start(ctx: any) { const m: any = { type: 'c' }; m.self = m; ctx.broadcast(m); }`;
    const { error } = await run(members);
    expect(error?.message).toContain(
      'ctx.broadcast: it goes deeper than 500 levels, or holds itself',
    );
    expect(error?.stack).toMatch(/own\.ts:8/);
  });

  test.each([
    'ctx.note("n", { v: 1n })',
    'ctx.storage.set("k", 1n)',
    'ctx.storage.log("l").append(1n)',
  ])('nor a note or a record: %s', async (statement) => {
    const { error } = await run(`start(ctx: any) { ${statement}; }`);
    expect(error?.message).toMatch(/a BigInt is in it: it takes plain data$/);
  });

  test.each(['null', '"text"', '7', '[1]'])('nor is %s the detail of a note', async (detail) => {
    const { error } = await run(`start(ctx: any) { ctx.note('n', ${detail}); }`);
    expect(error?.message).toBe('ctx.note: a detail is an object, such as `{ keys: 3 }`');
  });

  test('an object of an own class is its fields', async () => {
    const fields = 'class Pair { a = 1; b = [null]; } ';
    const { error, facts } = await run('start(ctx: any) { ctx.note("n", new Pair()); }', fields);
    expect(error).toBe(null);
    expect(facts.notes.map(({ detail }) => detail)).toEqual(Array(2).fill({ a: 1, b: [null] }));
  });
});

test('nothing that the context leads to is the kernel’s', async () => {
  const seen: unknown[] = [];
  (globalThis as { [name: symbol]: unknown })[Symbol.for('dsim.test')] = (it: unknown) =>
    void seen.push(it);
  await run(
    `start(ctx: any) {
      const tell = (globalThis as any)[Symbol.for('dsim.test')];
      tell(ctx); tell(ctx.storage.log('l')); tell(this.place);
    }
    place: any;
    constructor(place: any) { this.place = place; }`,
  );
  const found = new Set<object>();
  const look = (value: unknown, depth: number) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return;
    if (found.has(value) || depth > 12) return;
    found.add(value);
    for (const key of Reflect.ownKeys(value)) {
      const own = Reflect.getOwnPropertyDescriptor(value, key);
      if (own?.get === undefined) look(own?.value, depth + 1);
    }
    look(Reflect.getPrototypeOf(value), depth + 1);
  };
  for (const value of seen) look(value, 0);
  expect(seen).toHaveLength(6);
  expect(found.size).toBeGreaterThan(20);
  const kernel = [...found].filter(
    (value) => value instanceof World || value instanceof Host || value instanceof Disk,
  );
  expect(kernel).toEqual([]);
});

test('what is stored is a copy: changing it afterwards is not durable', async () => {
  const { facts } = await run(
    `start(ctx: any) {
      const list = ctx.storage.get('list') ?? [];
      ctx.note('found ' + JSON.stringify(list));
      list.push(1);
      ctx.storage.set('list', list);
      ctx.storage.get('list').push(2);
      list.push(3);
    }`,
    '',
    {},
    'faults: [{ at: 1s, for: 100ms, crash: own-1 }]',
  );
  const labels = facts.notes.filter(({ node }) => node === 'own-1').map(({ label }) => label);
  expect(labels).toEqual(['found []', 'found [1]']);
});

test('variables of the file are the memory of one node, and gone with it', async () => {
  const { facts } = await run(
    'start(ctx: any) { boots.push(ctx.self); ctx.note(boots.join()); }',
    'const boots: string[] = [];',
    {},
    'faults: [{ at: 1s, for: 100ms, crash: own-1 }]',
  );
  expect(facts.notes.map(({ label }) => label)).toEqual(['own-1', 'own-2', 'own-1']);
});

describe('built-in objects', () => {
  const patches = [
    ['Array.prototype.map', 'Array.prototype.map = () => []'],
    ['Map.prototype.get', 'Map.prototype.get = () => 7'],
    ['Math.floor', 'Math.floor = () => 0'],
    ['Object.prototype.evil', '(Object.prototype as any).evil = 1'],
    ['Object.keys', 'Object.keys = () => []'],
    ['JSON.stringify', 'JSON.stringify = () => "{}"'],
    ['Set.prototype.has', 'delete (Set.prototype as any).has'],
    ['Array.prototype[Symbol(Symbol.iterator)]', 'Array.prototype[Symbol.iterator] = null as any'],
    ['String.prototype.at', 'Object.defineProperty(String.prototype, "at", { get: () => 1 })'],
    ['globalThis.shared', '(globalThis as any).shared = 1'],
    ['the prototype of Map.prototype', 'Object.setPrototypeOf(Map.prototype, { x: 1 })'],
    [
      'the iterator of arrays.next',
      '([][Symbol.iterator]() as any).__proto__.next = () => ({ done: true })',
    ],
  ] as const;

  test.each(patches)('%s is put back, and the file named', async (name, patch) => {
    const before = await run('');
    const patched = await run(`start() { ${patch}; }`);
    expect(patched.error).toMatchObject({ kind: 'host-global', node: 'own-1' });
    expect(patched.error?.message).toContain(`${name} was changed by the code of`);
    expect(patched.error?.message).toContain('own.ts: dsim and every other node work with it');
    // What was put back is as it was: the next run is not disturbed.
    expect((await run('')).digests).toEqual(before.digests);
    const loaded = await load('', `${patch};`);
    expect([loaded.scenario, loaded.text]).toEqual([null, expect.stringContaining(name)]);
  });

  test('one that breaks the kernel on the spot is named all the same', async () => {
    const members = `timeout(ctx: any) { if (ctx.now() > 1000) Array.prototype.push = () => 0; ctx.setTimer('t', 400); ctx.send('own-2', { type: 'x' }); }
      start(ctx: any) { ctx.setTimer('t', 0); }`;
    const { error } = await run(members);
    expect(error?.message).toContain('Array.prototype.push was changed by the code of');
    expect([1].push(2)).toBe(2);
  });

  test('a change late in the run is seen at its end', async () => {
    const members = `timeout(ctx: any) { if (ctx.now() > 1500) Math.ceil = () => 1; else ctx.setTimer('t', 400); }
      start(ctx: any) { ctx.setTimer('t', 0); }`;
    const { error, state } = await run(members);
    expect([state, error?.kind]).toEqual(['violated', 'host-global']);
    expect(error?.message).toContain('Math.ceil was changed');
    expect(Math.ceil(0.5)).toBe(1);
  });
});

describe('names in the global object', () => {
  const scope = globalThis as { [name: string]: unknown };

  test('one that somebody else adds between two runs is no fault of the file', async () => {
    const { scenario } = await load('');
    if (scenario === null) throw new Error('no scenario');
    const before = simulate(scenario);
    scope['addedByAnother'] = 1;
    try {
      expect(outcome(simulate(scenario))).toEqual(outcome(before));
      expect(scope['addedByAnother']).toBe(1);
      const { error } = await run('start() { (globalThis as any).addedByFile = 1; }');
      expect(error?.message).toContain('globalThis.addedByFile was changed by the code of');
    } finally {
      delete scope['addedByAnother'];
    }
  });

  test('one that the file adds is its fault, at whichever time', async () => {
    const patch = '(globalThis as any).addedByFile = 1;';
    const message = 'globalThis.addedByFile was changed by the code of';
    const loaded = await load('', patch);
    expect([loaded.scenario, loaded.text]).toEqual([null, expect.stringContaining(message)]);
    const late = await run(`start(ctx: any) { ctx.setTimer('t', 1500); } timeout() { ${patch} }`);
    expect(late.error?.message).toContain(message);
    // Not even the boot of another node in between makes it anybody else's.
    const handlers = `start(ctx: any) { ctx.setTimer('t', 100); }
      timeout(ctx: any) { if (ctx.now() > 300 && ctx.self === 'own-1') ${patch} ctx.setTimer('t', 100); }`;
    const crash = 'faults: [{ at: 1s, for: 100ms, crash: own-2 }]';
    const between = await run(handlers, '', {}, crash);
    expect(between.error?.message).toContain(message);
    expect(scope['addedByFile']).toBeUndefined();
  });
});

describe('what a file is asked outside a run is guarded like a run', () => {
  test.each([
    ['Math.random()', 'own` makes no sense: Math.random() would make the run irreproducible'],
    ['process.exit(0)', 'own` makes no sense: process.exit() would make the run irreproducible'],
    ['(globalThis as any).left = 1', null],
  ])('%s in `refuse`', async (statement, message) => {
    const { text } = await load(`static refuse() { ${statement}; return null; }`);
    if (message === null) expect(text).toBe('');
    else expect(text).toContain(message);
    expect(globalThis).not.toHaveProperty('left');
  });
});

describe('ways around the context are shut', () => {
  test.each([
    'process.getBuiltinModule("node:fs")',
    'process.binding("fs")',
    'process.mainModule.require("fs")',
    'process.exit(0)',
    'process.nextTick(() => {})',
    'process.on("exit", () => {})',
    'require(["node", "fs"].join(":"))',
    'require(["child", "process"].join("_"))',
  ])('%s', async (statement) => {
    const { error, state } = await run(`start() { (${statement}) as any; }`);
    expect([state, error?.node]).toEqual(['violated', 'own-1']);
    expect(error?.message).toMatch(/would make the run irreproducible|a node can import/);
  });

  test.each([
    ['Promise.reject(new Error("boo"))', 'receive'],
    ['(async () => { await 1; })()', 'receive'],
    ['new Promise(() => {})', 'receive'],
  ])('%s does not go on behind the run', async (statement) => {
    const { error } = await run(
      `timeout() { ${statement}; } start(ctx: any) { ctx.setTimer('t', 1); }`,
    );
    expect(error?.message).toContain('timeout makes a promise: what waits for one goes on after');
    expect(error?.stack).toMatch(/own\.ts:8/);
  });

  test.each([
    ["throw new Error('boo');", 'before it waits'],
    ["await 1; throw new Error('boo');", 'after it has waited'],
  ])('an async handler is refused with its line: %s', async (body, _when) => {
    const unheard: unknown[] = [];
    const hear = (reason: unknown) => void unheard.push(reason);
    process.on('unhandledRejection', hear);
    const { error } = await run(
      `async timeout() { ${body} } start(ctx: any) { ctx.setTimer('t', 1); }`,
    );
    // Node reports an unhandled rejection after all promises that are settled have run.
    await new Promise((done) => setTimeout(done));
    process.off('unhandledRejection', hear);
    expect(error?.message).toContain('timeout is async: a handler runs to completion');
    expect(error?.stack).toMatch(/at .*own\.ts:8:/);
    expect(unheard).toEqual([]);
  });
});

describe('objects that show the host’s time, chance or memory by the way', () => {
  test.each([
    ['new Event("x").timeStamp', 'Event.timeStamp'],
    ['console.log(new Event("x"))', 'Event.toString()'],
    ['new File([], "x").lastModified', 'File.lastModified'],
    ['new (require("buffer").File)([], "x").lastModified', 'File.lastModified'],
    ['console.log(new File([], "x"))', 'File.toString()'],
    ['performance.timeOrigin', 'performance.timeOrigin'],
    ['performance.nodeTiming', 'performance.nodeTiming'],
    ['Performance.prototype.now.call(performance)', 'Performance.now()'],
    ['new PerformanceMark("x").startTime', 'PerformanceEntry.startTime'],
    ['Crypto.prototype.randomUUID.call(crypto)', 'Crypto.randomUUID()'],
    ['crypto.subtle', 'crypto.subtle'],
    ['new (new Date(0).constructor as any)()', 'new Date()'],
    ['(Date.prototype as any).constructor()', 'Date()'],
    ['new (class extends Date {})()', 'new Date()'],
    ['new Intl.DateTimeFormat().format()', 'Intl.DateTimeFormat.format() without a date'],
    ['new Intl.DateTimeFormat().formatToParts()', 'Intl.DateTimeFormat.format() without a date'],
    ['new WeakRef({}).deref()', 'WeakRef.deref()'],
    ['new FinalizationRegistry(() => {}).register({}, 1)', 'FinalizationRegistry.register()'],
    ['Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)', 'Atomics.wait()'],
    ['AbortSignal.timeout(1)', 'AbortSignal.timeout()'],
    ['URL.createObjectURL(new Blob([]))', 'URL.createObjectURL()'],
    ['new MessageChannel()', 'MessageChannel()'],
    ['new BroadcastChannel("x")', 'BroadcastChannel()'],
    ['process.pid', 'process.pid'],
    ['process.report.getReport()', 'process.report'],
  ])('%s', async (expression, label) => {
    const members = `start() { (${expression}); }`;
    const { error } = await run(members, 'declare const require: any;');
    expect([error?.kind, error?.message]).toEqual([
      'host-global',
      expect.stringContaining(`${label} would make the run irreproducible; `),
    ]);
  });

  test('what depends on nothing but its arguments is as ever, and after the run all is', async () => {
    const members = `start(ctx: any) {
      class Day extends Date { get isDay() { return true; } }
      const day = new Day(86_400_000);
      const format = new Intl.DateTimeFormat('en', { timeZone: 'UTC', year: 'numeric' });
      const dirty = Buffer.allocUnsafe(4096).some((byte) => byte !== 0);
      const { byteLength } = Buffer.from('abc').buffer;
      const text = Buffer.concat([Buffer.from('a'), Buffer.from('b')]).toString();
      ctx.note('seen', {
        day: [day.isDay, day instanceof Day, day.constructor === Day, day.getTime()],
        format: [format.format(day), format.formatToParts(0)[0]?.value, [day].map(format.format)],
        buffer: [dirty, byteLength, text],
        there: typeof WebSocket,
      });
    }`;
    const before = [Date, Date.prototype.constructor, Buffer.poolSize, Buffer.allocUnsafe];
    const { error, facts } = await run(members);
    expect(error).toBe(null);
    expect(facts.notes[0]?.detail).toEqual({
      day: [true, true, true, 86_400_000],
      format: ['1970', '1970', ['1970']],
      buffer: [false, 3, 'ab'],
      there: typeof (globalThis as { WebSocket?: unknown }).WebSocket,
    });
    expect([Date, Date.prototype.constructor, Buffer.poolSize, Buffer.allocUnsafe]).toEqual(before);
    expect(new Event('x').timeStamp).toBeGreaterThan(0);
    expect(performance.timeOrigin).toBeGreaterThan(0);
    expect(new WeakRef(before).deref()).toBe(before);
    expect(new Intl.DateTimeFormat('en', { year: 'numeric' }).format()).toMatch(/^\d{4}$/);
  });

  test('a stack that is logged has the lines of the file, and no folder of this machine', async () => {
    const { facts } = await run('start() { console.error(new Error("boo")); }');
    expect(facts.notes[0]?.detail?.['text']).toBe('Error: boo\n    at Own.start (own.ts:8:27)');
  });
});

describe('whatever is thrown is reported, and is the node’s mistake', () => {
  test.each([
    ['undefined', 'undefined was thrown by own.ts: throw an Error'],
    ['null', 'null was thrown'],
    ['"text"', "the text 'text' was thrown"],
    ['Symbol("s")', 'the symbol Symbol(s) was thrown'],
    [
      '{ get message() { throw 1; }, toString() { throw 2; } }',
      'an object with message, toString was thrown',
    ],
    ['new Proxy({}, { getPrototypeOf() { throw 3; } })', 'a Proxy was thrown'],
    ['Object.create(null)', 'an object was thrown'],
    ['new (class E extends Error { get message() { throw 1; } })()', 'a E was thrown'],
    ['Object.assign(new Error("x"), { message: 5n })', 'was thrown'],
    ['Object.defineProperty(new Error("x"), "stack", { get() { throw 1; } })', 'was thrown'],
  ])('%s', async (thrown, message) => {
    for (const members of [
      `start() { throw ${thrown}; }`,
      `static invariants = [{ name: 'i', source: 's', check() { throw ${thrown}; } }];`,
    ]) {
      const { error } = await run(members, '', { checkInvariants: true });
      expect([error?.kind, error?.message]).toEqual(['handler', expect.stringContaining(message)]);
    }
  });
});
