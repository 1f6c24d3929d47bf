/** `dsim test` from its arguments to its outputs and exit code, on an engine made by hand. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Parser } from 'tap-parser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoadOptions } from '../../src/cli/engine.ts';
import type { Host } from '../../src/cli/host.ts';
import type { StartWorker } from '../../src/cli/suite/run-worker.ts';
import { type RunOrder, ScenarioRead, testRun } from '../../src/cli/suite/tested-run.ts';
import type { Expectation, SeedDemand } from '../../src/scenarios/scenario.ts';
import type { CliOptions } from '../support/cli-host.ts';
import { FakeEngine, heldIfEven, TestCli, TextOutput } from '../support/cli-host.ts';
import { junitProblems, parseXml } from '../support/junit-schema.ts';
import {
  buildError,
  buildHeld,
  buildJudged,
  buildResult,
  buildScenario,
} from '../support/result.ts';

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
});
afterEach(() => cli.close());

function put(name: string, text = ''): void {
  mkdirSync(dirname(join(cli.folder, name)), { recursive: true });
  writeFileSync(join(cli.folder, name), text);
}

function read(name: string): string {
  return readFileSync(join(cli.folder, name), 'utf8');
}

/** Held for even seeds. */
const even: CliOptions = { resultOf: heldIfEven };
const held: CliOptions = { resultOf: () => buildHeld() };

/** `a 1`, `a 2`: scenario and seed of every run, in the order of the report. */
async function ran(argv: readonly string[], options: CliOptions = held): Promise<string[]> {
  const { out, err } = await cli.run(['test', ...argv, '--reporter', 'ndjson'], options);
  if (out === '') return [err];
  return records(out)
    .filter(({ event }) => event === 'run')
    .map(({ scenario, seed }) => `${scenario} ${seed}`);
}

function records(out: string): readonly { readonly [field: string]: unknown }[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { [field: string]: unknown });
}

test('a scenario is read once, and not for each seed', async () => {
  class Reading extends FakeEngine {
    override async load(file: string, options: LoadOptions) {
      const loaded = await super.load(file, options);
      const withSeed = (seed: string) =>
        loaded.scenario === null ? loaded : { ...loaded, scenario: { ...loaded.scenario, seed } };
      return { ...loaded, withSeed };
    }
  }
  put('a.dsim.yaml');
  put('b.dsim.yaml');
  const engine = new Reading(held);
  expect(await ran(['--seeds', '1..3'], { ...held, engine })).toHaveLength(6);
  expect(engine.loads.map(({ file }) => file)).toEqual(['a.dsim.yaml', 'b.dsim.yaml']);
  expect(engine.runs.map(({ seed }) => seed)).toEqual(['1', '2', '3', '1', '2', '3']);
});

describe('which scenarios', () => {
  test('*.dsim.yaml anywhere, scenarios/ whatever they are called; parts of others are none', async () => {
    put('a.dsim.yaml');
    put('deep/er/b.dsim.yml');
    put('scenarios/c.yaml');
    put('scenarios/more/d.yaml');
    for (const none of [
      'k8s.yaml',
      'scenarios/_base.yaml',
      'deep/scenarios/e.yaml',
      'node_modules/x/f.dsim.yaml',
      '.hidden/g.dsim.yaml',
      'dsim.config.yaml',
      'scenarios/notes.md',
    ]) {
      put(none);
    }
    expect(await ran([])).toEqual(['a.dsim 42', 'b.dsim 42', 'c 42', 'd 42'].map(plainSeed));
  });

  test('files and folders by name, each once', async () => {
    put('x/a.yaml');
    put('x/deep/b.dsim.yaml');
    put('x/deep/c.yaml');
    put('y.yaml');
    expect(await ran(['y.yaml', 'x', 'x/a.yaml'])).toEqual(['y 1', 'a 1', 'b.dsim 1']);
    expect(await ran(['split-brain'])).toEqual(['split-brain 1']);
  });

  test('a filter is part of a path or a name, or has stars', async () => {
    for (const name of ['scenarios/raft/one.yaml', 'scenarios/two.yaml']) put(name);
    put('scenarios/three.yaml', 'name: Raft by another name');
    const filtered = async (...filters: string[]) =>
      ran(filters.flatMap((filter) => ['--filter', filter]));
    expect(await filtered('RAFT')).toEqual(['one 1', 'Raft by another name 1']);
    expect(await filtered('scen*one')).toEqual(['one 1']);
    expect(await filtered('two.', 'one')).toEqual(['one 1', 'two 1']);
    const none = await cli.run(['test', '--filter', 'four'], held);
    expect([none.code, none.err]).toEqual([
      4,
      'error: no scenario fits four; `dsim init` writes one\n',
    ]);
  });

  test('nothing to test is 4', async () => {
    const { code, err } = await cli.run(['test'], held);
    expect(code).toBe(4);
    expect(err).toContain('no scenario was found in `*.dsim.yaml` and `scenarios/`');
  });

  test('the configuration of a folder above names them, and their seeds', async () => {
    put('dsim.config.yaml', 'scenarios: [one.yaml, more]\nseeds: 3..4\n');
    put('one.yaml');
    put('more/two.yaml', 'seeds: 9\n');
    put('more/left.yaml', 'seeds: [5, 1..2, 1]\n');
    expect(await ran([])).toEqual(['one 3', 'one 4', 'left 5', 'left 1', 'left 2', 'two 9']);
    expect(await ran(['--seeds', '7..8', 'one.yaml'])).toEqual(['one 7', 'one 8']);
    expect(await ran(['--seed', 'x', 'one.yaml'])).toEqual(['one x']);
  });

  test('a wrong configuration is shown with its place, and nothing runs', async () => {
    put('dsim.config.yaml', 'seeds: 9..1\nreporter: [list]\njobs: none\n');
    put('a.dsim.yaml');
    const { code, err, engine } = await cli.run(['test'], held);
    expect([code, engine.runs]).toEqual([2, []]);
    expect(err).toContain('the range is reversed; did you mean 1..9?');
    expect(err).toContain('did you mean `reporters`?');
    expect(err).toContain('dsim.config.yaml:3:7');
    expect(err).toContain('cannot test');
  });
});

