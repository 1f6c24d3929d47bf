/**
 * The neutral notation: JSON, one event a line, `{"process":0,"type":"invoke","f":"read",
 * "value":null}`, with `key`, `time` (nanoseconds) and `error` where they are known.
 *
 * Empty lines, and lines that begin with `#` or `//`, are passed over. One JSON array of events, on
 * however many lines, is read as well.
 */
import { stringEnd, withExactNumbers } from '../../sim/exact-json.ts';
import { DIGITS_MAX } from '../../sim/exact-number.ts';
import type { Plain } from '../../sim/node.ts';
import { DEPTH_MAX } from './edn.ts';
import { eventOf, type FieldMistake } from './event.ts';
import type { EventSink } from './event-sink.ts';
import { findJsonMistake } from './json-mistake.ts';

/** Reads the lines of a text, or the items of its array, into the sink. */
export function readJsonLines(text: string, sink: EventSink): void {
  const array = /^\s*\[\s*(?=[{\]])/.exec(text);
  if (array !== null) return readItems(text, array[0].length, sink);
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const to = newline < 0 ? text.length : newline;
    const line = text.slice(from, to);
    if (!isPassedOver(line)) readLine(line, from, sink);
    from = to + 1;
  }
}

/** The items of an array, each by itself, so that one that is broken leaves the others. */
function readItems(text: string, start: number, sink: EventSink): void {
  let depth = 0;
  let from = -1;
  /** Where the item before ends; -1 before the first. */
  let last = -1;
  PIECE.lastIndex = start;
  for (let piece = PIECE.exec(text); piece !== null; piece = PIECE.exec(text)) {
    const [bracket] = piece;
    if (bracket === '"') {
      const end = stringEnd(text, piece.index);
      PIECE.lastIndex = end < 0 ? text.length : end;
    } else if (bracket === '{' || bracket === '[') {
      if (depth++ > 0) continue;
      from = piece.index;
      between(text, Math.max(last, start), from, last < 0 ? '' : ',', sink);
    } else if (--depth < 0) {
      between(text, Math.max(last, start), piece.index, '', sink);
      return trailing(text, piece.index + 1, sink);
    } else if (depth === 0) {
      last = piece.index + 1;
      readLine(text.slice(from, last), from, sink);
    }
  }
  const at = depth > 0 ? from : text.indexOf('[');
  const expected = depth > 0 ? 'its end, and `]` after it' : '`]` at the end of the file';
  sink.refuse(at, at + 1, `\`${text[at]}\` is never closed`, expected);
}

/** Refuses what stands between two items, unless it is this comma, or between an item and `]`. */
function between(text: string, from: number, to: number, comma: '' | ',', sink: EventSink): void {
  const found = text.slice(from, to).trim();
  if (found === comma) return;
  const at = found === '' ? to : text.indexOf(found, from);
  const isComma = /^[,\s]+$/.test(found);
  const message =
    found === '' ? 'a comma is missing' : isComma ? 'a comma too many' : 'this is no event';
  const expected =
    comma === ',' ? 'one comma between two events' : 'an event, or `]` after the last';
  sink.refuse(at, at + Math.max(1, found.length), message, expected);
}

/** The beginning of a text, or a bracket. */
const PIECE = /["[\]{}]/g;

function trailing(text: string, at: number, sink: EventSink): void {
  const rest = text.slice(at).trimEnd();
  const from = at + (rest.length - rest.trimStart().length);
  if (from >= at + rest.length) return;
  sink.refuse(from, at + rest.length, 'something follows the history', 'the end of the file');
}

function isPassedOver(line: string): boolean {
  return /^\s*(?:$|#|\/\/)/.test(line);
}

function readLine(line: string, from: number, sink: EventSink): void {
  let value: Plain;
  try {
    value = JSON.parse(line) as Plain;
  } catch {
    const mistake = findJsonMistake(line);
    if (mistake === null) return sink.refuse(from, from + line.length, 'it is not JSON', 'JSON');
    return sink.refuse(from + mistake.from, from + mistake.to, mistake.message, mistake.expected);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return sink.refuse(from, from + line.length, 'it is no event', 'an object with `type`, …');
  }
  // `JSON.parse` keeps the last of two equal keys and says nothing.
  const twice = colonsIn(line) > keysIn(value, DEPTH_MAX) ? findJsonMistake(line) : null;
  if (twice !== null) {
    return sink.refuse(from + twice.from, from + twice.to, twice.message, twice.expected);
  }
  if (isDeep(value, DEPTH_MAX)) {
    const message = `nested deeper than ${DEPTH_MAX}`;
    return sink.refuse(from, from + line.length, message, 'a value that is not so deep');
  }
  const exact = withExactNumbers(line, value);
  if (typeof exact === 'number') {
    const message = `a number of more than ${DIGITS_MAX} digits`;
    return sink.refuse(from + exact, from + exact + 40, message, 'a shorter number');
  }
  value = exact.value;
  const fields = value as { readonly [name: string]: Plain };
  const event = eventOf(
    { get: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined) },
    from,
    from + line.length,
  );
  if (typeof event === 'string') sink.passOver();
  else if ('message' in event) point(event, line, from, sink);
  else sink.add(event);
}

/** How many keys a text may have: quotes before a colon, also within texts. */
function colonsIn(line: string): number {
  let count = 0;
  for (let at = line.indexOf(':'); at >= 0; at = line.indexOf(':', at + 1)) {
    let before = at - 1;
    while (line.charCodeAt(before) <= SPACE) before--;
    if (line[before] === '"') count++;
  }
  return count;
}

const SPACE = 32;

/** How many keys a value has, down to this depth. */
function keysIn(value: Plain, depth: number): number {
  if (typeof value !== 'object' || value === null || depth < 0) return 0;
  let count = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const item of Object.values(value) as Plain[]) count += keysIn(item, depth - 1);
  return count;
}

/** Points at the value of the field that is wrong, or at the line. */
function point(mistake: FieldMistake, line: string, from: number, sink: EventSink): void {
  const { field, message, expected, help } = mistake;
  const at = field === null ? -1 : valueAt(line, field);
  const start = at < 0 ? line.length - line.trimStart().length : at;
  const length = at < 0 ? line.trim().length : valueLength(line.slice(at));
  sink.refuse(from + start, from + start + length, message, expected, help);
}

/** Where the value of a field begins; -1 if the text does not tell. */
function valueAt(line: string, field: string): number {
  const found = new RegExp(`"${field}"\\s*:\\s*`).exec(line);
  return found === null ? -1 : found.index + found[0].length;
}

function valueLength(rest: string): number {
  if (rest.startsWith('"')) return Math.max(1, stringEnd(rest, 0));
  return (/^[^,}\]\s]+/.exec(rest)?.[0] ?? rest).length;
}

function isDeep(value: Plain, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth <= 0) return true;
  const items = Array.isArray(value) ? value : Object.values(value);
  return items.some((item: Plain) => isDeep(item, depth - 1));
}
