/**
 * Which operations were in flight while a fault held. A scenario whose fault comes again and again
 * asks for every strike: to walk the whole history each time took 70 s for half an hour of Raft.
 */
import { firstAt } from '../../checks/metrics/parts/windows.ts';
import type { History } from '../../sim/history.ts';
import type { NodeId } from '../../sim/node.ts';

export class InFlight {
  readonly #history: History;
  readonly #invoked: { readonly timesUs: Float64Array; readonly length: number };
  /** Row i: the latest end of the operations 0 to i. It never falls, so it can be searched. */
  readonly #ended: { readonly timesUs: Float64Array; readonly length: number };

  /** `history`: in the order of invocation. */
  constructor(history: History) {
    const { length } = history;
    const invoked = new Float64Array(length);
    const ended = new Float64Array(length);
    let latestUs = -Infinity;
    history.forEach(({ invokedAtUs, endedAtUs }, i) => {
      latestUs = Math.max(latestUs, endedAtUs);
      invoked[i] = invokedAtUs;
      ended[i] = latestUs;
    });
    this.#history = history;
    this.#invoked = { timesUs: invoked, length };
    this.#ended = { timesUs: ended, length };
  }

  /** Counts the operations at one of `nodes` that were in flight between two moments. */
  count(nodes: ReadonlySet<NodeId>, fromUs: number, untilUs: number): number {
    const end = firstAt(this.#invoked, untilUs);
    let count = 0;
    for (let i = firstAt(this.#ended, fromUs); i < end; i++) {
      const { node, endedAtUs } = this.#history[i] as History[number];
      if (node !== null && nodes.has(node) && endedAtUs >= fromUs) count++;
    }
    return count;
  }
}
