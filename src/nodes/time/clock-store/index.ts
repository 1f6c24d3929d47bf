/** A store whose clock is a knob, as a kind of node. */
import register from '../../../interfaces/register.ts';
import siblings from '../../../interfaces/siblings.ts';
import timestamp from '../../../interfaces/timestamp.ts';
import { defineSystem } from '../../../sim/system.ts';
import { ClockStore } from './clock-store.ts';
import {
  type ClockBug,
  clockBugs,
  clockMeasures,
  clockNotes,
  clockParams,
  happensBefore,
} from './declared.ts';
import { VectorStore } from './vector-store.ts';

const stamped = [register, siblings, timestamp];

export default defineSystem({
  name: 'clock-store',
  title: 'Clock store',
  summary:
    'Every member answers from its copy, and the write with the latest stamp stays: by the clock that you choose.',
  sources: [
    'Lamport 1978, Time, Clocks, and the Ordering of Events in a Distributed System (CACM 21)',
    'Kulkarni, Demirbas, Madappa, Avva, Leone 2014, Logical Physical Clocks (OPODIS)',
    "DeCandia et al. 2007, Dynamo: Amazon's Highly Available Key-value Store (SOSP), section 4.4",
    'Preguiça, Baquero, Almeida, Fonte, Gonçalves 2012, Brief Announcement: Efficient Causality Tracking in Distributed Storage Systems with Dotted Version Vectors (PODC)',
    "Corbett et al. 2012, Spanner: Google's Globally-Distributed Database (OSDI), sections 3 and 4.1",
  ],
  answers: {
    by: 'order-by',
    each: {
      wall: stamped,
      lamport: stamped,
      hybrid: stamped,
      bounded: stamped,
      // A vector is no timestamp: it orders only what can have caused each other.
      vector: [register, siblings],
    },
  },
  claims: [],
  params: clockParams,
  bugs: clockBugs,
  measures: clockMeasures,
  notes: clockNotes,
  invariants: [happensBefore],
  refuse: (params) =>
    params['order-by'] === 'vector' && params['clock-source'] !== undefined
      ? 'order-by: vector has no use for a clock-source'
      : null,
  create: (params, place, bug) => {
    const order = params['order-by'];
    return order === 'vector'
      ? new VectorStore(params, place, bug as ClockBug | null)
      : new ClockStore(order, params, place, bug as ClockBug | null);
  },
});
