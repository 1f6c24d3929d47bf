/**
 * Message: one message, or a few, named by its sender, receiver, type and number: the third
 * append-entries from kv-1 to kv-2. Messages are counted on each link by type from the start of the
 * run, so the name means the same message in every replay, up to where the fault itself changes the
 * run. A few of these write down, step by step, a failure that took luck to find.
 */
import { defineFault } from '../sim/fault.ts';
import type { NodeId } from '../sim/node.ts';
import { defineParams, type Params } from '../sim/params.ts';

const params = defineParams({
  from: { type: 'nodes', doc: 'Who sends it: a node, a group or a client.', clients: true },
  to: { type: 'nodes', doc: 'Who receives it; each link counts for itself.', clients: true },
  type: { type: 'text', doc: "The message's type, as traces show it." },
  number: {
    type: 'integer',
    doc: 'Which of that type on that link, counted from 1 since the start of the run.',
    default: 1,
    min: 1,
  },
  count: { type: 'integer', doc: 'How many in a row, from that one on.', default: 1, min: 1 },
  action: {
    type: 'choice',
    doc: 'drop: it never arrives. delay: it arrives later. duplicate: it arrives twice.',
    options: ['drop', 'delay', 'duplicate'],
    default: 'drop',
  },
  by: {
    type: 'duration',
    doc: 'How much later it, or its copy, arrives; a copy by one more latency without it.',
    optional: true,
    min: 0.001,
  },
});

type MessageParams = Params<typeof params>;

/** Why these parameters act on no message, as a sentence for the user; null if they do. */
function refuse({ from, to, action, by }: MessageParams): string | null {
  if (action === 'delay' && by === undefined) return 'message: a delay needs by';
  if (action === 'drop' && by !== undefined) return 'message: by goes with delay and duplicate';
  return linksOf(from, to).length > 0 ? null : 'message: from and to are the same node';
}

function linksOf(
  from: readonly NodeId[],
  to: readonly NodeId[],
): readonly { readonly from: NodeId; readonly to: NodeId }[] {
  return from.flatMap((near) =>
    to.filter((far) => far !== near).map((far) => ({ from: near, to: far })),
  );
}

export default defineFault({
  name: 'message',
  summary: 'Drops, delays or doubles exactly the messages that it names.',
  family: 'message',
  params,
  shorthand: null,
  fromStart: true,
  refuse,
  prepare(levers, { from, to, type }) {
    for (const link of linksOf(from, to)) levers.countMessages(link.from, link.to, type);
  },
  /** Throws RangeError if `refuse` would. */
  inject(levers, given) {
    const refusal = refuse(given);
    if (refusal !== null) throw new RangeError(refusal);
    const { from, to, type, number, count, action, by } = given;
    const last = number + count - 1;
    const script = { type, first: number, last, action, byMs: by ?? null } as const;
    const links = linksOf(from, to);
    for (const link of links) levers.script(link.from, link.to, script);
    const numbers = count === 1 ? `#${number}` : `#${number}..${last}`;
    const label = `${action} ${from.join(' ')}→${to.join(' ')} ${type} ${numbers}`;
    return { label, sides: [], detail: { links: links.length } };
  },
});