function plainSeed(text: string): string {
  return text.replace(/ 42$/, ' 1');
}

describe('which runs', () => {
  beforeEach(() => put('a.dsim.yaml', 'seeds: 1..4\n'));

  test('seeds that failed come first, and stay when they hold again', async () => {
    expect((await cli.run(['test'], even)).code).toBe(1);
    expect(await ran([], even)).toEqual(['a.dsim 1', 'a.dsim 3', 'a.dsim 2', 'a.dsim 4']);
    expect(await ran([])).toEqual(['a.dsim 1', 'a.dsim 3', 'a.dsim 2', 'a.dsim 4']);
    // Beyond what the file says, but not beyond what the command line says.
    put('a.dsim.yaml', 'seeds: 5..6\n');
    expect(await ran([])).toEqual(['a.dsim 1', 'a.dsim 3', 'a.dsim 5', 'a.dsim 6']);
    expect(await ran(['--seeds', '3..4'])).toEqual(['a.dsim 3', 'a.dsim 4']);
  });

  test('--last-failed repeats what failed the last time, and nothing else', async () => {
    put('b.dsim.yaml', 'seeds: 2\n');
    await cli.run(['test'], even);
    expect(await ran(['--last-failed'], even)).toEqual(['a.dsim 1', 'a.dsim 3']);
    await cli.run(['test', '--seed', '1'], held);
    expect(await ran(['--last-failed'])).toEqual(['a.dsim 3']);
    const { code, err } = await cli.run(['test', '--last-failed'], held);
    expect([code, err]).toEqual([
      4,
      'error: no run failed the last time: there is nothing to repeat\n',
    ]);
  });

  test('--no-keep remembers nothing', async () => {
    await cli.run(['test', '--no-keep'], even);
    expect(() => read('.dsim/test.json')).toThrow();
  });

  test('a memory that is broken is none', async () => {
    put('.dsim/test.json', '{ "format": "dsim-test-memory", "scenarios": { "a.dsim.yaml": 5 } }');
    expect((await ran([])).length).toBe(4);
    put('.dsim/test.json', 'nonsense');
    expect((await ran([])).length).toBe(4);
  });

  test('shards are disjoint, and together everything', async () => {
    put('b.dsim.yaml', 'seeds: 1..3\n');
    const parts = [];
    for (const shard of ['1/3', '2/3', '3/3']) parts.push(await ran(['--shard', shard]));
    expect(parts.map(({ length }) => length)).toEqual([3, 2, 2]);
    expect(parts.flat().sort()).toEqual((await ran([])).sort());
    // What this machine remembers moves nothing from part to part.
    await cli.run(['test'], even);
    expect(await ran(['--shard', '1/3'])).toEqual(parts[0]);
  });

  test('--bail stops at the first that does not hold, or the n-th', async () => {
    expect(await ran(['--bail'], even)).toEqual(['a.dsim 1']);
    const { code, out } = await cli.run(['test', '--bail', '2', '--seeds', '1..9'], even);
    expect(code).toBe(1);
    expect(out).toContain('runs       3 of 9  ✓ 1 held  ✗ 2 violated');
    expect(out).toContain('stopped by --bail: not everything ran');
  });

  test('a scenario with errors runs once, and is 2', async () => {
    put('wrong.yaml', 'seeds: 1..9\n');
    const { code, out, engine } = await cli.run(['test', 'wrong.yaml', 'a.dsim.yaml'], held);
    expect([code, engine.runs.length]).toEqual([2, 4]);
    expect(out).toContain('error[DS102]: unknown key `elecion-timeout` in `nodes.kv`');
    expect(out).toContain('scenarios  2  ✓ 1 held  ! 1 with errors');
  });

  test('an error inside dsim is 70, and the others run', async () => {
    const during = ({ seed }: { seed: string }) => {
      if (seed === '2') throw new Error('off the rails');
    };
    const { code, out } = await cli.run(['test'], { ...held, during });
    expect(code).toBe(70);
    expect(out).toContain('Error: off the rails');
    expect(out).toContain('runs       4  ✓ 3 held  ! 1 broken');
  });

  test('--last-failed repeats what could not run, which says nothing of its seed', async () => {
    put('wrong.dsim.yaml', '');
    expect((await cli.run(['test'], held)).code).toBe(2);
    for (const _again of [1, 2]) {
      const { out } = await cli.run(['test', '--last-failed'], held);
      expect(out).toMatch(/scenarios +1 +! 1 with errors\n +runs +1 +! 1 with errors/);
    }
    // It is not among the seeds that run first from now on.
    put('wrong.dsim.yaml', 'seeds: 5..6\n');
    expect((await ran([])).filter((one) => one.startsWith('wrong'))).toEqual(['wrong.dsim 5']);
  });

  test.each([
    ['unknown', buildHeld({ state: 'unknown' }), 3],
    ['never exercised', buildHeld({ state: 'never exercised' }), 3],
    ['stopped by an error', buildHeld({ error: buildError() }), 1],
  ] as const)('%s', async (_name, result, code) => {
    expect((await cli.run(['test'], { resultOf: () => result })).code).toBe(code);
  });

  test('an interrupt reports and remembers what is over', async () => {
    const during = ({ seed }: { seed: string }) => {
      if (seed === '3') cli.interrupt();
    };
    const { code, out } = await cli.run(['test'], { ...even, during });
    expect(code).toBe(130);
    expect(out).toContain('runs       2 of 4  ✓ 1 held  ✗ 1 violated');
    expect(out).toContain('interrupted: not everything ran');
    expect(await ran(['--last-failed'], even)).toEqual(['a.dsim 1']);
  });

  test('--watch runs again what a changed file concerns; the exit code is the last one', async () => {
    put('b.dsim.yaml', 'seeds: 2\n');
    const [out, err] = [new TextOutput(), new TextOutput()];
    const ending = cli.run(['test', '--watch', '--no-keep'], { ...even, out, err });
    const waits = async (times: number) => {
      while (err.text.split('watching 2 files').length <= times) {
        await new Promise((done) => setTimeout(done, 5));
      }
    };
    await waits(1);
    put('b.dsim.yaml', 'seeds: 8\n');
    await waits(2);
    cli.interrupt();
    const { code, engine } = await ending;
    expect(code).toBe(0);
    expect(out.text).toContain(`changed: ${join(cli.folder, 'b.dsim.yaml')}\n`);
    expect(engine.runs.map(({ seed }) => seed)).toEqual(['1', '2', '3', '4', '2', '8']);
  });

  test.each([
    ['--seed 1 --seeds 1..2', '--seed and --seeds exclude each other'],
    ['--last-failed --shard 1/2', 'it has no shards'],
    ['--shard 3/2', 'A shard is written 2/5'],
    ['--reporter lost', 'A reporter is one of list, dot'],
    ['--reporter junit=', 'junit= lacks the name of a file'],
    ['--reporter json --reporter list', 'json and list both want standard output'],
    ['--reporter json --reporter json', 'json and json both want standard output'],
    ['--reporter list --reporter dot', 'list and dot both want standard output'],
    ['--reporter github --reporter dot --reporter list', 'dot and list both want standard output'],
    ['--reporter github --reporter github', 'github and github both want standard output'],
    ['--reporter tap=a --reporter list=b --reporter junit=a', 'tap and junit both want a: give'],
    ['--export csv=a --reporter junit=a', '--export and a reporter both want a: give'],
    ['--jobs 0', 'Expected a whole number from 1'],
    ['--watch --update', '--watch and --update exclude each other'],
    ['--watch --shard 1/2', '--watch and --shard exclude each other'],
  ])('wrong use: %s', async (words, message) => {
    const { code, err, engine } = await cli.run(['test', ...words.split(' ')], held);
    expect([code, engine.runs]).toEqual([2, []]);
    expect(err).toContain(message);
  });
});

