/**
 * Inputs that came of public bug reports and of attacks, as a user gives them to the command line:
 * own code, names, long values, kept runs. The histories among them are in `checks/cases.test.ts`.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { simulate } from '../../src/scenarios/simulate.ts';
import { caughtIn } from '../support/bug-cases.ts';
import { loadLaidOver } from '../support/laid-over.ts';
import { runDsim } from '../support/run-check.ts';

const fixtures = fileURLToPath(new URL('../fixtures/cases/', import.meta.url));
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-cases-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const dsim = (...argv: readonly string[]) => runDsim(argv, folder);
const copy = (name: string, to = name) =>
  cpSync(join(fixtures, name), join(folder, to), { recursive: true });
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

/** A counter that does something else from its sixth request on, and a scenario with two of it. */
function own(statement: string, head = ''): void {
  writeFileSync(
    join(folder, 'own.ts'),
    `${head}
export default class N {
  count = 0;
  start(ctx) {}
  receive(ctx, from, message) {
    if (message.id === undefined) return;
    this.count += 1;
    if (this.count > 5) { ${statement} }
    ctx.send(from, { type: message.type + '_ok', inReplyTo: message.id, count: this.count });
  }
  timeout(ctx, tag) {}
}
`,
  );
  writeFileSync(
    join(folder, 'own.yaml'),
    `duration: 5s
nodes:
  counter: { kind: ./own.ts }
  second: { kind: ./own.ts }
clients:
  load: { workload: request, target: counter, count: 2, rate: 20/s, timeout: 200ms }
expect:
  - availability >= 1%
`,
  );
}

describe('a mistake of own code is named, and its file, and is no mistake of dsim', () => {
  test.each([
    ['process.exit(0);', 'process.exit() would make the run irreproducible', 'own.ts:8:'],
    ['Promise.reject(new Error("boo"));', 'receive makes a promise', 'own.ts:8:'],
    [
      'throw { get message() { throw new Error("m"); }, toString() { throw new Error("t"); } };',
      'an object with message, toString was thrown',
      'by own.ts: throw an Error',
    ],
  ])('%s', async (statement, message, place) => {
    own(statement);
    for (const command of [['run'], ['verify'], ['run', '--json']]) {
      const { code, out, err } = await dsim(...command, 'own.yaml');
      // That a run which ends with an error of its own repeats may be proved.
      const isProved = command[0] === 'verify' && !message.includes('irreproducible');
      expect([command, code]).toEqual([command, isProved ? 0 : 1]);
      const text = (out + err).replaceAll(/\s+/g, ' ');
      expect(text).toContain(message);
      expect(text).toContain(place);
    }
    const { code, out } = await dsim('run', 'own.yaml', '--seeds', '1..3', '--no-keep');
    expect([code, out]).toEqual([1, expect.stringContaining(message.slice(0, 20))]);
  });
});

describe('who watches changes no verdict', () => {
  test.each([
    ['ctx.send("second", { type: "b", v: 10n });', 'a BigInt is in it'],
    ['const m = { type: "c" }; m.self = m; ctx.send("second", m);', 'or holds itself'],
  ])('%s', async (statement, message) => {
    own(statement);
    for (const watch of [[], ['--trace', 't.ndjson'], ['-v'], ['--strict']]) {
      const { code, out } = await dsim('run', 'own.yaml', '--no-keep', ...watch);
      expect([watch, code, out.replaceAll(/\s+/g, ' ')]).toEqual([
        watch,
        1,
        expect.stringContaining(message),
      ]);
    }
  });
});

test('a file that loops as it is loaded ends by --timeout', async () => {
  own('', 'while (true) {}');
  for (const command of ['run', 'lint']) {
    const { code, out, err } = await dsim(command, 'own.yaml', '--timeout', '300ms');
    expect([command, code, out + err]).toEqual([command, 3, expect.stringContaining('--timeout')]);
  }
});

describe('no control character is written', () => {
  /** C0 but for the line's end, C1, what ends a line and what turns the direction of a text round. */
  const controls = [
    ...Array.from({ length: 0x20 }, (_, code) => code).filter((code) => code !== 0x0a),
    ...Array.from({ length: 0x21 }, (_, i) => 0x7f + i),
    0x2028,
    0x2029,
    ...Array.from({ length: 5 }, (_, i) => 0x202a + i),
    ...Array.from({ length: 4 }, (_, i) => 0x2066 + i),
  ].map((code) => String.fromCharCode(code));
  const controlsIn = (text: string) => controls.filter((control) => text.includes(control));

  test.each([
    [['run', 'control-characters/inj.yaml', '--no-keep', '-o', 'a.mmd'], 'a.mmd'],
    [['run', 'control-characters/inj.yaml', '--no-keep', '-o', 'a.md'], 'a.md'],
    [['run', 'control-characters/inj.yaml', '--no-keep', '-o', 'a.html'], 'a.html'],
    [['check', 'control-characters/h.jsonl', '-m', 'register', '-o', 'x.md'], 'x.md'],
  ])('dsim %s', async (argv, file) => {
    copy('control-characters');
    const { code, out, err } = await dsim(...argv);
    expect([code, err]).toEqual([1, '']);
    expect(controlsIn(out)).toEqual([]);
    const text = read(file);
    expect(text.length).toBeGreaterThan(500);
    expect(controlsIn(text)).toEqual([]);
  });
});

