/**
 * The coordinator: takes transactions from clients, asks the participants for their votes, decides,
 * and sends the decision until all who need it have acknowledged it.
 *
 * Gray 1978, "Notes on Data Base Operating Systems" (the protocol); Mohan, Lindsay & Obermarck
 * 1986, "Transaction Management in the R* Distributed Database Management System" (what is logged
 * and acknowledged when nothing, abort or commit is presumed).
 */
import type bank from '../../../interfaces/bank.ts';
import { assert } from '../../../sim/assert.ts';
import type { RequestOf } from '../../../sim/interface.ts';
import type { Context, Detail, Message, Node, NodeId } from '../../../sim/node.ts';
import { type ErrorCode, isRequest, refuse } from '../../../sim/rpc.ts';
import type { Bug } from './bugs.ts';
import type { AbortCause } from './declared.ts';
import {
  type Balances,
  type CoordinatorRecord,
  IDS_PER_LIFE,
  type Operation,
  type Reason,
  type ToCoordinator,
  type TransactionId,
  type Vote,
} from './messages.ts';
import { Outcomes } from './outcomes.ts';
import { dealOut, type Settings } from './settings.ts';
import {
  type Asked,
  causeOf,
  newTransaction,
  type Open,
  openAfter,
  savedOf,
  type Transaction,
} from './transaction.ts';
import { FORCED, TransactionLog } from './transaction-log.ts';

export class Coordinator implements Node {
  readonly #settings: Settings;
  readonly #owners: ReadonlyMap<string, NodeId>;
  readonly #bug: Bug | null;
  #log!: TransactionLog<CoordinatorRecord, readonly Open[]>;
  /** Those that have not ended, in the order begun. */
  readonly #transactions = new Map<TransactionId, Transaction>();
  readonly #outcomes = new Outcomes();
  #next: TransactionId = 0;
  #term = 0;

  constructor(settings: Settings, participants: readonly NodeId[], bug: Bug | null) {
    this.#settings = settings;
    this.#owners = dealOut(settings.accounts, participants);
    this.#bug = bug;
  }

