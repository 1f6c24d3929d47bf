/**
 * The page of a comparison as HTML: a grid of cells or of seeds, distributions, failures in groups.
 */
import { formatCount } from '../../../sim/units.ts';
import { headHtml, marks, text } from '../page-html.ts';
import type { PageState } from '../page-model.ts';
import { bandsFigure, hasBands } from './bands-html.ts';
import {
  type ComparedRun,
  type ComparedState,
  type Comparison,
  failuresOf,
  heldOf,
  type Measure,
  measuresOf,
  runsAt,
  sentenceOf,
  stateOf,
} from './comparison.ts';
import { differencesTable } from './scenario-diff.ts';

const WIDE = 132;
const TALL = 20;
const BINS = 24;
const LISTED_MAX = 200;
/** With more values an axis is drawn without marks in its cells. */
const MARKS_MAX = 60;

export function comparisonHead(comparison: Comparison): string {
  const { name, subtitle } = comparison;
  return headHtml({
    state: stateOf(comparison),
    sentence: sentenceOf(comparison),
    subtitle: [name, ...subtitle],
    expectations: [],
  });
}

/** `opens`: a click can run one of them in the page. */
export function comparisonMain(comparison: Comparison, opens: boolean): string {
  const measures = measuresOf(comparison);
  const [measure] = measures;
  const { axes } = comparison;
  const grid = axes.length === 0 ? seedGrid(comparison) : valueGrid(comparison, measure ?? null);
  const how = opens
    ? 'A click on a mark runs it in this page and shows it.'
    : 'The line of each run brings it back on the command line.';
  return `<section class="comparison" id="comparison" aria-label="All runs by their values">
${grid}
<p class="quiet">✓ or ● held, ✕ violated${axes.length > 0 && measure !== undefined ? `. Marks lie by ${text(measure.text)}; the dashed line is what is asked` : ''}. ${how}</p>
${measures.map((each) => (hasBands(comparison) ? bandsFigure : distribution)(each, comparison)).join('')}
</section>
<aside>
<section id="failures"><h2>${title(comparison)}</h2>${failures(comparison)}${differencesTable(comparison.scenarios ?? [])}<h2>All runs</h2>${list(comparison)}</section>
</aside>`;
}

function title(comparison: Comparison): string {
  const count = failuresOf(comparison).length;
  if (count === 0) return 'Nothing failed';
  return count === 1 ? 'One way to fail' : `${formatCount(count)} ways to fail`;
}

// --- Marks -------------------------------------------------------------------------------------

const pageStates: { readonly [S in ComparedState]: PageState } = {
  held: 'held',
  violated: 'violated',
  unknown: 'unknown',
  'never exercised': 'never exercised',
  changed: 'violated',
  invalid: 'stopped',
  broken: 'stopped',
};

function classOf({ state }: ComparedRun): string {
  return `is-${pageStates[state].replaceAll(' ', '-')}`;
}

function valuesOf({ axes }: Comparison, { seed, place }: ComparedRun): string {
  const values = axes.map(({ path, values: all }, i) => `${path}=${all[place[i] ?? 0]}`);
  return [...values, `seed ${seed}`].join(', ');
}

/** The values alone: their paths stand above the grid. */
function shortOf({ axes }: Comparison, { seed, place }: ComparedRun): string {
  return [...axes.map(({ values }, i) => values[place[i] ?? 0]), `seed ${seed}`].join(', ');
}

function sayingOf(comparison: Comparison, run: ComparedRun): string {
  return `${valuesOf(comparison, run)}: ${run.state}${run.signature === '' ? '' : `. ${run.signature}`}`;
}

function chip(comparison: Comparison, i: number): string {
  const run = comparison.runs[i];
  if (run === undefined) return '';
  const said = text(sayingOf(comparison, run));
  return `<button type="button" class="chip ${classOf(run)}" data-run="${i}" title="${said}" aria-label="${said}">${marks[pageStates[run.state]]}</button>`;
}

