/** Users' own files as kinds: what runs, what repeats, and how each mistake is reported. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Result } from '../result.ts';
import { simulate } from '../simulate.ts';
import { renderDiagnostics } from '../text/diagnostic.ts';
import { type LoadOptions, loadScenario } from './load.ts';
import { shownPath } from './own-bundle.ts';

const library = () => import('../../index.ts');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-own-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(files: { readonly [name: string]: string }): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** A scenario with one group of this kind. */
const scenarioOf = (kind: string, more = 'count: 2') => `
duration: 2s
nodes: { own: { kind: ${kind}, ${more} } }
clients: { load: { workload: request, rate: 50/s, timeout: 200ms } }
expect: [availability >= 99%]
`;

async function load(kind: string, more?: string, options: Partial<LoadOptions> = {}) {
  write({ 's.yaml': scenarioOf(kind, more) });
  const loaded = await loadScenario('s.yaml', { cwd: folder, library, ...options });
  return { ...loaded, text: renderDiagnostics(loaded.diagnostics) };
}

async function run(kind: string, more?: string): Promise<Result> {
  const { scenario, text } = await load(kind, more);
  if (scenario === null) throw new Error(text);
  return simulate(scenario);
}

/** A node that answers, with these members more. */
const answering = (members: string, head = '') => `
import { isRequest, type Context, type Message } from 'dsim';
${head}
export default class Answering {
  receive(ctx: Context, from: string, message: Message): void {
    if (isRequest(message)) ctx.send(from, { type: \`\${message.type}_ok\`, inReplyTo: message.id } as Message);
  }
  ${members}
}
`;

describe('own nodes run', () => {
  test('a class in TypeScript, with files beside it', async () => {
    write({
      'beside.ts': 'export const label: string = "up";',
      'good.ts': answering(
        'start(ctx: Context) { ctx.note(label); }',
        'import { label } from "./beside.ts";',
      ),
    });
    const { files } = await load('./good.ts');
    expect(files).toEqual(['s.yaml', 'beside.ts', 'good.ts'].map((name) => join(folder, name)));
    const result = await run('./good.ts');
    expect([result.state, result.error]).toEqual(['held', null]);
    expect(result.facts.notes.map(({ node, label }) => [node, label])).toEqual([
      ['own-1', 'up'],
      ['own-2', 'up'],
    ]);
  });

  test('what defineSystem takes, with parameters, a bug, and defaults for the rest', async () => {
    write({
      'system.mjs': `
        import { serve, defineSystem } from 'dsim';
        export default defineSystem({
          params: { label: { type: 'text', default: 'none' } },
          bugs: { mute: { doc: '', caughtBy: 'availability' } },
          notes: { hello0: { doc: '' } },
          create: (params, place, bug) => serve({
            start: (ctx) => { ctx.note(params.label + place.index); },
            handle: () => (bug === 'mute' ? { type: 'error', code: 'crash' } : { type: 'request_ok' }),
          }, place),
        });`,
    });
    const good = await run('./system.mjs', 'label: hello');
    expect([good.state, good.facts.notes[0]?.label]).toEqual(['held', 'hello0']);
    expect((await run('./system.mjs', 'bug: mute')).state).toBe('violated');
    const { scenario } = await load('./system.mjs');
    expect(scenario?.groups[0]?.system).toMatchObject({
      name: 'system',
      title: 'system',
      answers: 'anything',
      params: { label: { doc: '' } },
    });
    expect((await load('./system.mjs', 'lable: x')).text).toContain('did you mean `label`?');
  });

  test('roles, commands and farewells are the user’s as well', async () => {
    write({
      'roles.ts': answering(
        `static roles = { head: { doc: 'Answers.', count: 1 }, tail: { doc: 'Waits.', count: [1, 4], answers: [] } };
         static commands = { hush: { doc: 'Be quiet.', params: {} } };
         role: string | null;
         constructor(place: Place) { this.role = place.role; }
         command(ctx: Context, name: string) { ctx.note(name + ' ' + this.role); }
         leave(ctx: Context) { ctx.note('bye ' + this.role); }`,
        "import type { Place } from 'dsim';",
      ),
      'bad.ts': answering("static roles = { count: { doc: '', count: 1 } };"),
    });
    const members = `tail: 3 } }
faults:
  - { at: 1s, command: { to: role:tail, hush: } }
  - { at: 1s, for: 500ms, leave: { nodes: own-head, grace: 200ms`;
    const { scenario, text } = await load('./roles.ts', members);
    if (scenario === null) throw new Error(text);
    const { facts, error } = simulate(scenario);
    expect(error).toBeNull();
    const labels = facts.notes.map(({ node, label }) => `${node} ${label}`);
    expect(labels.filter((label) => / hush| bye/.test(label))).toEqual([
      'own-head bye head',
      'own-tail-1 hush tail',
      'own-tail-2 hush tail',
      'own-tail-3 hush tail',
    ]);
    expect((await load('./bad.ts')).text).toContain(
      'a role `count`, which is a key that every group has already',
    );
  });

  test('CommonJS, relative to the file that names it', async () => {
    write({
      'deep/plain.cjs': `
        const { isRequest } = require('dsim');
        const { format } = require('node:util');
        module.exports = { create: () => ({
          receive(ctx, from, m) { if (isRequest(m)) ctx.send(from, { type: format('%s_ok', m.type), inReplyTo: m.id }); },
        }) };`,
      'deep/s.yaml': scenarioOf('./plain.cjs'),
    });
    const { scenario } = await loadScenario('deep/s.yaml', { cwd: folder, library });
    expect(scenario && simulate(scenario).state).toBe('held');
  });

  test('the library is the running one: its errors are the kernel’s', async () => {
    write({
      'invariant.ts': answering(
        'start() { assert(false, "never"); }',
        'import { assert } from "dsim";',
      ),
    });
    expect((await run('./invariant.ts')).error).toMatchObject({
      kind: 'invariant',
      node: 'own-1',
      message: 'never',
    });
  });
});

