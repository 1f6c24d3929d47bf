/**
 * Histories of single-purpose tests, where completions say more than whether: read from the neutral
 * JSONL of the corpora, and written out by hand.
 */
import type { History, Operation, OperationOutcome } from '../../src/sim/history.ts';
import type { Plain } from '../../src/sim/node.ts';

/** One line: what a process did, in the order of the lines. */
export interface Event {
  readonly process: number | string | null;
  readonly type: 'invoke' | OperationOutcome;
  readonly f: string;
  readonly key?: Plain;
  readonly value: Plain;
  /** ns. Absent: 1 ms for each line before. */
  readonly time?: number;
}

/**
 * Completions without an invocation begin where they end; invocations without a completion are
 * `info`. Processes without a name or number are taken to be one each operation.
 */
export function readJepsen(jsonl: string): History {
  const lines = jsonl.split('\n').filter((line) => line.trim() !== '');
  return historyOfEvents(lines.map((line) => JSON.parse(line) as Event));
}

export function historyOfEvents(events: readonly Event[]): History {
  const open = new Map<string, { event: Event; at: number }>();
  const operations: Operation[] = [];
  const end = (from: { event: Event; at: number }, done: Event | null, at: number) => {
    operations.push(operationOf(from, done, at));
  };
  events.forEach((event, at) => {
    if (event.process === null || event.process === 'nemesis') return;
    // A nameless process has its operations told apart by what they do.
    const nameless = event.process === 'None' ? JSON.stringify([event.f, writes(event)]) : '';
    const process = `${event.process} ${nameless}`;
    const from = open.get(process);
    if (event.type === 'invoke') {
      if (from !== undefined) end(from, null, Infinity);
      open.set(process, { event, at });
      return;
    }
    open.delete(process);
    end(from ?? { event, at }, event, at);
  });
  for (const from of open.values()) end(from, null, Infinity);
  operations.sort((a, b) => a.invokedAtUs - b.invokedAtUs);
  return operations.map((operation, index) => ({ ...operation, index }));
}

function writes({ f, value }: Event): Plain {
  return f === 'write' ? value : null;
}

function operationOf(
  from: { event: Event; at: number },
  done: Event | null,
  at: number,
): Operation {
  const { event } = from;
  const outcome = done === null || done.type === 'invoke' ? 'info' : done.type;
  const invokedAtUs = momentOf(event, from.at);
  const endedAtUs = done === null ? Infinity : momentOf(done, at);
  return {
    index: 0,
    process: typeof event.process === 'number' ? event.process : from.at,
    client: `process ${event.process}`,
    node: null,
    load: 'load',
    f: event.f,
    key: event.key === undefined || event.key === null ? null : String(event.key),
    input: event.value,
    invokedAtUs,
    outcome,
    output: done?.value ?? null,
    error: outcome === 'ok' ? null : 'timeout',
    completedAtUs: outcome === 'info' ? Infinity : endedAtUs,
    endedAtUs,
  };
}

function momentOf({ time }: Event, at: number): number {
  return time === undefined ? at * 1000 : time / 1000;
}

const LINE = /^(\d+)-(\d+)?([?!]?)\s+([\w-]+)(?:\/([\w-]+))?\s+([\w-]+)(?:@(\w+))?(.*)$/;

/**
 * A history written out, one operation a line, in ms:
 *
 *     0-1   a     add 1            process a added 1, acknowledged
 *     2-3   b/n1  read -> [1]      process b asked node n1
 *     2-5?  c     add 2            nobody knows; `4-?` never ended
 *     4-6!  c     add 3            refused
 *     7-8   a     read@x -> [2]    of key x
 *
 * Inputs and outputs are JSON; a bare word is a text.
 */
export function told(text: string): History {
  const lines = text.split('\n').map((line) => line.trim());
  const operations = lines.filter((line) => line !== '').map(operationOfLine);
  operations.sort((a, b) => a.invokedAtUs - b.invokedAtUs);
  return operations.map((operation, index) => ({ ...operation, index }));
}

function operationOfLine(line: string): Operation {
  const [all, from, to, mark, process = '', node = null, f = '', key = null, rest = ''] =
    LINE.exec(line) ?? [];
  if (all === undefined) throw new Error(`cannot read '${line}'`);
  const [input = '', output = ''] = rest.split('->').map((word) => word.trim());
  const outcome = mark === '?' || to === undefined ? 'info' : mark === '!' ? 'fail' : 'ok';
  const endedAtUs = to === undefined ? Infinity : Number(to) * 1000;
  return {
    index: 0,
    process: process.charCodeAt(0) - 'a'.charCodeAt(0),
    client: process,
    node,
    load: 'load',
    f,
    key,
    input: plainOf(input),
    invokedAtUs: Number(from) * 1000,
    outcome,
    output: plainOf(output),
    error: outcome === 'ok' ? null : 'timeout',
    completedAtUs: outcome === 'info' ? Infinity : endedAtUs,
    endedAtUs,
  };
}

function plainOf(word: string): Plain {
  if (word === '') return null;
  try {
    return JSON.parse(word) as Plain;
  } catch {
    return word;
  }
}
