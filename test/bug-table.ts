/**
 * Every `bug:` of the kinds that agree on something, and the first seed of a hostile world that
 * shows it: the rows of `docs/BUGS.md`. Each kind has one configuration, of which a seed draws the
 * faults, the settings and what clients and operators do.
 */
import type { AnyChecker } from '../src/checks/checker.ts';
import raft from '../src/nodes/consensus/raft/index.ts';
import type { AnySystem } from '../src/sim/system.ts';
import * as logStore from './log-store/group.ts';
import * as multiPaxos from './multi-paxos/group.ts';
import * as paxos from './paxos/group.ts';
import * as quorumRegister from './quorum-register/group.ts';
import * as raftChaos from './raft/hostile.ts';
import * as replicatedLog from './replicated-log/group.ts';
import { firstViolation, type HostileOptions } from './support/hostile.ts';
import * as viewstamped from './viewstamped/group.ts';

/** Each bug is found within this many seeds. */
export const WITHIN = 500;

export interface Row {
  readonly kind: string;
  readonly bug: string;
  /** Of the declaration: the check that catches it. */
  readonly caughtBy: string;
  /** The first seed that shows it, and what breaks first there; null if none of them does. */
  readonly first: { readonly seed: number; readonly violation: string } | null;
}

interface Searched {
  readonly system: AnySystem;
  /** The first seed of a bug, as the tests have it; undefined for one that is not searched for. */
  readonly kept: (bug: string) => number | undefined;
  readonly find: (bug: string) => Row['first'];
}

/** A kind whose searches have the common hostile world. */
function hostileKind(group: {
  readonly group: Omit<HostileOptions, 'seed' | 'bug'>;
  readonly checkers: readonly AnyChecker[];
  readonly kept: { readonly [bug: string]: number };
}): Searched {
  return {
    system: group.group.system,
    kept: (bug) => group.kept[bug],
    find: (bug) => firstViolation({ ...group.group, bug }, group.checkers, WITHIN),
  };
}

const kinds: readonly Searched[] = [
  {
    system: raft,
    kept: (bug) => raftChaos.kept[bug]?.[0],
    find(bug) {
      const { first, violation } = raftChaos.hunt(bug as (typeof raftChaos.unsafe)[number], WITHIN);
      return first === null ? null : { seed: first, violation: violation ?? '' };
    },
  },
  ...[paxos, multiPaxos, viewstamped, quorumRegister, replicatedLog, logStore].map(hostileKind),
];

/**
 * The bugs of all of them that break what must never happen; others only stop or slow what must.
 */
export const searchedBugs: readonly (Omit<Row, 'first'> & { readonly kept: number })[] =
  kinds.flatMap(({ system, kept: keptOf }) =>
    Object.entries(system.bugs).flatMap(([bug, { caughtBy }]) => {
      const kept = keptOf(bug);
      return kept === undefined ? [] : [{ kind: system.name, bug, caughtBy, kept }];
    }),
  );

/**
 * Searches for one of them, from seed 1 on.
 *
 * @public `scripts/bug-table.mjs` bundles this file.
 */
export function searched({ kind, bug, caughtBy }: Omit<Row, 'first'>): Row {
  const { find } = kinds.find(({ system }) => system.name === kind) as Searched;
  return { kind, bug, caughtBy, first: find(bug) };
}
