// Every command in the documents runs, and ends as its line says: `# exits 1` behind a command, else 0.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dsimIn } from './cli/dsim-in.ts';
import { isLong } from './support/long.ts';

const root = resolve(import.meta.dirname, '..');
const bin = join(root, 'bin', 'dsim.js');
/** Commands write files: they run in a copy of what they read. */
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dsim-docs-'));
  for (const part of ['scenarios', 'examples', 'src/nodes', 'schema']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  mkdirSync(join(folder, 'commands'));
  symlinkSync(bin, join(folder, 'commands', 'dsim'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
  ...readdirSync(join(root, 'src', 'nodes'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('README.md') && !file.includes('_template'))
    .map((file) => `src/nodes/${file}`),
];

/** The lines of the fenced shell blocks of a document. */
function commandsOf(document: string): string[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .flatMap((match) => (match[1] ?? '').split('\n'))
    .filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

const lines = documents.flatMap((document) =>
  commandsOf(document).map((line) => [document, line] as const),
);
const ours = lines.filter(([, line]) => line.startsWith('npx dsim '));

test('the documents have commands, and no other than npx dsim and npm', () => {
  expect(ours.length).toBeGreaterThan(10);
  const scripts = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts);
  for (const [document, line] of lines) {
    if (line.startsWith('npx dsim ')) continue;
    for (const part of line.replace(/\s+#.*/, '').split(' && ')) {
      const script = /^npm (?:run )?([\w:-]+)/.exec(part)?.[1] ?? '';
      const known = ['ci', 'install', ...scripts].includes(script) || part.startsWith('npx dsim ');
      expect([document, part, known]).toEqual([document, part, true]);
    }
  }
});

test.each([
  ['WRITING_A_NODE.md', 9],
  ['CHECK.md', 1],
  ['TESTING.md', 2],
])('the code in %s is that of the examples', (document, least) => {
  const text = readFileSync(join(root, 'docs', document), 'utf8');
  const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.m?[jt]s$/.test(file))
    .map((file) => readFileSync(join(root, 'examples', file), 'utf8'));
  const blocks = [...text.matchAll(/^```[jt]s\n([\s\S]*?)^```/gm)].map((match) => match[1] ?? '');
  expect(blocks.length).toBeGreaterThanOrEqual(least);
  expect(blocks.filter((block) => !examples.some((code) => code.includes(block)))).toEqual([]);
});

/**
 * A run of a scenario of the gallery, of the example of a system, or of a program, as it is: the
 * tests of the gallery, of the systems and of programs run just this, and say how it ends.
 */
const TESTED =
  /^npx dsim run (?:scenarios\/[\w-]+\.yaml( --without)?|src\/nodes\/[\w-]+\/[\w-]+\/example\.yaml|examples\/maelstrom\/[\w-]+\.yaml)$/;

/**
 * Commands that need nothing of a process of their own run in this one, where the engine is warm:
 * more than a hundred. Those of README.md run as a user runs them, and so does what starts
 * programs, writes a page, or needs a shell.
 */
const PLAIN = /^npx dsim (?:check|run|list|explain|lint|init|replay) [\w ./:=,%-]+$/;
const OF_A_PROCESS = /examples\/maelstrom|\.html|\.ts\b/;

function wordsOf(document: string, command: string): readonly string[] | null {
  const isOfSystem = document.startsWith('src/nodes/') && /^npx dsim [\w ./:=,%-]+$/.test(command);
  const isPlain = document.startsWith('docs/') && PLAIN.test(command);
  const isHere = isOfSystem || (isPlain && !OF_A_PROCESS.test(command));
  return isHere ? command.split(/\s+/).slice(2) : null;
}

/**
 * Two seeds for many, one of many programs, and a short run to be verified: all that they say is in
 * the long suite.
 */
function inTime(command: string): string {
  if (isLong) return command;
  return command
    .replace(/--seeds 1\.\.\d+/, '--seeds 1..2')
    .replace('test examples/maelstrom', 'test examples/maelstrom --filter echo')
    .replace('verify partition', 'verify partition --times 2 --set duration=12s');
}

/** A line without its remark, and the exit code that the remark tells. */
function partsOf(line: string): readonly [command: string, code: number] {
  const [command = '', remark = ''] = line.split(/\s+#\s*/);
  return [command, Number(/exits (\d+)/.exec(remark)?.[1] ?? 0)];
}

/** Blocks under `<!-- output: … -->` show what a command prints. DSIM_UPDATE_DOCS=1 writes them anew. */
const outputs = documents.flatMap((document) => {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/<!-- output: npx dsim (.+) -->\n```\n([\s\S]*?)```/g)].map(
    ([block, args = '', shown = '']) => ({ document, args, shown, block }),
  );
});

/** Commands whose output is shown run once, for that, and end there as their lines say. */
const shownCodes = new Map(
  ours.map(([, line]) => partsOf(line)).map(([command, code]) => [command, code] as const),
);
const runs = ours.filter(([, line]) => {
  const [command] = partsOf(line);
  return !outputs.some(({ args }) => command === `npx dsim ${args}`);
});

test.each(runs)('%s: %s', async (document, line) => {
  const [written, code] = partsOf(line);
  const command = inTime(written);
  const tested = document === 'README.md' ? null : TESTED.exec(command);
  if (tested !== null) {
    expect([existsSync(join(root, command.split(' ')[3] ?? '')), code]).toEqual([
      true,
      tested[1] === undefined ? 0 : 1,
    ]);
    return;
  }
  expect(existsSync(folder)).toBe(true);
  const words = wordsOf(document, command);
  if (words !== null) {
    const ended = await dsimIn(folder, words);
    expect([ended.code, ended.code === code ? '' : ended.err]).toEqual([code, '']);
    return;
  }
  const script = command.replace(/\bnpx dsim\b/g, `'${process.execPath}' '${bin}'`);
  const { status, stderr } = spawnSync('bash', ['-c', script], {
    cwd: folder,
    encoding: 'utf8',
    input: '',
    maxBuffer: 1 << 28,
  });
  expect([status, status === code ? '' : stderr]).toEqual([code, '']);
});

test('the README shows a run', () => {
  expect(outputs.map(({ document }) => document)).toContain('README.md');
});

test.each(outputs)('$document shows what dsim $args prints', ({ document, args, shown, block }) => {
  // As the first run in a folder: one that was kept before would lengthen the name of this one.
  rmSync(join(folder, '.dsim'), { recursive: true, force: true });
  const { stdout, status } = spawnSync('bash', ['-c', `'${process.execPath}' '${bin}' ${args}`], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      // As where dsim is installed for all folders: what it prints for pasting begins with its name.
      PATH: `${join(folder, 'commands')}:${process.env['PATH']}`,
      NO_COLOR: '1',
      FORCE_COLOR: '0',
      COLUMNS: '80',
      LANG: 'C.UTF-8',
    },
  });
  if (process.env['DSIM_UPDATE_DOCS'] === '1') {
    const file = join(root, document);
    const anew = block.replace(/```\n[\s\S]*?```/, () => `\`\`\`\n${stdout}\`\`\``);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(block, () => anew),
    );
  } else expect(shown).toBe(stdout);
  const code = shownCodes.get(`npx dsim ${args}`);
  if (code !== undefined) expect(status).toBe(code);
});
