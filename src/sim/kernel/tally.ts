/** What one injection touched so far; the kernel counts, reports read. */
import { type FeltCounter, nothingFelt } from '../fault.ts';

export type Tally = { -readonly [C in FeltCounter]: number };

export const newTally: () => Tally = nothingFelt;
