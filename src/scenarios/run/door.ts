/**
 * The door of a node: a request whose fields are not those of the interface that the node answers
 * is answered as `malformed-request`, and the node never sees it.
 *
 * Only requests from strangers are looked at. A client sends what its workload made from the same
 * interface (a test holds every workload to that), a damaged message keeps the types of its fields
 * (`kernel/corruption.ts`), and members of one group talk as their own protocol says. So where all
 * nodes are of one group there is no door, and nothing to pay.
 */
import { assert } from '../../sim/assert.ts';
import {
  type Interface,
  type RequestCheck,
  replyCheck,
  requestCheck,
} from '../../sim/interface.ts';
import type { Context, Message, Node, NodeId } from '../../sim/node.ts';
import { isRequest, refuse } from '../../sim/rpc.ts';
import { type AnyWorkload, spokenBy } from '../../workloads/workload.ts';
import type { GroupSpec, LoadSpec, Scenario } from '../scenario.ts';

/**
 * Puts a door before a node that answers these interfaces; everything else of it stays as it is.
 */
export type Guard = (node: Node, answers: readonly Interface[]) => Node;

/** The doors of the nodes of a group. A proxy has none: it leaves the check to its targets. */
export function guardOf(scenario: Scenario, group: GroupSpec): Guard {
  const strangers = new Set([
    ...scenario.groups.filter((other) => other !== group).flatMap(({ nodes }) => nodes),
    // An actor builds its requests itself.
    ...scenario.loads.flatMap(({ workload, clients }) =>
      workload.act === undefined ? [] : clients,
    ),
  ]);
  const passes = typeof group.system.answers === 'object' && 'of' in group.system.answers;
  if (strangers.size === 0 || passes) return (node) => node;
  return (node, answers) =>
    answers.length === 0 ? node : guarded(node, strangers, requestCheck(answers));
}

/** A load of a scenario; its client is strict where a node of the user's may answer it. */
export function guardedLoad(load: LoadSpec, { groups }: Scenario): LoadSpec {
  const { workload } = load;
  return groups.some(({ isOwn }) => isOwn) ? { ...load, workload: strictWorkload(workload) } : load;
}

/**
 * A workload whose client looks at the fields of every answer. Kinds of dsim are held to their
 * interfaces by tests; a node of the user's may answer anything, and a checker that met it would
 * fail, not the node.
 */
function strictWorkload(workload: AnyWorkload): AnyWorkload {
  const check = replyCheck(spokenBy(workload));
  return {
    ...workload,
    outputOf(f, reply) {
      const wrong = check(reply);
      if (wrong !== null) assert(false, `the answer ${wrong}`);
      return workload.outputOf(f, reply);
    },
  };
}

function guarded(node: Node, strangers: ReadonlySet<NodeId>, check: RequestCheck): Node {
  const inside = node.receive.bind(node);
  node.receive = (ctx: Context, from: NodeId, message: Message): void => {
    if (strangers.has(from) && isRequest(message)) {
      const wrong = check(message);
      if (wrong !== null) {
        ctx.send(from, refuse(message, 'malformed-request', wrong));
        return;
      }
    }
    inside(ctx, from, message);
  };
  return node;
}
