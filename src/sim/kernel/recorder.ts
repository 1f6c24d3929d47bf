/**
 * What a run leaves: rows of the trace, three of four digests, the clients' history, notes, counts.
 *
 * A row is 32 bytes in a ring, or in chunks that are all kept; a reader or a sink gets objects.
 * Digests feed on names, never on node numbers: the order in memory changes none.
 */
import { assert } from '../assert.ts';
import type { Journal, Operation, OperationOutcome, OperationStart } from '../history.ts';
import type { Detail, Message, NodeId, Plain } from '../node.ts';
import type { TraceEvent, TraceSink } from '../trace.ts';
import { widened } from './growth.ts';
import { Digest, hash32 } from './hash.ts';
import { Interner } from './interner.ts';
import { Lateness } from './lateness.ts';
import { MeasuredColumns } from './measured-columns.ts';
import { MessageColumns } from './message-columns.ts';
import { Notebook, type NoteRecord } from './notebook.ts';
import type { RecorderOptions } from './recorder-options.ts';
import { eventOf, type FaultRecord, type KeptRows } from './row-events.ts';
import {
  DELIVER,
  DROP,
  describeOperation,
  ends,
  FAULT,
  LIFE,
  lives,
  NOTE,
  OPERATION,
  reasons,
  SEND,
  TIMER,
} from './rows.ts';
import type { Tally } from './tally.ts';

/** Rows in the ring: enough for the last words of a node, few enough for a processor's cache. */
const RING_ROWS = 1 << 13;
const FIRST_ROWS = 1 << 10;

/** The error of operations whose client crashed. */
const CLIENT_CRASH = 'client-crash';

type MutableOperation = { -readonly [K in keyof Operation]: Operation[K] };

export class Recorder implements Journal, KeptRows {
  /** True virtual time and position in the order: the world sets them before each event. */
  now = 0;
  n = 0;
  /** The step that asked for what is being sent, if not this one: it waited for a disk. */
  cause = 0;
  /** The faults by what they count, so that a row can name the one to blame. */
  private readonly blamable = new Map<Tally, string>();
  /** null where nobody listens. */
  readonly lateness: Lateness | null;

  readonly names: readonly NodeId[];
  private readonly sink: TraceSink | null;
  private readonly keepAll: boolean;
  private readonly payload: boolean;
  private readonly off: boolean;

  /** Message types by number; by type, how many went between nodes, and from or to a client. */
  private readonly interner = new Interner();
  readonly types: readonly string[] = this.interner.names;
  private typeHashes = new Int32Array(16);
  private typeCounts = new Float64Array(32);
  delivered = 0;
  /** Messages, and copies of them, dropped so far between nodes that are not clients. */
  dropped = 0;
  /** Copies that links made of messages between nodes that are not clients. */
  copied = 0;
  /** When messages between nodes that are not clients were sent and dropped; null: not asked. */
  readonly sends: MessageColumns | null;
  readonly drops: MessageColumns | null;
  private readonly client: readonly boolean[];

  private reals = new Float64Array(FIRST_ROWS * 4);
  private ints = new Int32Array(this.reals.buffer);
  private capacity = FIRST_ROWS;
  private next = 0;
  private wrapped = false;
  private readonly full: Float64Array[] = [];

  readonly messages = new Digest();
  readonly order = new Digest();
  readonly measured: MeasuredColumns;
  readonly notebook: Notebook;
  readonly notes: readonly NoteRecord[];
  readonly faults: FaultRecord[] = [];
  readonly operations: MutableOperation[] = [];
  private processes = 0;
  /** Operations begun and not ended. */
  inFlight = 0;

  constructor(options: RecorderOptions) {
    this.names = options.names;
    this.client = options.client;
    this.sink = options.sink;
    this.lateness = this.sink === null ? null : new Lateness();
    this.keepAll = options.keepAll;
    this.payload = options.payload;
    this.off = options.off === true;
    const { messageRows } = options;
    this.sends = messageRows === 'none' ? null : new MessageColumns(messageRows === 'bytes');
    this.drops = messageRows === 'none' ? null : new MessageColumns(false);
    this.measured = new MeasuredColumns(options.measures);
    this.notebook = new Notebook(options.askedNotes, options.keepAll, RING_ROWS);
    this.notes = this.notebook.notes;
  }

  typeOf(type: string): number {
    const id = this.interner.find(type);
    return id < 0 ? this.newType(type) : id;
  }

