/**
 * Checks in a queue of their own: a server answers `check` beside its other requests, so that one
 * with too much to do is not taken for dead. The answer says how much it has to do.
 */
import type { Context, Message, Node, NodeId } from '../../sim/node.ts';
import { isRequest, refuse } from '../../sim/rpc.ts';

/** Answers checks for a node, with `places` requests at a time; Infinity: all that come. */
export function answeringChecks(node: Node, places: number): Node {
  const receive = node.receive.bind(node);
  const leave = node.leave?.bind(node);
  let leaving = false;
  node.receive = (ctx: Context, from: NodeId, message: Message): void => {
    if (message.type !== 'check' || !isRequest(message)) return receive(ctx, from, message);
    if (leaving) return ctx.send(from, refuse(message, 'temporarily-unavailable', 'it is leaving'));
    const inside = node.inspect?.() as { active: number; queued: number } | undefined;
    const { active, queued } = inside ?? { active: 0, queued: 0 };
    const usage = places === Infinity ? {} : { usage: Math.min(1, active / places) };
    ctx.send(from, { type: 'check_ok', inReplyTo: message.id, load: active + queued, ...usage });
  };
  node.leave = (ctx: Context): void => {
    leaving = true;
    leave?.(ctx);
  };
  return node;
}
