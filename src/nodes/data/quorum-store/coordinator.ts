/**
 * Coordinating an operation: ask all n copies, answer when enough of them have.
 *
 * A write that does not get enough acknowledgements is not undone. Some copies may have it, and it
 * may show later: the answer is `timeout`, which says nothing. Only when too few copies are known
 * to be up is it refused for good, before anything is sent.
 */
import type { NodeId } from '../../../sim/node.ts';
import { NOTHING_WRITTEN, type SiblingSet, sameSet } from '../../parts/sibling-set.ts';
import { storeHint } from './handoff.ts';
import { type Around, isMet, type Need, needOf, widened } from './levels.ts';
import type { Fetched, Stored } from './messages.ts';
import type { Ctx, QuorumStore } from './quorum-store.ts';
import { asked, targetsOf } from './targets.ts';

/** How an operation ended: enough copies, too few known to be up, or not enough in time. */
export type End = 'met' | 'refused' | 'timeout';

interface WriteOp {
  readonly kind: 'write';
  readonly key: string;
  readonly set: SiblingSet;
  readonly need: Need;
  readonly around: Around;
  readonly targets: readonly NodeId[];
  readonly acked: Set<NodeId>;
  /** Null once it is answered. */
  done: ((end: End) => void) | null;
  /** Whether copies that stay silent get a hint. */
  readonly isRepair: boolean;
}

interface ReadOp {
  readonly kind: 'read';
  readonly key: string;
  readonly need: Need;
  readonly around: Around;
  readonly targets: readonly NodeId[];
  readonly answers: Map<NodeId, SiblingSet>;
  done: ((end: End, set: SiblingSet) => void) | null;
}

export type Op = WriteOp | ReadOp;

function aroundOf(store: QuorumStore, replicas: readonly NodeId[]): Around {
  const { place } = store;
  return { replicas, here: place.region, regionOf: (node) => place.regionOf(node) };
}

/** The nodes for which a write needs one acknowledgement more while the ring changes. */
function extraOf(store: QuorumStore, key: string): readonly NodeId[] {
  if (store.bug === 'no-extra-ack') return [];
  const replicas = store.replicasOf(key);
  return store.writersOf(key).filter((node) => !replicas.includes(node));
}

// --- Writes ------------------------------------------------------------------------------------

export interface WriteSpec {
  readonly key: string;
  /** What a request's level needs, or what r and w do. */
  readonly needFor: (around: Around) => Need;
  /** Makes what is to be stored; called once, when enough copies are known to be up. */
  readonly make: () => SiblingSet;
}

export function write(
  store: QuorumStore,
  ctx: Ctx,
  { key, needFor, make }: WriteSpec,
  done: (end: End) => void,
): void {
  const targets = targetsOf(store, key, store.writersOf(key));
  const around = aroundOf(store, targets.replicas);
  const need = widened(
    needFor(aroundOf(store, store.replicasOf(key))),
    extraOf(store, key),
    around,
  );
  const reachable = new Set(asked(targets));
  const hinted = need.hintsCount || store.bug === 'hint-counts-as-ack';
  const hints = hinted && store.settings.hints ? [...targets.standIns.keys()] : [];
  if (!isMet(need, new Set([...reachable, ...hints]), around)) return done('refused');
  const set = make();
  const acked = new Set<NodeId>();
  const op: WriteOp = {
    kind: 'write',
    key,
    set,
    need,
    around,
    targets: targets.live,
    acked,
    done,
    isRepair: false,
  };
  const number = open(store, ctx, op);
  for (const node of targets.live) sendStore(store, ctx, number, node, null, op);
  for (const [silent, standIn] of targets.standIns) {
    if (standIn !== null) {
      ctx.measure('stand-ins');
      sendStore(store, ctx, number, standIn, silent, op);
    } else if (storeHint(store, ctx, silent, key, set) && hinted) acked.add(silent);
  }
  settleWrite(store, ctx, number, op);
}

function sendStore(
  store: QuorumStore,
  ctx: Ctx,
  number: number,
  node: NodeId,
  hintFor: NodeId | null,
  { key, set }: WriteOp,
): void {
  if (node !== ctx.self) return ctx.send(node, { type: 'store', op: number, key, set, hintFor });
  if (hintFor !== null) storeHint(store, ctx, hintFor, key, set);
  else store.replica.merge(key, set);
  ctx.storage.sync('own-disk', number);
}

/** Its own copy is durable. */
export function onOwnDisk(store: QuorumStore, ctx: Ctx, number: number): void {
  acknowledge(store, ctx, number, ctx.self);
}

export function onStored(store: QuorumStore, ctx: Ctx, from: NodeId, { op }: Stored): void {
  acknowledge(store, ctx, op, from);
}

function acknowledge(store: QuorumStore, ctx: Ctx, number: number, node: NodeId): void {
  const op = store.ops.get(number);
  if (op?.kind !== 'write') return;
  op.acked.add(node);
  settleWrite(store, ctx, number, op);
}

function settleWrite(store: QuorumStore, ctx: Ctx, number: number, op: WriteOp): void {
  if (op.done !== null && isMet(op.need, op.acked, op.around)) {
    const { done } = op;
    op.done = null;
    done('met');
  }
  if (op.done === null && op.targets.every((node) => op.acked.has(node))) {
    close(store, ctx, number);
  }
}

// --- Reads -------------------------------------------------------------------------------------

