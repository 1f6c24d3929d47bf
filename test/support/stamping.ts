/** Nodes that look at their clock, for faults of clocks that would touch nothing else. */
import type { Context, Message, Node, NodeId } from '../../src/sim/node.ts';
import type { AnySystem } from '../../src/sim/system.ts';

/**
 * A system whose nodes look at the clock with each message, as one does that puts the time into its
 * log lines. Raft itself never does: it measures by a clock that nobody can set.
 */
export function stamping(system: AnySystem): AnySystem {
  const create: AnySystem['create'] = (...given) => {
    const node = system.create(...given) as Node;
    return new Proxy(node, {
      get(_, name) {
        if (name === 'receive') {
          return (ctx: Context, from: NodeId, message: Message) => {
            ctx.now();
            return node.receive(ctx, from, message);
          };
        }
        const value = Reflect.get(node, name, node);
        return typeof value === 'function' ? value.bind(node) : value;
      },
    });
  };
  return { ...system, create };
}
