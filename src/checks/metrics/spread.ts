/**
 * How news spread through a group, from the notes `learns { item }` of any kind: Demers et al. 1987
 * (Epidemic Algorithms for Replicated Database Maintenance) judge an epidemic by its residue, its
 * traffic and its delay.
 */
import { nearestRank } from '../../sim/nearest-rank.ts';
import type { NodeId } from '../../sim/node.ts';
import { formatCount, formatDurationUs, formatRatio } from '../../sim/units.ts';
import type { Facts, Measurement, Metric, NoteFact, Window } from '../checker.ts';
import { fieldOf, lostNotes, notesOf, placeNames, placesNamed, UpTimes } from './parts/noted.ts';
import { disjoint, windowAt } from './parts/windows.ts';

const LEARNS = 'learns';
const readsNotes = [LEARNS];

/** One item in one group: when it first appeared, and when each member learned it. */
interface Epidemic {
  readonly fromUs: number;
  readonly learnedAtUs: ReadonlyMap<NodeId, number>;
  readonly members: readonly NodeId[];
}

/** Of items that appeared before the end of the last window, within one of them if `within`. */
function epidemics(
  args: readonly string[],
  windows: readonly Window[],
  facts: Facts,
  within: boolean,
): readonly Epidemic[] {
  const places = placesNamed(args, facts);
  const endUs = windows[windows.length - 1]?.untilUs ?? 0;
  const inOrder = disjoint(windows);
  const notes = notesOf(readsNotes, facts);
  return facts.groups.flatMap(({ nodes }) => {
    const members = places === null ? nodes : nodes.filter((node) => places.has(node));
    if (members.length === 0) return [];
    return [...itemsOf(notes, new Set(nodes))].flatMap(([, learnedAtUs]) => {
      const [fromUs] = learnedAtUs.values();
      if (fromUs === undefined || fromUs >= endUs) return [];
      return within && windowAt(inOrder, fromUs) === -1 ? [] : [{ fromUs, learnedAtUs, members }];
    });
  });
}

function itemsOf(
  notes: readonly NoteFact[],
  nodes: ReadonlySet<NodeId>,
): ReadonlyMap<string, Map<NodeId, number>> {
  const items = new Map<string, Map<NodeId, number>>();
  for (const note of notes) {
    if (!nodes.has(note.node)) continue;
    const item = JSON.stringify(fieldOf(note, 'item'));
    const learned = items.get(item) ?? new Map<NodeId, number>();
    items.set(item, learned);
    if (!learned.has(note.node)) learned.set(note.node, note.atUs);
  }
  return items;
}

/** The share of members, up at that time, that know each item by then. */
function shareKnown(all: readonly Epidemic[], atUs: number, facts: Facts): [number, number] {
  const up = new UpTimes(facts);
  let known = 0;
  let asked = 0;
  for (const { learnedAtUs, members } of all) {
    for (const member of members) {
      if (!up.isUpAt(member, Math.min(atUs, facts.endedAtUs - 1))) continue;
      asked++;
      if ((learnedAtUs.get(member) ?? Infinity) <= atUs) known++;
    }
  }
  return [known, asked];
}

function nothing(): Measurement {
  return { value: null, samples: 0, because: 'nobody learned anything' };
}

const infected: Metric = {
  name: 'infected',
  summary: 'The share of members, of those up, that know what has appeared so far.',
  unit: 'ratio',
  doc: 'Arguments: groups or nodes. At the end of the window, over all items and members; drawn over time it is the curve of the epidemic.',
  readsNotes,
  accepts: placeNames,
  measure(args, windows, _history, facts) {
    const lost = lostNotes(readsNotes, facts);
    if (lost !== null) return lost;
    const all = epidemics(args, windows, facts, false);
    const atUs = windows[windows.length - 1]?.untilUs ?? 0;
    const [known, asked] = shareKnown(all, atUs, facts);
    if (asked === 0) return nothing();
    const because = `${formatCount(known)} of ${formatCount(asked)} pairs of a member and an item`;
    return { value: known / asked, samples: asked, because };
  },
};

const residue: Metric = {
  name: 'residue',
  summary: 'The share of members, of those up at the end, that an item never reached.',
  unit: 'ratio',
  doc: 'Arguments: groups or nodes. Of items that appeared in the window, at the end of the run.',
  readsNotes,
  overTime: false,
  accepts: placeNames,
  measure(args, windows, _history, facts) {
    const lost = lostNotes(readsNotes, facts);
    if (lost !== null) return lost;
    const [known, asked] = shareKnown(
      epidemics(args, windows, facts, true),
      facts.endedAtUs,
      facts,
    );
    if (asked === 0) return nothing();
    const because = `${formatCount(asked - known)} of ${formatCount(asked)} never learned it, ${formatRatio(1 - known / asked)}`;
    return { value: 1 - known / asked, samples: asked, because };
  },
};

function spreadMetric(name: string, summary: string, quantile: number): Metric {
  return {
    name,
    summary,
    unit: 'ms',
    doc: 'Arguments: groups or nodes. From the first that knew an item to each member that is up at the end; one that never learns it is later than any. Of items new in the window.',
    readsNotes,
    accepts: placeNames,
    measure(args, windows, _history, facts) {
      const lost = lostNotes(readsNotes, facts);
      if (lost !== null) return lost;
      const up = new UpTimes(facts);
      const took = epidemics(args, windows, facts, true).flatMap(
        ({ fromUs, learnedAtUs, members }) =>
          members
            .filter((member) => up.isUpAt(member, facts.endedAtUs - 1))
            .map((member) => (learnedAtUs.get(member) ?? Infinity) - fromUs),
      );
      if (took.length === 0) return nothing();
      const valueUs = nearestRank(Float64Array.from(took), quantile);
      const last = took.reduce((a, b) => Math.max(a, b));
      const slowest = last === Infinity ? 'somebody never did' : formatDurationUs(last);
      const because = `${formatCount(took.length)} times that a member was to learn an item, slowest: ${slowest}`;
      return { value: valueUs / 1000, samples: took.length, because };
    },
  };
}

export default [
  spreadMetric('p50 spread', 'The time until half of the members knew an item.', 0.5),
  spreadMetric('p99 spread', 'The time until 99% of the members knew an item.', 0.99),
  spreadMetric('max spread', 'The time until all members knew all items.', 1),
  infected,
  residue,
] satisfies readonly Metric[];