  private newType(type: string): number {
    const id = this.interner.add(type);
    if (id === this.typeHashes.length) {
      this.typeHashes = widened(this.typeHashes);
      this.typeCounts = widened(this.typeCounts);
    }
    this.typeHashes[id] = hash32(type);
    return id;
  }

  /** Messages sent so far between nodes that are not clients. */
  get sent(): number {
    return this.countSent(0);
  }

  /** Messages sent so far from or to clients. */
  get clientSent(): number {
    return this.countSent(1);
  }

  private countSent(client: number): number {
    let sum = 0;
    for (let at = client; at < this.typeCounts.length; at += 2) sum += this.typeCounts[at]!;
    return sum;
  }

  /** Sent messages between nodes that are not clients, by type. */
  countsByType(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    this.types.forEach((type, id) => {
      if (this.typeCounts[2 * id]! > 0) counts.set(type, this.typeCounts[2 * id]!);
    });
    return counts;
  }

  /** `client` is 1 if an end of the link is one. */
  send(from: number, to: number, id: number, type: number, client: number, message: Message): void {
    this.typeCounts[2 * type + client]!++;
    if (this.sends !== null && client === 0) this.sends.add(this.now, type, message);
    if (this.off) return;
    this.row(SEND, type, from, to, id);
    if (this.sink !== null) this.tellSend(from, to, id, type, message);
  }

  /** `hash` is that of the link's name, or of the node's in a message to itself. */
  deliver(
    from: number,
    to: number,
    id: number,
    type: number,
    hash: number,
    message: Message,
  ): void {
    this.delivered++;
    if (this.off) return;
    this.row(DELIVER, type, from, to, id);
    this.messages.pair(this.now | 0, hash + this.typeHashes[type]!);
    if (this.payload) this.messages.text(JSON.stringify(message));
    if (this.sink !== null) this.tellDelivery(from, to, id, type, message);
  }

  /** `by`: who is to blame; null for nobody. */
  drop(
    from: number,
    to: number,
    id: number,
    type: number,
    reason: number,
    message: Message,
    by: Tally | null,
  ): void {
    if (!this.client[from]! && !this.client[to]!) {
      this.dropped++;
      this.drops?.add(this.now, type, message);
    }
    if (this.off) return;
    this.row(DROP | (reason << 4), type, from, to, id);
    if (this.sink === null) return;
    this.sink.event({
      type: 'drop',
      atUs: this.now,
      n: this.n,
      from: this.names[from]!,
      to: this.names[to]!,
      id,
      kind: this.types[type]!,
      why: reasons[reason]!,
      fault: by === null ? null : (this.blamable.get(by) ?? null),
      message,
    });
  }

  // Written out field by field: to lay objects over another takes longer than to write the line.
  private tellSend(from: number, to: number, id: number, kind: number, message: Message): void {
    this.lateness!.decides(id);
    this.sink!.event({
      type: 'send',
      atUs: this.now,
      n: this.n,
      from: this.names[from]!,
      to: this.names[to]!,
      id,
      kind: this.types[kind]!,
      cause: this.cause === 0 ? this.n : this.cause,
      message,
    });
  }

  private tellDelivery(from: number, to: number, id: number, kind: number, message: Message): void {
    this.lateness!.decides(id);
    const late = this.lateness!.of(id);
    const event: TraceEvent = {
      type: 'deliver',
      atUs: this.now,
      n: this.n,
      from: this.names[from]!,
      to: this.names[to]!,
      id,
      kind: this.types[kind]!,
      message,
    };
    this.sink!.event(late === undefined ? event : { ...event, late });
  }

  /** A fault is to blame for what this tally counts. */
  mayBlame(tally: Tally, name: string): void {
    this.blamable.set(tally, name);
    this.lateness?.watch(tally, name);
  }

  /** A timer fired. Tags are numbered among the message types: both are few and fixed. */
  timer(node: number, tag: string, key: number): void {
    if (this.off) return;
    this.row(TIMER, this.typeOf(tag), node, key, 0);
    this.sink?.event({
      type: 'timer',
      atUs: this.now,
      n: this.n,
      node: this.names[node]!,
      tag,
      key,
    });
  }

  /** BOOT, CRASH, PAUSE, RESUME or FLUSH. */
  life(what: number, node: number): void {
    if (this.off) return;
    this.row(LIFE, what, node, 0, 0);
    this.sink?.event({ type: lives[what]!, atUs: this.now, n: this.n, node: this.names[node]! });
  }

