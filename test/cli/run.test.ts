/** `dsim run` from its arguments to its outputs and exit code, on an engine made by hand. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ResultsDocument } from '../../src/report/run-document.ts';
import type { Result } from '../../src/scenarios/result.ts';
import { FakeEngine, heldIfEven, TestCli, TextOutput, traceEvents } from '../support/cli-host.ts';
import { buildError, buildHeld, buildJudged, buildResult } from '../support/result.ts';

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  for (const name of ['a.yaml', 'b.yaml', 'wrong.yaml', 'warned.yaml']) touch(name);
});
afterEach(() => cli.close());

function touch(name: string): void {
  writeFileSync(join(cli.folder, name), '');
}

function read(name: string): string {
  return readFileSync(join(cli.folder, name), 'utf8');
}

const held = () => buildHeld();
const unknown = () => buildHeld({ state: 'unknown' });
const never = () => buildHeld({ state: 'never exercised' });

describe('exit codes of one run', () => {
  test.each<readonly [string, () => Result, number]>([
    ['held', held, 0],
    ['violated', () => buildResult(), 1],
    ['unknown', unknown, 3],
    ['never exercised', never, 3],
    ['stopped by an error, whatever held', () => buildHeld({ error: buildError() }), 1],
    ['out of events', () => buildHeld({ error: buildError({ kind: 'max-events' }) }), 3],
  ])('%s', async (_name, resultOf, code) => {
    expect((await cli.run(['run', 'a.yaml'], { resultOf })).code).toBe(code);
  });

  test('a scenario that is wrong is 2, and shows where', async () => {
    const { code, out, err } = await cli.run(['run', 'wrong.yaml']);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('error[DS102]: unknown key `elecion-timeout` in `nodes.kv`');
    expect(err).toContain('wrong.yaml:3:5');
    expect(err).toContain('did you mean `election-timeout`?');
  });

  test('nothing to run is 4', async () => {
    mkdirSync(join(cli.folder, 'empty'));
    const { code, err } = await cli.run(['run', 'empty']);
    expect([code, err]).toEqual([4, 'error: no scenario (*.yaml) in empty\n']);
    // `dsim run $FILES` where FILES is empty.
    const none = await cli.run(['run']);
    expect(none).toMatchObject({ code: 4, err: expect.stringContaining('no scenario is given') });
    expect((await cli.run([])).code).toBe(0);
  });

  test('an error in the engine is thrown, after everything else was told', async () => {
    const out = new TextOutput();
    const during = ({ name }: { readonly name: string }) => {
      if (name === 'b') throw new Error('inside');
    };
    const running = cli.run(['run', 'a.yaml', 'b.yaml', '--json', '-o', 'all.json'], {
      during,
      out,
    });
    await expect(running).rejects.toThrow('inside');
    const document = JSON.parse(out.text) as ResultsDocument;
    expect(document.summary).toMatchObject({ runs: 1, exitCode: 70 });
    expect(read('all.json')).toBe(out.text);
  });
});

describe('exit codes of several runs', () => {
  const results = new Map<string, () => Result>([
    ['a', held],
    ['b', () => buildResult()],
  ]);
  const engine = () => {
    const fake = new FakeEngine();
    const simulate = fake.simulate.bind(fake);
    fake.simulate = (scenario, options) => {
      const result = results.get(scenario.name)?.() ?? simulate(scenario, options);
      return { ...result, scenario, seed: scenario.seed };
    };
    return fake;
  };

  test('the worst counts, and every run is told', async () => {
    const { code, out } = await cli.run(['a.yaml', 'b.yaml'], { engine: engine() });
    expect(code).toBe(1);
    expect(out.split('\n')[0]).toBe('✓ held  a  seed 42  2 expectations');
    expect(out).toContain('✗ violated  b  seed 42\n  b.yaml');
    expect(out.trimEnd().split('\n').at(-1)).toBe('2 runs  ✓ 1 held  ✗ 1 violated');
  });

  test('a wrong scenario does not keep the others from running', async () => {
    const { code, out } = await cli.run(['run', 'wrong.yaml', 'a.yaml'], { engine: engine() });
    expect(code).toBe(2);
    expect(out).toContain('✓ held  a');
  });

  test('a folder is all scenarios in it, in the order of their names', async () => {
    const fake = engine();
    await cli.run(['run', '.', '-q'], { engine: fake });
    expect(fake.loads.map(({ file }) => file)).toEqual([
      'a.yaml',
      'b.yaml',
      'warned.yaml',
      'wrong.yaml',
    ]);
  });
});

describe('usage errors are 2 and run nothing', () => {
  test.each([
    [['run', 'a.yaml', '--sead', '1'], '(Did you mean --seed?)'],
    [['run', 'a.yaml', '--seeds', '9..1'], 'did you mean 1..9?'],
    [['run', 'a.yaml', '--seed', '1', '--seeds', '1..2'], '--seed and --seeds exclude each other'],
    [['run', 'a.yaml', '--json', '--verbose'], '--json prints one document only'],
    [['run', 'a.yaml', '--json', '--trace', '-'], 'both want standard output'],
    [['run', 'a.yaml', '--quiet', '--log-columns'], '--quiet and a log'],
    [['run', 'a.yaml', '--nodes', 'kv'], '--nodes narrows a log'],
    [['run', 'a.yaml', '--verbose', '--log-columns'], 'exclude each other'],
    [['run', 'a.yaml', '--trace', 'x', '--seeds', '1..2'], 'a trace holds one run'],
    [['run', 'a.yaml', 'b.yaml', '--trace', 'x'], 'a trace holds one run'],
    [['run', '.', '--trace', 'x'], 'a trace holds one run'],
    [['run', 'a.yaml', '--trace', 'x', '-o', 'y.ndjson'], 'one trace can be written'],
    [['run', 'a.yaml', '-o', 'x.pdf'], 'The ending says what goes in'],
    [
      ['run', 'a.yaml', '--verbose', '--nodes', 'kv-9'],
      'there is no node "kv-9"; did you mean kv-',
    ],
    [['rnu'], 'there is no command, file or scenario "rnu"; did you mean run?'],
    [
      ['run', 'no-folder/splitbrain.yaml'],
      'did you mean split-brain, a scenario that ships with dsim?',
    ],
    [['split-brian'], 'did you mean split-brain?'],
    [['replay'], "missing required argument 'run'"],
    [['--color=blue', 'a.yaml'], '--color=always'],
  ])('%j', async (argv, message) => {
    const { code, out, err, engine } = await cli.run(argv);
    expect([code, out, engine.runs.length]).toEqual([2, '', 0]);
    expect(err).toContain(message);
  });
});

describe('what decides the run reaches the engine', () => {
  test('--show is a value of the scenario', async () => {
    const { engine } = await cli.run(['run', 'a.yaml', '--show', 'p99(write)', '--show', 'bytes']);
    expect(engine.loads[0]?.sets).toEqual(['show=["p99(write)","bytes"]']);
    const empty = await cli.run(['run', 'a.yaml', '--show', '']);
    expect([empty.code, empty.err]).toEqual([2, expect.stringContaining('a metric or measure')]);
  });

  test('seed, values, patch, limits', async () => {
    const argv = ['run', 'a.yaml', '--seed', '7', '--set', 'x=1', '--set', 'y=2', '--without'];
    const { engine } = await cli.run([...argv, '--max-events', '500', '--strict']);
    expect(engine.loads).toEqual([
      {
        file: 'a.yaml',
        cwd: cli.folder,
        seed: '7',
        sets: ['x=1', 'y=2'],
        without: true,
        code: true,
        allowOutside: false,
        within: expect.any(Function),
      },
    ]);
    expect(engine.runs).toMatchObject([{ sink: null, strict: true, eventsMax: 500, seed: '7' }]);
  });

  test('and comes back in the repro line', async () => {
    const argv = ['a.yaml', '--set', 'x=1', '--without', '--max-events', '500'];
    const { out } = await cli.run(argv);
    expect(out).toContain(
      '  repro: dsim replay a.yaml --seed 42 --set x=1 --without --max-events 500 --digest 0123456789abcdef --by 0.1.0\n',
    );
  });

  test('a scenario that ships is found by its name where there is no such file', async () => {
    const { engine, err, out } = await cli.run(['split-brain.yaml', '--no-keep']);
    expect(engine.loads[0]?.file).toBe('/gallery/split-brain.yaml');
    expect(err).toContain('that ships with dsim');
    expect(out).toContain('replay split-brain.yaml --seed 42');
  });
});

describe('standard output', () => {
  test('has the screen, and no colour in a pipe', async () => {
    const { out, err } = await cli.run(['a.yaml']);
    expect(out).toContain('EXPECTATIONS');
    expect(out).not.toContain('\u001b');
    expect(err).toBe('');
  });

  test('has colour on a terminal, as wide as it is', async () => {
    const { out } = await cli.run(['a.yaml'], { out: new TextOutput(true, 100) });
    expect(out).toContain('\u001b[31m✗\u001b[39m');
  });

  test('is ASCII where the locale is', async () => {
    const { out } = await cli.run(['a.yaml'], { env: { LANG: 'C' } });
    expect(out).toMatch(/^[\n -~]*$/);
  });

  test('with --quiet has the verdict line only', async () => {
    const { out } = await cli.run(['a.yaml', '-q'], { resultOf: held });
    expect(out).toBe('✓ held  a  seed 42  2 expectations\n');
  });

  test('with --json has one document and nothing else, equal for equal runs', async () => {
    const first = await cli.run(['a.yaml', 'wrong.yaml', '--json']);
    const again = await cli.run(['a.yaml', 'wrong.yaml', '--json']);
    expect(first.out).toBe(again.out);
    const document = JSON.parse(first.out) as ResultsDocument;
    expect(document).toMatchObject({
      format: 'dsim-result',
      version: 1,
      dsim: '0.1.0',
      runs: [{ seed: '42', state: 'violated', warnings: [] }],
      invalid: [{ file: 'wrong.yaml', diagnostics: [{ code: 'DS102' }] }],
      summary: { runs: 1, violated: 1, exitCode: 2, interrupted: false },
    });
    expect(first.out).not.toContain(cli.folder);
  });

  test('warnings go to standard error, or into the document', async () => {
    const text = await cli.run(['warned.yaml', '-q']);
    expect(text.err).toContain('warning[DS102]');
    const json = await cli.run(['warned.yaml', '--json']);
    expect(json.err).toBe('');
    expect(json.out).toContain('"severity": "warning"');
  });

  test('that cannot be written to is an error', async () => {
    const out = new TextOutput();
    out.failure = 'cannot write standard output: no space left on the device (ENOSPC)';
    const { code, err } = await cli.run(['a.yaml'], { out, resultOf: held });
    expect([code, err]).toEqual([2, `error: ${out.failure}\n`]);
  });
});

describe('logs of events', () => {
  test('--verbose prints each as a line, before the screen', async () => {
    const { out } = await cli.run(['a.yaml', '--verbose']);
    expect(out).toMatch(/^ +time {2}node +event$/m);
    expect(out).toMatch(/^ +12302\.000ms {2}kv-3 +gets {4}← load-3 {2}write key=x value=5$/m);
    // All words of the events stand in one column.
    const places = out
      .split('\n')
      .flatMap(
        (line) => line.match(/^ +[\d.]+ms {2}\S* +(?=(sends|gets|boot|note) )/)?.[0].length ?? [],
      );
    expect([places.length > 3, new Set(places).size]).toEqual([true, 1]);
    expect(out.search(/kv-2 +boot/)).toBeLessThan(out.indexOf('EXPECTATIONS'));
  });

  test('--nodes narrows it to nodes and groups', async () => {
    const { out } = await cli.run(['a.yaml', '--verbose', '--nodes', 'kv-1,load']);
    expect(out).toMatch(/kv-3 +sends +→ kv-1/);
    expect(out).toMatch(/kv-3 +gets +← load-3/);
    expect(out).not.toMatch(/kv-2 +boot/);
    expect(out).toMatch(/ fault +\S+ partition strikes/);
  });

  test('--log-columns has a column for each', async () => {
    const { out } = await cli.run(['a.yaml', '--log-columns', '--nodes', 'kv-1,kv-2']);
    expect(out.split('\n')[0]).toMatch(/^ +kv-1 +kv-2$/);
    expect(out).toMatch(/^ +0\.210s +leader, term 1$/m);
  });
});

describe('files', () => {
  test('-o writes what its ending says', async () => {
    const argv = [
      'a.yaml',
      '-q',
      '-o',
      'r.json',
      '-o',
      'r.md',
      '-o',
      'r.mmd',
      '-o',
      'r.txt',
      '-o',
      'r.ndjson',
    ];
    const { code, engine } = await cli.run(argv);
    expect(code).toBe(1);
    expect(JSON.parse(read('r.json')).runs[0].state).toBe('violated');
    expect(read('r.md')).toMatch(/^# a: violated\n/);
    expect(read('r.md')).toContain('```mermaid\nsequenceDiagram\n');
    expect(read('r.mmd')).toContain('load-2');
    expect(read('r.txt')).toContain('EXPECTATIONS');
    expect(read('r.ndjson').trim().split('\n')).toHaveLength(traceEvents.length + 2);
    // Once for the result and its trace, once for the picture.
    expect(engine.runs).toHaveLength(2);
  });

  test('the diagram shows the messages of the witness, and what was lost', async () => {
    await cli.run(['a.yaml', '-o', 'r.mmd', '-q']);
    expect(read('r.mmd')).toMatchInlineSnapshot(`
      "sequenceDiagram
        %% a, seed 42: not linearizable
        participant p1 as load-2
        participant p2 as load-3
        participant p3 as kv-1
        participant p4 as kv-2
        participant p5 as kv-3
        rect rgb(255, 236, 236)
          Note over p1,p5: partition strikes kv-2 kv-5 | kv-1 kv-3 kv-4 (10.000s)
          Note over p2: #35;1 invoke write x = 5 (12.300s)
          p2->>p5: write #35;1 key=x value=5 (12.302s)
          p5->>p3: append #35;1 term=2 (12.304s)
          p3-->>p5: append_ok #35;1 term=2 (12.306s)
          p5-->>p2: write_ok #35;1 (12.310s)
          Note over p2: #35;1 ok write x = 5 (12.310s)
          p4-xp3: append #35;1 term=1 (12.500s, lost: partition)
          Note over p1: #35;2 invoke read x (12.838s)
          p1->>p4: read #35;1 key=x (12.839s)
          p4-->>p1: read_ok #35;1 value=3 (12.840s)
          Note over p1: #35;2 ok read x → 3 (12.840s)
        end
      "
    `);
  });

  test('where there is nothing to draw it says so', async () => {
    const { code, err } = await cli.run(['a.yaml', '-o', 'r.mmd'], { resultOf: held });
    expect([code, existsSync(join(cli.folder, 'r.mmd'))]).toEqual([0, false]);
    expect(err).toContain('r.mmd was not written: no failed check names operations to draw');
  });

  test('that cannot be written fail the command, never the run', async () => {
    const { code, out, err } = await cli.run(
      ['a.yaml', '-o', 'no/r.json', '--trace', 'no/t.ndjson'],
      {
        resultOf: held,
      },
    );
    expect(code).toBe(2);
    expect(out).toContain('✓ held');
    expect(err).toContain('cannot write no/r.json: there is no such folder (ENOENT)');
    expect(err).toContain('cannot write no/t.ndjson: there is no such folder (ENOENT)');
  });

  test('--trace - puts the trace on standard output and people on standard error', async () => {
    const { out, err } = await cli.run(['a.yaml', '--trace', '-']);
    const lines = out.trimEnd().split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      format: 'dsim-trace',
      seed: '42',
      file: 'a.yaml',
    });
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      end: true,
      complete: true,
      state: 'violated',
    });
    expect(err).toContain('EXPECTATIONS');
  });
});

describe('keeping runs', () => {
  test('every run is kept once, and git does not see it', async () => {
    await cli.run(['a.yaml']);
    const { out } = await cli.run(['a.yaml']);
    expect(out).toContain('  kept:  .dsim/runs/a-42-01234567\n');
    expect(readdirSync(join(cli.folder, '.dsim/runs')).toSorted()).toEqual([
      'a-42-01234567',
      'latest',
    ]);
    const document = JSON.parse(read('.dsim/runs/latest/result.json'));
    expect(document).toMatchObject({ format: 'dsim-run', version: 1, run: { seed: '42' } });
  });

  test('unless not', async () => {
    const { out } = await cli.run(['a.yaml', '--no-keep']);
    expect(existsSync(join(cli.folder, '.dsim'))).toBe(false);
    expect(out).not.toContain('kept');
  });

  test('a folder that cannot be written to is a note', async () => {
    writeFileSync(join(cli.folder, '.dsim'), '');
    const { code, err } = await cli.run(['a.yaml'], { resultOf: held });
    expect(code).toBe(0);
    expect(err).toContain('note: the run was not kept');
  });
});

describe('stopping', () => {
  test('--timeout proves nothing', async () => {
    const during = () => {
      for (;;);
    };
    const { code, err, out } = await cli.run(['a.yaml', '--timeout', '30ms', '--json'], { during });
    expect(code).toBe(3);
    expect(err).toContain('a seed 42 was stopped by --timeout 30ms: nothing was proved');
    expect(JSON.parse(out).runs).toEqual([
      expect.objectContaining({ state: 'unknown', timedOut: true }),
    ]);
  });

  test('--watch sees what was saved while it ran', async () => {
    const [out, err] = [new TextOutput(), new TextOutput()];
    let runs = 0;
    const resultOf = () => {
      runs++;
      // Times of files are coarse.
      const until = Date.now() + 20;
      while (Date.now() < until);
      if (runs === 1) writeFileSync(join(cli.folder, 'a.yaml'), '');
      return buildHeld({});
    };
    const ending = cli.run(['run', 'a.yaml', '--watch', '--no-keep'], { out, err, resultOf });
    while (err.text.split('watching 1 file:').length <= 2) {
      await new Promise((done) => setTimeout(done, 5));
    }
    cli.interrupt();
    await ending;
    expect(runs).toBe(2);
    expect(out.text).toContain(`changed: ${join(cli.folder, 'a.yaml')}\n`);
  });

  test('--watch runs again what changed; the exit code is that of the last run', async () => {
    const [out, err] = [new TextOutput(), new TextOutput()];
    const results = [buildHeld({ state: 'violated' }), buildHeld({})];
    const resultOf = () => results.shift() ?? buildHeld({ state: 'unknown' });
    const ending = cli.run(['run', 'a.yaml', '--watch', '--no-keep'], { out, err, resultOf });
    const waits = async (times: number) => {
      while (err.text.split('watching 1 file:').length <= times) {
        await new Promise((done) => setTimeout(done, 5));
      }
    };
    await waits(1);
    writeFileSync(join(cli.folder, 'a.yaml'), '');
    await waits(2);
    cli.interrupt();
    const { code, engine } = await ending;
    expect([code, engine.runs.length]).toEqual([0, 2]);
    expect(out.text).toContain(`changed: ${join(cli.folder, 'a.yaml')}\n`);
    expect(await cli.run(['run', '-', '--watch'])).toMatchObject({ code: 2 });
  });

  test('an interrupt between runs keeps what was finished', async () => {
    const during = () => cli.interrupt();
    const { code, out } = await cli.run(['a.yaml', 'b.yaml', '--json'], { during });
    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject({
      runs: [{ scenario: { name: 'a' } }],
      summary: { runs: 1, interrupted: true, exitCode: 130 },
    });
  });
});

describe('many seeds', () => {
  const sweep = (argv: readonly string[], resultOf = heldIfEven) =>
    cli.run(['run', 'a.yaml', ...argv], { resultOf });

  test('a line each, what failed, the rate, the way back', async () => {
    const { code, out } = await sweep(['--seeds', '0..5']);
    expect(code).toBe(1);
    expect(out).toMatchInlineSnapshot(`
      "a  seeds 0..5  a.yaml
        ✓ 0
        ✗ 1  linearizable; availability(minority) <= 0% during partition; sometimes '…
        ✓ 2
        ✗ 3  linearizable; availability(minority) <= 0% during partition; sometimes '…
        ✓ 4
        ✗ 5  linearizable; availability(minority) <= 0% during partition; sometimes '…

      WHAT FAILED
        3×  linearizable; availability(minority) <= 0% during partitio…  first seed 1

      6 seeds  ✓ 3 held  ✗ 3 violated
        failure rate 50.00% (95%: 18.76% – 81.24%)
        CAP  neither in 3 of 6 seeds
        repro: dsim replay a.yaml --seed 1 --digest 0123456789abcdef --by 0.1.0
        next:  dsim replay a-1-01234567  seed 1 in full
      "
    `);
  });

  test('held is 0 and says how rare a failure may still be', async () => {
    const { code, out } = await sweep(['--seeds', '0..99'], held);
    expect(code).toBe(0);
    expect(out).toBe(
      'a  seeds 0..99  a.yaml\n\n100 seeds  ✓ 100 held\n  failure rate at most 3.70% (95% confidence)\n',
    );
  });

  test('--quiet is the counts', async () => {
    expect((await sweep(['--seeds', '0..5', '-q'])).out).toBe('6 seeds  ✓ 3 held  ✗ 3 violated\n');
  });

  test('--json has all, those that held in short', async () => {
    const { out } = await sweep(['--seeds', '0..3', '--json']);
    const { runs, summary } = JSON.parse(out) as ResultsDocument;
    expect(runs).toEqual([
      expect.objectContaining({ seed: '0', brief: true }),
      expect.objectContaining({ seed: '1', expectations: expect.any(Array) }),
      expect.objectContaining({ seed: '2', brief: true }),
      expect.objectContaining({ seed: '3', expectations: expect.any(Array) }),
    ]);
    expect(summary).toMatchObject({ runs: 4, held: 2, violated: 2 });
  });

  test('the first violation is kept and drawn, not what was merely unknown before it', async () => {
    const resultOf = (seed: string) =>
      seed === '3' ? buildResult() : seed === '1' ? unknown() : held();
    const { out } = await sweep(['--seeds', '0..9', '-o', 'r.md'], resultOf);
    expect(out).toContain('repro: dsim replay a.yaml --seed 3 ');
    expect(out).toContain('dsim replay a-3-01234567  seed 3 in full');
    expect(read('r.md').match(/^# /gm)).toHaveLength(1);
    expect(read('r.md')).toContain('seed `3`');
    expect(JSON.parse(read('.dsim/runs/latest/result.json')).run.seed).toBe('3');
  });

  test('different failures are told apart', async () => {
    const slow = buildHeld({
      state: 'violated',
      judged: [buildJudged({ text: 'p99 < 5ms', state: 'violated' })],
    });
    const resultOf = (seed: string) => (seed === '4' ? slow : heldIfEven(seed));
    const { out } = await sweep(['--seeds', '0..5'], resultOf);
    expect(out).toMatch(
      /^ {2}3× {2}linearizable; .*first seed 1\n {2}1× {2}p99 < 5ms {2}first seed 4$/m,
    );
  });

  test('an interrupt tells what is known so far', async () => {
    const during = ({ seed }: { readonly seed: string }) => {
      if (seed === '7') cli.interrupt();
    };
    const { code, out } = await cli.run(['a.yaml', '--seeds', '0..99'], { resultOf: held, during });
    expect(code).toBe(130);
    expect(out).toContain('8 of 100 seeds  ✓ 8 held');
  });

  test('progress goes to standard error: a line every tenth, or one line on a terminal', async () => {
    const piped = await sweep(['--seeds', '0..99', '--json'], held);
    const [first, second] = piped.err.split('\n');
    expect(first).toMatch(/^10 of 100 {2}\d+\/s, \d+(\.\d)?m?s left$/);
    expect(second).toMatch(/^20 of 100 {2}/);
    const err = new TextOutput(true, 80);
    await cli.run(['a.yaml', '--seeds', '0..99'], { resultOf: held, err });
    expect(err.text).toContain('\r\u001b[2K50 of 100');
    expect(err.text.endsWith('\r\u001b[2K')).toBe(true);
    const quiet = await sweep(['--seeds', '0..99', '-q'], held);
    expect(quiet.err).toBe('');
  });
});

describe('help', () => {
  test('without arguments is the help, with examples first', async () => {
    const { code, out } = await cli.run([]);
    expect(code).toBe(0);
    expect(out.indexOf('dsim partition.yaml')).toBeLessThan(out.indexOf('Options:'));
    expect(out).toContain('Exit codes: 0 held');
  });

  test.each([['--help'], ['run', '--help'], ['help', 'replay'], ['--version']])(
    '%s',
    async (...argv) => {
      const { code, out, err } = await cli.run(argv);
      expect([code, err]).toEqual([0, '']);
      for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    },
  );
});
