/** What a leader-follower group declares: knobs, mistakes, notes. */
import type { NoteTable } from '../../../sim/notes.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { KnownBug } from '../../../sim/system.ts';
import { detectorParams } from '../../parts/detector-params.ts';

export const leaderParams = defineParams({
  ...detectorParams,
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
