/** Labels of notes in a scenario: one that no kind declares is never noted. */
import { didYouMean } from '../text/diagnostic.ts';
import type { Spot } from '../text/source.ts';
import { availableNote } from '../values/fields.ts';
import type { ParseContext } from './context.ts';

/** Whether a kind of the scenario declares the note; false after a complaint. */
export function isNoted(
  label: string,
  spot: Spot,
  said: readonly string[],
  { diagnostics, notes }: ParseContext,
): boolean {
  if (notes === null || notes.has(label)) return true;
  diagnostics.error('DS148', spot, `no kind of this scenario notes '${label}'`, {
    notes: [...said, ...availableNote('notes', notes)],
    help: [didYouMean(label, notes)],
  });
  return false;
}
