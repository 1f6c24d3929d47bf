/** The command line as a process of its own: interrupts, pipes and full disks. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  write,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLong, times } from '../support/long.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dsim-process-'));
const program = join(folder, 'package/bin/dsim.js');

beforeAll(() => {
  // A copy has no sources beside it: only here it is seen that the build is as new as they are.
  const fresh = spawnSync(process.execPath, [join(root, 'bin/dsim.js'), '--help']);
  expect([fresh.status, fresh.stderr.toString()]).toEqual([0, '']);
  for (const part of ['bin', 'dist', 'package.json', 'scenarios', 'schema']) {
    cpSync(join(root, part), join(folder, 'package', part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'package/node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(...argv: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, ...argv], { cwd: folder, stdio: 'pipe' });
}

/** Waits for the end; collects both outputs. */
async function ending(child: ChildProcess) {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const code = await new Promise((done) => child.on('close', done));
  return { code, out, err };
}

async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((done) => setTimeout(done, 10));
}

const short = ['faults=[]', 'expect=[linearizable]', 'duration=1s'].flatMap((set) => [
  '--set',
  set,
]);
const endless = ['run', 'partition', '--set', 'duration=24h', '--set', 'expect=[linearizable]'];

test('Ctrl-C in the middle of a run: 130, and the trace so far is whole', async () => {
  const child = start(...endless, '--trace', 't.ndjson', '--json');
  const file = join(folder, 't.ndjson');
  const ended = ending(child);
  await until(() => existsSync(file) && statSync(file).size > 100_000);
  child.kill('SIGINT');
  const { code, out } = await ended;
  expect(code).toBe(130);
  expect(JSON.parse(out).summary).toMatchObject({ interrupted: true, exitCode: 130 });
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
    end: true,
    events: lines.length - 2,
    complete: false,
    state: null,
    digests: null,
  });
});

test('Ctrl-C in the middle of a run shows what it was worth by then', async () => {
  const trace = ['--trace', 'partial.ndjson'];
  const child = start('run', 'partition', '--no-keep', '--set', 'duration=100000s', ...trace);
  const file = join(folder, 'partial.ndjson');
  const ended = ending(child);
  await until(() => existsSync(file) && statSync(file).size > 100_000);
  child.kill('SIGINT');
  const { code, out, err } = await ended;
  expect(code).toBe(130);
  expect(err).toContain('error: partition seed 42 was interrupted\n');
  expect(out).toMatch(/^\? stopped {2}partition/);
  expect(out).toContain('availability(minority) <= 1% during partition');
  expect(out).toContain('STOPPED  it was stopped at');
  expect(out).not.toContain('repro:');
});

test('Ctrl-C in the middle of many seeds tells those that are done', async () => {
  const child = start('run', 'partition', '--seeds', '0..100000', ...short);
  const ended = ending(child);
  let heard = '';
  child.stdout?.on('data', (text: string) => {
    heard += text;
  });
  await until(() => heard.includes('seeds 0..100000'));
  child.kill('SIGINT');
  const { code, out } = await ended;
  expect(code).toBe(130);
  expect(out).toMatch(/\n\d+ of 100,001 seeds/);
});

/** The processes that this one has started; empty once it is gone. */
function startedBy(pid: number | undefined): readonly number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return list.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Processor time that it has had, in ms: a tick is 10 ms. */
function workedMs(pid: number | undefined): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

