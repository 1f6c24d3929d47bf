/**
 * Many seeds of one scenario: a line a seed while it goes on, and at the end what they say
 * together.
 */
import { distributionsOf } from '../report/distribution.ts';
import { commandOf, type RunContext } from '../report/run-context.ts';
import { briefDocument, runDocument } from '../report/run-document.ts';
import {
  countStates,
  renderSweepEnd,
  renderSweepHead,
  renderSweepRow,
  renderTotals,
  type SweepRow,
  showsRow,
  sweepRow,
} from '../report/sweep.ts';
import type { ExpectationState, Result } from '../scenarios/result.ts';
import type { SeedRange } from './arguments.ts';
import type { ComparedRuns } from './comparison-page.ts';
import type { Engine, Loaded } from './engine.ts';
import { turn } from './interrupts.ts';
import { type OneRun, prepareRun } from './one-run.ts';
import { Progress } from './progress.ts';
import type { ScenarioPath } from './scenario-paths.ts';
import type { Session } from './session.ts';

/** Runs every seed of the range, or as many as an interrupt allows. */
export async function sweep(
  path: ScenarioPath,
  range: SeedRange,
  session: Session,
  engine: Engine,
): Promise<void> {
  const { host, flags } = session;
  const table = new SweepTable(range, session, await session.comparedRuns());
  let loaded: Loaded | null = null;
  try {
    for (let seed = range.first; seed <= range.last && !session.interrupted; seed++) {
      const prepared = await prepareRun(path, flags, engine, host, String(seed), loaded);
      const { run } = prepared;
      if (run === null) {
        // Draws may make one seed wrong and not another, but it is the scenario that allows them.
        session.addUnread(`${path.shown} (seed ${seed})`, prepared);
        break;
      }
      loaded ??= prepared.loaded;
      if (seed === range.first) table.begin(run);
      await turn();
      if (session.interrupted) break;
      const ending = run.simulate(null);
      if (ending.kind === 'done') table.add(ending.value, run);
      else if (ending.kind === 'timeout') session.addTimeout(run);
      else session.addInterrupt();
    }
  } finally {
    table.end();
  }
}

class SweepTable {
  private readonly rows: SweepRow[] = [];
  private readonly range: SeedRange;
  private readonly session: Session;
  private readonly progress: Progress;
  /** What a page for browsers shows; null where none is wanted. */
  private readonly compared: ComparedRuns | null;
  private context: RunContext | null = null;
  private name = '';
  private shownFailures = 0;
  /** The state of the run that was kept, which the last lines lead back to. */
  private kept: ExpectationState | null = null;

  constructor(range: SeedRange, session: Session, compared: ComparedRuns | null) {
    this.range = range;
    this.compared = compared;
    this.session = session;
    const total = range.last - range.first + 1;
    const silent = session.flags.quiet === true;
    this.progress = new Progress(session.host.err, session.console.errInk, total, silent);
  }

  begin({ scenario, context }: OneRun): void {
    this.context = context;
    this.name = scenario.name;
    const { first, last } = this.range;
    const { ink } = this.session.console;
    this.print(`${renderSweepHead(scenario.name, `${first}..${last}`, context, ink)}\n`);
  }

  add(result: Result, run: OneRun): void {
    const { session } = this;
    const row = sweepRow(result);
    this.rows.push(row);
    session.count([row.state]);
    this.compared?.add(result, run, [], run.context.sets);
    let context = run.context;
    const notable = row.state !== 'held';
    if (notable && (this.kept === null || (this.kept !== 'violated' && row.state === 'violated'))) {
      this.kept = row.state;
      context = session.keep(result, context);
      this.context = context;
      session.addPages(result, context, run, true);
    }
    const document = runDocument(result, context);
    session.addDocument(notable ? document : briefDocument(document));
    this.progress.step(notable);
    const total = this.range.last - this.range.first + 1;
    if (!showsRow(row, total, this.shownFailures)) return;
    if (notable) this.shownFailures++;
    this.progress.clear();
    const columns = String(this.range.last).length;
    this.print(`${renderSweepRow(row, columns, session.console.ink)}\n`);
  }

  /** Reports what is known, however the sweep ended. */
  end(): void {
    this.progress.clear();
    const { context, rows, session } = this;
    const { ink } = session.console;
    const total = this.range.last - this.range.first + 1;
    if (context === null) return;
    session.addDistributions(this.name, distributionsOf(rows));
    if (this.compared !== null) {
      const { first, last } = this.range;
      const command = commandOf({ ...context, dsim: 'dsim' }, ['--seeds', `${first}..${last}`]);
      session.addComparison(this.compared.page({ axes: [], planned: total, command }));
    }
    if (session.flags.quiet !== true) {
      return this.print(`\n${renderSweepEnd(rows, total, context, ink).join('\n')}\n`);
    }
    const totals = renderTotals(rows.length, total, 'seed', countStates(rows), ink);
    if (session.flags.json !== true) session.console.print(`${totals}\n`);
  }

  private print(text: string): void {
    const { flags, console } = this.session;
    if (flags.json !== true && flags.quiet !== true) console.print(text);
  }
}
