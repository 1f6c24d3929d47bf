/**
 * Views: after a time of quiet each member says who is up as it is.
 *
 * Membership is allowed to be late, and never to stay wrong: strong completeness and eventual
 * accuracy of a failure detector (Chandra, Toueg 1996, Unreliable Failure Detectors for Reliable
 * Distributed Systems, section 2.4), as seen by final reads.
 */
import type { Operation } from '../../sim/history.ts';
import type { NodeId, Plain } from '../../sim/node.ts';
import type { CheckResult, Facts } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, type Part } from '../findings/parts.ts';
import { count, isFields, isList } from '../findings/values.ts';
import { UpTimes } from '../metrics/parts/noted.ts';

/**
 * The last answered read of each node, if it was made once the faults were healed. A client that
 * asked nobody is a member itself, and answered from its own view.
 */
function lastReads({ operations }: Part, fromUs: number): ReadonlyMap<NodeId, Operation> {
  const last = new Map<NodeId, Operation>();
  for (const read of operations) {
    if (read.outcome !== 'ok' || read.invokedAtUs < fromUs) continue;
    last.set(read.node ?? read.client, read);
  }
  return last;
}

/** By member: whether the read calls it alive; null if the answer has another shape. */
export function aliveIn(output: Plain): ReadonlyMap<NodeId, boolean> | null {
  if (!isList(output)) return null;
  const alive = new Map<NodeId, boolean>();
  for (const row of output) {
    const member = isFields(row) ? row['member'] : null;
    if (typeof member !== 'string') return null;
    alive.set(member, isFields(row) && row['state'] === 'alive');
  }
  return alive;
}

export function judgeViews(parts: readonly Part[], checker: string, facts: Facts): CheckResult {
  const findings = new Findings(['dead-member-alive', 'live-member-missing']);
  const up = new UpTimes(facts);
  const total = { reads: 0, pairs: 0 };
  for (const part of parts) {
    for (const [node, read] of lastReads(part, facts.durationUs)) {
      const alive = aliveIn(read.output);
      if (alive === null)
        return notJudged(checker, `Nothing was judged: #${read.index} is no view.`);
      total.reads++;
      for (const member of membersOf(node, facts)) {
        if (up.hasChanged(member, read.invokedAtUs, read.completedAtUs)) continue;
        total.pairs++;
        const isUp = up.isUpAt(member, read.invokedAtUs);
        if (isUp === (alive.get(member) ?? false)) continue;
        report(findings, read, node, member, isUp);
      }
    }
  }
  return conclude({
    checker,
    findings,
    numbers: { judged: total.pairs, readCount: total.reads },
    passed: `${count(total.reads, 'final view')} had every member as it was.`,
    unknown: total.reads === 0 ? 'No view was read after the load was over.' : null,
  });
}

function report(into: Findings, read: Operation, node: NodeId, member: NodeId, isUp: boolean) {
  const name = isUp ? 'live-member-missing' : 'dead-member-alive';
  into.add(name, 1, () => ({
    sentence: isUp
      ? `${node} does not call ${member} alive in its final view #${read.index}, though it is up`
      : `${node} calls ${member} alive in its final view #${read.index}, though it is down`,
    operations: [read],
  }));
}

function membersOf(node: NodeId, { groups, loads }: Facts): readonly NodeId[] {
  const group = groups.find(({ nodes }) => nodes.includes(node))?.nodes;
  return group ?? loads.find(({ clients }) => clients.includes(node))?.clients ?? [];
}
