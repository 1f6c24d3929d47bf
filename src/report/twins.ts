/** The section on twins: what each fault did, by the same run with that fault disabled. */
import type { Twin, TwinCount, TwinVerdict } from '../scenarios/result.ts';
import { formatCount, formatMomentUs } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { padRight, paragraph, textWidth } from './layout.ts';

/** At most this many counts are shown of each fault. */
const COUNTS_MAX = 4;
const INDENT = '      ';

const meanings: { readonly [V in TwinVerdict]: string } = {
  decisive: 'without it an expectation has another result',
  changed: 'without it clients see another history, with the same result for every expectation',
  unseen: 'no client saw a difference',
  vacuous: 'the run is the same without it, event by event',
};

/** The section with its heading; empty without twins. */
export function renderTwins(twins: readonly Twin[], ink: Ink): string[] {
  if (twins.length === 0) return [];
  const column = Math.max(...twins.map(({ fault }) => textWidth(ink.clean(fault))));
  return [
    `${ink.strong('TWINS')}  the same seed again, with each fault disabled in turn`,
    ...twins.flatMap((twin) => renderTwin(twin, column, ink)),
  ];
}

function renderTwin(twin: Twin, column: number, ink: Ink): string[] {
  const { fault, verdict, expectations, counts, first } = twin;
  const vacuous = verdict === 'vacuous';
  const mark = vacuous ? ink.warn(ink.glyph.warning) : ink.good(ink.glyph.held);
  const word = vacuous ? ink.warn(verdict) : verdict;
  const lines = [
    `  ${mark} ${padRight(ink.clean(fault), column)}  ${word}: ${meanings[verdict]}`,
    ...expectations.flatMap((one) =>
      paragraph(
        ink.clean(
          `\`${one.text}\` ${one.with.state} (${one.with.measured}); without it ${one.without.state} (${one.without.measured})`,
        ),
        ink.width,
        INDENT,
      ),
    ),
  ];
  const told = counts.slice(0, COUNTS_MAX).map((count) => countText(count, ink));
  if (told.length > 0) lines.push(...dimmed(`with it / without it: ${told.join(', ')}`, ink));
  if (first !== null) {
    const at = formatMomentUs(first.atUs);
    const text = first.text.slice(first.text.indexOf(' ') + 1);
    lines.push(...dimmed(`first difference at ${at}: without it ${text}`, ink));
  }
  return lines;
}

function dimmed(text: string, ink: Ink): string[] {
  return paragraph(ink.clean(text), ink.width, INDENT).map(ink.dim);
}

function countText({ what, with: mine, without }: TwinCount, ink: Ink): string {
  return ink.clean(`${what} ${formatCount(mine)} / ${formatCount(without)}`);
}