test('tags of collections are refused at their place', async () => {
  copy('collection-tags');
  for (const [file, place] of [
    ['omap', '2:3'],
    ['fault-omap', '4:18'],
    ['pairs', '3:19'],
  ] as const) {
    const { code, out } = await dsim('lint', `collection-tags/${file}.yaml`);
    expect([code, out]).toEqual([2, expect.stringContaining(`${file}.yaml:${place}`)]);
  }
});

test('a value of a megabyte is shortened where people read it', async () => {
  const value = 'x'.repeat(1_000_000);
  const event = (type: string, f: string, written: string | null) =>
    JSON.stringify({ process: f === 'read' ? 1 : 0, type, f, key: 'k', value: written });
  const lines = [
    event('invoke', 'write', value),
    event('ok', 'write', value),
    event('invoke', 'read', null),
    event('ok', 'read', `y${value}`),
  ];
  writeFileSync(join(folder, 'huge.jsonl'), `${lines.join('\n')}\n`);
  const { code, out } = await dsim('check', 'huge.jsonl', '-m', 'register');
  expect(code).toBe(1);
  expect(out.length).toBeLessThan(10_000);
});

test('a kept run is not replaced by one that expects something else', async () => {
  copy('kept-runs/p-other.yaml', 'b/p.yaml');
  copy('kept-runs/p.yaml', 'a/p.yaml');
  const first = await dsim('run', 'b/p.yaml');
  const id = /\.dsim\/runs\/(\S+)/.exec(first.out)?.[1] ?? '';
  expect([first.code, id]).toEqual([1, expect.stringMatching(/^p-1-/)]);
  const second = await dsim('run', 'a/p.yaml');
  expect([second.code, second.out.includes(`runs/${id}\n`)]).toEqual([0, false]);
  const again = await dsim('replay', id);
  expect([again.code, again.out]).toEqual([
    1,
    expect.stringContaining('✗ availability >= 99.999%'),
  ]);
});

describe('a group of Raft', () => {
  const file = 'test/fixtures/cases/raft-of-five/b07.yaml';
  const bug = 'nodes.kv.bug=heartbeats-without-disk';

  test('whose leader has a hanging disk elects another, unless heartbeats need no disk', async () => {
    expect(await caughtIn(file, [])).toEqual([]);
    expect(await caughtIn(file, [bug])).toContain('longest gap < 3s');
    const { timeline, facts } = simulate(await loadLaidOver({ file, sets: [bug] }));
    expect(timeline.leaders).toHaveLength(1);
    const committed = facts.measured.series.filter(({ name }) => name === 'committed');
    const times = committed.flatMap(({ timesUs, length }) => [...timesUs.subarray(0, length)]);
    expect(times.filter((atUs) => atUs > 5_100_000 && atUs < 15_000_000)).toEqual([]);
  });

  test('may have single members with other parameters; a group by the name of one is told how', async () => {
    copy('raft-of-five');
    const { code, out } = await dsim('lint', 'raft-of-five/b05.yaml');
    expect(code).toBe(2);
    expect(out).toContain('error[DS106]');
    expect(out).toContain('error[DS127]');
    expect(out).toContain('in `kv`: `only: { kv-2: { … } }`');
    writeFileSync(
      join(folder, 'raft-of-five/mixed.yaml'),
      `extends: base.yaml
nodes: { kv: { kind: raft, count: 3, only: { kv-2: { pre-vote: false } } } }
expect: [linearizable]
`,
    );
    const mixed = await dsim('run', 'raft-of-five/mixed.yaml', '--no-keep');
    // The same as it is rolled out, one server after another.
    writeFileSync(
      join(folder, 'raft-of-five/rolled.yaml'),
      `extends: base.yaml
faults:
  - { at: 1s, command: { to: kv-1, set: { pre-vote: false } } }
  - { at: 2s, command: { to: leader, set: { check-quorum: false } } }
  - { at: 4s, for: 2s, crash: leader }
`,
    );
    const rolled = await dsim('run', 'raft-of-five/rolled.yaml', '--no-keep');
    expect([rolled.code, rolled.err]).toEqual([0, '']);
    expect(rolled.out).toContain('set');
    expect([mixed.code, mixed.err]).toEqual([0, '']);
  });
});