  note(node: number, label: string, detail: Detail): void {
    const record = { atUs: this.now, node: this.names[node]!, label, detail };
    this.row(NOTE, 0, node, 0, this.notebook.add(record));
    this.sink?.event({ type: 'note', n: this.n, ...record });
  }

  fault(name: string, phase: FaultRecord['phase'], label: string): void {
    this.faults.push({ name, phase, label });
    this.row(FAULT, 0, 0, 0, this.faults.length - 1);
    this.sink?.event({ type: 'fault', atUs: this.now, n: this.n, name, phase, label });
  }

  nextProcess(): number {
    return this.processes++;
  }

  invoke(client: NodeId, start: OperationStart): number {
    const index = this.operations.length;
    this.operations.push({
      index,
      process: start.process,
      client,
      node: start.node,
      load: start.load,
      f: start.f,
      key: start.key,
      input: start.input,
      invokedAtUs: this.now,
      outcome: 'info',
      output: null,
      error: null,
      completedAtUs: Infinity,
      endedAtUs: Infinity,
    });
    if (start.recorded) this.operations[index]!.recorded = true;
    this.inFlight++;
    this.operationRow(index, 0, client);
    return index;
  }

  sentTo(index: number, node: NodeId): void {
    this.operations[index]!.node ??= node;
  }

  complete(index: number, outcome: OperationOutcome, output: Plain, error: string | null): void {
    const operation = this.operations[index]!;
    assert(operation.endedAtUs === Infinity, 'an operation ends once');
    operation.outcome = outcome;
    operation.output = output;
    operation.error = error;
    operation.endedAtUs = this.now;
    if (outcome !== 'info') operation.completedAtUs = this.now;
    this.inFlight--;
    this.operationRow(index, ends.indexOf(outcome), operation.client);
  }

  /** A client has crashed: what it had in flight may still happen, and it will never know. */
  abandon(client: NodeId): void {
    for (const { index, client: own, endedAtUs } of this.operations) {
      if (own === client && endedAtUs === Infinity) {
        this.complete(index, 'info', null, CLIENT_CRASH);
      }
    }
  }

  private operationRow(index: number, end: number, client: NodeId): void {
    this.row(OPERATION, end, 0, 0, index);
    if (this.sink === null) return;
    const text = describeOperation(this.operations[index]!, end === 0);
    this.sink.event({
      type: ends[end]!,
      atUs: this.now,
      n: this.n,
      node: client,
      operation: index,
      text,
    });
  }

  private row(kind: number, type: number, a: number, b: number, id: number): void {
    if (this.next === this.capacity) this.turn();
    const at = this.next++;
    this.reals[at * 4] = this.now;
    this.reals[at * 4 + 1] = this.n;
    const ints = this.ints;
    const i = at * 8 + 4;
    ints[i] = kind | (type << 8);
    ints[i + 1] = a;
    ints[i + 2] = b;
    ints[i + 3] = id;
  }

  /** The rows are full: keep the chunk, grow, or begin the ring again. */
  private turn(): void {
    if (this.capacity < RING_ROWS) {
      this.reals = widened(this.reals);
      this.ints = new Int32Array(this.reals.buffer);
      this.capacity *= 2;
      return;
    }
    if (this.keepAll) {
      this.full.push(this.reals);
      this.reals = new Float64Array(this.capacity * 4);
      this.ints = new Int32Array(this.reals.buffer);
    }
    this.wrapped = true;
    this.next = 0;
  }

  /** The rows kept, oldest first, as events without message bodies. */
  *rows(): Generator<TraceEvent> {
    for (const chunk of this.full) yield* this.rowsOf(chunk, 0, this.capacity);
    if (this.wrapped && !this.keepAll) yield* this.rowsOf(this.reals, this.next, this.capacity);
    yield* this.rowsOf(this.reals, 0, this.next);
  }

  private *rowsOf(reals: Float64Array, from: number, until: number): Generator<TraceEvent> {
    const ints = new Int32Array(reals.buffer);
    for (let at = from; at < until; at++) {
      const i = at * 8 + 4;
      yield eventOf(
        this,
        reals[at * 4]!,
        reals[at * 4 + 1]!,
        ints[i]!,
        ints[i + 1]!,
        ints[i + 2]!,
        ints[i + 3]!,
      );
    }
  }
}
