/** Commands on dsim itself: few and short, for what a hand-made engine cannot show. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { engine } from '../../src/cli/dsim-engine.ts';
import { TestCli } from '../support/cli-host.ts';
import { dsimIn } from './dsim-in.ts';

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
});
afterEach(() => cli.close());

function run(...argv: readonly string[]) {
  return dsimIn(cli.folder, argv);
}

function read(name: string): string {
  return readFileSync(join(cli.folder, name), 'utf8');
}

test('a run is kept once, by whatever command and however dsim was started', async () => {
  const failing = `
nodes: { web: { kind: server } }
clients: { load: { workload: request, target: web, rate: 20/s } }
duration: 200ms
expect: [p50 < 1us]
`;
  writeFileSync(join(cli.folder, 'web.yaml'), failing);
  expect((await run('web.yaml')).code).toBe(1);
  expect((await dsimIn(cli.folder, ['test', 'web.yaml'], 'node bin/dsim.js')).code).toBe(1);
  const kept = readdirSync(join(cli.folder, '.dsim/runs')).filter((name) => name !== 'latest');
  expect(kept).toHaveLength(1);
});

test('a history says which reads are final, and is judged elsewhere as it was here', async () => {
  const few = `
nodes: { m: { kind: broadcast, count: 3 } }
clients: { load: { workload: broadcast, target: m, per-node: 1, rate: 20/s } }
duration: 1s
expect: [delivered]
`;
  writeFileSync(join(cli.folder, 'few.yaml'), few);
  expect((await run('few.yaml', '-o', 'few.jsonl', '-q')).code).toBe(0);
  const events = read('few.jsonl')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; f: string; time: number; final?: true });
  const marked = events.filter(({ final }) => final === true);
  expect(marked.map(({ type, f }) => `${type} ${f}`).sort()).toEqual([
    ...Array(3).fill('invoke read'),
    ...Array(3).fill('ok read'),
  ]);
  const begun = Math.min(...marked.map(({ time }) => time));
  const writes = events.filter(({ f }) => f === 'broadcast');
  expect(writes.length).toBeGreaterThan(4);
  expect(writes.every(({ time }) => time < begun)).toBe(true);
  expect((await run('export', 'edn', 'latest', '-o', 'few.edn')).code).toBe(0);
  expect(read('few.edn').match(/:final\? true\}$/gm)).toHaveLength(6);
  for (const file of ['few.jsonl', 'few.edn']) {
    expect((await run('check', file, '-m', 'broadcast-delivery')).out).toContain('✓ pass');
  }
});

describe('the scenario that init writes', () => {
  beforeEach(() => run('init', 'partition.yaml'));

  test('is right, and so is the schema beside it', async () => {
    expect(await run('lint', 'partition.yaml')).toEqual({
      code: 0,
      out: '✓ partition.yaml\n',
      err: '',
    });
    expect(JSON.parse(read('dsim.scenario.schema.json'))).toHaveProperty('$schema');
  });

  test('holds, is kept, and is the same again', async () => {
    const first = await run('partition.yaml', '--trace', 't.ndjson');
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toContain('✓ linearizable');
    const again = await run('replay', 'latest', '-q');
    expect(again.code).toBe(0);
    expect(again.err).toContain('note: the recorded run: state and digests equal, digest ');
    const traced = await run('replay', 't.ndjson', '-q');
    expect(traced.code).toBe(0);
    expect(traced.err).toMatch(/^note: the recorded run: [\d,]+ events, all equal\n$/);
  });

  test('is violated by a planted bug, and the picture shows the stale read', async () => {
    const bug = ['--set', 'nodes.kv.bug=local-reads', '--set', 'nodes.kv.check-quorum=false'];
    const { code, out } = await run(
      'partition.yaml',
      ...bug,
      '-o',
      'why.mmd',
      '--set',
      'duration=15s',
    );
    expect(code).toBe(1);
    expect(out).toContain('WHY  not linearizable for key');
    const diagram = read('why.mmd');
    expect(diagram).toMatch(/^sequenceDiagram\n/);
    expect(diagram).toContain('partition strikes');
    expect(diagram.match(/->>|-x/g)?.length).toBeLessThanOrEqual(60);
    expect(diagram).not.toMatch(/: .*\bend\b/);
  });

  test('is deterministic', async () => {
    const { code, out } = await run(
      'verify',
      'partition.yaml',
      '--set',
      'duration=2s',
      '--set',
      'faults=[]',
      '--set',
      'expect=[linearizable]',
    );
    expect(out).toContain('✓ deterministic  partition.yaml  seed 42  3 runs equal');
    expect(code).toBe(0);
  });
});

describe('stopping dsim itself', () => {
  test('by its budget of events: nothing was proved', async () => {
    const { code, out } = await run('partition', '--max-events', '500', '-q');
    expect(code).toBe(3);
    expect(out).toMatch(/^\? stopped {2}partition {2}seed 42/);
  });

  test('by time, in the middle of a handler, and what was replaced meanwhile is back', async () => {
    const { random } = Math;
    const { code } = await run('partition', '--timeout', '40ms', '--set', 'duration=600s', '-q');
    expect(code).toBe(3);
    expect(Math.random).toBe(random);
    expect(Date.now()).toBeGreaterThan(0);
  });
});

test('every kind has a page, and every summary fits a list', async () => {
  const kinds = engine.kinds();
  // Several at once: each command reads all kinds, for what they declare.
  for (let at = 0; at < kinds.length; at += 10) {
    const some = kinds.slice(at, at + 10);
    const { code, out } = await run('explain', ...some.flatMap(({ name }) => name.split(' ')));
    expect([some.map(({ name }) => name), code]).toEqual([expect.anything(), 0]);
    const text = out.replace(/\s+/g, ' ');
    for (const { name, summary } of some)
      expect([name, text]).toEqual([name, expect.stringContaining(summary)]);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
  const { out } = await run('list');
  for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});

test('a scenario that is wrong is answered with its place', async () => {
  writeFileSync(join(cli.folder, 'bad.yaml'), 'nodes:\n  kv: { kind: rafd }\n');
  const { code, err } = await run('bad.yaml');
  expect(code).toBe(2);
  expect(err).toContain('bad.yaml:2:');
  expect(err).toContain('did you mean `raft`?');
});
