/**
 * The two phases of an operation (Attiya, Bar-Noy & Dolev 1995; Lynch & Shvartsman 1997, section
 * 4).
 *
 * - Query: ask all replicas for what they have, wait for a read quorum, take the highest stamp.
 * - Store: give a value with a stamp to all replicas, wait for a write quorum, answer.
 *
 * A write stores its own value under a stamp that is higher than all it has seen. A read stores
 * what it has read, unchanged: the *write-back*. Without it two reads in a row may see the new
 * value and then the old one, while the write is under way.
 *
 * Any replica coordinates; nobody is elected, nobody waits for a lock. That is also the limit: a
 * register of this kind cannot compare-and-set, for that would solve consensus (Herlihy 1991).
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, NodeId, Plain } from '../../../sim/node.ts';
import type { ErrorCode } from '../../../sim/rpc.ts';
import { Distinct } from '../../parts/distinct.ts';
import { compareStamps, NO_STAMP, sameStamp } from '../../parts/stamp.ts';
import type { Bug } from './bugs.ts';
import type {
  ClientReply,
  ClientRequest,
  QueryReply,
  QuorumMessage,
  Stored,
  StoreReply,
} from './messages.ts';
import type { Replica } from './replica.ts';
import type { Settings } from './settings.ts';

type Ctx = Context<QuorumMessage>;

interface Operation {
  readonly number: number;
  readonly request: ClientRequest & { readonly type: 'read' | 'write' };
  readonly from: NodeId;
  phase: 'query' | 'store';
  /** Who has answered in this phase. */
  heard: Distinct;
  /** Answers in this phase, copies included: what the bug counts. */
  answers: number;
  /** The newest that was seen; in the second phase what is stored. */
  newest: Stored;
  /** How many replicas showed `newest`. */
  showing: number;
}

export class Coordinator {
  readonly #settings: Settings;
  readonly #bug: Bug | null;
  readonly #replica: Replica;
  readonly #self: NodeId;
  readonly #members: readonly NodeId[];
  readonly #operations = new Map<number, Operation>();
  #last = 0;

  constructor(
    settings: Settings,
    bug: Bug | null,
    replica: Replica,
    self: NodeId,
    members: readonly NodeId[],
  ) {
    this.#settings = settings;
    this.#bug = bug;
    this.#replica = replica;
    this.#self = self;
    this.#members = members;
  }

  get pending(): number {
    return this.#operations.size;
  }

  onRequest(ctx: Ctx, from: NodeId, request: ClientRequest): void {
    if (request.type === 'cas') {
      const text = 'replicas without consensus cannot compare and set';
      return refuse(ctx, from, request, 'not-supported', text);
    }
    if (this.#operations.size >= this.#settings.pendingMax) {
      return refuse(ctx, from, request, 'overloaded', 'too many operations are under way');
    }
    const number = ++this.#last;
    const operation: Operation = {
      number,
      request,
      from,
      phase: 'query',
      heard: new Distinct(),
      answers: 0,
      newest: { stamp: NO_STAMP, value: null },
      showing: 0,
    };
    this.#operations.set(number, operation);
    const { patienceMs } = this.#settings;
    const { timeoutMs } = request;
    const waitMs = timeoutMs !== null && timeoutMs < patienceMs ? timeoutMs : patienceMs;
    ctx.setTimer('patience', waitMs, number);
    this.#ask(ctx, operation);
    this.#countQuery(ctx, operation, this.#self, this.#replica.read(ctx, request.key));
  }

  onQueryReply(ctx: Ctx, from: NodeId, { life, operation: number, stored }: QueryReply): void {
    const operation = this.#find(ctx, life, number, 'query');
    if (operation !== null) this.#countQuery(ctx, operation, from, stored);
  }

  onStoreReply(ctx: Ctx, from: NodeId, { life, operation: number }: StoreReply): void {
    const operation = this.#find(ctx, life, number, 'store');
    if (operation !== null) this.#countStore(ctx, operation, from);
  }

  /** Its own disk has what an operation stores. */
  onOwnDisk(ctx: Ctx, number: number): void {
    const operation = this.#find(ctx, ctx.life, number, 'store');
    if (operation !== null) this.#countStore(ctx, operation, this.#self);
  }

  onResend(ctx: Ctx, number: number): void {
    const operation = this.#operations.get(number);
    if (operation === undefined) return;
    ctx.measure('resends');
    this.#ask(ctx, operation);
  }

  /**
   * A value that was sent may be kept by some replica, so that only the first phase is definite.
   */
  onPatience(ctx: Ctx, number: number): void {
    const operation = this.#operations.get(number);
    if (operation === undefined) return;
    this.#end(ctx, operation);
    const { phase, heard, request, from } = operation;
    ctx.note('gives up', { key: request.key, phase, heard: heard.size });
    const mayHaveWritten = request.type === 'write' && phase === 'store';
    const code = mayHaveWritten ? 'timeout' : 'temporarily-unavailable';
    refuse(ctx, from, request, code, `no quorum in the ${phase} phase`);
  }

