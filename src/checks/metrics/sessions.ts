/**
 * Leases and watches of coordination services, from the notes `session expired { session }` and
 * `watch fires { path }` of any kind.
 */
import { formatCount } from '../../sim/units.ts';
import type { Measurement, Metric, NoteFact, Window } from '../checker.ts';
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

export default [
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