/** From the least to the most of all runs, with what is asked for. */
function scaleOf({ values, bound }: Measure): (value: number) => number {
  const known = [...values, bound].flatMap((value) =>
    value === null || !Number.isFinite(value) ? [] : [value],
  );
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const span = most - least || 1;
  return (value) => 6 + (Math.min(1, (value - least) / span) || 0) * (WIDE - 12);
}

function strip(comparison: Comparison, runs: readonly number[], measure: Measure): string {
  const x = scaleOf(measure);
  const middle = TALL / 2;
  const drawn = runs.map((i) => {
    const run = comparison.runs[i];
    const value = measure.values[i];
    if (run === undefined || value == null) return '';
    const at = x(value).toFixed(1);
    const shape =
      run.state === 'held'
        ? `<circle cx="${at}" cy="${middle}" r="3"/>`
        : `<path d="M${at} ${middle}m-3.5-3.5l7 7m0-7l-7 7"/>`;
    return `<g class="${classOf(run)}" data-run="${i}"><title>${text(sayingOf(comparison, run))}</title>${shape}</g>`;
  });
  const bound =
    measure.bound === null
      ? ''
      : `<line class="bound" x1="${x(measure.bound).toFixed(1)}" x2="${x(measure.bound).toFixed(1)}" y1="1" y2="${TALL - 1}"/>`;
  return `<svg viewBox="0 0 ${WIDE} ${TALL}" width="${WIDE}" height="${TALL}" aria-hidden="true"><line class="axis" x1="4" x2="${WIDE - 4}" y1="${middle}" y2="${middle}"/>${bound}${drawn.join('')}</svg>`;
}

// --- Grids -------------------------------------------------------------------------------------

function seedGrid(comparison: Comparison): string {
  return `<div class="chips">${comparison.runs.map((_, i) => chip(comparison, i)).join('')}</div>`;
}

function valueGrid(comparison: Comparison, measure: Measure | null): string {
  const [rows, columns] = comparison.axes;
  if (rows === undefined) return '';
  const heads = columns?.values ?? [''];
  const isFull = rows.values.length * heads.length > MARKS_MAX;
  const head =
    columns === undefined
      ? ''
      : `<tr><th></th>${heads.map((value) => `<th scope="col">${text(value)}</th>`).join('')}</tr>`;
  const caption =
    columns === undefined ? text(rows.path) : `${text(rows.path)} ↓, ${text(columns.path)} →`;
  const body = rows.values.map((value, row) => {
    const cells = heads.map((_, column) => {
      const at = runsAt(comparison, row, columns === undefined ? null : column);
      return cell(comparison, at, isFull ? null : measure);
    });
    return `<tr><th scope="row">${text(value)}</th>${cells.join('')}</tr>`;
  });
  return `<table class="grid"><caption>${caption}</caption>${head}${body.join('')}</table>`;
}

function cell(comparison: Comparison, at: readonly number[], measure: Measure | null): string {
  const runs = at.flatMap((i) => comparison.runs[i] ?? []);
  if (runs.length === 0) return '<td class="none">not run</td>';
  const invalid = runs.find(({ state }) => state === 'invalid');
  if (invalid !== undefined)
    return `<td class="none" title="${text(invalid.signature)}">refused</td>`;
  const held = heldOf(runs);
  const shade = held === runs.length ? 'all' : held === 0 ? 'no' : 'some';
  const drawn =
    measure === null
      ? `<div class="chips">${at.map((i) => chip(comparison, i)).join('')}</div>`
      : strip(comparison, at, measure);
  return `<td class="${shade}"><b>${held}</b>/${runs.length}${drawn}</td>`;
}

// --- Distributions -----------------------------------------------------------------------------

