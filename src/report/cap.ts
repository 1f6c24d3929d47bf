/** The line on CAP: what one run showed on each side of a partition, numbers before letters. */
import type { CapLine } from '../scenarios/result.ts';
import { formatCount, formatRatio } from '../sim/units.ts';
import type { Ink } from './ink.ts';
import { paragraph } from './layout.ts';

/** `CAP  ` on the first line; the others have their indent. */
const CAP_COLUMNS = 3;

/** The section; empty when the run had no partition to learn from. */
export function renderCap(cap: CapLine | null, ink: Ink): string[] {
  if (cap === null) return [];
  // The sentence has letters, seeds and numbers; without one they are put together here.
  const text = cap.sentence === '' ? summary(cap) : cap.sentence;
  const [first = '', ...rest] = paragraph(ink.clean(text), ink.width - CAP_COLUMNS, '  ', '');
  return [`${ink.strong('CAP')}  ${first}`, ...rest];
}

function summary(cap: CapLine): string {
  const sides = cap.sides.map(({ name, asked, answered }) => {
    if (asked === 0) return `${name}: no request counted`;
    return `${name} answered ${formatRatio(answered / asked)} of ${formatCount(asked)}`;
  });
  const consistency = cap.linearizable === null ? [] : [consistencyText(cap)];
  const alone = cap.letters === null ? '' : ' in this one run';
  const label = `${lettersText(cap.letters)}${alone}`;
  return `${label}: ${[...sides, ...consistency].join('; ')}`;
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
  const letter = letters === '-' ? 'neither' : letters;
  return meaning === undefined ? letter : `${letter}, ${meaning}`;
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
