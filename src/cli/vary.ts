/** `--vary path=range`: one scenario, one seed, and one of its values that goes through a range. */
import type { Ink } from '../report/ink.ts';
import { briefDocument, runDocument } from '../report/run-document.ts';
import { renderVaried, type VariedRow, variedCsv, variedDocument } from '../report/vary.ts';
import { FileReader } from '../scenarios/host/file-reader.ts';
import type { Result } from '../scenarios/result.ts';
import { type Knob, readKnob } from '../scenarios/text/knob.ts';
import { readSourceTree } from '../scenarios/text/source-tree.ts';
import { outcomeNumber } from '../scenarios/verdict/outcome.ts';
import { UsageError } from './console.ts';
import type { Engine } from './engine.ts';
import { turn } from './interrupts.ts';
import { type OneRun, prepare } from './one-run.ts';
import { Progress } from './progress.ts';
import type { ScenarioPath } from './scenario-paths.ts';
import type { Session } from './session.ts';

/** Values of a range, where `--steps` does not say. */
const STEPS = 11;

/** Runs the scenario with each value, or with as many as an interrupt allows. */
export async function vary(path: ScenarioPath, session: Session, engine: Engine): Promise<void> {
  const { host, flags, console } = session;
  const knob = knobOf(path, session);
  if (knob === null) return;
  const silent = flags.quiet === true;
  const progress = new Progress(host.err, console.errInk, knob.values.length, silent);
  const rows: VariedRow[] = [];
  try {
    for (const value of knob.values) {
      const sets = [...(flags.set ?? []), `${knob.path}=${value}`];
      const prepared = await prepare(path, { ...flags, set: sets }, engine, host);
      const { run } = prepared;
      if (run === null) {
        session.addUnread(`${path.shown} (${knob.path}=${value})`, prepared);
        break;
      }
      await turn();
      if (session.interrupted) break;
      const ending = run.simulate(null);
      if (ending.kind === 'timeout') session.addTimeout(run);
      else if (ending.kind !== 'done') session.addInterrupt();
      else rows.push(add(ending.value, run, knob.path, value, session));
      progress.step(rows[rows.length - 1]?.state !== 'held');
    }
  } finally {
    progress.clear();
  }
  if (rows.length === 0) return;
  session.addMeasures(variedCsv(knob.path, rows));
  const render = (ink: Ink) => `${renderVaried(knob.path, rows, ink).join('\n')}\n`;
  session.addText(render);
  if (flags.json !== true) console.print(render(console.ink));
}

function add(
  result: Result,
  run: OneRun,
  path: string,
  value: string,
  session: Session,
): VariedRow {
  const row: VariedRow = {
    value,
    state: result.state,
    outcomes: result.judged.slice(0, result.scenario.expect.length).map((judged, i) => {
      const { text, state, measured } = judged;
      const number = outcomeNumber(result, i);
      return { text, state, measured, value: number?.value ?? null, unit: number?.unit ?? null };
    }),
  };
  session.count([result.state]);
  const brief = briefDocument(runDocument(result, run.context));
  session.addDocument({ ...brief, ...variedDocument(path, row) });
  return row;
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