  /**
   * The operation that an answer is for; null if it is over, in the other phase, or of another
   * life.
   */
  #find(ctx: Ctx, life: number, number: number, phase: Operation['phase']): Operation | null {
    if (life !== ctx.life) return null;
    const operation = this.#operations.get(number);
    return operation?.phase === phase ? operation : null;
  }

  /** Asks those that have not answered in this phase, and again after `resend`. */
  #ask(ctx: Ctx, operation: Operation): void {
    const { number, phase, heard, request, newest } = operation;
    const { key } = request;
    const common = { life: ctx.life, operation: number, key };
    for (const member of this.#members) {
      if (member === this.#self || heard.has(member)) continue;
      if (phase === 'query') ctx.sendNow(member, { type: 'query', ...common });
      // With `send`: the stamp is on its own disk before anybody sees it, or the next life of this
      // node could use it for another value. The bug does not wait.
      else if (this.#bug === 'stamp-in-memory') {
        ctx.sendNow(member, { type: 'store', ...common, stored: newest });
      } else ctx.send(member, { type: 'store', ...common, stored: newest });
    }
    ctx.setTimer('resend', this.#settings.resendMs, number);
  }

  #countQuery(ctx: Ctx, operation: Operation, from: NodeId, stored: Stored): void {
    operation.answers++;
    if (operation.heard.add(from)) {
      const order = compareStamps(stored.stamp, operation.newest.stamp);
      if (order > 0) {
        operation.newest = stored;
        operation.showing = 1;
      } else if (order === 0) operation.showing++;
    }
    if (!this.#isQuorum(operation, this.#settings.readQuorum)) return;
    if (operation.request.type === 'write') this.#write(ctx, operation, operation.request.value);
    else this.#read(ctx, operation);
  }

  #read(ctx: Ctx, operation: Operation): void {
    const { newest, showing } = operation;
    // A key that nobody wrote has nothing to be written back.
    const isWritten = !sameStamp(newest.stamp, NO_STAMP);
    const isNeeded = this.#settings.writesBackAlways || showing < this.#settings.writeQuorum;
    // The bug: what one replica shows may be on too few of them for the next read to meet it.
    if (!isWritten || !isNeeded || this.#bug === 'no-write-back') {
      return this.#answerRead(ctx, operation);
    }
    ctx.measure('write-backs');
    this.#store(ctx, operation);
  }

  /**
   * The number is higher than all that a quorum has shown, and than all that this replica has,
   * which includes those that it gave to writes still under way.
   */
  #write(ctx: Ctx, operation: Operation, value: Plain): void {
    const own = this.#replica.read(ctx, operation.request.key).stamp.number;
    const seen = operation.newest.stamp.number;
    // The bug leaves it to chance that no other writer chooses the same number.
    const by = this.#bug === 'no-writer-in-stamp' ? 'a-writer' : this.#self;
    operation.newest = { stamp: { number: (own > seen ? own : seen) + 1, by }, value };
    this.#store(ctx, operation);
  }

  #store(ctx: Ctx, operation: Operation): void {
    assert(operation.phase === 'query', 'an operation stores once');
    operation.phase = 'store';
    operation.heard = new Distinct();
    operation.answers = 0;
    this.#replica.keep(ctx, operation.request.key, operation.newest);
    this.#ask(ctx, operation);
    ctx.storage.sync('own-disk', operation.number);
  }

  #countStore(ctx: Ctx, operation: Operation, from: NodeId): void {
    operation.answers++;
    operation.heard.add(from);
    if (!this.#isQuorum(operation, this.#settings.writeQuorum)) return;
    if (operation.request.type === 'read') return this.#answerRead(ctx, operation);
    this.#end(ctx, operation);
    ctx.sendNow(operation.from, { type: 'write_ok', inReplyTo: operation.request.id });
  }

  #isQuorum({ heard, answers }: Operation, needed: number): boolean {
    if (this.#bug === 'count-doubles') return answers >= needed;
    // The bug: n/2 in place of more than n/2.
    if (this.#bug === 'minority-quorum') return heard.size >= this.#members.length >> 1;
    return heard.size >= needed;
  }

  #answerRead(ctx: Ctx, operation: Operation): void {
    this.#end(ctx, operation);
    ctx.measure('reads-done');
    const { from, request, newest } = operation;
    const reply = { type: 'read_ok', inReplyTo: request.id, value: newest.value } as const;
    // What only its own replica has shown may not be on its disk yet; `send` waits for it.
    ctx.send(from, reply);
  }

  #end(ctx: Ctx, { number }: Operation): void {
    this.#operations.delete(number);
    ctx.cancelTimer('resend', number);
    ctx.cancelTimer('patience', number);
  }
}

function refuse(ctx: Ctx, to: NodeId, { id }: ClientRequest, code: ErrorCode, text: string): void {
  const reply: ClientReply = { type: 'error', inReplyTo: id, code, text };
  ctx.sendNow(to, reply);
}
