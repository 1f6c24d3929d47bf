/** All runs of a battery, put together. The unit of replication is the seed. */
import { LEVELS, maximalOf } from '../../checks/causal/levels.ts';
import register from '../../interfaces/register.ts';
import { nearestRank } from '../../sim/nearest-rank.ts';
import type { NodeId } from '../../sim/node.ts';
import { wilson } from '../../sim/proportion.ts';
import { type Battery, type Cell, FAR, SCALES, SEEDS } from './battery.ts';
import { levelsOf, promisedLevels, REGULAR } from './consistency.ts';
import { labelsOf } from './labels.ts';
import { type Baseline, breaks, type CellLetter, isPartial, lettersOf } from './letters.ts';
import { GAP_DETECTIONS } from './measure.ts';
import type { NamedFault } from './other-faults.ts';
import { KINDS, type NodeTally, type OperationKind, type Sample } from './sample.ts';
import type {
  CalmResult,
  CellResult,
  FarResult,
  LatencyResult,
  LostResult,
  ModelResult,
  OtherFaultResult,
  Share,
  SideResult,
  StalenessResult,
  Tradeoff,
  WitnessResult,
} from './tradeoff.ts';

/** Samples may be missing, after an interrupt: then fewer seeds are complete. */
export function concludeBattery(battery: Battery, samples: readonly Sample[]): Tradeoff {
  const head = headOf(battery);
  const errors = samples.flatMap(({ cell, seed, error }) =>
    error === null ? [] : [{ cell, seed, error }],
  );
  const nothing = {
    ...{ label: null, mixture: [], because: null, cells: [], otherFaults: [], witnesses: [] },
    errors,
  };
  const calm = samples.filter(({ cell, scale }) => cell === '' && scale === 1);
  if (battery.subject.replicas.length < 2) {
    const why = 'no replication: labels do not apply';
    const shown = calm.length === 0 ? null : calmResult(battery, samples);
    const model = shown?.model ?? null;
    return { ...head, ...nothing, seeds: calm.length, inapplicable: why, calm: shown, model };
  }
  if (calm.length === 0) {
    const why = 'no run was finished';
    return { ...head, ...nothing, seeds: 0, inapplicable: why, calm: null, model: null };
  }
  const baseline = baselineOf(battery, calm);
  const result = calmResult(battery, samples);
  const judged = battery.cells.map((cell) => {
    const runs = samples.filter((sample) => sample.cell === cell.name);
    return { cell, runs, found: lettersOf(runs, baseline) };
  });
  const cells = judged
    .filter(({ runs }) => runs.length > 0)
    .map(({ cell, runs, found }) => cellResult(cell, runs, found, battery));
  return {
    ...head,
    ...labelsOf(calm, judged, result, baseline),
    inapplicable: null,
    cells,
    otherFaults: battery.others.flatMap((other) => otherFaultOf(other, battery, samples, baseline)),
    calm: result,
    model: modelResult([...calm, ...judged.flatMap(({ runs }) => runs)], battery),
    witnesses: witnessesOf(samples),
    errors,
  };
}

function headOf(battery: Battery) {
  const { scenario, subject, perSecond, timeScale } = battery;
  const { workload } = subject.load;
  return {
    scenario: scenario.name,
    seed: scenario.seed,
    kinds: subject.groups.map(({ kind }) => kind),
    workload: workload.name,
    interface: workload.asks.name,
    asked: subject.asked.length,
    replicas: subject.replicas.length,
    arbiters: subject.arbiters.length,
    seedsWanted: SEEDS as 30,
    settings: {
      timeScale,
      cutMs: battery.cutUs / 1000,
      gapMs: Math.min(battery.cutUs / 2, GAP_DETECTIONS * battery.detectionUs) / 1000,
      patienceMs: battery.patienceUs / 1000,
      oneWayMs: battery.oneWayUs / 1000,
      perNodePerSecond: perSecond / subject.asked.length,
    },
  };
}

// --- Baseline ----------------------------------------------------------------------------------

