/** `dsim run`: scenarios once each, or one scenario over many seeds. */
import { resolve } from 'node:path';
import { type Compared, runDocument } from '../report/run-document.ts';
import { renderScreen, verdictLine } from '../report/run-screen.ts';
import { renderTotals } from '../report/sweep.ts';
import { OutputError } from '../scenarios/host/descriptor-writer.ts';
import { Announcement } from '../scenarios/host/running.ts';
import { TraceWriter } from '../scenarios/host/trace-file.ts';
import type { Result } from '../scenarios/result.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Diagnostic } from '../scenarios/text/diagnostic.ts';
import type { TraceSink } from '../sim/trace.ts';
import { Console, UsageError } from './console.ts';
import type { Engine } from './engine.ts';
import { eventLog, fanOut } from './event-log.ts';
import { NOTHING_RAN, USAGE } from './exit-codes.ts';
import { checkRunFlags, type RunFlags, seedsOf, traceOutputs, withShow } from './flags.ts';
import type { Host } from './host.ts';
import type { Ending } from './interruptible.ts';
import { turn } from './interrupts.ts';
import { echoConsole } from './node-console.ts';
import { nodesOf, type OneRun, prepareRun } from './one-run.ts';
import { type ScenarioPath, scenarioPaths } from './scenario-paths.ts';
import { Session } from './session.ts';
import { sweep } from './sweep.ts';
import type { LookOptions } from './terminal.ts';
import { newTrack, runLoops, runTwins } from './twins.ts';

/** Fewer have room in any heap: to ask for its limit costs a twentieth of a start. */
const MANY_NODES = 10_000;

/** Runs what was named; returns the exit code. Throws UsageError before anything has run. */
export async function runCommand(
  names: readonly string[],
  asked: RunFlags,
  looks: LookOptions,
  host: Host,
  commands: readonly string[],
): Promise<number> {
  const flags = withShow(asked);
  const seeds = seedsOf(flags);
  checkRunFlags(flags, names.length * seeds);
  const engine = await host.engine();
  const paths = scenarioPaths(names, host.cwd, engine, commands);
  checkRunFlags(flags, paths.length * seeds);
  // With a trace on standard output, people read standard error.
  const screen = flags.trace === '-' ? { ...host, out: host.err } : host;
  const console = new Console(screen, looks);
  const session = new Session(console, host, flags);
  await session.prepareOutput();
  if (paths.length === 0) {
    console.complain(`no scenario (*.yaml) in ${names.join(', ')}`);
    session.addCode(NOTHING_RAN);
  }
  host.onInterrupt(() => session.addInterrupt());
  for (const path of paths) {
    if (session.interrupted) break;
    await runPath(path, session, engine, paths.length === 1);
    await turn();
  }
  if (paths.length > 1 && flags.json !== true) {
    const { runs, ...counts } = session.totals();
    console.print(`\n${renderTotals(runs, runs, 'run', counts, console.ink)}\n`);
  }
  return session.finish();
}

async function runPath(
  path: ScenarioPath,
  session: Session,
  engine: Engine,
  alone: boolean,
): Promise<void> {
  const { flags, console } = session;
  if (path.fromGallery) {
    console.note(
      `running the scenario ${path.shown} that ships with dsim: there is no such file here`,
    );
  }
  try {
    if (flags.vary !== undefined) {
      await (await import('./vary.ts')).vary(path, session, engine);
    } else if (flags.seeds === undefined) await runOne(path, session, engine, alone);
    else await sweep(path, flags.seeds, session, engine);
  } catch (error) {
    if (error instanceof UsageError || isLargerHeap(error)) throw error;
    // The runs before it are reported first, then the error.
    session.addBug(error);
  }
}

/** One scenario, one seed: the screen in full if it is alone or not held. */
async function runOne(
  path: ScenarioPath,
  session: Session,
  engine: Engine,
  alone: boolean,
): Promise<void> {
  const { host, flags, console } = session;
  const prepared = await prepareRun(path, flags, engine, host);
  const { run, diagnostics } = prepared;
  if (run === null) return session.addUnread(path.shown, prepared);
  if (alone && host.beginAgain !== null) await demandRoom(run.scenario);
  if (flags.json !== true) console.diagnose(diagnostics, path.shown);
  await turn();
  if (session.interrupted) return;
  const track = flags.twin === true ? await newTrack() : null;
  const ending = simulateAnnounced(run, session, track);
  if (ending.kind === 'done') {
    if (track === null) return report(ending.value, run, session, alone, diagnostics);
    const twins = await runTwins(run, ending.value, track, session);
    const metastable = await runLoops(run, ending.value, session);
    return report(ending.value, run, session, alone, diagnostics, { twins, metastable });
  }
  const partial = ending.partial?.() ?? null;
  if (partial !== null) {
    reportPartial(partial, run, session);
    session.addBrowserPage(partial, run);
  }
  if (ending.kind === 'timeout') return session.addTimeout(run);
  if (partial !== null) session.addDocument(runDocument(partial, run.context));
  console.complain(`${run.scenario.name} seed ${run.scenario.seed} was interrupted`);
  session.addInterrupt();
}

