/**
 * What a report needs besides the result: how the run was asked for, so that its last line can ask
 * again.
 */

import { shellWord } from '../sim/visible-text.ts';

export interface RunContext {
  /** How a shell starts this dsim: `node bin/dsim.js`. Words for a shell, quoted where needed. */
  readonly dsim: string;
  /** dsim's own version. */
  readonly version: string;
  /** The scenario as the user named it. */
  readonly file: string;
  /** `--set`, each `path=value`. */
  readonly sets: readonly string[];
  readonly without: boolean;
  /** `--max-events`; null without. */
  readonly maxEvents: number | null;
  /**
   * `--strict`: an invariant may end such a run, and a frozen message, where a plain one goes on.
   */
  readonly strict: boolean;
  /** `--allow-outside`: without it the scenario is not read at all. */
  readonly allowOutside: boolean;
  /** 16 hex digits of the scenario's canonical text. */
  readonly scenarioHash: string;
  /** Where the run was kept, for people; null when it was not. */
  readonly kept: string | null;
  /** What `dsim replay` calls the run that was kept; null when it was not. */
  readonly runId: string | null;
}

/** A file so that no command takes it for an option. */
export function fileWord(file: string): string {
  return file.startsWith('-') && file !== '-' ? `./${file}` : file;
}

/** An option with its value, in one word where the value could be taken for another option. */
function optionWords(name: string, value: string): readonly string[] {
  return value.startsWith('-') ? [`${name}=${value}`] : [name, value];
}

/**
 * `partition.yaml --seed 42 --set duration=5s`: what follows a command's name to run this again.
 */
export function runArguments(seed: string, context: RunContext): string {
  return runWords(seed, context).map(shellWord).join(' ');
}

type Changes = Pick<RunContext, 'sets' | 'without' | 'maxEvents' | 'strict' | 'allowOutside'>;

/** The same as words, none of which a command takes for something else. */
export function runWords(seed: string, context: Changes & Pick<RunContext, 'file'>): string[] {
  return [fileWord(context.file), ...optionWords('--seed', seed), ...changeWords(context)];
}

/** `dsim run partition.yaml --seeds 1..30 --without`: the same with these options. */
export function commandOf(context: RunContext, options: readonly string[]): string {
  const words = [fileWord(context.file), ...options, ...changeWords(context)];
  return `${context.dsim} run ${words.map(shellWord).join(' ')}`;
}

/** The options that make it another run than the file alone, as words of a command line. */
function changeWords({ sets, without, maxEvents, strict, allowOutside }: Changes): string[] {
  return [
    ...sets.flatMap((set) => optionWords('--set', set)),
    ...(without ? ['--without'] : []),
    ...(maxEvents === null ? [] : ['--max-events', String(maxEvents)]),
    ...(strict ? ['--strict'] : []),
    ...(allowOutside ? ['--allow-outside'] : []),
  ];
}

/**
 * The line that brings the failure back forever: seed, digest and version are in it. It starts the
 * dsim that is installed here, and never fetches a package.
 */
export function reproLine(seed: string, orderDigest: string, context: RunContext): string {
  const { dsim, version } = context;
  return `${dsim} replay ${runArguments(seed, context)} --digest ${orderDigest} --by ${version}`;
}
