/**
 * `kind: { exec: [python3, raft.py] }`: a program that speaks Maelstrom's protocol, in any
 * language, as a kind of node.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { defineParams } from '../../../sim/params.ts';
import { type AnySystem, defineSystem, type System } from '../../../sim/system.ts';
import type { OwnKindRefusal, ProgramKind } from '../../sections/catalogue.ts';
import { quote } from '../../text/diagnostic.ts';
import { topologies } from './dialect.ts';
import { type Program, ProgramGroup } from './program-group.ts';
import { ProgramNode } from './program-node.ts';

export const programParams = defineParams({
  topology: {
    type: 'choice',
    options: topologies,
    default: 'grid',
    doc: 'Who is whose neighbour: what the message `topology` says before the first `broadcast`.',
  },
  pace: {
    type: 'choice',
    options: ['auto', 'lock-step', 'real-time'],
    default: 'auto',
    doc: '`lock-step`: virtual time stands still until the program is at rest. `real-time`: a second of the run lasts a second at least, for programs that use timers. `auto`: in lock-step, but in real time if the program polls, which is seen when it boots.',
  },
  watchdog: {
    type: 'duration',
    default: 10_000,
    min: 1,
    doc: 'In lock-step: how long a program may work on one message, in host time. One that takes longer is ended, and the run with it. Time in which it waits for a processor does not count.',
  },
});

export interface ProgramOptions {
  /** What relative names of scenarios are relative to. */
  readonly cwd: string;
  /** Hears of every file that is a word of the command. */
  readonly onFile: (path: string) => void;
}

/** The system, or why it cannot be one. */
export function programKind(
  kind: ProgramKind,
  { cwd, onFile }: ProgramOptions,
): AnySystem | OwnKindRefusal {
  if (process.platform === 'win32') return refuse('Windows has no named pipes');
  const { words } = kind;
  const folder = dirname(resolve(cwd, kind.spot.file.name));
  const [command = ''] = words;
  if (!isCommand(command, folder)) {
    return refuse(
      `there is no program ${quote(command)}`,
      command.includes('/')
        ? `it is looked for in ${folder}, and must be executable`
        : 'it is looked for in the folders of PATH; a program of your own is named by `./program`',
    );
  }
  for (const word of words) {
    const path = resolve(folder, word);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) onFile(path);
  }
  return programSystem({ words, shown: words.join(' '), folder });
}

/** A program as a kind of node. */
export function programSystem(program: Program): System<typeof programParams> {
  const group = new ProgramGroup(program);
  return defineSystem({
    name: program.shown,
    title: program.shown,
    summary: "A program that speaks Maelstrom's protocol.",
    sources: ['jepsen-io/maelstrom, doc/protocol.md'],
    answers: 'anything',
    claims: [],
    params: programParams,
    bugs: {},
    invariants: [],
    notes: 'any',
    release: () => group.forget(),
    create: (given, place) => new ProgramNode(group, place, given),
  }) as System<typeof programParams>;
}

function isCommand(command: string, folder: string): boolean {
  if (command.includes('/')) return isExecutable(resolve(folder, command));
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((path) => path !== '' && isExecutable(join(path, command)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return existsSync(path);
  } catch {
    return false;
  }
}

function refuse(reason: string, ...help: readonly string[]): OwnKindRefusal {
  return { reason, mistakes: [], help };
}
