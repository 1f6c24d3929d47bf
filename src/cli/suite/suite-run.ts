/**
 * Runs the subjects of a test, each over its seeds: on workers, or in this process where there are
 * none. Reporters hear of runs in the order in which they were asked for, however they end, so that
 * equal tests give equal reports.
 */
import type { InkOptions } from '../../report/ink.ts';
import type { TestedRun, TestedScenario } from '../../report/suite/suite.ts';
import type { JudgedDemand } from '../../scenarios/result.ts';
import { judgeDemands } from '../../scenarios/verdict/demands.ts';
import type { Engine } from '../engine.ts';
import type { SubjectFlags } from '../flags.ts';
import type { Host } from '../host.ts';
import { turn } from '../interrupts.ts';
import type { RunWorker, StartWorker } from './run-worker.ts';
import type { Subject } from './subjects.ts';
import { brokenRun, type RunOrder, ScenarioRead, testRun } from './tested-run.ts';

/** Orders that a worker holds: the one that it runs, and the next, so that it never waits. */
const IN_HAND = 2;
/** Fewer runs than this for a worker are done before it has started. */
const RUNS_A_WORKER_MIN = 4;
/** Runs of one scenario that are kept because they failed. */
const KEPT_A_SCENARIO = 3;

export interface SuiteOptions {
  readonly subjects: readonly Subject[];
  /** What all of them are run with. */
  readonly flags: SubjectFlags;
  readonly jobs: number;
  /** Stop after this many runs that did not hold; null: never. */
  readonly bail: number | null;
  readonly keep: boolean;
  readonly looks: InkOptions;
  /** Looks at a run before anybody hears of it; returns what it makes of it. */
  look(subject: Subject, run: TestedRun): TestedRun;
  begin(scenarios: number, runs: number): void;
  run(run: TestedRun, scenario: TestedScenario): void;
  scenario(scenario: TestedScenario): void;
}

export interface SuiteEnd {
  readonly scenarios: readonly TestedScenario[];
  readonly interrupted: boolean;
  readonly bailed: boolean;
}

/** Runs them all, or as many as an interrupt allows. */
export async function runSuite(
  options: SuiteOptions,
  engine: Engine,
  host: Host,
): Promise<SuiteEnd> {
  const runs = options.subjects.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const workers = Math.min(options.jobs, Math.ceil(runs / RUNS_A_WORKER_MIN));
  const board = new Board(options);
  options.begin(options.subjects.length, runs);
  const unlisten = host.onInterrupt(() => board.interrupt(), true);
  try {
    if (host.startWorker === null || workers <= 1) await runHere(board, engine, host);
    else await new Workers(board, workers, await host.startWorker()).done;
  } finally {
    unlisten();
  }
  return board.finish();
}

async function runHere(board: Board, engine: Engine, host: Host): Promise<void> {
  const read = new ScenarioRead();
  for (;;) {
    await turn();
    const job = board.next();
    if (job === null) return;
    const run = await testRun(job.order, engine, host, read);
    if (run === 'interrupted') return board.interrupt();
    board.put(job, run);
  }
}

interface Job {
  readonly subject: number;
  readonly index: number;
  readonly order: RunOrder;
}

interface Row {
  readonly subject: Subject;
  readonly tested: TestedScenario & {
    readonly runs: TestedRun[];
    demands: readonly JudgedDemand[];
  };
  /** Runs that are over and whose turn has not come, by their index. */
  readonly early: Map<number, TestedRun>;
  /** The next to be given out, and the next to be reported. */
  given: number;
  told: number;
  /** It has errors: no more of it runs. */
  invalid: boolean;
  failed: number;
}

/** What is to be run, what is over, and what has been reported. */
class Board {
  stopped = false;
  private interrupted = false;
  private bailed = false;
  private failures = 0;
  private current = 0;
  private giving = 0;
  private readonly rows: readonly Row[];
  private readonly options: SuiteOptions;
  private readonly listeners: (() => void)[] = [];

  constructor(options: SuiteOptions) {
    this.options = options;
    this.rows = options.subjects.map((subject) => ({
      subject,
      tested: {
        name: subject.name,
        file: subject.path.shown,
        cell: subject.cell,
        cells: subject.cells,
        planned: subject.seeds.length,
        runs: [],
        demands: [],
      },
      early: new Map(),
      given: 0,
      told: 0,
      invalid: false,
      failed: 0,
    }));
  }

