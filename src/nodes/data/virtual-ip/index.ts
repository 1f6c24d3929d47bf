/** A virtual address, as scenarios use it: `kind: virtual-ip`. */
import { serve } from '../../../sim/service.ts';
import { defineSystem } from '../../../sim/system.ts';
import { Address } from './address.ts';
import { type Bug, bugs, measures, notes } from './declared.ts';
import { Router } from './router.ts';
import { masterDownMs, params, priorityOf, refuseSettings } from './settings.ts';

export default defineSystem({
  name: 'virtual-ip',
  title: 'Virtual address',
  summary: 'One address for a node and its stand-ins; routers agree which of them has it (VRRP).',
  sources: [
    'Hinden 2004, RFC 3768, "Virtual Router Redundancy Protocol (VRRP)"',
    'Nadas 2010, RFC 5798, "Virtual Router Redundancy Protocol (VRRP) Version 3 for IPv4 and IPv6"',
  ],
  answers: { of: 'target' },
  claims: [],
  params,
  example: { target: '[kv-1, kv-2]' },
  bugs,
  invariants: [],
  measures,
  notes,
  roles: {
    address: { doc: 'What clients send to: it passes requests on to the holder.', count: 1 },
    router: {
      doc: 'Holds the address, or waits until nobody does.',
      answers: [],
      count: [1, 16],
      default: 2,
    },
  },
  leads: ['holder'],
  detectionMs: (values) => masterDownMs(values, 1),
  refuse: (values, members) => refuseSettings(values, members - 1),
  create: (values, place, bug) => {
    const routers = place.of('router');
    const [address = ''] = place.of('address');
    if (place.role === 'address') return serve(new Address(values, routers), place);
    const at = routers.indexOf(place.self);
    const target = values.target[at] ?? '';
    const priority = priorityOf(values, at);
    const own = { self: place.self, priority, target, routers, address, bug: bug as Bug | null };
    return new Router(values, own);
  },
});
