/**
 * What a battery found, for people: for each cut what was answered and what it cost, then the calm,
 * and the letters last. Shares are shown as their intervals of 95%.
 */
import type {
  CalmResult,
  CellResult,
  Judged,
  LatencyResult,
  LostResult,
  ModelResult,
  OtherFaultResult,
  Share,
  SideResult,
  StalenessResult,
  Tradeoff,
  WitnessResult,
} from '../scenarios/result.ts';
import { formatCount, formatDurationUs } from '../sim/units.ts';
import { renderExpectations } from './expectations.ts';
import type { Ink } from './ink.ts';
import { alignedRow, columnWidths, paragraph, plural } from './layout.ts';
import { operationText } from './operation-text.ts';

const INDENT = '  ';

/** All of it, with the labels that the scenario expects, ending with a line break. */
export function renderTradeoff(
  tradeoff: Tradeoff,
  ink: Ink,
  judged: readonly Judged[] = [],
): string {
  const { cells, otherFaults, calm, inapplicable } = tradeoff;
  const lines = [
    ...head(tradeoff, ink),
    ...(cells.length === 0
      ? []
      : ['', ink.strong('WHEN THE NETWORK IS CUT'), ...cutLines(cells, ink)]),
    ...(calm === null ? [] : ['', ink.strong('WITHOUT A CUT'), ...calmLines(calm, ink)]),
    ...(otherFaults.length === 0
      ? []
      : ['', ink.strong('OTHER FAULTS, WHICH GIVE NO LETTER'), ...otherLines(otherFaults, ink)]),
    ...(inapplicable === null ? witnessLines(tradeoff, ink) : []),
    ...errorLines(tradeoff, ink),
    '',
    ...verdictLines(tradeoff, ink),
    ...(judged.length === 0 ? [] : ['', ...renderExpectations({ judged }, ink)]),
  ];
  return `${lines.join('\n')}\n`;
}

/** The label and on what it rests, in one line. */
export function tradeoffLine(tradeoff: Tradeoff, ink: Ink): string {
  return `${ink.clean(tradeoff.scenario)}  ${labelText(tradeoff)}`;
}

function head(tradeoff: Tradeoff, ink: Ink): string[] {
  const { scenario, kinds, workload, asked, replicas, arbiters, settings, seed, seeds, calm } =
    tradeoff;
  const { timeScale, cutMs, gapMs, patienceMs, oneWayMs, perNodePerSecond } = settings;
  const store = `${kinds.join(', ')}: ${counted(replicas, 'replica')}${arbiters === 0 ? '' : ` and ${counted(arbiters, 'arbiter')}`}`;
  const clients = `${workload} clients at ${counted(asked, 'node')}, ${perNodePerSecond.toFixed(0)} requests a second at each`;
  const times = [
    `a cut of ${ms(cutMs)}`,
    gapMs === 0 ? 'no gap for a fail-over' : `its first ${ms(gapMs)} are the gap of the fail-over`,
    `patience ${ms(patienceMs)}`,
    `${ms(oneWayMs)} one way`,
    ...(timeScale === 1 ? [] : [`times of the store divided by ${timeScale} (time-scale)`]),
  ];
  const runs = `${counted(seeds, 'seed')} of each cut, drawn from seed ${seed}`;
  const none =
    calm === null || calm.model.broken > 0
      ? ''
      : `shares are intervals of 95%; what happened in none of ${calm.runs} runs happens in ${bound(calm.model.brokenAtMost)} at most`;
  const sign = ` ${ink.glyph.separator} `;
  return [
    `${ink.strong('TRADEOFF')}  ${ink.strong(ink.clean(scenario))}`,
    ...[`${store}${sign}${clients}`, `${runs}${sign}${times.join(', ')}`, none]
      .filter((text) => text !== '')
      .flatMap((text) => paragraph(ink.clean(text), ink.width, INDENT).map(ink.dim)),
  ];
}

