/**
 * How well failure detectors do, from the notes `suspects`, `trusts` and `declares dead` of any
 * kind: speed, completeness and accuracy, as Chen, Toueg, Aguilera 2002 (On the Quality of Service
 * of Failure Detectors) measure them.
 */
import { nearestRank } from '../../sim/nearest-rank.ts';
import type { NodeId } from '../../sim/node.ts';
import { formatCount, formatDurationUs, formatMomentUs } from '../../sim/units.ts';
import type { DownFact, Facts, Measurement, Metric, NoteFact, Window } from '../checker.ts';
import { fieldOf, lostNotes, notesOf, placeNames, placesNamed, UpTimes } from './parts/noted.ts';
import { disjoint, WindowCursor } from './parts/windows.ts';

const SUSPECTS = 'suspects';
const TRUSTS = 'trusts';
const DEAD = 'declares dead';
const readsNotes = [SUSPECTS, TRUSTS, DEAD];
const ARGUMENTS = 'Arguments: the groups or nodes that are judged.';

/** A crash, and how long it took others to notice: Infinity if nobody did while it lasted. */
interface Detected {
  readonly crash: DownFact;
  readonly crashedAtUs: number;
  readonly tookUs: number;
}

type Finder = (crash: DownFact, crashedAtUs: number, about: readonly NoteFact[]) => number;

function detectionMetric(
  name: string,
  summary: string,
  finder: (facts: Facts) => Finder,
  of: (tookUs: Float64Array) => number,
): Metric {
  return {
    name,
    summary,
    unit: 'ms',
    doc: `${ARGUMENTS} Of crashes in the window. One that nobody noticed while the node was down counts as longer than any, if the node stayed down; one that was over before is left out.`,
    readsNotes,
    accepts: placeNames,
    measure(args, windows, _history, facts) {
      const lost = lostNotes(readsNotes, facts);
      if (lost !== null) return lost;
      const found = detections(args, windows, facts, finder(facts));
      if (found.length === 0) {
        return {
          value: null,
          samples: 0,
          because: 'no crash in the window was noticed',
        };
      }
      const worst = found.reduce((a, b) => (b.tookUs > a.tookUs ? b : a));
      const value = of(Float64Array.from(found, ({ tookUs }) => tookUs)) / 1000;
      return { value, samples: found.length, because: slowest(worst, found.length) };
    },
  };
}

function slowest({ crash, crashedAtUs, tookUs }: Detected, count: number): string {
  const took = tookUs === Infinity ? 'never noticed' : formatDurationUs(tookUs);
  const crashes = count === 1 ? '1 crash' : `${formatCount(count)} crashes`;
  return `${crashes}, slowest: ${crash.node} at ${formatMomentUs(crashedAtUs)}, ${took}`;
}

function detections(
  args: readonly string[],
  windows: readonly Window[],
  facts: Facts,
  find: Finder,
): readonly Detected[] {
  const places = placesNamed(args, facts);
  const about = bySubject(notesOf([SUSPECTS, DEAD], facts));
  const cursor = new WindowCursor(disjoint(windows));
  const found: Detected[] = [];
  for (const crash of facts.down) {
    const { crashedAtUs, node, untilUs } = crash;
    if (crashedAtUs === undefined || cursor.find(crash.fromUs) === -1) continue;
    if (places !== null && !places.has(node)) continue;
    const tookUs = find(crash, crashedAtUs, about.get(node) ?? []);
    // What is over before anybody can notice says nothing of a detector.
    if (tookUs === Infinity && untilUs < facts.durationUs) continue;
    found.push({ crash, crashedAtUs, tookUs });
  }
  return found;
}

function bySubject(notes: readonly NoteFact[]): ReadonlyMap<NodeId, readonly NoteFact[]> {
  const about = new Map<NodeId, NoteFact[]>();
  for (const note of notes) {
    const of = fieldOf(note, 'of');
    if (typeof of !== 'string') continue;
    const own = about.get(of);
    if (own === undefined) about.set(of, [note]);
    else own.push(note);
  }
  return about;
}

