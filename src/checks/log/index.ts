/**
 * `log`: producers and consumers of partitioned logs agree on what stands where, nothing committed
 * is lost, and everybody goes through in order. The workload makes `send`, `poll`, `assign` and
 * `subscribe` as the judge documents them.
 */
import log from '../../interfaces/log.ts';
import { checkerLike, consistencyParam, partsOf } from '../findings/parts.ts';
import { defineJudge } from '../judge.ts';
import { judgeLog, type LogConsistency, logConsistencies } from './judge-log.ts';

export const judge = defineJudge({
  name: 'log',
  summary: 'Partitioned logs with offsets, producers and consumers, with or without transactions.',
  sources: ['Jepsen, Kafka test (jepsen-io/jepsen, tests/kafka.clj)'],
  operations: [
    {
      f: 'send',
      input: '[["send", key, value], ...]',
      output: '[["send", key, [offset, value]], ...]',
      doc: 'Appends values to logs. Values are unique in their log.',
    },
    {
      f: 'poll',
      input: '[["poll"], ...]',
      output: '[["poll", { key: [[offset, value], ...] }], ...]',
      doc: 'Takes what comes next in the logs that the process is assigned.',
    },
    {
      f: 'txn',
      input: 'sends and polls',
      output: 'the same with answers',
      doc: 'Sends and polls in one transaction.',
    },
    { f: 'assign', input: '[key, ...]', output: 'ignored', doc: 'These logs from now on.' },
    {
      f: 'subscribe',
      input: '[key, ...]',
      output: 'ignored',
      doc: 'Some of these logs from now on, as the system decides.',
    },
  ],
  params: {},
  consistencies: logConsistencies,
  judge: (history, _, consistency) =>
    judgeLog('log', partsOf(history), consistency as LogConsistency),
});

export default checkerLike(judge, {
  judges: [log],
  params: { consistency: consistencyParam(logConsistencies, 'strict') },
  shorthand: 'consistency',
  judge: (parts, { consistency }) => judgeLog(judge.name, parts, consistency),
});
