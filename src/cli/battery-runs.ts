/**
 * The runs of a battery, spread over processes. This one makes them from the first on. Each of the
 * others loads the scenario by itself and makes every n-th run, from the last on, until all are
 * there: whoever is slower, or began later, makes fewer. What comes back is put together by
 * position, so that the number of processes changes nothing but the time.
 */
import { availableParallelism } from 'node:os';
import { type Battery, type BatteryOptions, planBattery } from '../scenarios/tradeoff/battery.ts';
import { concludeBattery } from '../scenarios/tradeoff/conclude.ts';
import { measureTask } from '../scenarios/tradeoff/measure.ts';
import type { Sample } from '../scenarios/tradeoff/sample.ts';
import type { Tradeoff } from '../scenarios/tradeoff/tradeoff.ts';
import { INTERRUPTED } from './exit-codes.ts';
import type { SubjectFlags } from './flags.ts';
import type { Host } from './host.ts';
import { runInterruptible } from './interruptible.ts';
import { interruptHeard, interruptPending, turn } from './interrupts.ts';
import type { OneRun } from './one-run.ts';
import type { Shard } from './suite/flags.ts';

export interface BatteryFlags extends SubjectFlags {
  /** Runs of each cell. */
  readonly runs?: number;
  readonly timeScale?: number;
  /** Processes; by default as many as the machine has cores. */
  readonly jobs?: number;
}

export type BatteryEnding =
  | { readonly kind: 'done'; readonly tradeoff: Tradeoff }
  | { readonly kind: 'interrupted'; readonly tradeoff: Tradeoff }
  /** There is nothing to measure, and why. */
  | { readonly kind: 'nothing'; readonly why: string };

/** What a battery needs of a run: its scenario, and how it was asked for. */
type Subject = Pick<OneRun, 'scenario' | 'context'>;

/** Makes all runs, in as many processes as the flags allow. */
export async function runBattery(
  run: Subject,
  flags: BatteryFlags,
  host: Host,
  step: () => void,
): Promise<BatteryEnding> {
  const battery = planBattery(run.scenario, optionsOf(flags));
  if (typeof battery === 'string') return { kind: 'nothing', why: battery };
  const jobs = Math.min(flags.jobs ?? availableParallelism(), battery.tasks.length);
  const processes = host.respawn === null ? 1 : jobs;
  const made = new Map<number, Sample>();
  const keep = (sample: Sample) => {
    if (!made.has(sample.task)) step();
    made.set(sample.task, sample);
  };
  const enough = new AbortController();
  const others = Array.from({ length: processes - 1 }, (_, i) =>
    runElsewhere(run, flags, host, { index: i + 1, of: processes - 1 }, keep, enough.signal),
  );
  await makeRuns(battery, battery.tasks, keep, made);
  if (!interruptPending()) enough.abort();
  await Promise.all(others);
  const samples = [...made.values()].sort((a, b) => a.task - b.task);
  const tradeoff = concludeBattery(battery, samples);
  return { kind: interruptPending() ? 'interrupted' : 'done', tradeoff };
}

/**
 * The battery of a scenario that expects a label. Its seed comes from what the scenario says, not
 * from the run's own: the label belongs to the scenario. null where there is nothing to measure.
 */
export async function expectedTradeoff(
  run: OneRun,
  flags: SubjectFlags,
  host: Host,
): Promise<Tradeoff | null> {
  // A worker of `dsim test` has the other cores busy; another process would draw again by the seed.
  const alone = process.send !== undefined || run.scenario.drawn.length > 0;
  const jobs = alone ? { jobs: 1 } : {};
  const scenario = { ...run.scenario, seed: run.context.scenarioHash };
  const own = { scenario, context: run.context };
  const ending = await runBattery(own, { ...flags, ...jobs }, host, () => undefined);
  return ending.kind === 'nothing' ? null : ending.tradeoff;
}

/** The runs of one part, as lines of JSON: what a process that was started for it prints. */
export async function printPart(
  run: Subject,
  flags: BatteryFlags,
  part: Shard,
  host: Host,
): Promise<void> {
  const battery = planBattery(run.scenario, optionsOf(flags));
  if (typeof battery === 'string') return;
  const ended = host.env[PARENT_WAITS] === undefined ? null : endWithParent();
  await makeRuns(battery, tasksOf(battery, part), (sample) => {
    host.out.write(`${JSON.stringify(sample)}\n`);
  });
  ended?.();
}

/** Set for a process that holds the other end of its parent's pipe. */
const PARENT_WAITS = 'DSIM_PARENT_WAITS';

/**
 * A parent that was killed cannot say so: its end of the pipe is closed. Returns how to let go of
 * it, without which this process would not end.
 */
function endWithParent(): () => void {
  process.stdin.resume().once('end', () => process.exit(INTERRUPTED));
  return () => process.stdin.destroy();
}

function optionsOf({ runs, timeScale }: BatteryFlags): BatteryOptions {
  return {
    ...(runs === undefined ? {} : { seeds: runs }),
    ...(timeScale === undefined ? {} : { timeScale }),
  };
}

/** `2/3`: every third run, the last ones first. */
function tasksOf({ tasks }: Battery, part: Shard): Battery['tasks'] {
  return tasks.filter(({ index }) => index % part.of === part.index - 1).reverse();
}

async function makeRuns(
  battery: Battery,
  tasks: Battery['tasks'],
  keep: (sample: Sample) => void,
  made: ReadonlyMap<number, Sample> = new Map(),
): Promise<void> {
  for (const task of tasks) {
    await turn();
    if (interruptPending()) break;
    if (made.has(task.index)) continue;
    const ending = runInterruptible(() => measureTask(battery, task), null);
    if (ending.kind !== 'done') {
      // The other processes stop too, and what they lack is not made here.
      interruptHeard();
      break;
    }
    keep(ending.value);
  }
}

/** null for a line of somebody else: what Node loads before dsim may print too. */
function sampleIn(line: string): Sample | null {
  try {
    const sample = JSON.parse(line) as Partial<Sample> | null;
    return typeof sample?.task === 'number' ? (sample as Sample) : null;
  } catch {
    return null;
  }
}

/** What a process gives that fails, or is stopped, is what it gave until then. */
async function runElsewhere(
  run: Subject,
  flags: BatteryFlags,
  host: Host,
  part: Shard,
  keep: (sample: Sample) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    const heard = (line: string) => {
      const sample = sampleIn(line);
      if (sample !== null) keep(sample);
    };
    const env = { [PARENT_WAITS]: '1' };
    await host.respawn?.(argumentsOf(run, flags, part), env, { heard, signal });
  } catch {
    // Its runs are made by this process.
  }
}

function argumentsOf({ context, scenario }: Subject, flags: BatteryFlags, part: Shard): string[] {
  return [
    'tradeoff',
    context.file,
    `--seed=${scenario.seed}`,
    ...context.sets.flatMap((set) => ['--set', set]),
    ...(context.without ? ['--without'] : []),
    ...(flags.code === false ? ['--no-code'] : []),
    ...(flags.allowOutside === true ? ['--allow-outside'] : []),
    ...(flags.runs === undefined ? [] : ['--runs', String(flags.runs)]),
    ...(flags.timeScale === undefined ? [] : ['--time-scale', String(flags.timeScale)]),
    '--part',
    `${part.index}/${part.of}`,
  ];
}
