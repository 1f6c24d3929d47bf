/** What SWIM declares: mistakes to switch on, notes, measures, and its invariant. */
import type { MeasureTable } from '../../../sim/measure.ts';
import type { Detail } from '../../../sim/node.ts';
import type { NoteTable } from '../../../sim/notes.ts';
import type { Invariant, KnownBug } from '../../../sim/system.ts';

export const swimBugs = {
  'no-refute': {
    doc: 'A member that hears that it is suspected says nothing.',
    caughtBy: 'false deaths',
  },
  'ignore-incarnation': {
    doc: 'News are believed whatever their incarnation: old ones undo newer ones.',
    caughtBy: 'false deaths',
  },
  'skip-suspicion': {
    doc: 'A member that fails one probe is declared dead.',
    caughtBy: 'false deaths',
  },
  'trust-remote-dead': {
    doc: 'A death in an exchanged view is believed at once, and not as a suspicion that can be refuted.',
    caughtBy: 'false deaths',
  },
  'suspicion-without-incarnation': {
    doc: 'A suspicion goes on when its member has refuted it, and kills the newer incarnation.',
    caughtBy: 'false deaths',
  },
  'reuse-incarnation-after-boot': {
    doc: 'A member keeps its incarnation in memory only, and begins again at 1.',
    caughtBy: 'incarnation-by-owner',
  },
  'self-in-targets': {
    doc: 'A member probes itself too, so that probes are wasted and detection takes longer.',
    caughtBy: 'max detection',
  },
  'drop-after-first-send': {
    doc: 'News are forgotten once they have been sent to one member.',
    caughtBy: 'full detection',
  },
} as const satisfies { readonly [bug: string]: KnownBug };

export type SwimBug = keyof typeof swimBugs;

const of = 'The member.';
const incarnation = 'Its incarnation.';

export const swimNotes = {
  suspects: { doc: 'Its own probe of a member failed.', detail: { of, incarnation } },
  trusts: {
    doc: 'It believes a member alive that it had suspected or held for dead.',
    detail: { of, incarnation },
  },
  'declares dead': {
    doc: 'It believes a member dead, by its own suspicion or because of news.',
    detail: { of, incarnation, by: 'Whose suspicion it was.' },
  },
  'sees leave': { doc: 'It hears that a member has left.', detail: { of, incarnation } },
  refutes: {
    doc: 'It hears that it is suspected or dead, and announces itself again.',
    detail: { incarnation: 'The new one.' },
  },
  joined: { doc: 'It has exchanged views with a member for the first time.' },
} as const satisfies NoteTable;

export const swimMeasures = {
  score: {
    sort: 'gauge',
    unit: 'count',
    doc: 'How unwell it thinks it is itself: 0 is well; see Lifeguard.',
  },
  probes: { sort: 'count', doc: 'Probes that it began.' },
  'failed-probes': { sort: 'count', doc: 'Probes without any acknowledgement in time.' },
  'probe-failures': {
    ratio: ['failed-probes', 'probes'],
    doc: 'The share of probes that failed.',
  },
} as const satisfies MeasureTable;

/** What a member shows: its incarnation, and those above 1 that it believes of others. */
export interface SwimView extends Detail {
  readonly incarnation: number;
  readonly alive: number;
  readonly suspect: number;
  readonly dead: number;
  readonly score: number;
  readonly seen: { readonly [member: string]: number };
}

export const incarnationByOwner: Invariant = {
  name: 'incarnation-by-owner',
  source: 'Das, Gupta, Motivala 2002, SWIM, section 4.2',
  check(views) {
    for (const [node, view] of views) {
      for (const [member, seen] of Object.entries((view as SwimView).seen)) {
        const owner = views.get(member) as SwimView | undefined;
        if (owner !== undefined && seen > owner.incarnation) {
          return `${node} holds ${member} in incarnation ${seen}, and ${member} itself is only in ${owner.incarnation}`;
        }
      }
    }
    return null;
  },
};
