/**
 * TypeScript with everything that is not code blanked out: comments, the insides of strings and
 * regular expressions, and the text of templates (not what stands in `${}`). Offsets and lines stay
 * as they were.
 *
 * It is a scanner, not a parser. Where only a parser could tell a division from a regular
 * expression it takes the likelier one, and strings and regular expressions end with their line, so
 * that a wrong guess costs one line at most.
 */

export interface CodeText {
  /** As long as the source, with blanks for what is not code. Quotes and slashes are kept. */
  readonly code: string;
  /** The plain strings, in order, with the offset of the opening quote. */
  readonly strings: readonly StringLiteral[];
}

export interface StringLiteral {
  readonly start: number;
  readonly value: string;
}

/** After these words a slash opens a regular expression. */
const beforeRegex = new Set(
  'return typeof case in of delete void throw new instanceof do else yield await'.split(' '),
);

export function codeText(source: string): CodeText {
  const kept: string[] = [];
  const strings: StringLiteral[] = [];
  /** For each template we are inside of: how many braces are open in its current `${}`. */
  const templates: number[] = [];
  let at = 0;

  const keep = (until: number) => {
    kept.push(source.slice(at, until));
    at = until;
  };
  const blank = (until: number) => {
    kept.push(source.slice(at, until).replace(/[^\n]/g, ' '));
    at = until;
  };
  /** From inside a template's text to its end or its next `${`. */
  const templateText = () => {
    const { end, opens } = endOfTemplateText(source, at);
    blank(end);
    keep(Math.min(end + (opens ? 2 : 1), source.length));
    if (opens) templates.push(0);
  };

  while (at < source.length) {
    const character = source[at] as string;
    const pair = source.slice(at, at + 2);
    if (pair === '//' || (at === 0 && pair === '#!')) blank(endOr(source, '\n', at));
    else if (pair === '/*') blank(endOr(source, '*/', at + 2, 2));
    else if (character === "'" || character === '"') {
      const end = endOfQuoted(source, at, character);
      strings.push({ start: at, value: source.slice(at + 1, end) });
      keep(at + 1);
      blank(end);
      if (source[at] === character) keep(at + 1);
    } else if (character === '/' && opensRegex(kept)) {
      const end = endOfRegex(source, at);
      keep(at + 1);
      blank(end);
      if (source[at] === '/') keep(at + 1);
    } else if (character === '`') {
      keep(at + 1);
      templateText();
    } else if (character === '}' && templates.at(-1) === 0) {
      templates.pop();
      keep(at + 1);
      templateText();
    } else {
      const depth = templates.length - 1;
      if (depth >= 0 && character === '{') templates[depth] = (templates[depth] ?? 0) + 1;
      if (depth >= 0 && character === '}') templates[depth] = (templates[depth] ?? 0) - 1;
      keep(wordEnd(source, at));
    }
  }
  return { code: kept.join(''), strings };
}

function endOr(source: string, mark: string, from: number, length = 0): number {
  const found = source.indexOf(mark, from);
  return found === -1 ? source.length : found + length;
}

/** Words are kept whole, so that the one before a slash can be looked at. */
function wordEnd(source: string, at: number): number {
  const word = /[\w$]+/y;
  word.lastIndex = at;
  return word.test(source) ? word.lastIndex : at + 1;
}

/** The offset of the closing quote, or of the line's end. */
function endOfQuoted(source: string, at: number, quote: string): number {
  let i = at + 1;
  while (i < source.length && source[i] !== quote && source[i] !== '\n') {
    i += source[i] === '\\' ? 2 : 1;
  }
  return Math.min(i, source.length);
}

function endOfRegex(source: string, at: number): number {
  let inClass = false;
  let i = at + 1;
  for (; i < source.length && source[i] !== '\n'; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '[') inClass = true;
    else if (source[i] === ']') inClass = false;
    else if (source[i] === '/' && !inClass) return i;
  }
  return Math.min(i, source.length);
}

function endOfTemplateText(source: string, at: number): { end: number; opens: boolean } {
  let i = at;
  for (; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '`') return { end: i, opens: false };
    else if (source[i] === '$' && source[i + 1] === '{') return { end: i, opens: true };
  }
  return { end: source.length, opens: false };
}

/** Whether a slash that follows this code opens a regular expression rather than divides. */
function opensRegex(kept: readonly string[]): boolean {
  let i = kept.length - 1;
  while (i >= 0 && (kept[i] as string).trim() === '') i--;
  if (i < 0) return true;
  const last = kept[i] as string;
  if (/^[\w$]+$/.test(last)) return beforeRegex.has(last);
  const before = kept[i - 1] ?? '';
  // `i++ / 2` and TypeScript's `row! / 2` divide.
  if (last === '+' || last === '-') return before !== last;
  if (last === '!') return !/[\w$)\]]$/.test(before);
  return !/[)\]'"`/]$/.test(last);
}
