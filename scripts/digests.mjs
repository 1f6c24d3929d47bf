/**
 * Prints the digests of the gallery over a few seeds, one line each, and of grades and a page: the
 * same bytes on every Node, or determinism is broken. The lines come in the order of the gallery.
 * As many processes of the Node that runs this script as there are cores share the scenarios: a
 * process for each run took four times as long, and most of that was starting.
 */
import { execFile, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';

const script = fileURLToPath(import.meta.url);
const root = join(dirname(script), '..');
const seeds = ['1', '42', '9007199254740991'];
const scenarios = readdirSync(join(root, 'scenarios'))
  .filter((file) => file.endsWith('.yaml'))
  .toSorted();

/** Runs this Node, and gives what it wrote to stdout. */
function node(args, env = {}) {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      args,
      { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        if (error === null && stderr === '') resolve(stdout);
        else reject(new Error(`node ${args.join(' ')} ended with ${error?.code ?? 0}: ${stderr}`));
      },
    );
  });
}

/** The lines of a scenario, by its place in the gallery. */
async function linesOf(at) {
  const [{ simulate }, { loadScenario }] = await Promise.all([
    import('../dist/index.js'),
    import('../dist/host.js'),
  ]);
  const file = scenarios[at];
  const lines = [];
  for (const seed of seeds) {
    const read = await loadScenario(join('scenarios', file), { cwd: root, seed });
    const { digests, state } = simulate(read, { strict: true });
    lines.push(`${file} ${seed} ${state} ${Object.values(digests).join(' ')}`);
  }
  return lines;
}

// A grade is the same file too, of solutions that win and of some that lose.
const grades = [
  ['01-echo/.solution', '01-echo'],
  ['02-ids/.solution', '02-ids', '--jobs', '1'],
  ['02-ids/.solution', '02-ids', '--jobs', '8'],
  ['04-counter', '03-gossip'],
  ['04-counter/.solution', '03-gossip'],
  ['10-quorum/.solution', '04-counter'],
  ['N10-dial/.solution', 'N10-dial'],
];

async function lineOfGrade([folder, exercise, ...more]) {
  const args = ['grade', join('course', folder), '--exercise', exercise, '--format', 'dsim'];
  const env = { DSIM_GRADE_KEY: 'of the digests' };
  const stdout = await node([join(root, 'bin', 'dsim.js'), ...args, ...more], env);
  const { points } = JSON.parse(stdout);
  const digest = createHash('sha256').update(stdout).digest('hex').slice(0, 32);
  return `grade ${exercise} ${folder} ${points} ${digest}`;
}

/** The page of a run: what it carries, unpacked, and its text; how well it packs is Node's. */
async function lineOfPage() {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-digests-'));
  const file = join(folder, 'run.html');
  try {
    const run = ['run', 'scenarios/partition.yaml', '--no-keep', '-q', '-o', file];
    await node([join(root, 'bin', 'dsim.js'), ...run]);
    const html = readFileSync(file, 'latin1');
    const blobs = [...html.matchAll(/<script type="application\/octet-stream" id="\w+">([^<]*)</g)];
    const unpacked = blobs.map(([, base64]) => inflateRawSync(Buffer.from(base64, 'base64')));
    const hash = (of) => createHash('sha256').update(of).digest('hex').slice(0, 32);
    const rest = blobs.reduce((page, [, base64]) => page.replace(base64, ''), html);
    return `page ${blobs.length} ${hash(Buffer.concat(unpacked))} ${hash(rest)}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One of the processes: hears places in the gallery, and answers each with its lines. */
if (process.send !== undefined) {
  process.on('message', async (at) => process.send([at, await linesOf(at)]));
} else {
  const lines = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: availableParallelism() }, () => {
      const worker = fork(script);
      return new Promise((resolve, reject) => {
        const go = () => (next < scenarios.length ? worker.send(next++) : worker.disconnect());
        worker.on('message', ([at, found]) => {
          lines[at] = found;
          go();
        });
        worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ended: ${code}`))));
        go();
      });
    }),
  );
  console.log(lines.flat().join('\n'));
  for (const grade of grades) console.log(await lineOfGrade(grade));
  console.log(await lineOfPage());
}
