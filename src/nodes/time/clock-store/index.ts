/** A store whose clock is a knob, as a kind of node. */
import register from '../../../interfaces/register.ts';
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

export default defineSystem({
  name: 'clock-store',
  title: 'Clock store',
  summary:
    'Every member answers from its copy, and the write with the latest stamp stays: by the clock that you choose.',
  sources: [
    'Lamport 1978, Time, Clocks, and the Ordering of Events in a Distributed System (CACM 21)',
    'Kulkarni, Demirbas, Madappa, Avva, Leone 2014, Logical Physical Clocks (OPODIS)',
    "Corbett et al. 2012, Spanner: Google's Globally-Distributed Database (OSDI), sections 3 and 4.1",
  ],
  answers: [register],
  claims: [],
  params: clockParams,
  bugs: clockBugs,
  measures: clockMeasures,
  notes: clockNotes,
  invariants: [happensBefore],
  create: (params, place, bug) => new ClockStore(params, place, bug as ClockBug | null),
});