export function read(
  store: QuorumStore,
  ctx: Ctx,
  key: string,
  needFor: (around: Around) => Need,
  done: (end: End, set: SiblingSet) => void,
): void {
  const targets = targetsOf(store, key);
  const around = aroundOf(store, targets.replicas);
  const need = needFor(around);
  const nodes = asked(targets);
  if (!isMet(need, new Set(nodes), around)) return done('refused', NOTHING_WRITTEN);
  const op: ReadOp = {
    kind: 'read',
    key,
    need,
    around,
    targets: nodes,
    answers: new Map(),
    done,
  };
  const number = open(store, ctx, op);
  for (const node of nodes) {
    if (node !== ctx.self) ctx.sendNow(node, { type: 'fetch', op: number, key });
  }
  if (nodes.includes(ctx.self)) collect(store, ctx, number, ctx.self, store.replica.held(key));
}

export function onFetched(store: QuorumStore, ctx: Ctx, from: NodeId, m: Fetched): void {
  collect(store, ctx, m.op, from, m.set);
}

function collect(
  store: QuorumStore,
  ctx: Ctx,
  number: number,
  from: NodeId,
  set: SiblingSet,
): void {
  const op = store.ops.get(number);
  if (op?.kind !== 'read') return;
  op.answers.set(from, set);
  const { done } = op;
  if (done !== null && isMet(op.need, new Set(op.answers.keys()), op.around)) {
    op.done = null;
    finishRead(store, ctx, op, done);
  }
  if (op.answers.size === op.targets.length) {
    close(store, ctx, number);
    repairAll(store, ctx, op);
  }
}

function mergedOf(store: QuorumStore, op: ReadOp): SiblingSet {
  return [...op.answers.values()].reduce(
    (merged, set) => store.scheme.merge(merged, set),
    NOTHING_WRITTEN,
  );
}

/** The copies that answered and lack something of what was found. */
function behind(op: ReadOp, merged: SiblingSet): readonly NodeId[] {
  const { replicas } = op.around;
  return [...op.answers].flatMap(([node, set]) =>
    replicas.includes(node) && !sameSet(set, merged) ? [node] : [],
  );
}

function finishRead(
  store: QuorumStore,
  ctx: Ctx,
  op: ReadOp,
  done: (end: End, set: SiblingSet) => void,
): void {
  const merged = mergedOf(store, op);
  const { bug, settings } = store;
  if (settings['read-repair'] !== 'blocking' || bug === 'repair-after-answer') {
    return done('met', merged);
  }
  repairFirst(store, ctx, op, merged, done);
}

/**
 * Blocking repair: before a value is answered it is on enough copies that every later read meets
 * one of them (the second phase of a read in Attiya, Bar-Noy & Dolev 1995, "Sharing Memory Robustly
 * in Message-Passing Systems").
 */
function repairFirst(
  store: QuorumStore,
  ctx: Ctx,
  { key, answers, need }: ReadOp,
  merged: SiblingSet,
  done: (end: End, set: SiblingSet) => void,
): void {
  const { n, w } = store.settings;
  const holders = [...answers].flatMap(([node, set]) => (sameSet(set, merged) ? [node] : []));
  const wide = aroundOf(store, store.writersOf(key));
  const least = needOf(Math.min(n - need.total + 1, Math.max(w, need.total)), 0);
  const wanted = widened(least, extraOf(store, key), wide);
  const op: WriteOp = {
    kind: 'write',
    key,
    set: merged,
    need: wanted,
    around: wide,
    targets: wide.replicas.filter(
      (node) => store.liveness.isAlive(node) && !holders.includes(node),
    ),
    acked: new Set(holders),
    done: (end) => done(end, merged),
    isRepair: true,
  };
  const number = open(store, ctx, op);
  if (!isMet(wanted, op.acked, wide)) {
    for (const node of op.targets) {
      ctx.measure('repairs');
      sendStore(store, ctx, number, node, null, op);
    }
  }
  settleWrite(store, ctx, number, op);
}

/** All have answered, or their time is over: late answers repair too. Nobody waits for it. */
function repairAll(store: QuorumStore, ctx: Ctx, op: ReadOp): void {
  if (store.settings['read-repair'] === 'none' || op.answers.size < 2) return;
  const merged = mergedOf(store, op);
  for (const node of behind(op, merged)) {
    ctx.measure('repairs');
    if (node === ctx.self) store.replica.merge(op.key, merged);
    else ctx.send(node, { type: 'store', op: 0, key: op.key, set: merged, hintFor: null });
  }
}

// --- Opening and closing -----------------------------------------------------------------------

function open(store: QuorumStore, ctx: Ctx, op: Op): number {
  const number = store.nextOp();
  store.ops.set(number, op);
  ctx.setTimer('time-up', store.settings.timeout, number);
  return number;
}

function close(store: QuorumStore, ctx: Ctx, number: number): void {
  store.ops.delete(number);
  ctx.cancelTimer('time-up', number);
}

/** Whoever has not answered by now is left out; a write leaves a hint for it. */
export function onTimeUp(store: QuorumStore, ctx: Ctx, number: number): void {
  const op = store.ops.get(number);
  if (op === undefined) return;
  store.ops.delete(number);
  if (op.kind === 'read') {
    op.done?.('timeout', NOTHING_WRITTEN);
    return repairAll(store, ctx, op);
  }
  if (!op.isRepair) {
    for (const node of op.targets) {
      if (!op.acked.has(node) && node !== ctx.self) storeHint(store, ctx, node, op.key, op.set);
    }
  }
  op.done?.('timeout');
}
