/**
 * `--vary path=range`: one scenario, and one of its values that goes through a range; with one
 * seed, or with each of several.
 */
import type { Ink } from '../report/ink.ts';
import { commandOf, type RunContext } from '../report/run-context.ts';
import { briefDocument, runDocument } from '../report/run-document.ts';
import {
  renderVaried,
  type VariedOutcome,
  type VariedRow,
  type VariedRun,
  variedCsv,
  variedDocument,
} from '../report/vary.ts';
import { FileReader } from '../scenarios/host/file-reader.ts';
import type { ExpectationState, Judged, Result } from '../scenarios/result.ts';
import { type Knob, readKnob } from '../scenarios/text/knob.ts';
import { readSourceTree } from '../scenarios/text/source-tree.ts';
import { worstState } from '../scenarios/verdict/expectations.ts';
import type { SeedRange } from './arguments.ts';
import type { ComparedRuns } from './comparison-page.ts';
import { UsageError } from './console.ts';
import type { Engine, Loaded } from './engine.ts';
import { turn } from './interrupts.ts';
import { type OneRun, prepareRun } from './one-run.ts';
import { Progress } from './progress.ts';
import type { ScenarioPath } from './scenario-paths.ts';
import type { Session } from './session.ts';

/** Values of a range, where `--steps` does not say. */
const STEPS = 11;

/** Runs the scenario with each value and seed, or with as many as an interrupt allows. */
export async function vary(path: ScenarioPath, session: Session, engine: Engine): Promise<void> {
  const { flags, console } = session;
  const knob = knobOf(path, session);
  if (knob === null) return;
  const compared = await session.comparedRuns();
  const variation = new Variation(path, knob, session, engine, compared);
  const rows = await variation.rows();
  if (rows.length === 0) return;
  session.addComparison(variation.page());
  session.addMeasures(variedCsv(knob.path, rows));
  const render = (ink: Ink) => `${renderVaried(knob.path, rows, ink).join('\n')}\n`;
  session.addText(render);
  if (flags.json !== true) console.print(render(console.ink));
}

interface Ran {
  readonly state: ExpectationState;
  readonly run: VariedRun;
}

class Variation {
  private readonly path: ScenarioPath;
  private readonly knob: Knob;
  private readonly session: Session;
  private readonly engine: Engine;
  /** null is the scenario's own. */
  private readonly seeds: readonly (string | null)[];
  private readonly progress: Progress;
  /** What a page for browsers shows; null where none is wanted. */
  private readonly compared: ComparedRuns | null;
  private context: RunContext | null = null;
  /** An interrupt, or a value with which the scenario cannot run, ends it. */
  private ended = false;

  constructor(
    path: ScenarioPath,
    knob: Knob,
    session: Session,
    engine: Engine,
    compared: ComparedRuns | null,
  ) {
    const { host, flags, console } = session;
    this.compared = compared;
    this.path = path;
    this.knob = knob;
    this.session = session;
    this.engine = engine;
    this.seeds = flags.seeds === undefined ? [flags.seed ?? null] : namesOf(flags.seeds);
    const total = knob.values.length * this.seeds.length;
    this.progress = new Progress(host.err, console.errInk, total, flags.quiet === true);
  }

  /** null where none is wanted, or nothing ran. */
  page(): string | null {
    const { compared, context, knob, seeds, session } = this;
    if (compared === null || context === null) return null;
    const { seeds: range, seed } = session.flags;
    const of = range === undefined ? seed : `${range.first}..${range.last}`;
    const options = [
      ...(of === undefined ? [] : [range === undefined ? '--seed' : '--seeds', of]),
      '--vary',
      session.flags.vary ?? '',
      ...(session.flags.steps === undefined ? [] : ['--steps', String(session.flags.steps)]),
    ];
    const sets = session.flags.set ?? [];
    return compared.page({
      axes: [{ path: knob.path, values: knob.values }],
      planned: knob.values.length * seeds.length,
      command: commandOf({ ...context, dsim: 'dsim', sets }, options),
    });
  }

  async rows(): Promise<readonly VariedRow[]> {
    const rows: VariedRow[] = [];
    try {
      for (const value of this.knob.values) {
        const ran = await this.runsWith(value);
        if (ran.length > 0) {
          const state = worstState(ran.map((one) => one.state));
          rows.push({ value, state, runs: ran.map(({ run }) => run) });
        }
        if (this.ended) break;
      }
    } finally {
      this.progress.clear();
    }
    return rows;
  }

  /** One value, with each seed. */
  private async runsWith(value: string): Promise<readonly Ran[]> {
    const { path, knob, session, engine, progress } = this;
    const sets = [...(session.flags.set ?? []), `${knob.path}=${value}`];
    const flags = { ...session.flags, set: sets };
    const ran: Ran[] = [];
    let loaded: Loaded | null = null;
    for (const seed of this.seeds) {
      const prepared = await prepareRun(path, flags, engine, session.host, seed, loaded);
      const { run } = prepared;
      if (run === null) {
        session.addUnread(`${path.shown} (${knob.path}=${value})`, prepared);
        this.ended = true;
        break;
      }
      loaded = prepared.loaded;
      await turn();
      this.ended = session.interrupted;
      if (this.ended) break;
      const ending = run.simulate(null);
      if (ending.kind === 'done') ran.push(this.add(ending.value, run, value));
      else if (ending.kind === 'timeout') session.addTimeout(run);
      else session.addInterrupt();
      progress.step(ran[ran.length - 1]?.state !== 'held');
    }
    return ran;
  }

  private add(result: Result, run: OneRun, value: string): Ran {
    const { session, knob } = this;
    const { state, scenario } = result;
    const outcomes = result.judged.slice(0, scenario.expect.length).map(outcomeOf);
    session.count([state]);
    this.context ??= run.context;
    this.compared?.add(result, run, [knob.values.indexOf(value)], run.context.sets);
    const varied: VariedRun = { seed: scenario.seed, outcomes };
    const brief = briefDocument(runDocument(result, run.context));
    session.addDocument({ ...brief, ...variedDocument(knob.path, value, varied) });
    return { state, run: varied };
  }
}

function outcomeOf({ text, state, measured, number }: Judged): VariedOutcome {
  return { text, state, measured, value: number?.value ?? null, unit: number?.unit ?? null };
}

function namesOf({ first, last }: SeedRange): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => String(first + i));
}

/** null after a complaint of the scenario itself. Throws UsageError for a knob that is none. */
function knobOf(path: ScenarioPath, { host, flags }: Session): Knob | null {
  const reader = new FileReader({ cwd: host.cwd, allowOutside: flags.allowOutside === true });
  const tree = readSourceTree(path.file, reader, {
    set: flags.set ?? [],
    without: flags.without === true,
  });
  // `lint` says what is wrong with the file.
  if (tree.root === null) {
    throw new UsageError(`--vary: ${path.shown} cannot be read; \`dsim lint\` says why`);
  }
  const knob = readKnob(tree.root, flags.vary ?? '', flags.steps ?? STEPS);
  if ('problem' in knob) throw new UsageError(`--vary: ${knob.problem}`);
  return knob;
}
