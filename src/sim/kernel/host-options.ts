/** What makes one host differ from another. */
import type { Machines, NodeId } from '../node.ts';
import type { Clock } from './clock.ts';
import type { Distribution } from './distribution.ts';
import type { Pace } from './pace.ts';
import type { Processor } from './processor.ts';
import type { Stream } from './random.ts';

/** `H` is the host that they make. */
export interface HostOptions<H> {
  readonly id: NodeId;
  /** Its group, itself included: one list for all of them. */
  readonly members: readonly NodeId[];
  readonly random: Stream;
  /** Time of a flush; null: writes are durable at once. */
  readonly sync: Distribution | null;
  /** How long a write stays in the page cache; null: it is flushed at once. */
  readonly writeBackUs: number | null;
  /** A flush that fails is tried again, as by mistake: it does not end the node. */
  readonly retriesFlush: boolean;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly kind: string;
  readonly notes: ReadonlySet<string> | null;
  /** null: it has one with this number of cores for itself. */
  readonly processor: Processor | null;
  readonly cores: number;
  /** Throws if its kind operates no nodes. */
  readonly operator: (host: H) => Machines;
}

/**
 * The members but one. Apart from the getter that keeps them: a function with a closure makes room
 * for it at every call.
 */
export function othersThan(self: NodeId, members: readonly NodeId[]): readonly NodeId[] {
  return members.filter((member) => member !== self);
}
