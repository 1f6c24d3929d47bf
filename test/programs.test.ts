/** `kind: { exec: [...] }`: programs that speak Maelstrom's protocol, as nodes. */
import fs, {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadScenario, type Result, simulate } from '../src/host.ts';
import { CONSOLE_NOTE } from '../src/sim/notes.ts';
import { toHold } from '../src/test.ts';

const root = resolve(import.meta.dirname, '..');
const examples = join(root, 'examples/maelstrom');
const odd = join(root, 'test/fixtures/programs/odd.py');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-programs-'));
  // Launchers such as that of pyenv cost ten times what Python does, and fifty are started here.
  vi.stubEnv('PATH', `/usr/bin:${process.env['PATH']}`);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

async function load(text: string, options = {}) {
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, text);
  return loadScenario(file, options);
}

/** A node that does what it is told, asked for an echo now and then. */
async function strange(what: string, more = '', groups = ''): Promise<Result> {
  // Short where it must run out. A busy machine may take longer than that for what is well.
  const runsOut = what === 'hang' || more.includes('lock-step');
  const watchdog = runsOut ? '300ms' : '10s';
  return simulate(
    await load(`
duration: 500ms
nodes: { n: { kind: { exec: [python3, ${odd}, '${what}'] }, watchdog: ${watchdog}${more} }${groups} }
clients: { load: { workload: echo, target: n, rate: 20/s, timeout: 30s } }
expect: [echoed]
`),
  );
}

describe('the examples', () => {
  const brief = { sets: ['duration=600ms'] };
  const scenarios = readdirSync(examples).filter((name) => name.endsWith('.yaml'));

  test('are there for each workload of Maelstrom', () => {
    expect(scenarios.length).toBe(9);
  });

  test.each(scenarios)('%s holds', async (name) => {
    const result = simulate(await loadScenario(join(examples, name)));
    const { pass, message } = toHold(result);
    expect(pass ? '' : message()).toBe('');
  });

  test('run where a library has put its own functions into `fs`, which read the clock', async () => {
    const { closeSync } = fs;
    // As graceful-fs does: reading a file then ended in an error, and no program was ever at rest.
    const spy = vi.spyOn(fs, 'closeSync').mockImplementation((fd) => {
      Date.now();
      closeSync(fd);
    });
    const { pass, message } = toHold(
      simulate(await loadScenario(join(examples, 'echo.yaml'), brief)),
    );
    spy.mockRestore();
    expect(pass ? '' : message()).toBe('');
  });

  test.each([
    ['broadcast.yaml', 'delivered'],
    ['list-append.yaml', 'strict-serializable'],
  ])('%s is violated without what it shows', async (name, check) => {
    const { judged } = simulate(await loadScenario(join(examples, name), { without: true }));
    expect(judged.find(({ text }) => text === check)?.state).toBe('violated');
  });

  test('are equal whenever they run', async () => {
    const digests = async () =>
      simulate(await loadScenario(join(examples, 'g-set.yaml'), { sets: ['duration=2s'] })).digests;
    expect(await digests()).toEqual(await digests());
  });
});

test('no program outlives its run, for whoever makes many in one process', async () => {
  const pids = join(folder, 'pids');
  const echo = join(examples, 'echo.py');
  const words = `[sh, -c, 'echo $$ >> ${pids}; exec python3 ${echo}']`;
  const text = `
duration: 1s
nodes: { n: { count: 2, kind: { exec: ${words} } } }
clients: { load: { workload: echo, target: n, rate: 20/s } }
expect: [echoed]
`;
  expect(simulate(await load(text)).state).toBe('held');
  const started = readFileSync(pids, 'utf8').trim().split('\n').map(Number);
  expect(started.length).toBe(2);
  const lives = (pid: number) => existsSync(`/proc/${pid}/exe`);
  await vi.waitFor(() => expect(started.filter(lives)).toEqual([]), 10_000);
});