function baselineOf({ subject }: Battery, calm: readonly Sample[]): Baseline {
  const shares = sharesOf(calm.flatMap((sample) => sample.calm));
  const { names, oneCopy } = levelsOf(subject.load.workload.asks);
  const claims = subject.groups.flatMap(
    ({ system, params }) => system.claimsWith?.(params as never) ?? system.claims,
  );
  const promised = promisedLevels(subject.load.workload.asks, claims);
  const kept = keptBy(calm, names);
  return {
    levels: new Set(kept.filter((level) => promised?.has(level) !== false)),
    calmLevels: new Set(kept),
    oneCopy,
    losesAtMost: losesAtMost(calm),
    answered: (node: NodeId, kind: OperationKind) => shares.get(`${node} ${kind}`) ?? 1,
  };
}

/** 0 where nothing is lost: then a single lost write is more. */
function losesAtMost(calm: readonly Sample[]): number {
  const found = lostResult(calm);
  return found === null || found.lost === 0 ? 0 : wilson(found.lost, found.acknowledged).high;
}

function verdictOf(levels: Sample['levels'], name: string) {
  return levels.find(([level]) => level === name)?.[1];
}

/** The levels that hold in all of these runs. */
function keptBy(runs: readonly Sample[], names: readonly string[]): readonly string[] {
  return names.filter((level) => runs.every(({ levels }) => verdictOf(levels, level) === 'pass'));
}

// --- Numbers -----------------------------------------------------------------------------------

function share(hits: number, of: number): Share {
  return { hits, of, ...wilson(hits, of) };
}

function answeredOf(tallies: readonly NodeTally[]): { readonly [K in OperationKind]: Share } {
  const sum = (kind: OperationKind, i: 0 | 1) =>
    tallies.reduce((total, { tally }) => total + tally[kind][i], 0);
  return {
    read: share(sum('read', 1), sum('read', 0)),
    write: share(sum('write', 1), sum('write', 0)),
  };
}

function cellResult(
  { name }: Cell,
  runs: readonly Sample[],
  found: readonly CellLetter[],
  battery: Battery,
): CellResult {
  const letters = new Map<CellResult['letters'][number][0], number>();
  for (const { letter } of found) {
    const called = letter ?? 'none';
    letters.set(called, (letters.get(called) ?? 0) + 1);
  }
  const sorted = [...letters].sort((a, b) => b[1] - a[1]);
  const most = sorted[0]?.[0];
  return {
    name,
    runs: runs.length,
    letters: sorted,
    why: found.find(({ letter }) => (letter ?? 'none') === most)?.why ?? '',
    sides: sideResults(runs),
    model: modelResult(runs, battery),
    exposure: {
      across: runs.reduce((sum, { exposure }) => sum + exposure.across, 0),
      within: runs.reduce((sum, { exposure }) => sum + exposure.within, 0),
    },
    staleness: stalenessResult(runs),
    lost: lostResult(runs),
  };
}

/** Empty where no run of it was made. */
function otherFaultOf(
  { name, faults }: NamedFault,
  battery: Battery,
  samples: readonly Sample[],
  baseline: Baseline,
): readonly OtherFaultResult[] {
  const runs = samples.filter(({ cell }) => cell === name);
  if (runs.length === 0) return [];
  const { by } = faults.params;
  return [
    {
      name,
      durationMs: faults.forUs / 1000,
      aheadMs: typeof by === 'number' ? by : null,
      runs: runs.length,
      answered: answeredOf(runs.flatMap((one) => one.calm)),
      model: modelResult(runs, battery),
      staleness: stalenessResult(runs),
      lost: lostResult(runs),
      broken: runs.filter((one) => breaks(one, baseline)).length,
    },
  ];
}

