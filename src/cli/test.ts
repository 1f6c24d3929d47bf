/** `dsim test`: the scenarios of a project as regression tests, each over its seeds. */
import { availableParallelism } from 'node:os';
import { relative, resolve } from 'node:path';
import { renderCells } from '../report/suite/cell-table.ts';
import {
  allRuns,
  type RunEnd,
  type TestedScenario,
  type TestedSuite,
} from '../report/suite/suite.ts';
import {
  type FailingSeeds,
  readFailingSeeds,
  remember,
  writeFailingSeeds,
} from '../scenarios/host/failing-seeds.ts';
import { findConfig } from '../scenarios/host/find-scenarios.ts';
import { readTestConfig, type TestConfig } from '../scenarios/sections/test-config.ts';
import { Console, UsageError } from './console.ts';
import type { Engine } from './engine.ts';
import {
  BUG,
  codeOfState,
  HELD,
  INTERRUPTED,
  NOTHING_RAN,
  USAGE,
  VIOLATED,
  worstCode,
} from './exit-codes.ts';
import type { Host } from './host.ts';
import { loadOrStop, prepareRun, VERSION } from './one-run.ts';
import { Progress } from './progress.ts';
import type { TestFlags } from './suite/flags.ts';
import { chooseReporters, Reporting } from './suite/reporters.ts';
import { Snapshots } from './suite/snapshots.ts';
import { type Project, planSubjects, type Subject, testPaths } from './suite/subjects.ts';
import { runSuite, type SuiteEnd } from './suite/suite-run.ts';
import type { LookOptions } from './terminal.ts';

/** Runs the tests that are named or found; returns the exit code. Throws UsageError. */
export async function testCommand(
  names: readonly string[],
  flags: TestFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  checkFlags(flags);
  const engine = await host.engine();
  const console = new Console(host, looks);
  const project = openProject(host, console);
  if (project === null) return USAGE;
  const test = new Test(names, flags, project, engine, console, host);
  if (flags.watch !== true) return test.run(null);
  return (await import('./watch.ts')).watchTest(test, host, console);
}

function checkFlags(flags: TestFlags): void {
  const exclusive: readonly (readonly [boolean, string])[] = [
    [
      flags.seed !== undefined && flags.seeds !== undefined,
      '--seed and --seeds exclude each other',
    ],
    [
      flags.lastFailed === true && flags.shard !== undefined,
      '--last-failed repeats what failed on this machine: it has no shards',
    ],
    [flags.watch === true && flags.update === true, '--watch and --update exclude each other'],
    [flags.watch === true && flags.shard !== undefined, '--watch and --shard exclude each other'],
  ];
  const wrong = exclusive.find(([applies]) => applies);
  if (wrong !== undefined) throw new UsageError(wrong[1]);
}

/** null after a complaint about the configuration. */
function openProject(host: Host, console: Console): Project | null {
  const file = findConfig(host.cwd);
  if (file === null) return { folder: host.cwd, config: null };
  const shown = relative(host.cwd, file.path);
  const { config, diagnostics } = readTestConfig(shown, file.text);
  console.diagnose(diagnostics.list(), shown, 'cannot test');
  return config === null ? null : { folder: file.folder, config };
}

/** One `dsim test`, which `--watch` runs again and again. */
export class Test {
  readonly names: readonly string[];
  readonly flags: TestFlags;
  private readonly project: Project;
  private readonly engine: Engine;
  private readonly console: Console;
  private readonly host: Host;

  constructor(
    names: readonly string[],
    flags: TestFlags,
    project: Project,
    engine: Engine,
    console: Console,
    host: Host,
  ) {
    this.names = names;
    this.flags = flags;
    this.project = project;
    this.engine = engine;
    this.console = console;
    this.host = host;
  }

  /** The scenarios with their seeds, as they are now; none is not an error yet. */
  subjects(failing: FailingSeeds): readonly Subject[] {
    const { names, project, host, engine, flags } = this;
    const paths = testPaths(names, project, host.cwd, engine);
    return planSubjects(paths, flags, project.config, failing, host.cwd);
  }

