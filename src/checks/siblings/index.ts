/**
 * `siblings`: values side by side are those that have not seen each other. The workload makes
 * `put`, `get` and `delete`.
 */
import siblings from '../../interfaces/siblings.ts';
import { checkerOver } from '../findings/parts.ts';
import { judgeSiblingSets } from './siblings.ts';

export default checkerOver({
  name: 'siblings',
  summary:
    'Values side by side are those that have not seen each other: none vanishes, none comes back.',
  sources: [
    "DeCandia et al. 2007, Dynamo: Amazon's Highly Available Key-value Store (SOSP), section 4.4",
    'Preguiça et al. 2012, Brief Announcement: Efficient Causality Tracking in Distributed Storage Systems with Dotted Version Vectors (PODC)',
  ],
  judges: [siblings],
  judge: (parts) => judgeSiblingSets(parts, 'siblings'),
});
