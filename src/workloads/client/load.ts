/** A load as data: who asks what, of which nodes, when and how often; and each client's share. */
import type { DistributionSpec } from '../../sim/distribution.ts';
import type { NodeId, Plain } from '../../sim/node.ts';
import type { AnyWorkload } from '../workload.ts';
import { RateCurve, type RateShape } from './rate-curve.ts';

/** When one client asks. */
export type ClientPace =
  | {
      /** Arrivals know nothing of answers: a slow system meets the same load as a fast one. */
      readonly kind: 'open';
      readonly arrivals: 'poisson' | 'constant';
      /** Mean time between arrivals of this client, in µs. */
      readonly intervalUs: number;
      /** Of constant arrivals: the first, after the start. */
      readonly phaseUs: number;
      /** The rate over time in place of the interval; null if it is constant. */
      readonly curve: RateCurve | null;
    }
  /** Thinks (ms), asks, waits for the answer, thinks. */
  | { readonly kind: 'closed'; readonly think: DistributionSpec };

/** One client node: its share of a load. */
export interface ClientSpec {
  readonly load: string;
  readonly workload: AnyWorkload;
  /**
   * The node that it asks; null to choose among the targets for each operation, by its own stream.
   */
  readonly pinned: NodeId | null;
  readonly targets: readonly NodeId[];
  /** The name that the scenario gives the targets. */
  readonly target: string;
  /** Fields that every request has besides its own; null without. */
  readonly options: { readonly [field: string]: Plain } | null;
  /** Whether each request says when it was made, by the client's clock. */
  readonly stamps: boolean;
  /** Patience per operation; Infinity without end. */
  readonly timeoutUs: number;
  readonly pace: ClientPace;
  /** Asks from here on, by its own clock. */
  readonly startUs: number;
  /** Asks nothing from here on, but still listens. */
  readonly stopUs: number;
  /** Asks so often at most, final reads not counted; Infinity without limit. */
  readonly operationsMax: number;
}

/** A load as a scenario has it: times in µs, rates and limits over all its clients. */
export interface Load {
  readonly name: string;
  readonly workload: AnyWorkload;
  readonly clients: readonly NodeId[];
  /** The name of what it asks, as written. */
  readonly target: string;
  /** The nodes that it asks. */
  readonly targets: readonly NodeId[];
  /** Fields that each request has besides its own; absent: none. */
  readonly options?: { readonly [field: string]: Plain } | null;
  /** Whether each request says when it was made, by its client's clock; absent: no. */
  readonly stamps?: boolean;
  /** By client: the node it is pinned to; null to choose among the targets for each operation. */
  readonly pinned: readonly (NodeId | null)[];
  /** Patience per operation; Infinity without end. */
  readonly timeoutUs: number;
  readonly pace: Pace;
  /** First and last moment of the load. */
  readonly startUs: number;
  readonly stopUs: number;
  /** Operations in all, over all clients; Infinity without limit. */
  readonly operationsMax: number;
}

/** `perSecond` is the load's total over all clients. */
export type Pace =
  | {
      readonly kind: 'open';
      readonly arrivals: 'poisson' | 'constant';
      /** With a shape, the highest rate of it. */
      readonly perSecond: number;
      /** How the rate goes over time, from the start of the load; absent: it is constant. */
      readonly shape?: RateShape | null;
    }
  /** Each client thinks, asks, waits for the answer. */
  | { readonly kind: 'closed'; readonly think: DistributionSpec };

/**
 * The share of each client of a load, in the order of `clients`. Rates divide evenly; the constant
 * arrivals of all clients together are evenly spaced; what a limit leaves over goes to the first
 * clients.
 */
export function clientSpecs(load: Load): readonly ClientSpec[] {
  const count = load.clients.length;
  const { operationsMax: max } = load;
  return load.clients.map((_, i) => ({
    load: load.name,
    workload: load.workload,
    pinned: load.pinned[i] ?? null,
    target: load.target,
    targets: load.targets,
    options: optionsOf(load),
    stamps: load.stamps === true,
    timeoutUs: load.timeoutUs,
    pace: paceOf(load.pace, count, i),
    startUs: load.startUs,
    stopUs: load.stopUs,
    operationsMax: max === Infinity ? max : Math.floor(max / count) + (i < max % count ? 1 : 0),
  }));
}

/** Nothing to copy is null: the common case costs a request nothing. */
function optionsOf({ options }: Load): ClientSpec['options'] {
  return options == null || Object.keys(options).length === 0 ? null : options;
}

function paceOf(pace: Load['pace'], count: number, i: number): ClientPace {
  if (pace.kind === 'closed') return pace;
  const intervalUs = (1_000_000 * count) / pace.perSecond;
  return {
    kind: 'open',
    arrivals: pace.arrivals,
    intervalUs,
    phaseUs: (intervalUs * i) / count,
    curve: pace.shape == null ? null : new RateCurve(pace.shape, 1 / count),
  };
}
