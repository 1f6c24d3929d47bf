/**
 * The search for each `bug:` in the hostile world of `chaos.ts`: all under one configuration, of
 * which each seed draws the style, the settings and the faults.
 */
import { bugs } from '../../src/nodes/consensus/raft/bugs.ts';
import { chaos } from './chaos.ts';

/** What catches the bugs that stop what must happen. */
const ofLiveness: readonly string[] = ['live', 'longest gap'];

/** The bugs that break what must never happen. */
export const unsafe = Object.entries(bugs).flatMap(([name, { caughtBy }]) =>
  ofLiveness.includes(caughtBy) ? [] : [name as keyof typeof bugs],
);

export interface Hunt {
  readonly bug: string;
  /** The first seed that shows it; null if none of them does. */
  readonly first: number | null;
  readonly violation: string | null;
}

/** The first violation of a bug within this number of seeds. */
export function hunt(bug: (typeof unsafe)[number], seeds: number): Hunt {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = chaos({ seed, bug });
    // That nothing is answered any more may have another reason than the bug.
    const isNamed = violation !== null && !violation.startsWith('progress');
    if (isNamed) return { bug, first: seed, violation };
  }
  return { bug, first: null, violation: null };
}

/**
 * The first seed that shows each mistake, and what it breaks first there: all in the same world, of
 * which `npm run test:long` tries thousands of seeds.
 */
export const kept: { readonly [bug: string]: readonly [seed: number, breaks: string] } = {
  'vote-twice': [346, 'election-safety'],
  'commit-old-term': [148, 'leader-completeness'],
  'ack-before-durable': [8, 'leader-completeness'],
  'no-log-check': [3, 'leader-completeness'],
  'truncate-always': [1, 'acknowledged-stays'],
  'local-reads': [3, 'linearizable'],
  'no-dedup': [3, 'exactly once'],
  'commit-beyond-match': [1, 'state-machine-safety'],
  'match-is-sent': [14, 'leader-completeness'],
  'half-is-majority': [4, 'state-machine-safety'],
  'abort-on-truncate': [5, 'definite errors'],
  'change-before-commit': [161, 'leader-completeness'],
  'config-not-rolled-back': [25, 'election-safety'],
  'joint-new-only': [161, 'leader-completeness'],
  'learners-count': [106, 'leader-completeness'],
  'snapshot-loses-sessions': [1, 'state-machines-agree'],
  'snapshot-loses-configuration': [486, 'leader-completeness'],
  'snapshot-behind-applied': [27, 'acknowledged-stays'],
  'snapshot-drops-suffix': [27, 'acknowledged-stays'],
  'forgotten-session-runs': [10, 'exactly once'],
  'read-index-early': [11, 'linearizable'],
  'read-index-any-ack': [12, 'linearizable'],
  'read-before-applied': [4, 'linearizable'],
  'lease-from-receipt': [136, 'linearizable'],
  'lease-survives-transfer': [29, 'linearizable'],
  'lease-ignores-reboot': [29, 'linearizable'],
  'cut-damaged-tail': [33, 'leader-completeness'],
};
