/**
 * Maelstrom's words for dsim's, and back: names of nodes, types of messages, their fields, numbers
 * of errors. What a message means is not looked at more than the translation needs.
 *
 * Source: jepsen-io/maelstrom, doc/protocol.md (envelope, errors), doc/workloads.md (messages of
 * clients), doc/services.md (seq-kv, lin-kv, lww-kv, lin-tso).
 */
import type { Plain } from '../../../sim/node.ts';
import type { ErrorCode } from '../../../sim/rpc.ts';

/** The `body` of a message: its type and its fields. */
export type Body = { readonly type: string } & { readonly [field: string]: Plain };

type Fields = { readonly [field: string]: Plain };

/** What each error of the protocol is here; the rest may have happened, as the protocol says. */
const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [0, 'timeout'],
  [1, 'node-not-found'],
  [10, 'not-supported'],
  [11, 'temporarily-unavailable'],
  [12, 'malformed-request'],
  [13, 'crash'],
  [14, 'abort'],
  [20, 'key-does-not-exist'],
  [21, 'key-already-exists'],
  [22, 'precondition-failed'],
  [30, 'txn-conflict'],
]);

/** Of errors that the protocol lacks: what comes nearest. All of them are definite. */
const NEAREST: ReadonlyMap<string, number> = new Map([
  ['overloaded', 11],
  ['rate-limited', 11],
  ['circuit-open', 11],
  ['lock-held', 22],
]);

const KEY_MISSING = 20;

export function codeOfNumber(code: Plain | undefined): ErrorCode {
  return (typeof code === 'number' ? CODES.get(code) : undefined) ?? 'crash';
}

export function numberOfCode(code: string): number {
  for (const [number, known] of CODES) if (known === code) return number;
  return NEAREST.get(code) ?? 13;
}

// --- What clients ask ----------------------------------------------------------------------------

/** A request of a client as the program gets it; null: the protocol has no such message. */
export function requestBody(type: string, fields: Fields): Body | null {
  switch (type) {
    case 'echo':
      return { type, echo: fields['payload'] ?? null };
    case 'send':
      return { type, key: fields['key'] ?? null, msg: fields['value'] ?? null };
    case 'commit':
      return { type: 'commit_offsets', offsets: fields['offsets'] ?? {} };
    case 'committed':
      return { type: 'list_committed_offsets', keys: fields['keys'] ?? [] };
    case 'assign':
      return null;
    case 'txn':
      return { type, txn: eachStep(fields['txn'], keyOut) };
    default:
      return { type, ...withKey(fields, keyOut) };
  }
}

/** The answer of a program as the client gets it, who asked with `asked`. */
export function answerFields(asked: Body, body: Body): Body {
  const { type, in_reply_to: _, ...fields } = body;
  if (type === 'error') return answerOfError(asked, fields);
  switch (asked.type) {
    case 'echo':
      return { type, payload: fields['echo'] ?? null };
    case 'generate':
      return { type, value: fields['id'] ?? null };
    case 'poll':
      return { type, records: fields['msgs'] ?? {} };
    case 'commit_offsets':
      return { type: 'commit_ok' };
    case 'list_committed_offsets':
      return { type: 'committed_ok', offsets: fields['offsets'] ?? {} };
    case 'txn':
      return { type, txn: eachStep(fields['txn'], keyIn) };
    case 'read':
      // A set calls its elements a value, a broadcast calls them messages.
      return Array.isArray(fields['value'])
        ? { type, ...fields, elements: fields['value'] }
        : { type, ...fields };
    default:
      return { type, ...fields };
  }
}

/** A register that was never written reads null here, and is an error there. */
function answerOfError(asked: Body, { code, text }: Fields): Body {
  if (code === KEY_MISSING && asked.type === 'read') return { type: 'read_ok', value: null };
  const said = typeof text === 'string' ? { text } : {};
  return { type: 'error', code: codeOfNumber(code), ...said };
}

/** Clients here name keys `k7`; those of Maelstrom's stores and transactions are numbers. */
function keyOut(key: Plain): Plain {
  const match = typeof key === 'string' ? /^k(0|[1-9]\d{0,14})$/.exec(key) : null;
  return match === null ? key : Number(match[1]);
}

function keyIn(key: Plain): Plain {
  return typeof key === 'number' ? `k${key}` : key;
}

function withKey(fields: Fields, change: (key: Plain) => Plain): Fields {
  return fields['key'] === undefined ? fields : { ...fields, key: change(fields['key']) };
}

function eachStep(txn: Plain | undefined, change: (key: Plain) => Plain): Plain {
  if (!Array.isArray(txn)) return txn ?? [];
  return txn.map((step) =>
    Array.isArray(step) ? [step[0], change(step[1] ?? null), ...step.slice(2)] : step,
  );
}

// --- What programs ask of services ---------------------------------------------------------------

/** The request to a store, or to an oracle, that stands for a service. */
export function serviceRequest(body: Body): Body {
  const { msg_id: _, create_if_not_exists: __, ...rest } = body;
  if (body.type === 'ts') return { type: 'now' };
  return { ...rest, ...withKey(rest, keyText), type: body.type };
}

/** The same where the key does not exist yet, for those who said `create_if_not_exists`. */
export function creatingRequest(body: Body): Body | null {
  if (body.type !== 'cas' || body['create_if_not_exists'] !== true) return null;
  return { ...serviceRequest(body), from: null };
}

/** The answer of a service as the program gets it. */
export function serviceAnswer(asked: Body, answer: Body): Body {
  if (answer.type === 'error') {
    const code = numberOfCode(String(answer['code']));
    return { type: 'error', code, text: String(answer['text'] ?? answer['code']) };
  }
  if (asked.type === 'ts') return { type: 'ts_ok', ts: answer['value'] ?? null };
  if (asked.type !== 'read') return { type: `${asked.type}_ok` };
  const value = answer['value'] ?? null;
  if (value !== null) return { type: 'read_ok', value };
  return { type: 'error', code: KEY_MISSING, text: 'key does not exist' };
}

function keyText(key: Plain): Plain {
  return typeof key === 'string' ? key : `k${JSON.stringify(key)}`;
}

// --- Topologies ----------------------------------------------------------------------------------

export const topologies = ['line', 'grid', 'tree2', 'tree3', 'tree4', 'total'] as const;
export type Topology = (typeof topologies)[number];

/** Who is whose neighbour, as the message `topology` has it. */
export function neighbours(
  nodes: readonly string[],
  topology: Topology,
): { readonly [node: string]: readonly string[] } {
  const near = nodes.map(() => new Set<number>());
  const join = (a: number, b: number) => {
    near[a]?.add(b);
    near[b]?.add(a);
  };
  const columns = topology === 'grid' ? Math.ceil(Math.sqrt(nodes.length)) : 1;
  for (let i = 0; i < nodes.length; i++) {
    if (topology === 'line' && i > 0) join(i - 1, i);
    if (topology === 'grid' && i % columns > 0) join(i - 1, i);
    if (topology === 'grid' && i >= columns) join(i - columns, i);
    if (topology === 'total') for (let other = 0; other < i; other++) join(other, i);
    if (topology.startsWith('tree') && i > 0) join(Math.floor((i - 1) / branches(topology)), i);
  }
  return Object.fromEntries(
    nodes.map((node, i) => [
      node,
      [...(near[i] ?? [])].sort((a, b) => a - b).map((other) => nodes[other] ?? ''),
    ]),
  );
}

function branches(topology: Topology): number {
  return Number(topology.slice('tree'.length));
}
