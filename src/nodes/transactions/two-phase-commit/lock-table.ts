/**
 * Shared and exclusive locks on accounts, granted first come, first served.
 *
 * They are held until the transaction has ended here (strict two-phase locking; Bernstein,
 * Hadzilacos & Goodman 1987, "Concurrency Control and Recovery in Database Systems", chapter 3).
 * Who waits too long gives up, which ends deadlocks, within one participant or across several.
 */
import { assert } from '../../../sim/assert.ts';
import type { TransactionId } from './messages.ts';

export type LockMode = 'shared' | 'exclusive';

interface Claim {
  readonly txn: TransactionId;
  readonly mode: LockMode;
}

interface Lock {
  holders: Claim[];
  queue: Claim[];
}

export class LockTable {
  readonly #locks = new Map<string, Lock>();

  /** Whether it is granted at once; else it waits in line. Nobody waits for two locks. */
  acquire(account: string, txn: TransactionId, mode: LockMode): boolean {
    const lock = this.#lockOf(account);
    const held = lock.holders.find((holder) => holder.txn === txn);
    if (held !== undefined && (held.mode === 'exclusive' || mode === 'shared')) return true;
    const claim: Claim = { txn, mode };
    const others = lock.holders.filter((holder) => holder.txn !== txn);
    // An upgrade overtakes those in line: they wait for its shared lock anyway.
    if (isCompatible(claim, others) && (lock.queue.length === 0 || held !== undefined)) {
      lock.holders = [...others, claim];
      return true;
    }
    if (held === undefined) lock.queue.push(claim);
    else lock.queue.unshift(claim);
    return false;
  }

  holdersOf(account: string): readonly TransactionId[] {
    return this.#lockOf(account).holders.map(({ txn }) => txn);
  }

  /** Gives up all that it holds or waits for; returns who has got a lock by that, in order. */
  release(txn: TransactionId): readonly TransactionId[] {
    const granted: TransactionId[] = [];
    for (const [account, lock] of this.#locks) {
      lock.holders = lock.holders.filter((holder) => holder.txn !== txn);
      lock.queue = lock.queue.filter((claim) => claim.txn !== txn);
      granted.push(...grant(lock));
      if (lock.holders.length === 0) this.#locks.delete(account);
    }
    return granted;
  }

  #lockOf(account: string): Lock {
    let lock = this.#locks.get(account);
    if (lock === undefined) {
      lock = { holders: [], queue: [] };
      this.#locks.set(account, lock);
    }
    return lock;
  }
}

function isCompatible(claim: Claim, holders: readonly Claim[]): boolean {
  if (claim.mode === 'exclusive') return holders.length === 0;
  return holders.every(({ mode }) => mode === 'shared');
}

/** Moves from the head of the line to the holders as many as go together. */
function grant(lock: Lock): readonly TransactionId[] {
  const granted: TransactionId[] = [];
  for (let head = lock.queue[0]; head !== undefined; head = lock.queue[0]) {
    const { txn } = head;
    const others = lock.holders.filter((holder) => holder.txn !== txn);
    if (!isCompatible(head, others)) break;
    lock.queue.shift();
    lock.holders = [...others, head];
    granted.push(txn);
  }
  const alone = lock.holders.length <= 1 || lock.holders.every(({ mode }) => mode === 'shared');
  assert(alone, 'an exclusive lock has one holder');
  return granted;
}
