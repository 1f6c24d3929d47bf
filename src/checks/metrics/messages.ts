/** Messages between nodes: how many, of which types, how many bytes, and how many were lost. */
import type { History } from '../../sim/history.ts';
import { formatCount, formatMomentUs } from '../../sim/units.ts';
import type { Facts, Measurement, MessageRows, Metric, Window } from '../checker.ts';
import { ofScope } from './parts/scope.ts';
import { disjoint, firstAt, WindowCursor } from './parts/windows.ts';

const TYPES_DOC =
  'Arguments: types of messages, as the trace shows them. Those from and to clients are not ' +
  'counted. A message belongs to the window in which it was sent.';

/** Messages of some types in some windows. */
interface Counted {
  /** Those of the wanted types. */
  readonly count: number;
  readonly bytes: number;
  /** All, whatever their type. */
  readonly all: number;
  readonly byType: ReadonlyMap<string, number>;
}

type Unknown = Measurement & { readonly isUnknown: true };

const messages: Metric = {
  name: 'messages',
  summary: 'Messages sent between nodes.',
  unit: 'count',
  doc: TYPES_DOC,
  reads: 'times',
  acceptsAny: true,
  accepts: () => [],
  measure(args, windows, _history, facts) {
    const sent = sentIn(args, windows, facts);
    if ('isUnknown' in sent) return sent;
    if (isIdle(sent, args, facts)) return nothingSent(args, sent);
    return { value: sent.count, samples: sent.all, because: becauseOf(args, sent) };
  },
};

const bytes: Metric = {
  name: 'bytes',
  summary: 'Bytes of the messages sent between nodes.',
  unit: 'bytes',
  doc: `${TYPES_DOC} A message has 64 bytes, and those of its field \`bytes\` or of its text.`,
  reads: 'bytes',
  acceptsAny: true,
  accepts: () => [],
  measure(args, windows, _history, facts) {
    const sent = rowsIn(args, windows, facts, 'sent');
    if ('isUnknown' in sent) return sent;
    if (isIdle(sent, args, facts)) return nothingSent(args, sent);
    const because = `${formatCount(sent.count)} messages, ${becauseOf(args, sent)}`;
    return { value: sent.bytes, samples: sent.all, because };
  },
};

const dropped: Metric = {
  name: 'dropped',
  summary: 'Messages between nodes that were lost, cut off, or found their node down.',
  unit: 'count',
  doc: `${TYPES_DOC} Copies that the network made are dropped one by one; a loss belongs to the window in which it was found out.`,
  reads: 'times',
  acceptsAny: true,
  accepts: () => [],
  measure(args, windows, _history, facts) {
    const sent = sentIn(args, windows, facts);
    if ('isUnknown' in sent) return sent;
    const lost = droppedIn(args, windows, facts);
    if ('isUnknown' in lost) return lost;
    if (lost.count === 0 && isIdle(sent, args, facts)) return nothingSent(args, sent);
    const because = ofDropped(lost.count, sent.count, facts.messages.copies);
    return { value: lost.count, samples: Math.max(sent.all, lost.count), because };
  },
};

const messagesPerOperation = perOperation({
  name: 'messages per operation',
  summary: 'Messages sent between nodes for each operation invoked.',
  unit: 'count',
  reads: 'times',
  sum: (windows, facts) => sentIn([], windows, facts),
  of: ({ count }) => count,
  what: ({ count }) => `${formatCount(count)} messages between nodes`,
});

const bytesPerOperation = perOperation({
  name: 'bytes per operation',
  summary: 'Bytes sent between nodes for each operation invoked.',
  unit: 'bytes',
  reads: 'bytes',
  sum: (windows, facts) => rowsIn([], windows, facts, 'sent'),
  of: ({ bytes }) => bytes,
  what: ({ bytes }) => `${formatCount(bytes)} bytes between nodes`,
});

