/** `dsim new`, `dsim export` and `dsim completion`, with the engine itself. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestCli } from '../support/cli-host.ts';
import { dsimIn } from './dsim-in.ts';

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
});
afterEach(() => cli.close());

function dsim(...argv: readonly string[]) {
  return dsimIn(cli.folder, argv);
}

function read(name: string): string {
  return readFileSync(join(cli.folder, name), 'utf8');
}

describe('export', () => {
  const of = ['partition', '--without', '--set', 'duration=12s'];

  test('writes measures and a diagram, each into the file of its form', async () => {
    expect((await dsim('export', 'csv', ...of)).code).toBe(1);
    const [head, ...rows] = read('run.csv').trimEnd().split('\n');
    expect(head).toBe('at_us,node,measure,of,value');
    expect(rows.length).toBeGreaterThan(100);
    for (const row of rows) expect(row).toMatch(/^\d+,kv-\d,[\w-]+,[^,]*,[\d.]*$/);
    expect((await dsim('export', 'mermaid', ...of, '-o', 'cone.mmd')).code).toBe(1);
    expect(read('cone.mmd')).toMatch(/^sequenceDiagram\n/m);
  });

  test('refuses a form that there is not, and a window of what has none', async () => {
    const unknown = await dsim('export', 'gif', ...of);
    expect([unknown.code, unknown.err]).toEqual([
      2,
      expect.stringContaining(
        'expected one of csv, dot, edn, mermaid, otlp, perfetto, shiviz, svg',
      ),
    ]);
    const csv = await dsim('export', 'csv', ...of, '--window', '1s..2s');
    expect([csv.code, csv.err]).toEqual([2, expect.stringContaining('--window is for svg')]);
    const reversed = await dsim('export', 'svg', ...of, '--window', '2s..1s');
    expect([reversed.code, reversed.err]).toEqual([2, expect.stringContaining('9.9s..10.4s')]);
  });
});

describe('new scenario', () => {
  test.each(['raft', 'naive-store', 'multi-paxos'])('of a %s holds as it is', async (kind) => {
    const { code, out } = await dsim('new', 'scenario', 'mine', '--kind', kind);
    expect([code, out]).toEqual([0, '✓ wrote mine.yaml\n  next: dsim run mine.yaml\n']);
    expect(read('mine.yaml')).toContain(`{ kind: ${kind}`);
    const run = await dsim('run', 'mine.yaml', '--quiet', '--no-keep');
    expect([run.code, run.err]).toEqual([0, '']);
  });

  test('refuses what it cannot write in full, and says where there is more', async () => {
    const balancer = await dsim('new', 'scenario', 'a', '--kind', 'load-balancer');
    expect([balancer.code, balancer.err]).toEqual([
      2,
      expect.stringContaining('`dsim explain load-balancer` has one'),
    ]);
    const misspelt = await dsim('new', 'scenario', 'a', '--kind', 'rafd');
    expect(misspelt.err).toContain('did you mean raft?');
    expect((await dsim('new', 'senario', 'a')).err).toContain('did you mean scenario?');
    expect(existsSync(join(cli.folder, 'a.yaml'))).toBe(false);
  });

  test('overwrites nothing', async () => {
    writeFileSync(join(cli.folder, 'mine.yaml'), 'mine');
    expect((await dsim('new', 'scenario', 'mine')).code).toBe(2);
    expect(read('mine.yaml')).toBe('mine');
  });
});

test('new node writes one that holds as it is, with its scenario', async () => {
  const { code, out } = await dsim('new', 'node', 'my-store');
  expect([code, out]).toEqual([
    0,
    '✓ wrote my-store.yaml\n✓ wrote my-store.ts\n  next: dsim run my-store.yaml\n',
  ]);
  const run = await dsim('run', 'my-store.yaml', '--quiet', '--no-keep');
  expect([run.code, run.err]).toEqual([0, '']);
  // What it is there for: without its disk it does not hold.
  writeFileSync(
    join(cli.folder, 'my-store.ts'),
    read('my-store.ts')
      .replace('class Store', 'const memory = new Map();\nclass Store')
      .replaceAll('ctx.storage', 'memory'),
  );
  expect((await dsim('run', 'my-store.yaml', '--quiet', '--no-keep')).code).toBe(1);
});

test('an endless loop of such a node ends, with its line', async () => {
  await dsim('new', 'node', 'my-store');
  // V8 optimizes it at once, and then its profiler has never heard of it.
  const loop = 'let turns = 0;\n    if (ctx.now() > 1000) for (;;) turns++;\n';
  const text = read('my-store.ts').replace('const inReplyTo', `${loop}    const inReplyTo`);
  writeFileSync(join(cli.folder, 'my-store.ts'), text);
  // In a process of its own, whose profiler knows no other code.
  const bin = join(import.meta.dirname, '../../bin/dsim.js');
  const run = spawnSync(process.execPath, [bin, 'run', 'my-store.yaml', '--no-keep'], {
    cwd: cli.folder,
    encoding: 'utf8',
    env: { ...process.env, DSIM_WATCHDOG_MS: '1000' },
  });
  expect(run.status).toBe(1);
  const found = /an endless loop near my-store\.ts:(\d+) \(receive\): the handler has/.exec(
    run.stdout.replaceAll(/\s+/g, ' '),
  );
  const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length;
  // Within the function, for code that V8 has optimized is not told by line.
  expect(Number(found?.[1])).toBeGreaterThanOrEqual(lineOf('receive('));
  expect(Number(found?.[1])).toBeLessThan(lineOf('function value'));
});

describe('completion', () => {
  /** What bash offers behind these words. */
  async function offered(...words: string[]): Promise<readonly string[]> {
    const { out } = await dsim('completion', 'bash');
    writeFileSync(join(cli.folder, 'completion.bash'), out);
    const script = `
      source completion.bash
      COMP_WORDS=(dsim ${words.map((word) => `'${word}'`).join(' ')})
      COMP_CWORD=${words.length}
      _dsim
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const run = spawnSync('bash', ['-c', script], { cwd: cli.folder, encoding: 'utf8' });
    expect(run.stderr).toBe('');
    return run.stdout.split('\n').filter((line) => line !== '');
  }

  test('of bash offers commands, options, names and files', async () => {
    expect(await offered('ex')).toEqual(['export', 'explain']);
    expect(await offered('run', '--se')).toEqual(['--seed', '--seeds', '--set']);
    expect(await offered('explain', 'two-ph')).toEqual(['two-phase-commit']);
    expect(await offered('run', 'partit')).toEqual(['partition']);
    expect(await offered('run', 'completion.b')).toEqual(['completion.bash']);
    expect(await offered('test', '--reporter', 'j')).toEqual(['json', 'junit']);
    expect(await offered('completion', '')).toEqual(
      expect.arrayContaining(['bash', 'zsh', 'fish']),
    );
  });

  test.each(['zsh', 'fish'])('of %s has every command and option', async (shell) => {
    const { code, out } = await dsim('completion', shell);
    expect(code).toBe(0);
    for (const word of ['tradeoff', 'seeds', 'two-phase-commit', 'partition', 'list dot json']) {
      expect(out).toContain(word);
    }
    // Texts are in single quotes, and end there.
    for (const line of out.split('\n').filter((each) => !each.startsWith('#'))) {
      expect([line, (line.split("'").length - 1) % 2]).toEqual([line, 0]);
    }
  });

  test('of another shell is refused', async () => {
    expect((await dsim('completion', 'bsh')).err).toContain('did you mean bash?');
  });
});
