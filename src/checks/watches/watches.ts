/**
 * Watches, as their client sees them: between a read that set a watch on a node and the first read
 * of the same client that shows another version of it, there is an event (Hunt et al. 2010,
 * ZooKeeper, section 2.1: "if a client is watching for a change, the client will see the
 * notification event before it sees the new state of the system").
 *
 * A lost event shows as soon as the client reads again, so loads end with reads of all nodes. A
 * node that is made again and changed as often has its old version: that is not seen.
 */
import type { Operation } from '../../sim/history.ts';
import type { Plain } from '../../sim/node.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import type { Part } from '../findings/parts.ts';
import { count, isFields, isList } from '../findings/values.ts';

/** A watch that has not fired: the read that set it, and the version that it saw. */
interface Watch {
  readonly read: Operation;
  readonly version: Plain;
}

export function judgeWatches(parts: readonly Part[], checker: string): CheckResult {
  const findings = new Findings(['new-before-event']);
  const total = { watches: 0, events: 0, judged: 0 };
  for (const { operations } of parts) {
    for (const ofClient of byClientAndKey(operations)) judgeNode(ofClient, findings, total);
  }
  const { watches, events, judged } = total;
  return conclude({
    checker,
    findings,
    numbers: { judged, watchCount: watches, eventCount: events },
    passed: `${count(judged, 'read')} of watched nodes showed nothing new before its event; ${count(watches, 'watch', 'watches')}, ${count(events, 'event')}.`,
    unknown: watches === 0 ? 'Nobody set a watch.' : null,
  });
}

function judgeNode(
  operations: readonly Operation[],
  findings: Findings,
  total: { watches: number; events: number; judged: number },
): void {
  let watch: Watch | null = null;
  let toldAtUs = -1;
  for (const operation of operations) {
    if (operation.f === 'event') {
      total.events++;
      toldAtUs = operation.completedAtUs;
      watch = null;
      continue;
    }
    const version = versionIn(operation);
    if (version === undefined) continue;
    if (watch !== null && operation.invokedAtUs >= watch.read.completedAtUs) {
      total.judged++;
      if (version !== watch.version) {
        report(findings, watch, operation, version);
        watch = null;
      }
    }
    if (!setsWatch(operation)) continue;
    total.watches++;
    // An event may overtake the answer to the read that set its watch.
    watch = toldAtUs >= operation.invokedAtUs ? null : { read: operation, version };
  }
}

function report(into: Findings, { read, version }: Watch, seen: Operation, now: Plain): void {
  into.add('new-before-event', 1, () => ({
    sentence: `#${seen.index} of ${seen.client} shows ${stateText(now)}, though it watched since #${read.index}, which showed ${stateText(version)}, and no event had come`,
    operations: [read, seen],
  }));
}

function stateText(version: Plain): string {
  return version === null ? 'no node' : `version ${String(version)}`;
}

/** What each client did with each node, in the order in which it knew the answers. */
function byClientAndKey(operations: readonly Operation[]): readonly (readonly Operation[])[] {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    if (operation.outcome !== 'ok') continue;
    const name = JSON.stringify([operation.client, operation.key]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [operation]);
    else group.push(operation);
  }
  return [...groups.values()].map((group) =>
    group.sort(
      (a, b) => a.completedAtUs - b.completedAtUs || rankOf(a) - rankOf(b) || a.index - b.index,
    ),
  );
}

/** An answer that waited for an event is given at the instant at which the event comes. */
function rankOf({ f }: Operation): number {
  return f === 'event' ? 0 : 1;
}

/** The version that a read showed; null: no node. undefined: it is no read. */
function versionIn({ f, output }: Operation): Plain | undefined {
  if (f === 'get') return isList(output) ? (output[1] ?? null) : undefined;
  return f === 'exists' ? output : undefined;
}

function setsWatch({ input }: Operation): boolean {
  return isFields(input) && input['watch'] === true;
}
