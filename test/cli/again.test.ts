/** `dsim replay` and `dsim verify`: the same run again, or exit 5 and the first event that differs. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TraceEvent } from '../../src/sim/trace.ts';
import {
  FakeEngine,
  type FakeEngineOptions,
  heldIfEven,
  TestCli,
  traceEvents,
} from '../support/cli-host.ts';
import { buildHeld } from '../support/result.ts';

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  writeFileSync(join(cli.folder, 'a.yaml'), '');
  writeFileSync(join(cli.folder, 'wrong.yaml'), '');
});
afterEach(() => cli.close());

function file(name: string): string {
  return join(cli.folder, name);
}

/** Every second run has another event. */
function unsteady(_seed: string, times: number): readonly TraceEvent[] {
  if (times % 2 === 1) return traceEvents;
  return traceEvents.map((event, i) =>
    i === 9 ? ({ ...event, atUs: event.atUs + 1 } as TraceEvent) : event,
  );
}

const DIGEST = '0123456789abcdef';

/** A kept run, as a hand may change it. */
// biome-ignore lint/suspicious/noExplicitAny: it is damaged on purpose.
type Tampered = any;

describe('replay of a kept run', () => {
  test('runs it with all that had been asked for, and is the same', async () => {
    await cli.run([
      'run',
      'a.yaml',
      '--seed',
      '7',
      '--set',
      'x=1',
      '--without',
      '--max-events',
      '900',
    ]);
    const { code, err, engine } = await cli.run(['replay', 'latest']);
    expect(code).toBe(1);
    expect(err).toBe(
      `note: the recorded run: state and digests equal, digest ${DIGEST}, and so is all that was kept\n`,
    );
    expect(engine.loads[0]).toMatchObject({
      file: 'a.yaml',
      seed: '7',
      sets: ['x=1'],
      without: true,
    });
    expect(engine.runs[0]).toMatchObject({ eventsMax: 900, strict: false });
  });

  test('of a strict run is strict, by its id, its repro line and its trace', async () => {
    const { out } = await cli.run(['run', 'a.yaml', '--strict', '--trace', 'strict.ndjson']);
    expect(out).toMatch(/replay a\.yaml --seed 42 --strict --digest [0-9a-f]{16}/);
    for (const recording of ['latest', 'strict.ndjson']) {
      const { engine } = await cli.run(['replay', recording]);
      expect(engine.runs[0]).toMatchObject({ strict: true });
    }
  });

  test('by its id, with outputs of its own', async () => {
    await cli.run(['run', 'a.yaml']);
    const { code } = await cli.run(['replay', 'a-42-01234567', '-q', '-o', 'why.md']);
    expect(code).toBe(1);
    expect(readFileSync(file('why.md'), 'utf8')).toContain('```mermaid');
  });

  test('whose digest is another is 5, even when everything held', async () => {
    await cli.run(['run', 'a.yaml'], { resultOf: () => buildHeld() });
    const resultOf = () => {
      const result = buildHeld();
      return { ...result, digests: { ...result.digests, order: 'ffffffffffffffff' } };
    };
    const { code, err } = await cli.run(['replay', 'latest'], { resultOf });
    expect(code).toBe(5);
    expect(err).toContain(`its digest was ${DIGEST}, now it is ffffffffffffffff`);
    expect(err).toContain('the run repeats itself here');
  });

  test('that does not repeat even now names the first event', async () => {
    const argv = ['replay', 'a.yaml', '--seed', '42', '--digest', 'ffffffffffffffff', '-q'];
    const { code, err } = await cli.run(argv, { eventsOf: unsteady });
    expect(code).toBe(5);
    expect(err).toContain('the first 9 events are equal, the next differs:');
  });

  test('says that the scenario or dsim has changed since', async () => {
    await cli.run(['run', 'a.yaml']);
    const kept = file('.dsim/runs/a-42-01234567/result.json');
    const document = JSON.parse(readFileSync(kept, 'utf8'));
    document.dsim = '0.0.9';
    document.run.scenario.hash = '0000000000000000';
    writeFileSync(kept, JSON.stringify(document));
    const { err } = await cli.run(['replay', 'latest']);
    expect(err).toContain('recorded by dsim 0.0.9, this is 0.1.0');
    expect(err).toContain('a.yaml has changed since it was recorded (0000000000000000, now ');
  });

  test.each([
    ['state', (run) => (run.state = 'held'), 'it was held, now it is violated'],
    [
      'order',
      (run) => (run.digests.order = 'f'.repeat(16)),
      `its digest was ${'f'.repeat(16)}, now it is`,
    ],
    [
      'history',
      (run) => (run.digests.history = 'f'.repeat(16)),
      'its digest of the history was ffff',
    ],
    [
      'messages',
      (run) => (run.digests.messages = 'f'.repeat(16)),
      'its digest of messages was ffff',
    ],
    [
      'outcome',
      (run) => (run.digests.outcome = 'f'.repeat(16)),
      'its digest of the outcome was ffff',
    ],
    [
      'an expectation',
      (run) => (run.expectations[0].state = 'held'),
      'what was kept as `expectations` is not',
    ],
    ['the evidence', (run) => (run.checks[0].evidence = []), 'what was kept as `checks` is not'],
    ['operations', (run) => (run.operations.total = 1), 'what was kept as `operations` is not'],
    ['a field that is gone', (run) => delete run.error, 'what was kept as `error` is not'],
  ] as readonly [string, (run: Tampered) => unknown, string][])(
    'tampered with in %s is 5',
    async (_what, spoil, sentence) => {
      await cli.run(['run', 'a.yaml']);
      const kept = file('.dsim/runs/a-42-01234567/result.json');
      const document = JSON.parse(readFileSync(kept, 'utf8'));
      spoil(document.run);
      writeFileSync(kept, JSON.stringify(document));
      const { code, err } = await cli.run(['replay', 'latest', '-q']);
      expect([code, err]).toEqual([
        5,
        expect.stringContaining(`not the recorded run: ${sentence}`),
      ]);
    },
  );

  test('cannot be another run as well', async () => {
    await cli.run(['run', 'a.yaml']);
    const { code, err } = await cli.run(['replay', 'latest', '--seed', '9']);
    expect([code, err]).toEqual([2, expect.stringContaining('leave --seed away')]);
  });

  test.each([
    ['{"format":"dsim-run","version":1,"run":{}}'],
    ['{"format":"dsim-run","version":1,"run":null}'],
    ['[]'],
    ['null'],
    ['7'],
  ])('that is %s is a usage error', async (text) => {
    await cli.run(['run', 'a.yaml']);
    writeFileSync(file('.dsim/runs/a-42-01234567/result.json'), text);
    expect((await cli.run(['replay', 'latest'])).code).toBe(2);
  });

  test('each damaged field of which is a usage error', async () => {
    await cli.run(['run', 'a.yaml']);
    const kept = file('.dsim/runs/a-42-01234567/result.json');
    const text = readFileSync(kept, 'utf8');
    for (const field of [
      'scenario',
      'digests',
      'seed',
      'sets',
      'without',
      'maxEvents',
      'strict',
      'state',
    ]) {
      for (const value of [5, { a: 1 }, [[]], undefined]) {
        const document = JSON.parse(text);
        document.run[field] = value;
        writeFileSync(kept, JSON.stringify(document));
        const { code } = await cli.run(['replay', 'latest', '-q']);
        // Five events at most are a run as well, and another one.
        expect(code, `${field}: ${JSON.stringify(value)}`).toBe(
          field === 'maxEvents' && value === 5 ? 5 : 2,
        );
      }
    }
  });

  test('whose folder was deleted is named', async () => {
    await cli.run(['run', 'a.yaml']);
    rmSync(file('.dsim/runs/a-42-01234567'), { recursive: true });
    expect(await cli.run(['replay', 'latest'])).toMatchObject({
      code: 2,
      err: 'error: the latest run, a-42-01234567, is not there any more (.dsim/runs)\n',
    });
  });

  test('that is damaged, or not there, is a usage error', async () => {
    await cli.run(['run', 'a.yaml']);
    writeFileSync(file('.dsim/runs/a-42-01234567/result.json'), '{"format":"dsim-run"}');
    expect(await cli.run(['replay', 'latest'])).toMatchObject({
      code: 2,
      err: 'error: .dsim/runs/a-42-01234567/result.json is not a run that this dsim can read\n',
    });
    const empty = new TestCli();
    const { code, err } = await empty.run(['replay', 'latest']);
    empty.close();
    expect([code, err]).toEqual([2, 'error: no run has been kept here yet (.dsim/runs)\n']);
  });
});

