/**
 * The verdict on partitioned logs: everything that is wrong with them, and which of it is
 * tolerated.
 *
 * After Jepsen's Kafka test (jepsen-io/jepsen, tests/kafka.clj), whose documentation says which
 * errors are usual in Kafka's model of transactions: their writes interleave.
 */
import { usToMs } from '../../sim/units.ts';
import type { CheckResult } from '../checker.ts';
import { conclude, Findings } from '../findings/findings.ts';
import { notJudged, type Part, strangerAmong } from '../findings/parts.ts';
import { count, show } from '../findings/values.ts';
import {
  abortedReads,
  duplicates,
  inconsistentOffsets,
  lostWrites,
  precommittedReads,
} from './contents.ts';
import { cycles } from './cycles.ts';
import { followUnseen, realtimeLags } from './freshness.ts';
import { type LogError, logErrors } from './log-error.ts';
import { type LogHistory, logHistoryOf, logOperationOf } from './log-history.ts';
import { internalOrder, pollOrder, sendOrder } from './order.ts';

/** What an operation on logs may be called; the last ones say nothing of them. */
const KNOWN = ['send', 'poll', 'txn', 'assign', 'subscribe', 'crash', 'debug-topic-partitions'];

/**
 * - `strict`: whatever is wrong is wrong.
 * - `strict-realtime`: and cycles with real time too, such as a poll of what is sent later.
 * - `kafka`: transactions interleave: `int-send-skip`, `G0`, and `G1c` by the order of sends are
 *   usual.
 * - `kafka-subscribed`: and consumers are rebalanced: `poll-skip` and `nonmonotonic-poll` are too.
 */
export const logConsistencies = ['strict', 'strict-realtime', 'kafka', 'kafka-subscribed'] as const;
export type LogConsistency = (typeof logConsistencies)[number];

const INTERLEAVING = ['int-send-skip', 'G0', 'G0-realtime'];
const REBALANCING = ['poll-skip', 'nonmonotonic-poll'];

function toleratedUnder(consistency: LogConsistency): ReadonlySet<string> {
  if (consistency === 'kafka') return new Set(INTERLEAVING);
  return new Set(consistency === 'kafka-subscribed' ? [...INTERLEAVING, ...REBALANCING] : []);
}

/** All errors, in no particular order. */
export function* errorsOf(history: LogHistory, consistency: LogConsistency): Generator<LogError> {
  yield* inconsistentOffsets(history);
  yield* duplicates(history);
  yield* abortedReads(history);
  yield* precommittedReads(history);
  yield* lostWrites(history);
  yield* pollOrder(history);
  yield* sendOrder(history);
  yield* internalOrder(history);
  yield* cycles(history, {
    ww: !consistency.startsWith('kafka'),
    realtime: consistency === 'strict-realtime',
  });
}

export function judgeLog(
  checker: string,
  parts: readonly Part[],
  consistency: LogConsistency,
): CheckResult {
  const stranger = strangerAmong(parts, KNOWN);
  if (stranger !== null) return notJudged(checker, stranger);
  const findings = new Findings([...logErrors.keys()]);
  const tolerated = toleratedUnder(consistency);
  const usual = new Map<string, number>();
  const total = { sends: 0, polls: 0, messages: 0, unseen: 0, mostUnseen: 0, worstLagUs: 0 };
  for (const { key, operations } of parts) {
    const odd = operations.find((operation) => logOperationOf(operation) === null);
    if (odd !== undefined) {
      const { index, input, output } = odd;
      const what = `#${index} is ${show(output ?? input)}`;
      return notJudged(checker, `Nothing was judged: ${what}, no list of sends and polls.`);
    }
    const history = logHistoryOf(operations);
    for (const error of errorsOf(history, consistency)) {
      if (tolerated.has(error.name)) usual.set(error.name, (usual.get(error.name) ?? 0) + 1);
      else report(error, key, findings);
    }
    measure(history, total);
  }
  return conclude({
    checker,
    findings,
    numbers: {
      judged: total.polls,
      sendCount: total.sends,
      pollCount: total.polls,
      messageCount: total.messages,
      unseenCount: total.unseen,
      mostUnseen: total.mostUnseen,
      worstRealtimeLagMs: usToMs(total.worstLagUs),
    },
    passed: `${count(total.messages, 'message')} in the logs and ${count(total.polls, 'poll')} agree${toleratedNote(usual)}.`,
    unknown: total.sends + total.polls === 0 ? 'Nothing was sent and nothing polled.' : null,
    next: nextOf(total.unseen, findings),
  });
}

function report(error: LogError, key: string | null, into: Findings): void {
  const operations = error.operations.map(({ operation }) => operation);
  into.add(error.name, operations.length, () => ({
    sentence: error.sentence(),
    operations,
    key: key ?? error.key,
    ...(error.edges === undefined ? {} : { edges: error.edges }),
  }));
}

function measure(
  history: LogHistory,
  total: {
    sends: number;
    polls: number;
    messages: number;
    unseen: number;
    mostUnseen: number;
    worstLagUs: number;
  },
): void {
  for (const { operation, sends, polls } of history.operations) {
    if (operation.outcome !== 'ok') continue;
    if (sends.size > 0) total.sends++;
    if (polls.size > 0) total.polls++;
  }
  for (const { places } of history.logs.values()) total.messages += places.length;
  let unseen = 0;
  followUnseen(history, (_operation, _counts, waiting) => {
    unseen = waiting;
    total.mostUnseen = Math.max(total.mostUnseen, unseen);
  });
  total.unseen += unseen;
  for (const { lagUs } of realtimeLags(history)) {
    total.worstLagUs = Math.max(total.worstLagUs, lagUs);
  }
}

function toleratedNote(usual: ReadonlyMap<string, number>): string {
  const told = Array.from(usual, ([name, times]) => `${name} ${times}`);
  return told.length === 0 ? '' : ` (tolerated: ${told.join(', ')})`;
}

function nextOf(unseen: number, findings: Findings): readonly string[] {
  const next: string[] = [];
  if (unseen > 0) {
    next.push(
      `${count(unseen, 'acknowledged message')} nobody polled by the end: poll until nothing comes, so that a loss can be told from a delay.`,
    );
  }
  if (INTERLEAVING.some((name) => findings.countOf(name) > 0)) {
    next.push("Kafka's transactions interleave: --consistency kafka tolerates that.");
  }
  if (REBALANCING.some((name) => findings.countOf(name) > 0)) {
    next.push(
      'Subscribed consumers are rebalanced: --consistency kafka-subscribed tolerates that.',
    );
  }
  return next;
}
