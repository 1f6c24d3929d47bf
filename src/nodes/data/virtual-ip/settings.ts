/** The knobs of a virtual address. */
import { defineParams, type Params } from '../../../sim/params.ts';

export const params = defineParams({
  target: {
    type: 'nodes',
    doc: 'The nodes behind the address, one for each router in order: the active one and its stand-ins.',
  },
  advert: {
    type: 'duration',
    doc: 'How often the router that holds the address shows that it does.',
    default: 1000,
    min: 1,
  },
  priority: {
    type: 'integer',
    doc: 'The priority of the first router; the highest that is up holds the address.',
    default: 200,
    min: 1,
    max: 254,
  },
  step: {
    type: 'integer',
    doc: 'By how much the priority of each further router is lower.',
    default: 100,
    min: 0,
    max: 253,
  },
  preempt: {
    type: 'boolean',
    doc: 'Whether a router that comes back takes the address from one of lower priority.',
    default: true,
  },
  'preempt-delay': {
    type: 'duration',
    doc: 'How long after its boot a router leaves the address to one of lower priority.',
    default: 0,
    min: 0,
  },
  version: {
    type: 'choice',
    options: ['v2', 'v3'],
    doc: 'How long a router of priority p waits beyond three adverts: (256 - p) / 256 seconds, or (256 - p) / 256 adverts.',
    default: 'v2',
  },
  'arp-cache': {
    type: 'duration',
    doc: 'How long senders keep the old holder, whatever is announced. 0: they believe an announcement at once.',
    default: 0,
    min: 0,
  },
  learns: {
    type: 'choice',
    options: ['announcements', 'adverts'],
    doc: 'How the switch learns who has the address: from the announcement of a take-over (ARP, a virtual IP), or from each advert, which comes from the virtual MAC address.',
    default: 'announcements',
  },
});

export type Settings = Params<typeof params>;

/** The priority of the router at this place. */
export function priorityOf({ priority, step }: Settings, place: number): number {
  return Math.max(1, priority - place * step);
}

/**
 * How long a router waits in silence before it takes the address, in ms (RFC 3768, 6.1; RFC 5798).
 */
export function masterDownMs(settings: Settings, priority: number): number {
  return 3 * settings.advert + skewMs(settings, priority);
}

/** What a router waits longer the lower its priority is, in ms. */
export function skewMs({ advert, version }: Settings, priority: number): number {
  const unit = version === 'v2' ? 1000 : advert;
  return ((256 - priority) / 256) * unit;
}

/** What makes no sense together, as a sentence; null if all does. */
export function refuseSettings(given: Settings, routers: number): string | null {
  if (given.learns === 'adverts' && given['arp-cache'] > 0) {
    return '`arp-cache` is about announcements: with `learns: adverts` there is no such cache';
  }
  if (given.target.length === routers) return null;
  return `there are ${routers} routers, and ${given.target.length} nodes behind them: one each`;
}
