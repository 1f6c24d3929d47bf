/**
 * Who led, and when: a lane for each node that took itself for the leader, by its own notes, and
 * one for the time in which several did at once. Lanes show what a hand-over would hide: a leader
 * that is cut off and does not know it.
 */
import type { Result } from '../scenarios/result.ts';
import { formatDurationUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { blankRow, drawBar, type Row, type TimeScale } from './time-plot.ts';

const LANES_MAX = 5;

type Leader = Result['timeline']['leaders'][number];

interface Stretch {
  readonly fromUs: number;
  readonly untilUs: number;
}

interface Lane {
  readonly node: string;
  readonly terms: readonly number[];
  /** While it led and was neither down nor paused, in order. */
  readonly stretches: readonly Stretch[];
}

/** The lanes of one group of the scenario, since groups elect apart. */
interface GroupLanes {
  readonly lanes: readonly Lane[];
  /** Nodes that led and have no lane. */
  readonly hidden: number;
  /** While two or more led. */
  readonly together: readonly Stretch[];
  /** A term that two nodes led; null without. */
  readonly split: number | null;
  /** What stands before the rows. */
  readonly labels: readonly string[];
}

/** By group, those that had leaders. */
export function leaderLanes(result: Result): readonly GroupLanes[] {
  const { leaders } = result.timeline;
  const led = result.facts.groups
    .map(({ name, nodes }) => ({ name, of: leaders.filter(({ node }) => nodes.includes(node)) }))
    .filter(({ of }) => of.length > 0);
  return led.map(({ name, of }) => {
    const nodes = [...new Set(of.map(({ node }) => node))];
    const lanes = nodes.map((node) => laneOf(node, of, result));
    const together = overlaps(lanes);
    const shown = lanes.slice(0, LANES_MAX);
    const label = led.length === 1 ? TOGETHER : `${TOGETHER} ${name}`;
    return {
      lanes: shown,
      hidden: lanes.length - shown.length,
      together,
      split: splitTerm(of),
      labels: [...shown.map(({ node }) => labelOf(node)), ...(together.length > 0 ? [label] : [])],
    };
  });
}

const TOGETHER = 'two at once';

function labelOf(node: string): string {
  return `leader ${node}`;
}

function laneOf(node: string, leaders: readonly Leader[], { facts, timeline }: Result): Lane {
  const own = leaders.filter((leader) => leader.node === node);
  const reigns = own.map(({ atUs, untilUs }) => ({
    fromUs: atUs,
    untilUs: Math.min(untilUs ?? Infinity, timeline.untilUs),
  }));
  const down = facts.down.filter((each) => each.node === node);
  const stretches = down.reduce<readonly Stretch[]>(without, reigns);
  return { node, terms: [...new Set(own.map(({ term }) => term))], stretches };
}

/** What is left of some stretches where one is taken out. */
function without(stretches: readonly Stretch[], { fromUs, untilUs }: Stretch): readonly Stretch[] {
  return stretches.flatMap((each) =>
    [
      { fromUs: each.fromUs, untilUs: Math.min(each.untilUs, fromUs) },
      { fromUs: Math.max(each.fromUs, untilUs), untilUs: each.untilUs },
    ].filter((part) => part.fromUs < part.untilUs),
  );
}

/** While two or more of the lanes have a stretch. */
function overlaps(lanes: readonly Lane[]): readonly Stretch[] {
  const edges = lanes
    .flatMap(({ stretches }) => stretches)
    .flatMap(({ fromUs, untilUs }) => [
      { atUs: fromUs, more: 1 },
      { atUs: untilUs, more: -1 },
    ])
    .sort((a, b) => a.atUs - b.atUs || a.more - b.more);
  const found: Stretch[] = [];
  let count = 0;
  let sinceUs = 0;
  for (const { atUs, more } of edges) {
    count += more;
    if (more === 1 && count === 2) sinceUs = atUs;
    if (more === -1 && count === 1 && atUs > sinceUs)
      found.push({ fromUs: sinceUs, untilUs: atUs });
  }
  return found;
}

function splitTerm(leaders: readonly Leader[]): number | null {
  const split = leaders.find(({ node, term }) =>
    leaders.some((other) => other.term === term && other.node !== node),
  );
  return split?.term ?? null;
}

/** The rows of all groups. */
export function leaderRows(result: Result, scale: TimeScale, ink: Ink): readonly Row[] {
  return leaderLanes(result).flatMap((group) => {
    const { lanes, together, hidden, split, labels } = group;
    const rows = lanes.map((lane, i) => ({
      label: labels[i] ?? '',
      plot: ink.name(plotOf(lane.stretches, scale, ink)),
      value: laneValue(lane, ink),
      notes: [],
    }));
    const note = `    and ${hidden} more ${hidden === 1 ? 'node' : 'nodes'} that led`;
    const notes = hidden > 0 ? [ink.dim(note)] : [];
    if (together.length === 0) return withNotes(rows, notes);
    const length = ink.clean(formatDurationUs(lengthOf(together)));
    const value = split === null ? length : `${length}, term ${split}`;
    const row = {
      label: labels.at(-1) ?? '',
      plot: ink.bad(plotOf(together, scale, ink)),
      value: split === null ? value : ink.bad(value),
      notes: [],
    };
    return withNotes([...rows, row], notes);
  });
}

function withNotes(rows: readonly Row[], notes: readonly string[]): readonly Row[] {
  return rows.map((row, i) => (i === rows.length - 1 ? { ...row, notes } : row));
}

function plotOf(stretches: readonly Stretch[], scale: TimeScale, ink: Ink): string {
  const row = blankRow(scale.columns);
  for (const { fromUs, untilUs } of stretches) {
    drawBar(row, scale, fromUs, untilUs >= scale.untilUs ? null : untilUs, ink);
  }
  return row.join('');
}

/** `19.9s, term 2`, `3.2s, 4 terms`. */
function laneValue({ terms, stretches }: Lane, ink: Ink): string {
  const length = ink.clean(formatDurationUs(lengthOf(stretches)));
  const [term] = terms;
  // A system without terms notes none.
  if (term === undefined || (terms.length === 1 && term === 0)) return length;
  return terms.length === 1 ? `${length}, term ${term}` : `${length}, ${terms.length} terms`;
}

function lengthOf(stretches: readonly Stretch[]): number {
  return stretches.reduce((sum, { fromUs, untilUs }) => sum + untilUs - fromUs, 0);
}