describe('own nodes repeat', () => {
  test('variables of the file are fresh in every run of one scenario', async () => {
    write({
      'count.ts': answering(
        'start(ctx: Context) { boots++; ctx.setTimer("t", boots); }\n  timeout() {}',
        'let boots = 0;',
      ),
    });
    const { scenario } = await load('./count.ts');
    if (scenario === null) throw new Error('not loaded');
    const [first, second, third] = [simulate(scenario), simulate(scenario), simulate(scenario)];
    expect(second.digests).toEqual(first.digests);
    expect(third.digests).toEqual(first.digests);
    expect((await run('./count.ts')).digests).toEqual(first.digests);
  });

  test('a changed file is read again', async () => {
    write({ 'changing.ts': answering('start(ctx: Context) { ctx.note("old"); }') });
    expect((await run('./changing.ts')).facts.notes[0]?.label).toBe('old');
    write({ 'changing.ts': answering('start(ctx: Context) { ctx.note("new"); }') });
    utimesSync(join(folder, 'changing.ts'), 1e9, 1e9);
    expect((await run('./changing.ts')).facts.notes[0]?.label).toBe('new');
  });

  test('console is noted at its node and time, and changes nothing', async () => {
    const said = 'start(ctx: Context) { ctx.setTimer("t", 5); }\n  timeout(ctx: Context) {';
    write({
      'silent.ts': answering(`${said} }`),
      'saying.ts': answering(`${said} console.log('now %d', 5, { a: [1] }); }`),
    });
    const [silent, saying] = [await run('./silent.ts'), await run('./saying.ts')];
    expect(saying.facts.notes).toEqual(
      ['own-1', 'own-2'].map((node) => ({
        atUs: 5000,
        node,
        label: 'console',
        detail: { text: 'now 5 { a: [ 1 ] }' },
      })),
    );
    expect(saying.digests).toEqual(silent.digests);
  });

  test('console while the file is loaded goes to standard error at once', async () => {
    write({ 'loud.ts': answering('', 'console.log("loading");') });
    const error = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await load('./loud.ts');
    expect(error.mock.calls).toEqual([['[loud.ts] loading\n']]);
    error.mockRestore();
  });
});