describe('demands of many seeds', () => {
  /** The first expectation of the scenario is about many seeds. */
  function demanding(over: SeedDemand, states: (seed: string) => 'held' | 'violated'): CliOptions {
    const position = { file: 'a.dsim.yaml', line: 3, column: 5 };
    const first: Expectation = { text: 'it holds', position, kind: 'live', group: null, over };
    const scenario = buildScenario({ expect: [first] });
    const engine = new FakeEngine({
      resultOf: (seed) => {
        const state = states(seed);
        const judged = [buildJudged({ text: first.text, state })];
        if (over.kind === 'all') return buildHeld({ judged, state });
        return buildHeld({ judged: [], shares: judged, state });
      },
    });
    const load = engine.load.bind(engine);
    engine.load = async (file, options) => {
      const loaded = await load(file, options);
      if (loaded.scenario === null) return loaded;
      return { ...loaded, scenario: { ...loaded.scenario, expect: scenario.expect } };
    };
    return { engine };
  }

  test('a share: seeds in which it does not hold fail no run, and may be too many', async () => {
    put('a.dsim.yaml', 'seeds: 1..40\n');
    const share: SeedDemand = { kind: 'share', share: 0.95 };
    const good = demanding(share, (seed) => (Number(seed) <= 2 ? 'violated' : 'held'));
    const { code, out } = await cli.run(['test'], good);
    expect(code).toBe(0);
    expect(out).toContain('held in 38 of 40 seeds (95.00%); of all seeds 83.49% to 98.62% hold');
    const bad = demanding(share, (seed) => (Number(seed) <= 3 ? 'violated' : 'held'));
    const failed = await cli.run(['test'], bad);
    expect(failed.code).toBe(1);
    expect(failed.out).toContain('─── a.dsim · 40 seeds ───\nviolated: ');
    expect(failed.out).toContain('first seed in which it did not: 1');
    expect(failed.out).toContain('runs       40  ✓ 40 held');
  });

  test('fewer seeds than demanded are 3, and junit and tap have a case for it', async () => {
    put('a.dsim.yaml', 'seeds: 1..3\n');
    const all: SeedDemand = { kind: 'all', seeds: 10 };
    const options = () => demanding(all, () => 'held');
    expect((await cli.run(['test'], options())).code).toBe(3);
    const { out } = await cli.run(['test', '--reporter', 'junit'], options());
    expect(junitProblems(out)).toEqual([]);
    expect(parseXml(out).children[0]?.attributes).toMatchObject({ tests: '4', errors: '1' });
    const tap = await cli.run(['test', '--reporter', 'tap'], options());
    expect(readTap(tap.out).results).toMatchObject({ count: 4, fail: 1 });
  });

  test('without seeds of its own, a scenario runs with as many as it demands', async () => {
    put('a.dsim.yaml', 'expect: [linearizable in 7 seeds]\n');
    expect((await ran([])).length).toBe(7);
    expect((await ran(['--seed', '3'])).length).toBe(1);
  });

  test('one machine judges them: shards keep its seeds together', async () => {
    put('a.dsim.yaml', 'expect: [linearizable in 7 seeds]\n');
    put('b.dsim.yaml', 'seeds: 1..3\n');
    const parts = [];
    for (const shard of ['1/2', '2/2']) parts.push(await ran(['--shard', shard]));
    const seedsOfA = parts.map((part) => part.filter((run) => run.startsWith('a')).length);
    expect([...seedsOfA].sort()).toEqual([0, 7]);
    expect(parts.flat().length).toBe(10);
  });

  test('kept failing seeds speak for nobody', async () => {
    put('a.dsim.yaml', 'seeds: 100..139\n');
    const share: SeedDemand = { kind: 'share', share: 0.95 };
    put(
      '.dsim/test.json',
      JSON.stringify({
        format: 'dsim-test-memory',
        scenarios: { 'a.dsim.yaml': { seeds: ['1', '2', '3'], failing: ['1', '2', '3'] } },
      }),
    );
    const options = demanding(share, (seed) => (Number(seed) < 4 ? 'violated' : 'held'));
    const { code, out } = await cli.run(['test'], options);
    expect(code).toBe(0);
    expect(out).toContain('held in 40 of 40 seeds');
  });
});

