/** What the `yaml` package says of broken text, in sentences, where a person would point. */
import type { Document, YAMLError } from 'yaml';
import { type Diagnostics, quote } from './diagnostic.ts';
import { describeSpot, type SourceFile, type Spot, spotOf } from './source.ts';
import { visit } from './yaml.ts';

const MOST_SYNTAX_ERRORS = 5;

/** Reports errors and unknown tags. True if the tree cannot be trusted. */
export function reportSyntax(
  document: Document.Parsed,
  file: SourceFile,
  diagnostics: Diagnostics,
): boolean {
  const lines = new Set<string>();
  let broken = false;
  for (const error of [...document.errors, ...document.warnings]) {
    if (error.code === 'DUPLICATE_KEY') continue;
    broken = true;
    const spot = syntaxSpot(error, document, file);
    // One slip makes the reader stumble several times on the same line.
    const line = describeSpot(spot).replace(/:\d+$/, '');
    if (lines.has(line) || lines.size >= MOST_SYNTAX_ERRORS) continue;
    lines.add(line);
    const { message, help } = sentenceOf(error, file, spot);
    diagnostics.error('DS101', spot, message, { help: [help] });
  }
  return broken;
}

/** Where a person would point: at the quote that is not closed, at the first thing on a line. */
function syntaxSpot(error: YAMLError, document: Document.Parsed, file: SourceFile): Spot {
  let [from, to] = error.pos;
  if (error.code === 'MISSING_CHAR' && error.message.includes('quote')) {
    visit(document, {
      Scalar(_key, node) {
        if (node.range !== undefined && node.range !== null && node.range[1] >= from - 1) {
          [from] = node.range;
          to = from + 1;
          return visit.BREAK;
        }
        return undefined;
      },
    });
    return spotOf(file, from, to);
  }
  const isLineStart = from === 0 || file.text.charAt(from - 1) === '\n';
  const blank =
    error.code === 'TAB_AS_INDENT' || !isLineStart
      ? 0
      : (/^ */.exec(file.text.slice(from))?.[0].length ?? 0);
  return spotOf(file, from + blank, Math.max(to, from + blank + 1));
}

function sentenceOf(
  error: YAMLError,
  file: SourceFile,
  spot: Spot,
): { message: string; help: string | null } {
  const text = file.text.slice(error.pos[0], error.pos[1]);
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { message: 'a tab cannot indent a line in YAML', help: 'use spaces' };
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        message: 'a second `key:` inside a value',
        help: 'indent keys of one map alike, write a map on one line as `{ key: value }`, or quote a text that contains `: `',
      };
    case 'BAD_INDENT':
      return describeIndent(error.message);
    case 'MISSING_CHAR':
      if (!error.message.includes('quote')) return describeIndent(error.message);
      return {
        message: `this quote is not closed`,
        help: `end the text with another ${quote(file.text.charAt(spot.from))}`,
      };
    case 'BAD_SCALAR_START':
      return {
        message: `a value cannot begin with ${quote(text.slice(0, 1))} unless it is quoted`,
        help: null,
      };
    case 'TAG_RESOLVE_FAILED':
      return {
        message: `tags such as ${quote(text)} mean nothing in a scenario`,
        help: 'leave it out, or quote the value',
      };
    default:
      return { message: lowerFirst(error.message), help: null };
  }
}

function describeIndent(message: string): { message: string; help: string | null } {
  const bracket = /^Flow .* end with an? ([\]}])$/.exec(message)?.[1];
  if (bracket === undefined) {
    return {
      message: 'this line is not indented like its neighbours',
      help: 'lines of one map or list begin in the same column',
    };
  }
  const opening = bracket === '}' ? '{' : '[';
  return {
    message: `a \`${opening}\` before this line is not closed`,
    help: `close it with \`${bracket}\``,
  };
}

function lowerFirst(message: string): string {
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
