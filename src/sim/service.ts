/**
 * Services: the second way to write a node, for things that call other things.
 *
 * A service handles each request in a flow of its own, which reads like the blocking code of a real
 * server:
 *
 *     *handle(ctx, request) {
 *       const hit = yield* ctx.call('cache', { type: 'read', key }, { timeoutMs: 5 });
 *       yield* ctx.sleep(2);
 *       return { type: 'read_ok', value: hit.value };
 *     }
 *
 * `serve` makes a node of it: a queue with a bound, a limit on requests handled at a time, a
 * service time, deadlines, and calls with the policies that the scenario puts around them. Flows
 * are volatile: a crash drops them.
 *
 * How a request ends that its flow does not answer: a `CallError` that escapes becomes an error
 * reply with its code if that is indefinite, or if nothing else was done for the request (no other
 * call that may have happened, no message, no touch of `ctx.storage`); else with the indefinite
 * code `crash`, since part of the work may stand. A service that changed its own fields before such
 * a call must catch the error itself. Any other exception is a mistake in the service and stops the
 * run, as one in a handler does.
 */

import type { Flow, FlowContext, ReplyBody } from './call.ts';
import type { DistributionSpec } from './distribution.ts';
import { ServiceNode } from './flows/service-node.ts';
import type { MeasureTable } from './measure.ts';
import type { Detail, Disconnection, Message, Node, NodeId } from './node.ts';
import type { Request } from './rpc.ts';
import type { Place } from './system.ts';

export interface Service {
  /** Runs at every boot, beside the requests. */
  start?(ctx: FlowContext): Flow | undefined;
  /**
   * Answers one request, which `from` has sent. One that waits for nothing may return the answer
   * itself.
   */
  handle(ctx: FlowContext, request: Request, from: NodeId): Flow<ReplyBody> | ReplyBody;
  /**
   * It will be stopped soon. Requests that come from now on are refused as
   * `temporarily-unavailable`; those that it has are still answered, if there is time.
   */
  leave?(ctx: FlowContext): void;
  /**
   * The caller of this request has cancelled it while it was queued or handled. Its flow is dropped
   * by now: its `finally` blocks have run, its place is free, no answer will be sent. What it has
   * done stands; a service that can undo it may do so here.
   */
  cancelled?(ctx: FlowContext, request: Request): void;
  /**
   * An operator's command: one of those that the kind declares, with its parameters, or `set` with
   * new values of parameters that may change. A flow that it returns runs beside the requests.
   */
  command?(
    ctx: FlowContext,
    name: string,
    params: { readonly [name: string]: unknown },
  ): Flow | undefined;
  /** A message that is neither request nor reply, and cancels none. */
  receive?(ctx: FlowContext, from: NodeId, message: Message): void;
  /** As `Node.connected`. */
  connected?(ctx: FlowContext, peer: NodeId): void;
  /** As `Node.disconnected`. Calls under way are not ended by it: their answers may be lost. */
  disconnected?(ctx: FlowContext, peer: NodeId, why: Disconnection): void;
  inspect?(): Detail;
}

export interface ServeOptions {
  /** Requests handled at a time; absent, all that come. */
  readonly concurrency?: number;
  /** Requests that wait for their turn; one more is refused as `overloaded`. Absent, any number. */
  readonly queue?: number;
  /**
   * Time in ms for which a request occupies its place before its handler runs. With it, a server
   * M/M/c.
   */
  readonly serviceTime?: DistributionSpec;
  /**
   * A request whose deadline has passed when its turn comes is dropped without a word, refused as
   * `overloaded`, or handled all the same, as servers do that know no deadlines. Default `drop`:
   * nobody waits for the answer.
   */
  readonly expired?: 'drop' | 'refuse' | 'handle';
  /** Reports `serviceMeasures`, which the kind then declares. Default false. */
  readonly measured?: boolean;
}

/** What a service with `measured: true` reports. */
export const serviceMeasures = {
  queued: { sort: 'gauge', unit: 'count', doc: 'Requests that wait for their turn.' },
  active: { sort: 'gauge', unit: 'count', doc: 'Requests that are being handled.' },
  served: { sort: 'count', doc: 'Requests that it answered, errors of its own included.' },
  refused: { sort: 'count', doc: 'Requests that it refused: full, leaving, or too late.' },
  expired: {
    sort: 'count',
    doc: 'Requests whose deadline passed in the queue: dropped or refused.',
  },
} as const satisfies MeasureTable;

/**
 * A node that handles requests by a service. `inspect` gives `active` and `queued` besides the
 * service's own.
 */
export function serve(service: Service, place: Place, options: ServeOptions = {}): Node {
  return new ServiceNode(service, place, options);
}
