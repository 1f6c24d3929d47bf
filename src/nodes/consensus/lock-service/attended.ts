/**
 * The state machine with somebody beside it: what Raft applies it applies, and tells a server of
 * it, which has a clock and clients.
 */
import type { ReplyBody } from '../../../sim/call.ts';
import type { Plain } from '../../../sim/node.ts';
import type { Coordination } from '../../parts/machines/coordination.ts';
import type { Command, Machine } from '../../parts/machines/machine.ts';

export interface Attendant {
  /** An update was applied. */
  applied(command: Command, outcome: ReplyBody): void;
  /** A read is answered from the present state: what the answer says besides. */
  answering(command: Command, outcome: ReplyBody): ReplyBody;
  /** The state was replaced by a snapshot; `before` is the revision that it had. */
  restored(before: number): void;
}

export class AttendedMachine implements Machine {
  readonly inner: Coordination;
  readonly #attendant: Attendant;

  constructor(inner: Coordination, attendant: Attendant) {
    this.inner = inner;
    this.#attendant = attendant;
  }

  get answers(): Machine['answers'] {
    return this.inner.answers;
  }

  apply(command: Command): ReplyBody {
    const outcome = this.inner.apply(command);
    if (this.inner.isRead(command.type)) return this.#attendant.answering(command, outcome);
    this.#attendant.applied(command, outcome);
    return outcome;
  }

  isRead(type: string): boolean {
    return this.inner.isRead(type);
  }

  snapshot(): Plain {
    return this.inner.snapshot();
  }

  restore(snapshot: Plain): void {
    const before = this.inner.revision;
    this.inner.restore(snapshot);
    this.#attendant.restored(before);
  }
}
