/**
 * `dsim replay`: a run again, from a kept run, a trace, or a scenario with its seed; the same, or
 * exit 5.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type KeptDocument, type RunDocument, runDocument } from '../report/run-document.ts';
import { latestRun, namedRun } from '../scenarios/host/run-store.ts';
import { TraceReader } from '../scenarios/host/trace-file.ts';
import type { Result } from '../scenarios/result.ts';
import { TraceFormatError, type TraceHeader } from '../scenarios/trace-format.ts';
import { formatCount } from '../sim/units.ts';
import { Console, UsageError } from './console.ts';
import {
  type Compared,
  compareWith,
  compareWithItself,
  renderDifference,
  TIERS,
} from './determinism.ts';
import type { Engine } from './engine.ts';
import { eventLog } from './event-log.ts';
import { NOT_DETERMINISTIC } from './exit-codes.ts';
import { checkRunFlags, type ReplayFlags, traceOutputs } from './flags.ts';
import type { Host } from './host.ts';
import type { Ending } from './interruptible.ts';
import { turn } from './interrupts.ts';
import { type OneRun, prepareRun, VERSION } from './one-run.ts';
import { differencesFrom, type EndNow, type RecordedEnd } from './recorded-end.ts';
import { report, simulateTold } from './run.ts';
import { scenarioPaths } from './scenario-paths.ts';
import { Session } from './session.ts';
import type { LookOptions } from './terminal.ts';

/** What is to be replayed, and what is known of it. */
interface Recording {
  readonly file: string;
  readonly flags: ReplayFlags;
  /** Absolute path of the trace; null when there is none. */
  readonly trace: string | null;
  /** How the run ended; null where nothing says so, or a trace will say it after its events. */
  readonly end: RecordedEnd | null;
  readonly strict: boolean;
  readonly scenarioHash: string | null;
  /** The version of dsim that recorded it. */
  readonly version: string | null;
}

type RecordedOptions = Pick<TraceHeader, 'seed' | 'sets' | 'without' | 'maxEvents' | 'strict'>;

/** Runs it again; the exit code is the verdict's, or 5 when it is not the same run. */
export async function replayCommand(
  name: string,
  flags: ReplayFlags,
  looks: LookOptions,
  host: Host,
): Promise<number> {
  checkRunFlags(flags, 1);
  const recording = readRecording(name, flags, host);
  const engine = await host.engine();
  const console = new Console(flags.trace === '-' ? { ...host, out: host.err } : host, looks);
  const session = new Session(console, host, { ...recording.flags, keep: false });
  if (recording.version !== null && recording.version !== VERSION) {
    console.note(
      `recorded by dsim ${recording.version}, this is ${VERSION}: another version may run otherwise`,
    );
  }
  host.onInterrupt(() => session.addInterrupt());
  await session.prepareOutput();
  const run = await loadRecorded(recording, session, engine);
  if (run === null) return session.finish();
  await turn();
  const trial: Ending<Result> = session.interrupted
    ? { kind: 'interrupted' }
    : attempt(run, recording, session);
  if (trial.kind === 'done') conclude(trial.value, run, recording, session);
  else if (trial.kind === 'timeout') session.addTimeout(run);
  else {
    console.complain(
      `the replay of ${run.scenario.name} seed ${run.scenario.seed} was interrupted: nothing was compared to its end`,
    );
    session.addInterrupt();
  }
  return session.finish();
}

// --- What is to be replayed --------------------------------------------------------------------

function readRecording(name: string, flags: ReplayFlags, host: Host): Recording {
  const path = resolve(host.cwd, name);
  if (/\.ndjson$/i.test(name)) return fromTrace(path, name, flags);
  const here = name !== '' && existsSync(path);
  const kept = namedRun(host.cwd, name);
  if (kept !== null) return fromKept(kept.text, kept.shown, flags);
  if (!here && name === 'latest') {
    const gone = latestRun(host.cwd);
    if (gone === null) throw new UsageError('no run has been kept here yet (.dsim/runs)');
    throw new UsageError(`the latest run, ${gone}, is not there any more (.dsim/runs)`);
  }
  const { digest } = flags;
  return {
    file: name,
    flags,
    trace: null,
    end: digest === undefined ? null : { state: null, digests: { order: digest }, document: null },
    strict: flags.strict === true,
    scenarioHash: null,
    version: flags.by ?? null,
  };
}

