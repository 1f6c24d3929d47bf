/**
 * Texts from outside made fit to be written: names, values, messages, file names. The one place
 * that knows which characters move a cursor, colour a terminal or turn the order of a line around.
 */

/**
 * Control characters, separators of lines that no editor shows as such, marks that reorder or take
 * no room, and halves of characters.
 */
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be written.
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/** Those of them that JSON leaves as they are within a text. */
const UNSEEN_IN_JSON = /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** What a terminal is sent on purpose: colours, and the start of a line that is drawn again. */
const DRAWING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it begins colours.
  /(\u001b\[[\d;]*m|\r\u001b\[2K)/;

/** One line: breaks and tabs are spaces, what else cannot be seen is `\x1b` or `\u{202e}`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) =>
    character === '\n' || character === '\t' || character === '\r' ? ' ' : escapeOf(character),
  );
}

/** Several lines: breaks and tabs stay. */
export function visibleLines(text: string): string {
  return text.replace(UNSEEN, (character) =>
    character === '\n' || character === '\t' ? character : escapeOf(character),
  );
}

/** What goes to a terminal: colours stay as well. */
export function visibleScreen(text: string): string {
  return text
    .split(DRAWING)
    .map((part, i) => (i % 2 === 1 ? part : visibleLines(part)))
    .join('');
}

/** JSON text that says the same in characters that can be seen. */
export function visibleJson(json: string): string {
  return json.replace(
    UNSEEN_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `$'a\\u000ab'`, as bash and zsh read it back; null if every character of it can be seen. */
export function visibleInShell(word: string): string | null {
  if (word.search(UNSEEN) === -1) return null;
  const escaped = word.replace(/[\\']/g, '\\$&').replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `$'${escaped}'`;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return code < 0x100 ? `\\x${digits.padStart(2, '0')}` : `\\u{${digits}}`;
}

const bare = /^[\w@%+=:,./-]+$/;

/** A word as a POSIX shell reads it back; with characters that cannot be seen, as bash does. */
export function shellWord(word: string): string {
  if (bare.test(word)) return word;
  return visibleInShell(word) ?? `'${word.replaceAll("'", `'\\''`)}'`;
}
