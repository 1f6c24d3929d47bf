/**
 * Raft servers for tests: put into a state by what is on their disks, and driven by hand from
 * there.
 */

import type register from '../../src/interfaces/register.ts';
import { type Bug, bugOf } from '../../src/nodes/consensus/raft/bugs.ts';
import type {
  AppendEntries,
  AppendEntriesReply,
  Entry,
  RaftMessage,
} from '../../src/nodes/consensus/raft/messages.ts';
import { Raft } from '../../src/nodes/consensus/raft/raft.ts';
import { params, type Settings, settingsOf } from '../../src/nodes/consensus/raft/settings.ts';
import type { Registers } from '../../src/nodes/parts/machines/registers.ts';
import type { RequestOf } from '../../src/sim/interface.ts';
import type { NodeId, Plain } from '../../src/sim/node.ts';
import { defaultsOf } from '../../src/sim/params.ts';
import { type Driven, type DriveOptions, drive, HandCluster } from '../support/drive.ts';

export interface Given {
  readonly term?: number;
  readonly votedFor?: NodeId | null;
  /** The terms of the entries, index 1 first. */
  readonly log?: readonly number[];
  readonly settings?: Partial<Settings>;
  readonly bug?: Bug | null;
  readonly disk?: DriveOptions['disk'];
  readonly random?: DriveOptions['random'];
  readonly quiet?: boolean;
  /** The voters that the group begins with, all without it, and its learners. */
  readonly initial?: readonly NodeId[];
  readonly learners?: readonly NodeId[];
}

/** The algorithm of the paper alone: without Pre-Vote and the checks of the quorum. */
export const PAPER: Partial<Settings> = { preVote: false, checkQuorum: false };

export function settings(set: Partial<Settings> = {}): Settings {
  return { ...settingsOf(defaultsOf(params)), ...set };
}

/** `n1`, `n2`, ... */
export function names(count: number): NodeId[] {
  return Array.from({ length: count }, (_, i) => `n${i + 1}`);
}

/** An entry whose content follows from index and term, as it does in Raft. */
export function entryOf(term: number, index: number): Entry {
  return {
    term,
    command: { type: 'write', session: `s${term}`, serial: index, key: 'x', value: index },
  };
}

export function server(self: NodeId, members: readonly NodeId[], given: Given = {}): Driven<Raft> {
  const { term = 0, votedFor = null, log = [], bug = null } = given;
  const first = { voters: given.initial ?? members, learners: given.learners ?? [] };
  const peers = members.filter((id) => id !== self);
  const make = () => new Raft(settings(given.settings), self, members, bugOf(bug), first);
  return drive(make, self, peers, {
    disk: given.disk ?? 'at-once',
    quiet: given.quiet ?? false,
    ...(given.random === undefined ? {} : { random: given.random }),
    storage: (storage) => {
      if (term > 0) storage.set('ballot', { currentTerm: term, votedFor });
      const entries = storage.log<Entry>('entries');
      for (const [i, entryTerm] of log.entries()) entries.append(entryOf(entryTerm, i + 1));
    },
  });
}

/** Servers `n1`...; what is given is for all, `each` for the one of this number. */
export function cluster(
  count: number,
  given: Given = {},
  each: readonly (Given | undefined)[] = [],
): HandCluster<Raft> {
  const members = names(count);
  return new HandCluster(
    members.map((id, i) => server(id, members, { ...given, ...each[i] }).forget()),
  );
}

/** Calls an election at a server, and delivers until all is quiet. */
export function campaign(group: HandCluster<Raft>, id: NodeId): HandCluster<Raft> {
  return group.fire(id, 'election').settle();
}

export function terms(node: Driven<Raft>): number[] {
  const { log } = node.node;
  return Array.from({ length: log.lastIndex }, (_, i) => log.termAt(i + 1));
}

export function roles(group: HandCluster<Raft>): string {
  return [...group.nodes.values()]
    .map(({ self, node }) => `${self}:${node.role}@${node.currentTerm}`)
    .join(' ');
}

/** The logs of all, as terms. */
export function logs(group: HandCluster<Raft>): number[][] {
  return [...group.nodes.values()].map(terms);
}

/** The commit indexes of all. */
export function commits(group: HandCluster<Raft>): number[] {
  return [...group.nodes.values()].map(({ node }) => node.commitIndex);
}

/** The leader shows its commit index to all that it reaches. */
export function heartbeat(group: HandCluster<Raft>, leader: string): HandCluster<Raft> {
  return group.fire(leader, 'heartbeat').settle();
}

/** A place in a log, and its term. */
type At = readonly [index: number, term: number];

/** A call of the leader, with entries of these terms after `prev`. */
export function appendEntries(term: number, prev: At, entries: readonly number[], commit = 0) {
  const [prevLogIndex, prevLogTerm] = prev;
  const message: AppendEntries = {
    type: 'appendEntries',
    term,
    prevLogIndex,
    prevLogTerm,
    entries: entries.map((entryTerm, i) => entryOf(entryTerm, prevLogIndex + 1 + i)),
    leaderCommit: commit,
  };
  return message;
}

/** The answer of a follower that has the log of its leader up to there. */
export function accepted(matchIndex: number, term = 1): AppendEntriesReply {
  return {
    type: 'appendEntriesReply',
    term,
    success: true,
    prevLogIndex: matchIndex,
    matchIndex,
    conflictTerm: 0,
    conflictIndex: 0,
  };
}

/** The message that has this type, possibly among others. */
type OfType<M extends RaftMessage, T> = M extends unknown
  ? T extends M['type']
    ? M
    : never
  : never;

/** The last message of this type that has left since the last look. */
export function lastSent<T extends RaftMessage['type']>(node: Driven<Raft>, type: T) {
  const found = node.take().findLast(({ message }) => message.type === type)?.message;
  return found as OfType<RaftMessage, T> | undefined;
}

/** A server of `count` in the role, by the way there: its timer, and the votes of all others. */
export function inRole(
  role: 'follower' | 'candidate' | 'leader',
  term: number,
  count = 3,
): Driven<Raft> {
  const started = role === 'follower' ? term : term - 1;
  const n1 = server('n1', names(count), { term: started, settings: PAPER });
  if (role !== 'follower') n1.fireTimer('election');
  if (role === 'leader') {
    for (const from of names(count).slice(1)) {
      n1.receive(from, { type: 'requestVoteReply', term, voteGranted: true });
    }
  }
  if (n1.node.role !== role || n1.node.currentTerm !== term) throw new Error(`not a ${role}`);
  return n1.forget();
}

let requests = 0;

/** A request with an id of its own. */
function request(session: string, serial: number, attempt: number) {
  return { id: ++requests, session, serial, attempt, timeoutMs: null };
}

export function write(
  key: string,
  value: Plain,
  session = 'c',
  serial = 1,
  attempt = 1,
): RequestOf<typeof register, 'write'> {
  return { type: 'write', key, value, ...request(session, serial, attempt) };
}

export function read(
  key: string,
  session = 'c',
  serial = 1,
  attempt = 1,
): RequestOf<typeof register, 'read'> {
  return { type: 'read', key, ...request(session, serial, attempt) };
}

export function cas(
  key: string,
  from: Plain,
  to: Plain,
  session = 'c',
  serial = 1,
  attempt = 1,
): RequestOf<typeof register, 'cas'> {
  return { type: 'cas', key, from, to, ...request(session, serial, attempt) };
}

/** The registers that a server replicates. */
export function registersOf(node: Raft): Registers {
  return node.machine as Registers;
}
