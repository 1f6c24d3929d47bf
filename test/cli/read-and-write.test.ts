/** `list`, `explain`, `lint`, `schema`, `init`; and what no command can read. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestCli } from '../support/cli-host.ts';
import { dsimIn } from './dsim-in.ts';

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
});
afterEach(() => cli.close());

function file(name: string): string {
  return join(cli.folder, name);
}

describe('list', () => {
  test('everything', async () => {
    const { code, out } = await cli.run(['list']);
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "SYSTEMS
        raft  consensus  A replicated log with one leader.

      PRESETS  none

      INTERFACES
        register  Read, write and compare-and-set of one value for each key.

      POLICIES  none

      WORKLOADS
        register  Reads and writes of a few keys.

      FAULTS  none

      CHECKS
        linearizable  One order explains every answer.

      METRICS
        leaders per term  The most leaders of one term.

      JUDGES
        register  Reads and writes of a register.

      SCENARIOS
        split-brain  Two leaders.
      "
    `);
  });

  test.each(['systems', 'system'])('one of them: %s', async (word) => {
    const { out } = await cli.run(['list', word]);
    expect(out).toBe('SYSTEMS\n  raft  consensus  A replicated log with one leader.\n');
  });

  test('as JSON', async () => {
    const { out } = await cli.run(['list', '--json']);
    const listed = JSON.parse(out);
    expect(Object.keys(listed)).toEqual([
      'systems',
      'presets',
      'interfaces',
      'policies',
      'workloads',
      'faults',
      'checks',
      'metrics',
      'judges',
      'scenarios',
    ]);
    expect(listed.scenarios).toEqual([
      { name: 'split-brain', summary: 'Two leaders.', family: '' },
    ]);
  });

  test('a word that is none', async () => {
    const { code, err } = await cli.run(['list', 'sytems']);
    expect([code, err]).toEqual([
      2,
      'error: there is no list of "sytems"; did you mean systems?\n',
    ]);
  });
});

describe('explain', () => {
  test.each([
    [
      'raft',
      [
        'system: Raft',
        'heartbeat  duration · default 50ms',
        'stale-read',
        'Ongaro & Ousterhout 2014',
      ],
    ],
    [
      'register',
      [
        'workload',
        'OPERATIONS',
        'read',
        'register: dsim explain register',
        'Input: the value; output: ignored.',
        'interface: what is asked and answered',
        'cas { key, from, to, level?',
        'Errors: precondition-failed.',
        'Answer: read_ok { value }. Reads.',
        'Harmless to repeat.',
        'judge of a history made elsewhere',
        'initial  text',
        'append  Adds to the end. (invoked with the string; ends with ignored)',
        'linearizable (default)',
        'dsim check history.jsonl --model register',
      ],
    ],
    ['linearizable', ['JUDGES', 'Herlihy & Wing 1990']],
    ['DS102', ['unknown key', 'Nothing reads this key.']],
    ['ds102', ['unknown key']],
    ['exit-codes', ['not deterministic', '130, 70, 5, 2, 1, 3, 4, 0']],
    [
      'error-codes',
      ['temporarily-unavailable', 'did not happen', 'may have happened', 'an answer'],
    ],
    ['latencies', ['disk-seek', '10ms', '20ms to 120ms', 'l1-cache', '0.5 ns']],
    ['split-brain', ['dsim run split-brain']],
    ['core', ['word of the glossary', 'all talk to each']],
    ['cap', ['CAP  word of the glossary']],
    ['judge', ['check, checker, judge  word of the glossary']],
    ['glossary', ['chaos', 'first phase of a run', 'witness']],
  ])('%s', async (name, parts) => {
    const { code, out, err } = await cli.run(['explain', name]);
    expect([code, err]).toEqual([0, '']);
    for (const part of parts) expect(out).toContain(part);
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test('a name of several words', async () => {
    const { out } = await cli.run(['explain', 'leaders', 'per', 'term']);
    expect(out).toContain('metric, in count');
    expect(out).toContain('Takes the name of a group.');
  });

  test('several names, one page after another', async () => {
    const { code, out } = await cli.run(['explain', 'raft', 'leaders', 'per', 'term', 'DS102']);
    expect(code).toBe(0);
    const titles = ['raft', 'leaders per term', 'DS102'].map((title) => out.indexOf(title));
    expect(titles.every((at, i) => at > (titles[i - 1] ?? -1))).toBe(true);
    const wrong = await cli.run(['explain', 'raft', 'rafd']);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('did you mean "raft"?')]);
  });

  test.each([
    ['rafd', 'did you mean "raft"?'],
    ['DS999', 'there is no error DS999'],
    ['qqqqqqqq', '`dsim list` shows all names'],
  ])('%s is nothing', async (name, message) => {
    const { code, out, err } = await cli.run(['explain', name]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
  });
});

describe('lint', () => {
  beforeEach(() => {
    for (const name of ['a.yaml', 'wrong.yaml', 'warned.yaml']) writeFileSync(file(name), '');
  });

  test('right is 0, wrong is 2, a warning is no error; nothing runs', async () => {
    const right = await cli.run(['lint', 'a.yaml', 'warned.yaml']);
    expect(right.code).toBe(0);
    expect(right.out).toContain('✓ a.yaml\n');
    expect(right.out).toContain('warning[DS102]');
    const wrong = await cli.run(['lint', '.']);
    expect([wrong.code, wrong.err, wrong.engine.runs.length]).toEqual([2, '', 0]);
    expect(wrong.out).toContain('error[DS102]');
  });

  test('as JSON, and of nothing', async () => {
    const { out } = await cli.run(['lint', 'a.yaml', 'wrong.yaml', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      format: 'dsim-lint',
      files: [
        { file: 'a.yaml', diagnostics: [] },
        { file: 'wrong.yaml', diagnostics: [{ code: 'DS102' }] },
      ],
    });
    mkdirSync(file('empty'));
    expect((await cli.run(['lint', 'empty'])).code).toBe(4);
  });
});

describe('schema', () => {
  test('on standard output, or in a file', async () => {
    const { out } = await cli.run(['schema']);
    expect(JSON.parse(out)).toHaveProperty('title', 'scenario');
    expect(JSON.parse((await cli.run(['schema', '--config'])).out)).toHaveProperty(
      'title',
      'config',
    );
    await cli.run(['schema', '-o', 's.json']);
    expect(readFileSync(file('s.json'), 'utf8')).toBe(out);
    const { code, err } = await cli.run(['schema', '-o', 'no/s.json']);
    expect([code, err]).toEqual([
      2,
      'error: cannot write no/s.json: there is no such folder (ENOENT)\n',
    ]);
  });
});

/** What the first line of a file names. */
function schemaOf(name: string): string {
  const [first = ''] = readFileSync(file(name), 'utf8').split('\n');
  return /\$schema=(\S+)$/.exec(first)?.[1] ?? '';
}

