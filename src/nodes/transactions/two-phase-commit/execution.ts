/**
 * The accounts of a participant, and the execution of operations on them: one after the other, each
 * under its lock. A transaction changes values of its own until it commits.
 */
import { assert } from '../../../sim/assert.ts';
import type { Context, NodeId } from '../../../sim/node.ts';
import type { Branch } from './branch.ts';
import { LockTable } from './lock-table.ts';
import type { Balances, Operation, Reason, TransactionId } from './messages.ts';
import { dealOut, type Settings } from './settings.ts';

/** What becomes of a transaction here. */
export interface ExecutionEnd {
  /** All its operations are done, and it has all its locks. */
  hasWorked(ctx: Context, branch: Branch): void;
  /** An operation cannot be done. */
  refuse(ctx: Context, branch: Branch, reason: Reason): void;
}

export class Execution {
  readonly #settings: Settings;
  readonly #branches: ReadonlyMap<TransactionId, Branch>;
  readonly #end: ExecutionEnd;
  readonly #balances = new Map<string, number>();
  readonly #locks = new LockTable();
  #blocked = 0;

  /** @param branches those that have not ended, which the participant adds and removes */
  constructor(
    settings: Settings,
    self: NodeId,
    participants: readonly NodeId[],
    branches: ReadonlyMap<TransactionId, Branch>,
    end: ExecutionEnd,
  ) {
    this.#settings = settings;
    this.#branches = branches;
    this.#end = end;
    for (const [account, owner] of dealOut(settings.accounts, participants)) {
      if (owner === self) this.#balances.set(account, settings.balance);
    }
  }

  /** How many transactions wait for a lock. */
  get blocked(): number {
    return this.#blocked;
  }

  get balances(): readonly (readonly [account: string, balance: number])[] {
    return [...this.#balances];
  }

  /** Puts these balances in place. */
  apply(writes: Balances): void {
    for (const [account, balance] of Object.entries(writes)) this.#balances.set(account, balance);
  }

  /** The next operation, when its lock is granted. */
  next(ctx: Context, branch: Branch): void {
    const operation = branch.operations[branch.step];
    if (operation === undefined) return this.#end.hasWorked(ctx, branch);
    const mode = operation.add === null ? 'shared' : 'exclusive';
    if (!this.#locks.acquire(operation.account, branch.txn, mode)) {
      branch.waitsSinceMs = ctx.elapsed();
      ctx.setTimer('lock', this.#settings['lock-timeout'], branch.txn);
      return this.#setBlocked(ctx, this.#blocked + 1);
    }
    this.#work(ctx, branch);
  }

  /** The time of an operation is over. */
  onOperation(ctx: Context, branch: Branch): void {
    const { account, add } = branch.operations[branch.step] as Operation;
    const before = branch.values.get(account) ?? this.#balances.get(account);
    if (before === undefined) return this.#end.refuse(ctx, branch, 'abort');
    const after = before + (add ?? 0);
    if (after < 0) return this.#end.refuse(ctx, branch, 'precondition-failed');
    branch.values.set(account, after);
    branch.step++;
    this.next(ctx, branch);
  }

  onLockTimeout(ctx: Context, branch: Branch): void {
    if (branch.waitsSinceMs === null) return;
    const { account } = branch.operations[branch.step] as Operation;
    // Behind a transaction in doubt nobody can say how long it takes; else it may be a deadlock.
    const isInDoubt = this.#locks
      .holdersOf(account)
      .some((txn) => this.#branches.get(txn)?.state === 'prepared');
    this.#end.refuse(ctx, branch, isInDoubt ? 'temporarily-unavailable' : 'txn-conflict');
  }

  /** Its locks go to those in line, who work on. */
  release(ctx: Context, branch: Branch): void {
    const { txn } = branch;
    ctx.cancelTimer('operation', txn);
    ctx.cancelTimer('lock', txn);
    if (branch.waitsSinceMs !== null) this.#hasWaited(ctx, branch);
    for (const each of this.#locks.release(txn)) {
      const next = this.#branches.get(each);
      assert(next !== undefined, 'only transactions that are here wait for locks');
      ctx.cancelTimer('lock', each);
      this.#hasWaited(ctx, next);
      this.#work(ctx, next);
    }
  }

  /**
   * At boot: the locks of a prepared transaction. Shared ones are not taken again: it had all its
   * locks when it prepared, so it may let go of those that it needs no more.
   */
  retake({ txn, writes }: Branch): void {
    for (const account of Object.keys(writes)) {
      const isFree = this.#locks.acquire(account, txn, 'exclusive');
      assert(isFree, 'prepared transactions have no account in common');
    }
  }

  #work(ctx: Context, branch: Branch): void {
    const ms = this.#settings['op-time'];
    if (ms > 0) ctx.setTimer('operation', ms, branch.txn);
    else this.onOperation(ctx, branch);
  }

  #hasWaited(ctx: Context, branch: Branch): void {
    ctx.measure('lock-wait', ctx.elapsed() - (branch.waitsSinceMs ?? 0));
    branch.waitsSinceMs = null;
    this.#setBlocked(ctx, this.#blocked - 1);
  }

  #setBlocked(ctx: Context, count: number): void {
    assert(count >= 0, 'who got a lock has waited for it');
    this.#blocked = count;
    ctx.measure('blocked', count);
  }
}
