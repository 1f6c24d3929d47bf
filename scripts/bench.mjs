/**
 * npm run bench: every bar of docs/PERFORMANCE.md, as a ratio of two programs that run in turns,
 * each in its own process; CPU time; the median of the repetitions. `--floor` demands half of each
 * bar; `--write` renews the page.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'dist', 'bench');
const flags = new Set(process.argv.slice(2));
const floor = flags.has('--floor');
const repetitions = floor ? 3 : 7;
const startRepetitions = floor ? 7 : 25;

const programs = [
  'baseline-heap',
  'hold',
  'pipeline',
  'mm1',
  'raft',
  'linearizable',
  'transactions',
  'faults',
  'traffic',
];

async function bundle() {
  mkdirSync(out, { recursive: true });
  await build({
    entryPoints: programs.map((name) => join(root, 'bench', `${name}.ts`)),
    outdir: out,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    external: ['esbuild'],
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    logLevel: 'error',
  });
}

/** Runs one program; its last line is the sample. */
function sample(program, ...args) {
  const text = execFileSync(
    process.execPath,
    ['--expose-gc', join(out, `${program}.cjs`), ...args.map(String)],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return JSON.parse(text.trim().split('\n').at(-1));
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Runs programs in turns and gives the median of each one's ns per event, in the order given. */
function inTurns(list, times = repetitions) {
  const results = list.map(() => []);
  for (let i = 0; i < times; i++) {
    list.forEach((args, k) => {
      results[k].push(sample(...args));
    });
    if (process.stderr.isTTY) process.stderr.write('.');
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  return results.map((samples) => ({
    ns: median(samples.map((s) => s.cpuNs / s.events)),
    bytes: median(samples.map((s) => s.bytesPerEvent ?? 0)),
  }));
}

/** CPU time of a command in ms: user and system, as bash's `time` sees them. */
function commandMs(args) {
  const command = [process.execPath, ...args].map((part) => `'${part}'`).join(' ');
  const script = `TIMEFORMAT='%U %S'; time ${command} >/dev/null 2>&1`;
  const { stderr, status } = spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: root });
  if (status !== 0) throw new Error(`${command} ended with ${status}: npm run build first`);
  const [user, system] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return (user + system) * 1000;
}

function startUps(list) {
  const results = list.map(() => []);
  for (let i = 0; i < startRepetitions; i++) {
    list.forEach((args, k) => {
      results[k].push(commandMs(args));
    });
  }
  return results.map(median);
}

const rows = [];
/** `better`: 'more' for speed-ups, 'less' for growth and cost. */
function bar(what, value, must, aim, better, unit = 'x', limit = floorOf(must, better)) {
  const met = better === 'more' ? value >= must : value <= must;
  const floorMet = better === 'more' ? value >= limit : value <= limit;
  rows.push({ what, value, must, aim, unit, met, floorMet, better });
  const text = `${format(value)}${unit}`.padStart(12);
  console.log(
    `${met ? 'ok  ' : floorMet ? 'low ' : 'FAIL'} ${what.padEnd(64)}${text}   must ${better === 'more' ? '≥' : '≤'} ${format(must)}, aim ${format(aim)}`,
  );
}

/** Half of a bar, where nothing else is said. */
function floorOf(must, better) {
  return better === 'more' ? must / 2 : must * 2;
}

function format(value) {
  return value >= 10_000
    ? `${Math.round(value / 1000)}k`
    : value >= 100
      ? value.toFixed(0)
      : value.toFixed(2);
}

await bundle();

const sizes = [100, 1000, 100_000, 1_000_000];
const hold = inTurns(
  sizes.flatMap((n) => [
    ['baseline-heap', 'hold', n],
    ['hold', n],
  ]),
);
const nsOf = (k) => hold[k].ns;
bar('hold, 1k pending: queue over heap of objects', nsOf(2) / nsOf(3), 2.2, 2.8, 'more');
bar('hold, 100k pending: queue over heap of objects', nsOf(4) / nsOf(5), 4, 8, 'more');
bar('hold, 1M pending: queue over heap of objects', nsOf(6) / nsOf(7), 3, 5, 'more');
bar('ns per event at 100k over 100 pending', nsOf(5) / nsOf(1), 1.8, 1.4, 'less');

const [bare, whole, off, bareWide, wide] = inTurns([
  ['baseline-heap', 'deliver', 20],
  ['pipeline', 20],
  ['pipeline', 20, 'off'],
  ['baseline-heap', 'deliver', 100],
  ['pipeline', 100],
]);
bar('deliveries, 20 nodes: whole pipeline over bare heap', bare.ns / whole.ns, 0.7, 1.1, 'more');
bar('deliveries, 100 nodes: the same', bareWide.ns / wide.ns, 0.5, 0.7, 'more');
bar('trace and digests on over off', whole.ns / off.ns, 1.5, 1.3, 'less');
const [kept] = inTurns([['pipeline', 20, 'keep']], 3);
bar('bytes per event, all rows kept, 1M events', kept.bytes, 160, 100, 'less', ' B');

const [calm, struck, stormy] = inTurns([
  ['faults', 'none'],
  ['faults', 'nodes'],
  ['faults', 'everywhere'],
]);
bar('events, ten network faults on 20 nodes over none', calm.ns / struck.ns, 0.8, 0.9, 'more');
bar('the same, each fault on every link', calm.ns / stormy.ns, 0.3, 0.5, 'more');

const [customers] = inTurns([['mm1']]);
bar(
  'M/M/1 with flows: events per CPU second',
  1e9 / customers.ns,
  1_000_000,
  3_000_000,
  'more',
  '/s',
);

const [raft] = inTurns([['raft']]);
// A profile makes the run slower: only the share is taken from it.
const share = median([0, 1, 2].map(() => sample('raft', 'handlers').share));
bar(
  'five-node Raft, 50 clients: messages per CPU second',
  1e9 / raft.ns,
  500_000,
  1_500_000,
  'more',
  '/s',
);
bar('the same: CPU time in the code of Raft, a message', share * raft.ns, 300, 200, 'less', ' ns');

const many = floor ? 100_000 : 1_000_000;
const [messages, requests] = inTurns(
  [
    ['traffic', 'plain', many],
    ['traffic', join(root, 'bench', 'traffic.yaml'), many],
  ],
  3,
);
bar(
  'a million requests, balancer, retry, breaker: over their messages',
  requests.ns / messages.ns,
  3,
  2,
  'less',
  'x',
  // Far from its bar: the floor keeps it from becoming worse.
  32,
);

// V8 compiles the search in one of two ways; one process may get the slow one.
const registers = [0, 1, 2].map(() => sample('linearizable', 'register'));
const strings = sample('linearizable', 'strings');
const checked = sample('linearizable', 'check');
const large = sample('linearizable', 'large');
// Two of the logs are not part of the project: the table says how many were measured.
const logs = `${checked.events} of ${checked.of} logs of Porcupine`;
bar(
  'linearizable, 20 hard register histories: over the usual search',
  median(registers.map(({ ratio }) => ratio)),
  0.5,
  0.1,
  'less',
);
bar('the same, the worst history', median(registers.map(({ worst }) => worst)), 1, 0.5, 'less');
bar(`linearizable, ${logs}: over the usual search`, strings.ratio, 0.5, 0.25, 'less');
bar(`verdict, ${logs}: over Porcupine's own time`, checked.verdict, 0.3, 0.2, 'less');
bar('the same, the worst log', checked.verdictWorst, 1, 0.5, 'less');
bar('verdict and witness, as `dsim check`: over the same', checked.whole, 0.8, 0.4, 'less');
// A log of 76 events: the witness costs ten times the verdict, and both are below half a ms.
bar('the same, the worst log', checked.wholeWorst, 6, 3, 'less');
bar('linearizable, 100k operations on one register: CPU', large.cpuNs / 1e9, 2, 0.5, 'less', ' s');
bar('the same: bytes per operation', large.bytesPerEvent, 2000, 500, 'less', ' B');

const [lists] = inTurns([['transactions']], 3);
bar(
  '100k list-append transactions, strict serializable: CPU',
  lists.ns / 1e4,
  5,
  1.5,
  'less',
  ' s',
);
bar('the same: bytes per transaction', lists.bytes, 2000, 1000, 'less', ' B');

const bin = join(root, 'bin', 'dsim.js');
const [nothing, version, help, second] = startUps([
  ['-e', '0'],
  [bin, '--version'],
  [bin, '--help'],
  [bin, 'run', join(root, 'bench', 'one-second.yaml'), '--quiet', '--no-keep'],
]);
bar('start-up over node -e 0: --version', version / nothing, 1.2, 1.1, 'less');
bar('start-up over node -e 0: --help', help / nothing, 1.35, 1.2, 'less');
bar('start-up over node -e 0: a run of one second', second / nothing, 1.9, 1.6, 'less');

if (flags.has('--write')) writePage();
const bad = rows.filter((row) => (floor ? !row.floorMet : !row.met));
if (bad.length > 0) {
  console.log(
    `\n${bad.length} below ${floor ? 'half of the bar' : 'the bar'}: ${bad.map((row) => row.what).join('; ')}`,
  );
  process.exitCode = 1;
}

function writePage() {
  const page = join(root, 'docs', 'PERFORMANCE.md');
  const text = readFileSync(page, 'utf8');
  const lines = rows.map(
    (row) =>
      `| ${row.what} | ${format(row.value)}${row.unit} | ${row.better === 'more' ? '≥' : '≤'} ${format(row.must)} | ${format(row.aim)} |`,
  );
  const holds = sizes.map(
    (n, k) => `| ${n} | ${nsOf(2 * k).toFixed(0)} | ${nsOf(2 * k + 1).toFixed(0)} |`,
  );
  const table = [
    '<!-- bench:begin -->',
    `Node ${process.version}, ${cpus()[0].model}, ${cpus().length} cores. CPU time, programs in turns, median of ${repetitions}.`,
    '',
    '| what | measured | must | aim |',
    '|---|---:|---:|---:|',
    ...lines,
    '',
    '| pending | heap of objects, ns | event queue, ns |',
    '|---:|---:|---:|',
    ...holds,
    '<!-- bench:end -->',
  ].join('\n');
  writeFileSync(page, text.replace(/<!-- bench:begin -->[\s\S]*<!-- bench:end -->/, table));
}
