/** How a link carries messages of itself, as the scenario has it. */
import type { DistributionSpec } from '../distribution.ts';
import type { LinkChange } from '../fault.ts';
import type { ConnectionSpec, LossBursts, Transport } from '../link.ts';

/** How a link carries messages when no fault holds it. */
export interface LinkSpec {
  /** One way, in ms. */
  readonly latency: DistributionSpec;
  /** Chances, 0..1. */
  readonly loss: number;
  readonly duplicate: number;
  /** To be held back by one further latency draw. */
  readonly reorder: number;
  /** Added to the latency of each message, in ms. */
  readonly jitter?: DistributionSpec | undefined;
  readonly lossBursts?: LossBursts | undefined;
  /** Chance to be damaged, and the share of damages that nobody notices. */
  readonly corrupt?: number | undefined;
  readonly undetected?: number | undefined;
  /** Bytes a second, and bytes that may wait; without limit by default. */
  readonly bandwidth?: number | undefined;
  readonly queue?: number | undefined;
  /** `datagram` by default. */
  readonly transport?: Transport | undefined;
  /** Of a connection: its handshake, its order, when it breaks and closes. */
  readonly connection?: ConnectionSpec | undefined;
}

export function hasChances(spec: LinkSpec): boolean {
  return spec.loss !== 0 || spec.duplicate !== 0 || spec.reorder !== 0;
}

/** What a link does of its own beyond chances, as a change to it; null for nothing. */
export function ownChange(spec: LinkSpec): LinkChange | null {
  const { jitter, lossBursts, corrupt, undetected, bandwidth, queue } = spec;
  const change: LinkChange = {
    ...(jitter === undefined ? {} : { extraLatency: jitter }),
    ...(lossBursts === undefined ? {} : { lossBursts }),
    ...(corrupt === undefined || corrupt === 0 ? {} : { corrupt }),
    ...(bandwidth === undefined ? {} : { bandwidth }),
  };
  if (Object.keys(change).length === 0) return null;
  return { ...change, undetected: undetected ?? 0, queue: queue ?? Infinity };
}

/** Whether something besides delay can happen on such a link without any fault. */
export function isSpecialSpec(spec: LinkSpec): boolean {
  return hasChances(spec) || ownChange(spec) !== null || spec.transport === 'connection';
}