/** Sides of one name are one side, whatever cut of the scenario they belong to. */
function sideResults(runs: readonly Sample[]): readonly SideResult[] {
  const sides = runs.flatMap(({ spells }) => spells.flatMap((spell) => spell.sides));
  const names = [...new Set(sides.map(({ name }) => name))];
  return names.map((name) => {
    const meant = sides.filter((side) => side.name === name);
    const gap = answeredOf(meant.flatMap((side) => side.gap));
    const firsts = meant.flatMap(({ firstAnswerUs }) => firstAnswerUs ?? []);
    const keys = meant.flatMap((side) => KINDS.map((kind) => side.keys[kind]));
    const all = keys.reduce((sum, one) => sum + one.all, 0);
    const seen = keys.reduce((sum, one) => sum + one.all + one.none + one.some, 0);
    return {
      name,
      answered: answeredOf(meant.flatMap((side) => side.steady)),
      leastShare: leastOf(meant.flatMap((side) => side.steady)),
      inGap: share(gap.read.hits + gap.write.hits, gap.read.of + gap.write.of),
      firstAnswerMs:
        firsts.length === 0
          ? null
          : { median: quantile(firsts, 0.5) / 1000, max: Math.max(...firsts) / 1000 },
      silentRuns: meant.length - firsts.length,
      keysAnswered: meant.some(isPartial) ? share(all, seen) : null,
    };
  });
}

/** By node and kind the share that was answered, of what was asked. */
function sharesOf(tallies: readonly NodeTally[]): ReadonlyMap<string, number> {
  const sums = new Map<string, readonly [asked: number, answered: number]>();
  for (const { node, tally } of tallies) {
    for (const kind of KINDS) {
      const place = `${node} ${kind}`;
      const [asked, answered] = sums.get(place) ?? [0, 0];
      sums.set(place, [asked + tally[kind][0], answered + tally[kind][1]]);
    }
  }
  const seen = [...sums].filter(([, [asked]]) => asked > 0);
  return new Map(seen.map(([place, [asked, answered]]) => [place, answered / asked]));
}

function leastOf(tallies: readonly NodeTally[]): number {
  const shares = [...sharesOf(tallies).values()];
  return shares.length === 0 ? 0 : Math.min(...shares);
}

function modelResult(runs: readonly Sample[], { subject }: Battery): ModelResult {
  const { asks } = subject.load.workload;
  const { names } = levelsOf(asks);
  const [top = ''] = names;
  const count = (verdict: string) =>
    runs.filter(({ levels }) => verdictOf(levels, top) === verdict).length;
  const kept = keptBy(runs, names);
  const levels = maximalOf(LEVELS.filter(({ name }) => kept.includes(name)));
  const beside = kept.includes(top) ? [] : kept.filter((name) => name === REGULAR);
  const strongest =
    asks === register ? [...levels.map(({ name }) => name), ...beside] : kept.slice(0, 1);
  const broken = count('fail');
  return {
    strongest,
    top,
    held: count('pass'),
    broken,
    unknown: count('unknown'),
    brokenAtMost: broken === 0 ? zeroOf(runs.length) : wilson(broken, runs.length).high,
  };
}

/**
 * Upper bound of 95% for none of n, `1 - .05^(1/n)`: by bisection, for lack of a portable power.
 */
