/**
 * Runs that are under way: `.dsim/running/<process>.json`, for `dsim serve`. A run that is quickly
 * over says nothing, and saying how far one is never fails it.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from './run-store.ts';
import { writeWhole } from './whole-file.ts';

const FOLDER = 'running';
/** A run says something after so much host time, and again each time it has passed. */
const EACH_MS = 1000;
/** How long the engine runs on before it is asked again, in host time. */
const SLICE_MS = 200;
/** Of the run's duration: the first slice, and the longest. */
const FIRST_SHARE = 1 / 50;
const LONGEST_SHARE = 1 / 4;

/** What a run takes to be run again, as the command line has it. */
export interface RunningSubject {
  readonly name: string;
  readonly file: string;
  readonly seed: string;
  readonly sets: readonly string[];
  readonly without: boolean;
  readonly strict: boolean;
  readonly allowOutside: boolean;
  readonly durationUs: number;
}

export interface RunningRun extends RunningSubject {
  readonly process: number;
  /** How far it is: in time of the run, and in events. */
  readonly atUs: number;
  readonly events: number;
}

/** Says how far the run of this process is. */
export class Announcement {
  readonly #cwd: string;
  readonly #subject: RunningSubject;
  readonly #nowMs: () => number;
  #toldMs: number;
  #askedMs: number;
  #askedUs = 0;
  #file: string | null = null;

  constructor(cwd: string, subject: RunningSubject, nowMs = () => performance.now()) {
    this.#cwd = cwd;
    this.#subject = subject;
    this.#nowMs = nowMs;
    this.#toldMs = nowMs();
    this.#askedMs = this.#toldMs;
  }

  /** The engine is at this time; returns until when it shall run on before it asks again, in µs. */
  next(atUs: number, events: number): number {
    const now = this.#nowMs();
    if (now - this.#toldMs >= EACH_MS) {
      this.#toldMs = now;
      this.#write({ ...this.#subject, process: process.pid, atUs, events });
    }
    const { durationUs } = this.#subject;
    const tookMs = Math.max(0.01, now - this.#askedMs);
    const paceUs = ((atUs - this.#askedUs) / tookMs) * SLICE_MS;
    const least = durationUs * FIRST_SHARE;
    this.#askedMs = now;
    this.#askedUs = atUs;
    const slice = atUs === 0 ? least : Math.min(paceUs, durationUs * LONGEST_SHARE);
    return Math.ceil(atUs + Math.max(1000, slice));
  }

  end(): void {
    if (this.#file !== null) rmSync(this.#file, { force: true });
    this.#file = null;
  }

  #write(run: RunningRun): void {
    try {
      const folder = openStore(this.#cwd, FOLDER);
      if (this.#file === null) forgetDead(folder);
      this.#file = join(folder, `${process.pid}.json`);
      writeWhole(this.#file, JSON.stringify(run));
    } catch {
      // Nobody looks on then.
    }
  }
}

/** The runs under way in a folder. What a process that was killed has left is none. */
export function runningRuns(cwd: string): readonly RunningRun[] {
  const folder = join(cwd, '.dsim', FOLDER);
  return filesIn(folder).flatMap((name) => {
    try {
      const run = JSON.parse(readFileSync(join(folder, name), 'utf8')) as RunningRun;
      return isAlive(run.process) ? [run] : [];
    } catch {
      return [];
    }
  });
}

/** A process that was killed could not take its file with it. */
function forgetDead(folder: string): void {
  for (const name of filesIn(folder)) {
    if (!isAlive(Number.parseInt(name, 10))) rmSync(join(folder, name), { force: true });
  }
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
  } catch {
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