describe('mistakes while it runs name the line of the file', () => {
  test.each([
    ['Math.random();', 'host-global', /Math\.random\(\) would make the run irreproducible/],
    ['new Date();', 'host-global', /new Date\(\) would make/],
    ['throw new Error("oh");', 'handler', /^oh$/],
    ['(null as any).x;', 'handler', /Cannot read properties of null/],
  ])('%s', async (statement, kind, message) => {
    const members = `timeout() { this.deep(); }\n  private deep(): void {\n    ${statement}\n  }`;
    write({
      'throwing.ts': answering(`start(ctx: Context) { ctx.setTimer('t', 9); }\n  ${members}`),
    });
    const { error } = await run('./throwing.ts');
    expect(error).toMatchObject({ kind, node: 'own-1', atUs: 9000 });
    expect(error?.message).toMatch(message);
    expect(error?.stack).toMatch(/at Answering\.deep \(throwing\.ts:11:\d+\)/);
    expect(error?.stack).toMatch(/at Answering\.timeout \(throwing\.ts:9:20\)$/);
    expect(error?.stack?.match(/^ +at /gm)).toHaveLength(2);
  });

  test.each([
    ['async start() {}', 'start is async: a handler runs to completion'],
    ['*start() {}', "start is a generator: a node's handler is a plain method"],
    ["start(ctx: Context) { ctx.setTimer('t', 1); }", "timer 't' has come due, but there is no"],
    ["constructor() { throw new Error('unborn'); }", 'unborn'],
  ])('%s', async (member, message) => {
    write({ 'odd.ts': answering(member) });
    const { error } = await run('./odd.ts');
    expect([error?.node, error?.message]).toEqual(['own-1', expect.stringContaining(message)]);
  });

  test.each([
    ['null', '`create` returned null; expected a node'],
    ['{ handle() {} }', '`create` returned an object with handle; it is a service'],
  ])('create returns %s', async (made, message) => {
    write({ 'made.ts': `export default { create: () => (${made}) };` });
    expect((await run('./made.ts')).error?.message).toContain(message);
  });
});

