/**
 * What the command line needs of the rest of dsim. Commands know this interface only, so that they
 * can be tested without a simulation and start without loading one.
 */
import type { AnyChecker, Metric } from '../checks/checker.ts';
import type { AnyJudge } from '../checks/judge.ts';
import type { LoadOptions as FileOptions } from '../scenarios/host/load.ts';
import type { Preset } from '../scenarios/presets/preset.ts';
import type { Result, Tradeoff } from '../scenarios/result.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Interruption } from '../scenarios/simulate.ts';
import type { Diagnostic } from '../scenarios/text/diagnostic.ts';
import type { AnyFault } from '../sim/fault.ts';
import type { Interface } from '../sim/interface.ts';
import type { ParamTable } from '../sim/params.ts';
import type { AnyPolicy } from '../sim/policy.ts';
import type { AnySystem } from '../sim/system.ts';
import type { TraceSink } from '../sim/trace.ts';
import type { AnyWorkload } from '../workloads/workload.ts';

/** How a scenario is read from its file; the engine has its own library, and its own loader. */
export type LoadOptions = Required<Omit<FileOptions, 'library' | 'loadOwn'>>;

export interface Loaded {
  /** null when there is an error among the diagnostics. */
  readonly scenario: Scenario | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Absolute paths of the files read. */
  readonly files: readonly string[];
  /** The same under another seed, without reading anything again. */
  withSeed?(seed: string): Omit<Loaded, 'withSeed'>;
}

export interface RunOptions {
  readonly sink: TraceSink | null;
  /**
   * Deep freeze of messages, their text in the digest of messages, invariants after every event.
   */
  readonly strict: boolean;
  /** The most events of a run; null for the engine's own limit. */
  readonly eventsMax: number | null;
  /** Where the run leaves how to conclude it, should it be stopped. */
  readonly interruption?: Interruption;
  /** What a battery found of the scenario, where it expects a label; null: none was made. */
  readonly tradeoff?: Tradeoff | null;
  /** Hears how far the run is, and answers until when to run on (`SimulateOptions`). */
  readonly step?: (atUs: number, events: number) => number;
}

/** The manual's page of the nemesis, which is an entry of `faults:` but no fault. */
export interface NemesisManual {
  readonly params: ParamTable;
  /** What it may do, by name, with a sentence. */
  readonly moves: readonly (readonly [string, string])[];
}

/** A preset, with the kinds that it is made of, by name. */
export interface PresetManual {
  readonly preset: Preset;
  readonly kinds: ReadonlyMap<string, AnySystem>;
}

/** Something that a scenario can name, not yet loaded. */
export type Kind = { readonly name: string; readonly family: string; readonly summary: string } & (
  | { readonly sort: 'system'; load(): Promise<AnySystem> }
  | { readonly sort: 'preset'; load(): Promise<PresetManual> }
  | { readonly sort: 'fault'; load(): Promise<AnyFault> }
  | { readonly sort: 'nemesis'; load(): Promise<NemesisManual> }
  | { readonly sort: 'workload'; load(): Promise<AnyWorkload> }
  | { readonly sort: 'policy'; load(): Promise<AnyPolicy> }
  | { readonly sort: 'check'; load(): Promise<AnyChecker> }
  | { readonly sort: 'metric'; load(): Promise<Metric> }
  | { readonly sort: 'interface'; load(): Promise<Interface> }
  | { readonly sort: 'judge'; load(): Promise<AnyJudge> }
);

export type Sort = Kind['sort'];

/** A scenario that ships with dsim. */
export interface GalleryScenario {
  /** The file's name without `.yaml`. */
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly summary: string;
}

/** Of scenario files, or of `dsim.config.yaml`. */
export type Schema = 'scenario' | 'config' | 'result';

export interface Engine {
  /** Never throws for anything that a file says. */
  load(file: string, options: LoadOptions): Promise<Loaded>;
  simulate(scenario: Scenario, options: RunOptions): Result;
  /** In the order in which they are listed. */
  kinds(): readonly Kind[];
  gallery(): readonly GalleryScenario[];
  /** A JSON Schema, as text. */
  schema(of: Schema): Promise<string>;
  /** What a diagnostic's code means; null if there is no such code. */
  explainCode(code: string): Promise<{ readonly title: string; readonly text: string } | null>;
}
