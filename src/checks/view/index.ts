/**
 * `view`: the final read of each member calls exactly those members alive that are up. The workload
 * makes `members`, whose output lists members with their states.
 */
import members from '../../interfaces/members.ts';
import { checkerOver } from '../findings/parts.ts';
import { judgeViews } from './view.ts';

export default checkerOver({
  name: 'view',
  summary: 'At last, each member calls exactly those members alive that are up.',
  sources: [
    'Chandra, Toueg 1996, Unreliable Failure Detectors for Reliable Distributed Systems (JACM 43): completeness, eventual accuracy',
  ],
  judges: [members],
  judge: (parts, _, facts) => judgeViews(parts, 'view', facts),
});