const messagesPerNode = perNode({
  name: 'messages per node and second',
  summary: 'Messages sent between nodes, for each node and second.',
  unit: 'count',
  reads: 'times',
  sum: sentIn,
  of: ({ count }) => count,
  what: ({ count }) => `${formatCount(count)} messages`,
});

const bytesPerNode = perNode({
  name: 'bytes per node and second',
  summary: 'Bytes sent between nodes, for each node and second.',
  unit: 'bytes',
  reads: 'bytes',
  sum: (args, windows, facts) => rowsIn(args, windows, facts, 'sent'),
  of: ({ bytes }) => bytes,
  what: ({ bytes }) => `${formatCount(bytes)} bytes`,
});

interface PerNode extends Pick<Metric, 'name' | 'summary' | 'unit' | 'reads'> {
  sum(args: readonly string[], windows: readonly Window[], facts: Facts): Counted | Unknown;
  of(counted: Counted): number;
  what(counted: Counted): string;
}

/** What a protocol costs a member, whatever the clients ask. */
function perNode({ sum, of, what, ...head }: PerNode): Metric {
  return {
    ...head,
    doc: `${TYPES_DOC} All nodes of all groups count, those that are down too.`,
    acceptsAny: true,
    accepts: () => [],
    measure(args, windows, _history, facts) {
      const sent = sum(args, windows, facts);
      if ('isUnknown' in sent) return sent;
      if (isIdle(sent, args, facts)) return nothingSent(args, sent);
      const nodes = facts.groups.reduce((all, group) => all + group.nodes.length, 0);
      const us = disjoint(windows).reduce((all, one) => {
        return all + Math.min(one.untilUs, facts.durationUs) - one.fromUs;
      }, 0);
      const because = `${what(sent)}, ${formatCount(nodes)} nodes in ${formatMomentUs(us)}`;
      return { value: of(sent) / nodes / (us / 1_000_000), samples: sent.all, because };
    },
  };
}

interface PerOperation extends Pick<Metric, 'name' | 'summary' | 'unit' | 'reads'> {
  sum(windows: readonly Window[], facts: Facts): Counted | Unknown;
  of(counted: Counted): number;
  what(counted: Counted): string;
}

function perOperation({ sum, of, what, ...head }: PerOperation): Metric {
  return {
    ...head,
    doc:
      'Arguments: operations, to divide by the number of these alone; the messages are all. ' +
      'Heartbeats and the like count. Of operations invoked in the window.',
    accepts: ({ operations }) => operations,
    measure(args, windows, history, facts) {
      const count = countOf(args, windows, history);
      if (count === 0) {
        return { value: null, samples: 0, because: `no operation${ofScope(args)} was invoked` };
      }
      const sent = sum(windows, facts);
      if ('isUnknown' in sent) return sent;
      const because = `${what(sent)}, ${formatCount(count)} operations`;
      return { value: of(sent) / count, samples: count, because };
    },
  };
}

/** Final reads come after the duration, as their messages do. */
function countOf(args: readonly string[], windows: readonly Window[], history: History): number {
  const cursor = new WindowCursor(disjoint(windows));
  let count = 0;
  for (const { f, invokedAtUs } of history) {
    if (cursor.find(invokedAtUs) !== -1 && (args.length === 0 || args.includes(f))) count++;
  }
  return count;
}

// --- Counting ----------------------------------------------------------------------------------

/** Over the whole run by the counts that every run keeps. */
function sentIn(
  args: readonly string[],
  windows: readonly Window[],
  facts: Facts,
): Counted | Unknown {
  if (!isWhole(windows, facts)) return rowsIn(args, windows, facts, 'sent');
  const { sent, byType } = facts.messages;
  if (args.length === 0) return { count: sent, bytes: 0, all: sent, byType };
  const count = args.reduce((sum, type) => sum + (byType.get(type) ?? 0), 0);
  return { count, bytes: 0, all: sent, byType };
}

