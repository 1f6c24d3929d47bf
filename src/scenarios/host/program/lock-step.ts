/**
 * A program as a process that is written lines and heard line by line, while everything else stands
 * still: a run is synchronous. Named pipes make that possible, for they can be read without a loop
 * of events.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { codeOf } from '../descriptor-writer.ts';
import { NamedPipes } from '../named-pipes.ts';
import { lookAt, RestWatch } from './rest.ts';

const now = performance.now.bind(performance);

const LOOK_EVERY_MS = 0.05;
/** How often one that says when it is done is looked at, in case it has ended. */
const ENDED_EVERY_MS = 10;
const CHUNK = 65536;
/**
 * How long a program must look the same to be at rest, in ms, by what it does. While it `boots`,
 * its launcher may sleep too, as if it waited for a lock. It `settles` once it has answered `init`:
 * a program that polls never sleeps that long. Later, while it `works`, a few looks are enough.
 */
const REST_MS = { boots: 2000, settles: 20, works: 0 };

const pause = new Int32Array(new SharedArrayBuffer(4));

/** How waiting for a program ended. */
export type Wait = 'rest' | 'ended' | 'busy';

/** Processes that run, to be ended with this one. */
const running = new Set<LockStepProcess>();
process.on('exit', () => {
  for (const one of [...running]) one.end();
});

export class LockStepProcess {
  private readonly child: ChildProcess;
  private readonly input: number;
  private readonly output: Lines;
  private readonly errors: Lines;
  private isOpen = true;

  /** Throws what the system says if the program cannot be started. */
  constructor(
    words: readonly string[],
    cwd: string,
    env: { readonly [name: string]: string | undefined },
  ) {
    const pipes = new NamedPipes('in', 'out', 'err');
    try {
      const [inPath = '', outPath = '', errPath = ''] = pipes.paths;
      // Opened from both ends here, so that no `open` waits for another.
      const held = openSync(inPath, constants.O_RDWR | constants.O_NONBLOCK);
      const childIn = openSync(inPath, constants.O_RDONLY);
      this.input = openSync(inPath, constants.O_WRONLY | constants.O_NONBLOCK);
      const out = openSync(outPath, constants.O_RDONLY | constants.O_NONBLOCK);
      const err = openSync(errPath, constants.O_RDONLY | constants.O_NONBLOCK);
      const childOut = openSync(outPath, constants.O_WRONLY);
      const childErr = openSync(errPath, constants.O_WRONLY);
      this.output = new Lines(out);
      this.errors = new Lines(err);
      this.child = spawn(words[0] ?? '', words.slice(1), {
        cwd,
        env: { ...process.env, ...env },
        // A session of its own: it is ended with all that it starts, and hears no Ctrl-C.
        detached: true,
        stdio: [childIn, childOut, childErr],
      });
      // Nothing waits for it to end.
      this.child.unref();
      for (const fd of [held, childIn, childOut, childErr]) closeSync(fd);
    } finally {
      pipes.remove();
    }
    running.add(this);
  }

  /** Writes a line, however full the pipe is. Nothing happens if the program is gone. */
  write(line: string): void {
    let rest = Buffer.from(`${line}\n`, 'utf8');
    while (rest.length > 0 && this.isOpen) {
      try {
        rest = rest.subarray(writeSync(this.input, rest));
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN') return;
        // It may be waiting for somebody to read what it says.
        this.drain();
        sleep(LOOK_EVERY_MS);
      }
    }
  }

  /**
   * Waits until it has said all that it has to say: until it is seen at rest, or, where it says so
   * itself, until `isDone`. `patienceMs`: how long it may work, without the time in which it waits
   * for a processor. While it `boots` it may leave the work to a process that is not its child: its
   * whole session must be at rest.
   */
  rest(
    patienceMs: number,
    stage: keyof typeof REST_MS,
    saysDone: boolean,
    isDone: () => boolean,
  ): Wait {
    const { pid } = this.child;
    const look = () => (pid === undefined ? 'ended' : lookAt(pid, stage === 'boots'));
    const watch = new RestWatch(look, now, REST_MS[stage]);
    let lookedAt = now();
    for (;;) {
      if (this.drain()) {
        if (isDone()) return 'rest';
        watch.heard();
      }
      if (!saysDone || now() - lookedAt > ENDED_EVERY_MS) {
        lookedAt = now();
        const seen = watch.see();
        if (seen === 'ended') {
          this.drain();
          return 'ended';
        }
        if (seen === 'rest' && !saysDone && !this.drain()) return 'rest';
      }
      if (watch.spentMs >= patienceMs) return 'busy';
      sleep(LOOK_EVERY_MS);
    }
  }

  /** Reads everything; whether that was anything on standard output. */
  drain(): boolean {
    if (!this.isOpen) return false;
    this.errors.read();
    return this.output.read();
  }

  /** The lines on standard output, once each. */
  said(): readonly string[] {
    return this.output.take();
  }

  /** The lines on standard error, once each. */
  complained(): readonly string[] {
    return this.errors.take();
  }

  /** Ends it, with all that it has started. */
  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    running.delete(this);
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // It is gone.
    }
    closeSync(this.input);
    this.output.close();
    this.errors.close();
  }
}

/** The lines that come out of a pipe. */
class Lines {
  private readonly fd: number;
  private readonly chunk = Buffer.alloc(CHUNK);
  private rest = '';
  private readonly decoder = new TextDecoder();
  private lines: string[] = [];

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Whether there was anything. */
  read(): boolean {
    let some = false;
    for (;;) {
      const length = this.next();
      if (length <= 0) return some;
      some = true;
      const parts = `${this.rest}${this.decoder.decode(this.chunk.subarray(0, length), { stream: true })}`;
      const lines = parts.split('\n');
      this.rest = lines.pop() ?? '';
      this.lines.push(...lines.filter((line) => line.trim() !== ''));
    }
  }

  take(): readonly string[] {
    const { lines } = this;
    this.lines = [];
    return lines;
  }

  /** 0 at the end, -1 where there is nothing now. */
  private next(): number {
    try {
      return readSync(this.fd, this.chunk, 0, CHUNK, null);
    } catch (error) {
      if (codeOf(error) === 'EAGAIN') return -1;
      throw error;
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

export function sleep(ms: number): void {
  if (ms > 0) Atomics.wait(pause, 0, 0, ms);
}

/** Host time, in ms. */
export function hostMs(): number {
  return now();
}
