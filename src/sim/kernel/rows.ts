/** What the rows of the trace mean: their kinds and codes, and the text of an operation. */
import type { Operation } from '../history.ts';
import { type DropReason, dropReasons } from '../trace.ts';

/** Row kinds; `DROP + n` carries the reason. */
export const SEND = 1;
export const DELIVER = 2;
export const DROP = 3;
export const TIMER = 4;
export const LIFE = 5;
export const NOTE = 6;
export const FAULT = 7;
export const OPERATION = 8;

/** By number, which is the place in this list. */
export const reasons: readonly DropReason[] = dropReasons;
export const BY_PARTITION = 0;
export const BY_LOSS = 1;
export const BY_DOWN = 2;
export const BY_CORRUPTION = 3;
export const BY_FULL_QUEUE = 4;
export const BY_RESET = 5;
export const BY_SCRIPT = 6;

export const lives = ['boot', 'crash', 'pause', 'resume', 'flush'] as const;
export const BOOT = 0;
export const CRASH = 1;
export const PAUSE = 2;
export const RESUME = 3;
export const FLUSH = 4;

export const ends = ['invoke', 'ok', 'fail', 'info'] as const;

/** `write k1 = 7`, and at its end `read k1 → 7` or `write k1 = 7 timeout`. */
export function describeOperation(op: Operation, begins: boolean): string {
  const key = op.key === null ? '' : ` ${op.key}`;
  const input = op.input === null ? '' : ` = ${JSON.stringify(op.input)}`;
  if (begins) return `${op.f}${key}${input}`;
  const output = op.outcome === 'ok' && op.output !== null ? ` → ${JSON.stringify(op.output)}` : '';
  const error = op.error === null ? '' : ` ${op.error}`;
  return `${op.f}${key}${input}${output}${error}`;
}
