/**
 * Twins: the same run with one fault that strikes as it did and touches nothing. What differs
 * between the two is what the fault did; if nothing does, the fault was vacuous.
 *
 * The fault is not taken out but made a ghost: it looks for its targets, draws what it drew, opens
 * and closes its windows, and every lever it pulls is loose. So `during partition` means the same
 * moments in both runs, and whatever else draws random numbers draws the same.
 */
import { elections } from '../../checks/metrics/leaders.ts';
import { type AnyFault, type Levers, touchesOf } from '../../sim/fault.ts';
import { hash32 } from '../../sim/kernel/hash.ts';
import { SURGE } from '../../sim/load-dial.ts';
import type { NodeId } from '../../sim/node.ts';
import { describeEvent, type TraceEvent, type TraceSink } from '../../sim/trace.ts';
import type { Result, Twin, TwinCount, TwinEvent, TwinExpectation } from '../result.ts';
import type { Scenario } from '../scenario.ts';
import { looseLevers } from './loose-levers.ts';

/**
 * The scenario in which the faults of these names are ghosts. Throws RangeError if there is none.
 */
export function withGhost(scenario: Scenario, ...names: readonly string[]): Scenario {
  if (!scenario.faults.some(({ name }) => names.includes(name))) {
    throw new RangeError(`the scenario has no fault ${names.join(', ')}`);
  }
  const faults = scenario.faults.map((spec) =>
    names.includes(spec.name) ? { ...spec, fault: ghostOf(spec.fault) } : spec,
  );
  return { ...scenario, faults };
}

function ghostOf(fault: AnyFault): AnyFault {
  const { prepare } = fault;
  const ghost: AnyFault = {
    ...fault,
    inject: (levers: Levers, params: unknown) => fault.inject(looseLevers(levers), params as never),
  };
  if (prepare === undefined) return ghost;
  return {
    ...ghost,
    prepare: (levers, params) => prepare.call(fault, looseLevers(levers), params),
  };
}

/** What one of two runs that are to be compared did, gathered while it ran. */
export class Track implements TraceSink {
  /** Of each event that is no fault's, a hash: equal up to the first difference. */
  readonly hashes: number[] = [];
  readonly timers = new Map<string, number>();
  /** Where it left the track that it follows. */
  parted: TwinEvent | null = null;
  private readonly other: Track | null;
  private readonly up = new Set<NodeId>();

  /** `other` is the run to be compared with, which has ended. */
  constructor(other: Track | null = null) {
    this.other = other;
  }

  event(event: TraceEvent): void {
    if (this.isOfFault(event)) return;
    if (event.type === 'timer') {
      this.timers.set(event.tag, (this.timers.get(event.tag) ?? 0) + 1);
    }
    const hash = hashOf(event);
    const at = this.hashes.push(hash) - 1;
    if (this.other === null || this.parted !== null) return;
    if (this.other.hashes[at] !== hash) {
      this.parted = { atUs: event.atUs, text: describeEvent(withoutBody(event)) };
    }
  }

  /**
   * What says only that a fault has pulled a lever: a timer that wakes a client for a surge, a
   * pause of a node that is down.
   */
  private isOfFault(event: TraceEvent): boolean {
    switch (event.type) {
      case 'fault':
        return true;
      case 'timer':
        return event.tag === SURGE;
      case 'boot':
        this.up.add(event.node);
        return false;
      case 'crash':
        this.up.delete(event.node);
        return false;
      case 'pause':
      case 'resume':
        return !this.up.has(event.node);
      default:
        return false;
    }
  }
}

/** Of all that an event says, of what a message and a note say too. */
function hashOf(event: TraceEvent): number {
  return hash32(describeEvent(event));
}

/** A message's type says enough, and its fields may fill a screen. */
function withoutBody(event: TraceEvent): TraceEvent {
  if (!('message' in event)) return event;
  const { message: _, ...row } = event;
  return row;
}

/** One of two runs: what it led to, and what it did. */
export interface Observed {
  readonly result: Result;
  readonly track: Track;
}

/**
 * Compares a run with its twin, in which the fault was a ghost; the twin's track follows that of
 * the run.
 */
export function compareTwins(fault: string, run: Observed, twin: Observed): Twin {
  const kind = run.result.facts.faults.find(({ name }) => name === fault)?.kind ?? '';
  const expectations = expectationsThatDiffer(run.result, twin.result);
  const counts = countsThatDiffer(run, twin);
  const first = twin.track.parted;
  const sameHistory = run.result.digests.history === twin.result.digests.history;
  const sameEvents = first === null && run.track.hashes.length === twin.track.hashes.length;
  // A clock that was read wrong, and a read that was damaged, were seen though nothing came of it.
  const quiet = sameEvents && !wasFelt(run.result, fault) ? 'vacuous' : 'unseen';
  const verdict = expectations.length > 0 ? 'decisive' : sameHistory ? quiet : 'changed';
  return { fault, kind, verdict, first, expectations, counts };
}

/** What `felt` counts too. */
function wasFelt({ facts }: Result, fault: string): boolean {
  return facts.faults.some(({ name, felt }) => {
    return name === fault && touchesOf(felt) > 0;
  });
}

function expectationsThatDiffer(run: Result, twin: Result): TwinExpectation[] {
  return run.judged.flatMap((judged, i) => {
    // That a ghost is not felt says nothing of what the fault did.
    if (run.scenario.expect[i]?.kind === 'felt') return [];
    const other = twin.judged[i];
    if (other === undefined || other.state === judged.state) return [];
    const of = ({ state, measured }: typeof judged) => ({ state, measured });
    return [{ text: judged.text, with: of(judged), without: of(other) }];
  });
}

function countsThatDiffer(run: Observed, twin: Observed): TwinCount[] {
  const [mine, theirs] = [countsOf(run), countsOf(twin)];
  const names = new Set([...mine.keys(), ...theirs.keys()]);
  const counts = Array.from(names, (what) => {
    return { what, with: mine.get(what) ?? 0, without: theirs.get(what) ?? 0 };
  }).filter((count) => count.with !== count.without);
  return counts.sort((a, b) => changeOf(b) - changeOf(a) || (a.what < b.what ? -1 : 1));
}

/** In proportion: one election more matters more than a hundred heartbeats. */
function changeOf(count: TwinCount): number {
  return Math.abs(count.with - count.without) / Math.max(count.with, count.without);
}

function countsOf({ result, track }: Observed): Map<string, number> {
  const counts = new Map<string, number>();
  const { sent, dropped } = result.facts.messages;
  for (const outcome of ['ok', 'fail', 'info'] as const) {
    counts.set(
      `operations ${outcome}`,
      result.history.filter((operation) => operation.outcome === outcome).length,
    );
  }
  counts.set('messages sent', sent);
  counts.set('messages dropped', dropped);
  counts.set('leaders elected', elections(result.facts).length);
  for (const [tag, count] of track.timers) counts.set(`timer ${tag}`, count);
  return counts;
}
