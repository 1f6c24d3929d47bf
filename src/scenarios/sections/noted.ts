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
  { catalogue, diagnostics, notes }: ParseContext,
): boolean {
  if (notes === null || notes.has(label)) return true;
  diagnostics.error('DS148', spot, `no kind of this scenario notes '${label}'`, {
    notes: [...said, ...availableNote('notes', notes)],
    help: [didYouMean(label, notes) ?? whereListed([...catalogue.systems.items.keys()])],
  });
  return false;
}

/** Where all of them stand, with what they mean. */
function whereListed(kinds: readonly string[]): string {
  const [kind = '<kind>', ...others] = kinds;
  return `\`dsim explain ${others.length === 0 ? kind : '<kind>'}\` says what each means`;
}