/** Simulates it, and says for `dsim serve` how far it is, if it will be kept there. */
function simulateAnnounced(run: OneRun, session: Session, track: TraceSink | null): Ending<Result> {
  const { name, seed, durationUs, groups } = run.scenario;
  // Own code may hold more between two events than dsim sees, and is run in one go.
  const isOwn = groups.some((group) => group.isOwn);
  if (session.flags.keep === false || isOwn) return simulateTold(run, session, track);
  const { file, sets, without, strict, allowOutside } = run.context;
  const subject = { name, file, seed, sets, without, strict, allowOutside, durationUs };
  const announcement = new Announcement(session.host.cwd, subject);
  run.step = (atUs, events) => announcement.next(atUs, events);
  try {
    return simulateTold(run, session, track);
  } finally {
    announcement.end();
  }
}

/** Throws `LargerHeap` if V8 must be started again for these nodes. */
async function demandRoom(scenario: Scenario): Promise<void> {
  const nodes = nodesOf(scenario).length;
  if (nodes >= MANY_NODES) (await import('./larger-heap.ts')).demandHeap(nodes);
}

function isLargerHeap(error: unknown): boolean {
  return error instanceof Error && error.name === 'LargerHeap';
}

/** What a run that was stopped has shown by then. It is not kept: it cannot be replayed. */
function reportPartial(result: Result, run: OneRun, session: Session): void {
  const { console, flags } = session;
  if (flags.json === true) return;
  if (flags.quiet === true) console.print(`${verdictLine(result, console.ink)}\n`);
  else console.print(renderScreen(result, run.context, console.ink));
}

/** Prints and keeps a result. Shared with `replay`. */
export function report(
  result: Result,
  run: OneRun,
  session: Session,
  alone: boolean,
  warnings: readonly Diagnostic[],
  compared: Compared = {},
): void {
  const { console, flags } = session;
  const context = session.keep(result, run.context);
  const document = session.writesJson
    ? { ...runDocument(result, context, compared), warnings }
    : null;
  session.addResult(result, context, run, document);
  if (flags.json === true) return;
  const brief = flags.quiet === true || (!alone && result.state === 'held');
  if (brief) console.print(`${verdictLine(result, console.ink)}\n`);
  else console.print(`${alone ? '' : '\n'}${renderScreen(result, context, console.ink, compared)}`);
}

/**
 * Simulates with the trace and the log that the flags ask for; both are complete even after an
 * error in dsim.
 */
export function simulateTold(
  run: OneRun,
  session: Session,
  track: TraceSink | null = null,
): Ending<Result> {
  const { flags, host, console } = session;
  const log = eventLog(flags, run.scenario, console.ink, host.out, console.ink.columns);
  const trace = openTrace(run, session);
  const listener = session.listenerOf(run);
  let ending: Ending<Result> = { kind: 'interrupted' };
  try {
    ending = run.simulate(fanOut([trace, log, track, listener]));
    if (ending.kind === 'done') run.heard = listener;
    // The log has them in their places.
    if (ending.kind === 'done' && log === null && flags.quiet !== true) {
      echoConsole(ending.value, console.errInk, host.err);
    }
    return ending;
  } finally {
    log?.flush();
    if (trace !== null) closeTrace(trace, ending, session);
  }
}

function openTrace(run: OneRun, session: Session): TraceWriter | null {
  const [path] = traceOutputs(session.flags);
  if (path === undefined) return null;
  try {
    const { out, cwd } = session.host;
    const to = path === '-' ? { output: out } : { path: resolve(cwd, path), shown: path };
    return new TraceWriter(to, run.traceHeader());
  } catch (error) {
    return refuse(error, session);
  }
}

function closeTrace(trace: TraceWriter, ending: Ending<Result>, session: Session): void {
  const result = ending.kind === 'done' ? ending.value : null;
  try {
    trace.finish({
      complete: result !== null,
      state: result === null ? null : result.state,
      digests: result?.digests ?? null,
    });
  } catch (error) {
    refuse(error, session);
  }
}

/** A trace that cannot be written fails the command, not the run. */
function refuse(error: unknown, session: Session): null {
  if (!(error instanceof OutputError)) throw error;
  session.console.complain(error.message);
  session.addCode(USAGE);
  return null;
}