describe('init', () => {
  test('writes a scenario and the schema that its first line names', async () => {
    const { code, out } = await cli.run(['init', 'mine.yaml']);
    expect([code, out]).toEqual([0, '✓ wrote mine.yaml\n  next: dsim run mine.yaml\n']);
    expect(schemaOf('mine.yaml')).toBe('./dsim.scenario.schema.json');
    expect(existsSync(file('dsim.scenario.schema.json'))).toBe(true);
  });

  test('writes a project', async () => {
    const { code, out } = await cli.run(['init']);
    const wrote = ['scenarios/partition.yaml', 'dsim.config.yaml', '.github/workflows/dsim.yml'];
    const lines = wrote.map((name) => `✓ wrote ${name}\n`).join('');
    expect([code, out]).toEqual([0, `${lines}  next: dsim test\n`]);
    expect(schemaOf('scenarios/partition.yaml')).toBe('../dsim.scenario.schema.json');
    expect(schemaOf('dsim.config.yaml')).toBe('./dsim.config.schema.json');
    // What is there already stays, and what is not is written.
    writeFileSync(file('dsim.config.yaml'), 'seeds: 7\n');
    rmSync(file('scenarios/partition.yaml'));
    expect((await cli.run(['init'])).out).toMatch(/^✓ wrote scenarios\/partition.yaml\n {2}next/);
    expect(readFileSync(file('dsim.config.yaml'), 'utf8')).toBe('seeds: 7\n');
    const third = await cli.run(['init']);
    expect([third.code, third.err]).toEqual([
      2,
      `error: ${wrote.join(', ')}: all of them are there already, and were left as they are\n`,
    ]);
  });

  test('names the schemas that are installed with dsim, which everybody has', async () => {
    mkdirSync(file('node_modules/dsim/schema'), { recursive: true });
    writeFileSync(file('node_modules/dsim/schema/scenario.schema.json'), '{}');
    await cli.run(['init', 'scenarios/deep.yaml']);
    expect(schemaOf('scenarios/deep.yaml')).toBe(
      '../node_modules/dsim/schema/scenario.schema.json',
    );
    expect(existsSync(file('dsim.scenario.schema.json'))).toBe(false);
  });

  test('overwrites nothing', async () => {
    writeFileSync(file('mine.yaml'), 'mine');
    const { code, err } = await cli.run(['init', 'mine.yaml']);
    expect([code, err]).toEqual([2, 'error: mine.yaml is there already, and was left as it is\n']);
    expect(readFileSync(file('mine.yaml'), 'utf8')).toBe('mine');
  });

  test('refuses a name that is no scenario, and a folder that is not there', async () => {
    expect((await cli.run(['init', 'notes.txt'])).err).toContain('as in notes.txt.yaml');
    expect((await cli.run(['init', 'no/a.yaml'])).err).toContain('there is no such folder');
  });
});

test.each(['run', 'lint', 'replay', 'open', 'verify', 'check'])(
  'a link to itself is an error of use: %s',
  async (command) => {
    symlinkSync('loop', file('loop'));
    const { code, err } = await dsimIn(cli.folder, [command, 'loop']);
    expect([code, err]).toEqual([2, expect.stringMatching(/ELOOP|loop/)]);
  },
);