describe('files that cannot be kinds', () => {
  test('a mistake in the syntax is shown in its line', async () => {
    write({ 'syntax.ts': "const é = 'ü'; const x = = 3;\n" });
    expect((await load('./syntax.ts')).text).toMatchInlineSnapshot(`
      "error[DS160]: unexpected "="
       --> syntax.ts:1:26
        |
      1 | const é = 'ü'; const x = = 3;
        |                          ^
        = note: the file is a kind of node at s.yaml:3:23
      "
    `);
  });

  test('an import that is not there, in a file that is imported', async () => {
    write({
      'outer.ts': "import './inner.ts';",
      'inner.ts': "\nimport { x } from './nope.ts';\nx();",
    });
    expect((await load('./outer.ts')).text).toMatchInlineSnapshot(`
      "error[DS160]: could not resolve "./nope.ts"
       --> inner.ts:2:19
        |
      2 | import { x } from './nope.ts';
        |                   ^^^^^^^^^^^
        = note: the file is a kind of node at s.yaml:3:23
      "
    `);
  });

  test('what fails while it is loaded is shown where it does', async () => {
    write({ 'loading.ts': 'const seed: number =\n  Math.random();\nexport default seed;\n' });
    expect((await load('./loading.ts')).text).toMatchInlineSnapshot(`
      "error[DS160]: this fails while it is loaded: HostGlobalError: Math.random() would make the run irreproducible; use ctx.random
       --> loading.ts:2:8
        |
      2 |   Math.random();
        |        ^
        = note: the file is a kind of node at s.yaml:3:23
      "
    `);
  });

  test.each([
    ['node:fs', '`node:fs` sees the machine'],
    ['crypto', '`crypto` sees the machine'],
    ['dsim/host', 'a node can import `dsim`, not `dsim/host`'],
  ])('import of %s', async (name, message) => {
    write({ 'importing.ts': `import * as it from '${name}';\nexport default it;` });
    const { diagnostics } = await load('./importing.ts');
    expect(diagnostics.map(({ place, message: text }) => [place?.file, place?.line, text])).toEqual(
      [['importing.ts', 1, expect.stringContaining(message)]],
    );
  });

  test.each([
    ['export const x = 1, y = 2;', 'it has no default export, only `x`, `y`; expected'],
    ['', 'it exports nothing; expected'],
    ['export default 3;', 'its default export is the number 3; expected'],
    ['export default class Store {}', 'its default export is the class Store; expected'],
    [
      'export default { name: 1, create() {} };',
      'has `name` that is the number 1; expected a text',
    ],
    ['export default { make() {} };', 'an object with make, has no `create`; expected'],
    ['export default { create: [] };', 'has `create` that is a list; expected'],
    [
      'export default { create() {}, serves: ["register"] };',
      '`serves`, which is now `answers`; expected',
    ],
    [
      'export default { create() {}, answers: ["register"] };',
      '`answers` that is a list; expected a list of interfaces',
    ],
    [
      'export default { create() {}, answers: { of: "target" } };',
      "`answers: { of: 'target' }`; expected the name of a parameter of type `nodes`",
    ],
    [
      'export default { create() {}, bugs: { a: 1 } };',
      '`bugs` that is an object with a; expected',
    ],
    [
      'export default { create() {}, roles: { head: { doc: "", count: 1, serves: [] } } };',
      'a role `head` with `serves`; did you mean `answers`?',
    ],
    [
      'export default { create() {}, roles: { head: { doc: "", count: 1, colour: 1 } } };',
      'a role `head` with `colour`; expected `doc`, `count`, `default`, `answers`, `params`',
    ],
    [
      'export default { create() {}, commands: { hush: { doc: "", param: {} } } };',
      'a command `hush` with `param`; did you mean `params`?',
    ],
    ['export default { create() {}, invariant: [] };', '`invariant`; did you mean `invariants`?'],
    ['export default { create() {}, invariants: [{}] };', '`invariants` that is a list; expected'],
    [
      'export default { create() {}, params: { count: { type: "text" } } };',
      'a parameter `count`, which every node of a scenario has already',
    ],
    [
      'export default { create() {}, params: { Big: { type: "text" } } };',
      'a parameter `Big`; expected a name in kebab-case',
    ],
    [
      'export default { create() {}, params: { a: { type: "time" } } };',
      "a parameter `a` of the type the text 'time'; expected one of integer, number",
    ],
    [
      'export default { create() {}, params: { a: { type: "duration", default: "5ms" } } };',
      "a parameter `a` with a default that is the text '5ms'; expected a number",
    ],
    [
      'export default { create() {}, params: { a: { type: "list" } } };',
      'a parameter `a` without `of`',
    ],
  ])('%s', async (text, message) => {
    write({ 'wrong.ts': text });
    const { scenario, diagnostics } = await load('./wrong.ts');
    expect(scenario).toBe(null);
    expect(diagnostics.map(({ code, message: found }) => [code, found])).toEqual([
      ['DS160', expect.stringContaining(message)],
    ]);
  });

  test('a near name is offered', async () => {
    write({ 'nearby.ts': 'export {}', 'notes.md': '' });
    const hints = async (kind: string) =>
      (await load(kind)).diagnostics.flatMap(({ help }) => help);
    expect(await hints('./nearby.js')).toEqual(['did you mean `./nearby.ts`?']);
    expect(await hints('./nearbi.ts')).toEqual(['did you mean `./nearby.ts`?']);
    expect((await load('./notes.md')).text).toContain('neither TypeScript nor JavaScript');
    expect((await load('./')).text).toContain('is not a file');
  });

  test('code may be forbidden', async () => {
    write({ 'evil.ts': 'throw new Error("ran");' });
    const { diagnostics } = await load('./evil.ts', '', { code: false });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      '`./evil.ts` cannot be used as a kind: running code is forbidden here by `--no-code`',
    ]);
  });
});

test('a path within the folder is shown from there, another one whole', () => {
  expect(
    ['/a/b/c/x.ts', '/a/y.ts', '/a/b', '/a/bc/z.ts'].map((path) => shownPath(path, '/a/b')),
  ).toEqual(['c/x.ts', '/a/y.ts', '/a/b', '/a/bc/z.ts']);
});
