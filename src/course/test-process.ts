/**
 * A process for one test, under Node's permission model: it may read dsim and nothing else, write
 * nothing, start nothing. The parent believes frames with its nonce, and no exit code.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { Frame, Job, RunOutcome } from './job.ts';

/** What came of the runs of a test. */
export interface TestRuns {
  readonly outcomes: readonly RunOutcome[];
  /** null: all runs that were asked for came to their end. */
  readonly ended: Ended | null;
}

export interface Ended {
  readonly kind: 'guard' | 'ended the process' | 'memory' | 'submission' | 'exercise';
  readonly words: string;
  /** The run that went on. */
  readonly index: number;
}

/** How a job is run: in a process, or here. */
export type Runner = (job: Omit<Job, 'nonce'>) => Promise<TestRuns>;

export interface ProcessOptions {
  /** The launcher, `bin/dsim.js`. */
  readonly program: string;
  readonly packageRoot: string;
  /** Wall time after which a run is given up. It alone depends on the machine. */
  readonly guardMs: number;
}

const MEMORY_MB = 512;
/** What a test's process may print in all: frames are far smaller. */
const OUTPUT_MAX = 64 * 1024 * 1024;

/** Node had the model behind another flag before 22.13 and 23.5. */
function permissionFlag(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return isNew ? '--permission' : '--experimental-permission';
}

export function processRunner(options: ProcessOptions): Runner {
  return (job) => runInProcess(job, options);
}

function runInProcess(job: Omit<Job, 'nonce'>, options: ProcessOptions): Promise<TestRuns> {
  const { program, packageRoot, guardMs } = options;
  const nonce = randomBytes(16).toString('hex');
  const flags = [
    permissionFlag(),
    `--allow-fs-read=${packageRoot}`,
    '--no-warnings',
    `--max-old-space-size=${MEMORY_MB}`,
  ];
  const child = spawn(process.execPath, [...flags, program, 'grade-test'], {
    cwd: tmpdir(),
    env: { TZ: 'UTC', LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new Promise((resolve) => {
    const reading = new Frames(nonce);
    let guardHit = false;
    let timer: NodeJS.Timeout | undefined;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        guardHit = true;
        child.kill('SIGKILL');
      }, guardMs);
    };
    watch();
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (reading.add(text)) watch();
      if (reading.length > OUTPUT_MAX) child.kill('SIGKILL');
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-10_000);
    });
    // It may have ended before it has read anything.
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify({ ...job, nonce }));
    child.on('error', (error) => {
      errors += error.message;
    });
    child.on('close', () => {
      clearTimeout(timer);
      resolve(reading.runs(guardHit, errors));
    });
  });
}

class Frames {
  length = 0;
  readonly #nonce: string;
  readonly #outcomes: RunOutcome[] = [];
  #rest = '';
  #index = 0;
  #refused: Extract<Frame, { type: 'refused' }> | null = null;
  #isAtEnd = false;

  constructor(nonce: string) {
    this.#nonce = nonce;
  }

  /** Takes in what was printed; says whether a frame was in it. */
  add(text: string): boolean {
    this.length += text.length;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    let isFrame = false;
    for (const line of lines) isFrame = this.#take(line) || isFrame;
    return isFrame;
  }

  #take(line: string): boolean {
    let frame: Frame;
    try {
      frame = JSON.parse(line) as Frame;
    } catch {
      return false;
    }
    if (frame?.nonce !== this.#nonce) return false;
    if (frame.type === 'begin') this.#index = frame.index;
    else if (frame.type === 'run') this.#outcomes.push(frame.outcome);
    else if (frame.type === 'refused') this.#refused = frame;
    else this.#isAtEnd = true;
    return true;
  }

  runs(guardHit: boolean, errors: string): TestRuns {
    return { outcomes: this.#outcomes, ended: this.#ended(guardHit, errors) };
  }

  #ended(guardHit: boolean, errors: string): Ended | null {
    const index = this.#index;
    if (this.#refused !== null) {
      const { by, message: words } = this.#refused;
      return { kind: by, words, index };
    }
    if (this.#isAtEnd) return null;
    if (guardHit) {
      const words =
        'A run did not come to its end: a loop that never ends? This alone depends on the speed of the machine.';
      return { kind: 'guard', words, index };
    }
    if (/heap out of memory|Allocation failed/i.test(errors)) {
      return { kind: 'memory', words: `It used more than ${MEMORY_MB} MB of memory.`, index };
    }
    const words = 'It ended the process that tests it, or broke it.';
    return { kind: 'ended the process', words, index };
  }
}