function distribution(measure: Measure, { runs }: Comparison): string {
  const known = measure.values.flatMap((value, i) => {
    const run = runs[i];
    return value === null || !Number.isFinite(value) || run === undefined ? [] : [{ value, i }];
  });
  if (known.length < 5) return '';
  const x = scaleOf(measure);
  const bins = Array.from({ length: BINS }, () => ({ good: 0, bad: 0 }));
  for (const { value, i } of known) {
    const share = (x(value) - 6) / (WIDE - 12);
    const bin = bins[Math.min(BINS - 1, Math.floor(share * BINS))];
    const outcome = runs[i]?.outcomes.find(({ text: said }) => said === measure.text);
    if (bin !== undefined) bin[outcome?.state === 'violated' ? 'bad' : 'good']++;
  }
  const most = Math.max(...bins.map(({ good, bad }) => good + bad));
  const wide = 440 / BINS;
  const bars = bins.map(({ good, bad }, i) => {
    const tall = (count: number) => (count / most) * 64;
    const left = (i * wide).toFixed(1);
    const bar = (name: string, y: number, height: number) =>
      height === 0
        ? ''
        : `<rect class="${name}" x="${left}" y="${y.toFixed(1)}" width="${(wide - 1).toFixed(1)}" height="${height.toFixed(1)}"/>`;
    return `${bar('is-held', 70 - tall(good), tall(good))}${bar('is-violated', 70 - tall(good) - tall(bad), tall(bad))}`;
  });
  const at = measure.bound === null ? null : ((x(measure.bound) - 6) / (WIDE - 12)) * 440;
  const bound =
    at === null
      ? ''
      : `<line class="bound" x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="0" y2="72"/>`;
  const said = known.map(({ i }) => measuredAt(runs[i], measure.text));
  const order = known
    .map((_, i) => i)
    .sort((a, b) => (known[a]?.value ?? 0) - (known[b]?.value ?? 0));
  const nth = (share: number) =>
    said[order[Math.max(0, Math.ceil(share * order.length) - 1)] ?? 0] ?? '';
  const words = `least ${nth(0)}, median ${nth(0.5)}, most ${nth(1)}; ${measure.failed} of ${known.length} violated`;
  return `<figure><figcaption><b>${text(measure.text)}</b> ${text(words)}</figcaption><svg viewBox="0 0 440 72" width="440" height="72" role="img" aria-label="${text(words)}">${bars.join('')}<line class="axis" x1="0" x2="440" y1="70.5" y2="70.5"/>${bound}</svg></figure>`;
}

function measuredAt(run: ComparedRun | undefined, of: string): string {
  return run?.outcomes.find(({ text: said }) => said === of)?.measured ?? '';
}

// --- Beside the grid ---------------------------------------------------------------------------

function failures(comparison: Comparison): string {
  const rows = failuresOf(comparison).map(({ signature, count, run }) => {
    const first = comparison.runs[run];
    const line = first === undefined ? '' : `<code>${text(first.line)}</code>`;
    const name = first === undefined ? '' : text(valuesOf(comparison, first));
    return `<li><b>${formatCount(count)}</b> ${text(signature)}<br><button type="button" data-run="${run}">${name}</button>${line}</li>`;
  });
  return rows.length === 0 ? '' : `<ul class="failures">${rows.join('')}</ul>`;
}

function list(comparison: Comparison): string {
  const { runs } = comparison;
  const shown = runs.slice(0, LISTED_MAX).map((run, i) => {
    return `<li class="${classOf(run)}"><i aria-hidden="true">${marks[pageStates[run.state]]}</i> <button type="button" data-run="${i}">${text(shortOf(comparison, run))}</button> ${text(run.signature)}</li>`;
  });
  const rest = runs.length - LISTED_MAX;
  const more = rest > 0 ? `<p class="quiet">${formatCount(rest)} more are in the picture.</p>` : '';
  return `<ul class="runs">${shown.join('')}</ul>${more}`;
}
