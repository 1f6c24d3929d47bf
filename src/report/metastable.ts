/**
 * The section on what keeps a failure alive: the same run with each loop open, and how small a
 * fault is enough.
 */
import type { Metastability } from '../scenarios/result.ts';
import { formatDurationUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { padRight, paragraph, textWidth } from './layout.ts';

const INDENT = '      ';

/** The section with its heading; empty when nothing ended metastable. */
export function renderMetastable(found: readonly Metastability[], ink: Ink): string[] {
  return found.flatMap((one) => renderOne(one, ink));
}

function renderOne({ text, loops, degree }: Metastability, ink: Ink): string[] {
  const column = Math.max(0, ...loops.map(({ name }) => textWidth(ink.clean(name))));
  const lines = [
    `${ink.strong('METASTABLE')}  ${ink.clean(text)}`,
    ...loops.flatMap(({ name, doc, state, measured }) => {
      const cured = state === 'held';
      const mark = cured ? ink.good(ink.glyph.held) : ink.bad(ink.glyph.violated);
      const word = cured
        ? `a cause: without it it recovers ${measured}`
        : `without it: ${measured}`;
      return [
        `  ${mark} ${padRight(ink.clean(name), column)}  ${ink.clean(word)}`,
        ...(cured ? paragraph(ink.clean(doc), ink.width, INDENT).map(ink.dim) : []),
      ];
    }),
  ];
  if (loops.length === 0) lines.push('  no kind or policy here declares a loop');
  return degree === null ? lines : [...lines, `  ${ink.clean(degreeText(degree))}`];
}

function degreeText(degree: NonNullable<Metastability['degree']>): string {
  const { fault, passesUs, sticksUs, ofUs } = degree;
  const [passes, sticks, whole] = [passesUs, sticksUs, ofUs].map(formatDurationUs);
  return `degree: ${fault} sticks when it lasts ${sticks}, and passes at ${passes} (here ${whole})`;
}
