/**
 * One run: a scenario loaded with its seed and changes, simulated as often as somebody needs to
 * look at it again.
 */
import pkg from '../../package.json' with { type: 'json' };
import type { RunEvents } from '../report/page/run-events.ts';
import type { RunContext } from '../report/run-context.ts';
import { keepOrigin, originOf } from '../scenarios/host/origins.ts';
import type { Result, Tradeoff } from '../scenarios/result.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { isOwnKind } from '../scenarios/sections/catalogue.ts';
import type { Interruption } from '../scenarios/simulate.ts';
import type { Diagnostic } from '../scenarios/text/diagnostic.ts';
import type { TraceHeader } from '../scenarios/trace-format.ts';
import { hash64 } from '../sim/kernel/hash.ts';
import type { TraceSink } from '../sim/trace.ts';
import type { Attempt } from './endless-loop.ts';
import type { Engine, Loaded } from './engine.ts';
import type { SubjectFlags } from './flags.ts';
import type { Host } from './host.ts';
import { type Ending, runInterruptible, Stopped, stopping } from './interruptible.ts';
import { interruptPending } from './interrupts.ts';
import type { ScenarioPath } from './scenario-paths.ts';

export const VERSION: string = pkg.version;

export type Prepared =
  | {
      readonly run: OneRun;
      readonly diagnostics: readonly Diagnostic[];
      /** To be had under other seeds. */
      readonly loaded: Loaded;
    }
  | {
      readonly run: null;
      readonly diagnostics: readonly Diagnostic[];
      /** Ctrl-C or `--timeout` came first; null: it has errors. */
      readonly stopped: Stopped['kind'] | null;
    };

/**
 * Loads a scenario; `run` is null if it has errors, or loading was stopped. `seed` overrides that
 * of the flags. `earlier` is the same scenario under another seed: then no file is read.
 */
export async function prepareRun(
  path: ScenarioPath,
  flags: SubjectFlags,
  engine: Engine,
  host: Host,
  seed: string | null = flags.seed ?? null,
  earlier: Loaded | null = null,
): Promise<Prepared> {
  const again = seed === null ? undefined : earlier?.withSeed?.(seed);
  const loaded = again ?? (await loadOrStop(path.file, flags, engine, host, seed));
  if (typeof loaded === 'string') return { run: null, diagnostics: [], stopped: loaded };
  const { scenario, diagnostics } = loaded;
  if (scenario === null) return { run: null, diagnostics, stopped: null };
  const shown = { ...scenario, file: path.shown };
  const origin = originOf(scenario);
  if (origin !== null) keepOrigin(shown, origin);
  const run = new OneRun(shown, path.shown, flags, engine, host);
  if (scenario.groups.some(({ kind }) => isOwnKind(kind))) {
    const { runWatched } = await import('./endless-loop.ts');
    const patienceMs = Number(host.env['DSIM_WATCHDOG_MS'] ?? PATIENCE_MS);
    run.watch = (attempt) => runWatched(attempt, patienceMs);
  }
  return { run, diagnostics, loaded };
}

/** Reads a scenario's file so that Ctrl-C and `--timeout` reach it; or says which of them did. */
export async function loadOrStop(
  file: string,
  flags: SubjectFlags,
  engine: Engine,
  host: Host,
  seed: string | null = flags.seed ?? null,
): Promise<Loaded | Stopped['kind']> {
  try {
    const loaded = await engine.load(file, {
      cwd: host.cwd,
      seed,
      sets: flags.set ?? [],
      without: flags.without === true,
      code: flags.code !== false,
      allowOutside: flags.allowOutside === true,
      within: stopping(flags.timeout ?? null),
    });
    // What bundles own files is a process of its own, which a Ctrl-C ends as well.
    return interruptPending() ? 'interrupted' : loaded;
  } catch (error) {
    if (error instanceof Stopped) return error.kind;
    throw error;
  }
}

/** Host time after which a run of own code is looked at; one that hangs ends after thrice that. */
const PATIENCE_MS = 5000;

export class OneRun {
  readonly scenario: Scenario;
  readonly context: RunContext;
  /** What a battery found, where the scenario expects a label. */
  tradeoff: Tradeoff | null = null;
  private readonly flags: SubjectFlags;
  private readonly engine: Engine;
  /** Ends endless loops of own code; null where there is none. */
  watch: ((attempt: Attempt) => Ending<Result>) | null = null;
  /** What a page needs of the run that was simulated last, where somebody listened for it. */
  heard: RunEvents | null = null;
  /** Hears how far the next simulation is, and answers until when to run on. */
  step: ((atUs: number, events: number) => number) | undefined;

  constructor(scenario: Scenario, shown: string, flags: SubjectFlags, engine: Engine, host: Host) {
    this.scenario = scenario;
    this.flags = flags;
    this.engine = engine;
    let hash: string | null = null;
    let dsim: string | null = null;
    this.context = {
      get dsim() {
        dsim ??= host.dsim;
        return dsim;
      },
      version: VERSION,
      file: shown,
      sets: flags.set ?? [],
      without: flags.without === true,
      maxEvents: flags.maxEvents ?? null,
      strict: flags.strict === true,
      allowOutside: flags.allowOutside === true,
      get scenarioHash() {
        hash ??= hash64(scenario.canonical);
        return hash;
      },
      kept: null,
      runId: null,
    };
  }

  /** Runs it, interruptibly. What the engine throws is a bug in dsim. */
  simulate(
    sink: TraceSink | null,
    strict = this.flags.strict === true,
    scenario = this.scenario,
    eventsMax = this.flags.maxEvents ?? null,
  ): Ending<Result> {
    const { tradeoff } = this;
    const step = this.step === undefined ? {} : { step: this.step };
    this.step = undefined;
    const attempt = (limitMs: number | null): Ending<Result> => {
      const interruption: Interruption = { conclude: null };
      const ending = runInterruptible(
        () =>
          this.engine.simulate(scenario, {
            sink,
            strict,
            eventsMax,
            interruption,
            tradeoff,
            ...step,
          }),
        limitMs,
      );
      if (ending.kind === 'done') return ending;
      return { ...ending, partial: () => partialOf(interruption) };
    };
    const { timeout } = this.flags;
    // What is traced cannot be traced twice.
    const isWatched = timeout === undefined && sink === null && this.watch !== null;
    return isWatched ? (this.watch?.(attempt) ?? attempt(null)) : attempt(timeout ?? null);
  }

  /** The header of a trace of this run. */
  traceHeader(): Omit<TraceHeader, 'format' | 'version'> {
    const { scenario, context } = this;
    return {
      dsim: VERSION,
      scenario: scenario.name,
      file: context.file,
      scenarioHash: context.scenarioHash,
      seed: scenario.seed,
      sets: context.sets,
      without: context.without,
      maxEvents: context.maxEvents,
      strict: context.strict,
      nodes: nodesOf(scenario),
    };
  }
}

/** Judging a long history takes its time, and is not worth more than this after a Ctrl-C. */
const PARTIAL_MS = 5000;

/** What a run that was stopped in the middle of an event is worth; null if that cannot be known. */
function partialOf({ conclude }: Interruption): Result | null {
  if (conclude === null) return null;
  try {
    const ending = runInterruptible(conclude, PARTIAL_MS);
    return ending.kind === 'done' ? ending.value : null;
  } catch {
    return null;
  }
}

/** Every node and client in scenario order. */
export function nodesOf(scenario: Scenario): readonly string[] {
  return [
    ...scenario.groups.flatMap(({ nodes }) => nodes),
    ...scenario.loads.flatMap(({ clients }) => clients),
  ];
}