function zeroOf(n: number): number {
  if (n === 0) return 1;
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    let none = 1;
    for (let k = 0; k < n; k++) none *= 1 - middle;
    if (none > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

function stalenessResult(runs: readonly Sample[]): StalenessResult | null {
  const all = runs.flatMap(({ staleness }) => staleness ?? []);
  if (all.length === 0) return null;
  const ages = all.flatMap(({ agesUs }) => agesUs);
  const versions = all.flatMap((one) => one.versions);
  const reads = all.reduce((sum, one) => sum + one.reads, 0);
  const at = (q: number) => quantile(ages, q) / 1000;
  return {
    stale: share(ages.length, reads),
    age: ages.length === 0 ? null : { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) },
    versionsMax: versions.reduce((a, b) => Math.max(a, b), 0),
  };
}

function lostResult(runs: readonly Sample[]): LostResult | null {
  const all = runs.flatMap(({ lost }) => lost ?? []);
  if (all.length === 0) return null;
  const before = all.flatMap(({ beforeFaultUs, lost }) => (lost > 0 ? (beforeFaultUs ?? []) : []));
  return {
    acknowledged: all.reduce((sum, one) => sum + one.acknowledged, 0),
    lost: all.reduce((sum, one) => sum + one.lost, 0),
    runs: all.filter(({ lost }) => lost > 0).length,
    rpoMs: before.length === 0 ? null : Math.max(...before) / 1000,
  };
}

function calmResult(battery: Battery, samples: readonly Sample[]): CalmResult {
  const calm = samples.filter(({ cell }) => cell === '');
  const runs = calm.filter(({ scale }) => scale === 1);
  const operations = runs.reduce((sum, one) => sum + one.operations, 0);
  const sized = runs.filter(({ bytes }) => bytes !== null);
  const bytes = sized.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
  const sizedOperations = sized.reduce((sum, one) => sum + one.operations, 0);
  return {
    runs: runs.length,
    answered: answeredOf(runs.flatMap((one) => one.calm)),
    model: modelResult(runs, battery),
    exposure: runs.reduce((sum, { exposure }) => sum + exposure.across + exposure.within, 0),
    staleness: stalenessResult(runs),
    far: farResult(samples.filter(({ cell }) => cell === FAR)),
    lost: lostResult(runs),
    latency: latencyResults(calm, battery),
    messagesPerOperation: runs.reduce((sum, one) => sum + one.messages, 0) / operations,
    bytesPerOperation: sized.length === 0 ? null : bytes / sizedOperations,
  };
}

function farResult(runs: readonly Sample[]): FarResult | null {
  if (runs.length === 0) return null;
  const staleRuns = runs.filter(({ levels }) => verdictOf(levels, REGULAR) === 'fail').length;
  return { runs: runs.length, staleRuns, staleness: stalenessResult(runs) };
}

function latencyResults(calm: readonly Sample[], { oneWayUs }: Battery): readonly LatencyResult[] {
  return (['leader', 'elsewhere', 'everywhere'] as const).flatMap((place) =>
    KINDS.flatMap((kind) => {
      const at = (scale: number, of: 'medianUs' | 'p99Us') =>
        calm
          .filter((sample) => sample.scale === scale)
          .flatMap(({ latency }) => latency)
          .filter((one) => one.place === place && one.kind === kind)
          .map((one) => one[of]);
      const once = at(1, 'medianUs');
      if (once.length === 0) return [];
      const byScale = SCALES.flatMap((scale): [number, number][] => {
        const medians = at(scale, 'medianUs');
        return medians.length === 0 ? [] : [[scale, quantile(medians, 0.5) / 1000]];
      });
      const medianMs = quantile(once, 0.5) / 1000;
      const p99Ms = quantile(at(1, 'p99Us'), 0.5) / 1000;
      return [{ place, kind, medianMs, p99Ms, byScale, slope: slopeOf(byScale, oneWayUs) }];
    }),
  );
}

/** Least squares of the median over the one-way latency, which grows with the scale. */
function slopeOf(byScale: readonly (readonly [number, number])[], oneWayUs: number): number | null {
  if (byScale.length < 2 || oneWayUs === 0) return null;
  const points = byScale.map(([scale, ms]) => [(scale * oneWayUs) / 1000, ms] as const);
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const below = points.reduce((sum, [x]) => sum + (x - meanX) * (x - meanX), 0);
  return above / below;
}

function quantile(values: readonly number[], q: number): number {
  return nearestRank(Float64Array.from(values), q);
}

/** The first witness of each claim in each cell. */
function witnessesOf(samples: readonly Sample[]): readonly WitnessResult[] {
  const seen = new Set<string>();
  const found: WitnessResult[] = [];
  for (const { cell, seed, scale, witnesses } of samples) {
    if (scale !== 1) continue;
    for (const { claim, sentence, operations } of witnesses) {
      const place = `${cell} ${claim}`;
      if (seen.has(place)) continue;
      seen.add(place);
      found.push({ cell, seed, claim, sentence, operations });
    }
  }
  return found;
}
