/**
 * Runs one test: a submission in its sandbox, on each seed. The same function works inside the
 * process of a test and, for code that is trusted, in any other.
 */
import { posix } from 'node:path';
import { loadCatalogue, type OwnKindLoader } from '../scenarios/host/load-catalogue.ts';
import { parseScenario } from '../scenarios/parse.ts';
import type { Result } from '../scenarios/result.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { type Catalogue, kindsNamed } from '../scenarios/sections/catalogue.ts';
import { type SimulateOptions, simulate } from '../scenarios/simulate.ts';
import { renderDiagnostics } from '../scenarios/text/diagnostic.ts';
import {
  readSourceTree,
  type SourceReader,
  type SourceTree,
} from '../scenarios/text/source-tree.ts';
import { drawStream } from '../scenarios/values/draws.ts';
import type { AnySystem } from '../sim/system.ts';
import { formatCount } from '../sim/units.ts';
import type { Frame, Job, RunFault, RunOutcome } from './job.ts';
import { submittedSystem, withoutFolder } from './program.ts';
import type { MakeGuest } from './sandbox/context.ts';
import { SubmissionError, sandboxSystem } from './sandbox/system.ts';
import { Traffic, type TrafficCounts } from './sandbox/traffic.ts';
import { tellStory } from './story/story.ts';

type Body<F> = F extends { readonly nonce: string } ? Omit<F, 'nonce'> : never;
export type Emit = (frame: Body<Frame>) => void;

/** Makes the nodes of the file at this path outside of this process. */
export type Elsewhere = (path: string) => MakeGuest;

/** Runs a job to its end; every frame goes to `emit`. Throws what is a bug in dsim. */
export async function runJob(job: Job, emit: Emit, elsewhere?: Elsewhere): Promise<void> {
  const trial = new Trial(job, elsewhere);
  let losses = 0;
  for (const [index, { entry, seed }] of job.runs.entries()) {
    emit({ type: 'begin', index });
    const loaded = await trial.load(entry, seed);
    if ('refused' in loaded) {
      emit({ type: 'refused', message: loaded.refused, by: loaded.by });
      return;
    }
    const outcome = trial.run(loaded.scenario, index);
    emit({ type: 'run', outcome });
    if (!isWon(outcome) && ++losses === job.lossesMax) break;
  }
  emit({ type: 'end' });
}

export function isWon({ state, error }: Pick<RunOutcome, 'state' | 'error'>): boolean {
  return state === 'held' && error === null;
}

type Loaded =
  | { readonly scenario: Scenario }
  | { readonly refused: string; readonly by: 'submission' | 'exercise' };

class Trial {
  readonly #job: Job;
  readonly #elsewhere: Elsewhere | undefined;
  readonly #systems = new Map<string, AnySystem>();
  readonly #catalogues = new Map<string, { tree: SourceTree; catalogue: Catalogue }>();
  #traffic: Traffic;
  #hasStory = false;

  constructor(job: Job, elsewhere: Elsewhere | undefined) {
    this.#job = job;
    this.#elsewhere = elsewhere;
    this.#traffic = new Traffic(job.budget);
  }

  /** A scenario is read once, and parsed for each seed. */
  async load(entry: string, seed: string): Promise<Loaded> {
    try {
      const { tree, catalogue } = await this.#read(entry);
      const parsed = parseScenario(tree, catalogue, { draw: drawStream, seed });
      if (parsed.scenario !== null) return { scenario: parsed.scenario };
      return { refused: renderDiagnostics(parsed.diagnostics, { subject: entry }), by: 'exercise' };
    } catch (error) {
      if (!(error instanceof SubmissionError)) throw error;
      return { refused: error.message, by: 'submission' };
    }
  }

  async #read(entry: string) {
    const known = this.#catalogues.get(entry);
    if (known !== undefined) return known;
    const tree = readSourceTree(entry, readerOf(this.#job.files));
    const read = { tree, catalogue: await loadCatalogue(kindsNamed(tree), this.#loadOwn) };
    this.#catalogues.set(entry, read);
    return read;
  }

  readonly #loadOwn: OwnKindLoader = async (kind) => {
    const path = ownPath(kind.spot.file.name, kind.text);
    const program = this.#job.programs?.[path];
    if (program !== undefined) return submittedSystem(program, () => this.#traffic);
    const text = this.#job.kinds[path];
    if (text === undefined) return { reason: 'there is no such file here', mistakes: [], help: [] };
    let system = this.#systems.get(path);
    if (system === undefined) {
      const name = path.replace(/^.*\//, '').replace(/\.[^.]*$/, '');
      system = sandboxSystem(text, name, () => this.#traffic, this.#elsewhere?.(path) ?? null);
      this.#systems.set(path, system);
    }
    return system;
  };

  run(scenario: Scenario, index: number): RunOutcome {
    const result = this.#simulate(scenario);
    const traffic = this.#traffic.counts();
    const { state, events, judged, error } = result;
    const fault = error === null ? null : this.#faultOf(error, traffic);
    const isLost = state !== 'held' || error !== null;
    const tells = isLost && !this.#hasStory;
    this.#hasStory ||= isLost;
    return {
      index,
      state,
      digest: Object.values(result.digests).join(' '),
      events,
      messages: traffic.messages,
      bytes: traffic.bytes,
      judged: judged.map(({ text, state: each, measured }) => ({ text, state: each, measured })),
      error: fault,
      story: tells
        ? tellStory({
            result,
            traffic,
            error: fault,
            again: (changed, options) => this.#simulate(changed, options),
          })
        : null,
    };
  }

  #faultOf(error: NonNullable<Result['error']>, traffic: TrafficCounts): RunFault {
    const fault = faultOf(error, traffic);
    if (fault.kind === 'max-events' && traffic.spent === null) {
      const { events } = this.#job.budget;
      return {
        ...fault,
        message: `stopped after ${formatCount(events)} events, the budget of a run`,
      };
    }
    const programs = Object.values(this.#job.programs ?? {});
    return { ...fault, message: programs.reduce(withoutFolder, fault.message) };
  }

  #simulate(scenario: Scenario, options?: SimulateOptions): Result {
    this.#traffic = new Traffic(this.#job.budget);
    this.#traffic.begin(scenario.loads.flatMap(({ clients }) => clients));
    return simulate(scenario, { eventsMax: this.#job.budget.events, ...options });
  }
}

function faultOf(
  { kind, node, atUs, message, stack }: NonNullable<Result['error']>,
  { spent }: TrafficCounts,
): RunFault {
  if (spent !== null) return { kind: 'max-events', node, atUs, message, place: null };
  // Stacks of the sandbox name files as the student knows them; absolute ones are dsim's own.
  const place =
    /(?<![\w./\\-])((?:[\w-][\w.-]*\/)*[\w-][\w.-]*\.[cm]?[jt]s:\d+):\d+/.exec(stack ?? '')?.[1] ??
    null;
  return { kind, node, atUs, message, place };
}

/** `.hidden/cut-5.yaml` and `../node.ts` give `node.ts`. */
export function ownPath(file: string, path: string): string {
  return posix.join(posix.dirname(file), path);
}

/** Scenario files from texts. */
export function readerOf(files: { readonly [name: string]: string }): SourceReader {
  return {
    read(path, from) {
      const name = from === null ? path : ownPath(from, path);
      const text = Object.hasOwn(files, name) ? files[name] : undefined;
      if (text !== undefined) return { ok: true, id: name, name, text };
      return { ok: false, code: 'DS100', message: `there is no ${name} here`, notes: [], help: [] };
    },
  };
}
