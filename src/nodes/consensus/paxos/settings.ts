/** The knobs: declared for people and YAML, and as the plain fields that the handlers read. */
import type { NodeId } from '../../../sim/node.ts';
import { defineParams, type Params } from '../../../sim/params.ts';
import type { Place, RoleCounts } from '../../../sim/system.ts';
import { majority } from '../../parts/quorum.ts';

export const params = defineParams({
  retry: {
    type: 'duration-range',
    min: 1,
    default: { minMs: 50, maxMs: 150 },
    doc: 'How long a proposer waits for its ballot before it begins a higher one, drawn again each time. One fixed time lets two proposers interrupt each other forever.',
  },
  backoff: {
    type: 'choice',
    options: ['fixed', 'doubling'],
    default: 'doubling',
    doc: 'Whether the wait of a proposal stays that of `retry`, or doubles with each of its ballots, up to 32 times as long: for disks and links that are slower than `retry`.',
  },
  'phase1-quorum': {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'Promises that a ballot needs; a majority of the acceptors if it is left out. With `phase2-quorum` it must be more than there are acceptors.',
  },
  'phase2-quorum': {
    type: 'integer',
    min: 1,
    optional: true,
    doc: 'Acceptors of a ballot that make its value chosen; a majority if it is left out. A small one makes choosing cheap, and the first phase dear.',
  },
  nacks: {
    type: 'boolean',
    default: true,
    doc: 'Whether an acceptor says that it has promised a higher ballot; else the proposer waits until `retry` is over.',
  },
  distinguished: {
    type: 'boolean',
    default: true,
    doc: 'Acceptors tell only the proposer of the ballot, and it tells the learners: 4n messages. Without it each acceptor tells each learner: one delay less, n² messages.',
  },
});

/** Who has which role; a member may have several. */
export interface Cast {
  readonly proposers: readonly NodeId[];
  readonly acceptors: readonly NodeId[];
  readonly learners: readonly NodeId[];
}

export interface Settings extends Cast {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  readonly doubles: boolean;
  readonly phase1Quorum: number;
  readonly phase2Quorum: number;
  readonly nacks: boolean;
  readonly distinguished: boolean;
}

/** How many keys the view for the invariants shows of each role: those that it met last. */
export const SHOWN = 8;

/** A proposer learns too: it has to answer its clients. */
export function castOf({ of }: Pick<Place, 'of'>): Cast {
  const members = of('member');
  const proposers = [...members, ...of('proposer')];
  return {
    proposers,
    acceptors: [...members, ...of('acceptor')],
    learners: [...proposers, ...of('learner')],
  };
}

export function settingsOf(values: Params<typeof params>, cast: Cast): Settings {
  const { phase1, phase2 } = quorumsOf(values, cast.acceptors.length);
  return {
    ...cast,
    retryMinMs: values.retry.minMs,
    retryMaxMs: values.retry.maxMs,
    doubles: values.backoff === 'doubling',
    phase1Quorum: phase1,
    phase2Quorum: phase2,
    nacks: values.nacks,
    distinguished: values.distinguished,
  };
}

export function quorumsOf(
  values: Params<typeof params>,
  acceptors: number,
): { readonly phase1: number; readonly phase2: number } {
  return {
    phase1: values['phase1-quorum'] ?? majority(acceptors),
    phase2: values['phase2-quorum'] ?? majority(acceptors),
  };
}

export function acceptorsAmong(roles: RoleCounts): number {
  return (roles['member'] ?? 0) + (roles['acceptor'] ?? 0);
}

/** Why these values make no sense together, or null. */
export function refuseSettings(values: Params<typeof params>, roles: RoleCounts): string | null {
  const acceptors = acceptorsAmong(roles);
  if (acceptors === 0) return 'nobody accepts: it needs a `member` or an `acceptor`';
  if (acceptors === (roles['acceptor'] ?? 0) && (roles['proposer'] ?? 0) === 0) {
    return 'nobody proposes: it needs a `member` or a `proposer`';
  }
  const { phase1, phase2 } = quorumsOf(values, acceptors);
  const most = phase1 > phase2 ? phase1 : phase2;
  if (most > acceptors) return `a quorum of ${most} is more than its ${acceptors} acceptors`;
  if (phase1 + phase2 > acceptors) return null;
  const sum = `phase1-quorum ${phase1} and phase2-quorum ${phase2}`;
  return `${sum} together must be more than its ${acceptors} acceptors, or two values are chosen`;
}
