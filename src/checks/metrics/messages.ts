/** Messages between nodes. They are counted over the whole run, settle and verify included, and not by time. */
import type { History } from '../../sim/history.ts';
import { formatCount } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import { ofScope } from './scope.ts';

export const messages: Metric = {
  name: 'messages',
  summary: 'Messages sent between nodes in the whole run.',
  unit: 'count',
  doc: 'No arguments. Those from and to clients are not counted. Only over the whole run.',
  accepts: () => [],
  measure(_args, windows, _history, facts) {
    if (!isWhole(windows, facts)) return onlyWhole();
    const { sent, byType } = facts.messages;
    return { value: sent, samples: sent, because: commonTypes(byType) };
  },
};

export const dropped: Metric = {
  name: 'dropped',
  summary: 'Messages between nodes that were lost, cut off, or found their node down.',
  unit: 'count',
  doc: 'No arguments. Those from and to clients are not counted. Only over the whole run.',
  accepts: () => [],
  measure(_args, windows, _history, facts) {
    if (!isWhole(windows, facts)) return onlyWhole();
    const { sent, dropped } = facts.messages;
    if (sent === 0) return { value: null, samples: 0, because: 'no node sent a message' };
    const because = `${formatCount(dropped)} of ${formatCount(sent)} messages dropped`;
    return { value: dropped, samples: sent, because };
  },
};

export const messagesPerOperation: Metric = {
  name: 'messages per operation',
  summary: 'Messages sent between nodes for each operation invoked.',
  unit: 'count',
  doc:
    'Arguments: operations, to divide by the number of these alone; the messages are all. Heartbeats and the like ' +
    'count. Only over the whole run, final reads included.',
  accepts: ({ operations }) => operations,
  measure(args, windows, history, facts) {
    if (!isWhole(windows, facts)) return onlyWhole();
    const count = countOf(args, history);
    if (count === 0) {
      return { value: null, samples: 0, because: `no operation${ofScope(args)} was invoked` };
    }
    const { sent } = facts.messages;
    const because = `${formatCount(sent)} messages between nodes, ${formatCount(count)} operations`;
    return { value: sent / count, samples: count, because };
  },
};

function countOf(args: readonly string[], history: History): number {
  if (args.length === 0) return history.length;
  let count = 0;
  for (const { f } of history) if (args.includes(f)) count++;
  return count;
}

function isWhole(windows: readonly Window[], facts: Facts): boolean {
  const [window] = windows;
  return window !== undefined && window.fromUs <= 0 && window.untilUs >= facts.durationUs;
}

function onlyWhole(): Measurement {
  const because = 'messages are counted over the whole run only: leave the window out';
  return { value: null, samples: 0, because };
}

const TYPES_LISTED = 3;

function commonTypes(byType: ReadonlyMap<string, number>): string {
  if (byType.size === 0) return 'no node sent a message';
  const rows = [...byType].sort(([a, i], [b, j]) => j - i || (a < b ? -1 : 1));
  const listed = rows.slice(0, TYPES_LISTED).map(([type, n]) => `${type} ${formatCount(n)}`);
  return `most of them: ${listed.join(', ')}`;
}
