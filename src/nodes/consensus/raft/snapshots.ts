/**
 * Snapshots (Ongaro & Ousterhout 2014, section 7; Ongaro's thesis, chapter 5): a server writes down
 * its whole state, and drops the entries that led to it. A follower that lacks entries which are
 * gone gets the leader's snapshot, in pieces.
 *
 * A snapshot holds all that the dropped entries had brought about: the state machine, the sessions
 * (else a retry would be executed again), and the configuration with its index. The order on disk
 * matters: the new snapshot, a sync, and only then the end of the old one and of the entries.
 */
import { type Context, type Plain, type Storage, StorageError } from '../../../sim/node.ts';
import { NO_SESSIONS } from '../../parts/machines/sessions.ts';
import type { Configuration } from './configuration.ts';
import type { RaftMessage } from './messages.ts';
import { firstPatienceMs } from './pieces.ts';
import type { Raft } from './raft.ts';

type Ctx = Context<RaftMessage>;

export type Snapshot = {
  /** The last entry that it stands for. */
  readonly index: number;
  readonly term: number;
  /** The hash of everything applied up to there. */
  readonly hash: number;
  readonly configuration: Configuration;
  readonly configurationIndex: number;
  readonly machine: Plain;
  readonly sessions: Plain;
};

/** Pieces that have come of a snapshot. */
export interface Incoming {
  /** Of the leader that sends it: another leader's pieces of the same index may differ. */
  readonly leaderTerm: number;
  readonly index: number;
  text: string;
}

const KEY = 'snapshot ';

/**
 * The newest snapshot on a disk that can be read; null if there is none. Throws StorageError if all
 * are damaged, or the log goes on only after one that is.
 */
export function loadSnapshot(storage: Storage): Snapshot | null {
  const indices = storage.keys().flatMap((key) => (key.startsWith(KEY) ? [indexOf(key)] : []));
  indices.sort((a, b) => b - a);
  const logStart = (storage.get('log-start') as { readonly index: number } | undefined)?.index ?? 0;
  let damage: StorageError | null = null;
  for (const index of indices) {
    try {
      const snapshot = storage.get(`${KEY}${index}`) as Snapshot;
      if (damage === null || snapshot.index >= logStart) return snapshot;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      damage = error;
    }
  }
  if (damage !== null) throw damage;
  return null;
}

function indexOf(key: string): number {
  return Number(key.slice(KEY.length));
}

// ---- Taking one ---------------------------------------------------------------------------------

/** Writes down the state as of `lastApplied`; the log is compacted once that is durable. */
export function takeSnapshot(raft: Raft, ctx: Ctx): void {
  const { snapshotEvery } = raft.settings;
  raft.snapshotDueIndex = snapshotEvery === 0 ? Infinity : raft.lastApplied + snapshotEvery;
  if (raft.snapshotWriting !== null || raft.lastApplied <= (raft.snapshot?.index ?? 0)) return;
  const snapshot = snapshotOf(raft);
  try {
    writeSnapshot(raft, ctx, snapshot);
  } catch (error) {
    if (!raft.bearsFullDisk(error)) throw error;
    return ctx.note('snapshot fails', { index: snapshot.index });
  }
  ctx.note('takes a snapshot', { index: snapshot.index });
  ctx.measure('snapshots');
}

function snapshotOf(raft: Raft): Snapshot {
  const { lastApplied: index, log, bug } = raft;
  const placed = log.configurationAt(index);
  const forgets = bug === 'snapshot-loses-configuration';
  return {
    index,
    term: log.termAt(index),
    hash: raft.appliedHash,
    configuration: forgets ? raft.initial : placed.configuration,
    configurationIndex: placed.index,
    machine: raft.machine.snapshot(),
    // The bug: the state machine is all that anybody thinks of.
    sessions: bug === 'snapshot-loses-sessions' ? NO_SESSIONS : raft.sessions.snapshot(),
  };
}

/** Begins to write a snapshot. Throws StorageError `disk-full`. */
export function writeSnapshot(raft: Raft, ctx: Ctx, snapshot: Snapshot): void {
  ctx.storage.set(`${KEY}${snapshot.index}`, snapshot);
  raft.snapshotWriting = snapshot;
  ctx.storage.sync('snapshot', snapshot.index);
}

/** A snapshot is durable: what it stands for may go, from the log and from older snapshots. */
export function onSnapshotDurable(raft: Raft, ctx: Ctx, index: number): void {
  const written = raft.snapshotWriting;
  if (written === null || written.index !== index) return;
  raft.snapshotWriting = null;
  raft.snapshot = written;
  raft.snapshotText = null;
  for (const key of ctx.storage.keys()) {
    if (key.startsWith(KEY) && indexOf(key) < index) ctx.storage.delete(key);
  }
  try {
    raft.log.compactTo(compactableIndex(raft, index));
  } catch (error) {
    if (!raft.bearsFullDisk(error)) throw error;
  }
}

/**
 * How far the log may be compacted. `snapshot-keep` entries stay, for followers that are a little
 * behind. So does what follows a snapshot on its way to a follower: else the follower would need
 * the next snapshot as soon as it has installed this one, and so on while there is load.
 */
function compactableIndex(raft: Raft, snapshotIndex: number): number {
  let index = snapshotIndex - raft.settings.snapshotKeep;
  for (const { sending } of raft.followers) {
    if (sending === null || sending.patienceMs > 8 * firstPatienceMs(raft)) continue;
    if (sending.index < index) index = sending.index;
  }
  return index;
}

/** The state that a snapshot stands for, in place of whatever there was. */
export function beginAfter(raft: Raft, snapshot: Snapshot): void {
  const { index, term, hash, configuration, configurationIndex } = snapshot;
  raft.log.restartAfter(index, term, hash, { index: configurationIndex, configuration });
  restore(raft, snapshot);
}

function restore(raft: Raft, snapshot: Snapshot): void {
  raft.snapshot = snapshot;
  raft.snapshotText = null;
  raft.machine.restore(snapshot.machine);
  raft.sessions.restore(snapshot.sessions);
  raft.commitIndex = snapshot.index;
  raft.lastApplied = snapshot.index;
  raft.appliedHash = snapshot.hash;
  const { snapshotEvery } = raft.settings;
  raft.snapshotDueIndex = snapshotEvery === 0 ? Infinity : snapshot.index + snapshotEvery;
}

/**
 * At boot: goes on from the snapshot. If the crash came after a snapshot was installed and before
 * the log was dropped for it, the log is dropped now.
 */
export function resume(raft: Raft, snapshot: Snapshot): void {
  const { index, term } = snapshot;
  const isBehind = raft.log.lastIndex < index;
  const differs = index >= raft.log.baseIndex && raft.log.termAt(index) !== term;
  if (isBehind || differs) beginAfter(raft, snapshot);
  else restore(raft, snapshot);
}
