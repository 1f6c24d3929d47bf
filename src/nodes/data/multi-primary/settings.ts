/** The knobs of a group in which every member takes writes. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  resolve: {
    type: 'choice',
    options: ['lww', 'siblings', 'merge', 'priority'],
    doc: 'What becomes of two writes of one key that knew nothing of each other: the later stamp wins; both stay; a read gives the union of their lists; the member named first wins.',
    default: 'lww',
  },
  timestamp: {
    type: 'choice',
    options: ['wall', 'hlc', 'lamport'],
    doc: 'With `lww`, what stamps are: the time of day; the same, but later than every stamp seen; or a counter that is.',
    default: 'wall',
  },
  topology: {
    type: 'choice',
    options: ['all', 'ring', 'star'],
    doc: 'Where members send their changes: each to all; each to the next; each to the first, which sends to all.',
    default: 'all',
  },
  'ship-every': {
    type: 'duration',
    doc: 'How often changes are sent; 0: each at once.',
    default: 0,
    min: 0,
  },
  'resend-after': {
    type: 'duration',
    doc: 'How often what was not acknowledged is sent again.',
    default: 200,
    min: 1,
  },
  deps: {
    type: 'boolean',
    doc: 'Whether a change waits at other members until they have all that its member had when it made it: causal consistency.',
    default: false,
  },
  'gc-grace': {
    type: 'duration',
    doc: 'How old a tombstone gets; a member that was away for longer brings deleted values back.',
    default: 864_000_000,
    min: 1,
  },
});

export type Settings = Params<typeof params>;

/** What makes no sense together, as a sentence; null if all does. */
export function refuseSettings({ resolve, timestamp }: Settings): string | null {
  if (resolve === 'lww' || timestamp === 'wall') return null;
  return `timestamp: ${timestamp} is for resolve: lww`;
}
