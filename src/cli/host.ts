/**
 * The machine as a command sees it: two outputs, the environment, the folder, interrupts. Tests
 * give one of their own.
 *
 * Output is written at once and to the descriptor itself: a simulation is one long synchronous
 * stretch during which no stream would drain, and what is written must be out before the process
 * ends, whatever ends it.
 */
import { fstatSync } from 'node:fs';
import { DescriptorWriter } from '../scenarios/host/descriptor-writer.ts';
import { visibleScreen } from '../sim/visible-text.ts';
import type { Engine } from './engine.ts';
import { INTERRUPTED } from './exit-codes.ts';
import { onInterrupt } from './interrupts.ts';
import { ownStart } from './started-as.ts';
import type { StartWorker } from './suite/run-worker.ts';

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** null when it is no terminal. */
  readonly columns: number | null;
  /** Why something could not be written, in words; null while all is well. */
  readonly failure: string | null;
}

/** Says to a process that makes the page of a run how far the run is, which goes on elsewhere. */
export const GOES_ON = 'DSIM_GOES_ON';

export interface Host {
  readonly out: Output;
  readonly err: Output;
  readonly env: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  /** How a shell starts this dsim from `cwd`: `node bin/dsim.js`. */
  readonly dsim: string;
  engine(): Promise<Engine>;
  /**
   * Calls back at an interrupt, once; returns how to stop listening. `terminates`: at SIGTERM too.
   */
  onInterrupt(listener: () => void, terminates?: boolean): () => void;
  /** Runs dsim again in a process of its own; null where that is not possible. */
  readonly respawn: Respawn | null;
  /**
   * Runs the same command line in a process of its own, with these flags of Node, that has this
   * one's inputs and outputs; gives its exit code. null where that is not possible.
   */
  readonly beginAgain: ((flags: readonly string[]) => Promise<number>) | null;
  /** What starts workers for `dsim test`; null where runs are made in this process. */
  readonly startWorker: (() => Promise<StartWorker>) | null;
}

export type Respawn = (
  argv: readonly string[],
  env: { readonly [name: string]: string },
  /** `heard` gets each line of the output as it comes; `signal` ends the process at once. */
  options?: { readonly heard?: (line: string) => void; readonly signal?: AbortSignal },
) => Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;

/** The process that this is. */
export function processHost(): Host {
  const program = process.argv[1];
  return {
    out: new Descriptor(1),
    err: new Descriptor(2),
    env: process.env,
    // Asked for when it is needed: `dsim list` works anywhere.
    get cwd() {
      return currentFolder();
    },
    get dsim() {
      return ownStart(currentFolder());
    },
    engine: async () => (await import('./dsim-engine.ts')).engine,
    onInterrupt,
    respawn: program === undefined ? null : respawnWith(program),
    beginAgain: program === undefined || !maySpawn() ? null : beginAgainWith(program),
    startWorker:
      program === undefined
        ? null
        : async () => (await import('./suite/worker-process.ts')).startWorkerWith(program),
  };
}

/** Throws UsageError where the folder that the shell is in has been deleted. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch (_error) {
    const error = new Error('the folder that you are in is not there any more: change to another');
    error.name = 'UsageError';
    throw error;
  }
}

class Descriptor implements Output {
  readonly isTTY: boolean;
  private readonly fd: 1 | 2;
  private readonly writer: DescriptorWriter;

  constructor(fd: 1 | 2) {
    this.fd = fd;
    this.isTTY = isTerminal(fd);
    this.writer = new DescriptorWriter(fd, fd === 1 ? 'standard output' : 'standard error');
  }

  get columns(): number | null {
    // Asking the stream would open it, and make a pipe non-blocking.
    if (!this.isTTY) return null;
    return (this.fd === 1 ? process.stdout : process.stderr).columns ?? null;
  }

  get failure(): string | null {
    return this.writer.failure?.message ?? null;
  }

  write(text: string): void {
    this.writer.write(Buffer.from(visibleScreen(text), 'utf8'), null);
  }
}

/**
 * Loading `node:tty` loads Node's streams and sockets, a tenth of a start, so it is asked only
 * about what may be a terminal.
 */
function isTerminal(fd: number): boolean {
  return mayBeTerminal(fd) && process.getBuiltinModule('node:tty').isatty(fd);
}

/** A terminal is a character device; on Linux those of major number 1 are `/dev/null` and such. */
function mayBeTerminal(fd: number): boolean {
  try {
    const stats = fstatSync(fd);
    if (!stats.isCharacterDevice()) return false;
    return process.platform !== 'linux' || stats.rdev >>> 8 !== 1;
  } catch (_error) {
    // Closed.
    return false;
  }
}

/** The permission model forbids it unless a flag allows it. */
function maySpawn(): boolean {
  return process.permission?.has('child') !== false;
}

function beginAgainWith(program: string) {
  return async (flags: readonly string[]): Promise<number> => {
    const { spawn } = await import('node:child_process');
    return new Promise((resolve, reject) => {
      const argv = [...process.execArgv, ...flags, program, ...process.argv.slice(2)];
      const child = spawn(process.execPath, argv, { stdio: 'inherit' });
      // A Ctrl-C reaches it as well, a signal to this process alone does not.
      const unlisten = onInterrupt(() => child.kill('SIGINT'), true);
      child.on('error', reject);
      child.on('close', (code) => {
        unlisten();
        resolve(code ?? INTERRUPTED);
      });
    });
  };
}

/** Collects what the child prints; both of its outputs are needed whole. */
function respawnWith(program: string): Respawn {
  return async (argv, env, { heard, signal } = {}) => {
    const { spawn } = await import('node:child_process');
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [...process.execArgv, program, ...argv], {
        ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
        env: { ...process.env, ...env },
        // Its input is empty, and ends with this process.
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
        if (heard === undefined) return;
        const lines = stdout.split('\n');
        stdout = lines.pop() ?? '';
        for (const line of lines) heard(line);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      // A Ctrl-C reaches it as well, a signal to this process alone does not.
      const unlisten = onInterrupt(() => child.kill('SIGINT'));
      child.on('error', reject);
      child.on('close', (code) => {
        unlisten();
        resolve({ code, stdout, stderr });
      });
    });
  };
}