describe('a matrix', () => {
  const matrix = (text: string) => put('a.dsim.yaml', `seeds: 1..2\nmatrix: ${text}\n`);
  const sets = async () => {
    const { engine } = await cli.run(['test'], held);
    return [...new Set(engine.loads.map((load) => load.sets.join(' ')))];
  };

  test('every combination is tested by itself, in the order of the axes', async () => {
    matrix('{ nodes.kv.count: [3, 5], vars.loss: [0%, 1%] }');
    expect(await sets()).toEqual([
      'nodes.kv.count=3 vars.loss=0%',
      'nodes.kv.count=3 vars.loss=1%',
      'nodes.kv.count=5 vars.loss=0%',
      'nodes.kv.count=5 vars.loss=1%',
    ]);
    const { out } = await cli.run(['test'], even);
    expect(out).toContain('✗ a.dsim (nodes.kv.count=3, vars.loss=0%)  2 seeds');
    expect(out).toContain(`replay a.dsim.yaml --seed 1 --set nodes.kv.count=3 --set vars.loss=0%`);
  });

  test('exclude takes away what fits; include adds to what it fits, or a combination', async () => {
    matrix('{ a: [1, 2], b: [x], exclude: [{ a: 2 }], include: [{ a: 1, c: 5 }, { a: 9 }] }');
    expect(await sets()).toEqual(['a=1 b=x c=5', 'a=9']);
    matrix('{ a: ["1", [1, 2], { k: v }] }');
    expect(await sets()).toEqual(['a="1"', 'a=[1, 2]', 'a={ k: v }']);
  });

  test('cells fail, are remembered and are recorded by themselves', async () => {
    matrix('{ a: [1, 2] }');
    await cli.run(['test', '--update'], held);
    expect(read('a.dsim.a=1.outcomes.json')).toContain('dsim-outcomes');
    await cli.run(['test'], even);
    expect(Object.keys(JSON.parse(read('.dsim/test.json')).scenarios)).toEqual([
      'a.dsim.yaml a=1',
      'a.dsim.yaml a=2',
    ]);
  });

  test('a table of the cells: csv, markdown and json', async () => {
    matrix('{ a: [1, "=2"] }');
    const csv = await cli.run(['test', '--export', 'csv'], even);
    expect(csv.code).toBe(1);
    const [head = '', ...rows] = csv.out.trimEnd().split('\n');
    expect(head).toMatch(/^scenario,a,seeds,held,linearizable,/);
    expect(rows[0]).toMatch(/^a\.dsim,1,2,1,1 of 2,/);
    expect(rows[1]).toMatch(/^a\.dsim,"""=2""",2,1,/);
    const { out } = await cli.run(['test', '--export', 'markdown'], even);
    expect(out).toMatch(/^\| scenario \| a \| seeds \| held \| linearizable \|/);
    const both = await cli.run(['test', '--export', 'json=t.json'], even);
    expect(both.out).toContain('✗ a.dsim (a=1)');
    expect(JSON.parse(read('t.json')).rows[0]).toMatchObject({ a: '1', seeds: 2, held: 1 });
    const clash = await cli.run(['test', '--export', 'csv', '--reporter', 'list'], even);
    expect([clash.code, clash.err]).toEqual([2, expect.stringContaining('both want standard')]);
  });
});

