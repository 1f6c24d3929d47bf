/** What a watcher knows of one node: the questions it did not answer, and what it said last. */
import type { NodeId } from '../../../sim/node.ts';
import type { HealthReply } from '../../parts/failover-messages.ts';

export class Watched {
  readonly id: NodeId;
  isDown = false;
  /** The last question that it has answered; 0 for none. */
  heardRound = 0;
  /** When that answer came, on the watcher's clock since boot, in ms. */
  heardAtMs = 0;
  last: HealthReply | null = null;
  #failed = 0;
  #answered = 0;

  constructor(id: NodeId) {
    this.id = id;
  }

  /** True if it is taken for alive again by this. */
  hear(reply: HealthReply, nowMs: number, rise: number): boolean {
    this.last = reply;
    this.heardRound = Math.max(this.heardRound, reply.round);
    this.heardAtMs = nowMs;
    this.#failed = 0;
    this.#answered++;
    if (!this.isDown || this.#answered < rise) return false;
    this.isDown = false;
    return true;
  }

  /** The question of this round was not answered in time. True if it is taken for dead by this. */
  miss(round: number, fall: number): boolean {
    if (this.heardRound >= round) return false;
    this.#answered = 0;
    this.#failed++;
    if (this.isDown || this.#failed < fall) return false;
    this.isDown = true;
    return true;
  }

  /** Whether it has answered one of the last questions, and has something to offer. */
  canTakeOver(round: number, fall: number): boolean {
    return (
      !this.isDown && this.last !== null && !this.last.isBlank && round - this.heardRound <= fall
    );
  }
}

/** The node that has received the most, of the latest epoch; of equal ones the first by name. */
export function mostAdvanced(candidates: readonly Watched[]): Watched | null {
  return candidates.reduce<Watched | null>(
    (best, each) => (best === null || isAhead(each, best) ? each : best),
    null,
  );
}

function isAhead(a: Watched, b: Watched): boolean {
  const [epochA, lsnA] = [a.last?.lastEpoch ?? 0, a.last?.lsn ?? 0];
  const [epochB, lsnB] = [b.last?.lastEpoch ?? 0, b.last?.lsn ?? 0];
  if (epochA !== epochB) return epochA > epochB;
  return lsnA === lsnB ? a.id < b.id : lsnA > lsnB;
}