describe('replay of a scenario with its seed', () => {
  test('and its digest', async () => {
    const same = await cli.run(['replay', 'a.yaml', '--seed', '42', '--digest', DIGEST, '-q']);
    expect([same.code, same.err]).toEqual([1, `note: the recorded run: digest ${DIGEST}\n`]);
  });

  test('without a digest is just a run', async () => {
    const { code, err, engine } = await cli.run(['replay', 'a.yaml', '--seed', '8'], {
      resultOf: heldIfEven,
    });
    expect([code, err]).toEqual([
      0,
      'note: no digest was given: this is a run, and nothing was compared\n',
    ]);
    expect(engine.loads[0]?.seed).toBe('8');
  });

  test('that is wrong shows where', async () => {
    const { code, err } = await cli.run(['replay', 'wrong.yaml', '--seed', '1']);
    expect(code).toBe(2);
    expect(err).toContain('DS102');
  });
});

describe('replay of a trace', () => {
  beforeEach(async () => {
    await cli.run([
      'run',
      'a.yaml',
      '--seed',
      '7',
      '--set',
      'x=1',
      '--trace',
      't.ndjson',
      '--no-keep',
    ]);
  });

  test('is the same, event by event', async () => {
    const { code, err, engine } = await cli.run(['replay', 't.ndjson', '-q']);
    expect([code, err]).toEqual([
      1,
      `note: the recorded run: ${traceEvents.length} events, all equal\n`,
    ]);
    expect(engine.loads[0]).toMatchObject({ file: 'a.yaml', seed: '7', sets: ['x=1'] });
  });

  test('differs: 5, and the first event with context from both sides', async () => {
    const { code, err } = await cli.run(['replay', 't.ndjson', '-q'], {
      eventsOf: (seed) => unsteady(seed, 2),
    });
    expect(code).toBe(5);
    expect(err).toMatchInlineSnapshot(`
      "not the recorded run: the first 9 events are equal, the next differs:
        = 12302.000ms kv-3→kv-1 append term=2
        = 12304.000ms kv-3⇒kv-1 append term=2
        = 12304.000ms kv-1→kv-3 append_ok term=2
        - 12306.000ms kv-1⇒kv-3 append_ok term=2
        - 12306.000ms kv-3→load-3 write_ok
        - 12310.000ms kv-3⇒load-3 write_ok
        + 12306.001ms kv-1⇒kv-3 append_ok term=2
        + 12306.000ms kv-3→load-3 write_ok
        + 12310.000ms kv-3⇒load-3 write_ok
      "
    `);
  });

  test('that was cut short says how much was equal', async () => {
    const lines = readFileSync(file('t.ndjson'), 'utf8').split('\n');
    writeFileSync(file('t.ndjson'), `${lines.slice(0, 6).join('\n')}\n`);
    const { code, err } = await cli.run(['replay', 't.ndjson', '-q']);
    expect(code).toBe(1);
    expect(err).toBe(
      'note: the recording ends after 5 events, all equal; it was cut short, so its verdict and its digests cannot be compared\n',
    );
  });

  test('that was cut short within a line, too', async () => {
    const lines = readFileSync(file('t.ndjson'), 'utf8').split('\n');
    writeFileSync(file('t.ndjson'), lines.slice(0, 7).join('\n').slice(0, -9));
    const { code, err } = await cli.run(['replay', 't.ndjson', '-q']);
    expect([code, err]).toEqual([1, expect.stringContaining('after 5 events, all equal')]);
  });

  test.each([
    ['followed by more', (lines: string[]) => [...lines, lines.at(-2) ?? ''], 2],
    ['broken inside', (lines: string[]) => lines.with(3, 'nonsense'), 5],
    [
      'of another version',
      (lines: string[]) => lines.with(0, '{"format":"dsim-trace","version":9}'),
      2,
    ],
    ['something else', () => ['hello'], 2],
  ])('that is %s', async (_name, spoil, code) => {
    const lines = readFileSync(file('t.ndjson'), 'utf8').split('\n');
    writeFileSync(file('t.ndjson'), spoil(lines).join('\n'));
    expect((await cli.run(['replay', 't.ndjson', '-q'])).code).toBe(code);
  });

  const otherEnds: readonly (readonly [string, { state?: string; digests?: object }, string])[] = [
    ['state', { state: 'held' }, 'it was held, now it is violated'],
    ['order', { digests: { order: 'f'.repeat(16) } }, 'its digest was ffff'],
    ['history', { digests: { history: 'f'.repeat(16) } }, 'its digest of the history was ffff'],
    ['messages', { digests: { messages: 'f'.repeat(16) } }, 'its digest of messages was ffff'],
    ['outcome', { digests: { outcome: 'f'.repeat(16) } }, 'its digest of the outcome was ffff'],
  ];
  test.each(otherEnds)('whose footer has another %s is 5', async (_what, spoilt, sentence) => {
    const lines = readFileSync(file('t.ndjson'), 'utf8').trimEnd().split('\n');
    const footer = JSON.parse(lines.at(-1) ?? '');
    const digests = { ...footer.digests, ...spoilt.digests };
    const text = JSON.stringify({ ...footer, ...spoilt, digests });
    writeFileSync(file('t.ndjson'), `${[...lines.slice(0, -1), text].join('\n')}\n`);
    const { code, err } = await cli.run(['replay', 't.ndjson', '-q']);
    expect([code, err]).toEqual([5, expect.stringContaining(sentence)]);
  });

  test('without its footer is not compared to its end', async () => {
    const lines = readFileSync(file('t.ndjson'), 'utf8').trimEnd().split('\n');
    writeFileSync(file('t.ndjson'), `${lines.slice(0, -1).join('\n')}\n`);
    const { err } = await cli.run(['replay', 't.ndjson', '-q']);
    expect(err).toContain('its verdict and its digests cannot be compared');
  });

  test('can be read along, and is not recorded again', async () => {
    const { out } = await cli.run(['replay', 't.ndjson', '--verbose']);
    expect(out).toMatch(/^ +12302\.000ms {2}kv-3 +gets {4}← load-3 {2}write key=x value=5$/m);
    const { code, err } = await cli.run(['replay', 't.ndjson', '--trace', 'u.ndjson']);
    expect(code).toBe(2);
    expect(err).toContain('a trace is replayed against');
  });

  test('that is not there', async () => {
    const { code, err } = await cli.run(['replay', 'no.ndjson']);
    expect([code, err]).toEqual([2, 'error: cannot read no.ndjson (ENOENT)\n']);
  });
});

