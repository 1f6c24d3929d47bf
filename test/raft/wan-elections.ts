/**
 * Elections of Ongaro's thesis, chapter 9, on the kernel: servers boot together with fresh timers
 * and empty logs, and nothing else happens. Disks take no time.
 */
import { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { DistributionSpec } from '../../src/sim/distribution.ts';
import { World } from '../../src/sim/kernel/world.ts';
import type { Context, NodeId } from '../../src/sim/node.ts';
import { worldNode } from '../support/stage.ts';
import { names, PAPER, settings } from './raft-cluster.ts';

export interface ElectionOptions {
  /** Of how many servers, and how many of them are dead. */
  readonly servers: number;
  readonly dead: number;
  readonly latency: DistributionSpec;
  readonly electionMinMs: number;
  readonly electionMaxMs: number;
}

export interface Election {
  /** When the winner had its votes. */
  readonly atMs: number;
  /** The term in which it won: 1 without a split vote. */
  readonly term: number;
}

/** One election with this seed. */
export function electionOf(seed: number, options: ElectionOptions): Election {
  const { servers, dead, latency, electionMinMs, electionMaxMs } = options;
  const members = names(servers);
  let won: Election | null = null;
  const see = (raft: Raft, atMs: number) => {
    if (won === null && raft.role === 'leader') won = { atMs, term: raft.currentTerm };
  };
  // The heartbeat of the winner is of no interest: it comes after the end.
  const given = settings({ ...PAPER, electionMinMs, electionMaxMs, heartbeatMs: 10_000 });
  const nodes = members.map((id, place) =>
    worldNode(id, () => (place < dead ? DEAD : new Watched(given, id, members, see)), { members }),
  );
  const link = { latency, loss: 0, duplicate: 0, reorder: 0 };
  const world = new World({ seed: String(seed), nodes, link: () => link, invariants: new Map() });
  for (let untilMs = 100; won === null; untilMs += 100) world.run(untilMs * 1000);
  return won;
}

const DEAD = { start: () => {}, receive: () => {} };

class Watched extends Raft {
  readonly #see: (raft: Raft, atMs: number) => void;

  constructor(
    given: ReturnType<typeof settings>,
    id: NodeId,
    members: readonly NodeId[],
    see: (raft: Raft, atMs: number) => void,
  ) {
    super(given, id, members);
    this.#see = see;
  }

  override receive(ctx: Context<never>, from: NodeId, message: never): void {
    super.receive(ctx, from, message);
    this.#see(this, ctx.now());
  }
}
