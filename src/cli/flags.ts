/**
 * The options of commands that run scenarios, as commander parses them, and which of them exclude
 * each other.
 */
import type { Window } from '../checks/checker.ts';
import type { OutputFile, SeedRange } from './arguments.ts';
import { UsageError } from './console.ts';
import type { LookOptions } from './terminal.ts';

/** Runs what a command does, and takes its exit code. */
export type Acting = (body: (looks: LookOptions) => Promise<number>) => Promise<void>;

/** What decides which run it is. */
export interface SubjectFlags {
  readonly seed?: string;
  readonly set?: readonly string[];
  /** Metrics and measures to draw over time, instead of the scenario's `show`. */
  readonly show?: readonly string[];
  readonly without?: boolean;
  readonly maxEvents?: number;
  /** Host time, in ms. */
  readonly timeout?: number;
  readonly strict?: boolean;
  /** `--no-code` makes it false. */
  readonly code?: boolean;
  readonly allowOutside?: boolean;
}

export interface RunFlags extends SubjectFlags {
  readonly seeds?: SeedRange;
  readonly json?: boolean;
  readonly output?: readonly OutputFile[];
  /** A path, or `-` for standard output. */
  readonly trace?: string;
  /** Runs again without each fault in turn. */
  readonly twin?: boolean;
  /** `path=range`: one run with each value. */
  readonly vary?: string;
  /** How many values of a range. */
  readonly steps?: number;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logColumns?: boolean;
  /** Names of nodes, groups or loads that the log shows. */
  readonly nodes?: readonly string[];
  /** `--no-keep` makes it false. */
  readonly keep?: boolean;
  /** Runs again whenever a file of the scenario changes. */
  readonly watch?: boolean;
}

export interface ReplayFlags extends RunFlags {
  readonly digest?: string;
  /** The version of dsim that printed the digest. */
  readonly by?: string;
}

export interface OpenFlags extends SubjectFlags {
  /** `--no-browser` makes it false. */
  readonly browser?: boolean;
}

export interface ExportFlags extends SubjectFlags {
  /** The file; by default `run.` and the ending of the form. */
  readonly output?: string;
  /** What an SVG shows of the run, to scale. */
  readonly window?: Window;
}

export interface VerifyFlags extends SubjectFlags {
  readonly times?: number;
  /** `--no-child` makes it false. */
  readonly child?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/**
 * Throws UsageError for options that make no sense together. `runs` is how many runs there will be.
 */
export function checkRunFlags(flags: RunFlags, runs: number): void {
  const log = flags.verbose === true || flags.logColumns === true;
  const trace = traceOutputs(flags);
  const exclusive: readonly (readonly [boolean, string])[] = [
    [
      flags.seed !== undefined && flags.seeds !== undefined,
      '--seed and --seeds exclude each other',
    ],
    [
      flags.verbose === true && flags.logColumns === true,
      '--verbose and --log-columns exclude each other',
    ],
    [flags.nodes !== undefined && !log, '--nodes narrows a log: add --verbose or --log-columns'],
    [flags.quiet === true && log, '--quiet and a log of the events exclude each other'],
    [flags.json === true && log, '--json prints one document only: write the events with --trace'],
    [flags.json === true && flags.trace === '-', '--json and --trace - both want standard output'],
    [flags.trace === '-' && log, '--trace - and a log of the events both want standard output'],
    [trace.length > 1, 'one trace can be written, not several'],
    [trace.length > 0 && runs > 1, 'a trace holds one run: name one scenario and one seed'],
    [
      runs > 1 && (flags.output ?? []).some(({ format }) => format === 'history'),
      'a history holds one run: name one scenario and one seed',
    ],
    [
      runs > 1 &&
        flags.vary === undefined &&
        (flags.output ?? []).some(({ format }) => format === 'measures'),
      'a file of measures holds one run: name one scenario and one seed',
    ],
    [flags.steps !== undefined && flags.vary === undefined, '--steps divides the range of --vary'],
    [
      flags.vary !== undefined && runs > seedsOf(flags),
      '--vary varies one scenario: name only one',
    ],
    [
      flags.vary !== undefined && (flags.twin === true || log || trace.length > 0),
      '--vary makes many runs: it takes neither --twin, a log of the events nor a trace',
    ],
    [
      flags.vary !== undefined &&
        (flags.output ?? []).some(
          ({ format }) => !['json', 'measures', 'text', 'page'].includes(format),
        ),
      '--vary writes its table as .html, .json, .csv or .txt',
    ],
    [flags.twin === true && runs > 1, '--twin compares one run: name one scenario and one seed'],
    [
      flags.seeds !== undefined && log,
      'the events of one run can be shown, not of many seeds: use --seed',
    ],
  ];
  const wrong = exclusive.find(([applies]) => applies);
  if (wrong !== undefined) throw new UsageError(wrong[1]);
}

/** How many seeds each scenario runs with. */
export function seedsOf({ seeds }: RunFlags): number {
  return seeds === undefined ? 1 : seeds.last - seeds.first + 1;
}

/** Where traces are to be written: by `--trace`, and by `-o x.ndjson`. */
export function traceOutputs(flags: RunFlags): readonly string[] {
  const outputs = (flags.output ?? []).filter(({ format }) => format === 'trace');
  return [...(flags.trace === undefined ? [] : [flags.trace]), ...outputs.map(({ path }) => path)];
}

/** `--show p99` is `--set show=["p99"]`: what is shown is a part of the scenario. */
export function withShow(flags: RunFlags): RunFlags {
  const { show, set = [] } = flags;
  return show === undefined ? flags : { ...flags, set: [...set, `show=${JSON.stringify(show)}`] };
}
