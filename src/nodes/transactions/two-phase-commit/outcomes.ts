/** How transactions ended: the last ones of a node, as its view shows them to the invariant. */
import type { TransactionId } from './messages.ts';

/** How many of each a view shows. */
const TAIL = 64;

export interface OutcomeView {
  /** The transaction that ended last; 0 before the first. */
  readonly latest: TransactionId;
  readonly committed: readonly TransactionId[];
  readonly aborted: readonly TransactionId[];
}

export class Outcomes {
  latest: TransactionId = 0;
  /** Never changed in place: views hold on to them. */
  committed: readonly TransactionId[] = [];
  aborted: readonly TransactionId[] = [];

  add(txn: TransactionId, committed: boolean): void {
    this.latest = txn;
    if (committed) this.committed = [...this.committed.slice(1 - TAIL), txn];
    else this.aborted = [...this.aborted.slice(1 - TAIL), txn];
  }
}