  onStop(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The next run to be made; null when there is none, or no more is wanted. */
  next(): Job | null {
    if (this.stopped) return null;
    for (; this.giving < this.rows.length; this.giving++) {
      const row = this.rows[this.giving];
      const seed = row?.subject.seeds[row.given];
      if (row === undefined || seed === undefined || row.invalid) continue;
      const { flags, keep, looks } = this.options;
      const { path, sets } = row.subject;
      const order = {
        path,
        seed,
        flags: { ...flags, set: sets },
        keep: keep && row.failed < KEPT_A_SCENARIO,
        judgesLabels: row.given === 0,
        looks,
      };
      return { subject: this.giving, index: row.given++, order };
    }
    return null;
  }

  put({ subject, index }: Job, ended: TestedRun): void {
    const row = this.rows[subject];
    if (row === undefined || this.stopped) return;
    const run = this.options.look(row.subject, ended);
    row.early.set(index, run);
    if (run.end === 'invalid') row.invalid = true;
    if (run.end !== 'held') row.failed++;
    this.advance();
  }

  interrupt(): void {
    this.interrupted = true;
    this.stop();
  }

  private stop(): void {
    this.stopped = true;
    for (const listener of this.listeners) listener();
  }

  /** Reports what is next in order, as far as it is there. */
  private advance(): void {
    for (; this.current < this.rows.length; this.current++) {
      const row = this.rows[this.current];
      if (row === undefined) return;
      while (row.told < row.subject.seeds.length) {
        const run = row.early.get(row.told);
        if (run === undefined) return;
        this.tell(row, run);
        if (this.stopped) return;
        if (run.end === 'invalid') break;
      }
      row.early.clear();
      const { sample } = row.subject;
      if (sample !== null && !row.invalid) {
        row.tested.demands = judgeDemands(row.tested.runs.filter(({ seed }) => sample.has(seed)));
      }
      this.options.scenario(row.tested);
    }
  }

  private tell(row: Row, run: TestedRun): void {
    row.early.delete(row.told);
    row.told++;
    row.tested.runs.push(run);
    this.options.run(run, row.tested);
    if (run.end === 'held') return;
    this.failures++;
    const { bail } = this.options;
    if (bail === null || this.failures < bail) return;
    this.bailed = true;
    this.stop();
  }

  /** Reports what is over although something before it is not: an interrupt loses nothing. */
  finish(): SuiteEnd {
    for (const row of this.rows.slice(this.current)) {
      if (this.interrupted) {
        for (const [index, run] of [...row.early].sort(([a], [b]) => a - b)) {
          row.told = index;
          this.tell(row, run);
        }
      }
      if (row.tested.runs.length > 0) this.options.scenario(row.tested);
    }
    const { interrupted, bailed } = this;
    return { scenarios: this.rows.map(({ tested }) => tested), interrupted, bailed };
  }
}

interface Hand {
  readonly worker: RunWorker;
  readonly jobs: Map<number, Job>;
}

/** Keeps workers busy until the board has nothing more. */
class Workers {
  readonly done: Promise<void>;
  private readonly board: Board;
  private readonly start: StartWorker;
  private readonly hands = new Set<Hand>();
  /** Given to a worker that ended before it began them. */
  private readonly returned: Job[] = [];
  private finish: () => void = () => {};
  private count = 0;

  constructor(board: Board, workers: number, start: StartWorker) {
    this.board = board;
    this.start = start;
    this.done = new Promise((resolve) => {
      this.finish = resolve;
    });
    board.onStop(() => this.end());
    for (let i = 0; i < workers; i++) this.hire();
  }

  private hire(): void {
    const jobs = new Map<number, Job>();
    const hand: Hand = {
      jobs,
      worker: this.start({
        replied: ({ id, run }) => {
          const job = jobs.get(id);
          jobs.delete(id);
          // Whoever interrupts one of these processes means them all.
          if (run === null) return this.board.interrupt();
          if (job !== undefined) this.board.put(job, run);
          this.feed(hand);
        },
        ended: (why) => this.replace(hand, why),
      }),
    };
    this.hands.add(hand);
    this.feed(hand);
  }

  private feed(hand: Hand): void {
    while (hand.jobs.size < IN_HAND && !this.board.stopped) {
      const job = this.returned.pop() ?? this.board.next();
      if (job === null) break;
      const id = this.count++;
      hand.jobs.set(id, job);
      hand.worker.send(id, job.order);
    }
    if (hand.jobs.size === 0) this.dismiss(hand);
  }

  private dismiss(hand: Hand): void {
    hand.worker.stop();
    this.hands.delete(hand);
    if (this.hands.size === 0) this.finish();
  }

  /** A worker is gone: what it ran is broken, what it had not begun is for another. */
  private replace(hand: Hand, why: string): void {
    if (why === 'SIGTERM' || why === 'SIGINT') return this.board.interrupt();
    this.hands.delete(hand);
    const [running, ...others] = hand.jobs.values();
    this.returned.push(...others);
    if (running !== undefined) this.lose(running, why);
    if (!this.board.stopped) this.hire();
    else if (this.hands.size === 0) this.finish();
  }

  private lose(job: Job, why: string): void {
    this.board.put(job, brokenRun(job.order.seed, `the worker process ended: ${why}`));
  }

  private end(): void {
    for (const { worker } of this.hands) worker.stop();
    this.hands.clear();
    this.finish();
  }
}
