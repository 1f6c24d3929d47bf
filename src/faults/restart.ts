/**
 * Restart: nodes stop dead and boot again after a while, with what was durable on their disks, or
 * with nothing at all: a machine that was replaced, or a volume that was not mounted.
 *
 * A voting member that comes back without its disk has forgotten what it promised. Raft, Paxos and
 * their kin do not survive that, not even of a minority: it is beyond what they claim.
 */
import { defineFault } from '../sim/fault.ts';
import { defineParams } from '../sim/params.ts';
import { NODE_PARAMS, strikeNodes } from './parts/node-faults.ts';

export default defineFault({
  name: 'restart',
  summary: 'Stops nodes dead and boots them again, with their disks or without.',
  family: 'process',
  params: defineParams({
    ...NODE_PARAMS,
    after: { type: 'duration', doc: 'How long they are down.', default: 1000, min: 0 },
    disk: {
      type: 'choice',
      doc: 'kept: they boot from what was durable. lost: their disks are empty.',
      options: ['kept', 'lost'],
      default: 'kept',
    },
  }),
  shorthand: 'nodes',
  leastMs: ({ after }) => after,
  inject(levers, { nodes, after, disk }) {
    const how = disk === 'lost' ? { text: 'without disk' } : {};
    return strikeNodes(
      levers,
      nodes,
      (node) => {
        const boot = levers.crash(node);
        if (disk === 'lost') levers.wipeDisk(node);
        levers.after(after, boot);
      },
      { ...how, detail: { disk }, lastsMs: after },
    );
  },
});