/** Until the first note of it. */
const firstNoted = (): Finder => (crash, crashedAtUs, about) => {
  const first = about.find(({ atUs }) => atUs >= crashedAtUs && atUs < crash.untilUs);
  return first === undefined ? Infinity : first.atUs - crashedAtUs;
};

/** Until every member of its group that stayed up has declared it dead. */
function lastDeclared(facts: Facts): Finder {
  const up = new UpTimes(facts);
  const groupOf = new Map(facts.groups.flatMap(({ nodes }) => nodes.map((n) => [n, nodes])));
  return (crash, crashedAtUs, about) => {
    const declared = new Map<NodeId, number>();
    for (const { node, label, atUs } of about) {
      if (label !== DEAD || atUs < crashedAtUs || atUs >= crash.untilUs) continue;
      if (!declared.has(node)) declared.set(node, atUs);
    }
    let lastUs = crashedAtUs;
    for (const member of groupOf.get(crash.node) ?? []) {
      if (member === crash.node) continue;
      const atUs = declared.get(member) ?? Infinity;
      if (atUs > lastUs && up.isUpFrom(member, crashedAtUs, Math.min(atUs, facts.durationUs))) {
        lastUs = atUs;
      }
    }
    return lastUs - crashedAtUs;
  };
}

const quantiles = [50, 99].map((percent) =>
  detectionMetric(
    `p${percent} detection`,
    `The time until the first member noticed a crash, in ${percent}% of the crashes at most.`,
    firstNoted,
    (took) => nearestRank(took, percent / 100),
  ),
);

const mean = detectionMetric(
  'mean detection',
  'The mean time from a crash to the first that noticed.',
  firstNoted,
  (took) => took.reduce((sum, us) => sum + us, 0) / took.length,
);

const max = detectionMetric(
  'max detection',
  'The longest time from a crash to the first that noticed.',
  firstNoted,
  (took) => nearestRank(took, 1),
);

const full = detectionMetric(
  'full detection',
  'The longest time from a crash until all members that stayed up had declared it dead.',
  lastDeclared,
  (took) => nearestRank(took, 1),
);

// --- The curve ---------------------------------------------------------------------------------

/** Of members that are up, those that hold each crashed one for dead or suspect, at a moment. */
function shareDetected(
  args: readonly string[],
  atUs: number,
  facts: Facts,
): readonly [noticed: number, asked: number] {
  const up = new UpTimes(facts);
  const places = placesNamed(args, facts);
  const about = bySubject(notesOf([SUSPECTS, DEAD, TRUSTS], facts));
  const seenUs = Math.min(atUs, facts.endedAtUs - 1);
  let noticed = 0;
  let asked = 0;
  for (const { node, crashedAtUs, untilUs } of facts.down) {
    if (crashedAtUs === undefined || crashedAtUs > seenUs || untilUs <= seenUs) continue;
    if (places !== null && !places.has(node)) continue;
    const beliefs = new Map<NodeId, boolean>();
    for (const note of about.get(node) ?? []) {
      const { atUs: notedUs, label } = note;
      if (notedUs >= crashedAtUs && notedUs <= atUs) beliefs.set(note.node, label !== TRUSTS);
    }
    const members = facts.groups.find(({ nodes }) => nodes.includes(node))?.nodes ?? [];
    for (const member of members) {
      if (member === node || !up.isUpAt(member, seenUs)) continue;
      asked++;
      if (beliefs.get(member) === true) noticed++;
    }
  }
  return [noticed, asked];
}

