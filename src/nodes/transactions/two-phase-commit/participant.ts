/**
 * A participant: keeps accounts, executes its part of a transaction under locks, votes, and does
 * what is decided.
 *
 * Before its vote it may abort alone. After a yes it may not, whatever times out: it is in doubt,
 * keeps its locks, and asks. A crash changes nothing about that: it re-takes the locks from its log
 * before it serves anybody (Bernstein, Hadzilacos & Goodman 1987, section 7.4).
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, Detail, Message, Node, NodeId } from '../../../sim/node.ts';
import { type Branch, newBranch, writesOf } from './branch.ts';
import type { Bug } from './bugs.ts';
import { Execution } from './execution.ts';
import { type Finished, FinishedTransactions } from './finished.ts';
import type {
  CommitOnePhase,
  Decision,
  Done,
  ParticipantRecord,
  Prepare,
  Reason,
  ToParticipant,
  TransactionId,
  Vote,
  Work,
} from './messages.ts';
import { Outcomes } from './outcomes.ts';
import type { Settings } from './settings.ts';
import { FORCED, TransactionLog } from './transaction-log.ts';

type Prepared = Extract<ParticipantRecord, { readonly record: 'prepared' }>;

/** A checkpoint. */
interface Saved {
  readonly balances: readonly (readonly [string, number])[];
  readonly prepared: readonly Prepared[];
  readonly finished: readonly (readonly [TransactionId, Finished])[];
}

export class Participant implements Node {
  readonly #settings: Settings;
  readonly #self: NodeId;
  readonly #coordinator: NodeId;
  readonly #bug: Bug | null;
  readonly #execution: Execution;
  readonly #branches = new Map<TransactionId, Branch>();
  readonly #finished = new FinishedTransactions();
  readonly #outcomes = new Outcomes();
  #log!: TransactionLog<ParticipantRecord, Saved>;
  #inDoubt = 0;

