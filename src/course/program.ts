/**
 * A submission in another language: a program that speaks Maelstrom's protocol in lock-step, beside
 * a stub that was left as it was.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, sep } from 'node:path';
import { programSystem } from '../scenarios/host/program/program-kind.ts';
import type { Message, NodeId } from '../sim/node.ts';
import type { AnySystem } from '../sim/system.ts';
import type { Exercise } from './exercise.ts';
import { canIsolate, INSIDE, isolating } from './isolation.ts';
import type { SubmittedProgram } from './job.ts';
import { whyNotRead } from './own-files.ts';
import type { CurrentTraffic } from './sandbox/system.ts';

export interface ReadProgram extends SubmittedProgram {
  /** All files of its language, in folders of it too. Absolute. */
  readonly files: readonly string[];
  /** What `exec:` takes to run it in a scenario of the folder. */
  readonly exec: readonly string[];
}

interface Language {
  /** The words that start it in a folder; `names` are files in there. Throws what it fails with. */
  start(
    file: string,
    names: readonly string[],
    folder: string,
  ): { readonly words: readonly string[]; readonly folder?: string };
  exec(file: string, names: readonly string[]): readonly string[];
}

const languages = new Map<string, Language>([
  [
    '.py',
    {
      // The interpreter itself, and not a launcher in front of it.
      start: (file) => ({
        words: [output('python3', '-Ic', 'import sys; print(sys.executable)'), '-B', file],
      }),
      exec: (file) => ['python3', file],
    },
  ],
  ['.rb', { start: (file) => ({ words: ['ruby', file] }), exec: (file) => ['ruby', file] }],
  [
    '.go',
    {
      start: (_file, names, folder) => built(names, folder),
      exec: (_file, names) => ['go', 'run', ...names],
    },
  ],
]);

/** This file of a folder as it is in the exercise's. */
export function isAsHandedOut(file: string, folder: string, original: string): boolean {
  const own = join(folder, file);
  if (whyNotRead(own, folder) !== null) return false;
  return readFileSync(own).equals(readFileSync(join(original, file)));
}

/** `node.py` beside `node.ts`; null: there is none. A text says why it cannot be graded. */
export function programIn(
  { folder: original, submission }: Pick<Exercise, 'folder' | 'submission'>,
  folder: string,
): ReadProgram | string | null {
  const stem = submission.file.slice(0, -extname(submission.file).length);
  const found = [...languages.keys()].filter((end) => existsSync(join(folder, `${stem}${end}`)));
  const [end] = found;
  if (end === undefined) return null;
  const own = join(folder, submission.file);
  const all = [
    ...(!existsSync(own) || isAsHandedOut(submission.file, folder, original)
      ? []
      : [submission.file]),
    ...found.map((each) => `${stem}${each}`),
  ];
  if (all.length > 1) return `there are ${all.join(' and ')}: delete all but one`;
  const language = languages.get(end);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => extname(name) === end && !/(^|[\\/])node_modules[\\/]/.test(name))
    .sort((a, b) => (a < b ? -1 : 1));
  for (const name of names) {
    const why = whyNotRead(join(folder, name), folder);
    if (why !== null) return `${name} is not read: ${why}`;
  }
  const files = names.map((name) => join(folder, name));
  const file = `${stem}${end}`;
  try {
    const beside = names.filter((name) => !name.includes(sep));
    const started = language?.start(file, beside, folder) ?? { words: [] };
    const exec = language?.exec(file, beside) ?? [];
    return { file, folder, ...started, isIsolated: canIsolate(folder), files, exec };
  } catch (error) {
    return `${file} cannot be started: ${(error as Error).message.trim()}`;
  }
}

function output(command: string, ...words: readonly string[]): string {
  return execFileSync(command, words, { encoding: 'utf8' }).trim();
}

/** Nothing is fetched, and no C is compiled: that would run before anything is isolated. */
const GO_ENV = {
  CGO_ENABLED: '0',
  GOPROXY: 'off',
  GOTOOLCHAIN: 'local',
  GOWORK: 'off',
  GO111MODULE: 'off',
};

function built(names: readonly string[], cwd: string) {
  const folder = mkdtempSync(join(tmpdir(), 'dsim-go-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { status, stderr, error } = spawnSync(
    'go',
    ['build', '-o', join(folder, 'node'), ...names],
    { cwd, encoding: 'utf8', env: { ...process.env, ...GO_ENV } },
  );
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.split('\n').slice(0, 4).join(' '));
  return { words: ['./node'], folder };
}

/** The program as a kind of node; what it sends and gets is counted. */
export function submittedSystem(program: SubmittedProgram, traffic: CurrentTraffic): AnySystem {
  const { file, words, folder, isIsolated } = program;
  const tap = {
    received: (node: NodeId, from: NodeId, message: Message) =>
      traffic().received(node, from, message as { readonly id?: unknown }),
    sent(node: NodeId, to: NodeId, message: Message) {
      const counts = traffic();
      counts.sent(node, to, JSON.stringify(message), 1);
      if (counts.spent !== null) throw new RangeError(`the budget of ${counts.spent} is used up`);
    },
  };
  const confined = isIsolated ? isolating(folder) : [];
  return programSystem({ words, shown: file, folder, confined, tap });
}

/** The words of a program without the folder that it was run in. */
export function withoutFolder(text: string, { folder }: SubmittedProgram): string {
  return text.replaceAll(`${folder}/`, '').replaceAll(`${INSIDE}/`, '');
}
