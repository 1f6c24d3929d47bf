/**
 * A process for one test, under Node's permission model: it may read dsim and nothing else, write
 * nothing, start nothing. The parent believes frames with its nonce, and no exit code.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type Frame, type Job, type RunOutcome, readOutcome } from './job.ts';

/** What came of the runs of a test. */
export interface TestRuns {
  readonly outcomes: readonly RunOutcome[];
  /** null: all runs that were asked for came to their end. */
  readonly ended: Ended | null;
}

export interface Ended {
  readonly kind:
    | 'guard'
    | 'ended the process'
    | 'memory'
    | 'not repeatable'
    | 'submission'
    | 'exercise';
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
  /** Wall time after which a run is given up, and four times as much a test. */
  readonly guardMs: number;
  /** Words before the command of a process with a student's code. */
  readonly confined?: readonly string[];
}

const MEMORY_MB = 512;
/** Of all memory, where the machine says how much it is: buffers are not in V8's heap. */
const RESIDENT_MAX_KB = 1_500_000;
/**
 * A test is short: V8 spent a third of it on optimizing what then hardly ran. The launcher says so
 * to V8 itself, but has no way to it under the permission model. Later V8s have no such setting.
 */
const OPTIMIZES_LATE = process.versions.v8.startsWith('11.') ? ['--interrupt-budget=1000000'] : [];
const LOOK_EVERY_MS = 250;
const TEST_GUARDS = 4;
/** What a test's process may print in all: frames are far smaller. */
const OUTPUT_MAX = 64 * 1024 * 1024;

/** Node had the model behind another flag before 22.13 and 23.5. */
function permissionFlag(): string {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isNew = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return isNew ? '--permission' : '--experimental-permission';
}

/** Where a process with a student's code runs, and what it knows of the machine. */
export const BARE = { cwd: tmpdir(), env: { TZ: 'UTC', LC_ALL: 'C' } } as const;

/** Starts dsim so that it may read itself and do nothing else; `role` is for `grade-test`. */
export function sandboxCommand(
  { program, packageRoot, confined = [] }: Omit<ProcessOptions, 'guardMs'>,
  ...role: readonly string[]
): string[] {
  return [
    ...confined,
    process.execPath,
    permissionFlag(),
    `--allow-fs-read=${packageRoot}`,
    '--no-warnings',
    `--max-old-space-size=${MEMORY_MB}`,
    ...OPTIMIZES_LATE,
    program,
    'grade-test',
    ...role,
  ];
}

export function processRunner(options: ProcessOptions): Runner {
  return (job) => runInProcess(job, options);
}

function runInProcess(job: Omit<Job, 'nonce'>, options: ProcessOptions): Promise<TestRuns> {
  const { guardMs } = options;
  const nonce = randomBytes(16).toString('hex');
  // A program is a process of its own: beside it there is only dsim.
  const isProgram = job.programs !== undefined;
  const [command = '', ...words] = isProgram
    ? [process.execPath, options.program, 'grade-test']
    : sandboxCommand(options);
  const { PATH, HOME } = process.env;
  const child = spawn(command, words, {
    ...BARE,
    env: isProgram ? { ...BARE.env, PATH, HOME } : BARE.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  return new Promise((resolve) => {
    const reading = new Frames(nonce);
    let killed: 'guard' | 'memory' | null = null;
    const kill = (why: 'guard' | 'memory') => {
      killed = why;
      child.kill('SIGKILL');
    };
    let timer: NodeJS.Timeout | undefined;
    const watch = () => {
      clearTimeout(timer);
      timer = setTimeout(kill, guardMs, 'guard');
    };
    watch();
    const total = setTimeout(kill, TEST_GUARDS * guardMs, 'guard');
    const looking = setInterval(() => {
      if (residentKb(child.pid) > RESIDENT_MAX_KB) kill('memory');
    }, LOOK_EVERY_MS);
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
      clearTimeout(total);
      clearInterval(looking);
      resolve(reading.runs(killed, errors));
    });
  });
}

/** Linux says it; 0 elsewhere. */
function residentKb(pid: number | undefined): number {
  try {
    return Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
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
      if (frame?.nonce !== this.#nonce) return false;
      // Who broke out of the sandbox may know the nonce, and must not break what reads this.
      if (frame.type === 'run') this.#outcomes.push(readOutcome(frame.outcome));
    } catch {
      return false;
    }
    if (frame.type === 'begin') this.#index = Number(frame.index);
    else if (frame.type === 'refused') this.#refused = frame;
    else if (frame.type === 'end') this.#isAtEnd = true;
    return true;
  }

  runs(killed: 'guard' | 'memory' | null, errors: string): TestRuns {
    return { outcomes: this.#outcomes, ended: this.#ended(killed, errors) };
  }

  #ended(killed: 'guard' | 'memory' | null, errors: string): Ended | null {
    const index = this.#index;
    if (this.#refused !== null) {
      const { by, message: words } = this.#refused;
      return { kind: by, words: String(words), index };
    }
    if (this.#isAtEnd) return null;
    if (killed === 'guard') {
      const words =
        'A run did not come to its end: a loop that never ends? This alone depends on the speed of the machine.';
      return { kind: 'guard', words, index };
    }
    if (killed === 'memory' || /heap out of memory|Allocation failed/i.test(errors)) {
      return { kind: 'memory', words: `It used more than ${MEMORY_MB} MB of memory.`, index };
    }
    const words = 'It ended the process that tests it, or broke it.';
    return { kind: 'ended the process', words, index };
  }
}
