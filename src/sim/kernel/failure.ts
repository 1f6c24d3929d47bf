/** Why a run stopped before its time, with the last words of the node concerned. */
import { InvariantError } from '../assert.ts';
import type { NodeId } from '../node.ts';
import { describeEvent, type TraceEvent } from '../trace.ts';
import { HostGlobalError } from './guard.ts';

/** Why a run stopped before its time. */
export interface WorldError {
  /** `max-events` and `interrupted`: it was stopped, and nothing is wrong with it. */
  readonly kind:
    | 'handler'
    | 'invariant'
    | 'livelock'
    | 'host-global'
    | 'max-events'
    | 'interrupted';
  readonly node: NodeId | null;
  readonly atUs: number;
  /** Position in the total order. */
  readonly event: number;
  readonly message: string;
  readonly stack: string | null;
  /** The last lines of the trace at that node. */
  readonly tail: readonly string[];
}

/** Virtual time does not advance. */
export class LivelockError extends Error {
  /** `timer`: the tag of the timer that came due last, if the last event was one. */
  constructor(events: number, who: string, timer: string | null) {
    const what = timer === null ? '' : `, timer '${timer}'`;
    super(
      `${events} events at one instant, lately ${who}${what}: time stands still. A timer of 0 ms that sets itself again, or two nodes on a link without latency that answer each other, does this`,
    );
  }
}

export function kindOf(error: unknown): WorldError['kind'] {
  try {
    if (error instanceof InvariantError) return 'invariant';
    if (error instanceof LivelockError) return 'livelock';
    if (error instanceof HostGlobalError) return 'host-global';
  } catch {
    // A proxy whose traps throw.
  }
  return 'handler';
}

export function worldError(
  kind: WorldError['kind'],
  error: unknown,
  node: NodeId | null,
  atUs: number,
  event: number,
  tail: readonly string[],
): WorldError {
  const { message, stack } = wordsOf(error);
  return { kind, node, atUs, event, message, stack, tail };
}

/** Invariants and the like may throw anything, even what cannot be turned into text. */
function wordsOf(error: unknown): Pick<WorldError, 'message' | 'stack'> {
  try {
    if (!(error instanceof Error)) return { message: String(error), stack: null };
    const { message, stack } = error;
    return { message: String(message), stack: typeof stack === 'string' ? stack : null };
  } catch {
    return { message: 'something was thrown that has no text', stack: null };
  }
}

/** The last lines of the trace that concern a node; of all nodes for null. */
export function lastLines(
  events: Iterable<TraceEvent>,
  node: NodeId | null,
  most: number,
): readonly string[] {
  const lines: string[] = [];
  for (const event of events) {
    if (node !== null && !concerns(event, node)) continue;
    lines.push(describeEvent(event));
    if (lines.length > most) lines.shift();
  }
  return lines;
}

function concerns(event: TraceEvent, node: NodeId): boolean {
  if ('from' in event) return event.from === node || event.to === node;
  return 'node' in event ? event.node === node : true;
}
