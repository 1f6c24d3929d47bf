/** What a participant knows of one transaction that has not ended here. */
import type { NodeId } from '../../../sim/node.ts';
import type { Balances, Operation, TransactionId } from './messages.ts';

export interface Branch {
  readonly txn: TransactionId;
  readonly operations: readonly Operation[];
  /** What follows the last operation. */
  readonly then: 'worked' | 'vote' | 'decide';
  /** All participants, itself included. */
  participants: readonly NodeId[];
  /**
   * `active` until the vote; `preparing` and `ending` while a record is on its way to the disk;
   * `prepared`: in doubt.
   */
  state: 'active' | 'preparing' | 'prepared' | 'ending';
  /** The number of the operation that is next. */
  step: number;
  /** What it has read or changed: private to it until it commits. */
  readonly values: Map<string, number>;
  /** What a commit puts in place, by after-images. */
  writes: Balances;
  /** Since when it waits for a lock, on the clock of this life; null: it waits for none. */
  waitsSinceMs: number | null;
  /** Since when it is prepared; of an earlier life, since the boot. */
  preparedAtMs: number;
}

export function newBranch(
  txn: TransactionId,
  operations: readonly Operation[],
  then: Branch['then'],
  participants: readonly NodeId[],
): Branch {
  return {
    txn,
    operations,
    then,
    participants,
    state: 'active',
    step: 0,
    values: new Map(),
    writes: {},
    waitsSinceMs: null,
    preparedAtMs: 0,
  };
}

/** The after-images of what it changes. */
export function writesOf({ operations, values }: Branch): Balances {
  const writes: { [account: string]: number } = {};
  for (const { account, add } of operations) {
    if (add !== null) writes[account] = values.get(account) ?? 0;
  }
  return writes;
}
