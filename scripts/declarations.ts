/**
 * Reads what a declaration file (`.d.ts`) exports, as the compiler writes it: the comment of each
 * declaration, and its code. A statement ends at its closing brace, or at a semicolon outside all
 * brackets; comments and texts hide both.
 */

export interface Declaration {
  readonly name: string;
  readonly sort: 'function' | 'class' | 'interface' | 'type' | 'value';
  /** Without its stars, paragraphs as written. */
  readonly comment: string;
  /** Comments of its members included. */
  readonly code: string;
}

/** What is exported by this file itself, in the order written. */
export function declarationsOf(text: string): readonly Declaration[] {
  const found: Declaration[] = [];
  for (let at = 0; at < text.length; ) {
    const start = skipBlank(text, at);
    if (start >= text.length) break;
    const end = statementEnd(text, start);
    at = end;
    const { comment, code } = splitComment(text.slice(start, end));
    const head =
      /^export (?:declare )?(?:abstract )?(function|class|interface|type|const|let) (\w+)/;
    const [, word = '', name = ''] = head.exec(code) ?? [];
    if (name === '') continue;
    found.push({ name, sort: sortOf(word), comment, code: tidied(code) });
  }
  return found;
}

/** The comment that opens a file. */
export function moduleComment(source: string): string {
  const [whole = ''] = /^\/\*\*[\s\S]*?\*\//.exec(source) ?? [];
  return commentText(whole);
}

function sortOf(word: string): Declaration['sort'] {
  if (word === 'function' || word === 'class' || word === 'interface' || word === 'type') {
    return word;
  }
  return 'value';
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? '')) at++;
  return at;
}

/** Behind a statement that begins here, comments before it included. */
function statementEnd(text: string, start: number): number {
  let depth = 0;
  let code = '';
  for (let at = start; at < text.length; ) {
    const hidden = hiddenLength(text, at);
    if (hidden > 0) {
      at += hidden;
      continue;
    }
    const character = text[at] ?? '';
    at++;
    if (/\s/.test(character) && code === '') continue;
    code += character;
    if ('({['.includes(character)) depth++;
    if (')}]'.includes(character)) depth--;
    if (depth > 0) continue;
    const isBlock = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|class|namespace) /;
    if (character === ';' || (character === '}' && isBlock.test(code))) return at;
  }
  return text.length;
}

/** How long the comment or the text is that begins here; 0 for neither. */
function hiddenLength(text: string, at: number): number {
  const rest = text.slice(at, at + 2);
  if (rest === '/*') return text.indexOf('*/', at + 2) + 2 - at;
  if (rest === '//') return text.indexOf('\n', at) + 1 - at;
  const quote = rest[0] ?? '';
  if (!'\'"`'.includes(quote) || quote === '') return 0;
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end++;
    else if (text[end] === quote) return end + 1 - at;
  }
  return text.length - at;
}

/** The last comment before the code, and the code. */
function splitComment(statement: string): { readonly comment: string; readonly code: string } {
  let code = statement;
  let comment = '';
  for (;;) {
    const match = /^\s*(\/\*[\s\S]*?\*\/|\/\/.*\n)\s*/.exec(code);
    if (match === null) return { comment: commentText(comment), code };
    comment = match[1] ?? '';
    code = code.slice(match[0].length);
  }
}

function commentText(comment: string): string {
  if (!comment.startsWith('/**')) return '';
  return comment
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

/** Without what a declaration says to the compiler alone, and two columns a level. */
function tidied(code: string): string {
  return code
    .replace(/^export (?:declare )?/, '')
    .replace(/^(?: {4})+/gm, (spaces) => ' '.repeat(spaces.length / 2))
    .trim();
}