describe('recorded outcomes', () => {
  const file = 'scenarios/a.outcomes.json';
  const update = () => cli.run(['test', '--update'], held);
  beforeEach(() => put('scenarios/a.yaml', 'seeds: 1..2\n'));

  function edit(change: (text: string) => string): void {
    put(file, change(read(file)));
  }

  test('are compared once they are there, and a difference can be read', async () => {
    const { code, err } = await update();
    expect([code, err]).toEqual([0, `note: wrote ${file}\n`]);
    expect((await cli.run(['test'], held)).code).toBe(0);
    const [text = ''] = /"operations": \d+/.exec(read(file)) ?? [];
    edit((all) => all.replace(text, '"operations": 1000000').replace('"held"', '"violated"'));
    const { code: changed, out } = await cli.run(['test'], held);
    expect(changed).toBe(1);
    expect(out).toContain('~ a  2 seeds');
    expect(out).toContain('its outcome is not the one recorded:');
    expect(out).toContain('  state: held, was violated');
    expect(out).toMatch(/ {2}operations: \d+, was 1,000,000 \(more than 5% apart\)/);
    expect(out).toContain('repro: dsim replay scenarios/a.yaml --seed 1');
    expect(out).toContain('`dsim test --update` records the new one');
    expect(out).toContain('runs       2  ✓ 1 held  ~ 1 changed');
    expect((await update()).code).toBe(0);
    expect((await cli.run(['test'], held)).code).toBe(0);
  });

  test('an expectation that is new, gone, or came out otherwise', async () => {
    await update();
    const [first = ''] = Object.keys(JSON.parse(read(file)).seeds[0].expectations);
    edit((all) => all.replace(JSON.stringify(first), '"another"'));
    const { out } = await cli.run(['test'], held);
    expect(out).toContain('  another: absent, was held');
    expect(out).toContain(`  ${first}: held, was absent`);
  });

  test('counts within bounds, and digests by the tier that the file names', async () => {
    await update();
    edit((all) => all.replace(/"(order|messages)": "\w{16}"/g, '"$1": "ffffffffffffffff"'));
    edit((all) => all.replace(/"events": (\d+)/g, (_all, n) => `"events": ${Number(n) + 1}`));
    expect((await cli.run(['test'], held)).code).toBe(0);
    edit((all) => all.replace('"compare": "outcome"', '"compare": "order"'));
    const { code, out } = await cli.run(['test'], held);
    expect(code).toBe(1);
    expect(out).toMatch(/digest of order: \w{16}, was ffffffffffffffff/);
    edit((all) => all.replace('"compare": "order"', '"compare": "history"'));
    expect((await cli.run(['test'], held)).code).toBe(0);
  });

  test('a seed that was not recorded is no difference; --update keeps those that did not run', async () => {
    await update();
    expect((await cli.run(['test', '--seeds', '1..9'], held)).code).toBe(0);
    await cli.run(['test', '--seeds', '10..11', '--update'], held);
    const seeds = JSON.parse(read(file)).seeds.map(({ seed }: { seed: string }) => seed);
    expect(seeds).toEqual(['1', '2', '10', '11']);
  });

  test('two scenarios never share a file, nor do two cells', async () => {
    put('scenarios/a.dsim.yaml', 'seeds: 7\n');
    put('scenarios/b.yml', "matrix: { a: ['x y', x_y, 5%, 5%25] }\n");
    put('scenarios/c.yaml', `matrix: { a: [${'x'.repeat(300)}, ${'x'.repeat(301)}] }\n`);
    const { err } = await update();
    const cut = `scenarios/c.a=${'x'.repeat(98)}~`;
    expect(
      err
        .replaceAll(/~\w{16}/g, '~')
        .trimEnd()
        .split('\n'),
    ).toEqual(
      [
        'scenarios/a.dsim.outcomes.json',
        file,
        'scenarios/b.yml.a=%22x%20y%22.outcomes.json',
        'scenarios/b.yml.a=x_y.outcomes.json',
        'scenarios/b.yml.a=5%.outcomes.json',
        'scenarios/b.yml.a=5%2525.outcomes.json',
        `${cut}.outcomes.json`,
        `${cut}.outcomes.json`,
      ].map((name) => `note: wrote ${name}`),
    );
    expect(new Set(err.split('\n')).size).toBe(9);
    expect((await cli.run(['test'], held)).code).toBe(0);
  });

  test('what is no file of outcomes is 2, and is left alone', async () => {
    for (const text of ['nonsense', '{}', '{ "format": "dsim-outcomes", "version": 9 }']) {
      put(file, text);
      const { code, err } = await cli.run(['test', '--update'], held);
      expect([code, err]).toEqual([2, expect.stringContaining(`${file} holds no outcomes: it`)]);
      expect(read(file)).toBe(text);
    }
  });

  test('junit has a changed outcome among its failures', async () => {
    await update();
    edit((all) => all.replace('"held"', '"violated"'));
    const { out } = await cli.run(['test', '--reporter', 'junit'], held);
    expect(junitProblems(out)).toEqual([]);
    expect(out).toContain('type="changed"');
  });
});

