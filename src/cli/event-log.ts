/**
 * Sinks that show events to people while the run goes on, as lines or as columns, and one that
 * feeds several.
 */
import { EventLines } from '../report/event-lines.ts';
import type { Ink } from '../report/ink.ts';
import { LogColumns } from '../report/log-columns.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { nearestName } from '../sim/nearest-name.ts';
import type { TraceEvent, TraceSink } from '../sim/trace.ts';
import { UsageError } from './console.ts';
import type { RunFlags } from './flags.ts';
import type { Output } from './host.ts';
import { nodesOf } from './one-run.ts';

const CHUNK_CHARS = 1 << 16;

/** A sink whose last lines have to be asked for. */
export interface EventLog extends TraceSink {
  flush(): void;
}

/** The log that the flags ask for, or null. Throws UsageError for a node that is not there. */
export function eventLog(
  flags: RunFlags,
  scenario: Scenario,
  ink: Ink,
  output: Output,
  width: number,
): EventLog | null {
  const nodes = flags.nodes === undefined ? null : namedNodes(flags.nodes, scenario);
  if (flags.verbose === true) {
    const shown = nodes === null ? null : new Set(nodes);
    const lines = new EventLines(nodesOf(scenario), ink);
    const line = (event: TraceEvent) =>
      shown === null || concerns(event, shown) ? lines.line(event) : '';
    return new Lines(line, lines.head(), output);
  }
  if (flags.logColumns !== true) return null;
  const clients = scenario.loads.flatMap((load) => load.clients);
  const all = scenario.groups.flatMap((group) => group.nodes);
  const shown = nodes === null ? { nodes: all, clients } : { nodes, clients: [] };
  const columns = new LogColumns({ ...shown, width }, ink);
  return new Lines((event) => columns.lines(event), columns.head(), output);
}

function concerns(event: TraceEvent, nodes: ReadonlySet<string>): boolean {
  if (event.type === 'fault') return true;
  return 'node' in event ? nodes.has(event.node) : nodes.has(event.from) || nodes.has(event.to);
}

/** Nodes by their names, those of groups and those of loads. */
function namedNodes(names: readonly string[], scenario: Scenario): readonly string[] {
  const groups = new Map(scenario.groups.map(({ name, nodes }) => [name, nodes]));
  const loads = new Map(scenario.loads.map(({ name, clients }) => [name, clients]));
  const known = new Set(nodesOf(scenario));
  const nodes = names.flatMap((name) => {
    const of = groups.get(name) ?? loads.get(name) ?? (known.has(name) ? [name] : null);
    if (of !== null) return of;
    const near = nearestName(name, [...groups.keys(), ...loads.keys(), ...known]);
    const hint = near === null ? '' : `; did you mean ${near}?`;
    throw new UsageError(`there is no node ${JSON.stringify(name)}${hint}`);
  });
  return [...new Set(nodes)];
}

class Lines implements EventLog {
  private pending: string;
  private readonly format: (event: TraceEvent) => string;
  private readonly output: Output;

  constructor(format: (event: TraceEvent) => string, head: string, output: Output) {
    this.format = format;
    this.pending = head;
    this.output = output;
  }

  event(event: TraceEvent): void {
    this.pending += this.format(event);
    if (this.pending.length >= CHUNK_CHARS) this.flush();
  }

  flush(): void {
    this.output.write(this.pending);
    this.pending = '';
  }
}

/** One sink that feeds all; null for none. */
export function fanOut(sinks: readonly (TraceSink | null)[]): TraceSink | null {
  const all = sinks.filter((sink) => sink !== null);
  const [only] = all;
  if (all.length <= 1) return only ?? null;
  return {
    event(event) {
      for (const sink of all) sink.event(event);
    },
  };
}
