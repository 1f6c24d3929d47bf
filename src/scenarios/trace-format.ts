/**
 * The trace on disk: NDJSON, a header line, one event a line in the order of the run, a footer
 * line. Pure text in both directions; `docs/TRACE.md` is its description for readers of other
 * programs.
 *
 * Fields of an event are written in one fixed order, so that two runs are equal exactly when their
 * lines are.
 */

import type { Message, NodeId, Plain } from '../sim/node.ts';
import { dropReasons, TRACE_VERSION, type TraceEvent, type TraceEventType } from '../sim/trace.ts';
import { visibleJson } from '../sim/visible-text.ts';
import type { Digests, ExpectationState } from './result.ts';

const FORMAT = 'dsim-trace';

export interface TraceHeader {
  readonly format: typeof FORMAT;
  readonly version: number;
  /** The version of dsim that wrote it. */
  readonly dsim: string;
  /** The scenario's name. */
  readonly scenario: string;
  /** Its file as the user named it; null when it was made by code. */
  readonly file: string | null;
  /** 16 hex digits of the scenario's canonical text. */
  readonly scenarioHash: string;
  readonly seed: string;
  /** `--set` options in force, as given. */
  readonly sets: readonly string[];
  /** Whether the scenario's `without:` patch was applied. */
  readonly without: boolean;
  /** `--max-events` in force, which decides where a run stops; null without. */
  readonly maxEvents: number | null;
  /** `--strict`, under which a run may stop where it otherwise would not. */
  readonly strict: boolean;
  /** Every node and client in scenario order. */
  readonly nodes: readonly NodeId[];
}

export interface TraceFooter {
  readonly end: true;
  /** Events written: as many lines as there are between header and footer. */
  readonly events: number;
  /** False when the run was interrupted; then there is no verdict. */
  readonly complete: boolean;
  readonly state: ExpectationState | null;
  readonly digests: Digests | null;
}

/** What is wrong with a trace, and in which line of it (from 1). */
export class TraceFormatError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.name = 'TraceFormatError';
    this.line = line;
  }
}

// --- Writing -----------------------------------------------------------------------------------

/** The first line, without line break. */
export function formatHeader(header: Omit<TraceHeader, 'format' | 'version'>): string {
  return visibleJson(JSON.stringify({ format: FORMAT, version: TRACE_VERSION, ...header }));
}

/** The last line, without line break. */
export function formatFooter(footer: Omit<TraceFooter, 'end'>): string {
  return JSON.stringify({ end: true, ...footer });
}

/** One event as one line, without line break. */
export function formatEvent(event: TraceEvent): string {
  return visibleJson(lineOf(event));
}

function lineOf(event: TraceEvent): string {
  const head = `{"n":${event.n},"atUs":${event.atUs},"type":"${event.type}"`;
  switch (event.type) {
    case 'send':
      return `${head}${route(event)}${cause(event.cause)}${body(event.message)}}`;
    case 'deliver':
      return `${head}${route(event)}${late(event.late)}${body(event.message)}}`;
    case 'drop':
      return `${head}${route(event)},"why":"${event.why}"${blame(event.fault)}${body(event.message)}}`;
    case 'timer':
      return `${head},"node":${quote(event.node)},"tag":${quote(event.tag)},"key":${event.key}}`;
    case 'fault':
      return `${head},"name":${quote(event.name)},"phase":"${event.phase}","label":${quote(event.label)}}`;
    case 'note':
      return `${head},"node":${quote(event.node)},"label":${quote(event.label)},"detail":${JSON.stringify(event.detail)}}`;
    case 'invoke':
    case 'ok':
    case 'fail':
    case 'info':
      return `${head},"node":${quote(event.node)},"operation":${event.operation},"text":${quote(event.text)}}`;
    default:
      return `${head},"node":${quote(event.node)}}`;
  }
}

interface Route {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly id: number;
  readonly kind: string;
}

function route({ from, to, id, kind }: Route): string {
  return `,"from":${quote(from)},"to":${quote(to)},"id":${id},"kind":${quote(kind)}`;
}

function body(message: Message | undefined): string {
  return message === undefined ? '' : `,"message":${JSON.stringify(message)}`;
}

function cause(n: number | undefined): string {
  return n === undefined ? '' : `,"cause":${n}`;
}

function late(fault: string | undefined): string {
  return fault === undefined ? '' : `,"late":${quote(fault)}`;
}

function blame(fault: string | null | undefined): string {
  if (fault === undefined) return '';
  return fault === null ? ',"fault":null' : `,"fault":${quote(fault)}`;
}

const bare = /^[\w .-]*$/;

function quote(text: string): string {
  return bare.test(text) ? `"${text}"` : JSON.stringify(text);
}

// --- Reading -----------------------------------------------------------------------------------

type Fields = { readonly [name: string]: unknown };

/**
 * Reads the first line. Throws TraceFormatError if this is no trace, or one of a version that is
 * not known.
 */
