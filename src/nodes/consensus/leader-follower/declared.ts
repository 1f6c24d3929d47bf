/** What a leader-follower group declares: knobs, mistakes, notes. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { KnownBug } from '../../../sim/system.ts';
import { detectorParams } from '../../parts/detector-params.ts';

/** What the lock is asked for if the scenario names no lease. */
export const LOCK_LEASE_MS = 10_000;

export const leaderParams = defineParams({
  ...detectorParams,
  election: {
    type: 'nodes',
    optional: true,
    doc: 'The lock service that says who leads: any group that answers `lock`. Its tokens are the generations. Absent: the first member, by name, that is trusted.',
  },
  lease: {
    type: 'duration',
    min: 1,
    optional: true,
    doc: 'How long nobody else can lead after a majority, or the lock service, has heard of the leader, which meanwhile answers reads by itself. Absent: reads go to a majority, and the lock is asked for 10 s.',
  },
  'lease-drift': {
    type: 'ratio',
    min: 0,
    max: 0.5,
    default: 0.01,
    doc: 'By how much the pace of clocks may be wrong: a leader trusts its lease for (1 - drift) / (1 + drift) of it.',
  },
  generation: {
    type: 'boolean',
    default: true,
    doc: 'Whether each leader has a number above those before it, and members refuse a lower one. Without, an old leader that comes back is obeyed.',
  },
});

export type LeaderParams = Params<typeof leaderParams>;

export const leaderBugs = {
  'fence-in-memory': {
    doc: 'The generation is kept in memory only: a member that restarts may follow two leaders of one number.',
    caughtBy: 'leaders per term',
  },
  'fence-requests-only': {
    doc: 'Generations are compared in requests and not in replies: late answers of an earlier one count, and a refusal is ignored.',
    caughtBy: 'leaders per term',
  },
  'lease-from-receipt': {
    doc: 'The lease counts from when heartbeats were answered, not from when they were sent: slow answers make it outlast the promise of the members.',
    caughtBy: 'linearizable',
  },
  'lease-ignores-reboot': {
    doc: 'A member that restarts forgets the leader it was bound to, and follows another while the lease holds.',
    caughtBy: 'linearizable',
  },
  'leads-past-lease': {
    doc: 'A leader does not look at its lease: after a pause it answers reads from before it, though another leads.',
    caughtBy: 'linearizable',
  },
} as const satisfies { readonly [bug: string]: KnownBug };

export type LeaderBug = keyof typeof leaderBugs;

export const leaderNotes = {
  suspects: { doc: 'A member was silent for too long.', detail: { of: 'The member.' } },
  trusts: { doc: 'A suspected member was heard again.', detail: { of: 'The member.' } },
  'refuses stale': {
    doc: 'A message of a generation that is over was refused.',
    detail: { token: 'The generation of the message.', of: 'Its sender.' },
  },
} as const satisfies NoteTable;

export const leaderMeasures = {
  'lone-reads': {
    sort: 'count',
    doc: 'With `lease`: reads that a leader answered by itself.',
  },
} as const satisfies MeasureTable;
