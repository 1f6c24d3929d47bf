/** Long texts as a screen or a page can show them: of a value of a megabyte they show the ends. */
import { formatCount } from '../sim/units.ts';
import { visible } from '../sim/visible-text.ts';

/** One line of text from outside, fit to be shown and not too long for it. */
export function shown(text: string): string {
  return visible(shortened(text));
}

/** Texts up to this length are shown whole; of longer ones, what is unbroken is cut. */
const WHOLE_MAX = 2000;
const UNBROKEN_MAX = 240;
const SHOWN_MAX = 4000;

/** A long text as a screen can show it: its long words by their ends, and then its beginning. */
function shortened(text: string): string {
  if (text.length <= WHOLE_MAX) return text;
  // Piece by piece: a pattern that matches a word of 20 MB exhausts the stack.
  const pieces = text.split(/(\s+)/).map((word) => {
    if (word.length <= UNBROKEN_MAX) return word;
    const ends = `${cutBefore(word, UNBROKEN_MAX / 2)}…${cutAfter(word, UNBROKEN_MAX / 6)}`;
    return `${ends} (${formatCount(word.length)} characters)`;
  });
  const words = pieces.join('');
  if (words.length <= SHOWN_MAX) return words;
  return `${cutBefore(words, SHOWN_MAX)}… (${formatCount(words.length)} characters)`;
}

/** The beginning of a text, without half a character at the cut. */
export function cutBefore(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

/** The end of a text, without half a character at the cut. */
export function cutAfter(text: string, length: number): string {
  return text.slice(-length).replace(/^[\udc00-\udfff]/, '');
}
