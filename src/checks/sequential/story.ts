/** Why no sequential order exists, told to people. */
import type { Anomaly, Dependency } from '../checker.ts';
import { callsOfSteps, type Forced } from './forced-cycle.ts';
import type { Lanes } from './lanes.ts';

export interface SequentialStory {
  readonly text: string;
  readonly reasons: readonly string[];
  /** The calls that show it. */
  readonly calls: readonly number[];
  readonly anomaly: Anomaly | null;
}

/** A call that found what nothing sets. */
export function tellThinAir(lanes: Lanes, o: number): SequentialStory {
  const text = `${whose(lanes, o)} found what nothing sets`;
  const reasons = ['No operation that can have happened sets it, and it is not how things start.'];
  const operations = [lanes.calls[o]!.index];
  const anomaly = { name: 'thin-air', count: 1, sentence: sentence(text), operations, edges: [] };
  return { text, reasons, calls: [o], anomaly };
}

/** Calls that must come before themselves. */
export function tellCycle(lanes: Lanes, cycle: readonly Forced[]): SequentialStory {
  const edges = cycle.map((step): Dependency => {
    const because = reason(lanes, step);
    const from = lanes.calls[step.from]!.index;
    return { from, to: lanes.calls[step.to]!.index, kind: step.kind, because };
  });
  const calls = [...callsOfSteps(cycle)].sort((a, b) => a - b);
  const reads = [...new Set(cycle.filter(({ kind }) => kind === 'rw').map(({ from }) => from))];
  const told = reads.length > 0 ? reads : calls;
  const text = `no order of all operations explains ${listed(told.map((o) => whose(lanes, o)))}`;
  const operations = cycle.map(({ from }) => lanes.calls[from]!.index);
  const anomaly = { name: 'cycle', count: 1, sentence: sentence(text), operations, edges };
  return { text, reasons: [...new Set(reasonsOf(lanes, cycle))], calls, anomaly };
}

/** At most this many calls get a sentence each. */
const TOLD = 5;

/** Calls that fit in no order, whatever the others did. */
export function tellFirm(lanes: Lanes, calls: readonly number[]): SequentialStory {
  if (calls.length === 0) {
    const text = 'every order of all operations that keeps the order of each process was tried';
    return { text, reasons: [], calls, anomaly: null };
  }
  const told = calls.slice(0, TOLD).map((o) => whose(lanes, o));
  const more = calls.length > TOLD ? ` and ${calls.length - TOLD} more` : '';
  return {
    text: `no order of all operations explains ${listed(told)}${more}`,
    reasons: [
      ...calls.map((o) => `p${processOf(lanes, o)} did ${what(lanes, o)}.`),
      'They fit in no order that keeps that of each process, whatever else happened.',
    ],
    calls,
    anomaly: null,
  };
}

function reasonsOf(lanes: Lanes, steps: readonly Forced[]): readonly string[] {
  return steps.flatMap((step) => [...reasonsOf(lanes, step.known), `${reason(lanes, step)}.`]);
}

function reason(lanes: Lanes, { from, to, kind, because }: Forced): string {
  switch (kind) {
    case 'process':
      return `p${processOf(lanes, from)} did ${what(lanes, from)}, and then ${what(lanes, to)}`;
    case 'wr':
      return `${whose(lanes, to)} found what ${whose(lanes, from)} had set`;
    case 'rw':
      return `${whose(lanes, from)} came before ${whose(lanes, to)}, else it would have found another value`;
    case 'ww':
      return `${whose(lanes, because)} came after ${name(lanes, from)} and found what ${name(lanes, to)} had set: ${name(lanes, from)} came before ${name(lanes, to)}`;
  }
}

function name(lanes: Lanes, o: number): string {
  return `#${lanes.calls[o]!.index}`;
}

/** `p2's read → 1 on x (#4)`. */
function whose(lanes: Lanes, o: number): string {
  return `p${processOf(lanes, o)}'s ${what(lanes, o)}`;
}

/** `read → 1 on x (#4)`. */
function what(lanes: Lanes, o: number): string {
  const { f, input, output } = lanes.calls[o]!;
  const { key } = lanes.parts[lanes.part[o]!]!;
  const on = key === null ? '' : ` on ${key}`;
  return `${lanes.model.describe(f, input, output)}${on} (${name(lanes, o)})`;
}

function processOf({ calls, parts, part }: Lanes, o: number): number {
  const { index } = calls[o]!;
  return parts[part[o]!]!.operations.find((operation) => operation.index === index)?.process ?? -1;
}

function listed(texts: readonly string[]): string {
  if (texts.length <= 1) return texts.join('');
  return `${texts.slice(0, -1).join(', ')} and ${texts[texts.length - 1]}`;
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`;
}