describe('reports', () => {
  beforeEach(() => {
    put('a.dsim.yaml', 'seeds: 1..3\n');
    put('b.dsim.yaml', 'seeds: 2\n');
  });

  test('a list on a terminal: a line a scenario, failures explained once, and the way back', async () => {
    const out = new TextOutput(true, 90);
    await cli.run(['test', '--color', 'never'], { ...even, out });
    const text = out.text.replace(/\d+ ms/g, '5 ms');
    expect(text).toMatch(/^✗ a\.dsim {2}3 seeds {2}5 ms {2}2 violated: linearizable; /);
    expect(text).toContain('\n✓ b.dsim  1 seed  5 ms\n');
    expect(text).toContain('─── a.dsim · seed 1 ───\n✗ violated  a.dsim  seed 1  ');
    expect(text).toContain('WHY  not linearizable for key x');
    expect(text).toMatch(/repro: dsim replay a\.dsim\.yaml --seed 1 --digest \w{16} --by \S+\n/);
    expect(text).toMatch(/kept: {2}\.dsim\/runs\/a\.dsim-1-/);
    expect(text).toContain('also not held: seed 3\n');
    expect(text.split('WHY').length).toBe(2);
    expect(text).toMatch(
      /scenarios {2}2 {2}✓ 1 held {2}✗ 1 violated\n {2}runs {7}4 {2}✓ 2 held {2}✗ 2 violated\n {2}time {7}5 ms {2}\(the runs one by one: 5 ms\)\n$/,
    );
  });

  test('dots in CI', async () => {
    const { out } = await cli.run(['test'], { ...even, env: { CI: 'true' } });
    expect(out).toMatch(/^4 runs of 2 scenarios\nX\.X\.\n\n─── a\.dsim · seed 1/);
    const { out: list } = await cli.run(['test'], { ...even, env: { CI: 'false' } });
    expect(list).toMatch(/^✗ a\.dsim/);
  });

  test('several at once: standard output, and files', async () => {
    const argv = ['--reporter', 'dot', '--reporter', 'json=t.json', '--reporter', 'tap=t.tap'];
    const { out } = await cli.run(['test', ...argv], even);
    expect(out).toContain('X.X.');
    expect(JSON.parse(read('t.json'))).toMatchObject({ format: 'dsim-test' });
    expect(read('t.tap')).toMatch(/^TAP version 14/);
  });

  test('those of the configuration, unless the command line names its own', async () => {
    put('dsim.config.yaml', 'reporters: [dot, json=t.json]\n');
    expect((await cli.run(['test'], even)).out).toContain('X.X.');
    expect(read('t.json')).toContain('dsim-test');
    expect((await cli.run(['test', '--reporter', 'list'], even)).out).not.toContain('X.X.');
    put('dsim.config.yaml', 'reporters: [lost]\n');
    const { code, err } = await cli.run(['test'], even);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining('in dsim.config.yaml: A reporter is one of'),
    ]);
  });

  test('a file that cannot be written is 2, and the rest is told', async () => {
    const { code, out, err } = await cli.run(
      ['test', '--reporter', 'list', '--reporter', 'json=no/t.json'],
      held,
    );
    expect([code, err]).toEqual([2, expect.stringContaining('cannot write no/t.json')]);
    expect(out).toContain('✓ a.dsim');
  });

  test('json: equal tests give equal documents but for host times', async () => {
    const document = async () => {
      const { out } = await cli.run(['test', '--reporter', 'json', '--no-keep'], even);
      return out.replace(/"(elapsedMs|startedAt)": ("[^"]*"|\d+)/g, '"$1": 0');
    };
    const first = await document();
    expect(await document()).toBe(first);
    const { scenarios, summary } = JSON.parse(first);
    expect(summary).toMatchObject({ runs: 4, held: 2, violated: 2, scenarios: 2, exitCode: 1 });
    expect(scenarios[0]).toMatchObject({
      name: 'a.dsim',
      file: 'a.dsim.yaml',
      cell: '',
      planned: 3,
      end: 'violated',
    });
    expect(scenarios[0].runs[0]).toMatchObject({
      seed: '1',
      end: 'violated',
      repro: expect.stringContaining('replay a.dsim.yaml --seed 1'),
      why: expect.stringContaining('WHY  not linearizable'),
      expectations: expect.arrayContaining([
        expect.objectContaining({ text: 'linearizable', state: 'violated' }),
      ]),
    });
    expect(scenarios[0].runs[1]).toMatchObject({ seed: '2', end: 'held', why: null });
  });

  test('ndjson: beginning, runs, scenarios and end, a line each', async () => {
    const { out } = await cli.run(['test', '--reporter', 'ndjson'], even);
    expect(records(out).map(({ event }) => event)).toEqual([
      'begin',
      'run',
      'run',
      'run',
      'scenario',
      'run',
      'scenario',
      'end',
    ]);
  });

  test('junit: valid, with a case for each seed', async () => {
    const { out } = await cli.run(['test', '--reporter', 'junit'], even);
    expect(junitProblems(out)).toEqual([]);
    const [suite] = parseXml(out).children;
    expect(suite?.attributes).toMatchObject({ tests: '3', failures: '2', errors: '0' });
    const failure = suite?.children[1]?.children[0];
    expect(failure?.attributes['message']).toMatch(/^violated: linearizable/);
    expect(failure?.text).toContain('repro: dsim replay');
  });

  test('junit: what XML cannot say, and what it can only say escaped', async () => {
    const measured = '<&>"\u0000\u001b[31m\ud800 ]]> \u0007';
    const judged = [buildJudged({ text: 'a < b & "c"\n', state: 'violated', measured })];
    const { out } = await cli.run(['test', '--reporter', 'junit'], {
      resultOf: () => buildResult({ judged }),
    });
    expect(junitProblems(out)).toEqual([]);
    expect(out).toContain('violated: a &lt; b &amp; &quot;c&quot;');
  });

  test('junit: an error of a scenario, and a run of which nothing was proved', async () => {
    put('wrong.yaml');
    const argv = ['test', 'wrong.yaml', 'b.dsim.yaml', '--reporter', 'junit'];
    const { out } = await cli.run(argv, { resultOf: () => buildHeld({ state: 'unknown' }) });
    expect(junitProblems(out)).toEqual([]);
    const outcomes = parseXml(out).children.map(({ children }) => children[1]?.children[0]);
    expect(outcomes.map((one) => [one?.name, one?.attributes['type']])).toEqual([
      ['error', 'invalid'],
      ['error', 'unknown'],
    ]);
  });

  test('junit and tap: of more than a hundred seeds, those that held are one case', async () => {
    const most: CliOptions = { resultOf: (seed) => (seed === '7' ? buildResult() : buildHeld()) };
    const argv = ['test', 'a.dsim.yaml', '--seeds', '1..150'];
    const { out } = await cli.run([...argv, '--reporter', 'junit'], most);
    const names = parseXml(out).children[0]?.children.flatMap(({ name, attributes }) =>
      name === 'testcase' ? [attributes['name']] : [],
    );
    expect(names).toEqual(['149 seeds', 'seed 7']);
    const tap = await cli.run([...argv, '--reporter', 'tap'], most);
    expect(tap.out).toContain('ok 1 - a.dsim 149 seeds\nnot ok 2 - a.dsim seed 7\n');
  });

  test('tap: read by a reader of TAP', async () => {
    put('a.dsim.yaml', 'name: "odd # name \\\\ here"\nseeds: 1..3\n');
    const { out } = await cli.run(['test', '--reporter', 'tap'], even);
    const { results, asserts } = readTap(out);
    expect(results).toMatchObject({ ok: false, count: 4, pass: 2, fail: 2, failures: [{}, {}] });
    expect(results.plan).toMatchObject({ start: 1, end: 4 });
    expect(asserts.map(({ ok, name }) => [ok, name])).toEqual([
      [false, 'odd # name \\ here seed 1'],
      [true, 'odd # name \\ here seed 2'],
      [false, 'odd # name \\ here seed 3'],
      [true, 'b.dsim seed 2'],
    ]);
    expect(asserts[0]?.diag).toMatchObject({
      message: expect.stringContaining('violated: linearizable'),
      repro: expect.stringContaining('replay a.dsim.yaml --seed 1'),
      why: expect.stringContaining('WHY  not linearizable'),
    });
  });

  test('tap: an interrupted test is whole', async () => {
    const during = ({ seed }: { seed: string }) => {
      if (seed === '2') cli.interrupt();
    };
    const { out } = await cli.run(['test', '--reporter', 'tap'], { ...even, during });
    expect(readTap(out).results).toMatchObject({ count: 1, plan: { start: 1, end: 1 } });
  });

  test('markdown: a table, and the first failure of each', async () => {
    const { out } = await cli.run(['test', '--reporter', 'markdown'], even);
    expect(out).toMatch(/^## dsim: 2 of 4 runs did not hold\n/);
    expect(out).toMatch(/\| ❌ \| a\.dsim \| 3 \| 2, first 1 \| linearizable/);
    expect(out).toContain('| ✅ | b.dsim | 1 |');
    expect(out).toContain('### a.dsim, seed 1\n\n```text\n✗ violated');
    expect((await cli.run(['test', '--reporter', 'markdown'], held)).out).toContain(
      '## dsim: all 4 runs held',
    );
  });
});

