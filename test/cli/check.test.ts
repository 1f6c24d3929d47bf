/** `dsim check`: verdicts, explanations, exit codes, and everything that can be wrong with what is given. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { judges } from '../../src/checks/index.ts';
import type { ChecksDocument } from '../../src/report/check-document.ts';
import { TestCli } from '../support/cli-host.ts';
import { type Ran, runDsim } from '../support/run-check.ts';

const examples = resolve(import.meta.dirname, '../../examples/histories');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-check-'));
  cpSync(examples, folder, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function check(...argv: string[]): Promise<Ran> {
  return runDsim(['check', ...argv], folder);
}

function put(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

async function document(...argv: string[]): Promise<ChecksDocument> {
  const { out, err } = await check(...argv, '--json');
  expect(err).toBe('');
  return JSON.parse(out) as ChecksDocument;
}

describe('a verdict', () => {
  test('unknown: the next command gives the search ten times as many steps', async () => {
    const log = resolve(import.meta.dirname, '../corpora/porcupine/kv-c10-ok.jsonl');
    const asked = async (steps: string) => {
      const argv = [log, '--model', 'kv-append', '--max-steps', steps];
      const { code, out } = await check(...argv);
      return [code, /--max-steps (\d+)$/m.exec(out)?.[1]];
    };
    expect(await asked('3')).toEqual([3, '40']);
    expect(await asked('40000')).toEqual([0, undefined]);
  });

  test('fail: word, sentence, reasons, operations over time, what to do next', async () => {
    const { code, out, err } = await check('queue.log', '--model', 'queue');
    expect([code, err]).toEqual([1, '']);
    expect(out).toMatchInlineSnapshot(`
      "✗ fail  queue.log  queue, linearizable
        Out of order: 2 came out before 1, which was enqueued before it.
        log · 4 operations · 3 processes
        note: the file has no times: one event counts as 1µs
        note: 1 line of the log left out

      WHY
        · #0 enqueue 1 was acknowledged at 1µs.
        · #1 enqueue 2 was invoked at 2µs: later.
        · #2 dequeue → 2 ran from 4µs to 5µs.
        · 1 came out only later: #3 dequeue → 1 ran from 6µs to 7µs.

        operations 4 · judged 2 · keys 1 · open 0 · wrong keys 1

      OPERATIONS
          process 0  ├ enqueue 1 ┤                               ├ dequeue → 1 ┤
          process 1                ├ enqueue 2 ┤
          process 2                              ├ dequeue → 2 ┤
          #0  lines 2, 3  enqueue 1
          #1  lines 4, 5  enqueue 2
          #2  lines 6, 7  dequeue → 2
          #3  lines 8, 9  dequeue → 1
          left to right in the order of time, not to scale

        next: dsim check queue.log --model queue -o why.md  draw it
              dsim explain queue  what it demands
      "
    `);
  });

  test('a cycle is a list of dependencies; the model is guessed and told', async () => {
    const { code, out, err } = await check('write-skew.edn');
    expect([code, err]).toEqual([
      1,
      'note: write-skew.edn reads as list-append (--model list-append)\n',
    ]);
    expect(out).toMatch(/^✗ fail {2}write-skew.edn {2}list-append, strict-serializable\n/);
    expect(out.slice(out.indexOf('ANOMALIES'), out.indexOf('OPERATIONS'))).toMatchInlineSnapshot(`
      "ANOMALIES
        G2-item  found once
          #0 r x → [], append y 1  --rw-->  #1 r y → [], append x 1
              #0 read [] from x, without #1's 1
          #1 r y → [], append x 1  --rw-->  #0 r x → [], append y 1
              #1 read [] from y, without #0's 1

        transactions 3 · committed 3 · judged 4 · micro operations 6 · keys 2

      "
    `);
  });

  test('in ASCII, and within any width', async () => {
    for (const file of ['write-skew.edn', 'kv-append.jsonl', 'log.jsonl']) {
      const { out } = await runDsim(['check', file, '--ascii'], folder);
      expect(out).toMatch(/^[\n -~]+$/);
      const lines = out.split('\n').filter((line) => !line.includes('dsim '));
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });

  test('pass and unknown', async () => {
    const pass = await check('queue.log', '--model', 'bag');
    expect([pass.code, pass.out.split('\n')[0]]).toEqual([
      0,
      '✓ pass  queue.log  bag, linearizable',
    ]);
    const unknown = await check('queue.log', '--model', 'stack');
    expect(unknown.code).toBe(3);
    expect(unknown.out).toContain(
      '? unknown  queue.log  stack, linearizable\n  Nothing was judged',
    );
    const empty = await check(put('empty.jsonl', ''), '--model', 'queue');
    expect([empty.code, empty.out]).toEqual([3, expect.stringContaining('Nothing was judged')]);
  });

  test('a level and parameters', async () => {
    const weaker = await check(
      'write-skew.edn',
      '-m',
      'list-append',
      '-c',
      'Snapshot-Isolation',
      '-q',
    );
    expect([weaker.code, weaker.out]).toEqual([
      0,
      '✓ pass  write-skew.edn  list-append, snapshot-isolation\n',
    ]);
    const bank = (total: number) =>
      check('bank.edn', '-m', 'bank', '--set', `total=${total}`, '-q');
    expect((await bank(17)).code).toBe(1);
    const right = put(
      'right.edn',
      readFileSync(join(folder, 'bank.edn'), 'utf8').replace('{0 7, 1 10}', '{0 10, 1 10}'),
    );
    expect((await check(right, '-m', 'bank', '--set', 'total=20', '-q')).code).toBe(0);
  });

  test('several files: a table, then what did not pass', async () => {
    const { code, out } = await check(
      'kv-append.jsonl',
      put(
        'fine.jsonl',
        readFileSync(join(folder, 'kv-append.jsonl'), 'utf8').replace('"yx"', '"xy"'),
      ),
    );
    expect(code).toBe(1);
    expect(out.split('\n').slice(0, 4)).toEqual([
      '  ✗ fail     kv-append.jsonl  kv-append, linearizable  3  No order on key a: no…',
      '  ✓ pass     fine.jsonl       kv-append, linearizable  3',
      '',
      '✗ fail  kv-append.jsonl  kv-append, linearizable',
    ]);
  });

  test('standard output is a document and nothing else', async () => {
    const found = await document('write-skew.edn');
    expect(found).toMatchObject({
      format: 'dsim-check',
      version: 1,
      invalid: [],
      summary: { files: 1, pass: 0, fail: 1, unknown: 0, exitCode: 1, interrupted: false },
    });
    const [one] = found.checks;
    expect(Object.keys(one ?? {})).toMatchInlineSnapshot(`
      [
        "file",
        "format",
        "model",
        "consistency",
        "sets",
        "verdict",
        "sentence",
        "reasons",
        "key",
        "atUs",
        "anomalies",
        "models",
        "evidence",
        "operations",
        "numbers",
        "counts",
        "next",
        "notes",
      ]
    `);
    expect(one?.anomalies[0]).toMatchObject({
      name: 'G2-item',
      count: 1,
      operations: [0, 1],
      edges: [
        { from: 0, to: 1, kind: 'rw' },
        { from: 1, to: 0, kind: 'rw' },
      ],
    });
    expect(one?.operations[0]).toEqual({
      index: 0,
      text: 'r x → [], append y 1',
      lines: { invoked: 1, completed: 3 },
      process: 0,
      client: 'process 0',
      f: 'txn',
      key: null,
      input: [
        ['r', 'x', null],
        ['append', 'y', 1],
      ],
      output: [
        ['r', 'x', []],
        ['append', 'y', 1],
      ],
      outcome: 'ok',
      error: null,
      invokedAtUs: 0,
      completedAtUs: 4000,
      endedAtUs: 4000,
    });
  });

  test('pages', async () => {
    const files = ['why.md', 'why.mmd', 'time.mmd', 'all.json', 'all.txt'].map((file) =>
      join(folder, file),
    );
    const [page = '', cycle = '', time = '', json = '', text = ''] = files;
    await check('write-skew.edn', '-q', '-o', page, '-o', cycle, '-o', json, '-o', text);
    await check('queue.log', '-m', 'queue', '-q', '-o', time);
    const read = (file: string) => readFileSync(file, 'utf8');
    expect(read(cycle)).toMatchInlineSnapshot(`
      "flowchart LR
        %% write-skew.edn: fail as list-append: G2-item
        n0["#35;0 r x → []#44; append y 1"]
        n1["#35;1 r y → []#44; append x 1"]
        n0 -->|"rw"| n1
        n1 -->|"rw"| n0
      "
    `);
    expect(read(time)).toMatchInlineSnapshot(`
      "gantt
        %% queue.log: fail as queue
        dateFormat x
        axisFormat %L
        section process 0
        #35;0 enqueue 1 :1, 2
        #35;3 dequeue → 1 :7, 8
        section process 1
        #35;1 enqueue 2 :3, 4
        section process 2
        #35;2 dequeue → 2 :5, 6
      "
    `);
    expect(read(page)).toContain(`\`\`\`mermaid\n${read(cycle)}\`\`\``);
    expect(JSON.parse(read(json))).toEqual(await document('write-skew.edn'));
    expect(read(text)).toContain('ANOMALIES');
    const nothing = await check('queue.log', '-m', 'bag', '-q', '-o', 'none.mmd');
    expect(nothing.err).toBe('note: none.mmd was not written: no operation is to blame\n');
  });
});

describe("a model of one's own", () => {
  test('is a file', async () => {
    const { code, out, err } = await check('turnstile.jsonl', '--model', './turnstile.ts');
    expect([code, err]).toEqual([1, '']);
    expect(out).toContain('#2 push');
    expect(out).not.toContain('dsim explain');
  });

  test.each([
    ['nothing', './none.ts', 'there is no file'],
    ['no model', './wrong.ts', 'its model has no function `step`'],
    ['no TypeScript', './broken.ts', 'it does not compile'],
    ['throws when loaded', './loud.ts', 'it fails when it is loaded: Error: no'],
    ['throws while judging', './late.ts', 'failed: TypeError: late'],
    ['wants the clock', './clock.ts', 'failed: HostGlobalError'],
  ])('%s', async (_what, model, said) => {
    const body = (step: string) =>
      `export default { name: 'm', summary: 's', byKey: false, init: () => 0, ${step} identify: (s: number) => s, describe: () => '' };`;
    put('wrong.ts', body(''));
    put('broken.ts', 'export default {');
    put('loud.ts', "throw new Error('no');");
    put('late.ts', body("step: () => { throw new TypeError('late'); },"));
    put('clock.ts', body('step: () => Date.now(),'));
    const { code, err } = await check('turnstile.jsonl', '--model', model);
    expect([code, err]).toEqual([2, expect.stringContaining(said)]);
  });

  test('is stopped by --timeout while it judges', async () => {
    put(
      'endless.ts',
      "export default { name: 'm', summary: 's', byKey: false, init: () => 0, step: () => { for (;;); }, identify: (s: number) => s, describe: () => '' };",
    );
    const argv = ['turnstile.jsonl', '--model', './endless.ts', '--timeout', '500ms'];
    const { code, out, err } = await check(...argv, '--json');
    expect([code, err]).toEqual([
      3,
      expect.stringMatching(
        /turnstile\.jsonl \(\d+ operations, as \.\/endless\.ts\) was stopped by --timeout: nothing was proved/,
      ),
    ]);
    expect(JSON.parse(out)).toMatchObject({ checks: [], unfinished: ['turnstile.jsonl'] });
  });

  test('is code, which can be refused', async () => {
    const { code, err } = await check('turnstile.jsonl', '-m', './turnstile.ts', '--no-code');
    expect([code, err]).toEqual([2, expect.stringContaining('--no-code forbids')]);
  });
});

describe('names that other tools use', () => {
  test.each([
    ['queue.log', 'fifo-queue', [], '"model": "queue"'],
    ['queue.log', ':FIFOQueue', [], '"model": "queue"'],
    ['write-skew.edn', 'elle-list-append', ['-c', 'pl-3'], '"consistency": "PL-3"'],
    ['write-skew.edn', 'append', ['-c', 'SI'], '"consistency": "snapshot-isolation"'],
    ['keys.edn', 'cas-register', ['-c', 'RYW'], '"consistency": "read-your-writes"'],
  ])('%s as %s %j', async (file, model, more, said) => {
    const { out } = await check(file, '-m', model, ...more, '--json');
    expect(JSON.stringify(JSON.parse(out), null, 1)).toContain(said);
  });
});

describe('wrong use', () => {
  test.each([
    [['queue.log', '-m', 'causal'], 'but a level: --model register --consistency causal'],
    [['queue.log', '-m', 'queu'], 'there is no model "queu"; did you mean queue?'],
    [['queue.log', '-m', 'queue', '-c', 'linearisable'], 'did you mean linearizable?'],
    [['queue.log', '-m', 'queue', '--set', 'total=3'], '`queue` has no parameter `total`'],
    [['bank.edn', '-m', 'bank', '--set', 'totl=3'], 'did you mean `total`?'],
    [['bank.edn', '-m', 'bank', '--set', 'total=many'], '`many` is not a number'],
    [['bank.edn', '-m', 'bank', '--as', 'observation'], 'leave --as away'],
    [['queue.log', '-o', 'x.ndjson'], 'a verdict is written as'],
    [['queue.log', '--format', 'xml'], 'Allowed choices are jsonl, edn, log'],
    [['queue.log', '-m', 'queue', '--max-memory', '3'], 'Expected a size'],
    [[], "missing required argument 'history'"],
  ])('%j', async (argv, said) => {
    const { code, out, err } = await check(...argv);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(said)]);
  });

  test('files that cannot be read, each by itself', async () => {
    put('nul.jsonl', 'a\0b');
    writeFileSync(join(folder, 'latin.jsonl'), Buffer.from([0x7b, 0xe9, 0x7d]));
    writeFileSync(join(folder, 'packed.edn'), Buffer.from([0x1f, 0x8b, 0x08]));
    const { code, err, out } = await check(
      'qeue.log',
      '.',
      'nul.jsonl',
      'latin.jsonl',
      'packed.edn',
      'queue.log',
      '-m',
      'bag',
    );
    expect(code).toBe(2);
    for (const said of [
      'there is no file `qeue.log`',
      'did you mean `queue.log`?',
      '`.` is a folder',
      '`nul.jsonl` is not text in UTF-8',
      '`latin.jsonl` is not text in UTF-8',
      '`packed.edn` is compressed',
    ])
      expect(err).toContain(said);
    expect(out).toContain('✓ pass');
  });

  test('a broken file is named by line and column; the others are judged', async () => {
    const { code, out, err } = await check('broken.jsonl', 'queue.log', '-m', 'bag');
    expect(code).toBe(2);
    expect(err).toContain('--> broken.jsonl:2:21');
    expect(err).toContain('error: broken.jsonl cannot be judged: 2 errors');
    expect(out).toContain('✓ pass');
    const found = JSON.parse(
      (await check('broken.jsonl', '-m', 'bag', '--json')).out,
    ) as ChecksDocument;
    expect(found.invalid).toMatchObject([
      { file: 'broken.jsonl', diagnostics: [{ code: 'DS171' }, { code: 'DS171' }] },
    ]);
  });

  test('without a model that is clear, those that fit are named', async () => {
    const { code, err } = await check('queue.log');
    expect(code).toBe(2);
    expect(err).toContain(
      'error[DS174]: several models know the operations `enqueue` and `dequeue`',
    );
    expect(err).toContain('`--model queue`: ');
    const strange = await check(put('strange.jsonl', '{"process":0,"type":"ok","f":"juggle"}\n'));
    expect(strange.err).toContain('no model knows all of the operations `juggle`');
    const nothing = await check(put('empty.jsonl', '\n'));
    expect(nothing.err).toContain('speaks for no model');
  });
});

test('a history of a run is judged as the run was', async () => {
  const scenario = put(
    'small.yaml',
    `name: small
duration: 2s
nodes: { kv: { kind: raft, count: 3 } }
clients: { load: { workload: register, target: kv, count: 4, rate: 100/s } }
expect: [linearizable]
`,
  );
  const run = await runDsim(['run', scenario, '--no-keep', '-q', '-o', 'run.jsonl'], folder);
  expect(run.err).toBe('');
  const found = await document('run.jsonl', '-m', 'kv', '--max-steps', '1000');
  expect(found.checks[0]?.counts.total).toBeGreaterThan(100);
  expect(found.checks[0]?.notes).toEqual([]);
  const two = await runDsim(['run', scenario, '--seeds', '1..2', '-o', 'run.jsonl'], folder);
  expect([two.code, two.err]).toEqual([2, expect.stringContaining('a history holds one run')]);
});

test('what is stopped by --timeout is unknown', async () => {
  const events = Array.from({ length: 60_000 }, (_, i) => {
    const [process, value, f] = [i % 20, i >> 1, i % 2 === 0 ? 'write' : 'read'];
    const event = { process, f, value: f === 'write' ? value : null };
    return `${JSON.stringify({ ...event, type: 'invoke' })}\n${JSON.stringify({ ...event, type: 'ok', value })}\n`;
  });
  const file = put('big.jsonl', events.join(''));
  const { code, out, err } = await check(file, '-m', 'register', '--timeout', '1ms', '--json');
  expect(code).toBe(3);
  expect(JSON.parse(out)).toMatchObject({
    checks: [],
    unfinished: ['big.jsonl'],
    summary: { files: 1 },
  });
  expect(err).toContain('reading big.jsonl');
  expect(err).toContain('error: stopped by --timeout while big.jsonl was being read');
});

test('an interrupt between files tells what is known', async () => {
  const cli = new TestCli();
  cpSync(examples, cli.folder, { recursive: true });
  // So many that the check is not over before the interrupt, and no sooner than it can be heard.
  const files = Array<string>(200).fill('kv-append.jsonl');
  const deaf = cli.interrupt;
  const running = cli.run(['check', ...files, '-m', 'register']);
  while (cli.interrupt === deaf) await new Promise((done) => setTimeout(done, 0));
  cli.interrupt();
  const { code } = await running;
  cli.close();
  expect(code).toBe(130);
});

test('mutations of the examples give a verdict or a named error', async () => {
  const files = ['kv-append.jsonl', 'write-skew.edn', 'queue.log', 'log.jsonl', 'bank.edn'];
  const codes = new Set<number>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.constantFrom(...judges.keys()),
      fc.array(
        fc.record({
          at: fc.nat(1000),
          drop: fc.nat(6),
          put: fc.constantFrom(
            '',
            '1',
            'null',
            '"',
            '[',
            ']',
            '{',
            '}',
            ':',
            ' ',
            '\n',
            'ok',
            '{}',
            '[]',
            '-7',
            'x',
          ),
        }),
        { maxLength: 4 },
      ),
      async (file, model, edits) => {
        let text = readFileSync(join(examples, file), 'utf8');
        for (const { at, drop, put: piece } of edits) {
          const from = at % (text.length + 1);
          text = text.slice(0, from) + piece + text.slice(from + drop);
        }
        const { code, out, err } = await check(
          put('mutated', text),
          '-m',
          model,
          '--max-steps',
          '20000',
        );
        codes.add(code);
        expect([0, 1, 2, 3]).toContain(code);
        expect(code === 2 ? err : out).not.toBe('');
      },
    ),
    { seed: 3, numRuns: 500 },
  );
  expect([...codes].sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
});
