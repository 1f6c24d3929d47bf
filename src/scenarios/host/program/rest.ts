/**
 * Whether a process is at rest: all of its threads, and those of the processes that it has started,
 * sleep, and none has run since it was looked at before. So whoever wrote it a line knows that it
 * has nothing more to say, without a word from the program.
 *
 * Linux only: elsewhere nobody can look, and `null` says so.
 */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * `ended`; or a text that is the same at two looks if nothing ran in between; or, of one that is
 * not at rest, the processor time in ms that its busiest thread has had, NaN where that cannot be
 * known. null where the system does not tell.
 */
export type Look = 'ended' | { readonly rest: string } | { readonly ranMs: number } | null;

const UNKNOWN = { ranMs: Number.NaN };

/** `wide`: also processes that left the family but not the session, as a launcher's may do. */
export function lookAt(pid: number, wide: boolean): Look {
  if (process.platform !== 'linux') return null;
  const look = lookAmong(pid, descendants(pid));
  // To find a session all processes of the machine are read.
  return wide && look !== 'ended' && 'rest' in look ? lookAmong(pid, inSession(pid)) : look;
}

function lookAmong(pid: number, others: readonly number[]): Exclude<Look, null> {
  let rest = '';
  let ranMs = -1;
  for (const process of [pid, ...others]) {
    const threads = namesIn(`/proc/${process}/task`);
    if (threads === null) {
      if (process === pid) return 'ended';
      continue;
    }
    for (const thread of threads) {
      const status = textOf(`/proc/${process}/task/${thread}/status`);
      // It ended in between.
      if (status === null) return UNKNOWN;
      const state = /^State:\s+(\S)/m.exec(status)?.[1];
      if (state === 'Z' || state === 'X') {
        if (process === pid) return 'ended';
      } else if (state === 'R') ranMs = Math.max(ranMs, ranMsOf(process, thread));
      else if (state !== 'S') return UNKNOWN;
      else rest += `${thread} ${status.slice(status.indexOf('voluntary_ctxt_switches'))}`;
    }
  }
  return ranMs === -1 ? { rest } : { ranMs };
}

/** Processor time of a thread: the scheduler's figure in ns, the first of three. */
function ranMsOf(process: number, thread: string): number {
  const ns = Number(textOf(`/proc/${process}/task/${thread}/schedstat`)?.split(' ')[0]);
  // A kernel that does not count always says 0.
  return ns > 0 ? ns / 1e6 : Number.NaN;
}

/** All processes that it has started, and those that these have. */
function descendants(pid: number): readonly number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`) ?? '';
  return children
    .split(' ')
    .filter((word) => word !== '')
    .map(Number)
    .flatMap((child) => [child, ...descendants(child)]);
}

/** All other processes of the session that it leads. */
function inSession(pid: number): readonly number[] {
  return (namesIn('/proc') ?? [])
    .filter((name) => /^\d+$/.test(name) && Number(name) !== pid)
    .filter((name) => {
      const stat = textOf(`/proc/${name}/stat`) ?? '';
      // The name of the program stands in brackets, and may hold anything.
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]) === pid;
    })
    .map(Number);
}

function namesIn(folder: string): readonly string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}

/** How often in a row it must be seen at rest. */
const LOOKS = 2;
/** Where nobody can look: how long it must have been silent. */
const SILENCE_MS = 20;
/** Between two looks no more than this counts: the rest is the time that the looker did not get. */
const GAP_MAX_MS = 20;

/**
 * Looks at a process again and again, until it was at rest often enough in a row, and counts the
 * time that it takes. Time in which it waits for a processor does not count: else a program would
 * be called hung because the machine is busy.
 */
export class RestWatch {
  private readonly look: () => Look;
  private readonly now: () => number;
  private readonly restMs: number;
  private silentMs = 0;
  private sameMs = 0;
  private before = '';
  private ranMs = Number.NaN;
  private seen = 0;
  private lookedAt: number;
  /** How long it had for its work, in ms. */
  spentMs = 0;

  /**
   * `now`: host time, in ms. `restMs`: how long it must look the same to be at rest; 0: three looks
   * are enough.
   */
  constructor(look: () => Look, now: () => number, restMs = 0) {
    this.look = look;
    this.now = now;
    this.restMs = restMs;
    this.lookedAt = now();
  }

  /** It has said something. */
  heard(): void {
    this.silentMs = 0;
    this.sameMs = 0;
    this.seen = 0;
  }

  see(): 'rest' | 'ended' | 'running' {
    const look = this.look();
    const at = this.now();
    const gapMs = Math.min(at - this.lookedAt, GAP_MAX_MS);
    this.lookedAt = at;
    this.silentMs += gapMs;
    if (look === null || look === 'ended') {
      this.spentMs += gapMs;
      return look ?? (this.silentMs >= SILENCE_MS ? 'rest' : 'running');
    }
    if ('ranMs' in look) {
      const ranMs = look.ranMs - this.ranMs;
      this.spentMs += ranMs >= 0 ? ranMs : gapMs;
      this.ranMs = look.ranMs;
      this.before = '';
      this.seen = 0;
      return 'running';
    }
    this.spentMs += gapMs;
    const isSame = look.rest === this.before;
    this.seen = isSame ? this.seen + 1 : 0;
    this.sameMs = isSame ? this.sameMs + gapMs : 0;
    this.before = look.rest;
    return this.seen >= LOOKS && this.sameMs >= this.restMs ? 'rest' : 'running';
  }
}