function droppedIn(
  args: readonly string[],
  windows: readonly Window[],
  facts: Facts,
): Counted | Unknown {
  if (args.length > 0 || !isWhole(windows, facts)) return rowsIn(args, windows, facts, 'dropped');
  const { dropped: count } = facts.messages;
  return { count, bytes: 0, all: count, byType: new Map() };
}

function isWhole(windows: readonly Window[], facts: Facts): boolean {
  const [window] = windows;
  return window !== undefined && window.fromUs <= 0 && window.untilUs >= facts.durationUs;
}

function rowsIn(
  args: readonly string[],
  given: readonly Window[],
  { traffic }: Facts,
  which: 'sent' | 'dropped',
): Counted | Unknown {
  if (traffic === null) return unknown('this run kept no times of messages');
  const windows = disjoint(given);
  const rows = traffic[which];
  if (rows.fullAtUs < (windows[windows.length - 1]?.untilUs ?? 0)) {
    return unknown(
      `${formatCount(rows.lost)} messages found no room from ${formatMomentUs(rows.fullAtUs)} on`,
    );
  }
  return count(rows, traffic.types, args, windows);
}

function count(
  rows: MessageRows,
  types: readonly string[],
  args: readonly string[],
  windows: readonly Window[],
): Counted {
  const wanted = types.map((type) => args.length === 0 || args.includes(type));
  const counts = new Float64Array(types.length);
  let found = 0;
  let bytes = 0;
  let all = 0;
  for (const { fromUs, untilUs } of windows) {
    const end = firstAt(rows, untilUs);
    for (let i = firstAt(rows, fromUs); i < end; i++) {
      const type = rows.types[i]!;
      counts[type]!++;
      all++;
      if (wanted[type] !== true) continue;
      found++;
      bytes += rows.bytes?.[i] ?? 0;
    }
  }
  const byType = new Map<string, number>();
  types.forEach((type, i) => {
    if (counts[i]! > 0) byType.set(type, counts[i]!);
  });
  return { count: found, bytes, all, byType };
}

// --- Sentences ---------------------------------------------------------------------------------

/** Nothing in the windows, or nothing of these types in the whole run: nothing was shown. */
function isIdle({ all, count: found }: Counted, args: readonly string[], facts: Facts): boolean {
  if (all === 0) return true;
  return found === 0 && !args.some((type) => facts.messages.byType.has(type));
}

function nothingSent(args: readonly string[], { all, byType }: Counted): Measurement {
  const because =
    all === 0
      ? 'no node sent a message'
      : `no node sent a message of type ${args.join(' or ')}; ${commonTypes(byType)}`;
  return { value: null, samples: 0, because };
}

function unknown(because: string): Unknown {
  return { value: null, samples: 0, because, isUnknown: true };
}

function becauseOf(args: readonly string[], { all, byType }: Counted): string {
  return args.length === 0 ? commonTypes(byType) : `of ${formatCount(all)} messages`;
}

/** The network may have made copies, and lost these too. */
function ofDropped(lost: number, sent: number, copies: number): string {
  if (copies === 0) return `${formatCount(lost)} of ${formatCount(sent)} messages dropped`;
  return `${formatCount(lost)} dropped of ${formatCount(sent)} messages and of copies that the network made`;
}

const TYPES_LISTED = 3;

function commonTypes(byType: ReadonlyMap<string, number>): string {
  const rows = [...byType].sort(([a, i], [b, j]) => j - i || (a < b ? -1 : 1));
  const listed = rows.slice(0, TYPES_LISTED).map(([type, n]) => `${type} ${formatCount(n)}`);
  return `most of them: ${listed.join(', ')}`;
}

export default [
  messages,
  messagesPerOperation,
  messagesPerNode,
  bytes,
  bytesPerOperation,
  bytesPerNode,
  dropped,
] satisfies readonly Metric[];
