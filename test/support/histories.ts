/**
 * Histories for tests: operations written out, drawn along a time axis, and read from the neutral
 * JSONL of the corpora.
 */
import type { History, Operation, OperationOutcome } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';

/** What a test says about an operation; the rest has plain defaults. */
export interface OperationSketch {
  readonly process: number;
  readonly f: string;
  readonly key?: string | null;
  readonly input?: Plain;
  readonly output?: Plain;
  readonly from: number;
  /** When it completed, or when its client gave up. */
  readonly to: number;
  readonly outcome?: OperationOutcome;
  readonly error?: string | null;
  readonly load?: string;
}

/** A history of these operations, in the order of invocation; equal times keep the order given. */
export function historyOf(sketches: readonly OperationSketch[]): History {
  return sketches
    .map((sketch, given) => ({ sketch, given }))
    .sort((a, b) => a.sketch.from - b.sketch.from || a.given - b.given)
    .map(({ sketch }, index) => operationOf(sketch, index));
}

function operationOf(sketch: OperationSketch, index: number): Operation {
  const { process, f, key = 'x', input = null, output = null, from, to, load = 'load' } = sketch;
  const outcome = sketch.outcome ?? 'ok';
  const error = sketch.error ?? (outcome === 'info' ? 'timeout' : null);
  return {
    index,
    process,
    client: `${load}-${process}`,
    node: null,
    load,
    f,
    key,
    input,
    invokedAtUs: from,
    outcome,
    output: outcome === 'ok' ? output : null,
    error,
    completedAtUs: outcome === 'info' ? Infinity : to,
    endedAtUs: to,
  };
}

const SPAN = /\|([^|?!]*)([|?!])/g;
const BODY = /^-*(r|w|cas)\(([^)]*)\)(?:=([^-]+))?-*$/;

/**
 * A drawing: one line a process, one column a millisecond.
 *
 *     p0  |--w(1)--|       |--r()=2--|
 *     p1     |-----w(x,2)---------?        ? the client gave up: info
 *     p2        |-cas(1,2)-!               ! refused: fail
 *
 * `w(value)`, `r()=value` and `cas(from,to)`, each with a key in front if it is not `x`; `_` is
 * null.
 */
export function draw(picture: string): History {
  const sketches: OperationSketch[] = [];
  const lines = picture.split('\n').filter((line) => line.trim() !== '');
  lines.forEach((line, process) => {
    for (const span of line.matchAll(SPAN)) {
      const body = BODY.exec(span[1] ?? '');
      if (body === null) throw new Error(`cannot read '${span[0]}' in the drawing`);
      const from = span.index * 1000;
      const to = (span.index + span[0].length - 1) * 1000;
      const [, f = '', args = '', output = '_'] = body;
      sketches.push({ process, from, to, ...endOf(span[2] ?? ''), ...bodyOf(f, args, output) });
    }
  });
  return historyOf(sketches);
}

function endOf(mark: string): { outcome: OperationOutcome; error: string | null } {
  if (mark === '?') return { outcome: 'info', error: 'timeout' };
  if (mark === '!') return { outcome: 'fail', error: 'precondition-failed' };
  return { outcome: 'ok', error: null };
}

function bodyOf(
  f: string,
  args: string,
  output: string,
): Pick<OperationSketch, 'f' | 'key' | 'input' | 'output'> {
  const words = args.split(',').filter((word) => word !== '');
  const arity = f === 'r' ? 0 : f === 'w' ? 1 : 2;
  const key = words.length > arity ? (words.shift() ?? 'x') : 'x';
  const values = words.map(valueOf);
  if (f === 'r') return { f: 'read', key, input: null, output: valueOf(output) };
  if (f === 'w') return { f: 'write', key, input: values[0] ?? null, output: null };
  return { f: 'cas', key, input: [values[0] ?? null, values[1] ?? null], output: null };
}

function valueOf(word: string): Plain {
  if (word === '_') return null;
  return /^-?\d+$/.test(word) ? Number(word) : word;
}

interface NeutralEvent {
  readonly process: number | string | null;
  readonly type: 'invoke' | OperationOutcome;
  readonly f: string;
  readonly key?: Plain;
  readonly value: Plain;
  readonly time: number;
  readonly error?: Plain;
}

/**
 * The neutral history of the corpora: one event a line. What is no client's is left out; an
 * invocation without a completion is `info`. Times are kept as they are.
 */
export function readNeutral(jsonl: string): History {
  const open = new Map<number, NeutralEvent>();
  const sketches: OperationSketch[] = [];
  const end = (start: NeutralEvent, done: NeutralEvent | null) => {
    const outcome = done === null || done.type === 'invoke' ? 'info' : done.type;
    const key = start.key === undefined || start.key === null ? null : String(start.key);
    sketches.push({
      process: start.process as number,
      f: start.f,
      key,
      input: start.value,
      output: done?.value ?? null,
      from: start.time,
      to: done?.time ?? Infinity,
      outcome,
      error: done?.error === undefined || done.error === null ? null : String(done.error),
    });
  };
  for (const line of jsonl.split('\n')) {
    if (line.trim() === '') continue;
    const event = JSON.parse(line) as NeutralEvent;
    if (typeof event.process !== 'number') continue;
    const start = open.get(event.process);
    if (event.type === 'invoke') {
      open.set(event.process, event);
    } else if (start !== undefined) {
      open.delete(event.process);
      end(start, event);
    }
  }
  for (const start of open.values()) end(start, null);
  return historyOf(sketches);
}