/** Whether it runs: a zombie does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe.skipIf(process.platform !== 'linux')('the processes of a battery', () => {
  test.each([
    ['stop at a Ctrl-C of the first alone', 'SIGINT'],
    ['end with the first, however it ends', 'SIGKILL'],
  ] as const)('%s', async (_what, signal) => {
    const child = start('tradeoff', 'partition', '--jobs', '2', '--runs', '30');
    const ended = ending(child);
    await until(() => startedBy(child.pid).length > 0);
    const others = startedBy(child.pid);
    // Both are in the middle of their runs.
    await until(() => others.every((pid) => workedMs(pid) > 250) && workedMs(child.pid) > 250);
    child.kill(signal);
    const { code } = await ended;
    expect(code).toBe(signal === 'SIGINT' ? 130 : null);
    await until(() => !others.some(isRunning));
  });
});

const SWEEPS = times(2, 1000);

test(
  `of ${SWEEPS} sweeps of short runs, each stops at its first Ctrl-C, whenever it comes`,
  async () => {
    for (let count = 0; count < SWEEPS; count++) {
      const child = start('run', 'partition', '--seeds', '0..1000000', ...short);
      const ended = ending(child);
      await new Promise((heard) => child.stdout?.once('data', heard));
      // A run and its reading take some 20 ms.
      const afterMs = Math.random() * 60;
      await new Promise((done) => setTimeout(done, afterMs));
      child.kill('SIGINT');
      const { code, out, err } = await ended;
      expect([code, out], `after ${afterMs} ms: ${err}`).toEqual([
        130,
        expect.stringMatching(/of 1,000,001 seeds/),
      ]);
    }
  },
  times(300_000, 7_200_000),
);

const looping = {
  'loop.ts': 'while (true);\nexport default class { receive() {} }\n',
  'loop.yaml': 'duration: 1s\nnodes: { a: { kind: ./loop.ts } }\n',
  'model.ts': 'for (;;);\n',
  'h.jsonl': '{"process":0,"type":"invoke","f":"read","value":null}\n',
};

test.each([
  [150, ['run', 'loop.yaml']],
  [190, ['lint', 'loop.yaml']],
  [230, ['verify', 'loop.yaml']],
  [260, ['replay', 'loop.yaml']],
  [300, ['check', 'h.jsonl', '--model', './model.ts']],
])(
  'a file that loops while it is loaded: --timeout ends it, and Ctrl-C after %i ms: %s',
  async (afterMs, argv) => {
    for (const [name, text] of Object.entries(looping)) writeFileSync(join(folder, name), text);
    const timed = await ending(start(...argv, '--timeout', '150ms'));
    expect([timed.code, timed.out + timed.err]).toEqual([3, expect.stringContaining('stopped')]);
    const child = start(...argv);
    const ended = ending(child);
    // Whether it has come to the file yet or not.
    await until(() => cpuMs(child) > afterMs);
    child.kill('SIGINT');
    const { code } = await ended;
    // Killed while it was starting, or told that it was interrupted.
    expect([130, null]).toContain(code);
  },
);

/** Processor time that a process has had, where the system says so. */
function cpuMs({ pid }: ChildProcess): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return Infinity;
  const [, user = 0, system = 0] = /(?:\S+ ){13}(\d+) (\d+)/.exec(readFileSync(file, 'utf8')) ?? [];
  return (Number(user) + Number(system)) * 10;
}

test.skipIf(process.platform === 'win32')(
  'Ctrl-C ends a check that waits for more input',
  async () => {
    const fifo = join(folder, 'fifo');
    expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
    const input = openSync(fifo, 'r+');
    const argv = [program, 'check', '-', '--model', 'register'];
    const child = spawn(process.execPath, argv, { cwd: folder, stdio: [input, 'pipe', 'pipe'] });
    const ended = ending(child);
    // More than a pipe holds: it is written once the child has begun to read.
    await new Promise((done) => write(input, Buffer.alloc(1 << 20, 10), done));
    child.kill('SIGINT');
    const { code, err } = await ended;
    closeSync(input);
    expect([code, err]).toEqual([130, 'error: interrupted while - was being read\n']);
  },
);

const node = (body: string, head = '') => `${head}
export default class Own {
  count = 0;
  receive(ctx, from, message) {
    if (message.id === undefined) return;
    this.count += 1;
    if (this.count > 5) { ${body} }
    ctx.send(from, { type: message.type + '_ok', inReplyTo: message.id });
  }
}
`;

/** How a run can be watched: one by one in the long suite, else at once, and some once. */
const ways = (isFirst: boolean) =>
  isLong
    ? [['--strict'], ['--trace', 'own.ndjson'], ['-v'], ['--json'], ['-q']]
    : [['--strict', '--json', '--trace', 'own.ndjson'], ...(isFirst ? [['-v'], ['-q']] : [])];

test.each([
  ['a BigInt', node("ctx.send('own', { type: 'b', v: 10n });"), 'a BigInt is in it'],
  ['a cycle', node("const m = { type: 'c' }; m.self = m; ctx.send('own', m);"), 'holds itself'],
  ['process.exit', node('process.exit(0);'), 'process.exit() would make'],
  ['a rejection', node("Promise.reject(new Error('boo'));"), 'receive makes a promise'],
  ['an odd throw', node('throw { get message() { throw 1; } };'), 'was thrown'],
  ['a patch', node('Array.prototype.push = () => 0;'), 'Array.prototype.push was changed'],
])(
  'own code with %s: the same verdict however it is watched, and never 70',
  async (what, text, message) => {
    writeFileSync(join(folder, 'own.ts'), text);
    const load = '{ workload: request, target: own, rate: 50/s, timeout: 200ms }';
    const rest = `clients: { load: ${load} }\nexpect: [availability >= 1%]\n`;
    writeFileSync(
      join(folder, 'own.yaml'),
      `duration: 2s\nnodes: { own: { kind: ./own.ts } }\n${rest}`,
    );
    const run = (...options: string[]) => ending(start('run', 'own.yaml', '--no-keep', ...options));
    const plain = await run();
    expect([plain.code, plain.err]).toEqual([1, '']);
    expect(plain.out).toContain(message);
    for (const options of ways(what === 'a BigInt'))
      expect((await run(...options)).code, options.join(' ')).toBe(1);
  },
);

