/**
 * Convergence: when nobody writes any more, all replicas answer the same.
 *
 * Eventual consistency (Shapiro, Preguiça, Baquero, Zawirski 2011), seen through the last read of
 * each replica.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { finalReads, replicaOf } from '../findings/final-reads.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, onKey, type Part } from '../findings/parts.ts';
import { count, isList, keyOf, show, showSome, type ValueKey } from '../findings/values.ts';

export interface ConvergedOptions {
  readonly checker: string;
  /** Whether lists of the same elements in another order are different states. */
  readonly ordered: boolean;
}

export function judgeConverged(parts: readonly Part[], options: ConvergedOptions): CheckResult {
  const { checker, ordered } = options;
  if (!parts.some(({ operations }) => operations.some(({ f }) => f === 'read'))) {
    return notJudged(checker, 'Nothing was judged: there is no read.');
  }
  const findings = new Findings(['diverged']);
  const replicas = new Set<string>();
  let judged = 0;
  let alone: string | null = null;
  for (const { key, operations } of parts) {
    const finals = finalReads(operations);
    for (const name of finals.keys()) replicas.add(name);
    if (finals.size < 2) {
      const asked = finals.size === 0 ? 'No replica was' : 'Only one replica was';
      alone ??= `${asked} read${onKey(key)} after the last write had ended.`;
      continue;
    }
    judged++;
    report([...finals.values()], key, ordered, findings);
  }
  const objects = parts.length === 1 ? '' : ` on all ${judged} keys`;
  return conclude({
    checker,
    findings,
    numbers: {
      judged,
      replicaCount: replicas.size,
      objectCount: parts.length,
      divergedCount: findings.countOf('diverged'),
    },
    passed: `${count(replicas.size, 'replica')} answered the same at last${objects}.`,
    unknown: judged < parts.length ? alone : null,
  });
}

/** A replica in the most common state against the first in another. */
function report(
  finals: readonly Operation[],
  key: string | null,
  ordered: boolean,
  into: Findings,
): void {
  const states = new Map<ValueKey, Operation[]>();
  for (const read of finals) {
    const state = stateOf(read.output, ordered);
    const same = states.get(state);
    if (same === undefined) states.set(state, [read]);
    else same.push(read);
  }
  if (states.size === 1) return;
  const groups = [...states.values()].sort((a, b) => b.length - a.length);
  const [[common] = [], [other] = []] = groups;
  if (common === undefined || other === undefined) return;
  into.add('diverged', states.size, () => {
    const sentence =
      `${count(finals.length, 'replica')} ended in ${states.size} states${onKey(key)}: ` +
      `${replicaOf(common)} ${difference(common.output, other.output, ordered)} (#${common.index}), ` +
      `${replicaOf(other)} ${difference(other.output, common.output, ordered)} (#${other.index})`;
    return { sentence, operations: [common, other], key };
  });
}

function stateOf(output: Plain, ordered: boolean): ValueKey {
  if (ordered || !isList(output)) return keyOf(output);
  const elements = output.map((element) => JSON.stringify(keyOf(element)));
  return elements.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).join(' ');
}

/** Of lists only what the other has not. */
function difference(own: Plain, other: Plain, ordered: boolean): string {
  if (ordered || !isList(own) || !isList(other)) return `has ${show(own)}`;
  const known = new Set(other.map(keyOf));
  const only = own.filter((element) => !known.has(keyOf(element)));
  return only.length === 0 ? 'lacks them' : `alone has ${showSome(only, 3)}`;
}
