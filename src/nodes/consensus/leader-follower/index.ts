/** Leader and followers with heartbeats and generations, as a kind of node. */
import register from '../../../interfaces/register.ts';
import { defineSystem } from '../../../sim/system.ts';
import { detectorProblem } from '../../parts/detector-params.ts';
import { majority } from '../../parts/quorum.ts';
import { type LeaderBug, leaderBugs, leaderNotes, leaderParams } from './declared.ts';
import { LeaderFollower } from './leader-follower.ts';

export default defineSystem({
  name: 'leader-follower',
  title: 'Leader and followers',
  summary:
    'The first member that is trusted leads, in a generation that is refused once it is over.',
  sources: [
    'Joshi 2023, Patterns of Distributed Systems: leader and followers, heartbeat, generation clock',
    'Oki, Liskov 1988, Viewstamped Replication (PODC): the change of leader',
  ],
  answers: [register],
  claims: [{ checker: 'linearizable', whilePartitioned: 'holds' }],
  params: leaderParams,
  bugs: leaderBugs,
  notes: leaderNotes,
  invariants: [],
  quorum: (_params, members) => majority(members),
  detectionMs: (params) =>
    params.detector === 'fixed'
      ? params.timeout + 4 * params.heartbeat
      : 20 * params.heartbeat + params.pause,
  refuse: (params) => detectorProblem(params),
  create: (params, place, bug) => new LeaderFollower(params, place, bug as LeaderBug | null),
});