/** `9.5%`. */
function bound(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

// --- Cuts --------------------------------------------------------------------------------------

/** Each cut: its sides in columns, then what became of consistency, then the letter. */
function cutLines(cells: readonly CellResult[], ink: Ink): string[] {
  const rowOf = (side: SideResult) => [side.name, answeredText(side.answered), firstText(side)];
  const titles = ['side', 'answered in the steady cut', 'first answer after the cut'];
  const widths = columnWidths([titles, ...cells.flatMap(({ sides }) => sides.map(rowOf))]);
  const row = (texts: readonly string[]) => `    ${alignedRow(texts, widths)}`;
  return [
    ink.dim(row(titles)),
    ...cells.flatMap((cell) => [
      `${INDENT}${ink.strong(cell.name)}  ${lettersText(cell)}`,
      ...whyNot(cell, ink),
      ...cell.sides.map((side) => ink.clean(row(rowOf(side)))),
      ...paragraph(ink.clean(consistencyText(cell, ink)), ink.width, '    ').map(ink.dim),
    ]),
  ];
}

/** Of a cut that most runs did not exercise: why. */
function whyNot({ letters, why }: CellResult, ink: Ink): string[] {
  if (letters[0]?.[0] !== 'none') return [];
  return paragraph(ink.clean(why), ink.width, '    ');
}

function lettersText({ letters, runs }: CellResult): string {
  return letters
    .map(([letter, count]) => `${letter === 'none' ? 'not exercised' : letter} ${count} of ${runs}`)
    .join(', ');
}

/** Reads and writes together, unless they fared differently. */
function answeredText({ read, write }: SideResult['answered']): string {
  if (read.of === 0) return write.of === 0 ? 'nothing was asked' : interval(write);
  if (write.of === 0) return interval(read);
  const apart = read.low > write.high || write.low > read.high;
  if (apart) return `reads ${interval(read)}, writes ${interval(write)}`;
  return interval(joint(read, write));
}

/** Of two shares whose intervals overlap, the widest bounds. */
function joint(a: Share, b: Share): Share {
  return {
    hits: a.hits + b.hits,
    of: a.of + b.of,
    low: Math.min(a.low, b.low),
    high: Math.max(a.high, b.high),
  };
}

/** `99.2-99.7%`; `0-0.1%`. */
function interval({ low, high, hits, of }: Share): string {
  if (of === 0) return 'not asked';
  const percent = (share: number) => String(Math.round(share * 1000) / 10);
  const [from, to] = [hits === 0 ? '0' : percent(low), hits === of ? '100' : percent(high)];
  return from === to ? `${from}%` : `${from}-${to}%`;
}

function firstText({ firstAnswerMs, silentRuns }: SideResult): string {
  if (firstAnswerMs === null) return 'none';
  const { median, max } = firstAnswerMs;
  const most = ms(max) === ms(median) ? '' : `, ${ms(max)} at most`;
  const silent = silentRuns === 0 ? '' : `, none in ${counted(silentRuns, 'run')}`;
  return `${ms(median)}${most}${silent}`;
}

function consistencyText(cell: CellResult, ink: Ink): string {
  const { model, exposure, staleness, lost, sides } = cell;
  const pairs = `write-read pairs ${formatCount(exposure.across)} across and ${formatCount(exposure.within)} within`;
  const shares = sides.flatMap(({ name, keysAnswered }) =>
    keysAnswered === null ? [] : [`${name} answered for ${interval(keysAnswered)} of the keys`],
  );
  return [
    ...modelTexts(model, cell.runs),
    pairs,
    ...shares,
    ...staleTexts(staleness),
    ...lostTexts(lost),
  ].join(` ${ink.glyph.separator} `);
}

/** `linearizable 28 of 30`, and what holds in all runs if that does not. */
function modelTexts({ top, held, unknown, strongest }: ModelResult, runs: number): string[] {
  const open = unknown === 0 ? '' : ` (${unknown} not found out)`;
  const first = `${top} ${held} of ${runs}${open}`;
  if (held === runs) return [first];
  const kept = strongest.filter((level) => level !== top);
  return [first, `in all runs ${kept.length === 0 ? 'no level' : kept.join(' and ')}`];
}

function staleTexts(staleness: StalenessResult | null): string[] {
  if (staleness === null) return [];
  const { stale, age, versionsMax } = staleness;
  const reads = `stale reads ${formatCount(stale.hits)} of ${formatCount(stale.of)}`;
  if (age === null) return [reads];
  const ages = `median ${ms(age.p50Ms)}, p99 ${ms(age.p99Ms)}, at most ${ms(age.maxMs)} and ${counted(versionsMax, 'version')} behind`;
  return [`${reads} (${interval(stale)}): ${ages}`];
}

function lostTexts(lost: LostResult | null): string[] {
  if (lost === null) return [];
  const { acknowledged, rpoMs, runs } = lost;
  const count = `lost writes ${formatCount(lost.lost)} of ${formatCount(acknowledged)}`;
  if (lost.lost === 0) return [count];
  const before = rpoMs === null ? '' : `, the oldest from ${ms(rpoMs)} before the fault`;
  return [`${count} in ${counted(runs, 'run')}${before}`];
}

// --- Calm --------------------------------------------------------------------------------------

const PLACES = { leader: 'at the leader', elsewhere: 'elsewhere', everywhere: 'everywhere' };

function calmLines(calm: CalmResult, ink: Ink): string[] {
  const { latency, model, runs, exposure, staleness, far, lost } = calm;
  const facts = [
    ...modelTexts(model, runs),
    `write-read pairs ${formatCount(exposure)}`,
    `answered ${answeredText(calm.answered)}`,
    ...staleTexts(staleness),
    ...staleTexts(far?.staleness ?? null).map((text) => `with one replica far away ${text}`),
    ...lostTexts(lost),
    costText(calm),
  ].join(` ${ink.glyph.separator} `);
  const titles = ['', 'median', 'p99', 'grows with the one-way latency by'];
  const rows = [titles, ...latency.map(latencyCells)];
  const widths = columnWidths(rows);
  const lines = rows.map((row) => `${INDENT}${alignedRow(row, widths)}`);
  return [
    ...paragraph(ink.clean(facts), ink.width, INDENT),
    ...lines.map((line, i) => (i === 0 ? ink.dim(line) : ink.clean(line))),
  ];
}

function costText({ messagesPerOperation, bytesPerOperation }: CalmResult): string {
  const size = bytesPerOperation === null ? '' : ` and ${formatCount(bytesPerOperation)} bytes`;
  return `${messagesPerOperation.toFixed(1)} messages${size} between nodes for each operation`;
}

function latencyCells({ place, kind, medianMs, p99Ms, slope }: LatencyResult): string[] {
  const what = `${kind}s ${PLACES[place]}`;
  return [what, ms(medianMs), ms(p99Ms), slope === null ? 'not measured' : slopeText(slope)];
}

/** One decimal, and no `-0.0`. */
export function slopeNumber(slope: number): string {
  return Math.abs(slope) < 0.05 ? '0.0' : slope.toFixed(1);
}

/** `b 2.0: 1.0 round trips`. */
function slopeText(slope: number): string {
  const b = `b ${slopeNumber(slope)}`;
  if (slope < 0.1) return `${b}: waits for no other node`;
  return `${b}: ${(slope / 2).toFixed(1)} round trips`;
}

// --- Faults that cut nothing -------------------------------------------------------------------

function otherLines(faults: readonly OtherFaultResult[], ink: Ink): string[] {
  return faults.flatMap((one) => {
    const { name, durationMs, aheadMs, runs, broken, answered, model, staleness, lost } = one;
    const how = aheadMs === null ? `for ${ms(durationMs)}` : `by ${ms(aheadMs)}`;
    const kept =
      broken === 0
        ? `kept all in ${counted(runs, 'run')}`
        : `broke what it keeps without a fault in ${broken} of ${runs}`;
    const facts = [
      ...modelTexts(model, runs),
      `answered ${answeredText(answered)}`,
      ...staleTexts(staleness),
      ...lostTexts(lost),
    ].join(` ${ink.glyph.separator} `);
    return [
      ink.clean(`${INDENT}${name} ${how}  ${kept}`),
      ...paragraph(ink.clean(facts), ink.width, '    ').map(ink.dim),
    ];
  });
}

// --- Witnesses and verdict ---------------------------------------------------------------------

const CLAIMS: readonly (readonly [claim: WitnessResult['claim'], title: string])[] = [
  ['unanswered', 'Not answered'],
  ['inconsistent', 'Not consistent'],
  ['stale', 'Stale'],
  ['lost', 'Lost'],
];

/** One of each claim: of a cut if there is one. */
function witnessLines({ witnesses }: Tradeoff, ink: Ink): string[] {
  const lines = CLAIMS.flatMap(([claim, title]) => {
    const all = witnesses.filter((one) => one.claim === claim);
    const one = all.find(({ cell }) => cell !== '') ?? all[0];
    if (one === undefined) return [];
    const { cell, seed, sentence, operations } = one;
    const where = `${cell === '' ? 'without a cut' : cell}, seed ${seed}`;
    return [
      ...paragraph(ink.clean(`${title} (${where}): ${sentence}`), ink.width, INDENT),
      ...operations.slice(0, 4).map((operation) => {
        const at = formatDurationUs(operation.invokedAtUs);
        const what = `#${operation.index}  ${at}  ${operation.node ?? ''}  ${operationText(operation)}`;
        return ink.dim(ink.clean(`    ${what}`));
      }),
    ];
  });
  return lines.length === 0 ? [] : ['', ink.strong('WITNESSES'), ...lines];
}

function errorLines({ errors }: Tradeoff, ink: Ink): string[] {
  const [first] = errors;
  if (first === undefined) return [];
  const text = `${counted(errors.length, 'run')} broke off, the first (${first.cell || 'without a cut'}, seed ${first.seed}): ${first.error}`;
  return ['', ...paragraph(ink.clean(text), ink.width, INDENT)];
}

function verdictLines(tradeoff: Tradeoff, ink: Ink): string[] {
  const { because } = tradeoff;
  const reasons =
    because === null
      ? []
      : [`Under partition: ${because.partition}.`, `Else: ${because.else}.`].flatMap((text) =>
          paragraph(ink.clean(text), ink.width, INDENT),
        );
  return [ink.strong(labelText(tradeoff)), ...reasons];
}

/** `PC/EC  30 of 30 seeds`; a mixture names its parts. */
export function labelText({ inapplicable, mixture, seeds, seedsWanted }: Tradeoff): string {
  if (inapplicable !== null) return inapplicable;
  if (mixture.length === 0) return 'no seed was finished';
  const parts = mixture.map(([label, count]) => `${label} ${count} of ${seeds}`).join(', ');
  const few = seeds < seedsWanted ? ` (${seeds} of ${seedsWanted} seeds)` : ' seeds';
  return `${parts}${few}`;
}

function ms(value: number): string {
  return formatDurationUs(value * 1000);
}

function counted(count: number, noun: string): string {
  return plural(count, formatCount(count), noun);
}