  /** Every file that the scenarios were read from, absolute, with the keys that it concerns. */
  async watchedFiles(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    const files = new Map<string, Set<string>>();
    for (const { path, key } of this.subjects(new Map())) {
      const loaded = await loadOrStop(path.file, this.flags, this.engine, this.host);
      const own = typeof loaded === 'string' ? [] : loaded.files;
      for (const file of [resolve(this.host.cwd, path.file), ...own]) {
        files.set(file, (files.get(file) ?? new Set()).add(key));
      }
    }
    return files;
  }

  /** Runs those with these keys, or all; returns the exit code. */
  async run(only: ReadonlySet<string> | null): Promise<number> {
    const { host, flags } = this;
    const failing = readFailingSeeds(host.cwd);
    const all = this.subjects(failing);
    const subjects = only === null ? all : all.filter(({ key }) => only.has(key));
    if (subjects.length === 0) return this.nothing();
    const config = this.project.config;
    const choices =
      flags.export?.file === null
        ? (flags.reporter ?? [])
        : chooseReporters(flags.reporter, config?.reporters, host.env);
    const table = flags.export;
    if (table !== undefined && choices.some(({ file }) => file === table.file)) {
      const where = table.file ?? 'standard output';
      throw new UsageError(`--export and a reporter both want ${where}: give one another file`);
    }
    const runs = subjects.reduce((sum, { seeds }) => sum + seeds.length, 0);
    const progress = new Progress(host.err, this.console.errInk, runs, false);
    const reporting = new Reporting(choices, this.console, host, () => progress.clear());
    const snapshots = new Snapshots(subjects, host.cwd);
    const startedAt = new Date();
    const { color, ascii, columns: width } = this.console.ink;
    const end = await runSuite(
      {
        subjects,
        flags: this.subjectFlags(config),
        jobs: flags.jobs ?? config?.jobs ?? availableParallelism(),
        bail: flags.bail === true ? 1 : (flags.bail ?? config?.bail ?? null),
        keep: flags.keep !== false,
        looks: { color, ascii, width },
        look: (subject, run) => (flags.update === true ? run : snapshots.compare(subject, run)),
        begin: (scenarios, count) => reporting.tell((each) => each.begin(scenarios, count)),
        run: (run, scenario) => {
          reporting.tell((each) => each.run(run, scenario));
          progress.step(run.end !== 'held');
        },
        scenario: (scenario) => reporting.tell((each) => each.scenario(scenario)),
      },
      this.engine,
      host,
    );
    progress.clear();
    const code = await this.conclude(end, subjects, failing, startedAt, reporting);
    return flags.update === true ? this.record(end, subjects, snapshots, code) : code;
  }

  private subjectFlags(config: TestConfig | null) {
    const { without, maxEvents, strict, code, allowOutside } = this.flags;
    const timeout = this.flags.timeout ?? config?.timeout;
    return {
      ...(without === undefined ? {} : { without }),
      ...(maxEvents === undefined ? {} : { maxEvents }),
      ...(strict === undefined ? {} : { strict }),
      ...(code === undefined ? {} : { code }),
      ...(allowOutside === undefined ? {} : { allowOutside }),
      ...(timeout === undefined ? {} : { timeout }),
    };
  }

  private async conclude(
    end: SuiteEnd,
    subjects: readonly Subject[],
    failing: FailingSeeds,
    startedAt: Date,
    reporting: Reporting,
  ): Promise<number> {
    const ends = end.scenarios.flatMap(({ runs, demands }) => [
      ...runs.map((run) => run.end),
      ...demands.map(({ state }) => state),
    ]);
    const codes = [...ends.map(codeOfEnd), ...(end.interrupted ? [INTERRUPTED] : [])];
    const suite: TestedSuite = {
      ...end,
      version: VERSION,
      elapsedMs: Date.now() - startedAt.getTime(),
      startedAt,
      exitCode: worstCode(codes),
    };
    reporting.tell((each) => each.end(suite));
    const written = [reporting.finish(suite), await this.exportTable(suite, subjects)];
    this.rememberRuns(suite, subjects, failing);
    return worstCode([...codes, ...(written.includes(false) ? [USAGE] : [])]);
  }

