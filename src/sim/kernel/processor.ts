/**
 * The cores of one machine, and what waits for them: first come, first served, whichever node of
 * the machine it belongs to. A message holds a core for the time of `cpu: { message }`, a
 * computation for as long as it takes; who has a core keeps it to the end.
 *
 * Times are true µs. What a computation has left is in µs of an unhindered core, so that a fault
 * which slows the processor stretches just what is left.
 */
import { assert } from '../assert.ts';

/** A computation that a node has begun: it has a core, or waits for one. */
export interface Job {
  readonly number: number;
  /** The number of its node. */
  readonly host: number;
  /** What `timeout` gets when it is done. */
  readonly tag: string;
  readonly key: number;
  /** Its place among all that has come to this processor. */
  readonly turn: number;
  /** What was left when it last got a core, in µs of an unhindered one. */
  leftUs: number;
  /** The number of its core; -1 while it waits. */
  core: number;
  startedUs: number;
  /** How many µs one µs of work takes it, since `startedUs`. */
  factor: number;
  endUs: number;
}

/** Empty, and always: all nodes share it that never computed. */
export const NO_JOBS = new Map<number, Job>();

const NOBODY = -1;

export class Processor {
  /** The numbers of the nodes that share it. */
  readonly hosts: readonly number[];
  /** When the event that wakes it is due; Infinity if none is on its way. */
  wakeAtUs = Infinity;
  /** It may be woken for several reasons at once: one event will do for all. */
  mergesWakes: boolean;
  /** In the order of their turns. */
  readonly waiting: Job[] = [];
  /** By core: until when it is held, and which node holds it. */
  private readonly untilUs: number[];
  private readonly holders: number[];
  /** By core: a job holds it, and gives it back itself. */
  private readonly computes: boolean[];
  private turns = 0;

  constructor(cores: number, hosts: readonly number[]) {
    assert(Number.isInteger(cores) && cores >= 1, 'a processor has at least one core');
    this.hosts = hosts;
    this.mergesWakes = hosts.length > 1 || cores > 1;
    this.untilUs = new Array<number>(cores).fill(0);
    this.holders = new Array<number>(cores).fill(NOBODY);
    this.computes = new Array<boolean>(cores).fill(false);
  }

  /** A number for what has come now: lower ones came earlier. */
  nextTurn(): number {
    return ++this.turns;
  }

  hasFreeCore(nowUs: number): boolean {
    return this.freeCore(nowUs) >= 0;
  }

  private freeCore(nowUs: number): number {
    return this.untilUs.findIndex((until, core) => until <= nowUs && !this.computes[core]);
  }

  /** When the first core is due to be free, which may be past. */
  get freeAtUs(): number {
    const { untilUs } = this;
    let first = untilUs[0]!;
    for (let core = 1; core < untilUs.length; core++) {
      if (untilUs[core]! < first) first = untilUs[core]!;
    }
    return first;
  }

  /** A node takes a free core until a time; gives the core's number. */
  hold(host: number, nowUs: number, untilUs: number): number {
    const core = this.freeCore(nowUs);
    assert(core >= 0, 'a core is taken only when one is free');
    this.untilUs[core] = untilUs;
    this.holders[core] = host;
    return core;
  }

  /** A job gets a core, and needs `factor` times its work. */
  start(job: Job, nowUs: number, factor: number): void {
    assert(job.core === NOBODY, 'a job has one core at a time');
    job.startedUs = nowUs;
    job.factor = factor;
    job.endUs = nowUs + Math.round(job.leftUs * factor);
    job.core = this.hold(job.host, nowUs, job.endUs);
    this.computes[job.core] = true;
  }

  /** A job goes on at another pace, on the core that it has. */
  retime(job: Job, nowUs: number, factor: number): void {
    assert(job.core !== NOBODY, 'only a job that runs changes its pace');
    this.progress(job, nowUs);
    job.factor = factor;
    job.endUs = nowUs + Math.round(job.leftUs * factor);
    this.untilUs[job.core] = job.endUs;
  }

  /** A job gives its core back, done or not. */
  release(job: Job, nowUs: number): void {
    assert(job.core !== NOBODY, 'only a job that runs gives a core back');
    assert(this.holders[job.core] === job.host, 'a core is given back by the node that holds it');
    this.progress(job, nowUs);
    this.untilUs[job.core] = nowUs;
    this.computes[job.core] = false;
    this.holders[job.core] = NOBODY;
    job.core = NOBODY;
  }

  /** A job waits for a core, by its turn. */
  enqueue(job: Job): void {
    assert(job.core === NOBODY, 'a job that has a core waits for none');
    const later = this.waiting.findIndex(({ turn }) => turn > job.turn);
    if (later < 0) this.waiting.push(job);
    else this.waiting.splice(later, 0, job);
  }

  /** Takes a waiting job out. */
  leave(job: Job): void {
    const at = this.waiting.indexOf(job);
    assert(at >= 0, 'only a job that waits stops waiting');
    this.waiting.splice(at, 1);
  }

  /** A node is gone: its messages keep no core, and its jobs must be gone already. */
  free(host: number, nowUs: number): void {
    for (let core = 0; core < this.holders.length; core++) {
      if (this.holders[core] !== host) continue;
      assert(!this.computes[core], 'the jobs of a node end before it does');
      this.holders[core] = NOBODY;
      this.untilUs[core] = Math.min(this.untilUs[core]!, nowUs);
    }
  }

  private progress(job: Job, nowUs: number): void {
    job.leftUs = Math.max(0, job.leftUs - (nowUs - job.startedUs) / job.factor);
    job.startedUs = nowUs;
  }
}

/** Where a node computes. */
export interface Seat {
  /** Nodes of one machine share its cores; null: the node has a machine of its own. */
  readonly machine?: string | null;
  readonly cores?: number;
}

/**
 * The processor of each node, in their order; null for one that it has for itself: most nodes never
 * need it.
 */
export function processorsOf(seats: readonly Seat[]): readonly (Processor | null)[] {
  const onMachine = new Map<string, number[]>();
  seats.forEach(({ machine }, index) => {
    if (machine == null) return;
    const hosts = onMachine.get(machine);
    if (hosts === undefined) onMachine.set(machine, [index]);
    else hosts.push(index);
  });
  const shared = new Map<string, Processor>();
  for (const [machine, hosts] of onMachine) {
    const cores = seats[hosts[0]!]!.cores ?? 1;
    assert(
      hosts.every((host) => (seats[host]!.cores ?? 1) === cores),
      'all nodes of a machine say how many cores it has, and agree',
    );
    shared.set(machine, new Processor(cores, hosts));
  }
  return seats.map(({ machine }) => (machine == null ? null : shared.get(machine)!));
}