describe('verify', () => {
  const digests = buildHeld().digests;
  /** Writes the trace that it is asked for, of events of its own. */
  const child =
    (order: string, eventsOf?: FakeEngineOptions['eventsOf']) =>
    async (argv: readonly string[]) => {
      const trace = argv[argv.indexOf('--trace') + 1] ?? '';
      const recorded = ['run', 'a.yaml', '--strict', '--no-keep', '-q', '--trace', trace];
      await cli.run(recorded, eventsOf === undefined ? {} : { eventsOf });
      return {
        code: 1,
        stdout: JSON.stringify({ runs: [{ digests: { ...digests, order } }] }),
        stderr: '',
      };
    };

  test('equal runs, one in another process', async () => {
    const calls: (readonly [readonly string[], object])[] = [];
    const respawn = async (argv: readonly string[], env: object) => {
      calls.push([argv, env]);
      return child(DIGEST)(argv);
    };
    const { code, out, engine } = await cli.run(
      ['verify', 'a.yaml', '--seed', '7', '--set', 'x=1'],
      {
        respawn,
      },
    );
    expect([code, out]).toEqual([
      0,
      `✓ deterministic  a.yaml  seed 7  4 runs equal, one in another process, zone and locale  digest ${DIGEST}\n`,
    ]);
    expect(engine.runs.every(({ strict }) => strict)).toBe(true);
    const argv = [
      'run',
      'a.yaml',
      '--seed',
      '7',
      '--set',
      'x=1',
      '--strict',
      '--no-keep',
      '--json',
      '--trace',
      expect.stringMatching(/trace\.ndjson$/),
    ];
    expect(calls).toEqual([[argv, expect.objectContaining({ TZ: 'Pacific/Kiritimati' })]]);
  });

  test('a run that differs is 5 and names the event', async () => {
    const { code, out } = await cli.run(['verify', 'a.yaml'], { eventsOf: unsteady });
    expect(code).toBe(5);
    expect(out).toContain('✗ not deterministic  a.yaml  seed 42  run 2');
    expect(out).toContain('the first 9 events are equal');
  });

  test('a process that differs is 5 and names the tier', async () => {
    const { code, out } = await cli.run(['verify', 'a.yaml'], {
      respawn: child('ffffffffffffffff'),
    });
    expect(code).toBe(5);
    expect(out).toContain('in another process, zone and locale; digests that differ: order');
  });

  test('a process whose events differ is 5 though every digest is equal', async () => {
    const eventsOf = () =>
      traceEvents.map((event) => (event.type === 'note' ? { ...event, label: 'rolle' } : event));
    const { code, out } = await cli.run(['verify', 'a.yaml'], { respawn: child(DIGEST, eventsOf) });
    expect(code).toBe(5);
    expect(out).toContain('in another process, zone and locale\n  the first 1 events are equal');
    expect(out).toContain('kv-2 rolle role=leader term=1');
  });

  test('a process that gives no result proves nothing, and is no bug of dsim', async () => {
    const respawn = async () => ({ code: 2, stdout: '', stderr: 'error: no space left\n' });
    const { code, err } = await cli.run(['verify', 'a.yaml'], { respawn });
    expect([code, err]).toEqual([
      3,
      'error: a.yaml  seed 42: the other process gave no result: error: no space left\n',
    ]);
  });

  test('as JSON', async () => {
    const { code, out } = await cli.run(['verify', 'a.yaml', 'wrong.yaml', '--json', '--no-child']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      format: 'dsim-verify',
      runs: [{ file: 'a.yaml', runs: 3, code: 0, process: false }],
      invalid: [{ file: 'wrong.yaml' }],
    });
  });

  test('leaves nothing behind, and a digest alone is enough to differ', async () => {
    let times = 0;
    const resultOf = () => {
      const result = buildHeld();
      const order = ++times > 2 ? 'eeeeeeeeeeeeeeee' : DIGEST;
      return { ...result, digests: { ...result.digests, order } };
    };
    const { code, out } = await cli.run(['verify', 'a.yaml'], {
      engine: new FakeEngine({ resultOf }),
    });
    expect(code).toBe(5);
    expect(out).toContain('digests that differ: order');
  });
});
