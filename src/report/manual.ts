/**
 * `dsim explain`: the manual page of a system, fault, workload, policy, check or metric, made from
 * what it declares.
 */
import type { DistributionSpec } from '../sim/distribution.ts';
import type { DurationRange, ParamSpec, ParamTable, Selector } from '../sim/params.ts';
import { formatDurationUs, formatShare, msToUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { flow, paragraph, textWidth } from './layout.ts';
import { renderTable } from './table.ts';

export interface ManualPage {
  readonly name: string;
  /** `system`, `fault`, ... */
  readonly sort: string;
  readonly summary: string;
  /** Paragraphs after the summary. */
  readonly text: readonly string[];
  /** null when its sort has no parameters. */
  readonly params: ParamTable | null;
  readonly sections: readonly ManualSection[];
  /** Lines of YAML as they stand in a scenario; absent or null: none. */
  readonly example?: readonly string[] | null;
}

export interface ManualSection {
  readonly title: string;
  /** Rows of a table; a row of one cell is a paragraph. */
  readonly rows: readonly (readonly string[])[];
}

/** A page from what it needs besides its head. */
export function page(
  name: string,
  sort: string,
  summary: string,
  rest: Partial<ManualPage>,
): ManualPage {
  return { name, sort, summary, text: [], params: null, sections: [], ...rest };
}

/** The page, with a line break at its end. */
export function renderManual(page: ManualPage, ink: Ink): string {
  const blocks: string[][] = [
    [
      `${ink.strong(ink.clean(page.name))}  ${ink.dim(page.sort)}`,
      ...paragraph(ink.clean(page.summary), ink.width, '  '),
    ],
    ...page.text.map((text) => paragraph(ink.clean(text), ink.width, '  ')),
    ...(page.example == null ? [] : [renderExample(page.example, ink)]),
    ...(page.params === null ? [] : [renderParams(page.params, ink)]),
    ...page.sections
      .filter(({ rows }) => rows.length > 0)
      .map((section) => renderSection(section, ink)),
  ];
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`;
}

/** As it is, however wide: it is there to be copied. */
function renderExample(example: readonly string[], ink: Ink): string[] {
  return [ink.strong('EXAMPLE'), ...example.map((line) => `  ${ink.clean(line)}`)];
}

function renderSection({ title, rows }: ManualSection, ink: Ink): string[] {
  const single = rows.every((row) => row.length === 1);
  const body = single
    ? rows.flatMap(([text = '']) => paragraph(ink.clean(text), ink.width, '    ', '  '))
    : renderTable(rows, ink, [ink.name]);
  return [ink.strong(title), ...body];
}

function renderParams(params: ParamTable, ink: Ink): string[] {
  const names = Object.keys(params);
  if (names.length === 0) return [`${ink.strong('PARAMETERS')}  ${ink.dim('none')}`];
  return [
    ink.strong('PARAMETERS'),
    ...Object.entries(params).flatMap(([name, spec]) => renderParam(name, spec, ink)),
  ];
}

/** One line with type and default, the doc beneath, then the fields of an object. */
function renderParam(name: string, spec: ParamSpec, ink: Ink): string[] {
  const given = defaultText(spec);
  const value = spec.default === undefined ? given : `default ${given}`;
  const fields = spec.type === 'object' ? Object.entries(spec.fields) : [];
  const label = ink.clean(name);
  const room = ink.width - 4 - textWidth(label);
  const facts = flow([typeText(spec), value].map(ink.clean), ink.glyph.separator, room);
  const [first = '', ...rest] = facts;
  return [
    `  ${ink.name(label)}  ${ink.dim(first)}`,
    ...rest.map((line) => ink.dim(`${' '.repeat(4 + textWidth(label))}${line}`)),
    ...paragraph(ink.clean(docText(spec)), ink.width, '      '),
    ...fields.flatMap(([field, inner]) => renderParam(`${name}.${field}`, inner, ink)),
  ];
}

/** The type as one writes it: `duration`, `read | write`, `list of rate`. */
export function typeText(spec: ParamSpec): string {
  switch (spec.type) {
    case 'choice':
      return spec.options.join(' or ');
    case 'list':
      return `list of ${typeText(spec.of)}`;
    case 'map':
      return `map of ${typeText(spec.of)}`;
    case 'duration-range':
      return 'durations a..b';
    case 'bytes':
      return 'size';
    case 'nodes':
      return 'node, group or region';
    default:
      return spec.type;
  }
}

function docText(spec: ParamSpec): string {
  const bounds = 'min' in spec || 'max' in spec ? boundsText(spec) : '';
  return bounds === '' ? spec.doc : `${spec.doc} (${bounds})`;
}

function boundsText(spec: ParamSpec & { readonly min?: number; readonly max?: number }): string {
  const { min, max } = spec;
  const least = min === undefined ? null : numberText(spec.type, min);
  const most = max === undefined ? null : numberText(spec.type, max);
  if (least !== null && most !== null) return `${least} to ${most}`;
  if (least !== null) return `at least ${least}`;
  return most === null ? '' : `at most ${most}`;
}

/** The default as one writes it; `required` or `none` without. */
export function defaultText(spec: ParamSpec): string {
  if (spec.default === undefined) return spec.optional === true ? 'none' : 'required';
  switch (spec.type) {
    case 'integer':
    case 'keys':
    case 'number':
    case 'ratio':
    case 'duration':
    case 'rate':
    case 'bytes':
    case 'bandwidth':
      return numberText(spec.type, spec.default);
    case 'duration-range':
      return rangeText(spec.default);
    case 'distribution':
      return distributionText(spec.default);
    case 'boolean':
      return String(spec.default);
    case 'choice':
    case 'text':
      return spec.default;
    case 'selector':
    case 'nodes':
      return selectorText(spec.default);
    case 'list':
      return `[${spec.default.map((item) => (typeof item === 'string' ? item : JSON.stringify(item))).join(', ')}]`;
    default:
      return JSON.stringify(spec.default);
  }
}

function selectorText(selector: Selector): string {
  if (typeof selector !== 'object') return String(selector);
  return 'all-but' in selector
    ? `all-but ${selectorText(selector['all-but'])}`
    : selector.join(', ');
}

function numberText(type: ParamSpec['type'], value: number): string {
  switch (type) {
    case 'ratio':
      return formatShare(value);
    case 'duration':
    case 'duration-range':
      return durationText(value);
    case 'rate':
      return `${value}/s`;
    case 'bytes':
      return bytesText(value);
    case 'bandwidth':
      return `${bytesText(value)}/s`;
    default:
      return String(value);
  }
}

/** As YAML takes it: `us`, not `µs`. */
function durationText(ms: number): string {
  return ms === 0 ? '0' : formatDurationUs(msToUs(ms)).replace('µs', 'us');
}

function rangeText({ minMs, maxMs }: DurationRange): string {
  return minMs === maxMs ? durationText(minMs) : `${durationText(minMs)}..${durationText(maxMs)}`;
}

function bytesText(bytes: number): string {
  for (const [unit, size] of [
    ['GiB', 1 << 30],
    ['MiB', 1 << 20],
    ['KiB', 1 << 10],
  ] as const) {
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}

/** A distribution of durations in one phrase. */
export function distributionText(spec: DistributionSpec): string {
  const ms = durationText;
  switch (spec.kind) {
    case 'constant':
      return ms(spec.value);
    case 'uniform':
      return `${ms(spec.min)}..${ms(spec.max)}`;
    case 'normal':
      return `normal, mean ${ms(spec.mean)}, sd ${ms(spec.sd)}`;
    case 'lognormal':
      return `lognormal, median ${ms(spec.median)}, p99 ${ms(spec.p99)}`;
    case 'exponential':
      return `exponential, mean ${ms(spec.mean)}${spec.min === 0 ? '' : `, at least ${ms(spec.min)}`}`;
    case 'pareto':
      return `pareto, from ${ms(spec.scale)}, shape ${spec.shape}${spec.max === null ? '' : `, at most ${ms(spec.max)}`}`;
    case 'table':
      return `table of ${spec.values.length} values`;
    case 'mixture':
      return `mixture of ${spec.parts.map(({ of }) => distributionText(of)).join('; ')}`;
  }
}
