/** What the coordinator knows of one transaction that has not ended. */
import type { NodeId } from '../../../sim/node.ts';
import type { Request } from '../../../sim/rpc.ts';
import type { AbortCause } from './declared.ts';
import type { Balances, CoordinatorRecord, Operation, Reason, TransactionId } from './messages.ts';

/** What a client waits for. */
export interface Asked {
  readonly client: NodeId;
  readonly request: Request;
}

export interface Transaction {
  readonly txn: TransactionId;
  /** null: of an earlier life, whose clients wait no more. */
  readonly asked: Asked | null;
  readonly operations: ReadonlyMap<NodeId, readonly Operation[]>;
  readonly reads: boolean;
  /**
   * `working`: operations are executed before the vote; `one-phase`: the only participant decides;
   * `deciding`: a record is on its way to the disk.
   */
  phase: 'working' | 'voting' | 'one-phase' | 'deciding' | 'committed' | 'aborted';
  /** Whose answer is missing: a vote, or the acknowledgement of the decision. */
  readonly missing: Set<NodeId>;
  readonly yes: Set<NodeId>;
  /** Those who need no decision: they have voted no, or have only read. */
  readonly out: Set<NodeId>;
  /** Some participant may have voted yes, and be in doubt. */
  mayBePrepared: boolean;
  values: Balances;
  /** Why it is aborted, as soon as it is known that it will be. */
  reason: Reason | null;
}

export function newTransaction(
  txn: TransactionId,
  asked: Asked | null,
  operations: ReadonlyMap<NodeId, readonly Operation[]>,
): Transaction {
  return {
    txn,
    asked,
    operations,
    reads: [...operations.values()].flat().every(({ add }) => add === null),
    phase: 'working',
    missing: new Set(operations.keys()),
    yes: new Set(),
    out: new Set(),
    mayBePrepared: false,
    values: {},
    reason: null,
  };
}

/** A transaction on the log that needs something to be done after a crash. */
export type Open = Exclude<CoordinatorRecord, { readonly record: 'end' }>;

/** Those that a log leaves open, in the order begun. `commitEnds`: nobody acknowledges a commit. */
export function openAfter(
  state: readonly Open[] | null,
  records: readonly CoordinatorRecord[],
  commitEnds: boolean,
): readonly Open[] {
  const open = new Map((state ?? []).map((each) => [each.txn, each]));
  for (const each of records) {
    if (each.record === 'end' || (each.record === 'commit' && commitEnds)) open.delete(each.txn);
    else open.set(each.txn, each);
  }
  return [...open.values()].sort((a, b) => a.txn - b.txn);
}

/** What the log must keep of a transaction; null: nothing. */
export function savedOf(transaction: Transaction, presumesCommit: boolean): Open | null {
  const { txn, phase, operations, missing, mayBePrepared } = transaction;
  if (phase === 'committed' || phase === 'aborted') {
    const record = phase === 'committed' ? 'commit' : 'abort';
    return { record, txn, participants: [...missing] };
  }
  if (phase !== 'voting' || !mayBePrepared || !presumesCommit) return null;
  return { record: 'collecting', txn, participants: [...operations.keys()] };
}

export function causeOf(reason: Reason | null): AbortCause {
  switch (reason) {
    case 'precondition-failed':
      return 'refused';
    case 'txn-conflict':
      return 'conflict';
    case 'temporarily-unavailable':
      return 'unavailable';
    default:
      return 'timeout';
  }
}
