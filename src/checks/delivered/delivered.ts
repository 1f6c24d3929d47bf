/**
 * Broadcast: what was acknowledged, or seen by anybody, is at last known to every node, and nobody
 * knows anything that was not broadcast.
 *
 * The latencies are those of `set-full`, by which Maelstrom (jepsen-io/maelstrom, workload
 * broadcast) judges the same workload; that every single node knows it at last is asked here
 * besides.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { type CertainWrite, certainWrites, earliestOf } from '../findings/certain-writes.ts';
import { finalReads, replicaOf } from '../findings/final-reads.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part, strangerAmong } from '../findings/parts.ts';
import { latencyNumbers } from '../findings/quantiles.ts';
import { count, elementsOf, keyOf, show, showSome, type ValueKey } from '../findings/values.ts';
import { type SetFull, setFull } from '../set-full/set-full.ts';

export interface DeliveredOptions {
  readonly checker: string;
  /** Nodes that are down at the end: nothing is expected of them. */
  readonly down?: ReadonlySet<string>;
}

const broadcastBy = ({ f, input }: Operation) => (f === 'broadcast' ? input : undefined);

export function judgeDelivered(parts: readonly Part[], options: DeliveredOptions): CheckResult {
  const { checker, down = new Set() } = options;
  const stranger = strangerAmong(parts, ['broadcast', 'read']);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings(['missing', 'from-nowhere', 'refused', 'duplicated']);
  const total = { attempts: 0, certain: 0, acknowledged: 0, finals: 0, partly: 0 };
  const latenciesUs: number[] = [];
  let unknown: string | null = null;
  for (const part of parts) {
    const set = setFull(part, 'broadcast');
    if (set.unreadable !== null) {
      const { index, output } = set.unreadable;
      return notJudged(checker, `Nothing was judged: #${index} read ${show(output)}, no list.`);
    }
    const finals = finalReads(part.operations);
    const certain = earliestOf(certainWrites(part.operations, broadcastBy));
    total.attempts += set.fates.length;
    total.certain += certain.size;
    for (const { write } of certain.values()) if (write.outcome === 'ok') total.acknowledged++;
    total.finals += finals.size;
    total.partly += reportMissing(set, certain, [...finals.values()], part.key, findings);
    reportStrange(set, part, findings);
    for (const { outcome, latencyUs } of set.fates) {
      if (outcome === 'stable') latenciesUs.push(latencyUs);
    }
    unknown ??= whyUnknown(part, finals, down);
  }
  return conclude({
    checker,
    findings,
    numbers: {
      judged: total.certain,
      broadcastCount: total.attempts,
      acknowledgedCount: total.acknowledged,
      nodeCount: total.finals,
      partlyDelivered: total.partly,
      ...latencyNumbers('latency', latenciesUs),
    },
    passed: `All ${count(total.certain, 'broadcast')} that were acknowledged or seen are in the final read of each of ${count(total.finals, 'node')}.`,
    unknown,
  });
}

/** Why a part that looks right is not proven: a node that was asked and has no final read. */
function whyUnknown(
  { key, operations }: Part,
  finals: ReadonlyMap<string, Operation>,
  down: ReadonlySet<string>,
): string | null {
  if (finals.size === 0) return `No node was read${onKey(key)} after the last broadcast had ended.`;
  for (const operation of operations) {
    const { node, outcome } = operation;
    if (outcome !== 'ok' || node === null || finals.has(replicaOf(operation))) continue;
    if (!down.has(node))
      return `${node} was not read${onKey(key)} after the last broadcast had ended.`;
  }
  return null;
}

/** Returns how many broadcasts some nodes know at last and others do not. */
function reportMissing(
  set: SetFull,
  certain: ReadonlyMap<ValueKey, CertainWrite>,
  finals: readonly Operation[],
  key: string | null,
  into: Findings,
): number {
  const known = new Map<ValueKey, number>();
  for (const read of finals) {
    const elements = new Set((elementsOf(read.output) ?? []).map(keyOf));
    for (const element of elements) known.set(element, (known.get(element) ?? 0) + 1);
    const missing: CertainWrite[] = [];
    for (const [element, broadcast] of certain) {
      // What is first seen in another final read may be on its way to this one.
      const isDue = broadcast.write.outcome === 'ok' || broadcast.byUs < read.invokedAtUs;
      if (isDue && !elements.has(element)) missing.push(broadcast);
    }
    for (const broadcast of missing) {
      into.add('missing', missing.length, () => missingFrom(read, broadcast, missing, key));
    }
  }
  let partly = 0;
  for (const { element } of set.fates) {
    const nodes = known.get(keyOf(element)) ?? 0;
    if (nodes > 0 && nodes < finals.length) partly++;
  }
  return partly;
}

function missingFrom(
  read: Operation,
  { write: broadcast, how }: CertainWrite,
  missing: readonly CertainWrite[],
  key: string | null,
) {
  const values: readonly Plain[] = missing.map(({ value }) => value);
  const all = values.length === 1 ? '' : ` (missing there: ${showSome(values)})`;
  const sentence =
    `#${broadcast.index} broadcast ${show(broadcast.input)}${onKey(key)}, ` +
    `${broadcast.outcome === 'ok' ? `${how} by ${replicaOf(broadcast)}` : how}, but ${replicaOf(read)} does not know it in its final read #${read.index}${all}`;
  return { sentence, operations: [broadcast, read], key };
}

function reportStrange(set: SetFull, { key, operations }: Part, into: Findings): void {
  for (const { read, element } of set.unexpected) {
    into.add('from-nowhere', 1, () => ({
      sentence: `${replicaOf(read)} knew ${show(element)}${onKey(key)} in #${read.index}, which nobody had broadcast by then`,
      operations: [read],
      key,
    }));
  }
  for (const { read, element } of set.duplicated) {
    into.add('duplicated', 1, () => ({
      sentence: `${replicaOf(read)} shows ${show(element)}${onKey(key)} twice in #${read.index}`,
      operations: [read],
      key,
    }));
  }
  const possible = new Set<ValueKey>();
  for (const { f, outcome, input } of operations) {
    if (f === 'broadcast' && outcome !== 'fail') possible.add(keyOf(input));
  }
  for (const { element, add, lastPresent } of set.fates) {
    if (lastPresent === null || possible.has(keyOf(element))) continue;
    into.add('refused', 2, () => ({
      sentence: `#${add.index}, the broadcast of ${show(element)}${onKey(key)}, failed, but ${replicaOf(lastPresent)} knew it in #${lastPresent.index}`,
      operations: [add, lastPresent],
      key,
    }));
  }
}
