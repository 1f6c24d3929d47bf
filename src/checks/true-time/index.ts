/**
 * `true-time`: each interval that was answered holds the true time of its call. The workload makes
 * `now`, whose output is { earliest, latest } in ms.
 */
import timestamp from '../../interfaces/timestamp.ts';
import { checkerOver } from '../findings/parts.ts';
import { judgeTrueTime } from './true-time.ts';

export default checkerOver({
  name: 'true-time',
  summary: 'Each interval that a clock answers holds the true time.',
  sources: [
    "Corbett et al. 2012, Spanner: Google's Globally-Distributed Database (OSDI), section 3, table 1",
  ],
  judges: [timestamp],
  judge: (parts) => judgeTrueTime(parts, 'true-time'),
});
