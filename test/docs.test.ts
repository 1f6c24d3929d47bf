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
 * Commands run in this process, where the engine is warm: more than a hundred. In one of their own,
 * as a user runs them: the first line of README.md for each command that test/cli/process.test.ts
 * does not start, what needs a shell, and what starts a browser.
 */
const PLAIN = /^npx dsim (?!open\b)[\w ./:=,%[\]()'-]+$/;
const firstOfReadme = commandsOf('README.md').filter((line, at, all) => {
  const command = line.split(' ')[2];
  const isStarted = command === 'test' || command === 'verify';
  return !isStarted && all.findIndex((other) => other.split(' ')[2] === command) === at;
});

function wordsOf(document: string, line: string, command: string): readonly string[] | null {
  const isFirst = document === 'README.md' && firstOfReadme.includes(line);
  if (isFirst || !PLAIN.test(command)) return null;
  const words = command.match(/'[^']*'|\S+/g) ?? [];
  return words.slice(2).map((word) => word.replaceAll("'", ''));
}

/** Without its fault, a second is enough to be equal. */
const EQUAL = "--times 2 --set duration=1s --set faults=[] --set 'expect=[linearizable]'";

/**
 * Two seeds for many, one of many programs, a short run where its length shows no more, and one
 * test of an exercise that was graded whole: all that they say is in the long suite.
 */
function inTime(command: string): string {
  if (isLong) return command;
  return command
    .replace(/--seeds 1\.\.\d+/, '--seeds 1..2')
    .replace('test examples/maelstrom', 'test examples/maelstrom --filter echo --set duration=1s')
    .replace('verify partition', `verify partition ${EQUAL}`)
    .replace(/ grade 01-echo (?=--f)/, '$&--test answered ')
    .replace(
      / run \S*partition\S* (?!--without$|--seeds \S+(?: -o \S+)?$).*/,
      '$& --set duration=12s',
    );
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

/** Blocks under `<!-- lines: … -->` show some whole lines of what a command prints, in order. */
const pictures = documents.flatMap((document) => {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/<!-- lines: npx dsim (.+) -->\n```\n([\s\S]*?)```/g)].map(
    ([, args = '', shown = '']) => ({ document, args, shown }),
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
  const tested = document === 'README.md' ? null : TESTED.exec(written);
  const command = inTime(written);
  if (tested !== null) {
    expect([existsSync(join(root, written.split(' ')[3] ?? '')), code]).toEqual([
      true,
      tested[1] === undefined ? 0 : 1,
    ]);
    return;
  }
  expect(existsSync(folder)).toBe(true);
  const words = wordsOf(document, line, command);
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

/** What a command prints in 80 columns, and its code; of README.md in a process of its own. */
async function printed(document: string, args: string) {
  if (document !== 'README.md') {
    const { out, code } = await dsimIn(folder, args.split(' '));
    return { stdout: out, status: code };
  }
  return spawnSync('bash', ['-c', `'${process.execPath}' '${bin}' ${args}`], {
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
}

test.each(outputs)('$document shows what dsim $args prints', async (output) => {
  const { document, args, shown, block } = output;
  // As the first run in a folder: one that was kept before would lengthen the name of this one.
  rmSync(join(folder, '.dsim'), { recursive: true, force: true });
  const { stdout, status } = await printed(document, args);
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

test('the manuals of kinds have pictures', () => {
  expect(pictures.length).toBeGreaterThan(15);
});

test.runIf(isLong).each(pictures)('$document has lines that dsim $args prints', async (picture) => {
  const printedLines = (await dsimIn(folder, picture.args.split(' '))).out.split('\n');
  for (const line of picture.shown.trimEnd().split('\n')) {
    expect(printedLines).toContain(line);
    printedLines.splice(0, printedLines.indexOf(line) + 1);
  }
});
