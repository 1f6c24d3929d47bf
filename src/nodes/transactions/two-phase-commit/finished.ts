/**
 * How the transactions ended of which late copies of messages may still be under way, and which
 * others cannot begin here any more.
 *
 * Links double and delay messages. A `prepare` that comes after its transaction has ended must not
 * begin it again: under presumed commit the coordinator would answer the question of that second
 * life with a commit.
 */
import type { Done, TransactionId } from './messages.ts';

export interface Finished {
  readonly how: 'committed' | 'aborted' | 'read-only';
  /** Decided alone, by `heuristic`: nobody else may rely on it. */
  readonly heuristic: boolean;
  /** The answer of one phase, to be given again. */
  readonly done: Done | null;
}

export class FinishedTransactions {
  readonly #finished = new Map<TransactionId, Finished>();
  /** The coordinator has ended all before this one. */
  #oldest: TransactionId = 0;
  /** What began before this one was known to an earlier life only. */
  #first: TransactionId = 0;
  /** After a reboot, until the coordinator has said which transactions are new. */
  isOpen = true;

  get(txn: TransactionId): Finished | undefined {
    return this.#finished.get(txn);
  }

  set(txn: TransactionId, how: Finished['how'], done: Done | null = null, heuristic = false): void {
    this.#finished.set(txn, { how, heuristic, done });
  }

  entries(): Iterable<[TransactionId, Finished]> {
    return this.#finished;
  }

  /** Whether the coordinator has ended it, so that nobody waits for an answer about it. */
  isPast(txn: TransactionId): boolean {
    return txn < this.#oldest;
  }

  /** Whether it has certainly not been here before. */
  isNew(txn: TransactionId): boolean {
    return this.isOpen && txn >= this.#oldest && txn >= this.#first && !this.#finished.has(txn);
  }

  /** What any message of the coordinator says. */
  forgetBefore(oldest: TransactionId): void {
    if (oldest <= this.#oldest) return;
    this.#oldest = oldest;
    for (const [txn, { heuristic }] of this.#finished) {
      // What was decided alone is kept: the decision may come very late, and be another.
      if (txn < oldest && !heuristic) this.#finished.delete(txn);
    }
  }

  /** After a reboot: those from here on have begun since. */
  open(first: TransactionId): void {
    this.#first = first;
    this.isOpen = true;
  }
}
