/**
 * `dsim replay`: a run again, from a kept run, a trace, or a scenario with its seed; the same, or
 * exit 5.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { KeptDocument } from '../report/run-document.ts';
import { findRun } from '../scenarios/host/run-store.ts';
import { TraceReader } from '../scenarios/host/trace-file.ts';
import type { Result } from '../scenarios/result.ts';
import { TraceFormatError, type TraceHeader } from '../scenarios/trace-format.ts';
import { formatCount } from '../sim/units.ts';
import { Console, UsageError } from './console.ts';
import { compareWith, compareWithItself, renderDifference } from './determinism.ts';
import type { Engine } from './engine.ts';
import { eventLog } from './event-log.ts';
import { NOT_DETERMINISTIC } from './exit-codes.ts';
import { checkRunFlags, type ReplayFlags, traceOutputs } from './flags.ts';
import type { Host } from './host.ts';
import type { Ending } from './interruptible.ts';
import { turn } from './interrupts.ts';
import { type OneRun, prepare, VERSION } from './one-run.ts';
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
  readonly orderDigest: string | null;
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
  const here = existsSync(path);
  const kept = here ? null : findRun(host.cwd, name);
  if (kept !== null) return fromKept(kept.text, kept.shown, flags);
  if (name === 'latest') throw new UsageError('no run has been kept here yet (.dsim/runs)');
  const digest = flags.digest ?? null;
  return { file: name, flags, trace: null, orderDigest: digest, scenarioHash: null, version: null };
}

function fromTrace(path: string, name: string, flags: ReplayFlags): Recording {
  if (traceOutputs(flags).length > 0) {
    throw new UsageError(
      'a trace is replayed against; to record one, replay the scenario with its seed',
    );
  }
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
    orderDigest: flags.digest ?? null,
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
  const document = parseKept(text, shown);
  const { scenario, digests } = document.run;
  return {
    file: scenario.file,
    flags: { ...flags, ...replayed(document.run) },
    trace: null,
    orderDigest: digests.order,
    scenarioHash: scenario.hash,
    version: document.dsim,
  };
}

function parseKept(text: string, shown: string): KeptDocument {
  let document: Partial<KeptDocument> | null = null;
  try {
    document = JSON.parse(text) as Partial<KeptDocument> | null;
  } catch {
    // Reported below.
  }
  if (document?.format === 'dsim-run' && document.version === 1 && document.run !== undefined) {
    return document as KeptDocument;
  }
  throw new UsageError(`${shown}/result.json is not a run that this dsim can read`);
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
  const prepared = await prepare(path, recording.flags, engine, host);
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
    } else if (compared.partial) {
      console.note(
        `the recording ends after ${formatCount(compared.events)} events, all equal; it was cut short`,
      );
    } else if (compared.ending.kind === 'done') {
      console.note(`the recorded run: ${formatCount(compared.events)} events, all equal`);
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
  const { orderDigest } = recording;
  if (orderDigest === null || recording.trace !== null) return;
  if (result.digests.order === orderDigest) {
    console.note(`the recorded run: digest ${orderDigest}`);
    return;
  }
  session.addCode(NOT_DETERMINISTIC);
  console.complain(
    `not the recorded run: its digest was ${orderDigest}, now it is ${result.digests.order}`,
  );
  // Without a trace there is nothing to compare with but the run itself.
  const again = compareWithItself(run, run.context.strict);
  if (again.difference === null) {
    console.note(
      'the run repeats itself here, so the scenario, an option or dsim itself was another; record with --trace to learn the first event that differs',
    );
    return;
  }
  session.host.err.write(`${renderDifference(again.difference, console.errInk).join('\n')}\n`);
}