describe('a program that', () => {
  test('hangs is ended by the watchdog', async () => {
    const { error } = await strange('hang');
    expect(error?.message).toMatch(/odd.py hang did not come to rest within 300 ms after `echo`/);
    // A killed process may still be waiting for a core to end on.
    await vi.waitFor(() => expect(isRunning('hang')).toBe(false), { timeout: 60_000 });
  });

  test('ends stops the run with its last words', async () => {
    const { error } = await strange('end');
    expect(error?.message).toMatch(/odd.py end has ended; it said: out of cheese$/);
  });

  test('writes what is no message is told what to write where', async () => {
    const { error } = await strange('nonsense');
    expect(error?.message).toMatch(/wrote what is no message: Hello \(only messages go to/);
  });

  test('does not answer `init` does not run', async () => {
    const { error } = await strange('mute');
    expect(error?.message).toMatch(/did not answer `init`/);
  });

  test('asks a service that is not there hears so, and so does the user', async () => {
    const result = await strange('lost');
    expect(result.state).toBe('held');
    const said = result.facts.notes.find(({ label }) => label === CONSOLE_NOTE);
    expect(said?.detail['text']).toMatch(/there is no node seq-kv \(a service is a group of that/);
  });

  test.each([
    ['11', 'fail', 'temporarily-unavailable'],
    ['13', 'info', 'crash'],
    ['1000', 'info', 'crash'],
  ])('answers with error %s ends operations as the protocol says', async (code, outcome, error) => {
    const { history } = await strange(code);
    expect(history.length).toBeGreaterThan(3);
    expect(new Set(history.map((each) => `${each.outcome} ${each.error}`))).toEqual(
      new Set([`${outcome} ${error}`]),
    );
  });

  test('has a clock of its own needs time that is real', async () => {
    const startedAt = performance.now();
    const inTime = await strange('later', ', pace: real-time');
    expect(performance.now() - startedAt).toBeGreaterThan(500);
    expect(inTime.state).toBe('held');
    expect(inTime.history.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(3);
  });

  test('passes the request of a client on has it answered by whoever it passed it to', async () => {
    const { state, history } = await strange('passes-on', ', count: 2');
    expect(state).toBe('held');
    expect(history.length).toBeGreaterThan(3);
    expect(history.every(({ outcome }) => outcome === 'ok')).toBe(true);
  });

  test('polls runs in real time by itself, and the user hears so', async () => {
    const result = await strange('polls');
    expect(result.state).toBe('held');
    // Where this process stands still for a while, virtual time does, and the program's does not.
    expect(result.history.some((op) => op.completedAtUs - op.invokedAtUs >= 40_000)).toBe(true);
    const said = result.facts.notes.filter(({ label }) => label === CONSOLE_NOTE);
    expect(said.map(({ detail }) => detail['text'])).toEqual([
      expect.stringMatching(/odd.py polls goes on working after `init`, so it runs in real time: /),
    ]);
  });

  test('polls is refused in lock-step', async () => {
    const { error } = await strange('polls', ', pace: lock-step');
    expect(error?.message).toMatch(/did not come to rest within 300 ms after `init`: .*real-time/);
    expect(error?.stack).not.toMatch(/^\s+at /m);
  });

  test('asks a service before it answers `init` gets requests afterwards', async () => {
    const result = await strange('asks-first', '', ', lin-kv: { kind: naive-store }');
    expect(result.state).toBe('held');
    expect(result.facts.notes.some(({ label }) => label === CONSOLE_NOTE)).toBe(false);
  });
});

describe('refused with the cure', () => {
  test.each([
    ['kind: { exec: [no-such-program] }', 'there is no program `no-such-program`'],
    ['kind: { exec: [./no-such-program] }', 'must be executable'],
    ['kind: { exec: [] }', 'for example `kind: { exec: [python3, raft.py] }`'],
    ['kind: { exce: [a] }', '`kind` names no program'],
    ['kind: { exec: [python3] }, topology: rign', 'expected one of `line`'],
  ])('%s', async (fields, said) => {
    const text = `nodes: { n: { ${fields} } }\nclients: { load: { workload: echo, target: n, rate: 1/s } }\n`;
    const loaded = await load(text);
    expect(() => simulate(loaded)).toThrow(said);
  });

  test('where code may not run', async () => {
    const text = `nodes: { n: { kind: { exec: [python3, ${odd}] } } }\nclients: { load: { workload: echo, target: n, rate: 1/s } }\n`;
    const { diagnostics } = await load(text, { code: false });
    const said = diagnostics.map(({ message }) => message).join();
    expect(said).toMatch(/cannot be used as a kind: running code is forbidden/);
  });
});

function isRunning(what: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        const state = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return command.includes(`odd.py\0${what}`) && !/\) Z /.test(state);
      } catch {
        return false;
      }
    });
}
