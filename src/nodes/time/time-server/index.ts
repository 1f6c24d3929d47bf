/** A time server, which may keep its clock by others, as a kind of node. */
import timestamp from '../../../interfaces/timestamp.ts';
import { defineSystem } from '../../../sim/system.ts';
import { type TimeBug, timeBugs, timeMeasures, timeNotes, timeParams } from './settings.ts';
import { TimeServer } from './time-server.ts';

export default defineSystem({
  name: 'time-server',
  title: 'Time server',
  summary: 'Tells the time with a bound on its error, by its own clock or by other time servers.',
  sources: [
    'Cristian 1989, Probabilistic Clock Synchronization (Distributed Computing 3)',
    'Mills, Martin, Burbank, Kasch 2010, Network Time Protocol Version 4 (RFC 5905), sections 8 and 10',
    'Marzullo 1984, Maintaining the Time in a Distributed System (PhD thesis, Stanford)',
    "Corbett et al. 2012, Spanner: Google's Globally-Distributed Database (OSDI), section 3",
  ],
  answers: [timestamp],
  claims: [],
  params: timeParams,
  bugs: timeBugs,
  measures: timeMeasures,
  notes: timeNotes,
  invariants: [],
  create: (params, _place, bug) => new TimeServer(params, bug as TimeBug | null),
});