  /** false after a complaint that the table could not be written. */
  private async exportTable(
    { scenarios }: TestedSuite,
    subjects: readonly Subject[],
  ): Promise<boolean> {
    const table = this.flags.export;
    if (table === undefined) return true;
    const { format } = table;
    const text =
      format === 'html' ? await this.pageOf(scenarios, subjects) : renderCells(scenarios, format);
    if (text === null) return false;
    if (table.file !== null) return this.console.writeFile(table.file, text);
    this.console.print(text);
    return true;
  }

  /** null after a complaint about a scenario that cannot be read. */
  private async pageOf(
    scenarios: readonly TestedScenario[],
    subjects: readonly Subject[],
  ): Promise<string | null> {
    const [first] = subjects;
    if (first === undefined) return null;
    const flags = { ...this.flags, set: first.sets };
    const prepared = await prepareRun(first.path, flags, this.engine, this.host);
    if (prepared.run === null) {
      this.console.diagnose(prepared.diagnostics, first.path.shown, 'cannot test');
      return null;
    }
    const { suitePage } = await import('./comparison-page.ts');
    return suitePage(scenarios, subjects, prepared.run);
  }

  /** Writes what the runs came to, beside their scenarios. */
  private record(
    { scenarios }: SuiteEnd,
    subjects: readonly Subject[],
    snapshots: Snapshots,
    code: number,
  ): number {
    let worst = code;
    for (const [i, subject] of subjects.entries()) {
      const runs = (scenarios[i]?.runs ?? []).filter(({ digests }) => digests !== null);
      const written = runs.length === 0 ? null : snapshots.record(subject, runs);
      if (written !== null && 'file' in written) this.console.note(`wrote ${written.file}`);
      else if (written !== null) {
        this.console.complain(written.why);
        worst = worstCode([worst, USAGE]);
      }
    }
    return worst;
  }

  private rememberRuns(
    suite: TestedSuite,
    subjects: readonly Subject[],
    failing: FailingSeeds,
  ): void {
    if (this.flags.keep === false || allRuns(suite).length === 0) return;
    const next = new Map(failing);
    subjects.forEach(({ key }, i) => {
      const runs = suite.scenarios[i]?.runs ?? [];
      const seedsOf = (fits: (end: string) => boolean) =>
        runs.filter(({ end }) => fits(end)).map(({ seed }) => seed);
      const invalid = seedsOf((end) => end === 'invalid');
      const failed = seedsOf((end) => end !== 'held' && end !== 'invalid');
      const held = seedsOf((end) => end === 'held');
      next.set(key, remember(failing.get(key), failed, held, invalid));
    });
    const why = writeFailingSeeds(this.host.cwd, next);
    if (why !== null) this.console.note(`failing seeds were not kept: ${why}`);
  }

  private nothing(): number {
    const { flags, names } = this;
    const where = names.length === 0 ? '`*.dsim.yaml` and `scenarios/`' : names.join(', ');
    const why =
      flags.lastFailed === true
        ? 'no run failed the last time: there is nothing to repeat'
        : flags.filter !== undefined
          ? `no scenario fits ${flags.filter.join(', ')}`
          : flags.shard !== undefined
            ? 'this shard has no runs: there are fewer runs than shards'
            : `no scenario was found in ${where}`;
    const hint = names.length === 0 && flags.lastFailed !== true ? '; `dsim init` writes one' : '';
    this.console.complain(`${why}${hint}`);
    return NOTHING_RAN;
  }
}

function codeOfEnd(end: RunEnd): number {
  if (end === 'invalid') return USAGE;
  if (end === 'broken') return BUG;
  if (end === 'changed') return VIOLATED;
  return end === 'held' ? HELD : codeOfState(end);
}
