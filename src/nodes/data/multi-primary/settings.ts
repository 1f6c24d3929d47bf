/** The knobs of a group in which every member takes writes. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  resolve: {
    type: 'choice',
    options: ['lww', 'siblings', 'merge', 'priority', 'crdt'],
    doc: 'What becomes of two writes of one key that knew nothing of each other: the later stamp wins; both stay; a read gives the union of their lists; the member named first wins; sets and counters count all changes.',
    default: 'lww',
  },
  timestamp: {
    type: 'choice',
    options: ['wall', 'hlc', 'lamport', 'client'],
    doc: 'With `lww`, what stamps are: the time of day; the same, but later than every stamp seen; a counter that is; or the time of day of the client (`stamps: true` of its load).',
    default: 'wall',
  },
  tie: {
    type: 'choice',
    options: ['value', 'node'],
    doc: 'With `lww`, which of two writes with equal stamps wins: a deletion, then the greater value; or that of the member whose name is greater.',
    default: 'value',
  },
  conflict: {
    type: 'choice',
    options: ['row', 'field'],
    doc: 'With `lww`, what has a stamp: the whole value, or each field of it. With fields two writes apart can leave a row that nobody wrote.',
    default: 'row',
  },
  increment: {
    type: 'integer',
    doc: 'By how much the identifiers of one member go up; the number of members by default. With less, two members give the same one.',
    optional: true,
    min: 1,
    max: 1_000_000,
  },
  offset: {
    type: 'integer',
    doc: 'The first identifier of a member; its place in the group by default. `only:` sets that of one member.',
    optional: true,
    min: 1,
    max: 1_000_000,
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
export function refuseSettings(given: Settings, members: number): string | null {
  const { resolve, increment = members, offset = 1 } = given;
  // An offset above the increment is not obeyed (MySQL, auto_increment_offset).
  if (offset > increment) return `offset: ${offset} is more than the increment, ${increment}`;
  if (resolve === 'lww') return null;
  for (const name of ['timestamp', 'tie', 'conflict'] as const) {
    if (given[name] !== params[name].default) return `${name}: ${given[name]} is for resolve: lww`;
  }
  return null;
}