/** A recording says itself which run it is. */
function refuseChanges(flags: ReplayFlags, shown: string): void {
  const { seed, set, without, maxEvents, digest, by } = flags;
  const given = [
    ['--seed', seed],
    ['--set', set],
    ['--without', without],
    ['--max-events', maxEvents],
    ['--digest', digest],
    ['--by', by],
  ].find(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw new UsageError(
    `${shown} says itself which run it is: leave ${given[0]} away, or replay the scenario`,
  );
}

function fromTrace(path: string, name: string, flags: ReplayFlags): Recording {
  if (traceOutputs(flags).length > 0) {
    throw new UsageError(
      'a trace is replayed against; to record one, replay the scenario with its seed',
    );
  }
  refuseChanges(flags, name);
  const reader = openTrace(path, name);
  const { header } = reader;
  reader.close();
  if (header.file === null)
    throw new UsageError(`${name} was recorded from a scenario without a file`);
  const { file, scenarioHash, dsim } = header;
  return {
    file,
    flags: { ...flags, ...replayed(header) },
    trace: path,
    end: null,
    strict: header.strict,
    scenarioHash,
    version: dsim,
  };
}

function openTrace(path: string, name: string): TraceReader {
  try {
    return new TraceReader(path);
  } catch (error) {
    if (error instanceof TraceFormatError)
      throw new UsageError(`${name}:${error.line}: ${error.message}`);
    if (error instanceof Error && 'code' in error)
      throw new UsageError(`cannot read ${name} (${String(error.code)})`);
    throw error;
  }
}

function fromKept(text: string, shown: string, flags: ReplayFlags): Recording {
  refuseChanges(flags, shown);
  const document = parseKept(text, shown);
  const { run, dsim } = document;
  const { scenario, digests, state, strict } = run;
  return {
    file: scenario.file,
    flags: { ...flags, ...replayed(run) },
    trace: null,
    end: { state, digests, document: dsim === VERSION ? run : null },
    strict,
    scenarioHash: scenario.hash,
    version: dsim,
  };
}

function parseKept(text: string, shown: string): KeptDocument {
  let document: Partial<KeptDocument> | null = null;
  try {
    document = JSON.parse(text) as Partial<KeptDocument> | null;
  } catch {
    // Reported below.
  }
  if (document?.format === 'dsim-run' && document.version === 1 && isWhole(document)) {
    return document as KeptDocument;
  }
  throw new UsageError(`${shown}/result.json is not a run that this dsim can read`);
}

/** All that a replay reads of it is there, and is what it should be. */
function isWhole({ dsim, run }: Partial<KeptDocument>): boolean {
  const { scenario, digests, seed, sets, without, maxEvents, strict, state } = { ...run };
  const isText = (value: unknown) => typeof value === 'string';
  return (
    [dsim, seed, state, scenario?.file, scenario?.hash].every(isText) &&
    TIERS.every((tier) => isText(digests?.[tier])) &&
    Array.isArray(sets) &&
    sets.every(isText) &&
    typeof without === 'boolean' &&
    typeof strict === 'boolean' &&
    (maxEvents === null || (Number.isSafeInteger(maxEvents) && (maxEvents ?? 0) > 0))
  );
}

/** The options that make it the recorded run. */
function replayed({
  seed,
  sets,
  without,
  maxEvents,
  strict,
}: RecordedOptions): Partial<ReplayFlags> {
  return {
    seed,
    set: sets,
    without,
    ...(maxEvents === null ? {} : { maxEvents }),
    ...(strict ? { strict } : {}),
  };
}

async function loadRecorded(
  recording: Recording,
  session: Session,
  engine: Engine,
): Promise<OneRun | null> {
  const { host, console } = session;
  const paths = scenarioPaths([recording.file], host.cwd, engine);
  const [path] = paths;
  if (path === undefined || paths.length > 1)
    throw new UsageError('replay takes one scenario, run or trace');
  const prepared = await prepareRun(path, recording.flags, engine, host);
  const { run } = prepared;
  if (run === null) {
    session.addUnread(path.shown, prepared);
    return null;
  }
  const hash = recording.scenarioHash;
  if (hash !== null && hash !== run.context.scenarioHash) {
    console.note(
      `${path.shown} has changed since it was recorded (${hash}, now ${run.context.scenarioHash})`,
    );
  }
  return run;
}

// --- Again -------------------------------------------------------------------------------------

/** Runs it, against its trace if there is one. Throws UsageError when the trace is broken. */
function attempt(run: OneRun, recording: Recording, session: Session): Ending<Result> {
  if (recording.trace === null) return simulateTold(run, session);
  const { console, flags, host } = session;
  const log = eventLog(flags, run.scenario, console.ink, host.out, console.ink.columns);
  try {
    const compared = compareWith(recording.trace, run, run.context.strict, log);
    log?.flush();
    if (compared.difference !== null) {
      session.addCode(NOT_DETERMINISTIC);
      const lines = renderDifference(compared.difference, console.errInk);
      session.host.err.write(
        `${console.errInk.bad('not the recorded run:')} ${lines.join('\n')}\n`,
      );
    } else if (compared.partial || compared.footer?.complete !== true) {
      console.note(
        `the recording ends after ${formatCount(compared.events)} events, all equal; it was cut short, so its verdict and its digests cannot be compared`,
      );
    } else if (compared.ending.kind === 'done') {
      compareEnd(compared, run, recording, session);
    }
    return compared.ending;
  } catch (error) {
    if (!(error instanceof TraceFormatError)) throw error;
    throw new UsageError(`the trace is broken in line ${error.line}: ${error.message}`);
  }
}

function conclude(result: Result, run: OneRun, recording: Recording, session: Session): void {
  const { console } = session;
  report(result, run, session, true, []);
  if (recording.trace !== null) return;
  if (recording.end === null) {
    console.note('no digest was given: this is a run, and nothing was compared');
    return;
  }
  const { end } = recording;
  const found = differencesFrom(end, endNow(result, run, recording));
  if (found.length === 0) {
    const all = end.document === null ? '' : ', and so is all that was kept';
    const by = end.state === null ? 'digest' : 'state and digests equal, digest';
    console.note(`the recorded run: ${by} ${end.digests.order}${all}`);
    return;
  }
  session.addCode(NOT_DETERMINISTIC);
  for (const sentence of found) console.complain(`not the recorded run: ${sentence}`);
  // Without a trace there is nothing to compare with but the run itself.
  const again = compareWithItself(run, run.context.strict);
  if (again.ending.kind !== 'done') return;
  if (again.difference === null) {
    console.note(
      'the run repeats itself here, so the scenario, an option, a file of your own, dsim itself or the recording has changed; record with --trace to learn the first event that differs',
    );
    return;
  }
  session.host.err.write(`${renderDifference(again.difference, console.errInk).join('\n')}\n`);
}

function endNow(result: Result, run: OneRun, { strict }: Recording): EndNow {
  return {
    result,
    // As JSON would have it: what is undefined is not there.
    document: () => JSON.parse(JSON.stringify(runDocument(result, run.context))) as RunDocument,
    sameStrictness: run.context.strict === strict,
  };
}

/** The footer of a trace all of whose events are equal. */
function compareEnd(
  { ending, footer, events }: Compared,
  run: OneRun,
  recording: Recording,
  session: Session,
): void {
  if (ending.kind !== 'done' || footer === null) return;
  const end = { state: footer.state, digests: footer.digests ?? {}, document: null };
  const found = differencesFrom(end, endNow(ending.value, run, recording));
  if (found.length > 0) session.addCode(NOT_DETERMINISTIC);
  for (const sentence of found) session.console.complain(`not the recorded run: ${sentence}`);
  if (found.length > 0) return;
  session.console.note(`the recorded run: ${formatCount(events)} events, all equal`);
}