/** What a reader of TAP makes of it. */
function readTap(text: string) {
  const asserts: { readonly ok: boolean; readonly name: string; readonly diag?: unknown }[] = [];
  const parser = new Parser({ strict: true });
  parser.on('assert', (one) => asserts.push(one));
  parser.end(text);
  if (parser.results === null) throw new Error('it did not end');
  return { results: parser.results, asserts };
}

describe('workers', () => {
  /** Workers in this process, of which some end as they are sent a seed. */
  function workersThat(options: { readonly die?: readonly string[] } = {}) {
    const engine = new FakeEngine(even);
    const started: string[][] = [];
    const startWorker = async (): Promise<StartWorker> => (listener) => {
      const seeds: string[] = [];
      const read = new ScenarioRead();
      let alive = true;
      let work = Promise.resolve();
      started.push(seeds);
      return {
        send: (id, order) => {
          const { seed } = order as RunOrder;
          seeds.push(seed);
          work = work.then(async () => {
            // The later, the sooner: replies come in another order than orders.
            await new Promise((done) => setTimeout(done, 40 - Number(seed) * 4));
            if (!alive) return;
            if (options.die?.includes(seed) === true) {
              alive = false;
              return listener.ended('SIGKILL');
            }
            const run = await testRun(order as RunOrder, engine, fakeHost(), read);
            listener.replied({ id, run: run === 'interrupted' ? null : run });
          });
        },
        stop: () => {
          alive = false;
        },
      };
    };
    return { startWorker, started };
  }

  const fakeHost = () => ({ cwd: cli.folder }) as Host;

  test('reports come in the order in which runs were asked for, whoever is first', async () => {
    put('a.dsim.yaml', 'seeds: 1..9\n');
    put('b.dsim.yaml', 'seeds: 1..3\n');
    const { startWorker, started } = workersThat();
    const options = { ...even, startWorker };
    const here = await ran(['--no-keep'], even);
    expect(await ran(['--jobs', '3', '--no-keep'], options)).toEqual(here);
    expect(started.length).toBe(3);
    expect(started.every((seeds) => seeds.length > 1)).toBe(true);
    const bailed = await ran(['--jobs', '3', '--bail', '2', '--no-keep'], options);
    expect(bailed).toEqual(['a.dsim 1', 'a.dsim 2', 'a.dsim 3']);
  });

  test('no more workers than runs are worth, and none for a handful', async () => {
    put('a.dsim.yaml', 'seeds: 1..4\n');
    const { startWorker, started } = workersThat();
    await ran(['--jobs', '8'], { ...even, startWorker });
    expect(started.length).toBe(0);
    await ran(['--jobs', '8', '--seeds', '1..5'], { ...even, startWorker });
    expect(started.length).toBe(2);
  });

  test('one that ends takes its run along, and no other', async () => {
    put('a.dsim.yaml', 'seeds: 1..9\n');
    const { startWorker } = workersThat({ die: ['4'] });
    const { code, out } = await cli.run(['test', '--jobs', '2'], { ...held, startWorker });
    expect(code).toBe(70);
    expect(out).toContain('the worker process ended: SIGKILL');
    expect(out).toContain('runs       9  ✓ 3 held  ✗ 5 violated  ! 1 broken');
  });

  test('an interrupt loses no run that is over, although one before it is not', async () => {
    put('a.dsim.yaml', 'seeds: 1..9\n');
    const { startWorker, started } = workersThat();
    const ending = cli.run(['test', '--jobs', '2', '--reporter', 'ndjson'], {
      ...held,
      startWorker,
    });
    while (started.flat().length < 8) await new Promise((done) => setTimeout(done, 1));
    cli.interrupt();
    const { code, out } = await ending;
    const seeds = records(out).flatMap(({ event, seed }) =>
      event === 'run' ? [Number(seed)] : [],
    );
    expect(code).toBe(130);
    expect(seeds.length).toBeGreaterThanOrEqual(4);
    expect(seeds).toEqual([...seeds].sort((a, b) => a - b));
  });
});

