/**
 * npm run test:long: searches thousands of seeds, more than every test run can afford, and writes
 * what came out to docs/FACTS.md, with a hash of the code that was searched. `test/facts.test.ts`
 * compares that hash, so that the page cannot speak of code that is gone.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The search as one program, without comments and layout, and its hash. */
export async function searchProgram() {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test', 'raft', 'search.ts')],
    absWorkingDir: root,
    bundle: true,
    write: false,
    minifyWhitespace: true,
    platform: 'node',
    format: 'cjs',
    external: ['seedrandom'],
    logLevel: 'error',
  });
  const text = outputFiles[0].text;
  return { text, hash: createHash('sha256').update(text).digest('hex').slice(0, 16) };
}

/** Profile, bug or null, seeds. */
const searches = [
  ['full', null, 2000],
  ['beyond', null, 500],
  ['figure-8', null, 500],
  ['power-cuts', null, 500],
  ['split-votes', null, 500],
  ['echoes', null, 500],
  ['slow-disks', null, 500],
  ['split-votes', 'vote-twice', 300],
  ['figure-8', 'commit-old-term', 300],
  ['power-cuts', 'ack-before-durable', 300],
  ['full', 'no-log-check', 300],
  ['full', 'truncate-always', 300],
  ['full', 'local-reads', 300],
  ['full', 'no-dedup', 300],
  ['echoes', 'match-is-sent', 300],
  ['slow-disks', 'ack-before-durable', 300],
];

async function main() {
  const { text, hash } = await searchProgram();
  const file = join(root, 'dist', 'search.cjs');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const { trySeed } = createRequire(import.meta.url)(file);
  const felt = new Map();
  const rows = searches.map(([profile, bug, seeds]) => {
    let [violated, unknown, busy, stuck, first, operations] = [0, 0, 0, 0, null, 0];
    for (let seed = 1; seed <= seeds; seed++) {
      const outcome = trySeed({ seed: String(seed), profile, bug });
      operations += outcome.acknowledged;
      if (outcome.unknown) unknown++;
      // A run that broke was stopped, and had no time to settle.
      if (!outcome.live && outcome.violation === null) stuck++;
      if (profile === 'full' && bug === null) {
        for (const kind of outcome.felt) felt.set(kind, (felt.get(kind) ?? 0) + 1);
      }
      if (profile !== 'beyond' && outcome.beyond.length > 0) {
        throw new Error(`seed ${seed} of ${profile} went beyond its budget: ${outcome.beyond[0]}`);
      }
      if (outcome.acknowledged >= 200 && outcome.leaders >= 3) busy++;
      if (outcome.violation !== null) {
        violated++;
        first ??= seed;
      }
    }
    const share = ((100 * busy) / seeds).toFixed(1);
    const row = `| ${profile} | ${bug ?? 'none'} | ${seeds} | ${violated} | ${first ?? '–'} | ${unknown} | ${stuck} | ${share}% | ${operations} |`;
    console.log(row);
    return row;
  });
  writeFileSync(join(root, 'docs', 'FACTS.md'), page(hash, rows, felt, searches[0][2]));
}

/** The kinds of faults by name, with the share of the seeds in which each touched something. */
function feltRows(felt, seeds) {
  const kinds = [...felt].sort(([a], [b]) => (a < b ? -1 : 1));
  return kinds.map(([kind, count]) => `| ${kind} | ${((100 * count) / seeds).toFixed(1)}% |`);
}

function page(hash, rows, felt, seeds) {
  return `# Facts

What searches over thousands of seeds have found, by \`npm run test:long\`. The table speaks of the code whose bundle has the hash
\`${hash}\`; a test holds that it is this code.

## Raft under random faults

Five nodes, five clients, twenty simulated seconds a seed. A violation is a broken invariant (election safety, log matching,
leader completeness, state machine safety; after every event), a history that is not linearizable, a promise that a server
takes back by an older term, or one that dies of its own disk. *Busy* seeds have at
least 200 acknowledged operations and three elections won; *stuck* ones have a client without an answer soon after everything
was healed. \`full\` is the nemesis of scenarios within its budget (at most two of five members down or cut off, no disk lost),
each seed a swarm of its own; \`beyond\` loses the disks of more members than that, which Raft never claimed to survive. All
profiles are those of \`test/support/nemesis.ts\`.

| faults | bug | seeds | violated | first | unknown | stuck | busy | acknowledged |
|---|---|---:|---:|---:|---:|---:|---:|---:|
${rows.join('\n')}

## Kinds of faults that were felt

The share of the seeds of \`full\` in which a kind of fault touched something; half of the kinds are in each swarm.

| kind | felt |
|---|---:|
${feltRows(felt, seeds).join('\n')}
`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