const detected: Metric = {
  name: 'detected',
  summary: 'The share of members, of those up, that hold a crashed one for suspect or dead.',
  unit: 'ratio',
  doc: `${ARGUMENTS} At the end of the window, over all that are down by a crash then; drawn over time it is the curve of the detection.`,
  readsNotes,
  accepts: placeNames,
  measure(args, windows, _history, facts): Measurement {
    const lost = lostNotes(readsNotes, facts);
    if (lost !== null) return lost;
    const [noticed, asked] = shareDetected(args, windows[windows.length - 1]?.untilUs ?? 0, facts);
    if (asked === 0) return { value: null, samples: 0, because: 'nobody was down by a crash' };
    const because = `${formatCount(noticed)} of ${formatCount(asked)} pairs of a member and a crashed one`;
    return { value: noticed / asked, samples: asked, because };
  },
};

// --- Mistakes ----------------------------------------------------------------------------------

/** Notes about members that were up and not paused. */
function mistakes(
  label: string,
  args: readonly string[],
  windows: readonly Window[],
  facts: Facts,
): readonly NoteFact[] {
  const up = new UpTimes(facts);
  const places = placesNamed(args, facts);
  const cursor = new WindowCursor(disjoint(windows));
  return notesOf([label], facts).filter((note) => {
    const of = fieldOf(note, 'of');
    if (typeof of !== 'string' || cursor.find(note.atUs) === -1) return false;
    return (places === null || places.has(of)) && up.isUpAt(of, note.atUs);
  });
}

function countMetric(
  name: string,
  summary: string,
  label: string,
  distinct: (note: NoteFact) => string | null,
): Metric {
  return {
    name,
    summary,
    unit: 'count',
    doc: `${ARGUMENTS} Of members that were up and not paused at that moment.`,
    readsNotes,
    accepts: placeNames,
    measure(args, windows, _history, facts) {
      const lost = lostNotes(readsNotes, facts);
      if (lost !== null) return lost;
      const found = mistakes(label, args, windows, facts);
      const apart = new Set(found.map((note, i) => distinct(note) ?? i));
      const [first] = found;
      const because =
        first === undefined
          ? 'there was none'
          : `first: ${first.node} of ${fieldOf(first, 'of')} at ${formatMomentUs(first.atUs)}`;
      return { value: apart.size, samples: apart.size, because };
    },
  };
}

const falseSuspicions = countMetric(
  'false suspicions',
  'How often a member came to suspect another one that was up.',
  SUSPECTS,
  () => null,
);

/** One death is believed by many: those of one incarnation count once. */
const falseDeaths = countMetric(
  'false deaths',
  'How many members were declared dead that were up; the same incarnation of one counts once.',
  DEAD,
  (note) => {
    const incarnation = fieldOf(note, 'incarnation');
    return incarnation === null ? null : `${fieldOf(note, 'of')} ${incarnation}`;
  },
);

const mistakeTime: Metric = {
  name: 'mistake time',
  summary: 'The mean time from a false suspicion until the same member trusts again.',
  unit: 'ms',
  doc: `${ARGUMENTS} Of false suspicions in the window; one that is never taken back lasts until the end.`,
  readsNotes,
  accepts: placeNames,
  measure(args, windows, _history, facts): Measurement {
    const lost = lostNotes(readsNotes, facts);
    if (lost !== null) return lost;
    const found = mistakes(SUSPECTS, args, windows, facts);
    if (found.length === 0)
      return { value: null, samples: 0, because: 'nobody was suspected falsely' };
    const trusts = notesOf([TRUSTS], facts);
    let sumUs = 0;
    for (const { node, detail, atUs } of found) {
      const end = trusts.find(
        (t) => t.node === node && t.detail['of'] === detail['of'] && t.atUs >= atUs,
      );
      sumUs += (end?.atUs ?? facts.endedAtUs) - atUs;
    }
    const because = `${formatCount(found.length)} false suspicions`;
    return { value: sumUs / found.length / 1000, samples: found.length, because };
  },
};

export default [
  ...quantiles,
  mean,
  max,
  full,
  detected,
  falseSuspicions,
  falseDeaths,
  mistakeTime,
] satisfies readonly Metric[];