describe('on GitHub Actions', () => {
  const env = (more: { readonly [name: string]: string } = {}) => ({
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: dirname(cli.folder),
    ...more,
  });

  test('failures are annotations at their lines, and the summary is written', async () => {
    put('scenarios/a,b.yaml', 'seeds: 1..3\n');
    put('summary.md', 'before\n');
    const more = { GITHUB_STEP_SUMMARY: join(cli.folder, 'summary.md') };
    const { out } = await cli.run(['test'], { ...even, env: env(more) });
    const [annotation = '', ...rest] = annotations(out);
    expect(rest).toEqual([]);
    const folder = cli.folder.split('/').pop();
    expect(annotation).toContain(`::error file=${folder}/scenarios/a%2Cb.yaml,`);
    expect(annotation).toContain(',title=a%2Cb%3A violated%2C 2 of 3 seeds::✗ violated');
    expect(annotation).toContain('%0Arepro: dsim replay');
    expect(read('summary.md')).toMatch(/^before\n## dsim: 2 of 3 runs did not hold\n/);
  });

  test('ten annotations at most, of which the last counts the others', async () => {
    for (let i = 10; i < 20; i++) put(`scenarios/s${i}.yaml`);
    const all = await cli.run(['test'], { ...even, env: env() });
    expect(annotations(all.out).length).toBe(10);
    put('scenarios/s20.yaml');
    put('scenarios/s21.yaml');
    const { out } = await cli.run(['test'], { ...even, env: env() });
    expect(annotations(out).length).toBe(10);
    expect(annotations(out).at(-1)).toBe('::error title=dsim::3 more scenarios did not hold');
  });

  test('what was not proved is a warning', async () => {
    put('a.dsim.yaml');
    const resultOf = () => buildHeld({ state: 'unknown' });
    const { out } = await cli.run(['test'], { resultOf, env: env() });
    expect(annotations(out)).toEqual([expect.stringMatching(/^::warning file=/)]);
  });

  test('none among a document on standard output', async () => {
    put('a.dsim.yaml');
    const { out } = await cli.run(['test', '--reporter', 'json'], { ...even, env: env() });
    expect(JSON.parse(out)).toHaveProperty('summary');
  });

  test('a summary stays within a mebibyte, and says that it was cut', async () => {
    for (let i = 0; i < 9; i++) put(`scenarios/s${i}.yaml`, `seeds: 1\n`);
    const long = 'long word '.repeat(9000);
    const resultOf = () =>
      buildResult({ judged: [buildJudged({ state: 'violated', measured: long, text: long })] });
    put('summary.md', 'x'.repeat(1024 * 1024 - 30_000));
    const more = { GITHUB_STEP_SUMMARY: join(cli.folder, 'summary.md') };
    await cli.run(['test'], { resultOf, env: env(more) });
    expect(Buffer.byteLength(read('summary.md'))).toBeLessThanOrEqual(1024 * 1024);
    expect(read('summary.md')).toContain('this is longer than fits here');
  });

  function annotations(out: string): string[] {
    return out.split('\n').filter((line) => line.startsWith('::'));
  }
});
