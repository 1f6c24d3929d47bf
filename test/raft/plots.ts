/**
 * Schedules on purpose, for mistakes that chance alone seldom finds: each plot waits for its
 * moment, does one thing, and waits for the next. What happens in between is still drawn, and so is
 * whether the plot comes to its end.
 */
import type { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import type { NodeId, Random } from '../../src/sim/node.ts';
import type { Driven, HandCluster, Sent } from '../support/drive.ts';

/** What a plot can see and do. */
export interface Theatre {
  readonly random: Random;
  readonly nodes: readonly Driven<Raft>[];
  readonly group: HandCluster<Raft>;
  /** Links that are held up: `n1→n2`. */
  readonly starved: Set<string>;
  /** The index of the last entry whose answer a client has. */
  readonly answeredFor: number;
  /** A client asks this server, and the request arrives at once. */
  ask(node: Driven<Raft>, kind: 'write' | 'read'): void;
  command(node: Driven<Raft>, name: string, params?: { readonly [p: string]: unknown }): void;
  hand(sent: Sent): void;
  reboot(node: Driven<Raft>): void;
}

/** Does what is to be done if the moment has come, and says whether it had. */
export type Stage = () => boolean;

export type PlotName = 'stale-read' | 'hand-over' | 'broken-promise' | 'overwritten' | 'cut-off';

export const plots: { readonly [P in PlotName]: (theatre: Theatre) => readonly Stage[] } = {
  'stale-read': staleRead,
  'hand-over': handOver,
  'broken-promise': brokenPromise,
  overwritten,
  'cut-off': cutOff,
};

function leaderOf({ nodes }: Theatre, besides?: Driven<Raft>): Driven<Raft> | undefined {
  return nodes.find((each) => each !== besides && each.up && serves(each));
}

/** It leads, and knows what is committed. */
function serves({ node }: Driven<Raft>): boolean {
  return node.role === 'leader' && node.commitIndex >= node.termStartIndex;
}

function leads(driven: Driven<Raft>): boolean {
  return driven.up && driven.node.role === 'leader';
}

function hasLease(driven: Driven<Raft>): boolean {
  const { node } = driven;
  return node.settings.reads === 'lease' && driven.now() < node.reads.leaseUntilMs;
}

/** Everybody but these. */
function others(
  { nodes }: Theatre,
  ...these: readonly (Driven<Raft> | undefined)[]
): Driven<Raft>[] {
  return nodes.filter((each) => !these.includes(each));
}

function ids(nodes: readonly Driven<Raft>[]): NodeId[] {
  return nodes.map(({ self }) => self);
}

function hold(
  { starved }: Theatre,
  a: Driven<Raft>,
  b: Driven<Raft>,
  ways: 'both' | 'to' = 'both',
) {
  starved.add(`${b.self}→${a.self}`);
  if (ways === 'both') starved.add(`${a.self}→${b.self}`);
}

/** A write at the new leader is answered; then the old one, that still leads, is asked to read. */
function writeThere(theatre: Theatre, old: () => Driven<Raft>): readonly Stage[] {
  let before = 0;
  return [
    () => {
      const next = leaderOf(theatre, old());
      if (next === undefined) return false;
      before = theatre.answeredFor;
      theatre.ask(next, 'write');
      return true;
    },
    () => theatre.answeredFor > before || !leads(old()),
  ];
}

/** The leader's links are held up, both ways, while acknowledgements are on their way to it. */
function staleRead(theatre: Theatre): readonly Stage[] {
  const { group, random } = theatre;
  let old = theatre.nodes[0] as Driven<Raft>;
  const isAck = ({ to, message }: Sent) => {
    const { type, term } = message as { type: string; term?: number };
    return to === old.self && type === 'appendEntriesReply' && term === old.node.currentTerm;
  };
  return [
    () => {
      const leader = leaderOf(theatre);
      if (leader === undefined) return false;
      old = leader;
      if (group.mail.filter(isAck).length < 2) return false;
      for (const other of others(theatre, old)) hold(theatre, old, other);
      return true;
    },
    ...writeThere(theatre, () => old),
    () => {
      if (!leads(old)) return true;
      const first = random.chance(0.5);
      if (first) theatre.ask(old, 'read');
      for (const sent of group.mail.filter(isAck)) {
        group.mail.splice(group.mail.indexOf(sent), 1);
        if (leads(old)) theatre.hand(sent);
      }
      if (!first && leads(old)) theatre.ask(old, 'read');
      return true;
    },
  ];
}

/** A leader with a lease hands over, and hears nothing of the election. */
function handOver(theatre: Theatre): readonly Stage[] {
  let old = theatre.nodes[0] as Driven<Raft>;
  return [
    () => {
      const leader = leaderOf(theatre);
      if (leader === undefined || !hasLease(leader)) return false;
      old = leader;
      theatre.command(old, 'transfer');
      return true;
    },
    () => {
      if (!leads(old) || old.node.transfer?.told !== true) return false;
      for (const other of others(theatre, old)) hold(theatre, old, other, 'to');
      return true;
    },
    ...writeThere(theatre, () => old),
    () => {
      if (leads(old)) theatre.ask(old, 'read');
      return true;
    },
  ];
}

/** One that the leader cannot reach campaigns; a voter that had promised not to vote reboots. */
function brokenPromise(theatre: Theatre): readonly Stage[] {
  let [old, candidate, voter] = theatre.nodes as [Driven<Raft>, Driven<Raft>, Driven<Raft>];
  return [
    () => {
      const leader = leaderOf(theatre);
      if (leader === undefined || theatre.nodes.some((each) => !each.up)) return false;
      old = leader;
      [candidate, voter] = theatre.random.shuffle(others(theatre, old)) as [
        Driven<Raft>,
        Driven<Raft>,
      ];
      hold(theatre, old, candidate);
      return true;
    },
    () => {
      const calls = theatre.group.mail.some(
        ({ from, to, message }) =>
          from === candidate.self && to === voter.self && /^request.*Vote$/.test(message.type),
      );
      if (!calls || !voter.up || !leads(old)) return false;
      hold(theatre, old, voter);
      theatre.reboot(voter);
      return true;
    },
    ...writeThere(theatre, () => old),
    () => {
      if (leads(old)) theatre.ask(old, 'read');
      return true;
    },
  ];
}

/** The story of `answers.ts`: an entry that was cut off here is committed by another. */
function overwritten(theatre: Theatre): readonly Stage[] {
  const { group } = theatre;
  let [a, b, c] = theatre.nodes as [Driven<Raft>, Driven<Raft>, Driven<Raft>];
  let index = 0;
  let term = 0;
  return [
    () => {
      const leader = leaderOf(theatre);
      if (leader === undefined || theatre.nodes.some((each) => !each.up)) return false;
      a = leader;
      b = theatre.random.pick(others(theatre, a));
      group.heal().cut(ids([a, b]), ids(others(theatre, a, b)));
      theatre.ask(a, 'write');
      index = a.node.log.lastIndex;
      term = a.node.currentTerm;
      return true;
    },
    () => {
      const next = others(theatre, a, b).find(leads);
      if (next === undefined || b.node.log.termAt(index) !== term) return false;
      c = next;
      const rest = ids(others(theatre, a, b, c));
      group
        .heal()
        .isolate(b.self)
        .cut(ids([a, c]), rest);
      return true;
    },
    () => {
      if (a.node.log.termAt(index) === term) return false;
      group.heal().isolate(a.self).isolate(c.self);
      return true;
    },
    () => {
      if (b.node.commitIndex < index) return false;
      group.heal();
      return true;
    },
  ];
}

/** A leader that is cut off removes one server; the others remove the leader. */
function cutOff(theatre: Theatre): readonly Stage[] {
  const { group, random } = theatre;
  let [a, d, next, x] = theatre.nodes as [Driven<Raft>, Driven<Raft>, Driven<Raft>, Driven<Raft>];
  const votersOf = ({ node }: Driven<Raft>) => node.configuration.voters;
  const voting = (ids: readonly NodeId[]) => theatre.nodes.filter(({ self }) => ids.includes(self));
  return [
    () => {
      const leader = leaderOf(theatre);
      if (leader === undefined || votersOf(leader).length !== 4) return false;
      const { node, self } = leader;
      if (node.log.latest.index > node.commitIndex || !votersOf(leader).includes(self))
        return false;
      a = leader;
      d = random.pick(voting(votersOf(a)).filter((each) => each !== a));
      group.heal().isolate(a.self);
      theatre.ask(a, 'write');
      theatre.ask(a, 'write');
      theatre.command(a, 'remove', { server: [d.self] });
      return true;
    },
    () => {
      const leader = leaderOf(theatre, a);
      if (leader === undefined || leader.node.currentTerm <= a.node.currentTerm) return false;
      next = leader;
      theatre.command(next, 'remove', { server: [a.self] });
      group.heal();
      return true;
    },
    () => {
      const { latest } = a.node.log;
      if (latest.configuration.voters.includes(a.self)) return false;
      const kept = voting(votersOf(next)).filter((each) => each !== next && each !== d);
      const [chosen] = random.shuffle(kept);
      if (chosen === undefined || chosen.node.log.latest.index !== latest.index) return false;
      x = chosen;
      group.heal().cut(ids([a, x]), ids(others(theatre, a, x)));
      theatre.ask(next, 'write');
      return true;
    },
    () => leads(a),
  ];
}
