/** Leader and followers with heartbeats and generations, as a kind of node. */
import register from '../../../interfaces/register.ts';
import { defineSystem } from '../../../sim/system.ts';
import { detectionMsOf, detectorOf, detectorProblem } from '../../parts/detector-params.ts';
import { majority } from '../../parts/quorum.ts';
import {
  type LeaderBug,
  LOCK_LEASE_MS,
  leaderBugs,
  leaderMeasures,
  leaderNotes,
  leaderParams,
} from './declared.ts';
import { LeaderFollower } from './leader-follower.ts';

export default defineSystem({
  name: 'leader-follower',
  title: 'Leader and followers',
  summary:
    'One member leads, the first that is trusted or the holder of a lock, in a generation that is refused once it is over.',
  sources: [
    'Joshi 2023, Patterns of Distributed Systems: leader and followers, heartbeat, generation clock',
    'Oki, Liskov 1988, Viewstamped Replication (PODC): the change of leader',
    'Gray, Cheriton 1989, Leases: An Efficient Fault-Tolerant Mechanism for Distributed File Cache Consistency (SOSP)',
    'Burrows 2006, The Chubby lock service (OSDI), section 2: a primary elected by a lock',
  ],
  answers: [register],
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  params: leaderParams,
  bugs: leaderBugs,
  notes: leaderNotes,
  measures: leaderMeasures,
  invariants: [],
  quorum: (_params, members) => majority(members),
  detectionMs(params) {
    const waitMs = params.lease ?? (params.election === undefined ? 0 : LOCK_LEASE_MS);
    return detectionMsOf(params) + 3 * detectorOf(params).heartbeatMs + 2 * waitMs;
  },
  refuse: (params) => detectorProblem(params),
  create: (params, place, bug) => new LeaderFollower(params, place, bug as LeaderBug | null),
});
