/**
 * Jepsen's `history.edn`: operations as maps with the keys `:type :process :f :value :time :error`,
 * one after another or in one vector, with or without the tag `#jepsen.history.Op`.
 */
import type { Plain } from '../../sim/node.ts';
import { EdnMap, EdnReader, type IndependentTuple, NotationError, plainOf } from './edn.ts';
import { eventOf } from './event.ts';
import type { EventSink } from './event-sink.ts';

/** Reads the operations of a text into the sink. */
export function readJepsenEdn(text: string, sink: EventSink): void {
  const reader = new EdnReader(text);
  reader.mapsByLine = true;
  const bracket = openBracket(reader);
  for (;;) {
    try {
      if (bracket !== null && closes(reader, bracket)) break;
      const form = reader.next();
      if (form === null) {
        if (bracket !== null) unclosed(reader, bracket, sink);
        return;
      }
      addForm(form.value, form.from, form.to, sink);
    } catch (error) {
      if (!(error instanceof NotationError)) throw error;
      sink.refuse(error.from, error.to, error.message, error.expected);
      reader.at = Math.max(reader.at, error.from + 1);
      reader.recover();
    }
  }
  trailing(reader, sink);
}

/** Steps into a vector or list around all operations; null if there is none. */
function openBracket(reader: EdnReader): { readonly at: number; readonly closer: string } | null {
  try {
    reader.skip();
  } catch (error) {
    if (error instanceof NotationError) return null;
    throw error;
  }
  const { at, text } = reader;
  if (text[at] !== '[' && text[at] !== '(') return null;
  reader.at++;
  return { at, closer: text[at] === '[' ? ']' : ')' };
}

function closes(reader: EdnReader, { closer }: { readonly closer: string }): boolean {
  reader.skip();
  if (reader.text[reader.at] !== closer) return false;
  reader.at++;
  return true;
}

function unclosed(
  { text }: EdnReader,
  { at, closer }: { readonly at: number; readonly closer: string },
  sink: EventSink,
): void {
  sink.refuse(
    at,
    at + 1,
    `\`${text[at]}\` is never closed`,
    `\`${closer}\` at the end of the file`,
  );
}

function trailing(reader: EdnReader, sink: EventSink): void {
  try {
    reader.skip();
  } catch (error) {
    if (!(error instanceof NotationError)) throw error;
  }
  if (reader.at >= reader.end) return;
  const line = reader.text.indexOf('\n', reader.at);
  const to = line < 0 ? reader.end : line;
  sink.refuse(reader.at, to, 'something follows the history', 'the end of the file');
}

function addForm(
  value: Plain | IndependentTuple | EdnMap,
  from: number,
  to: number,
  sink: EventSink,
): void {
  if (!(value instanceof EdnMap)) {
    return sink.refuse(from, to, 'it is no operation', 'a map with :type, :process, :f and :value');
  }
  const { entries } = value;
  const fieldOf = (name: string): Plain | IndependentTuple | undefined => {
    const field = entries.get(name);
    return field instanceof EdnMap ? plainOf(field) : field;
  };
  const event = eventOf({ get: fieldOf }, from, to);
  if (typeof event === 'string') sink.passOver();
  else if ('message' in event) {
    const { field, message, expected, help } = event;
    const at = field === null ? -1 : sink.file.text.indexOf(`:${field}`, from);
    const found = at >= from && at < to;
    sink.refuse(
      found ? at : from,
      found ? fieldEnd(sink.file.text, at, to) : to,
      message,
      expected,
      help,
    );
  } else sink.add(event);
}

/** The end of a key and the word after it. */
function fieldEnd(text: string, at: number, to: number): number {
  const found = /^:\S+\s+[^\s,}]+/.exec(text.slice(at, Math.min(to, at + 200)));
  return found === null ? to : at + found[0].length;
}
