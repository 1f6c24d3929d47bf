/**
 * Jepsen's operations as it logs them: `history.txt`, a line `3  :invoke  :write  4` for each event
 * (process, type, operation, value and perhaps an error, set apart by tabs or spaces, written in
 * EDN), and the lines of `jepsen.log` that end so, behind `INFO [2024-…] jepsen worker 3 - …`.
 *
 * Such lines have no times: their order is the order of events. In a log with other lines, lines
 * that are no operations are passed over; a file of nothing else must be made of operations.
 */
import type { Plain } from '../../sim/node.ts';
import { EdnReader, IndependentTuple, NotationError, plainOf } from './edn.ts';
import { eventOf } from './event.ts';
import type { EventSink } from './event-sink.ts';

const OPERATION = /(\S+)[ \t]+:(invoke|ok|fail|info)[ \t]+(\S+)/;

/** Whether a line is an operation as Jepsen logs it. */
export function isLogLine(line: string): boolean {
  return OPERATION.test(line) && !/^\s*[#{[("]/.test(line);
}

/** Reads the lines of a text into the sink. */
export function readJepsenLog(text: string, sink: EventSink): void {
  const amidOthers = hasPrefix(text);
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    const to = text[end - 1] === '\r' ? end - 1 : end;
    const line = text.slice(from, to);
    if (!/^\s*(?:$|#|;)/.test(line)) readLine(line, from, to, amidOthers, sink);
    from = end + 1;
  }
}

/** Whether operations stand behind something else: then the file has other lines too. */
function hasPrefix(text: string): boolean {
  const first = OPERATION.exec(text);
  if (first === null) return false;
  const line = text.slice(text.lastIndexOf('\n', first.index) + 1, first.index);
  return line.trim() !== '';
}

function readLine(
  line: string,
  from: number,
  to: number,
  amidOthers: boolean,
  sink: EventSink,
): void {
  const match = OPERATION.exec(line);
  if (match === null || (!amidOthers && line.slice(0, match.index).trim() !== '')) {
    if (amidOthers) sink.remarks++;
    else sink.refuse(from, to, 'it is no operation', 'process, :type, :operation and value');
    return;
  }
  const [head, process = '', type = '', f = ''] = match;
  const at = from + match.index;
  let rest: Rest;
  try {
    rest = restOf(sink.file.text, at + head.length, to);
  } catch (error) {
    if (!(error instanceof NotationError)) throw error;
    return sink.refuse(error.from, error.to, error.message, error.expected);
  }
  const fields = new Map<string, Plain | IndependentTuple>([
    ['type', type],
    ['process', processOf(process)],
    ['f', f.replace(/^:/, '')],
    ['value', rest.value],
    ['error', rest.error],
  ]);
  const event = eventOf(fields, from, to);
  if (typeof event === 'string') sink.passOver();
  else if ('message' in event) sink.refuse(at, at + process.length, event.message, event.expected);
  else sink.add(event);
}

function processOf(word: string): Plain {
  if (/^-?\d{1,15}$/.test(word)) return Number(word);
  return word === 'nil' ? null : word.replace(/^:/, '').replace(/^"(.*)"$/, '$1');
}

interface Rest {
  readonly value: Plain | IndependentTuple;
  readonly error: Plain;
}

/** What follows the operation's name: a value, then perhaps an error. */
function restOf(text: string, from: number, to: number): Rest {
  const reader = new EdnReader(text, from, to);
  const value = reader.next();
  const error = reader.next();
  if (value === null) return { value: null, error: null };
  const read = value.value instanceof IndependentTuple ? value.value : plainOf(value.value);
  return { value: read, error: error === null ? null : plainOf(error.value) };
}