test('a run that does not fit into the heap begins again in one that is large enough', () => {
  const text = `duration: 200ms
settle: 1ms
nodes:
  m: { kind: gossip, count: 16000 }
clients:
  load: { workload: broadcast, target: m, pin: [m-1], rate: 100/s, operations: 1, reads: 0% }
expect:
  - operations(broadcast) >= 1
`;
  writeFileSync(join(folder, 'large.yaml'), text);
  const argv = ['--max-old-space-size=40', program, 'run', 'large.yaml', '--no-keep', '-q'];
  const { status, stderr } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

test('a folder that is gone, and a link to itself, are errors of use', async () => {
  const gone = join(folder, 'gone');
  const line = `mkdir ${gone} && cd ${gone} && rmdir ${gone} && "${process.execPath}" "${program}"`;
  const inGone = (argv: string) => spawnSync('sh', ['-c', `${line} ${argv}`], { encoding: 'utf8' });
  expect(inGone('run partition')).toMatchObject({
    status: 2,
    stderr: 'error: the folder that you are in is not there any more: change to another\n',
  });
  expect(inGone('list').status).toBe(0);
  // Every command that reads a file: read-and-write.test.ts.
  symlinkSync('loop', join(folder, 'loop'));
  expect((await ending(start('run', 'loop'))).code).toBe(2);
});

test('a pipe whose reader leaves ends quietly with the code of the verdict', async () => {
  const child = start('run', 'partition', '--verbose', '--no-keep', ...short);
  child.stdout?.once('data', () => child.stdout?.destroy());
  const { code, err } = await ending(child);
  expect([code, err]).toEqual([0, expect.not.stringContaining('EPIPE')]);
});

test('a slow reader gets everything', async () => {
  const child = start('run', 'partition', '--trace', '-', '--no-keep', '-q', ...short);
  child.stdout?.pause();
  setTimeout(() => child.stdout?.resume(), 300);
  const { code, out } = await ending(child);
  expect(code).toBe(0);
  const lines = out.trimEnd().split('\n');
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    complete: true,
    events: lines.length - 2,
  });
});

test.skipIf(!existsSync('/dev/full'))('a full disk is an error with its reason', () => {
  const line = `"${process.execPath}" "${program}" list > /dev/full`;
  const { status, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([
    2,
    'error: cannot write standard output: no space left on the device (ENOSPC)\n',
  ]);
  for (const shown of ['--help', 'test --help']) {
    const help = line.replace(' list ', ` ${shown} `);
    expect(spawnSync('sh', ['-c', help], { cwd: folder }).status).toBe(2);
  }
  // It is worse than a violation that nobody can read about.
  writeFileSync(join(folder, 'bad.jsonl'), '{"process":0,"type":"ok","f":"read","value":1}\n');
  const check = line.replace(' list ', ' check bad.jsonl -m register ');
  expect(spawnSync('sh', ['-c', check], { cwd: folder }).status).toBe(2);
});

test('an error that finds the guard up is reported all the same', () => {
  // Twice the guard is stopped on its way down, as an interrupt may do it anywhere.
  const hook = join(folder, 'stuck.cjs');
  writeFileSync(
    hook,
    `const { defineProperty } = Object;
let times = 0;
Object.defineProperty = (owner, key, ...rest) => {
  if (owner === globalThis && key === 'setTimeout') {
    times += 1;
    if (times === 2 || times === 3) throw new Error('stopped on the way');
  }
  return defineProperty(owner, key, ...rest);
};
`,
  );
  const argv = ['--require', hook, program, 'run', 'partition', ...short];
  const { status, stderr } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([70, expect.stringContaining('Error: stopped on the way')]);
});

test('verify proves it in another process too', async () => {
  const { code, out } = await ending(start('verify', 'partition', '--times', '2', ...short));
  expect(out).toContain('3 runs equal, one in another process, zone and locale');
  expect(code).toBe(0);
});

// Whoever stops a group of processes stops the workers as well, and no run is broken by that.
test.each([
  ['Ctrl-C', 'SIGINT', false],
  ['SIGTERM', 'SIGTERM', false],
  ['SIGTERM to all of them', 'SIGTERM', true],
] as const)(
  '%s in the middle of a test: what is over is reported, and no worker is left',
  async (_how, signal, all) => {
    const argv = ['--seeds', '0..100000', '--jobs', '2', '--reporter', 'ndjson', ...short];
    const child = start('test', 'partition', ...argv);
    let seen = '';
    child.stdout?.on('data', (text: Buffer) => {
      seen += text.toString();
    });
    const ended = ending(child);
    await until(() => seen.split('\n').length > 6);
    const workers = childrenOf(child.pid ?? 0);
    expect(workers.length).toBe(2);
    if (all) for (const worker of workers) process.kill(worker, signal);
    child.kill(signal);
    const { code, out } = await ended;
    expect(code).toBe(130);
    const records = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const seeds = records.filter(({ event }) => event === 'run').map(({ seed }) => Number(seed));
    expect(seeds.length).toBeGreaterThanOrEqual(5);
    expect(seeds).toEqual([...seeds].sort((a, b) => a - b));
    expect(records.at(-1)).toMatchObject({ event: 'end', interrupted: true, exitCode: 130 });
    expect(out).not.toContain('"end":"broken"');
    await until(() => workers.every((worker) => !isAlive(worker)));
  },
);

test('a worker whose master was killed ends as well', async () => {
  const child = start('test', 'partition', '--seeds', '0..100000', '--jobs', '2', ...short);
  await until(() => childrenOf(child.pid ?? 0).length === 2);
  const workers = childrenOf(child.pid ?? 0);
  child.kill('SIGKILL');
  await until(() => workers.every((worker) => !isAlive(worker)));
});

function childrenOf(pid: number): readonly number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return text === '' ? [] : text.split(' ').map(Number);
}

