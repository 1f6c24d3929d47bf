/**
 * `npm run new`: the folder that it makes is a system of its own, complete, in the house's shape,
 * listed, and it passes: types, its own test, and the conformance suite.
 */

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { loadItems } from '../scripts/lists.ts';
import { main, newSystem } from '../scripts/new.ts';
import { times } from './support/long.ts';
import { badImports } from './tidy/layers.ts';
import { bannedWords, defaultExport, docComment, fileName, lineLength } from './tidy/rules.ts';

const root = resolve(import.meta.dirname, '..');
const copy = mkdtempSync(join(tmpdir(), 'dsim-new-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** What is copied of `src/`: everything but the systems and the tests. */
function isCopied(path: string): boolean {
  const [, area = '', family, name] = relative(root, path).split('/');
  if (path.endsWith('.test.ts')) return path.includes('_template');
  return area !== 'nodes' || name === undefined || family === '_template' || family === 'parts';
}

cpSync(join(root, 'src'), join(copy, 'src'), { recursive: true, filter: isCopied });
for (const file of [
  'package.json',
  'tsconfig.json',
  'biome.jsonc',
  '.gitignore',
  'vitest.config.ts',
  'scripts/compile-sources.mjs',
  'test/support/stage.ts',
  'test/conformance.test.ts',
]) {
  cpSync(join(root, file), join(copy, file));
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

const text = (path: string) => readFileSync(join(copy, path), 'utf8');

/**
 * In both forms: registers, requests, and an interface that no workload asks yet. One more is
 * in the long suite: the conformance suite wants five.
 */
const made = (
  [
    ['data/quorum-register', 'handlers', 'register', 'Quorum register'],
    ['edge/gateway', 'flows', 'request', undefined],
    ['transactions/chains', 'flows', 'saga', undefined],
    ['caching/lru-cache', 'flows', 'register', 'LRU cache'],
    ['traffic/front-door', 'handlers', 'request', undefined],
    ['membership/roster', 'handlers', 'members', undefined],
  ] as const
).slice(0, times(5, 6));

const rules = [badImports, bannedWords, defaultExport, docComment, fileName, lineLength];

describe('a new system', () => {
  test.each(made)('%s as %s that answers %s', async (place, as, answers, title) => {
    const asks = (await loadItems(copy)).workloads.map(({ name }) => name);
    const files = await newSystem(copy, {
      place,
      as,
      answers,
      ...(title === undefined ? {} : { title }),
    });
    const folder = `src/nodes/${place}`;
    const name = place.split('/')[1] ?? '';
    const own = ['README.md', 'answers.ts', 'example.yaml', 'index.ts'].concat(
      `${name}.test.ts`,
      `${name}.ts`,
    );
    expect(readdirSync(join(copy, folder)).sort()).toEqual([...own].sort());
    const workload = asks.includes(answers) ? [] : [`src/workloads/${answers}.ts`];
    const paths = [...own.map((file) => `${folder}/${file}`), ...workload];
    expect(files).toEqual(expect.arrayContaining([...paths, 'src/nodes/index.ts']));

    // Under its own names, and nothing of the template's is left.
    expect(text('src/nodes/index.ts')).toContain(
      `['${name}', { family: '${place.split('/')[0]}', `,
    );
    const shown = title ?? { 'front-door': 'Front door', gateway: 'Gateway' }[name] ?? name;
    expect(text(`${folder}/index.ts`).toLowerCase()).toContain(`title: '${shown.toLowerCase()}',`);
    if (title !== undefined) expect(text(`${folder}/README.md`)).toMatch(`# ${title}\n`);
    expect(text(`${folder}/example.yaml`)).toContain(`{ kind: ${name}, `);
    expect(text(`${folder}/README.md`)).toContain(`dsim run ${folder}/example.yaml`);
    for (const path of paths) {
      expect(text(path), path).not.toMatch(/template|only register|\/\/ (else|end)\b/i);
      expect(
        rules.flatMap((rule) => rule({ path, text: text(path) })),
        path,
      ).toEqual([]);
    }
  });

  test('each of them has all that it needs, and passes', { timeout: 120_000 }, () => {
    // Under CI the configuration names a report of its own.
    const { CI: _ci, ...env } = process.env;
    const run = (...argv: string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
        cwd: copy,
        encoding: 'utf8',
        env,
      });
      return { status, output: status === 0 ? '' : stdout + stderr };
    };
    const passed = { status: 0, output: '' };
    // They and the lists, with all that they use: the rest is as it was.
    const include = ['src/nodes', 'src/workloads'];
    const types = { extends: './tsconfig.json', include };
    writeFileSync(join(copy, 'tsconfig.new.json'), JSON.stringify(types));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(run(tsc, '-p', 'tsconfig.new.json')).toEqual(passed);
    const lint = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const folders = made.map(([place]) => `src/nodes/${place}`);
    expect(run(lint, 'check', '--error-on-warnings', ...folders, 'src/workloads')).toEqual(passed);
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const report = join(copy, 'report.json');
    const reporter = ['--reporter=json', `--outputFile=${report}`];
    // One worker: the second would read all modules once more, for a few short tests.
    const options = ['--maxWorkers=1', ...reporter];
    const tested = run(vitest, 'run', ...options, ...folders, 'test/conformance.test.ts');
    expect(tested.output).toBe('');
    const { testResults, numPassedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
    expect(testResults).toHaveLength(made.length + 1);
    expect(numPassedTests).toBe(numTotalTests);
    // Of conformance alone each has ten.
    expect(numTotalTests).toBeGreaterThan(10 * made.length);
  });
});

test.each([
  ['', 'not a family and a system: (nothing)'],
  ['raft', 'not a family and a system: raft'],
  ['data/raft/extra', 'not a family and a system: data/raft/extra'],
  ['trafic/raft', 'there is no family trafic; did you mean traffic?'],
  ['nothing-like-it/raft', /^there is no family nothing-like-it; there are time, consensus, /],
  ['data/Raft', 'Raft is not in kebab-case, as in load-balancer'],
  ['data/..', '.. is not in kebab-case, as in load-balancer'],
  ['batch/quorum-register', 'src/nodes/data/quorum-register exists'],
])('%j is refused', async (place, why) => {
  expect(await newSystem(copy, { place })).toEqual(
    typeof why === 'string' ? why : expect.stringMatching(why),
  );
  expect(existsSync(join(copy, 'src/nodes/batch'))).toBe(false);
});

test('another form and another interface are refused, with the nearest name', async () => {
  const place = 'batch/sorter';
  expect(await newSystem(copy, { place, as: 'flow' })).toBe(
    'there is no way to write it flow; did you mean flows?',
  );
  expect(await newSystem(copy, { place, answers: 'registers' })).toBe(
    'there is no interface registers; did you mean register?',
  );
  expect(existsSync(join(copy, 'src/nodes/batch'))).toBe(false);
});

test('wrong use is refused, with the usage, and nothing is made', async () => {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  expect(await main(copy, ['batch/sorter', '--as'])).toBe(2);
  expect(await main(copy, ['batch/sorter', 'batch/other'])).toBe(2);
  expect(written.mock.calls.map(([line]) => String(line).split('\n')[0])).toEqual([
    expect.stringContaining("'--as <value>' argument missing"),
    'one at a time: batch/sorter batch/other',
  ]);
  written.mockRestore();
  expect(existsSync(join(copy, 'src/nodes/batch'))).toBe(false);
});
