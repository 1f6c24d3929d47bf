/** The line on CAP: what one run showed on each side of a partition, numbers before letters. */
import type { CapLine } from '../scenarios/result.ts';
import { formatCount, formatRatio } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { flow, paragraph } from './layout.ts';

/** The section; empty when the run had no partition to learn from. */
export function renderCap(cap: CapLine | null, ink: Ink): string[] {
  if (cap === null) return [];
  const label = `${lettersText(cap.letters)} (${cap.seeds} of ${cap.seedsWanted} seeds)`;
  const sides = cap.sides.map(({ name, asked, answered }) => {
    if (asked === 0) return `${name}: nothing asked`;
    const share = formatRatio(answered / asked);
    return `${name} answered ${share} of ${formatCount(asked)}`;
  });
  const consistency = cap.linearizable === null ? [] : [consistencyText(cap)];
  return [
    `${ink.strong('CAP')}  ${ink.strong(label)}`,
    ...flow([...sides, ...consistency].map(ink.clean), ink.glyph.separator, ink.width - 2).map(
      (line) => `  ${line}`,
    ),
    ...(cap.sentence === '' ? [] : paragraph(ink.clean(cap.sentence), ink.width, '  ').map(ink.dim)),
  ];
}

const meanings: ReadonlyMap<string, string> = new Map([
  ['C', 'kept consistency, gave up availability'],
  ['A', 'kept availability, gave up consistency'],
  ['-', 'gave up both'],
  ['?', 'undecided'],
]);

function lettersText(letters: string | null): string {
  if (letters === null) return 'not exercised';
  const meaning = meanings.get(letters);
  return meaning === undefined ? letters : `${letters}  ${meaning}`;
}

function consistencyText(cap: CapLine): string {
  const words = {
    pass: 'linearizable',
    fail: 'not linearizable',
    unknown: 'linearizability unknown',
  } as const;
  const verdict = cap.linearizable === null ? '' : words[cap.linearizable];
  return `${verdict}, ${formatCount(cap.exposure)} exposed pairs`;
}
