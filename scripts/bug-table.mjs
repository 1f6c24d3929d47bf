/**
 * Part of npm run test:long: searches for every `bug:` of the kinds that agree on something, from
 * seed 1 on, prints which seed shows it first, and writes docs/BUGS.md. `test/bug-table.test.ts`
 * compares that page with the seeds that the tests keep. With names of kinds it prints their rows
 * only.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

async function search() {
  const file = join(root, 'dist', 'bug-table.cjs');
  mkdirSync(dirname(file), { recursive: true });
  await build({
    entryPoints: [join(root, 'test', 'bug-table.ts')],
    absWorkingDir: root,
    bundle: true,
    outfile: file,
    platform: 'node',
    format: 'cjs',
    external: ['seedrandom'],
    logLevel: 'error',
  });
  return createRequire(import.meta.url)(file);
}

/** The name of what broke: an invariant, a property, or the history for a story of operations. */
function brokenIn(violation) {
  const [, invariant] = /^invariant: ([\w-]+)/.exec(violation) ?? [];
  const [, property] = /^([a-z][\w -]*): /.exec(violation) ?? [];
  return invariant ?? property ?? 'history';
}

function rowOf({ kind, bug, caughtBy, first }) {
  const found = first === null ? '– | –' : `${first.seed} | ${brokenIn(first.violation)}`;
  return `| ${kind} | ${bug} | ${caughtBy} | ${found} |`;
}

function page(rows, within) {
  return `# Bugs and the seeds that show them

Each kind below can make famous mistakes on purpose (\`bug:\`; the story of each is in its README). A search looks for every one
in a hostile world: faults, power cuts over slow disks, leaders that are harassed, strikes at delicate moments, operators that
change the members, clients that retry. Each kind has one configuration for all of its bugs, and a seed draws the rest. Of ${within}
seeds the first that shows a bug is here, and what broke there first. An operation that no order explains, or that saw the
past, is a broken history. Without a bug nothing breaks on any of thousands of seeds. Bugs that only stop a group (caught by
\`live\`) are shown by tests of their own.

\`node scripts/bug-table.mjs\` makes this page, and \`npm run test:long\` runs it.

| kind | bug | caught by | first seed | broke first |
|---|---|---|---:|---|
${rows.join('\n')}
`;
}

const { searchedBugs, searched, WITHIN } = await search();
const kinds = process.argv.slice(2);
const rows = [];
for (const known of searchedBugs) {
  if (kinds.length > 0 && !kinds.includes(known.kind)) continue;
  const row = rowOf(searched(known));
  console.log(row);
  rows.push(row);
}
if (kinds.length === 0) writeFileSync(join(root, 'docs', 'BUGS.md'), page(rows, WITHIN));
