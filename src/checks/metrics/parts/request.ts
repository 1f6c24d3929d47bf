/**
 * The one definition of availability: answered requests over requests to live, reachable nodes.
 * After Gilbert and Lynch, whose available service answers every request received by a node that
 * does not fail, as a rate.
 *
 * - A request is an operation that its client sent to a node that was up, and not paused, when it
 *   was invoked. Client links to the nodes they are pinned to are never cut, so such a node is
 *   reachable.
 * - It is answered when it ended `ok`, or with an error that answers the question
 *   (`precondition-failed`, a missing key). Refusals (no leader, overloaded), timeouts and unknown
 *   ends are no answers.
 */

import type { Operation } from '../../../sim/history.ts';
import type { NodeId } from '../../../sim/node.ts';
import { errors } from '../../../sim/rpc.ts';
import type { DownFact, Facts, Window } from '../../checker.ts';
import { disjoint, WindowCursor } from './windows.ts';

/** Whether the client got what it asked for, or a meaningful no. */
export function isAnswered(operation: Operation): boolean {
  if (operation.outcome === 'ok') return true;
  if (operation.outcome === 'info' || operation.error === null) return false;
  return errors.get(operation.error)?.answers === true;
}

/**
 * How long the client waited for the answer; Infinity if it was refused or gave up: slower than any
 * answer. null: nobody asked, or the run ended before the client knew.
 */
export function latencyOfUs(operation: Operation): number | null {
  if (operation.recorded === true || operation.endedAtUs === Infinity) return null;
  return isAnswered(operation) ? operation.completedAtUs - operation.invokedAtUs : Infinity;
}

/** Who is up, for questions that never go back in time. */
export class LiveNodes {
  readonly #down = new Map<NodeId, WindowCursor>();

  constructor(down: readonly DownFact[]) {
    const byNode = new Map<NodeId, Window[]>();
    for (const { node, fromUs, untilUs } of down) {
      const stretches = byNode.get(node);
      if (stretches === undefined) byNode.set(node, [{ fromUs, untilUs }]);
      else stretches.push({ fromUs, untilUs });
    }
    for (const [node, stretches] of byNode) {
      this.#down.set(node, new WindowCursor(disjoint(stretches)));
    }
  }

  isUp(node: NodeId, atUs: number): boolean {
    const down = this.#down.get(node);
    return down === undefined || down.find(atUs) === -1;
  }

  /** Whether the operation counts as a request: asked for, sent, and to a live node. */
  isRequest(operation: Operation): boolean {
    const { node, recorded } = operation;
    return node !== null && recorded !== true && this.isUp(node, operation.invokedAtUs);
  }
}

/** By load, how long its clients wait, in µs; 0 for those that wait forever. */
export function patience(facts: Facts): ReadonlyMap<string, number> {
  return new Map(
    facts.loads.map(({ name, timeoutUs }) => [name, timeoutUs === Infinity ? 0 : timeoutUs]),
  );
}
