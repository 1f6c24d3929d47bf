/**
 * Runs a long synchronous function so that Ctrl-C and a time limit reach it.
 *
 * Node hears signals between turns of its event loop, and a simulation is one turn. Inside a script
 * of `node:vm`, V8 itself can be stopped, at once and anywhere. Such a stop skips every
 * `finally`, the one that gives back the host's globals among them, so they are given back here.
 */
import { Script } from 'node:vm';
import { lowerGuard } from '../sim/kernel/guard.ts';
import { interruptPending } from './interrupts.ts';

export type Ending<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** `partial` finds out what it was worth by then; null if that cannot be known. */
  | { readonly kind: 'interrupted' | 'timeout'; readonly partial?: () => T | null };

/** Thrown in place of the work by an interrupt that came before it. */
const PENDING = new Error('interrupted');
const KEY = Symbol.for('dsim.work');
const script = new Script("globalThis[Symbol.for('dsim.work')]()", { filename: 'dsim' });

/** What the function throws is thrown on. `timeoutMs` null is without limit. Not nested. */
export function runInterruptible<T>(work: () => T, timeoutMs: number | null): Ending<T> {
  const globals = globalThis as { [KEY]?: () => T };
  globals[KEY] = () => {
    // From here on a signal stops the script. One that came right before it is seen now or never.
    if (interruptPending()) throw PENDING;
    return work();
  };
  try {
    const limit = timeoutMs === null ? {} : { timeout: timeoutMs };
    const value = script.runInThisContext({
      breakOnSigint: true,
      displayErrors: false,
      ...limit,
    }) as T;
    return { kind: 'done', value };
  } catch (error) {
    if (error === PENDING) return { kind: 'interrupted' };
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') return { kind: 'interrupted' };
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return { kind: 'timeout' };
    throw error;
  } finally {
    delete globals[KEY];
    // However it ended: with the guard up nobody could even report an error.
    lowerGuard();
  }
}

/** What a long function was stopped by, for those who run it through several layers. */
export class Stopped extends Error {
  readonly kind: 'interrupted' | 'timeout';

  constructor(kind: Stopped['kind']) {
    super(`stopped: ${kind}`);
    this.name = 'Stopped';
    this.kind = kind;
  }
}

/** Runs functions interruptibly and throws `Stopped` if one is stopped; `timeoutMs` is for each. */
export function stopping(timeoutMs: number | null): <T>(work: () => T) => T {
  return (work) => {
    const ending = runInterruptible(work, timeoutMs);
    if (ending.kind === 'done') return ending.value;
    throw new Stopped(ending.kind);
  };
}
