/**
 * Messages between nodes. They are counted over the run's duration as a whole, not moment by
 * moment.
 */
import type { History } from '../../sim/history.ts';
import { formatCount } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, Window } from '../checker.ts';
import { ofScope } from './parts/scope.ts';

const messages: Metric = {
  name: 'messages',
  summary: 'Messages sent between nodes.',
  unit: 'count',
  doc: 'No arguments. Those from and to clients are not counted. Only over the whole run.',
  accepts: () => [],
  measure(_args, windows, _history, facts) {
    if (!isWhole(windows, facts)) return onlyWhole();
    const { sent, byType } = facts.messages;
    return { value: sent, samples: sent, because: commonTypes(byType) };
  },
};

const dropped: Metric = {
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

const messagesPerOperation: Metric = {
  name: 'messages per operation',
  summary: 'Messages sent between nodes for each operation invoked.',
  unit: 'count',
  doc:
    'Arguments: operations, to divide by the number of these alone; the messages are all. ' +
    'Heartbeats and the like count. Only over the whole run.',
  accepts: ({ operations }) => operations,
  measure(args, windows, history, facts) {
    if (!isWhole(windows, facts)) return onlyWhole();
    const count = countOf(args, history, facts.durationUs);
    if (count === 0) {
      return { value: null, samples: 0, because: `no operation${ofScope(args)} was invoked` };
    }
    const { sent } = facts.messages;
    const because = `${formatCount(sent)} messages between nodes, ${formatCount(count)} operations`;
    return { value: sent / count, samples: count, because };
  },
};

/** Final reads come after the duration, as their messages do. */
function countOf(args: readonly string[], history: History, durationUs: number): number {
  let count = 0;
  for (const { f, invokedAtUs } of history) {
    if (invokedAtUs < durationUs && (args.length === 0 || args.includes(f))) count++;
  }
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

export default [messages, messagesPerOperation, dropped] satisfies readonly Metric[];