  constructor(
    settings: Settings,
    self: NodeId,
    coordinator: NodeId,
    participants: readonly NodeId[],
    bug: Bug | null,
  ) {
    this.#settings = settings;
    this.#self = self;
    this.#coordinator = coordinator;
    this.#bug = bug;
    this.#execution = new Execution(settings, self, participants, this.#branches, {
      hasWorked: (ctx, branch) => this.#hasWorked(ctx, branch),
      refuse: (ctx, branch, reason) => this.#refuse(ctx, branch, reason),
    });
  }

  start(ctx: Context): void {
    this.#log = new TransactionLog(ctx.storage, this.#bug !== 'ack-before-log');
    const prepared = this.#redo();
    for (const record of prepared) this.#resume(ctx, record);
    if (ctx.life === 1) return;
    ctx.note('recovered', { 'in-doubt': prepared.length, undecided: 0 });
    this.#finished.isOpen = false;
    this.#sayHello(ctx);
  }

  receive(ctx: Context, from: NodeId, message: Message): void {
    const m = message as ToParticipant;
    if ('oldest' in m) this.#finished.forgetBefore(m.oldest);
    switch (m.type) {
      case 'work':
      case 'prepare':
      case 'commitOnePhase':
        return this.#onBegin(ctx, m);
      case 'commit':
      case 'abort':
        return this.#onDecision(ctx, from, m);
      case 'inquire':
        return this.#onInquire(ctx, from, m.txn);
      case 'outcome': {
        const branch = this.#branches.get(m.txn);
        if (branch?.state !== 'prepared') return;
        ctx.note('learns from a peer', { txn: m.txn, commit: m.committed });
        return this.#end(ctx, branch, m.committed, null);
      }
      case 'welcome':
        if (this.#finished.isOpen || m.life !== ctx.life) return;
        ctx.cancelTimer('hello');
        return this.#finished.open(m.next);
    }
  }

  timeout(ctx: Context, tag: string, key: number): void {
    if (tag === FORCED) {
      this.#log.confirmed(key);
      if (this.#log.isLong) this.#checkpoint();
      return;
    }
    if (tag === 'hello') return this.#sayHello(ctx);
    const branch = this.#branches.get(key);
    if (branch === undefined) return;
    if (tag === 'operation') this.#execution.onOperation(ctx, branch);
    if (tag === 'lock') this.#execution.onLockTimeout(ctx, branch);
    if (tag === 'idle' && branch.state === 'active') this.#refuse(ctx, branch, 'abort');
    if (tag === 'ask') this.#ask(ctx, branch);
    if (tag === 'heuristic') this.#decideAlone(ctx, branch);
  }

  inspect(): Detail {
    const { latest, committed, aborted } = this.#outcomes;
    return {
      role: 'participant',
      inDoubt: this.#inDoubt,
      blocked: this.#execution.blocked,
      latest,
      committed,
      aborted,
    };
  }

  // --- Before the vote -------------------------------------------------------------------------

  #onBegin(ctx: Context, m: Work | Prepare | CommitOnePhase): void {
    const branch = this.#branches.get(m.txn);
    if (branch !== undefined) return this.#onKnown(ctx, branch, m);
    const finished = this.#finished.get(m.txn);
    if (finished !== undefined) return this.#repeat(ctx, m, finished);
    // A late copy: the coordinator has ended the transaction.
    if (this.#finished.isPast(m.txn)) return;
    if (!this.#finished.isNew(m.txn)) return this.#refuseUnseen(ctx, m, 'temporarily-unavailable');
    // It worked for this transaction in an earlier life, or gave up waiting for the question.
    if (m.operations === null) return this.#refuseUnseen(ctx, m, 'abort');
    const then = { work: 'worked', prepare: 'vote', commitOnePhase: 'decide' } as const;
    const participants = m.type === 'prepare' ? m.participants : [];
    const begun = newBranch(m.txn, m.operations, then[m.type], participants);
    this.#branches.set(m.txn, begun);
    this.#execution.next(ctx, begun);
  }

  /** The question after the work, or a copy of what has come before. */
  #onKnown(ctx: Context, branch: Branch, m: Work | Prepare | CommitOnePhase): void {
    if (m.type !== 'prepare') return;
    if (branch.state === 'prepared') return this.#vote(ctx, m.txn, 'yes');
    const isAsked = m.operations === null && branch.then === 'worked';
    if (!isAsked || branch.state !== 'active' || branch.step < branch.operations.length) return;
    ctx.cancelTimer('idle', m.txn);
    branch.participants = m.participants;
    this.#prepare(ctx, branch);
  }

  #repeat(ctx: Context, m: Work | Prepare | CommitOnePhase, finished: Finished): void {
    const { how, done } = finished;
    if (m.type === 'commitOnePhase') {
      const committed = how === 'committed';
      const reason = committed ? null : 'abort';
      const again: Done = { type: 'done', txn: m.txn, committed, reason, values: {} };
      return ctx.sendNow(this.#coordinator, (done ?? again) as Message);
    }
    if (how === 'aborted') this.#vote(ctx, m.txn, 'no', 'abort');
    if (how === 'read-only' && m.type === 'prepare') this.#vote(ctx, m.txn, 'read-only');
  }

  #refuseUnseen(ctx: Context, m: Work | Prepare | CommitOnePhase, reason: Reason): void {
    this.#sayNo(ctx, m.txn, m.type === 'commitOnePhase', reason);
  }

  #hasWorked(ctx: Context, branch: Branch): void {
    if (branch.then === 'vote') return this.#prepare(ctx, branch);
    if (branch.then === 'decide') return this.#commitAlone(ctx, branch);
    // The coordinator may die before it asks: until the vote everybody may abort alone.
    ctx.setTimer('idle', this.#settings['vote-timeout'], branch.txn);
    const values = Object.fromEntries(branch.values);
    ctx.sendNow(this.#coordinator, { type: 'worked', txn: branch.txn, values } as Message);
  }

  /** Aborts alone, which it may only do before its vote. */
  #refuse(ctx: Context, branch: Branch, reason: Reason): void {
    assert(branch.state === 'active', 'nobody aborts alone after voting yes');
    this.#leave(ctx, branch);
    this.#sayNo(ctx, branch.txn, branch.then === 'decide', reason);
  }

  #sayNo(ctx: Context, txn: TransactionId, onePhase: boolean, reason: Reason): void {
    const done: Done = { type: 'done', txn, committed: false, reason, values: {} };
    this.#finish(txn, 'aborted', onePhase ? done : null);
    if (onePhase) ctx.sendNow(this.#coordinator, done as Message);
    else this.#vote(ctx, txn, 'no', reason);
  }

  // --- The vote --------------------------------------------------------------------------------

  #prepare(ctx: Context, branch: Branch): void {
    const { txn, participants } = branch;
    const readsOnly = branch.operations.every(({ add }) => add === null);
    if (readsOnly && this.#settings['read-only-votes']) {
      this.#leave(ctx, branch);
      this.#finished.set(txn, 'read-only');
      return this.#vote(ctx, txn, 'read-only');
    }
    branch.writes = writesOf(branch);
    branch.state = 'preparing';
    const { writes } = branch;
    this.#log.force(ctx, { record: 'prepared', txn, participants, writes }, () => {
      if (branch.state !== 'preparing') return;
      ctx.note('prepared', { txn });
      this.#isPrepared(ctx, branch);
      this.#vote(ctx, txn, 'yes');
    });
  }

  #isPrepared(ctx: Context, branch: Branch): void {
    branch.state = 'prepared';
    branch.preparedAtMs = ctx.elapsed();
    this.#setInDoubt(ctx, this.#inDoubt + 1);
    ctx.setTimer('ask', this.#settings['ask-every'], branch.txn);
    if (this.#settings.heuristic !== 'none') {
      ctx.setTimer('heuristic', this.#settings['heuristic-after'], branch.txn);
    }
  }

  #vote(ctx: Context, txn: TransactionId, vote: Vote['vote'], reason: Reason | null = null): void {
    ctx.sendNow(this.#coordinator, { type: 'vote', txn, vote, reason } as Message);
  }

  /** One phase: prepared and committed in one record, and nobody is in doubt. */
  #commitAlone(ctx: Context, branch: Branch): void {
    const { txn } = branch;
    branch.writes = writesOf(branch);
    const { writes } = branch;
    const values = branch.operations.some(({ add }) => add === null) ? branch.values : [];
    const done: Done = {
      type: 'done',
      txn,
      committed: true,
      reason: null,
      values: Object.fromEntries(values),
    };
    const committed = () => {
      this.#execution.apply(writes);
      this.#leave(ctx, branch);
      this.#finish(txn, 'committed', done);
      ctx.sendNow(this.#coordinator, done as Message);
    };
    if (Object.keys(writes).length === 0) return committed();
    branch.state = 'ending';
    this.#log.force(ctx, { record: 'committed', txn, writes }, committed);
  }

  // --- The decision ----------------------------------------------------------------------------

  #onDecision(ctx: Context, from: NodeId, { txn, type, acknowledge }: Decision): void {
    const branch = this.#branches.get(txn);
    const commits = type === 'commit';
    const ack = acknowledge ? from : null;
    if (branch === undefined) return this.#onDecisionUnknown(ctx, txn, commits, ack);
    if (branch.state === 'ending') return;
    if (branch.state === 'prepared') return this.#end(ctx, branch, commits, ack);
    // Nobody commits without this vote; an abort may overtake it.
    if (commits) return;
    // The record that it is prepared is on its way: without another it would come back in doubt.
    if (branch.state === 'preparing') return this.#end(ctx, branch, false, ack);
    this.#leave(ctx, branch);
    this.#finish(txn, 'aborted');
    this.#acknowledge(ctx, txn, ack);
  }

  /** A copy, or of a transaction that never came here, or one that was decided alone. */
  #onDecisionUnknown(ctx: Context, txn: TransactionId, commits: boolean, ack: NodeId | null): void {
    const finished = this.#finished.get(txn);
    if (finished?.heuristic === true && (finished.how === 'committed') !== commits) {
      ctx.note('heuristic damage', { txn });
    }
    // Aborted before its `prepare` has come: that must not begin it any more.
    if (!commits && this.#finished.isNew(txn)) this.#finish(txn, 'aborted');
    this.#acknowledge(ctx, txn, ack);
  }

  /** Which decisions are forced is what the presumption saves: the presumed one is not. */
  #end(ctx: Context, branch: Branch, commits: boolean, ack: NodeId | null): void {
    const { txn, state } = branch;
    assert(state === 'prepared' || state === 'preparing', 'it has voted yes, or is about to');
    const wasInDoubt = state === 'prepared';
    const record = { record: commits ? 'committed' : 'aborted', txn } as const;
    const ended = () => {
      if (commits) this.#execution.apply(branch.writes);
      this.#leave(ctx, branch);
      this.#finish(txn, commits ? 'committed' : 'aborted');
      this.#acknowledge(ctx, txn, ack);
    };
    branch.state = 'ending';
    if (wasInDoubt) this.#isDoubtOver(ctx, branch);
    if (this.#settings.presume === (commits ? 'commit' : 'abort')) {
      this.#log.add(record);
      return ended();
    }
    this.#log.force(ctx, record, ended);
  }

  #isDoubtOver(ctx: Context, branch: Branch): void {
    this.#setInDoubt(ctx, this.#inDoubt - 1);
    ctx.measure('in-doubt-time', ctx.elapsed() - branch.preparedAtMs);
  }

  #acknowledge(ctx: Context, txn: TransactionId, to: NodeId | null): void {
    if (to !== null) ctx.sendNow(to, { type: 'ack', txn } as Message);
  }

  // --- In doubt --------------------------------------------------------------------------------

  #ask(ctx: Context, branch: Branch): void {
    if (branch.state !== 'prepared') return;
    const { txn, participants } = branch;
    ctx.note('in doubt', { txn });
    if (this.#bug === 'unilateral-abort') return this.#end(ctx, branch, false, null);
    const peers = this.#settings['in-doubt'] === 'ask-peers' ? participants : [];
    for (const each of [this.#coordinator, ...peers]) {
      if (each !== this.#self) ctx.sendNow(each, { type: 'inquire', txn } as Message);
    }
    ctx.setTimer('ask', this.#settings['ask-every'], txn);
  }

  /**
   * Cooperative termination (Bernstein, Hadzilacos & Goodman 1987, section 7.4): one that
   * knows the decision sends it, one that has not voted aborts, one that is in doubt cannot help.
   */
  #onInquire(ctx: Context, from: NodeId, txn: TransactionId): void {
    const branch = this.#branches.get(txn);
    if (branch?.state === 'active') this.#refuse(ctx, branch, 'abort');
    else if (branch === undefined && this.#finished.isNew(txn)) this.#finish(txn, 'aborted');
    const finished = this.#finished.get(txn);
    if (finished === undefined || finished.heuristic || finished.how === 'read-only') return;
    const committed = finished.how === 'committed';
    ctx.sendNow(from, { type: 'outcome', txn, committed } as Message);
  }

  /** The operator's way out of a block, which nothing makes safe. */
  #decideAlone(ctx: Context, branch: Branch): void {
    if (branch.state !== 'prepared') return;
    const { txn } = branch;
    const commits = this.#settings.heuristic === 'commit';
    ctx.note('decides alone', { txn, commit: commits });
    ctx.measure('heuristics');
    branch.state = 'ending';
    this.#isDoubtOver(ctx, branch);
    const record = commits ? 'committed' : 'aborted';
    this.#log.force(ctx, { record, txn, heuristic: true }, () => {
      if (commits) this.#execution.apply(branch.writes);
      this.#leave(ctx, branch);
      this.#finished.set(txn, record, null, true);
    });
  }

  // --- State -----------------------------------------------------------------------------------

  #finish(txn: TransactionId, how: 'committed' | 'aborted', done: Done | null = null): void {
    this.#finished.set(txn, how, done);
    this.#outcomes.add(txn, how === 'committed');
  }

  #leave(ctx: Context, branch: Branch): void {
    const { txn } = branch;
    this.#branches.delete(txn);
    for (const tag of ['idle', 'ask', 'heuristic']) ctx.cancelTimer(tag, txn);
    this.#execution.release(ctx, branch);
  }

  #setInDoubt(ctx: Context, count: number): void {
    assert(count >= 0, 'what is decided was in doubt');
    this.#inDoubt = count;
    ctx.measure('in-doubt', count);
  }

  // --- Recovery --------------------------------------------------------------------------------

  #sayHello(ctx: Context): void {
    ctx.sendNow(this.#coordinator, { type: 'hello', life: ctx.life } as Message);
    ctx.setTimer('hello', this.#settings['ask-every']);
  }

  /** Repeats history from the log; returns what is prepared and not decided. */
  #redo(): readonly Prepared[] {
    const { state, records } = this.#log.recover();
    const prepared = new Map((state?.prepared ?? []).map((each) => [each.txn, each]));
    this.#execution.apply(Object.fromEntries(state?.balances ?? []));
    for (const [txn, { how, done, heuristic }] of state?.finished ?? []) {
      this.#finished.set(txn, how, done, heuristic);
    }
    for (const each of records) {
      if (each.record === 'prepared') {
        prepared.set(each.txn, each);
        continue;
      }
      const { txn, record, heuristic = false } = each;
      const own = record === 'committed' ? each.writes : undefined;
      if (record === 'committed') this.#execution.apply(own ?? prepared.get(txn)?.writes ?? {});
      prepared.delete(txn);
      if (heuristic) this.#finished.set(txn, record, null, true);
      else this.#finish(txn, record);
    }
    return [...prepared.values()];
  }

  /** The locks of a prepared transaction, and the doubt. */
  #resume(ctx: Context, { txn, participants, writes }: Prepared): void {
    const branch = newBranch(txn, [], 'vote', participants);
    branch.writes = writes;
    this.#branches.set(txn, branch);
    if (this.#bug !== 'forget-prepared') this.#execution.retake(branch);
    this.#isPrepared(ctx, branch);
    this.#ask(ctx, branch);
  }

  #checkpoint(): void {
    const prepared = [...this.#branches.values()].filter(({ state }) => state === 'prepared');
    this.#log.checkpoint({
      balances: this.#execution.balances,
      prepared: prepared.map(({ txn, participants, writes }) => ({
        record: 'prepared',
        txn,
        participants,
        writes,
      })),
      finished: [...this.#finished.entries()],
    });
  }
}