  start(ctx: Context): void {
    this.#term = ctx.life;
    this.#next = ctx.life * IDS_PER_LIFE + 1;
    this.#log = new TransactionLog(ctx.storage, this.#bug !== 'ack-before-log');
    const { state, records } = this.#log.recover();
    const open = openAfter(state, records, this.#presumesCommit);
    for (const { record, txn, participants } of open) this.#resume(ctx, record, txn, participants);
    if (ctx.life > 1) ctx.note('recovered', { 'in-doubt': 0, undecided: open.length });
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    if (isRequest(message)) return this.#onRequest(ctx, from, message as RequestOf<typeof bank>);
    const m = message as ToCoordinator;
    switch (m.type) {
      case 'worked':
        return this.#onVote(ctx, from, m.txn, 'worked', null, m.values);
      case 'vote':
        return this.#onVote(ctx, from, m.txn, m.vote, m.reason, {});
      case 'done':
        return this.#onDone(ctx, m.txn, m.committed, m.reason, m.values);
      case 'ack':
        return this.#onAck(ctx, from, m.txn);
      case 'inquire':
        return this.#onInquire(ctx, from, m.txn);
      case 'hello':
        return this.#onHello(ctx, from, m.life);
    }
  }

  timeout(ctx: Context, tag: string, key: number): void {
    if (tag === FORCED) {
      this.#log.confirmed(key);
      if (this.#log.isLong) this.#checkpoint();
      return;
    }
    const transaction = this.#transactions.get(key);
    if (transaction === undefined) return;
    if (tag === 'votes') this.#onVoteTimeout(ctx, transaction);
    if (tag === 'resend') this.#resend(ctx, transaction);
  }

  inspect(): Detail {
    const { latest, committed, aborted } = this.#outcomes;
    const open = this.#transactions.size;
    return { role: 'coordinator', term: this.#term, open, latest, committed, aborted };
  }

  // --- Transactions begin ----------------------------------------------------------------------

  #onRequest(ctx: Context, client: NodeId, request: RequestOf<typeof bank>): void {
    if (request.type === 'read') {
      const all = [...this.#owners.keys()].map((account) => ({ account, add: null }));
      return this.#begin(ctx, { client, request }, all);
    }
    if (request.type !== 'transfer') {
      return ctx.sendNow(client, refuse(request, 'not-supported'));
    }
    const { from, to, amount } = request;
    const stranger = [from, to].find((account) => !this.#owners.has(account));
    if (stranger !== undefined) {
      const text = `there is no account ${stranger}`;
      return ctx.sendNow(client, refuse(request, 'key-does-not-exist', text));
    }
    if (amount < 0) {
      return ctx.sendNow(client, refuse(request, 'malformed-request', 'the amount is negative'));
    }
    this.#begin(ctx, { client, request }, [
      { account: from, add: -amount },
      { account: to, add: amount },
    ]);
  }

  #begin(ctx: Context, asked: Asked, all: readonly Operation[]): void {
    const operations = new Map<NodeId, Operation[]>();
    for (const operation of all) {
      const owner = this.#owners.get(operation.account) as NodeId;
      const own = operations.get(owner);
      if (own === undefined) operations.set(owner, [operation]);
      else own.push(operation);
    }
    const transaction = newTransaction(this.#next++, asked, operations);
    this.#transactions.set(transaction.txn, transaction);
    if (operations.size === 1 && this.#settings['one-phase']) {
      transaction.phase = 'one-phase';
      this.#resend(ctx, transaction);
    } else if (transaction.reads) {
      // What a participant has read it may let go only when all others have their locks too, or
      // the transaction is not two-phase. So reads are executed first, and then voted on.
      this.#ask(ctx, transaction, (own) => ({ type: 'work', operations: own }));
    } else this.#prepare(ctx, transaction, true);
  }

  /** Asks for votes; the operations travel with the question unless they are done. */
  #prepare(ctx: Context, transaction: Transaction, withOperations: boolean): void {
    const participants = [...transaction.operations.keys()];
    const ask = () => {
      transaction.phase = 'voting';
      for (const each of participants) transaction.missing.add(each);
      this.#ask(ctx, transaction, (own) => ({
        type: 'prepare',
        participants,
        operations: withOperations ? own : null,
      }));
    };
    const { txn, reads } = transaction;
    transaction.mayBePrepared = !(reads && this.#settings['read-only-votes']);
    if (!this.#presumesCommit || !transaction.mayBePrepared) return ask();
    // Who may be in doubt must be known before anybody is: after a crash of the coordinator a
    // transaction without this record would be presumed committed.
    transaction.phase = 'deciding';
    this.#log.force(ctx, { record: 'collecting', txn, participants }, ask);
  }

  #ask(
    ctx: Context,
    { txn, operations }: Transaction,
    body: (own: readonly Operation[]) => { readonly type: string },
  ): void {
    const oldest = this.#oldest;
    for (const [participant, own] of operations) {
      ctx.sendNow(participant, { txn, oldest, ...body(own) } as Message);
    }
    ctx.setTimer('votes', this.#settings['vote-timeout'], txn);
  }

  // --- Votes -----------------------------------------------------------------------------------

  #onVote(
    ctx: Context,
    from: NodeId,
    txn: TransactionId,
    vote: Vote['vote'] | 'worked',
    reason: Reason | null,
    values: Balances,
  ): void {
    const transaction = this.#transactions.get(txn);
    // A vote that comes twice, or too late, says nothing new.
    if (transaction === undefined) return;
    const awaited = vote === 'worked' ? 'working' : 'voting';
    const isAwaited =
      transaction.phase === awaited || (vote === 'no' && transaction.phase === 'working');
    if (!isAwaited || !transaction.missing.delete(from)) return;
    if (vote === 'yes') transaction.yes.add(from);
    if (vote === 'no' || vote === 'read-only') transaction.out.add(from);
    if (vote === 'no') transaction.reason ??= reason ?? 'abort';
    if (vote === 'worked') transaction.values = { ...transaction.values, ...values };
    if (transaction.missing.size > 0) return;
    ctx.cancelTimer('votes', txn);
    if (transaction.reason !== null) this.#abort(ctx, transaction, causeOf(transaction.reason));
    else if (transaction.phase === 'working') this.#prepare(ctx, transaction, false);
    else this.#commit(ctx, transaction);
  }

  #onVoteTimeout(ctx: Context, transaction: Transaction): void {
    if (transaction.phase !== 'working' && transaction.phase !== 'voting') return;
    transaction.reason ??= 'abort';
    if (this.#bug === 'decide-apart' && transaction.yes.size > 0) {
      for (const each of transaction.missing) this.#tell(ctx, transaction, 'abort', each, false);
      transaction.missing.clear();
      return this.#commit(ctx, transaction);
    }
    this.#abort(ctx, transaction, 'timeout');
  }

  // --- Decisions -------------------------------------------------------------------------------

  #commit(ctx: Context, transaction: Transaction): void {
    const { txn, yes } = transaction;
    const participants = [...yes];
    const decided = () => {
      transaction.phase = 'committed';
      this.#decided(ctx, transaction, null);
      // The client hears when the decision is durable, and not before.
      this.#answer(ctx, transaction, null);
      const acknowledge = !this.#presumesCommit;
      for (const each of participants) this.#tell(ctx, transaction, 'commit', each, acknowledge);
      if (acknowledge && participants.length > 0) this.#awaitAcks(ctx, transaction, participants);
      else this.#transactions.delete(txn);
    };
    // All have only read: there is nothing to decide.
    if (participants.length === 0) return decided();
    transaction.phase = 'deciding';
    this.#log.force(ctx, { record: 'commit', txn, participants }, decided);
  }

  #abort(ctx: Context, transaction: Transaction, cause: AbortCause): void {
    const { txn, operations, out, mayBePrepared } = transaction;
    const participants = [...operations.keys()].filter((each) => !out.has(each));
    const { presume } = this.#settings;
    const decided = () => {
      transaction.phase = 'aborted';
      this.#decided(ctx, transaction, cause);
      this.#answer(ctx, transaction, transaction.reason ?? 'abort');
      // Who presumes abort need not hear it: it asks, and nobody knows of it.
      const acknowledge = mayBePrepared && presume !== 'abort' && participants.length > 0;
      for (const each of participants) this.#tell(ctx, transaction, 'abort', each, acknowledge);
      if (acknowledge) return this.#awaitAcks(ctx, transaction, participants);
      this.#transactions.delete(txn);
      // All have voted no: `collecting` needs an end all the same.
      if (mayBePrepared && presume === 'commit') this.#log.add({ record: 'end', txn });
    };
    ctx.cancelTimer('votes', txn);
    if (!mayBePrepared || presume !== 'nothing' || participants.length === 0) return decided();
    transaction.phase = 'deciding';
    this.#log.force(ctx, { record: 'abort', txn, participants }, decided);
  }

  #decided(ctx: Context, { txn, reason }: Transaction, cause: AbortCause | null): void {
    this.#outcomes.add(txn, cause === null);
    ctx.note('decided', { txn, commit: cause === null, reason: cause === null ? null : reason });
    if (cause === null) ctx.measure('commits');
    else ctx.measure('aborts', 1, cause);
  }

  #answer(ctx: Context, { asked, reads, values }: Transaction, code: ErrorCode | null): void {
    if (asked === null) return;
    const { client, request } = asked;
    if (code !== null) return ctx.sendNow(client, refuse(request, code));
    const reply = { type: `${request.type}_ok`, inReplyTo: request.id };
    ctx.sendNow(client, (reads ? { ...reply, balances: values } : reply) as Message);
  }

  #tell(
    ctx: Context,
    { txn }: Transaction,
    type: 'commit' | 'abort',
    to: NodeId,
    acknowledge: boolean,
  ): void {
    ctx.sendNow(to, { type, txn, oldest: this.#oldest, acknowledge } as Message);
  }

  #awaitAcks(ctx: Context, transaction: Transaction, participants: readonly NodeId[]): void {
    transaction.missing.clear();
    for (const each of participants) transaction.missing.add(each);
    ctx.setTimer('resend', this.#settings['ask-every'], transaction.txn);
  }

  /** What is not acknowledged, or not answered, again. */
  #resend(ctx: Context, transaction: Transaction): void {
    const { phase, missing, txn, operations } = transaction;
    for (const each of missing) {
      if (phase === 'one-phase') {
        const body = { type: 'commitOnePhase', txn, oldest: this.#oldest };
        ctx.sendNow(each, { ...body, operations: operations.get(each) } as Message);
      } else {
        assert(phase === 'committed' || phase === 'aborted', 'only decisions are repeated');
        this.#tell(ctx, transaction, phase === 'committed' ? 'commit' : 'abort', each, true);
      }
    }
    ctx.setTimer('resend', this.#settings['ask-every'], txn);
  }

  #onAck(ctx: Context, from: NodeId, txn: TransactionId): void {
    const transaction = this.#transactions.get(txn);
    if (transaction?.phase !== 'committed' && transaction?.phase !== 'aborted') return;
    transaction.missing.delete(from);
    if (transaction.missing.size > 0) return;
    ctx.cancelTimer('resend', txn);
    this.#log.add({ record: 'end', txn });
    this.#transactions.delete(txn);
  }

  /** The only participant has decided. Nothing is logged here: its log has the outcome. */
  #onDone(
    ctx: Context,
    txn: TransactionId,
    committed: boolean,
    reason: Reason | null,
    values: Balances,
  ): void {
    const transaction = this.#transactions.get(txn);
    if (transaction?.phase !== 'one-phase') return;
    transaction.values = values;
    transaction.reason = committed ? null : (reason ?? 'abort');
    ctx.cancelTimer('resend', txn);
    this.#transactions.delete(txn);
    this.#decided(ctx, transaction, committed ? null : causeOf(transaction.reason));
    this.#answer(ctx, transaction, transaction.reason);
  }

  #onInquire(ctx: Context, from: NodeId, txn: TransactionId): void {
    const transaction = this.#transactions.get(txn);
    if (transaction !== undefined) {
      const { phase, missing } = transaction;
      if (phase === 'committed' || phase === 'aborted') {
        const type = phase === 'committed' ? 'commit' : 'abort';
        this.#tell(ctx, transaction, type, from, missing.has(from));
      }
      // Else it is not decided yet, and the decision will come.
      return;
    }
    // "Never heard of it": whatever was presumed when it was forgotten, or never logged.
    const type = this.#presumesCommit === (this.#bug !== 'presume-wrong') ? 'commit' : 'abort';
    ctx.sendNow(from, { type, txn, oldest: this.#oldest, acknowledge: false } as Message);
  }

  #onHello(ctx: Context, from: NodeId, life: number): void {
    const oldest = this.#oldest;
    ctx.sendNow(from, { type: 'welcome', life, oldest, next: this.#next } as Message);
  }

  // --- The log ---------------------------------------------------------------------------------

  get #presumesCommit(): boolean {
    return this.#settings.presume === 'commit';
  }

  /** The lowest transaction that has not ended; else the next one. */
  get #oldest(): TransactionId {
    for (const txn of this.#transactions.keys()) return txn;
    return this.#next;
  }

  /** A transaction of an earlier life: its decision goes out again until it is acknowledged. */
  #resume(
    ctx: Context,
    record: Open['record'],
    txn: TransactionId,
    participants: readonly NodeId[],
  ): void {
    const committed = record === 'commit';
    const operations = new Map(participants.map((each) => [each, []]));
    const transaction = newTransaction(txn, null, operations);
    transaction.phase = committed ? 'committed' : 'aborted';
    transaction.reason = committed ? null : 'abort';
    this.#transactions.set(txn, transaction);
    // `collecting` without a decision: no commit was sent, and none will be.
    if (record === 'collecting') this.#decided(ctx, transaction, 'crash');
    else this.#outcomes.add(txn, committed);
    this.#resend(ctx, transaction);
  }

  #checkpoint(): void {
    const open: Open[] = [];
    for (const transaction of this.#transactions.values()) {
      const saved = savedOf(transaction, this.#presumesCommit);
      if (saved !== null) open.push(saved);
    }
    this.#log.checkpoint(open);
  }
}
