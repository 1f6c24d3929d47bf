/**
 * Leases and watches of coordination services, from the notes `session expired { session }`, `tree
 * changes { revision }` and `watch fires { revision, session, source, number }` of any kind, and
 * `hears event { session, source, number }` of clients.
 */
import { nearestRank } from '../../sim/nearest-rank.ts';
import { formatCount, formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, NoteFact, Window } from '../checker.ts';
import { fieldOf, lostNotes, notesOf, placeNames, placesNamed } from './parts/noted.ts';
import { disjoint, windowAt } from './parts/windows.ts';

function countOf(
  name: string,
  label: string,
  summary: string,
  doc: string,
  count: (notes: readonly NoteFact[]) => number,
): Metric {
  const readsNotes = [label];
  return {
    name,
    summary,
    unit: 'count',
    doc,
    readsNotes,
    accepts: placeNames,
    measure(args, windows: readonly Window[], _history, facts): Measurement {
      const lost = lostNotes(readsNotes, facts);
      if (lost !== null) return lost;
      const places = placesNamed(args, facts);
      const within = disjoint(windows);
      const notes = notesOf(readsNotes, facts).filter(
        ({ node, atUs }) => (places === null || places.has(node)) && windowAt(within, atUs) !== -1,
      );
      const value = count(notes);
      return { value, samples: notes.length, because: `${formatCount(value)} in the window` };
    },
  };
}

const CHANGES = 'tree changes';
const FIRES = 'watch fires';
const HEARS = 'hears event';
const DELAY_NOTES = [CHANGES, FIRES, HEARS];

/** An event that its client has heard: of which node, when that changed, and how long it took. */
interface Heard {
  readonly path: string;
  readonly changedAtUs: number;
  readonly tookUs: number;
}

/** Events of changes in the windows. One whose change nobody has noted is left out. */
function heardEvents(
  args: readonly string[],
  windows: readonly Window[],
  facts: Facts,
): readonly Heard[] {
  const places = placesNamed(args, facts);
  const within = disjoint(windows);
  const groupOf = new Map(facts.groups.flatMap(({ name, nodes }) => nodes.map((n) => [n, name])));
  const changedAtUs = new Map<string, number>();
  const fired = new Map<string, NoteFact>();
  const found: Heard[] = [];
  const idOf = (note: NoteFact) =>
    ['session', 'source', 'number'].map((field) => fieldOf(note, field)).join(' ');
  const changeOf = (note: NoteFact) => `${groupOf.get(note.node)} ${fieldOf(note, 'revision')}`;
  for (const note of notesOf(DELAY_NOTES, facts)) {
    if (note.label === CHANGES) {
      const change = changeOf(note);
      if (!changedAtUs.has(change)) changedAtUs.set(change, note.atUs);
    } else if (note.label === FIRES) fired.set(idOf(note), note);
    else {
      const event = fired.get(idOf(note));
      if (event === undefined || places?.has(event.node) === false) continue;
      const fromUs = changedAtUs.get(changeOf(event));
      if (fromUs === undefined || windowAt(within, fromUs) === -1) continue;
      const path = String(fieldOf(event, 'path'));
      found.push({ path, changedAtUs: fromUs, tookUs: note.atUs - fromUs });
    }
  }
  return found;
}

function delayMetric(name: string, summary: string, quantile: number): Metric {
  return {
    name,
    summary,
    unit: 'ms',
    doc: 'Arguments: groups or nodes that send the events. From when the leader applied the change until the client heard its event, of changes in the window. Of several changes in one event the last counts; events that never came are for the checker `watches`.',
    readsNotes: DELAY_NOTES,
    accepts: placeNames,
    measure(args, windows, _history, facts): Measurement {
      const lost = lostNotes(DELAY_NOTES, facts);
      if (lost !== null) return lost;
      const heard = heardEvents(args, windows, facts);
      if (heard.length === 0) {
        return { value: null, samples: 0, because: 'no client heard an event of a change' };
      }
      const took = Float64Array.from(heard, ({ tookUs }) => tookUs);
      const worst = heard.reduce((a, b) => (b.tookUs > a.tookUs ? b : a));
      const longest = `${worst.path}, changed at ${formatMomentUs(worst.changedAtUs)}, ${formatDurationUs(worst.tookUs)}`;
      const because = `${formatCount(heard.length)} events, slowest: ${longest}`;
      return { value: nearestRank(took, quantile) / 1000, samples: heard.length, because };
    },
  };
}

export default [
  delayMetric('p50 watch delay', 'How long after its change half of the events were heard.', 0.5),
  delayMetric('p99 watch delay', 'How long after its change 99% of the events were heard.', 0.99),
  delayMetric('max watch delay', 'How long after its change the last event was heard.', 1),
  countOf(
    'sessions expired',
    'session expired',
    'Leases that were over before their clients closed them.',
    'Arguments: nodes or groups that say so, the service or its clients. A lease counts once.',
    (notes) => new Set(notes.map((note) => fieldOf(note, 'session'))).size,
  ),
  countOf(
    'watch events',
    'watch fires',
    'Events that watches sent to their clients.',
    'Arguments: groups or nodes that send them. All waiters woken for one lock are a herd.',
    (notes) => notes.length,
  ),
] satisfies readonly Metric[];
