/** The state of a run, or of an expectation, as a mark and as a paint. */
import type { ExpectationState } from '../scenarios/result.ts';
import type { Ink } from './ink.ts';

/** The state of a run as a mark, painted. */
export function stateMark(state: ExpectationState, ink: Ink): string {
  switch (state) {
    case 'held':
      return ink.good(ink.glyph.held);
    case 'violated':
      return ink.bad(ink.glyph.violated);
    case 'unknown':
      return ink.warn(ink.glyph.unknown);
    case 'never exercised':
      return ink.warn(ink.glyph.never);
  }
}

/** The paint that belongs to a state. */
export function statePaint(state: ExpectationState, ink: Ink): (text: string) => string {
  if (state === 'held') return ink.good;
  return state === 'violated' ? ink.bad : ink.warn;
}
