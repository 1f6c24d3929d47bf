/**
 * The machine as a command sees it: two outputs, the environment, the folder, interrupts. Tests give one of their own.
 *
 * Output is written at once and to the descriptor itself: a simulation is one long synchronous stretch during which
 * no stream would drain, and what is written must be out before the process ends, whatever ends it.
 */
import { isatty } from 'node:tty';
import type { Engine } from './engine.ts';

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** null when it is no terminal. */
  readonly columns: number | null;
  /** Why something could not be written, in words; null while all is well. */
  readonly failure: string | null;
}

export interface Host {
  readonly out: Output;
  readonly err: Output;
  readonly env: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  engine(): Promise<Engine>;
  /** Calls back at an interrupt, once; returns how to stop listening. */
  onInterrupt(listener: () => void): () => void;
  /** Runs dsim once more in a process of its own; null where that is not possible. */
  readonly respawn: Respawn | null;
}

export type Respawn = (
  argv: readonly string[],
  env: { readonly [name: string]: string },
) => Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>;

/** The process that this is. */
export function processHost(): Host {
  const program = process.argv[1];
  return {
    out: new Descriptor(1),
    err: new Descriptor(2),
    env: process.env,
    cwd: process.cwd(),
    engine: async () => (await import('./own-engine.ts')).engine,
    onInterrupt(listener) {
      process.once('SIGINT', listener);
      return () => process.removeListener('SIGINT', listener);
    },
    respawn: program === undefined ? null : respawnWith(program),
  };
}

const RETRY_MS = 5;

class Descriptor implements Output {
  readonly isTTY: boolean;
  failure: string | null = null;
  private readerLeft = false;
  private readonly fd: 1 | 2;

  constructor(fd: 1 | 2) {
    this.fd = fd;
    this.isTTY = isatty(fd);
  }

  get columns(): number | null {
    // Asking the stream would open it, and make a pipe non-blocking.
    if (!this.isTTY) return null;
    return (this.fd === 1 ? process.stdout : process.stderr).columns ?? null;
  }

  write(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    let done = 0;
    while (done < bytes.length && !this.readerLeft && this.failure === null) {
      done += this.writeSome(bytes, done);
    }
  }

  private writeSome(bytes: Buffer, from: number): number {
    try {
      return fs().writeSync(this.fd, bytes, from);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code === 'EAGAIN') Atomics.wait(bell, 0, 0, RETRY_MS);
      // The reader (`head`, a pager) has left: nobody's mistake.
      else if (code === 'EPIPE') this.readerLeft = true;
      else if (code !== 'EINTR') this.failure = error instanceof Error ? error.message : String(error);
      return 0;
    }
  }
}