/** What has ended and was not waited for is no more alive. */
function isAlive(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  try {
    return !/\) [ZX] /.test(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}

/** Runs a line of a shell; returns what it printed and its exit code. */
function shell(line: string, cwd: string, env: { readonly [name: string]: string } = {}) {
  const { PATH = '', HOME = '' } = process.env;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
    cwd,
    encoding: 'utf8',
    env: { PATH, HOME, ...env },
  });
  return { code: status, out: stdout, err: stderr };
}

/** A run that fails, in few events. */
const failing = `
nodes: { web: { kind: server } }
clients: { load: { workload: request, target: web, rate: 20/s } }
duration: 200ms
expect: [p50 < 1us]
`;

// A plain name is tried below, of an installed package.
test.each([`it's a "run" of $HOME; a & b.yaml`, '-dash.yaml'])(
  'the repro line runs as printed: %s',
  (name) => {
    const here = mkdtempSync(join(folder, 'here-'));
    writeFileSync(join(here, name), failing);
    const first = spawnSync(process.execPath, [program, 'run', '--no-keep', '--', name], {
      cwd: here,
      encoding: 'utf8',
    });
    expect([first.status, first.stderr]).toEqual([1, '']);
    const line = /repro: (.*)/.exec(first.stdout)?.[1] ?? '';
    const again = shell(line, here);
    expect(again.err).toMatch(/^note: the recorded run: digest \w{16}\n$/);
    expect(again.code).toBe(1);
    // And so is what is printed to do next.
    const next = /next: {2}(.*?)(?: {2}|\n)/.exec(first.stdout)?.[1] ?? '';
    expect(shell(next, here)).toMatchObject({ code: 1, err: '' });
  },
);

test('the repro line of an installed package starts that package, by whatever name it was started', () => {
  const project = mkdtempSync(join(folder, 'project-'));
  mkdirSync(join(project, 'node_modules/.bin'), { recursive: true });
  symlinkSync(join(folder, 'package'), join(project, 'node_modules/dsim'));
  symlinkSync('../dsim/bin/dsim.js', join(project, 'node_modules/.bin/dsim'));
  writeFileSync(join(project, 'run.yaml'), failing);
  // npx asks no registry: were the package missing, it would say so.
  const offline = { npm_config_offline: 'true', npm_config_cache: join(folder, 'npm') };
  const starts = ['node_modules/.bin/dsim', 'node node_modules/dsim/bin/dsim.js'];
  const lines = starts.map((start) => {
    const { out } = shell(`${start} run.yaml --no-keep`, project, offline);
    return /repro: (.*)/.exec(out)?.[1] ?? '';
  });
  const [first = ''] = lines;
  expect(first).toMatch(/^npx --no-install dsim replay run\.yaml /);
  expect(lines).toEqual(starts.map(() => first));
  const again = shell(first, project, offline);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('the recorded run')]);
  // And so it does when npx has started it.
  expect(again.out).toContain(`repro: ${first}\n`);
  // On the PATH the name alone is enough, in any folder.
  const path = `${join(project, 'bin')}:${process.env['PATH']}`;
  mkdirSync(join(project, 'bin'));
  symlinkSync(program, join(project, 'bin/dsim'));
  const { out } = shell('dsim run.yaml --no-keep', project, { PATH: path });
  const line = /repro: (.*)/.exec(out)?.[1] ?? '';
  expect(line).toMatch(/^dsim replay run\.yaml /);
  expect(shell(line, project, { PATH: path }).code).toBe(1);
});
