/**
 * The command line's entry: commander's program, and the exit code in `process.exitCode`. It never
 * calls `process.exit`, so that output is written whole; what it throws is a bug in dsim, and the
 * launcher says so.
 */
import { CommanderError } from 'commander';
import { visibleLines } from '../sim/visible-text.ts';
import { HELD, INTERRUPTED, USAGE, worstCode } from './exit-codes.ts';
import { type Host, processHost } from './host.ts';
import { endInterrupts } from './interrupts.ts';
import type { LargerHeap } from './larger-heap.ts';
import { createProgram } from './program.ts';

/** Runs one command line and sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  const code = await dispatch(argv, processHost());
  // One that came while the last lines were written stops nothing, and yet is not ignored.
  process.exitCode = endInterrupts() ? INTERRUPTED : code;
}

/** Runs one command line on a host; returns the exit code. Throws what is a bug in dsim. */
export async function dispatch(argv: readonly string[], host: Host): Promise<number> {
  let code = HELD;
  const report = (reported: number) => {
    code = reported;
  };
  const program = createProgram(host, report, argv[0]);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // By name: the classes are in parts that are loaded late.
    if (error.name === 'LargerHeap' && host.beginAgain !== null) {
      return host.beginAgain((error as LargerHeap).flags);
    }
    // Help and the version are thrown too, with the exit code 0.
    if (error instanceof CommanderError) code = error.exitCode === 0 ? HELD : USAGE;
    else if (error.name === 'UsageError') {
      host.err.write(`error: ${visibleLines(error.message)}\n`);
      code = USAGE;
    } else throw error;
  }
  if (host.out.failure === null) return code;
  host.err.write(`error: ${host.out.failure}\n`);
  return worstCode([code, USAGE]);
}
