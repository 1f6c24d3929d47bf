/**
 * What a leader knows of each follower, and when its entries count as committed.
 *
 * `nextIndex` and `matchIndex` are the paper's (Figure 2). The three states are etcd's: a follower
 * is *probed*, one message at a time, until the leader has found where their logs agree; then
 * entries are *replicated* to it in a pipeline, `nextIndex` running ahead of the answers (Ongaro's
 * thesis, section 10.2.2). One that lacks entries which the leader has compacted gets a *snapshot*.
 */
import { assert } from '../../../sim/assert.ts';
import type { NodeId } from '../../../sim/node.ts';
import type { RaftLog } from './log.ts';

/** The messages with entries under way to one follower, by the last index in each: a ring. */
export class InFlight {
  private readonly lastIndices: number[];
  private head = 0;
  private count = 0;

  constructor(max: number) {
    this.lastIndices = new Array<number>(max).fill(0);
  }

  get full(): boolean {
    return this.count === this.lastIndices.length;
  }

  /** A message whose last entry has this index leaves. Not when full. */
  add(lastIndex: number): void {
    assert(this.count < this.lastIndices.length, 'no more messages are in flight than may be');
    this.lastIndices[(this.head + this.count) % this.lastIndices.length] = lastIndex;
    this.count++;
  }

  /** The follower has everything up to here: an answer covers all messages before it too. */
  freeUpTo(index: number): void {
    while (this.count > 0 && (this.lastIndices[this.head] ?? 0) <= index) {
      this.head = (this.head + 1) % this.lastIndices.length;
      this.count--;
    }
  }

  clear(): void {
    this.count = 0;
  }
}

/** A snapshot on its way to one follower, a piece at a time. */
export interface Sending {
  readonly index: number;
  readonly term: number;
  /** All of it, as the follower will read it. */
  readonly text: string;
  /** Where the piece under way begins. */
  offset: number;
  sentAtMs: number;
  /** When that piece is taken for lost: longer each time, for links that are slow. */
  patienceMs: number;
}

/**
 * One follower, in the eyes of the leader. Its `matchIndex` is in an array over all members, to be
 * counted.
 */
export class Progress {
  readonly id: NodeId;
  /** Its place among the members. */
  readonly place: number;
  /** The next entry to send to it. */
  nextIndex = 1;
  state: 'probe' | 'replicate' | 'snapshot' = 'probe';
  /** In the state `snapshot`. */
  sending: Sending | null = null;
  /** It is in the latest configuration: it gets the log, and its answers count. */
  isMember = false;
  /** A probe is under way: until its answer, or the next heartbeat, there will be no other. */
  probed = false;
  /** It has lost its disk: in which life it says so, and the entry that the others must have. */
  barrier: { readonly life: number; readonly index: number } | null = null;
  /** It has answered since the last check of the quorum. */
  heard = false;
  readonly inFlight: InFlight;

  constructor(id: NodeId, place: number, inFlightMax: number) {
    this.id = id;
    this.place = place;
    this.inFlight = new InFlight(inFlightMax);
  }

  /** As a new leader begins: just beyond the end of its own log (Figure 2). */
  reset(nextIndex: number): void {
    this.becomeProbe(nextIndex);
    this.barrier = null;
    this.heard = false;
  }

  becomeProbe(nextIndex: number): void {
    assert(nextIndex >= 1, 'the next entry for a follower is one of the log');
    this.state = 'probe';
    this.sending = null;
    this.nextIndex = nextIndex;
    this.probed = false;
    this.inFlight.clear();
  }

  becomeReplicate(nextIndex: number): void {
    assert(nextIndex >= 1, 'the next entry for a follower is one of the log');
    this.state = 'replicate';
    this.sending = null;
    this.nextIndex = nextIndex;
    this.inFlight.clear();
  }

  becomeSnapshot(sending: Sending): void {
    this.state = 'snapshot';
    this.sending = sending;
    this.inFlight.clear();
  }
}

/**
 * The commit index of a leader, of whose log a majority has everything up to `agreed`; never less
 * than what it was.
 *
 * Section 5.4.2: only an entry of the leader's own term is committed by counting; those before it
 * are committed with it. The story is Figure 8: an entry of an older term can be on a majority and
 * still be overwritten, by a leader whose last entry has a term in between.
 *
 * @param anyTerm the mistake of counting entries of older terms too
 */
export function commitIndexOf(
  agreed: number,
  log: RaftLog,
  currentTerm: number,
  commitIndex: number,
  anyTerm = false,
): number {
  if (agreed <= commitIndex) return commitIndex;
  return anyTerm || log.termAt(agreed) === currentTerm ? agreed : commitIndex;
}
