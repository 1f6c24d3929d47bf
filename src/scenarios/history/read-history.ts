/**
 * A history that was made elsewhere, from text: what notation it is in, its events, its operations,
 * and whatever is wrong with it by line and column.
 */
import type { History } from '../../sim/history.ts';
import { formatCount } from '../../sim/units.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { plural } from '../text/diagnostic.ts';
import { makeSourceFile } from '../text/source.ts';
import { EventSink } from './event-sink.ts';
import { readJepsenEdn } from './jepsen-edn.ts';
import { isLogLine, readJepsenLog } from './jepsen-log.ts';
import { readJsonLines } from './json-lines.ts';
import { keyed, looksKeyed, type OperationLines, type Paired, pairEvents } from './pairing.ts';
import type { TimeOrder } from './times.ts';

export const historyFormats = ['jsonl', 'edn', 'log'] as const;
export type HistoryFormat = (typeof historyFormats)[number];

export interface ReadOptions {
  /** Null finds out by the text. */
  readonly format?: HistoryFormat | null;
  /** Values are `[key, value]`; `guess`: if nothing else makes sense of a register. */
  readonly keyed?: boolean | 'guess';
}

export interface ReadHistory {
  /** As the user named it. */
  readonly file: string;
  readonly format: HistoryFormat;
  readonly history: History;
  /** Where each operation stands, by index. */
  readonly lines: readonly OperationLines[];
  readonly order: TimeOrder;
  /** What to know about how it was read, a sentence each. */
  readonly notes: readonly string[];
  /** Empty, or the history is not to be judged. */
  readonly diagnostics: readonly Diagnostic[];
  /** Problems beyond those in `diagnostics`. */
  readonly untold: number;
}

/** Reads a whole file. Never throws for anything that the text says. */
export function readHistory(
  name: string,
  content: string,
  { format = null, keyed: wanted = false }: ReadOptions = {},
): ReadHistory {
  const file = makeSourceFile(name, content);
  const sink = new EventSink(file);
  const found = format ?? formatOf(file.text);
  if (typeof found !== 'string') {
    sink.complain('DS170', found.from, found.to, found.message, {
      label: found.expected,
      help: [found.help],
    });
  } else readers[found](file.text, sink);
  refuseUnnamed(sink);
  const guessed = wanted === 'guess' && sink.events.length > 0 && looksKeyed(sink.events);
  const events = wanted === true || guessed ? keyed(sink.events, sink) : sink.events;
  const paired = pairEvents(events, sink);
  return {
    file: name,
    format: typeof found === 'string' ? found : 'jsonl',
    history: paired.history,
    lines: paired.lines,
    order: paired.order,
    notes: notesOf(paired, sink, guessed),
    diagnostics: sink.diagnostics.list(),
    untold: sink.untold,
  };
}

/** Where some events say whose they are, one that does not has lost it. */
function refuseUnnamed(sink: EventSink): void {
  const { events } = sink;
  if (events.every(({ process }) => process === null)) return;
  for (const { process, from, to } of events) {
    if (process !== null) continue;
    sink.refuse(from, to, 'it has no `process`', 'a number or a name, or null for no client');
  }
}

const readers: { readonly [F in HistoryFormat]: (text: string, sink: EventSink) => void } = {
  jsonl: readJsonLines,
  edn: readJepsenEdn,
  log: readJepsenLog,
};

// --- Which notation ----------------------------------------------------------------------------

interface Unrecognised {
  readonly from: number;
  readonly to: number;
  readonly message: string;
  readonly expected: string;
  readonly help: string;
}

/** How many lines, at most, are searched for one that shows the notation. */
const LINES_MAX = 200;
const CHARS_MAX = 2000;

function formatOf(text: string): HistoryFormat | Unrecognised {
  let first: { readonly from: number; readonly line: string } | null = null;
  let from = 0;
  for (let count = 0; count < LINES_MAX && from < text.length; count++) {
    const newline = text.indexOf('\n', from);
    const to = newline < 0 ? text.length : newline;
    const line = text.slice(from, Math.min(to, from + CHARS_MAX));
    const format = isLogLine(line) ? 'log' : formatAt(text.slice(from, from + CHARS_MAX));
    if (format !== null) return format;
    if (first === null && !/^\s*(?:$|#[^_a-z{]|\/\/|;)/.test(line)) first = { from, line };
    from = to + 1;
  }
  if (first === null) return 'jsonl';
  return unrecognised(first.line, first.from);
}

/** By how a line begins; a map of EDN may go on in the next one. */
function formatAt(text: string): HistoryFormat | null {
  if (/^\s*\[\s*\]\s*$/.test(text)) return 'jsonl';
  if (/^\s*\[?\s*\{\s*["}]/.test(text) && !isOwnDocument(text)) return 'jsonl';
  if (/^\s*[[(]?\s*(?:#[\w.-]+\/?[\w.-]*\s*)?\{\s*:/.test(text)) return 'edn';
  return null;
}

/** A result or a trace of dsim itself. */
function isOwnDocument(text: string): boolean {
  return /^\s*\{\s*"(?:format|dsim)"\s*:/.test(text);
}

function unrecognised(line: string, from: number): Unrecognised {
  const place = { from, to: from + line.trimEnd().length };
  if (isOwnDocument(line)) {
    return {
      ...place,
      message:
        'this is a document of dsim itself, which describes operations but does not list them',
      expected: 'expected a history',
      help: '`dsim run <scenario> -o history.jsonl` writes the history of a run',
    };
  }
  return {
    ...place,
    message: 'this is no history that dsim can read',
    expected: 'expected JSON lines, EDN or a Jepsen log',
    help: '`dsim explain DS170` shows one; `--format jsonl|edn|log` says which it is meant to be',
  };
}

// --- Notes -------------------------------------------------------------------------------------

function notesOf(
  { order, bare, unnamed, continued }: Paired,
  { others, remarks }: EventSink,
  guessed: boolean,
): string[] {
  const count = (number: number, noun: string) =>
    number === 1 ? `1 ${noun}` : plural(number, noun).replace(/^\d+/, formatCount(number));
  return [
    ...(guessed
      ? ['every value is a pair: read as [key, value] (--keyed says so, and silences this)']
      : []),
    ...(order === 'clients'
      ? ['the clients stand one after another: the times order what they did']
      : []),
    ...(order === 'lines' ? ['times go back somewhere: the order of the lines counts'] : []),
    ...(order === 'none' ? ['the file has no times: one event counts as 1µs'] : []),
    ...(order === 'count' ? ['times are too small for nanoseconds: one counts as 1µs'] : []),
    ...(bare > 0
      ? [`${count(bare, 'completion')} without an invocation: taken to begin where they end`]
      : []),
    ...(unnamed > 0
      ? ['no event names its process: paired by operation and value, in no order of processes']
      : []),
    ...(continued > 0
      ? [
          `${count(continued, 'time')} a process went on after an operation of unknown outcome, which may still happen later`,
        ]
      : []),
    ...(others > 0 ? [`${count(others, 'event')} of no client left out`] : []),
    ...(remarks > 0 ? [`${count(remarks, 'line')} of the log left out`] : []),
  ];
}