export function parseHeader(line: string): TraceHeader {
  const fields = parseObject(line, 1, 'this is not a dsim trace: the first line is not JSON');
  if (fields['format'] !== FORMAT) {
    throw new TraceFormatError(
      1,
      `this is not a dsim trace: its first line has no "format":"${FORMAT}"`,
    );
  }
  const { version } = fields;
  if (version !== TRACE_VERSION) {
    const by = typeof fields['dsim'] === 'string' ? ` (written by dsim ${fields['dsim']})` : '';
    throw new TraceFormatError(
      1,
      `trace version ${JSON.stringify(version)}${by} is not known here; this dsim reads version ${TRACE_VERSION}`,
    );
  }
  const wrong = misfit(fields, headerFields);
  if (wrong !== null) throw new TraceFormatError(1, `the header's ${wrong}`);
  return fields as unknown as TraceHeader;
}

/**
 * Reads a line after the first. Throws TraceFormatError, with the line's number, if it is neither
 * kind.
 */
export function parseLine(line: string, number: number): TraceEvent | TraceFooter {
  const fields = parseObject(line, number, 'this line is not JSON; was the file cut short?');
  if (fields['end'] === true) {
    const wrong = misfit(fields, footerFields);
    if (wrong !== null) throw new TraceFormatError(number, `the footer's ${wrong}`);
    return fields as unknown as TraceFooter;
  }
  const own = eventFields.get(String(fields['type']));
  if (own === undefined) {
    throw new TraceFormatError(number, `unknown event type ${JSON.stringify(fields['type'])}`);
  }
  const wrong = misfit(fields, atFields) ?? misfit(fields, own);
  if (wrong !== null) throw new TraceFormatError(number, `the event's ${wrong}`);
  return fields as unknown as TraceEvent;
}

export function isFooter(entry: TraceEvent | TraceFooter): entry is TraceFooter {
  return 'end' in entry;
}

function parseObject(line: string, number: number, complaint: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new TraceFormatError(number, complaint);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TraceFormatError(number, complaint.replace('is not JSON', 'is not a JSON object'));
  }
  return value as Fields;
}

type Test = (value: unknown) => boolean;
type FieldTable = readonly (readonly [name: string, test: Test, wanted: string])[];

const isText: Test = (value) => typeof value === 'string';
const isCount: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isInteger: Test = (value) => Number.isSafeInteger(value);
const isRecord: Test = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNames: Test = (value) => Array.isArray(value) && value.every(isText);
const either =
  (...values: readonly Plain[]): Test =>
  (value) =>
    values.includes(value as Plain);
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value);

const headerFields: FieldTable = [
  ['dsim', isText, 'a text'],
  ['scenario', isText, 'a text'],
  ['file', orNull(isText), 'a text or null'],
  ['scenarioHash', isText, 'a text'],
  ['seed', isText, 'a text'],
  ['sets', isNames, 'a list of texts'],
  ['without', either(true, false), 'true or false'],
  ['maxEvents', orNull(isCount), 'a number or null'],
  ['strict', either(true, false), 'true or false'],
  ['nodes', isNames, 'a list of texts'],
];
const footerFields: FieldTable = [
  ['events', isCount, 'a whole number'],
  ['complete', either(true, false), 'true or false'],
  ['state', orNull(isText), 'a text or null'],
  ['digests', orNull(isRecord), 'an object or null'],
];
const atFields: FieldTable = [
  ['n', isCount, 'a whole number'],
  ['atUs', isCount, 'a whole number'],
];
const routeFields: FieldTable = [
  ['from', isText, 'a text'],
  ['to', isText, 'a text'],
  ['id', isCount, 'a whole number'],
  ['kind', isText, 'a text'],
];
const nodeField: FieldTable = [['node', isText, 'a text']];
const operationFields: FieldTable = [
  ...nodeField,
  ['operation', isCount, 'a whole number'],
  ['text', isText, 'a text'],
];

const eventTable: { readonly [K in TraceEventType]: FieldTable } = {
  send: routeFields,
  deliver: routeFields,
  drop: [...routeFields, ['why', either(...dropReasons), 'a known reason']],
  timer: [...nodeField, ['tag', isText, 'a text'], ['key', isInteger, 'a whole number']],
  boot: nodeField,
  crash: nodeField,
  pause: nodeField,
  resume: nodeField,
  flush: nodeField,
  fault: [
    ['name', isText, 'a text'],
    ['phase', either('inject', 'heal', 'not-felt'), 'a known phase'],
    ['label', isText, 'a text'],
  ],
  note: [...nodeField, ['label', isText, 'a text'], ['detail', isRecord, 'an object']],
  invoke: operationFields,
  ok: operationFields,
  fail: operationFields,
  info: operationFields,
};
const eventFields: ReadonlyMap<string, FieldTable> = new Map(Object.entries(eventTable));

/** `field "to" is not a text`, or null when all fields are there and right. */
function misfit(fields: Fields, table: FieldTable): string | null {
  for (const [name, test, wanted] of table) {
    if (!Object.hasOwn(fields, name)) return `field "${name}" is missing`;
    if (!test(fields[name])) return `field "${name}" is not ${wanted}`;
  }
  return null;
}
